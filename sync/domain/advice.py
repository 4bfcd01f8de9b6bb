"""What a CRM's refusal means in plain words: its category, what happened, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Advice", "Category"]


class Category(StrEnum):
    """What kind of trouble an error item is about; the words admins and machines sort by."""

    VALUE = "value"  # the target does not take the value
    REQUIRED = "required"  # the target demands a field that is empty
    RULE = "rule"  # a rule an admin of the CRM wrote refuses the record
    AUTOMATION = "automation"  # code or a flow of the CRM's admins failed on the record
    PERMISSION = "permission"  # the user or the token may not do this
    MAPPING = "mapping"  # the mapping names what cannot be written
    REFERENCE = "reference"  # a record or user this one names is not there
    LIMIT = "limit"  # the account is full
    REFUSED = "refused"  # refused in words nobody here knows
    DUPLICATE = "duplicate"  # another record holds what must be unique
    LOCKED = "locked"  # refused for now
    GONE = "gone"  # the record is deleted or merged away
    CONVERTED = "converted"  # the record takes no writes any more


@dataclass(frozen=True, slots=True)
class Advice:
    """What one code of a CRM stands for: `what` happened, and what to do as `fix`.

    Both are without values of a record: they are printed where values are not. `what` is empty
    where the message says it already.
    """

    category: Category
    what: str
    fix: str
