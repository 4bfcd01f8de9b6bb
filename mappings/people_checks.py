"""What can be wrong with fields that hold owners and users: in the file, in both schemas, and
with the people of both CRMs."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.findings import Path
from mappings.model import FieldMapping, PairMapping
from mappings.people import People, names_people
from mappings.transforms.named import queue_of
from mappings.words import SIDE_NAMES, FieldType
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.rules import BlankRule, Trouble
from sync.domain.schema import FieldShape

__all__ = ["field_problems", "missing_stand_ins", "shape_problem"]

#: Objects of Salesforce that belong to users only; most others can be given to queues.
_WITHOUT_QUEUES = frozenset({"Account", "Campaign", "Contact", "Opportunity"})
#: The field of Salesforce that always holds somebody.
_ALWAYS_HELD = "OwnerId"


def field_problems(pair: PairMapping, field: FieldMapping) -> Iterator[tuple[str, str]]:
    """Give what is wrong with a field of people, each with the key it stands under."""
    if field.type not in (None, FieldType.USER):
        if field.fallback is not None:
            yield "fallback", "stands in for users; write 'type: user', or leave it out"
        return
    if field.type is FieldType.USER or field.fallback is not None:
        yield from _misplaced(pair, field)
    if field.fallback is not None:
        problem = _fallback_problem(pair, field, field.fallback)
        if problem is not None:
            yield "fallback", problem


def _misplaced(pair: PairMapping, field: FieldMapping) -> Iterator[tuple[str, str]]:
    """Find keys that say nothing of people."""
    if field.values is not None:
        yield "values", "users are the same where their e-mail address is; leave the table out"
    if field.if_blank is not None:
        yield "if_blank", "of a user it is called 'fallback'"
    native = {field.name_on(Side.RIGHT, name) for name in pair.salesforce}
    blank = field.blank or pair.defaults.blank
    if blank is BlankRule.CLEAR and field.writes_to(Side.RIGHT) and _ALWAYS_HELD in native:
        yield (
            "blank" if field.blank is not None else "map",
            (
                "a record of Salesforce always has an owner and cannot be emptied; write "
                "'blank: keep' or 'blank: fill' here"
            ),
        )


def _fallback_problem(pair: PairMapping, field: FieldMapping, fallback: str) -> str | None:
    made_on = [side for side in Side if field.writes_to(side) and pair.creates(side)]
    if not made_on:
        return (
            "owns new records, and this pair makes none that this field is written to; leave it "
            "out, or see 'create'"
        )
    if queue_of(fallback) is None:
        return None
    if Side.RIGHT not in made_on:
        return "only Salesforce has queues that own records; write an e-mail address"
    made_as = pair.create_as(Side.RIGHT)
    if made_as in _WITHOUT_QUEUES:
        return (
            f"a queue owns Leads, never {made_as} records, and new ones are made as {made_as}; "
            "write an e-mail address"
        )
    return None


def shape_problem(
    side: Side, object_name: str, shape: FieldShape, field: FieldMapping, kind: FieldType
) -> str | None:
    """Say why a live field and the field's type do not go together, None where they do."""
    place = f"{SIDE_NAMES[side]}'s {object_name}.{shape.name}"
    if kind is FieldType.USER:
        if names_people(shape):
            return None
        return f"{place} is a {shape.kind.value} field and holds no user or owner"
    if names_people(shape):
        why = "" if field.type is None else f", and 'type: {field.type.value}' is something else"
        return f"{place} holds a user or owner{why}; map it to a field that does, too"
    return None


def missing_stand_ins(
    pair: PairMapping, fields: frozenset[str], people: People
) -> Iterator[MappingError]:
    """Find each `fallback` that a new record cannot be given to on any side it could be made."""
    for name in sorted(fields):
        field = pair.fields[name]
        if field.fallback is None:
            continue
        found = [
            people.find(side, field.fallback, pair.create_as(side))
            for side in (Side if queue_of(field.fallback) is None else (Side.RIGHT,))
            if field.writes_to(side) and pair.creates(side)
        ]
        troubles = [one for one in found if isinstance(one, Trouble)]
        if troubles and len(troubles) == len(found):
            path: Path = ("fields", name, "fallback")
            yield pair.places.at_value(path, f"{troubles[-1].message}; {_mend(field.fallback)}")


def _mend(fallback: str) -> str:
    if queue_of(fallback) is not None:
        return "make the queue, or name another one"
    return "name an active user"
