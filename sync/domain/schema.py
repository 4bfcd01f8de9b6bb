"""What a CRM says of its objects and fields, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Division", "FieldKind", "FieldShape", "ObjectShape", "Option", "OtherSync"]


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
    point (`scale` also those of a time's seconds); None means no limit is known. `restricted`
    means other values than `options` are refused. `required` means a create without a value is
    refused. `folds_case` means the CRM stores the text in lower case. `percent_as_fraction` means
    50 % is stored as 0.5.
    `named_by_label` means people know the options by their labels, and files may use these.
    `apart` means the CRM keeps the value beside the record (an association): it is written by
    writes of its own, and changing it may move no stamp.
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
    named_by_label: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """One part an object's records are divided into: a pipeline, a record type.

    A record of it holds `id` in the object's `divided_by`; files may call it by `name`. `options`
    gives the picklists that are this part's own, by field.
    """

    id: str
    name: str
    active: bool = True
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSync:
    """Another sync between the same two CRMs, known by what it leaves in records it has written.

    `mark` is the field that holds when it last wrote a record; `name` and `remedy` are words for
    people: what it is called, and how it is stopped.
    """

    mark: str
    name: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """One object of a CRM with the fields the calling user can see, by name.

    `divisions` are the parts its records are divided into, `divided_by` the field that says which
    one a record belongs to. `currency_field` says in which currency a record's amounts are, where
    the account has several. `owned_by` names, for an object whose rows can be read by their owner
    only (associations, members of lists), the field that holds the owner's id: such rows have no
    change query of their own, move no stamp and are gone where their owner's rows lack them.
    `zone` is where the days begin that people mean by a time. `address`
    is what the CRM's own calls name the object by, where that is not its name. `other_sync` is
    another sync of the CRM's own, whose mark its records can carry.
    """

    name: str
    label: str
    fields: Mapping[str, FieldShape]
    divided_by: str = ""
    divisions: tuple[Division, ...] = ()
    currency_field: str = ""
    owned_by: str = ""
    zone: str = "UTC"
    address: str = ""
    other_sync: OtherSync | None = None
