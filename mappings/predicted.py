"""All that two schemas say about a mapping: what must be mended, and what will be refused later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mappings.bind import bind
from mappings.checks import expressions
from mappings.divisions import narrowed, stage_values
from mappings.expression_trial import try_expression
from mappings.findings import MappingErrors, Path, sort_findings
from mappings.fitting import Fitting
from mappings.foreseen import Note, foresee
from mappings.kinds import Readers
from mappings.live import Schemas, check_live, field_type, further_notes, held
from mappings.model import FieldMapping, PairMapping
from mappings.spelling import SideForm
from mappings.words import SIDE_KEYS, SIDE_NAMES, FieldType
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.rules import Trouble
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = ["Prediction", "predict"]

_PICKLISTS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT})
_MOMENTS = frozenset({FieldKind.DATE, FieldKind.DATETIME})
#: Kinds no value of which can ever be written to a field of the other kinds.
_STRANGERS: Mapping[FieldKind, frozenset[FieldKind]] = {
    **dict.fromkeys(_NUMBERS, _MOMENTS | {FieldKind.EMAIL}),
    **dict.fromkeys(_MOMENTS, _NUMBERS | {FieldKind.BOOLEAN, FieldKind.EMAIL}),
    FieldKind.BOOLEAN: _NUMBERS | _MOMENTS | {FieldKind.EMAIL},
    FieldKind.EMAIL: _NUMBERS | _MOMENTS | {FieldKind.BOOLEAN},
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What stops a pair; what an admin should know of it; and what will be refused though it works.

    `remarks` are about the pair and say so, the others have a place.
    """

    findings: tuple[MappingError, ...]
    remarks: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def predict(
    pair: PairMapping,
    left: Mapping[str, ObjectShape],
    right: Mapping[str, ObjectShape],
    *,
    readers: Readers | None = None,
) -> Prediction:
    """Hold a mapping against both schemas; with findings, no notes are made.

    `readers` may be shared between pairs.
    """
    left, right = narrowed(pair, Side.LEFT, left), narrowed(pair, Side.RIGHT, right)
    found = list(check_live(pair, left, right, strict=True))
    schemas = Schemas(left, right)
    found += _words(pair, schemas)
    found += _kinds(pair, schemas)
    found += _new_records(pair, schemas)
    found += _expressions(pair, schemas)
    if found:
        return Prediction(sort_findings(found))
    try:
        bound = bind(pair, left, right, readers=readers)
    except MappingErrors as error:
        return Prediction(error.findings)
    return Prediction((), further_notes(pair, left, right), foresee(pair, bound, schemas))


def _words(pair: PairMapping, schemas: Schemas) -> Iterator[MappingError]:
    """Find words of the mapping itself that the field they are written to cannot take."""
    for name, field in pair.fields.items():
        if field_type(pair, name, schemas) is FieldType.USER:
            continue
        for side, object_name, shape in held(pair, field, schemas):
            if shape.kind is FieldKind.REFERENCE or not field.writes_to(side):
                continue
            where = f"{SIDE_NAMES[side]}'s {object_name}.{shape.name}"
            # Words of a mapping are written as the field spells them.
            fitting = Fitting(shape, where=where, form=SideForm())
            for path, at_key, word in _written(name, field, side, shape):
                fitted = fitting.fit(stage_values(shape, [word]).get(word, word))
                if isinstance(fitted, Trouble):
                    at = pair.places.at_key if at_key else pair.places.at_value
                    yield at(path, f"{fitted.message}; write another value here")


def _written(
    name: str, field: FieldMapping, side: Side, shape: FieldShape
) -> Iterator[tuple[Path, bool, str]]:
    """Give each word that is written to a side, its place, and whether that is a key's."""
    if field.if_blank is not None and shape.required:
        yield ("fields", name, "if_blank"), False, field.if_blank
    if shape.kind in _PICKLISTS:
        return  # the words of picklists are looked at with both their columns
    for mine, theirs in (field.values or {}).items():
        yield (
            ("fields", name, "values", mine),
            side is Side.LEFT,
            (mine if side is Side.LEFT else theirs),
        )
    if field.otherwise not in (None, "hold", "keep"):
        yield ("fields", name, "otherwise"), False, str(field.otherwise)


def _kinds(pair: PairMapping, schemas: Schemas) -> Iterator[MappingError]:
    """Find fields whose kinds have nothing in common."""
    for name, field in pair.fields.items():
        if field.values is not None or field.computed is not None or field.pair is not None:
            continue
        places = list(held(pair, field, schemas))
        for side, object_name, shape in places:
            for other, at, source in places:
                strange = shape.kind in _STRANGERS.get(source.kind, ())
                if other is not side and field.writes_to(side) and strange:
                    yield pair.places.at_value(
                        ("fields", name, "map"),
                        f"{SIDE_NAMES[side]}'s {object_name}.{shape.name} is a {shape.kind.value} "
                        f"field and takes no {source.kind.value} of {SIDE_NAMES[other]}'s "
                        f"{at}.{source.name}; map a field of its kind, or add 'values'",
                    )


def _new_records(pair: PairMapping, schemas: Schemas) -> Iterator[MappingError]:
    """Find fields that may be changed, and not be set on a new record."""
    for name, field in pair.fields.items():
        # A reference that stands apart from its record follows in the same run.
        for side, object_name, shape in held(pair, field, schemas) if field.pair is None else ():
            is_made = pair.creates(side) and pair.create_as(side) == object_name
            if is_made and field.writes_to(side) and shape.updatable and not shape.creatable:
                key = SIDE_KEYS[side]
                yield pair.places.at_value(
                    ("fields", name, "map"),
                    f"{SIDE_NAMES[side]}'s {object_name}.{shape.name} cannot be set on a new "
                    f"record by this user; grant that, or leave out create.{key}",
                )


def _expressions(pair: PairMapping, schemas: Schemas) -> Iterator[MappingError]:
    """Try every expression on made-up values of its fields' types."""
    types = {name: field_type(pair, name, schemas) for name in pair.fields}
    for path, text in expressions(pair):
        for problem in try_expression(text, types, condition=path[0] != "fields"):
            yield pair.places.at_value(path, problem)
