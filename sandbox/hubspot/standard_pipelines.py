"""The pipelines every portal starts with, as data."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["STANDARD_PIPELINES", "StageRow"]

StageRow: TypeAlias = tuple[str, str, str]
"""Id, label, and what closes it: a deal's probability, a ticket's state."""

STANDARD_PIPELINES: dict[str, tuple[str, str, tuple[StageRow, ...]]] = {
    "deals": (
        "default",
        "Sales Pipeline",
        (
            ("appointmentscheduled", "Appointment Scheduled", "0.2"),
            ("qualifiedtobuy", "Qualified To Buy", "0.4"),
            ("presentationscheduled", "Presentation Scheduled", "0.6"),
            ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
            ("contractsent", "Contract Sent", "0.9"),
            ("closedwon", "Closed Won", "1.0"),
            ("closedlost", "Closed Lost", "0.0"),
        ),
    ),
    "tickets": (
        "0",
        "Support Pipeline",
        (
            ("1", "New", "OPEN"),
            ("2", "Waiting on contact", "OPEN"),
            ("3", "Waiting on us", "OPEN"),
            ("4", "Closed", "CLOSED"),
        ),
    ),
}
