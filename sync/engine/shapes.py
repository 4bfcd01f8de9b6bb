"""The schemas of both CRMs, read at most once an hour and kept in the state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sync.domain.record import Side
from sync.domain.schema import (
    Division,
    FieldKind,
    FieldShape,
    ObjectShape,
    Option,
    OtherSync,
)
from sync.engine.hourly import fresh, keep

if TYPE_CHECKING:
    from sync.domain.ports import Crm
    from sync.domain.store import Store

__all__ = ["forget_shape", "kept_shapes", "read_shapes", "shape_from_json", "shape_to_json"]

#: What is kept of a shape; one kept by an earlier release lacks what came later, and is read anew.
_FORM = 2


def read_shapes(
    store: Store, crm: Crm, side: Side, object_names: Sequence[str], *, now: datetime
) -> dict[str, ObjectShape]:
    """Give the shapes of objects, from the state where they are fresh, else from the CRM."""
    shapes = {name: _read(store, crm, side, name, now) for name in object_names}
    crm.remember(shapes.values())
    return shapes


def _read(store: Store, crm: Crm, side: Side, object_name: str, now: datetime) -> ObjectShape:
    note = f"shape:{side.value}:{object_name}"
    kept = fresh(store, note, crm, now=now)
    if kept is not None and kept.get("form") == _FORM:
        known = _shape(kept)
        if known is not None:
            return known
    shape = crm.describe(object_name)
    keep(store, note, crm, now=now, form=_FORM, shape=shape_to_json(shape))
    return shape


def forget_shape(store: Store, side: Side, object_name: str) -> None:
    """Forget the shape of an object, so that it is read again before the next run."""
    store.runs.keep_note(f"shape:{side.value}:{object_name}", "")


def kept_shapes(
    store: Store, side: Side, object_names: Sequence[str]
) -> dict[str, ObjectShape] | None:
    """Give the shapes as last read, however long ago; None where one never was."""
    notes = {name: store.runs.note(f"shape:{side.value}:{name}") for name in object_names}
    found = {
        name: shape
        for name, note in notes.items()
        if note and (shape := _shape_of_note(note)) is not None
    }
    return found if len(found) == len(notes) else None


def _shape_of_note(note: str) -> ObjectShape | None:
    try:
        return _shape(json.loads(note))
    except ValueError:
        return None


def _shape(kept: Any) -> ObjectShape | None:
    """Read a copy of a shape; None for one that is damaged, which is as good as none."""
    try:
        return shape_from_json(kept["shape"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def shape_to_json(shape: ObjectShape) -> dict[str, Any]:
    """Give a shape as JSON data."""
    fields = [asdict(field) for field in shape.fields.values()]
    return {
        "name": shape.name,
        "label": shape.label,
        "fields": fields,
        "divided_by": shape.divided_by,
        "divisions": [asdict(division) for division in shape.divisions],
        "currency_field": shape.currency_field,
        "owned_by": shape.owned_by,
        "zone": shape.zone,
        "address": shape.address,
        "other_sync": asdict(shape.other_sync) if shape.other_sync else None,
    }


def shape_from_json(data: dict[str, Any]) -> ObjectShape:
    """Read a shape back."""
    fields = {}
    for one in data["fields"]:
        known = dict(one)
        known["kind"] = FieldKind(known["kind"])
        known["options"] = tuple(Option(**option) for option in known["options"])
        known["refers_to"] = tuple(known["refers_to"])
        fields[known["name"]] = FieldShape(**known)
    # A shape that an earlier release kept says nothing of what came later.
    return ObjectShape(
        name=data["name"],
        label=data["label"],
        fields=fields,
        divided_by=data.get("divided_by", ""),
        divisions=tuple(_division(one) for one in data.get("divisions", ())),
        currency_field=data.get("currency_field", ""),
        owned_by=data.get("owned_by", ""),
        zone=data.get("zone", "UTC"),
        address=data.get("address", ""),
        other_sync=OtherSync(**data["other_sync"]) if data.get("other_sync") else None,
    )


def _division(data: dict[str, Any]) -> Division:
    options = {
        name: tuple(Option(**option) for option in options)
        for name, options in data["options"].items()
    }
    return Division(id=data["id"], name=data["name"], active=data["active"], options=options)
