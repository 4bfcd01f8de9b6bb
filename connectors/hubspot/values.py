"""Values and records between HubSpot's JSON and our own form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from connectors.hubspot.calls import Json
from sync.domain.record import Fields, Native, Record, RecordRef

__all__ = [
    "CONTACTS",
    "MERGED_IDS",
    "epoch_ms",
    "gone_of",
    "is_record",
    "moment",
    "native_of",
    "record_of",
    "stamp_property",
    "wire_of",
]

#: What calls name the contacts by.
CONTACTS = frozenset({"contacts", "0-1"})

#: The ids merged into a record; objects without the property leave it out unharmed.
MERGED_IDS = "hs_merged_object_ids"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)")


def stamp_property(object_name: str) -> str:
    """Name the property that holds an object's modification time."""
    return "lastmodifieddate" if object_name in CONTACTS else "hs_lastmodifieddate"


def native_of(value: object) -> Native:
    """Give a property's value in native form.

    An instant is known by its look, not by the property's type, so that a value reads the same
    whether or not the schema was fetched before.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if not _INSTANT.fullmatch(text):
        return text
    try:
        return _as_text(datetime.fromisoformat(text))
    except (OverflowError, ValueError):
        return text  # somebody's own text that only looks like a time


def wire_of(value: Native) -> str:
    """Give a native value as HubSpot takes it: blanks are empty texts, all else goes as it is."""
    return "" if value is None else value


def moment(value: object) -> datetime | None:
    """Read one of HubSpot's times, as text or as epoch milliseconds; None where it is none."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
        try:
            return _EPOCH + timedelta(milliseconds=int(value))
        except OverflowError:
            return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def epoch_ms(when: datetime) -> str:
    """Give a time as a search takes it: epoch milliseconds, fractions cut off."""
    return str((when - _EPOCH) // timedelta(milliseconds=1))


def is_record(item: Json) -> bool:
    """Tell whether an item of an answer is a whole record: its id and its values.

    An id is a number; that of a campaign is a GUID.
    """
    has_id = _ID.fullmatch(str(item.get("id"))) is not None
    return has_id and isinstance(item.get("properties"), dict)


def record_of(object_name: str, item: Json, fields: Iterable[str]) -> Record:
    """Read a record; asked fields that the answer does not hold are left out."""
    properties = item["properties"]
    stamp = moment(properties.get(stamp_property(object_name))) or moment(item.get("updatedAt"))
    return Record(
        ref=RecordRef(object_name, str(item["id"])),
        fields=_picked(properties, fields),
        stamp=stamp or _EPOCH,
        created=moment(item.get("createdAt")) or moment(properties.get("createdate")),
        aliases=_aliases(properties.get(MERGED_IDS)),
    )


def gone_of(object_name: str, item: Json, fields: Iterable[str] = ()) -> Record:
    """Read an archived record, stamped with the time it was archived."""
    stamp = moment(item.get("archivedAt")) or moment(item.get("updatedAt"))
    return Record(
        ref=RecordRef(object_name, str(item["id"])),
        fields=_picked(item.get("properties") or {}, fields),
        stamp=stamp or _EPOCH,
        created=moment(item.get("createdAt")),
        gone=True,
        aliases=_aliases((item.get("properties") or {}).get(MERGED_IDS)),
    )


def _picked(properties: Json, fields: Iterable[str]) -> Fields:
    return {name: native_of(properties[name]) for name in fields if name in properties}


def _aliases(value: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(value or "").split(";") if part.strip())


def _as_text(when: datetime) -> str:
    utc = when.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"
