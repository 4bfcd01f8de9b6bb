"""What a CRM says of its objects and fields, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FieldKind", "FieldShape", "ObjectShape", "Option"]


class FieldKind(StrEnum):
    """How a CRM itself types a field."""

    TEXT = "text"
    MULTILINE = "multiline"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    INTEGER = "integer"
    MONEY = "money"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist: `value` travels, `label` is what people see."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """What one CRM takes and gives for one field, as the calling user sees it.

    `length` counts characters; `digits` and `scale` count decimal digits before and after the
    point; None means no limit is known. `restricted` means other values than `options` are
    refused. `required` means a create without a value is refused. `folds_case` means the CRM
    stores the text in lower case. `percent_as_fraction` means 50 % is stored as 0.5.
    """

    name: str
    label: str
    kind: FieldKind
    length: int | None = None
    digits: int | None = None
    scale: int | None = None
    creatable: bool = True
    updatable: bool = True
    required: bool = False
    unique: bool = False
    restricted: bool = False
    options: tuple[Option, ...] = ()
    folds_case: bool = False
    percent_as_fraction: bool = False
    refers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """One object of a CRM with the fields the calling user can see, by name."""

    name: str
    label: str
    fields: Mapping[str, FieldShape]
