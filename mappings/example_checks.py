"""What can be wrong in the examples of a mapping before they are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.findings import Path, did_you_mean
from mappings.model import Example, FieldMapping, PairMapping
from mappings.words import SIDE_NAMES
from sync.domain.errors import MappingError
from sync.domain.record import Side

__all__ = ["Comparison", "check_examples", "comparisons", "example_objects"]

_KEYS = {Side.LEFT: "hubspot", Side.RIGHT: "salesforce"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value an example lets us look at: what a field brings to one side."""

    field: str
    target: Side
    native: str
    wanted: str | None


def check_examples(pair: PairMapping) -> Iterator[MappingError]:
    """List the names in examples that no field has, and examples that would compare nothing."""
    for at, example in enumerate(pair.examples):
        path: Path = ("examples", at)
        unknown = list(_unknown(pair, example, path))
        yield from unknown
        if unknown:
            continue
        objects = example_objects(pair, example)
        if not objects:
            yield pair.places.at_key(
                (*path, "salesforce"),
                f"none of {', '.join(pair.salesforce)} holds all of these fields; write an example "
                "for each object",
            )
        elif not any(comparisons(pair, example, one) for one in objects):
            yield pair.places.at_value(
                path,
                "nothing is compared here; name a field that travels on both sides, as "
                "'hubspot: {email: a@example.com}' and 'salesforce: {Email: a@example.com}'",
            )


def example_objects(pair: PairMapping, example: Example) -> tuple[str, ...]:
    """Give the Salesforce objects that hold every field an example names."""
    return tuple(
        one for one in pair.salesforce if example.salesforce.keys() <= _held(pair, Side.RIGHT, one)
    )


def comparisons(pair: PairMapping, example: Example, object_name: str) -> list[Comparison]:
    """List what an example compares, with the Salesforce record being of this object."""
    at = {Side.LEFT: pair.hubspot, Side.RIGHT: object_name}
    found = []
    for name, field in pair.fields.items():
        for target in (Side.RIGHT, Side.LEFT) if example.only is None else (example.only,):
            native, values = field.name_on(target, at[target]), example.of(target)
            if native is None or native not in values or not field.writes_to(target):
                continue
            if _comes_from_somewhere(field, example, target, at):
                found.append(Comparison(name, target, native, values[native]))
    return found


def _comes_from_somewhere(
    field: FieldMapping, example: Example, target: Side, at: dict[Side, str]
) -> bool:
    """Tell whether an example says enough to know what a field brings to a side."""
    origin = target.other
    wanted = example.of(target).get(field.name_on(target, at[target]) or "")
    blank = wanted is None or not wanted.strip() or wanted == field.if_blank
    named = field.name_on(origin, at[origin]) in example.of(origin)
    return named or blank or field.computed is not None


def _unknown(pair: PairMapping, example: Example, path: Path) -> Iterator[MappingError]:
    for side, key in _KEYS.items():
        known = {name for one in pair.objects(side) for name in _held(pair, side, one)}
        for native in example.of(side):
            if native not in known:
                yield pair.places.at_key(
                    (*path, key, native),
                    f"no field of this pair is kept in {SIDE_NAMES[side]}'s {native!r}"
                    f"{did_you_mean(native, sorted(known))}",
                )


def _held(pair: PairMapping, side: Side, object_name: str) -> set[str]:
    """Give the CRM's names of all fields one object holds."""
    names = {field.name_on(side, object_name) for field in pair.fields.values()}
    return {name for name in names if name is not None}
