"""The keys by which records of both sides are recognised as one before any id links them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.transforms.email import read_email
from mappings.transforms.reading import UnreadableError
from mappings.words import FieldType
from sync.domain.record import Native

__all__ = ["MatchPart", "join_parts", "match_part", "secondary_emails"]

#: Stands between the parts of a key; no value holds it.
_JOINT = "\x1f"
_FREE_TEXT = frozenset({FieldType.TEXT, FieldType.MULTILINE})
#: A value these types cannot read (`n/a` as an e-mail) must not bring records together.
_READABLE = frozenset({FieldType.EMAIL, FieldType.PHONE, FieldType.DOMAIN, FieldType.URL})


@dataclass(frozen=True, slots=True)
class MatchPart:
    """One field of a match rule."""

    name: str
    kind: FieldType


def match_part(part: MatchPart, value: Native, *, readable: bool) -> str | None:
    """Give one canonical value as part of a key; None where it says nothing."""
    if value is None or (part.kind in _READABLE and not readable):
        return None
    if part.kind in _FREE_TEXT:
        # People write names in any case and spacing.
        value = " ".join(value.casefold().split())
    return value or None


def join_parts(parts: Sequence[str | None]) -> str | None:
    """Give the key of all parts, None when any of them is blank."""
    filled = [part for part in parts if part]
    return _JOINT.join(filled) if filled and len(filled) == len(parts) else None


def secondary_emails(fields: Mapping[str, Native], native: str) -> tuple[str, ...]:
    """Give the further addresses a record carries in one field, separated by `;`."""
    found: list[str] = []
    for text in (fields.get(native) or "").split(";"):
        try:
            address = read_email(text) if text.strip() else ""
        except UnreadableError:
            continue  # an address nobody can have matches nobody
        if address and address not in found:
            found.append(address)
    return tuple(found)
