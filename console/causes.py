"""What each category of error items is, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OFTEN", "TITLES_OF", "title_of"]

#: An item tried so often is tried once a day from then on: time alone does not mend it.
OFTEN = 5

TITLES_OF: Mapping[str, str] = {
    "value": "the value does not fit the field",
    "required": "a field the CRM demands is empty",
    "rule": "a rule of the CRM's admins refuses the record",
    "automation": "an automation of the CRM failed on the record",
    "permission": "the user or token may not do this",
    "mapping": "the mapping names what cannot be written",
    "reference": "a record or user that this one names is not there",
    "limit": "the account is full",
    "refused": "the CRM refused it",
    "duplicate": "another record holds what must be unique",
    "locked": "the record is locked for now",
    "gone": "the record is deleted or merged away",
    "converted": "the lead was converted and takes no writes",
    "owner": "an owner has no counterpart in the other CRM",
    "schema": "a mapped field is not there any more",
    "expression": "an expression of the mapping fails on this record",
}


def title_of(category: str) -> str:
    """Give a category in words."""
    return TITLES_OF.get(category, category)
