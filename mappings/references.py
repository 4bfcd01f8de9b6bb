"""References: fields that name one record of another pair, in the file and in both schemas.

`associated company` and `parent company` are HubSpot's associations; any other name is a property
or a field that holds the id of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from mappings.findings import did_you_mean
from mappings.mapline import PARENT_COMPANY, is_tie, tied_object
from mappings.model import FieldMapping, PairMapping
from mappings.relations import relation_problems
from mappings.words import SIDE_NAMES
from sync.domain.errors import MappingError
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape

__all__ = [
    "check_references",
    "in_order",
    "objects_of",
    "reference_problems",
    "reference_shape_problem",
]

#: Kinds of fields that can hold the id of a record.
_HOLDING = frozenset(
    {
        FieldKind.REFERENCE,
        FieldKind.TEXT,
        FieldKind.MULTILINE,
        FieldKind.NUMBER,
        FieldKind.INTEGER,
    }
)
#: Keys that say nothing of a record: it is the same where its link is.
_SENSELESS = ("type", "values", "otherwise", "if_blank", "to_hubspot", "to_salesforce", "fallback")


def objects_of(pair: PairMapping) -> dict[Side, tuple[str, ...]]:
    """Give the objects of both sides that a reference to this pair may name records of."""
    return {side: pair.objects(side) for side in Side}


# --- in the files -------------------------------------------------------------------------------


def reference_problems(
    pair: PairMapping, name: str, field: FieldMapping
) -> Iterator[tuple[str, str]]:
    """Give what is wrong with a reference by itself, each with the key it stands under."""
    left = field.map.left or ""
    if field.map.is_list:
        yield from relation_problems(pair, name, field)
        return
    if field.pair is None:
        if is_tie(left):
            named = tied_object(left) or "companies"
            yield (
                "map",
                f"{left!r} names a record of another pair; say of which: 'pair: {named}'",
            )
        return
    for key in _SENSELESS:
        if getattr(field, key) is not None:
            yield key, "says nothing of a reference ('pair'); leave it out"
    if any(name in rule for rule in pair.match):
        yield "pair", "records cannot be matched by a reference; take the field out of 'match'"
    if left == PARENT_COMPANY and pair.hubspot != "companies":
        yield "map", f"only a company has a parent company; write 'associated company' for {name}"


def check_references(pairs: Sequence[PairMapping], *, whole: bool = True) -> list[MappingError]:
    """List references to pairs that are not there or hold other objects, and circles of pairs.

    Without the `whole` folder read, a pair that is missing may be in a file that is broken.
    """
    by_name = {pair.pair: pair for pair in pairs}
    found: list[MappingError] = []
    for pair in pairs:
        for name, field in pair.fields.items():
            if field.pair is None:
                continue
            other = by_name.get(field.pair)
            if other is None and whole:
                problem = _no_pair(field.pair, by_name)
                found.append(pair.places.at_value(("fields", name, "pair"), problem))
            elif other is not None and (wrong := _joins_wrong(field, other)) is not None:
                found.append(pair.places.at_value(("fields", name, wrong[0]), wrong[1]))
    return [*found, *_circles(pairs)]


def _no_pair(name: str, known: Iterable[str]) -> str:
    guess = did_you_mean(name, sorted(known))
    if guess:
        return f"there is no pair {name!r}{guess}"
    return (
        f"there is no pair {name!r}, so nobody knows which of its records are one; add a file for "
        "it, or leave this field out"
    )


def _joins_wrong(field: FieldMapping, other: PairMapping) -> tuple[str, str] | None:
    """Say how an association and the pair do not go together, with the key to change."""
    left = field.map.left or ""
    tied = tied_object(left)
    if tied is None or tied == other.hubspot:
        return None
    problem = (
        f"{left!r} names one of HubSpot's {tied}, and the pair {other.pair!r} keeps "
        f"{other.hubspot}; name the pair that keeps {tied}"
    )
    return "pair", problem


def _edges(pair: PairMapping, known: Iterable[str]) -> dict[str, str]:
    """Give the pairs a pair refers to, itself apart, each with the field that does."""
    found: dict[str, str] = {}
    for name, field in pair.fields.items():
        if field.pair is not None and field.pair != pair.pair and field.pair in known:
            found.setdefault(field.pair, name)
    return found


def _circles(pairs: Sequence[PairMapping]) -> Iterator[MappingError]:
    by_name = {pair.pair: pair for pair in pairs}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> Iterator[MappingError]:
        if name in done:
            return
        here = (*path, name)
        for other, field in _edges(by_name[name], by_name).items():
            if other in here:
                circle = " -> ".join((*here[here.index(other) :], other))
                yield by_name[name].places.at_value(
                    ("fields", field, "pair"),
                    f"these pairs refer to each other in a circle: {circle}; leave one of the "
                    "references out, so that one of them can be kept first",
                )
            else:
                yield from walk(other, here)
        done.add(name)

    for pair in pairs:
        yield from walk(pair.pair, ())


def in_order(
    pairs: Sequence[PairMapping], *, rank: Callable[[PairMapping], tuple[object, ...]]
) -> tuple[PairMapping, ...]:
    """Order pairs so that each comes after those it refers to, and by `rank` where that is free."""
    by_name = {pair.pair: pair for pair in pairs}
    ordered: dict[str, PairMapping] = {}

    def put(pair: PairMapping, above: frozenset[str]) -> None:
        if pair.pair in ordered:
            return
        below = [by_name[name] for name in _edges(pair, by_name) if name not in above]
        for other in sorted(below, key=rank):
            put(other, above | {pair.pair})
        ordered[pair.pair] = pair

    for pair in sorted(pairs, key=rank):
        put(pair, frozenset())
    return tuple(ordered.values())


# --- in both schemas ----------------------------------------------------------------------------


def reference_shape_problem(
    pair: PairMapping, field: FieldMapping, side: Side, object_name: str, shape: FieldShape
) -> str | None:
    """Say why a live field cannot name a record of the pair it refers to."""
    place = f"{SIDE_NAMES[side]}'s {object_name}.{shape.name}"
    if shape.kind not in _HOLDING:
        return f"{place} is a {shape.kind.value} field and names no record; leave 'pair' out"
    other = pair.partner(field.pair)
    if other is None or not shape.refers_to:
        return None
    wanted = other.objects(side)
    if set(wanted).isdisjoint(shape.refers_to):
        return (
            f"{place} names records of {' or '.join(shape.refers_to)}, and the pair "
            f"{other.pair!r} keeps {' and '.join(wanted)}"
        )
    return None
