"""Pipelines and record types: the one part of an object's records that a pair keeps.

The field that says which part a record belongs to is read with the pair's own, under a name no
mapping file can write, so that a record that changes it is seen, looked at and left as one is
that no longer fits `include`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mappings.findings import did_you_mean
from mappings.model import FieldMapping, PairMapping
from mappings.words import SIDE_NAMES, FieldType
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.schema import Division, FieldShape, ObjectShape

__all__ = [
    "DIVISION_FIELDS",
    "DIVISION_KEYS",
    "check_divisions",
    "division_of",
    "labels_of",
    "narrowed",
    "stage_values",
    "with_division_fields",
]

#: Under these names a pair holds what says which part a record belongs to.
DIVISION_FIELDS: Mapping[Side, str] = {
    Side.LEFT: "hubspot.pipeline",
    Side.RIGHT: "salesforce.record_type",
}
#: The keys of a mapping that name the part.
DIVISION_KEYS: Mapping[Side, str] = {Side.LEFT: "pipeline", Side.RIGHT: "record_type"}
_WORDS: Mapping[Side, str] = {Side.LEFT: "pipeline", Side.RIGHT: "record type"}

_Shapes = Mapping[str, ObjectShape]


def division_of(pair: PairMapping, side: Side, shape: ObjectShape) -> Division | None:
    """Give the part of an object that the pair keeps, None where it names none that is there."""
    wanted = pair.division_name(side)
    if wanted is None:
        return None
    for division in shape.divisions:
        if division.id == wanted:
            return division
    named = [one for one in shape.divisions if one.name.casefold() == wanted.casefold()]
    return named[0] if len(named) == 1 else None


def narrowed(pair: PairMapping, side: Side, shapes: _Shapes) -> dict[str, ObjectShape]:
    """Give one side's objects with the picklists of the part that the pair keeps."""
    return {name: _narrowed(pair, side, shape) for name, shape in shapes.items()}


def _narrowed(pair: PairMapping, side: Side, shape: ObjectShape) -> ObjectShape:
    division = division_of(pair, side, shape)
    if division is None or not division.options:
        return shape
    fields = {
        name: replace(field, options=division.options.get(name, field.options))
        for name, field in shape.fields.items()
    }
    return replace(shape, fields=fields)


def with_division_fields(pair: PairMapping, left: _Shapes, right: _Shapes) -> PairMapping:
    """Give the pair with the fields that say which part a record belongs to, as read only."""
    more: dict[str, FieldMapping] = {}
    for side, shapes in ((Side.LEFT, left), (Side.RIGHT, right)):
        if pair.division_name(side) is None:
            continue
        natives = {name: shapes[name].divided_by for name in pair.objects(side) if name in shapes}
        line = (
            f"{natives[pair.hubspot]} ->"
            if side is Side.LEFT
            else "<- " + " | ".join(f"{name}.{native}" for name, native in natives.items())
        )
        field = FieldMapping.model_validate({"map": line, "type": FieldType.TEXT.value})
        more[DIVISION_FIELDS[side]] = field
    return pair.model_copy(update={"fields": {**pair.fields, **more}}) if more else pair


def check_divisions(pair: PairMapping, left: _Shapes, right: _Shapes) -> Iterator[MappingError]:
    """Find a pipeline or record type that is not there, or that takes no new records."""
    for side, shapes in ((Side.LEFT, left), (Side.RIGHT, right)):
        wanted = pair.division_name(side)
        for name in pair.objects(side) if wanted is not None else ():
            shape = shapes.get(name)
            problem = _problem(pair, side, shape) if shape is not None else None
            if problem is not None:
                yield pair.places.at_value((DIVISION_KEYS[side],), problem)


def _problem(pair: PairMapping, side: Side, shape: ObjectShape) -> str | None:
    wanted, word = pair.division_name(side) or "", _WORDS[side]
    title = f"{SIDE_NAMES[side]}'s {shape.name}"
    if not shape.divided_by or not shape.divisions:
        return f"{title} has no {word}s this user can see; leave '{DIVISION_KEYS[side]}' out"
    division = division_of(pair, side, shape)
    names = [one.name for one in shape.divisions]
    if division is None:
        guess = did_you_mean(wanted, names) or f"; there are {', '.join(names)}"
        return f"{title} has no {word} {wanted!r}{guess}"
    if not division.active and pair.creates(side) and pair.create_as(side) == shape.name:
        return f"the {word} {wanted!r} of {title} is not in use, and takes no new records"
    return None


def stage_values(shape: FieldShape | None, words: Iterable[str]) -> dict[str, str]:
    """Give the options that words of a file name by their labels, each where only one has it."""
    if shape is None or not shape.named_by_label:
        return {}
    named = _by_label(shape)
    return {word: named[word] for word in words if word in named}


def labels_of(shape: FieldShape) -> frozenset[str]:
    """Give the labels by which a file may name options of a field."""
    return frozenset(_by_label(shape)) if shape.named_by_label else frozenset()


def _by_label(shape: FieldShape) -> dict[str, str]:
    values = {option.value for option in shape.options}
    counted = Counter(option.label for option in shape.options)
    return {
        option.label: option.value
        for option in shape.options
        if counted[option.label] == 1 and option.label not in values
    }
