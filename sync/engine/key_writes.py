"""The writes that keep the id of a record across in a field of a record."""

from __future__ import annotations

from mappings.bound import BoundPair
from sync.domain.record import Side

__all__ = ["key_writes"]


def key_writes(
    pair: BoundPair, side: Side, object_name: str, other_id: str
) -> dict[Side, dict[str, str]]:
    """Give the write that keeps the other side's id on a record, where there is a field for it."""
    key_field = pair.key_fields.get((side, object_name))
    return {side: {key_field: other_id}} if key_field else {}
