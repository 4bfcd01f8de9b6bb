"""A copy of two real accounts as seed lines, read through the connectors; nothing is written.

What the mapping reads is copied, owners with it, and what either CRM demands of a record. Ties
between records and histories stay behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING

from console import wiring
from console.copied_objects import object_lines, part_key, set_by_parts
from console.copied_people import people_lines
from sync.domain.ports import ChangeQuery
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

if TYPE_CHECKING:
    from pathlib import Path

    from mappings.bound import BoundPair
    from sandbox.jsontypes import Json, JsonObject
    from sync.domain.ports import Crm
    from sync.domain.record import Native, Record

__all__ = ["copied_lines"]

_SYSTEMS = {Side.LEFT: "hubspot", Side.RIGHT: "salesforce"}
_VALUES = {Side.LEFT: "properties", Side.RIGHT: "fields"}
_NUMBERS = (FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT)

#: HubSpot's campaigns, and what they keep as lists of items.
_CAMPAIGNS = "campaigns"
_ITEMS = ("budget", "spend")

#: HubSpot's type and kind of field.
_PROPERTIES = {
    **dict.fromkeys(_NUMBERS, ("number", "number")),
    FieldKind.BOOLEAN: ("bool", "booleancheckbox"),
    FieldKind.DATE: ("date", "date"),
    FieldKind.DATETIME: ("datetime", "date"),
    FieldKind.CHOICE: ("enumeration", "select"),
    FieldKind.CHOICES: ("enumeration", "checkbox"),
    FieldKind.MULTILINE: ("string", "textarea"),
    FieldKind.PHONE: ("string", "phonenumber"),
}
_FIELD_TYPES = {
    FieldKind.MULTILINE: "textarea",
    FieldKind.EMAIL: "email",
    FieldKind.PHONE: "phone",
    FieldKind.URL: "url",
    FieldKind.NUMBER: "double",
    FieldKind.INTEGER: "double",
    FieldKind.MONEY: "currency",
    FieldKind.PERCENT: "percent",
    FieldKind.BOOLEAN: "boolean",
    FieldKind.DATE: "date",
    FieldKind.DATETIME: "datetime",
    FieldKind.CHOICE: "picklist",
    FieldKind.CHOICES: "multipicklist",
}


def copied_lines(folder: Path, environment: Mapping[str, str]) -> Iterator[JsonObject]:
    """Read both accounts of a project and give seed lines, definitions before records."""
    with ExitStack() as stack:
        workshop = stack.enter_context(
            wiring.open_workshop(folder, environment, purpose=wiring.Purpose.LOOK)
        )
        crms = {
            Side.LEFT: wiring.hubspot_crm(workshop.project),
            Side.RIGHT: wiring.salesforce_crm(workshop.project),
        }
        for crm in crms.values():
            stack.callback(crm.close)
        bound = wiring.bind_pairs(workshop, crms, at=wiring.now(), without={})
        pairs = tuple(pair for pair in bound if pair.relation is None)
        for side in Side:
            account = crms[side].account()
            yield {
                "system": _SYSTEMS[side],
                "account": {"id": account.id, "name": account.name},
            }
            yield from _side_lines(crms[side], side, pairs)


def _side_lines(crm: Crm, side: Side, pairs: tuple[BoundPair, ...]) -> Iterator[JsonObject]:
    copied: list[tuple[ObjectShape, tuple[FieldShape, ...]]] = []
    for name in dict.fromkeys(name for pair in pairs for name in pair.objects[side]):
        shape = crm.describe(name)
        wanted = {field for pair in pairs for field in pair.native_fields(side, name)}
        owners = _owner_fields(pairs, side, name)
        # Which record type a record is of is a reference, and part of the copy where it is read.
        kept = owners | ({shape.divided_by} & wanted)
        fields = tuple(field for field in shape.fields.values() if _is_copied(field, wanted, kept))
        copied.append((shape, fields))
        yield from object_lines(side, shape, [field.name for field in fields])
        yield from _definitions(side, shape, fields)
    if any(pair.people for pair in pairs):
        yield from people_lines(crm, side)
    for shape, fields in copied:
        yield from _records(crm, side, shape, fields)


def _owner_fields(pairs: tuple[BoundPair, ...], side: Side, object_name: str) -> set[str | None]:
    return {
        pair.rule(name).native_name(side, object_name)
        for pair in pairs
        if object_name in pair.objects[side]
        for name in pair.people
    }


def _is_copied(field: FieldShape, wanted: set[str], owners: set[str | None]) -> bool:
    """Tell whether a field is part of the copy: a value of its own that the sandbox can take."""
    if field.name in owners:
        return True
    takes = field.creatable or field.updatable
    is_asked = field.name in wanted or field.required
    return is_asked and field.kind not in (FieldKind.REFERENCE, FieldKind.OTHER) and takes


def _records(
    crm: Crm, side: Side, shape: ObjectShape, fields: tuple[FieldShape, ...]
) -> Iterator[JsonObject]:
    names = tuple(field.name for field in fields)
    seen: set[str] = set()
    query = ChangeQuery(object_name=shape.name, fields=names, since=None)
    for page in crm.read_changes(query):
        for record in page:
            # A record may come more than once; a converted lead is part of its contact.
            if record.gone or record.frozen or record.ref.id in seen:
                continue
            seen.add(record.ref.id)
            yield _line(side, shape, fields, record)


def _line(
    side: Side, shape: ObjectShape, fields: tuple[FieldShape, ...], record: Record
) -> JsonObject:
    values: JsonObject = {}
    for field in fields:
        value = record.fields.get(field.name)
        if value is not None:
            values[field.name] = _written(side, shape, field, value)
    line: JsonObject = {
        "system": _SYSTEMS[side],
        "object": shape.name,
        "key": f"{shape.name}-{record.ref.id}",
        "id": record.ref.id,
        _VALUES[side]: values,
        "modified": record.stamp.isoformat(),
    }
    if record.created is not None:
        line["created"] = record.created.isoformat()
    return line


def _written(side: Side, shape: ObjectShape, field: FieldShape, value: str) -> Json:
    if side is Side.RIGHT and field.name == shape.divided_by:
        return part_key(value)
    if side is Side.RIGHT:
        return _typed(field, value)
    if shape.name == _CAMPAIGNS and field.name in _ITEMS:
        # What the items add up to; the items themselves are not read.
        return [{"name": field.label, "amount": value}]
    return value


def _typed(field: FieldShape, value: Native) -> Json:
    """Give a value as Salesforce's own JSON has it."""
    if value is None:
        return None
    if field.kind is FieldKind.BOOLEAN:
        return value == "true"
    if field.kind in _NUMBERS:
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else float(number)
    return value


