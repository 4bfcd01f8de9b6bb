"""The examples of a mapping, tried both ways: what each side gets, and what was wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.bound import BoundPair
from mappings.example_checks import Comparison, comparisons, example_objects
from mappings.expression import ExpressionFailedError
from mappings.model import Example, PairMapping
from sync.domain.record import Native, Side
from sync.domain.rules import FieldRule, Trouble

__all__ = ["Tried", "TriedExample", "try_examples"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One value of an example: what a side gets for a field, next to what was wanted.

    `given` is what the other side holds. `why` says why nothing arrives, or what to write instead.
    """

    field: str
    target: Side
    native: str
    given: Native
    got: Native
    wanted: Native
    passed: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedExample:
    """One example tried on the Salesforce objects it fits, where all get the same.

    `place` is file, line and column.
    """

    pair: str
    name: str
    objects: tuple[str, ...]
    place: tuple[str, int, int]
    values: tuple[Tried, ...]

    @property
    def passed(self) -> bool:
        """Tell whether every value is as wanted."""
        return all(one.passed for one in self.values)


def try_examples(mapping: PairMapping, pair: BoundPair) -> tuple[TriedExample, ...]:
    """Try every example of a pair, on every Salesforce object that holds what it names."""
    return tuple(
        TriedExample(
            pair=mapping.pair,
            name=example.name,
            objects=objects,
            place=_place(mapping, at),
            values=values,
        )
        for at, example in enumerate(mapping.examples)
        for values, objects in _by_outcome(mapping, pair, example).items()
    )


def _by_outcome(
    mapping: PairMapping, pair: BoundPair, example: Example
) -> dict[tuple[Tried, ...], tuple[str, ...]]:
    """Try an example on each object; objects where everything is the same stand together."""
    found: dict[tuple[Tried, ...], tuple[str, ...]] = {}
    for object_name in example_objects(mapping, example):
        values = _Trial(mapping, pair, example, object_name).values()
        found[values] = (*found.get(values, ()), object_name)
    return found


def _place(mapping: PairMapping, at: int) -> tuple[str, int, int]:
    places = mapping.places
    line, column = places.values.get(("examples", at), (1, 1))
    return places.file, line, column


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What a side gets for a field, or why it gets nothing."""

    value: Native
    why: str = ""


class _Trial:
    """One example on one object: both records as the example has them."""

    def __init__(
        self, mapping: PairMapping, pair: BoundPair, example: Example, object_name: str
    ) -> None:
        self._mapping = mapping
        self._pair = pair
        self._at = {Side.LEFT: mapping.hubspot, Side.RIGHT: object_name}
        self._comparisons = comparisons(mapping, example, object_name)
        self._values: dict[Side, Mapping[str, Native]] = {
            side: pair.project(
                side,
                self._at[side],
                {
                    name: example.of(side).get(name)
                    for name in pair.native_fields(side, self._at[side])
                },
            )
            for side in Side
        }
        self._region = self._region_of_both()

    def _region_of_both(self) -> str | None:
        found = [self._pair.region(side, self._values[side]) for side in Side]
        return next((one for one in found if one is not None), None)

    def values(self) -> tuple[Tried, ...]:
        """Look at every value; one that differs in form only must be exact the other way."""
        arrivals = {(one.field, one.target): self._arrival(one) for one in self._comparisons}
        exact = {
            (one.field, one.target)
            for one in self._comparisons
            if self._is_exact(arrivals[one.field, one.target], one)
        }
        return tuple(
            self._tried(one, arrivals[one.field, one.target], exact) for one in self._comparisons
        )

    def _arrival(self, one: Comparison) -> _Arrival:
        rule, origin = self._pair.rule(one.field), one.target.other
        try:
            given = self._given(rule, origin)
        except ExpressionFailedError as exc:
            return _Arrival(None, str(exc))
        carried = rule.codec.carry(
            origin, given, object_name=self._at[one.target], region=self._region
        )
        if isinstance(carried, Trouble):
            return _Arrival(None, f"{carried.message}; {carried.fix}")
        if carried is None:
            required = self._pair.required_values(one.target, self._at[one.target])
            carried = required.get(one.field)
        return _Arrival(carried)

    def _given(self, rule: FieldRule, origin: Side) -> Native:
        if rule.name in self._pair.computed:
            return self._pair.compute(rule.name, self._pair.canonical(origin, self._values[origin]))
        return self._values[origin].get(rule.name)

    def _is_exact(self, arrival: _Arrival, one: Comparison) -> bool:
        return not arrival.why and (arrival.value or "") == (one.wanted or "")

    def _tried(self, one: Comparison, arrival: _Arrival, exact: set[tuple[str, Side]]) -> Tried:
        here, there = (one.field, one.target), (one.field, one.target.other)
        alike = not arrival.why and self._are_alike(one, arrival.value)
        passed = here in exact or (alike and there in exact)
        return Tried(
            field=one.field,
            target=one.target,
            native=one.native,
            given=self._values[one.target.other].get(one.field),
            got=arrival.value,
            wanted=one.wanted,
            passed=passed,
            why=arrival.why or ("" if passed else _hint(one, alike=alike, returns=there in exact)),
        )

    def _are_alike(self, one: Comparison, got: Native) -> bool:
        """Tell whether a sync would take both for the same value."""
        codec = self._pair.rule(one.field).codec
        normal = [
            codec.normal(one.target, value, region=self._region) for value in (got, one.wanted)
        ]
        return normal[0] == normal[1]


def _hint(one: Comparison, *, alike: bool, returns: bool) -> str:
    if alike:
        return "the same value in another form; write it as it arrives"
    if returns:
        only = "to_hubspot" if one.target is Side.RIGHT else "to_salesforce"
        return f"it does not come back as it went; where that is meant, write only: {only}"
    return ""
