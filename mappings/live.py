"""A mapping against the live schemas: what is missing, cannot be written, or does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mappings.checks import expressions
from mappings.corrected import line_for, one_of_these, renamed, table_for, turned
from mappings.currencies import check_currencies, currency_notes
from mappings.divisions import DIVISION_KEYS, check_divisions, labels_of, narrowed, stage_values
from mappings.expression_source import read_source
from mappings.findings import Path, did_you_mean, nearest, path_text, sort_findings
from mappings.kinds import default_type
from mappings.model import FieldMapping, PairMapping
from mappings.objects import no_such_object
from mappings.people import names_people
from mappings.people_checks import shape_problem
from mappings.percentages import percent_notes
from mappings.references import reference_shape_problem
from mappings.words import SIDE_NAMES, FieldType
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = [
    "Schemas",
    "check_live",
    "field_type",
    "further_notes",
    "held",
    "key_problem",
    "live_notes",
    "missing_fields",
    "missing_places",
    "people_fields",
    "table_path",
]

_PICKLISTS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
_LATER_KINDS = frozenset({FieldKind.REFERENCE, FieldKind.OTHER})
_KEY_KINDS = frozenset({FieldKind.TEXT, FieldKind.MULTILINE})
#: Types whose values are translated into a picklist's own options without a table.
_SPELLED = frozenset({FieldType.COUNTRY, FieldType.BOOLEAN, FieldType.OPT_OUT})

_Objects = Mapping[str, ObjectShape]
_Found = Iterator[MappingError]


@dataclass(frozen=True, slots=True)
class Schemas:
    """The live objects of both sides, by name."""

    left: _Objects
    right: _Objects

    def object(self, side: Side, object_name: str) -> ObjectShape | None:
        """Give one object, None where the CRM does not have it."""
        return (self.left if side is Side.LEFT else self.right).get(object_name)

    def objects(self, side: Side) -> tuple[ObjectShape, ...]:
        """Give all objects of a side."""
        return tuple((self.left if side is Side.LEFT else self.right).values())

    def shape(self, side: Side, object_name: str, native: str | None) -> FieldShape | None:
        """Give one field, None where it is not there."""
        found = self.object(side, object_name)
        return found.fields.get(native) if found is not None and native is not None else None


def check_live(
    pair: PairMapping,
    left: _Objects,
    right: _Objects,
    *,
    paused: Iterable[str] = (),
    strict: bool = True,
) -> tuple[MappingError, ...]:
    """List what stops the pair from working with these live schemas; `paused` fields apart.

    With `strict` also what a run can live with, one value at a time: free text that goes to a
    picklist.
    """
    schemas = Schemas(narrowed(pair, Side.LEFT, left), narrowed(pair, Side.RIGHT, right))
    without = set(paused)
    findings = [*_objects(pair, schemas), *check_divisions(pair, left, right)]
    for name, field in pair.fields.items():
        if name not in without:
            findings += _field(pair, schemas, name, field)
            if strict:
                findings += _onto_picklists(pair, schemas, name, field)
    if strict:
        findings += check_currencies(pair, left, right)
    findings += _keys(pair, schemas)
    findings += _required(pair, schemas)
    findings += _constants(pair, schemas)
    return sort_findings(findings)


def live_notes(pair: PairMapping, left: _Objects, right: _Objects) -> tuple[str, ...]:
    """List what an admin should know although the pair works."""
    schemas = Schemas(narrowed(pair, Side.LEFT, left), narrowed(pair, Side.RIGHT, right))
    return (
        *_key_notes(pair, schemas),
        *_value_notes(pair, schemas),
        *_required_notes(pair, schemas),
        *further_notes(pair, left, right),
    )


def further_notes(pair: PairMapping, left: _Objects, right: _Objects) -> tuple[str, ...]:
    """List what an admin should know and no value is refused for."""
    return (*currency_notes(pair, left, right), *percent_notes(pair, left, right))


def missing_fields(pair: PairMapping, left: _Objects, right: _Objects) -> frozenset[str]:
    """Name the fields the live schemas lack on a side or object the mapping names."""
    return frozenset(missing_places(pair, left, right))


def missing_places(
    pair: PairMapping, left: _Objects, right: _Objects
) -> dict[str, tuple[Side, str]]:
    """Give, by field, on which side the live schemas lack it, and its place in words."""
    schemas = Schemas(left, right)
    found: dict[str, tuple[Side, str]] = {}
    for name, field in pair.fields.items():
        for side in Side:
            for object_name in pair.objects(side):
                native = field.name_on(side, object_name)
                if native is None or schemas.object(side, object_name) is None:
                    continue
                if schemas.shape(side, object_name, native) is None:
                    place = f"{SIDE_NAMES[side]}'s {object_name}.{native}"
                    found.setdefault(name, (side, place))
    return found


def field_type(pair: PairMapping, name: str, schemas: Schemas) -> FieldType:
    """Give a field's type: as written, else as both schemas have it."""
    field = pair.fields[name]
    if field.type is not None:
        return field.type
    shapes = [shape for _, _, shape in held(pair, field, schemas)]
    if shapes and all(map(names_people, shapes)):
        return FieldType.USER
    kinds = {shape.kind for shape in shapes}
    return default_type(kinds, has_values=field.values is not None)