# What the sandbox's own schema lacks


def _definitions(
    side: Side, shape: ObjectShape, fields: tuple[FieldShape, ...]
) -> Iterator[JsonObject]:
    from sandbox.known_fields import KnownFields

    if side is Side.LEFT and shape.name == _CAMPAIGNS:
        return  # they have the same properties everywhere
    known = KnownFields()
    follow = set_by_parts(side, shape) | ({shape.divided_by} if side is Side.RIGHT else set())
    for field in fields:
        if field.name in follow:
            continue
        values = tuple(option.value for option in field.options)
        if known.takes(_SYSTEMS[side], shape.name, field.name, values):
            continue
        define = _property if side is Side.LEFT else _field
        yield {"system": _SYSTEMS[side], "object": shape.name, "field": define(field)}


def _property(field: FieldShape) -> JsonObject:
    type_, kind = _PROPERTIES.get(field.kind, ("string", "text"))
    options: list[Json] = [
        {"label": one.label, "value": one.value, "hidden": not one.active} for one in field.options
    ]
    definition: JsonObject = {"name": field.name, "label": field.label, "type": type_}
    definition |= {"fieldType": kind, "hasUniqueValue": field.unique}
    return {**definition, "options": options} if type_ == "enumeration" else definition


def _field(field: FieldShape) -> JsonObject:
    definition: JsonObject = {
        "name": field.name,
        "label": field.label,
        "type": _FIELD_TYPES.get(field.kind, "string"),
    }
    if field.length:
        definition["length"] = field.length
    if field.digits is not None:
        definition |= {"precision": field.digits + (field.scale or 0), "scale": field.scale or 0}
    if field.unique:
        definition |= {"unique": True, "externalId": True}
    if field.options:
        definition |= {
            "values": [one.value for one in field.options],
            "restrictedPicklist": field.restricted,
        }
    return definition
