"""Where an org keeps the edits of single fields, where it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["History", "edit_columns", "history_of", "tracked_names"]


@dataclass(frozen=True, slots=True)
class History:
    """The object that holds the history of another, and its column for the record's id."""

    name: str
    parent: str


def history_of(object_name: str) -> History:
    """Give the object that would hold the history of an object's fields."""
    if object_name.endswith("__c"):
        return History(f"{object_name.removesuffix('__c')}__History", "ParentId")
    if object_name == "Opportunity":
        # OpportunityHistory holds snapshots of the stage and amount, not edits of fields.
        return History("OpportunityFieldHistory", "OpportunityId")
    return History(f"{object_name}History", f"{object_name}Id")


def edit_columns(history: History) -> tuple[str, ...]:
    """Give what to select of the history for the times of edits."""
    return (history.parent, "Field", "CreatedDate")


def tracked_names(fields: Iterable[str]) -> dict[str, str]:
    """Give the names the history may use, each with the field it means.

    A standard reference stands there under its relationship's name: Owner for OwnerId.
    """
    names: dict[str, str] = {}
    for name in fields:
        names[name] = name
        if name.endswith("Id") and len(name) > 2:
            names.setdefault(name.removesuffix("Id"), name)
    return names