def people_fields(pair: PairMapping, left: _Objects, right: _Objects) -> frozenset[str]:
    """Name the fields of the pair that hold users or owners."""
    schemas = Schemas(left, right)
    return frozenset(
        name for name in pair.fields if field_type(pair, name, schemas) is FieldType.USER
    )


def held(
    pair: PairMapping, field: FieldMapping, schemas: Schemas
) -> Iterator[tuple[Side, str, FieldShape]]:
    """Give every live place a field is held: side, object and shape."""
    for side in Side:
        for object_name in pair.objects(side):
            shape = schemas.shape(side, object_name, field.name_on(side, object_name))
            if shape is not None:
                yield side, object_name, shape


def _objects(pair: PairMapping, schemas: Schemas) -> _Found:
    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        for object_name in pair.objects(side):
            found = schemas.object(side, object_name)
            if found is None:
                yield pair.places.at_value((key,), no_such_object(side, object_name))
            elif found.name != object_name:
                problem = f"{SIDE_NAMES[side]} writes {object_name!r} as {found.name!r}; so do you"
                yield pair.places.at_value((key,), problem)


def _field(pair: PairMapping, schemas: Schemas, name: str, field: FieldMapping) -> _Found:
    path: Path = ("fields", name)
    kind = field_type(pair, name, schemas)
    for side in Side:
        for object_name in pair.objects(side):
            native = field.name_on(side, object_name)
            found = schemas.object(side, object_name)
            if native is None or found is None:
                continue
            shape = found.fields.get(native)
            problem = (
                _unknown(side, found, native, schemas, field)
                if shape is None
                else _unusable(side, object_name, shape, field, made=pair.relation is not None)
                or _misled(pair, field, side, object_name, shape)
                or shape_problem(side, object_name, shape, field, kind)
            )
            if problem is not None:
                yield pair.places.at_value((*path, "map"), problem)
    yield from _values(pair, schemas, name, field)


def _unknown(
    side: Side, found: ObjectShape, native: str, schemas: Schemas, field: FieldMapping
) -> str:
    """Say that a field is unknown, and what was meant."""
    title = SIDE_NAMES[side]
    across = schemas.right if side is Side.LEFT else schemas.left
    if any(native in one.fields for one in across.values()):
        guess = "; HubSpot's name stands on the left of the arrow, Salesforce's on the right"
    else:
        name = nearest(native, found.fields)
        guess = did_you_mean(native, found.fields)
        guess += f" Write {renamed(field.map, side, native, name)!r}" if name is not None else ""
    return f"{title}'s {found.name} has no field {native!r} this user can see{guess}"


def _misled(
    pair: PairMapping, field: FieldMapping, side: Side, object_name: str, shape: FieldShape
) -> str | None:
    if field.pair is None:
        return None
    return reference_shape_problem(pair, field, side, object_name, shape)


def _unusable(
    side: Side, object_name: str, shape: FieldShape, field: FieldMapping, *, made: bool
) -> str | None:
    """Say why a field cannot be used; a row is `made` with the ends it has, which stay."""
    place = f"{SIDE_NAMES[side]}'s {object_name}.{shape.name}"
    names = shape.kind is FieldKind.REFERENCE and shape.refers_to and field.pair is None
    if names and not names_people(shape):
        return (
            f"{place} names a record of {' or '.join(shape.refers_to)}; say which pair keeps those "
            "records: 'pair: ...'"
        )
    known = names_people(shape) or (field.pair is not None and shape.kind is FieldKind.REFERENCE)
    if shape.kind in _LATER_KINDS and not known:
        return f"{place} is a {shape.kind.value} field, which is not supported yet"
    writable = shape.updatable or (made and field.pair is not None and shape.creatable)
    if field.writes_to(side) and not writable:
        arrow = "'->'" if side is Side.LEFT else "'<-'"
        line = turned(field.map, side)
        shown = f"; write {line!r}" if line is not None else ""
        return (
            f"{place} is read-only for this user; use the one-way arrow {arrow}, or grant access"
            f"{shown}"
        )
    return None


