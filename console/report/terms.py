"""What a project agreed on, as reports take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.registry import Terms

if TYPE_CHECKING:
    from console.wiring import Workshop

__all__ = ["terms_of"]


def terms_of(workshop: Workshop) -> Terms:
    """Give what lifecycle.yaml says, if there is one."""
    from console.sales_wiring import read_lifecycle_of
    from mappings.lifecycle.hours import calendar_of

    lifecycle = read_lifecycle_of(workshop.project)
    hours = lifecycle.business_hours if lifecycle is not None else None
    return Terms(lifecycle=lifecycle, hours=calendar_of(hours) if hours is not None else None)
