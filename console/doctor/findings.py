"""What the doctor finds: each with where it stands, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sync.domain.errors import CrmSyncError

__all__ = ["Finding", "Found", "Level", "good", "mend", "note", "of_error"]


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    NOTE = "note"  # worth knowing; a run works all the same
    MEND = "mend"  # a run would fail, or do what nobody wants


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the doctor looked at; `fix` says what to do, where something is to be done.

    `check` is the stable word for what was looked at, `about` the CRM, pair or file it is of.
    """

    check: str
    level: Level
    about: str
    message: str
    fix: str = ""


Found = Iterator[Finding]


def good(check: str, about: str, message: str) -> Finding:
    """Give a finding that all is well."""
    return Finding(check=check, level=Level.GOOD, about=about, message=message)


def note(check: str, about: str, message: str, fix: str = "") -> Finding:
    """Give a finding that is worth knowing."""
    return Finding(check=check, level=Level.NOTE, about=about, message=message, fix=fix)


def mend(check: str, about: str, message: str, fix: str = "") -> Finding:
    """Give a finding that must be mended."""
    return Finding(check=check, level=Level.MEND, about=about, message=message, fix=fix)


def of_error(
    check: str, about: str, error: CrmSyncError, *, level: Callable[..., Finding] = mend
) -> Finding:
    """Give an error as a finding; its own words say what to do."""
    return level(check, about, str(error))
