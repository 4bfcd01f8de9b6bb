"""The columns every read asks for, and rows of a query as records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.flags import flag
from connectors.salesforce.answers import Row
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.ids import normal_id
from connectors.salesforce.values import parse_time, to_native
from sync.domain.record import Fields, Record, RecordRef
from sync.domain.schema import ObjectShape

__all__ = ["all_columns", "has_column", "stamp_columns", "to_record"]

_ALWAYS = ("Id", "SystemModstamp")
_ORIGIN = ("CreatedDate", "LastModifiedById")
_FROZEN = ("IsConverted", "ConvertedContactId")
_GONE = ("IsDeleted",)
_MERGED = ("MasterRecordId",)

#: The columns of ours that standard objects have, so that an idle run describes nothing.
_STANDARD = {
    "Lead": frozenset(_ORIGIN + _FROZEN + _GONE + _MERGED),
    "Contact": frozenset(_ORIGIN + _GONE + _MERGED),
    "Account": frozenset(_ORIGIN + _GONE + _MERGED),
    "Opportunity": frozenset(_ORIGIN + _GONE),
    "OpportunityContactRole": frozenset(_ORIGIN + _GONE),
    "Campaign": frozenset(_ORIGIN + _GONE),
    "CampaignMember": frozenset(_ORIGIN + _GONE),
    "User": frozenset(_ORIGIN),
}


def has_column(object_name: str, name: str, shape: ObjectShape | None) -> bool | None:
    """Tell whether an object has one of our columns; None where only its shape would tell."""
    if shape is not None:
        return name in shape.fields
    standard = _STANDARD.get(object_name)
    return None if standard is None else name in standard


def all_columns(
    object_name: str, fields: Iterable[str], shape: ObjectShape | None
) -> tuple[str, ...]:
    """Give what to select so that a row becomes a whole record with these fields."""
    ours = [
        name for name in _ORIGIN + _GONE + _MERGED + _FROZEN if has_column(object_name, name, shape)
    ]
    return tuple(dict.fromkeys([*_ALWAYS, *ours, *fields]))


def stamp_columns(object_name: str, shape: ObjectShape | None) -> tuple[str, ...]:
    """Give what to select for id, stamp and whether the record is frozen, and no more."""
    return _ALWAYS + tuple(name for name in _FROZEN if has_column(object_name, name, shape))


def to_record(
    object_name: str, row: Row, fields: Sequence[str], shape: ObjectShape | None
) -> Record:
    """Give a row as a record; `shape` may be None where no fields are wanted.

    A row without an id, or with times that are none, is no row of Salesforce's.
    """
    try:
        return _record(object_name, row, fields, shape)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise unreadable_error(Call(operation="read", object_name=object_name)) from exc


def _record(object_name: str, row: Row, fields: Sequence[str], shape: ObjectShape | None) -> Record:
    return Record(
        ref=RecordRef(object_name, _id(row["Id"])),
        fields=_values(row, fields, shape),
        stamp=parse_time(row["SystemModstamp"]),
        created=parse_time(row["CreatedDate"]) if row.get("CreatedDate") else None,
        gone=flag(row.get("IsDeleted")),
        frozen=flag(row.get("IsConverted")),
        successor=_successor(object_name, row),
        editor=_id(row["LastModifiedById"]) if row.get("LastModifiedById") else None,
    )


def _values(row: Row, fields: Sequence[str], shape: ObjectShape | None) -> Fields:
    shapes = {} if shape is None else shape.fields
    return {name: to_native(shapes.get(name), row[name]) for name in fields if name in row}


def _successor(object_name: str, row: Row) -> RecordRef | None:
    """Give the record that stands for this one now: after a merge, or a lead's conversion."""
    if row.get("MasterRecordId"):
        return RecordRef(object_name, _id(row["MasterRecordId"]))
    if row.get("ConvertedContactId"):
        return RecordRef("Contact", _id(row["ConvertedContactId"]))
    return None


def _id(value: Any) -> str:  # parsed JSON
    return normal_id(value) or str(value)