def _values(pair: PairMapping, schemas: Schemas, name: str, field: FieldMapping) -> _Found:
    """Check a values table against both live picklists."""
    for side, object_name, shape in held(pair, field, schemas):
        if shape.kind not in _PICKLISTS or not shape.restricted:
            continue
        options = _options(shape) | labels_of(shape)
        read_too = ((mine, theirs) for theirs, mine in field.read_too.items())
        for mine, theirs in dict.fromkeys((*(field.values or {}).items(), *read_too)):
            word = mine if side is Side.LEFT else theirs
            if word not in options:
                path: Path = ("fields", name, "values", mine)
                at = pair.places.at_key if side is Side.LEFT else pair.places.at_value
                yield at(
                    path,
                    f"{word!r} is not in the picklist {object_name}.{shape.name} of "
                    f"{SIDE_NAMES[side]}{one_of_these(word, labels_of(shape) or options)}",
                )
        # What is written instead of a missing entry must be in the picklist it goes to.
        if field.otherwise not in (None, "hold", "keep") and field.writes_to(side):
            word = str(field.otherwise)
            if word not in options:
                yield pair.places.at_value(
                    ("fields", name, "otherwise"),
                    f"{word!r} is not in the picklist {object_name}.{shape.name} of "
                    f"{SIDE_NAMES[side]}{one_of_these(word, labels_of(shape) or options)}",
                )


def _onto_picklists(pair: PairMapping, schemas: Schemas, name: str, field: FieldMapping) -> _Found:
    """Find free text that goes to a picklist which takes its own values only."""
    if field.values is not None or field_type(pair, name, schemas) in _SPELLED:
        return
    places = list(held(pair, field, schemas))
    for side, object_name, shape in places:
        restricted = shape.kind in _PICKLISTS and shape.restricted
        sources = [one.kind for other, _, one in places if other is not side]
        free = field.computed is not None or any(kind not in _PICKLISTS for kind in sources)
        named = _texts_of(field) & _options(shape)
        if restricted and free and sources and field.writes_to(side) and not named:
            yield pair.places.at_value(
                ("fields", name, "map"),
                f"{SIDE_NAMES[side]}'s {object_name}.{shape.name} takes the values of its picklist "
                f"only, and free text goes there; {table_for(shape, side)}",
            )


def _texts_of(field: FieldMapping) -> frozenset[str]:
    """Give the texts an expression may give, as in `record.score > 50 ? "Hot" : "Cold"`."""
    return frozenset(read_source(field.computed).texts) if field.computed else frozenset()


def _keys(pair: PairMapping, schemas: Schemas) -> _Found:
    """Find keys that are there and cannot keep an id."""
    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        for object_name in pair.objects(side):
            shape = schemas.shape(side, object_name, pair.key_name(side))
            if shape is not None and shape.kind not in _KEY_KINDS:
                yield pair.places.at_value(
                    ("keys", key),
                    f"{object_name}.{shape.name} is a {shape.kind.value} field and cannot keep an "
                    "id; make it a text field that is unique",
                )


def _required(pair: PairMapping, schemas: Schemas) -> _Found:
    """Find fields a create needs and nothing fills."""
    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        if not pair.creates(side):
            continue
        for shape, filled in _demanded(pair, schemas, side):
            if not filled:
                object_name = pair.create_as(side)
                found = schemas.object(side, object_name)
                written = (
                    f"write which one, as '{DIVISION_KEYS[side]}: {found.divisions[0].name}'"
                    if found is not None and found.divisions and shape.name == found.divided_by
                    else f"map one to {object_name}.{shape.name} with 'if_blank'"
                    + line_for(shape, side, object_name, schemas.objects(side.other))
                )
                yield pair.places.at_key(
                    ("create", key),
                    f"a new {object_name} needs {shape.name} ({shape.label}), which no field "
                    f"writes; {written}",
                )


