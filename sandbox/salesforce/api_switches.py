"""Behaviours of the APIs themselves that the documentation leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["ApiSwitches"]


@dataclass(slots=True, kw_only=True)
class ApiSwitches:
    """Bulk jobs, sessions, windows of changes; the table in the documentation numbers them."""

    bulk_job_takes: timedelta = timedelta(0)
    """How long a job waits and works on the sandbox's clock; nothing: it is done at once."""
    bulk_create_status: int = 200
    bulk_results_shuffled: bool = False
    bulk_empty_results_have_header: bool = True
    bulk_abort_while_working: bool = True
    bulk_stamps_end_in_z: bool = True
    bulk_checks_duplicate_rules: bool = True
    bulk_flags_are_numbers_too: bool = True
    session_life: timedelta = timedelta(hours=2)
    """How long a token lives without being used; nothing: for ever."""
    assertion_ceiling: timedelta = timedelta(0)
    """How far ahead a JWT may expire; nothing: as far as it likes."""
    refresh_token_rotates: bool = False
    covered_lag: timedelta = timedelta(0)
    """How far latestDateCovered stays behind."""
    deletions_asked_for: int = 30
    """How many days back the start of getDeleted may lie: 30 or 15."""
    locator_prefix: str = "0r8"
