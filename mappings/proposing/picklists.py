"""Tables that translate one picklist into another: what is sure, what is near, what stays open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mappings.proposing.proposal import ValueLine
from mappings.proposing.wording import squashed, words
from sync.domain.record import Side
from sync.domain.schema import FieldShape, Option

__all__ = ["Table", "is_same_list", "translate"]

#: Of a picklist, the share of values that must have a line before its values travel.
ENOUGH = 0.5
_NEAR_WORDS = 0.5
_NEAR_LETTERS = 0.8


@dataclass(frozen=True, slots=True)
class Table:
    """Lines of values, and the values of each side that no sure line names."""

    lines: tuple[ValueLine, ...]
    left_open: tuple[str, ...]
    right_open: tuple[str, ...]
    left_count: int
    right_count: int

    @property
    def covers_left(self) -> bool:
        """Tell whether enough of HubSpot's values have a line to travel."""
        return self.left_count - len(self.left_open) >= ENOUGH * max(self.left_count, 1)

    @property
    def covers_right(self) -> bool:
        """Tell whether enough of Salesforce's values have a line to travel."""
        return self.right_count - len(self.right_open) >= ENOUGH * max(self.right_count, 1)

    @property
    def sure(self) -> int:
        """Count the lines that are sure."""
        return sum(one.sure for one in self.lines)

    @property
    def open(self) -> dict[Side, tuple[str, ...]]:
        """Give the open values of each side."""
        return {Side.LEFT: self.left_open, Side.RIGHT: self.right_open}


def is_same_list(left: FieldShape, right: Collection[FieldShape]) -> bool:
    """Tell whether both CRMs have the same values, so that no table is needed."""
    mine = {one.value for one in _active(left)}
    return bool(mine) and all({one.value for one in _active(each)} == mine for each in right)


def translate(
    left: FieldShape, right: Sequence[FieldShape], known: Mapping[str, str] | None = None
) -> Table:
    """Find which values of both picklists mean the same; the order is that of HubSpot's list.

    Values all Salesforce objects have can be written to, and those alone get a line.
    """
    mine, theirs = _active(left), _common(right)
    sure = {
        one.value: other.value for one in mine for other in theirs if _are_equal(one, other)
    } | _known(mine, theirs, known or {})
    near = _near(
        [one for one in mine if one.value not in sure],
        [one for one in theirs if one.value not in set(sure.values())],
    )
    lines = tuple(
        ValueLine(one.value, (sure | near)[one.value], one.value in sure)
        for one in mine
        if one.value in sure or one.value in near
    )
    return Table(
        lines,
        tuple(one.value for one in mine if one.value not in sure),
        tuple(one.value for one in theirs if one.value not in set(sure.values())),
        len(mine),
        len(theirs),
    )


def _active(shape: FieldShape) -> list[Option]:
    return [one for one in shape.options if one.active and one.value.strip()]


def _common(shapes: Sequence[FieldShape]) -> list[Option]:
    first = _active(shapes[0]) if shapes else []
    others = [{one.value for one in _active(each)} for each in shapes[1:]]
    return [one for one in first if all(one.value in each for each in others)]


def _are_equal(one: Option, other: Option) -> bool:
    mine = {squashed(one.value), squashed(one.label)} - {""}
    return bool(mine & {squashed(other.value), squashed(other.label)})


def _known(
    mine: Sequence[Option], theirs: Sequence[Option], known: Mapping[str, str]
) -> dict[str, str]:
    values = {one.value for one in theirs}
    return {one.value: known[one.value] for one in mine if known.get(one.value) in values}


def _near(mine: Sequence[Option], theirs: Sequence[Option]) -> dict[str, str]:
    """Find for each of Salesforce's values the one of HubSpot's that is most like it."""
    found: dict[str, tuple[float, str]] = {}
    for other in theirs:
        ranked = sorted(((_nearness(one, other), one.value) for one in mine), reverse=True)
        if ranked and ranked[0][0] > 0:
            score, value = ranked[0]
            if score > found.get(value, (0.0, ""))[0]:
                found[value] = (score, other.value)
    return {value: other for value, (_, other) in found.items()}


def _nearness(one: Option, other: Option) -> float:
    mine, theirs = words(one.label), words(other.label)
    shared = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
    letters = SequenceMatcher(None, squashed(one.label), squashed(other.label)).ratio()
    if shared >= _NEAR_WORDS or letters >= _NEAR_LETTERS:
        return max(shared, letters)
    return 0.0
