"""What both CRMs will refuse later, value by value, although the mapping itself can work.

Nothing here stops a run: a value that does not fit is put with the errors, or held, and the rest
travels. An admin wants to know which lines of the mapping lead there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from mappings.bound import BoundPair
from mappings.extents import (
    ENOUGH_DIGITS,
    NUMBERS,
    PICKLISTS,
    SAMPLES,
    TEXTS,
    WRITTEN,
    length_of,
    values_of,
)
from mappings.findings import Path
from mappings.live import Schemas, field_type, held, key_problem, table_path
from mappings.model import FieldMapping, PairMapping
from mappings.words import SIDE_NAMES, FieldType
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.rules import BlankRule, Trouble, TroubleKind
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["HEADINGS", "Note", "Risk", "foresee"]

_READ = NUMBERS | {FieldKind.BOOLEAN, FieldKind.DATE, FieldKind.DATETIME}
#: Types whose values are translated into a picklist's own options without a table.
_SPELLED = frozenset({FieldType.COUNTRY, FieldType.BOOLEAN, FieldType.OPT_OUT})
#: What a text must be to go into a field of a kind; the others are numbers.
_KINDS: Mapping[FieldKind, str] = {
    FieldKind.BOOLEAN: "true or false",
    FieldKind.DATE: "a date",
    FieldKind.DATETIME: "a date or time",
    FieldKind.EMAIL: "an e-mail address",
}
#: How many values of a picklist are named one by one.
_NAMED = 8


class Risk(StrEnum):
    """What becomes of a value that a CRM would not take; the word stands in JSON."""

    TOO_LONG = "too_long"
    TOO_MANY_DIGITS = "too_many_digits"
    WRONG_TYPE = "wrong_type"
    NOT_IN_PICKLIST = "not_in_picklist"
    NO_ENTRY = "value_without_entry"
    REQUIRED = "required"
    TAKEN = "taken"
    NOT_IN_LIST = "not_in_list"
    NO_KEY = "no_key"
    NO_COUNTERPART = "no_counterpart"
    SEVERAL_USERS = "several_users"


#: What a run does with such values, to stand over the lines that name the fields.
HEADINGS: Mapping[Risk, str] = {
    Risk.TOO_LONG: "Longer values are never cut off: they are not sent, and stand with the errors.",
    Risk.TOO_MANY_DIGITS: "Larger numbers are not sent, and stand with the errors.",
    Risk.WRONG_TYPE: "Values that cannot be read are not sent, and stand with the errors.",
    Risk.NOT_IN_PICKLIST: "Values the picklist lacks are not sent, and stand with the errors.",
    Risk.NO_ENTRY: "Values without a line in `values` wait in `revloop conflicts list`.",
    Risk.REQUIRED: "Records without a value here are refused, and stand with the errors.",
    Risk.TAKEN: "A value another record holds is refused there, and stands with the errors.",
    Risk.NOT_IN_LIST: "Names the org's list lacks are refused, and stand with the errors.",
    Risk.NO_COUNTERPART: "Owners whom the other CRM has no active user for are not sent; each "
    "stands once with the errors, and their records follow when there is one.",
    Risk.SEVERAL_USERS: "Owners who are several users of the other CRM wait in "
    "`revloop conflicts list`.",
    Risk.NO_KEY: "Without the other's id, records could be made twice once the state is lost.",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One place of a mapping that will meet a refusal for some values."""

    risk: Risk
    finding: MappingError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way of a field: from all its places on one side to those alike on the other."""

    name: str
    field: FieldMapping
    kind: FieldType
    target: Side
    targets: tuple[tuple[str, FieldShape], ...]
    sources: tuple[tuple[str, FieldShape], ...]

    @property
    def into(self) -> FieldShape:
        """Give what all the places on the target side are like."""
        return self.targets[0][1]

    @property
    def object_name(self) -> str:
        """Give the first of the objects written to."""
        return self.targets[0][0]

    @property
    def place(self) -> str:
        """Name the places written to."""
        names = " and ".join(f"{at}.{shape.name}" for at, shape in self.targets)
        return f"{SIDE_NAMES[self.target]}'s {names}"

    @property
    def is_free(self) -> bool:
        """Tell whether any text may come this way."""
        computed = self.field.computed is not None
        return computed or any(shape.kind in TEXTS for _, shape in self.sources)


def foresee(pair: PairMapping, bound: BoundPair, schemas: Schemas) -> tuple[Note, ...]:
    """List the fields whose values a CRM will refuse some of, each with its place in the file."""
    notes = [note for way in _ways(pair, schemas) for note in _of_way(pair, bound, way, schemas)]
    notes += _required(pair, schemas)
    notes += _keys(pair, schemas)
    unique = {(note.risk, str(note.finding)): note for note in notes}
    return tuple(sorted(unique.values(), key=_order))


def _order(note: Note) -> tuple[int, str, int, int]:
    one = note.finding
    return (list(Risk).index(note.risk), one.file, one.line, one.column)


def _ways(pair: PairMapping, schemas: Schemas) -> Iterator[_Way]:
    for name, field in pair.fields.items():
        places = list(held(pair, field, schemas))
        alike: dict[tuple[Side, FieldShape], list[tuple[str, FieldShape]]] = {}
        for side, at, shape in places:
            if field.writes_to(side):
                nameless = replace(shape, name="", label="")
                alike.setdefault((side, nameless), []).append((at, shape))
        for (target, _), targets in alike.items():
            yield _Way(
                name=name,
                field=field,
                kind=field_type(pair, name, schemas),
                target=target,
                targets=tuple(targets),
                sources=tuple((at, shape) for side, at, shape in places if side is not target),
            )


def _of_way(pair: PairMapping, bound: BoundPair, way: _Way, schemas: Schemas) -> Iterator[Note]:
    known = list(_by_shape(pair, bound, way, schemas))
    yield from known
    yield from _tried(pair, bound, way, known={note.risk for note in known})


def _by_shape(pair: PairMapping, bound: BoundPair, way: _Way, schemas: Schemas) -> Iterator[Note]:
    if way.into.kind is FieldKind.REFERENCE or way.kind is FieldType.USER or way.field.pair:
        return
    yield from _options(pair, bound, way)
    if way.field.values is None:
        yield from _lengths(pair, way)
        yield from _digits(pair, way)
        yield from _types(pair, way)
        yield from _listed_places(pair, way, schemas)
    yield from _emptied(pair, way)
    if way.into.unique and not any(shape.unique for _, shape in way.sources):
        yield _note(
            pair,
            way,
            Risk.TAKEN,
            f"a value fits {way.place} in one record only, and may stand in several of "
            f"{_origin(way)}",
        )


def _options(pair: PairMapping, bound: BoundPair, way: _Way) -> Iterator[Note]:
    """Carry every value of a picklist, as a run would."""
    codec = bound.rule(way.name).codec
    refused: dict[Risk, dict[str, None]] = {}
    for _, shape in way.sources if way.field.computed is None else ():
        for option in values_of(shape):
            carried = codec.carry(way.target.other, option.value, object_name=way.object_name)
            risk = _risk_of(carried) if isinstance(carried, Trouble) else None
            if risk is not None:
                called = option.label if shape.named_by_label else option.value
                refused.setdefault(risk, {})[called] = None
    for risk, options in refused.items():
        values = list(options)
        named = ", ".join(map(repr, values[:_NAMED]))
        more = f" and {len(values) - _NAMED} more" if len(values) > _NAMED else ""
        yield _note(
            pair,
            way,
            risk,
            f"nothing in {way.place} stands for {named}{more}; {_entry(pair, way, values)}",
        )


def _entry(pair: PairMapping, way: _Way, values: list[str]) -> str:
    """Give the line to write for a picklist value that has none."""
    first = values[0]
    line = f"{first}: …" if way.target is Side.RIGHT else f"…: {first}"
    return f"write a line for each under {table_path(pair, way.name)}, as {line!r}"


def _risk_of(trouble: Trouble) -> Risk | None:
    if trouble.kind is TroubleKind.HOLD:
        return Risk.NO_ENTRY
    known = {risk.value: risk for risk in Risk}
    return known.get(trouble.code) if trouble.kind is TroubleKind.REFUSED else None


def _lengths(pair: PairMapping, way: _Way) -> Iterator[Note]:
    limit = way.into.length
    short = (FieldType.BOOLEAN, FieldType.OPT_OUT)
    if limit is None or way.into.kind not in TEXTS or way.kind in short:
        return
    longest = _longest(way)
    if longest is None or longest > limit:
        told = "more" if longest is None else f"{longest:,}"
        yield _note(
            pair,
            way,
            Risk.TOO_LONG,
            f"at most {limit:,} characters fit {way.place}; {_origin(way)} may hold {told}",
        )


def _longest(way: _Way) -> int | None:
    """Give how long a text may come this way, None where nothing limits it."""
    if way.field.computed is not None:
        return None
    lengths = [length_of(shape) for _, shape in way.sources]
    if way.kind is FieldType.DATETIME:
        lengths.append(WRITTEN[FieldKind.DATETIME])
    return None if None in lengths else max((one for one in lengths if one is not None), default=0)


def _digits(pair: PairMapping, way: _Way) -> Iterator[Note]:
    most = way.into.digits
    if most is None or most >= ENOUGH_DIGITS or way.into.kind not in NUMBERS:
        return
    numbers = [shape for _, shape in way.sources if shape.kind in NUMBERS]
    if way.is_free or any(one.digits is None or one.digits > most for one in numbers):
        yield _note(
            pair,
            way,
            Risk.TOO_MANY_DIGITS,
            f"at most {most} digits before the point fit {way.place}; {_origin(way)} may hold more",
        )


def _types(pair: PairMapping, way: _Way) -> Iterator[Note]:
    """Find what must be read as something else before it can be written."""
    kind = way.into.kind
    if kind is FieldKind.BOOLEAN and any(shape.kind in NUMBERS for _, shape in way.sources):
        message = f"only 1 or 0 fits {way.place} of a number; {_origin(way)} may hold others"
        yield _note(pair, way, Risk.WRONG_TYPE, message)
    if not way.is_free:
        return
    only_emails = all(shape.kind is FieldKind.EMAIL for _, shape in way.sources)
    if kind in _READ or (kind is FieldKind.EMAIL and not (way.sources and only_emails)):
        yield _note(
            pair,
            way,
            Risk.WRONG_TYPE,
            f"only {_KINDS.get(kind, 'a number')} fits {way.place}; {_origin(way)} may hold any "
            "text",
        )
    elif kind in PICKLISTS and way.into.restricted and way.field.computed is not None:
        yield _note(
            pair,
            way,
            Risk.NOT_IN_PICKLIST,
            f"only values of its picklist fit {way.place}; {_origin(way)} may be another",
        )
    elif kind in PICKLISTS and way.into.restricted and way.kind in _SPELLED:
        yield _note(
            pair,
            way,
            Risk.NOT_IN_PICKLIST,
            f"only a {way.kind.value} fits {way.place}; {_origin(way)} may hold any text",
        )


def _listed_places(pair: PairMapping, way: _Way, schemas: Schemas) -> Iterator[Note]:
    """Find names of countries and states that go where the org checks them against a list."""
    native = way.into.name
    by_code = schemas.shape(way.target, way.object_name, f"{native}Code")
    if way.target is Side.RIGHT and way.is_free and by_code is not None and by_code.restricted:
        fix = f"map it to {way.object_name}.{by_code.name}"
        fix += " with 'type: country'" if native.endswith("Country") else " with 'values'"
        yield _note(
            pair,
            way,
            Risk.NOT_IN_LIST,
            f"only names in the list of {by_code.name} fit {way.place}; {_origin(way)} may hold "
            f"any text; {fix}",
        )


def _required(pair: PairMapping, schemas: Schemas) -> Iterator[Note]:
    """Find fields a record must have that may come blank."""
    for way in _ways(pair, schemas):
        is_end = pair.relation is not None and way.field.pair is not None
        never_blank = is_end or (way.sources and all(shape.required for _, shape in way.sources))
        if not way.into.required or way.field.if_blank is not None or never_blank:
            continue
        clears = (way.field.blank or pair.defaults.blank) is BlankRule.CLEAR
        made_as = pair.create_as(way.target) if pair.creates(way.target) else None
        is_made = any(at == made_as for at, _ in way.targets)
        if clears or is_made:
            when = "a new one without it" if is_made else "emptying it"
            yield _note(
                pair,
                way,
                Risk.REQUIRED,
                f"{way.place} must have a value, and {when} is refused; add 'if_blank', as in "
                'if_blank: "[not given]"',
            )


def _tried(pair: PairMapping, bound: BoundPair, way: _Way, *, known: set[Risk]) -> Iterator[Note]:
    """Carry one value of each kind, as a run would: what its `type` makes of it may not fit."""
    codec = bound.rule(way.name).codec
    if way.field.computed is not None or way.field.values is not None:
        return
    samples = (one for _, shape in way.sources for one in SAMPLES.get(shape.kind, ()))
    for sample in samples:
        carried = codec.carry(way.target.other, sample, object_name=way.object_name)
        risk = _risk_of(carried) if isinstance(carried, Trouble) else None
        if isinstance(carried, Trouble) and risk is not None and risk not in known:
            known.add(risk)
            message = f"{_origin(way)} may hold {sample!r}, which is not sent: {carried.message}"
            yield _note(pair, way, risk, message)


def _emptied(pair: PairMapping, way: _Way) -> Iterator[Note]:
    """Find checkboxes of Salesforce that may be emptied; they are always ticked or not."""
    clears = (way.field.blank or pair.defaults.blank) is BlankRule.CLEAR
    if clears and way.target is Side.RIGHT and way.into.kind is FieldKind.BOOLEAN:
        yield _note(
            pair,
            way,
            Risk.REQUIRED,
            f"{way.place} is true or false and is never blank, and {_origin(way)} may be; write "
            "'blank: keep'",
        )


def _keys(pair: PairMapping, schemas: Schemas) -> Iterator[Note]:
    """Find fields that should keep the other record's id and do not."""
    for side, key in ((Side.LEFT, "hubspot"), (Side.RIGHT, "salesforce")):
        native = pair.key_name(side)
        for object_name in pair.objects(side) if native is not None else ():
            why = key_problem(schemas.shape(side, object_name, native))
            if why is not None and schemas.object(side, object_name) is not None:
                message = (
                    f"{SIDE_NAMES[side]}'s {object_name}.{native} {why}, so no id is kept there; "
                    "make it a unique text field"
                )
                yield Note(Risk.NO_KEY, pair.places.at_value(("keys", key), message))


def _origin(way: _Way) -> str:
    if way.field.computed is not None:
        return "the computed value"
    names = " or ".join(f"{at}.{shape.name}" for at, shape in way.sources)
    return f"{SIDE_NAMES[way.target.other]}'s {names}"


def _note(pair: PairMapping, way: _Way, risk: Risk, message: str) -> Note:
    path: Path = ("fields", way.name, "map")
    return Note(risk, pair.places.at_value(path, message))