def _demanded(
    pair: PairMapping, schemas: Schemas, side: Side
) -> Iterator[tuple[FieldShape, list[FieldMapping]]]:
    """Give each field a new record needs, with the mapped fields that write it."""
    object_name = pair.create_as(side)
    found = schemas.object(side, object_name)
    for shape in found.fields.values() if found is not None else ():
        is_fixed = found is not None and shape.name == found.divided_by and pair.division_name(side)
        if shape.required and shape.creatable and not is_fixed:
            yield (
                shape,
                [
                    field
                    for field in pair.fields.values()
                    if field.writes_to(side) and field.name_on(side, object_name) == shape.name
                ],
            )


def _constants(pair: PairMapping, schemas: Schemas) -> _Found:
    """Find constants no value of a picklist can ever equal."""
    for path, text in expressions(pair):
        for one in read_source(text).comparisons:
            field = pair.fields.get(one.name)
            known = _possible(pair, field, schemas) if field is not None else None
            for constant in one.constants if known is not None else ():
                if constant and known is not None and constant not in known:
                    yield pair.places.at_value(
                        path,
                        f"{constant!r} is none of the values record.{one.name} can have"
                        f"{did_you_mean(constant, known)}",
                    )


def _possible(pair: PairMapping, field: FieldMapping, schemas: Schemas) -> frozenset[str] | None:
    """Give every value a picklist field can have in the team's words, None where any may come."""
    if field.type in _SPELLED or field.computed is not None:
        return None
    places = list(held(pair, field, schemas))
    if not places or any(shape.kind not in _PICKLISTS for _, _, shape in places):
        return None
    words = set(field.values or {})
    translated = set((field.values or {}).values())
    for side, _, shape in places:
        options = _options(shape)
        words |= options - translated if side is Side.RIGHT else options
    return frozenset(words)


def _options(shape: FieldShape) -> frozenset[str]:
    return frozenset(option.value for option in shape.options if option.active)


def _key_notes(pair: PairMapping, schemas: Schemas) -> Iterator[str]:
    for side in Side:
        for object_name in pair.objects(side):
            if schemas.object(side, object_name) is None:
                continue
            native = pair.key_name(side)
            if native is None:
                continue
            shape = schemas.shape(side, object_name, native)
            why = key_problem(shape)
            if why is not None:
                yield (
                    f"{pair.pair}: {SIDE_NAMES[side]}'s {object_name}.{native} {why}, so "
                    f"{SIDE_NAMES[side]} keeps no id of the other record; make it a unique text "
                    "field to be safe against duplicates after losing the state"
                )


def key_problem(shape: FieldShape | None) -> str | None:
    """Say why a field does not keep the other record's id, None where it does."""
    if shape is None:
        return "is not there"
    if not shape.unique:
        return "is not unique"
    return None if shape.updatable else "is read-only for this user"


def _value_notes(pair: PairMapping, schemas: Schemas) -> Iterator[str]:
    """Name picklist values that have no entry in a table and will be held."""
    for name, field in pair.fields.items():
        if field.values is None or field.otherwise not in (None, "hold"):
            continue
        for side, object_name, shape in held(pair, field, schemas):
            if shape.kind not in _PICKLISTS or not field.writes_to(side.other):
                continue
            words = field.values.keys() if side is Side.LEFT else field.values.values()
            known = {*words, *stage_values(shape, words).values()}
            known |= field.read_too.keys() if side is Side.RIGHT else set()
            labels = {option.value: option.label for option in shape.options}
            without = sorted(
                labels[value] if shape.named_by_label else value
                for value in _options(shape) - known
            )
            if without:
                yield (
                    f"{pair.pair}: {table_path(pair, name)} has no line for "
                    f"{', '.join(map(repr, without))} of {object_name}.{shape.name}; records "
                    "with such a value are held"
                )


def table_path(pair: PairMapping, name: str) -> str:
    """Give where the table of a field's values stands in the file."""
    return path_text(pair.places.written_path(("fields", name, "values")))


def _required_notes(pair: PairMapping, schemas: Schemas) -> Iterator[str]:
    for side in Side:
        # What a row ties is never blank.
        if not pair.creates(side) or pair.relation is not None:
            continue
        for shape, filled in _demanded(pair, schemas, side):
            if filled and all(field.if_blank is None for field in filled):
                yield (
                    f"{pair.pair}: a new {pair.create_as(side)} needs {shape.name}; records "
                    "without a value are refused, unless the field has 'if_blank'"
                )
