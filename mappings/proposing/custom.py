"""Fields of an account's own, paired by what they are called and what they hold.

A wrong pair is worse than a missing one: what is not plain is a suggestion, and of several
counterparts none is taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mappings.proposing.ignored import why_ignored
from mappings.proposing.proposal import ProposedField, Shapes
from mappings.proposing.standard import fitted
from mappings.proposing.ways import arrow_of, ways
from mappings.proposing.wording import called, is_generic, likeness, squashed
from mappings.proposing.yamltext import one_line
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["SUGGESTED", "SURE", "custom_fields"]

#: From here on a field is mapped; from there on it is suggested.
SURE = 90
SUGGESTED = 60
#: Two counterparts closer to each other than this leave the choice to the admin.
_APART = 10

#: What no field of the pair may be called.
_TAKEN = frozenset({"stage", "handed_over", "in", "true", "false", "null", "record"})


@dataclass(frozen=True, slots=True)
class _Spot:
    """One Salesforce field, on the objects that have it under this name with this kind."""

    name: str
    shapes: Mapping[str, FieldShape]

    @property
    def first(self) -> FieldShape:
        return next(iter(self.shapes.values()))


@dataclass(frozen=True, slots=True)
class _Couple:
    score: int
    left: FieldShape
    spot: _Spot


def custom_fields(
    shapes: Shapes, *, taken: Collection[str], names: Collection[str], keys: Collection[str]
) -> Iterator[ProposedField]:
    """Give fields of the org's own with their counterparts in HubSpot.

    `taken` are native names that are mapped already, `names` the pair's own, `keys` the fields
    that keep ids.
    """
    used = set(names)
    busy = {*taken, *keys}
    couples = list(_couples(shapes, busy))
    for couple in _best(couples):
        proposed = _proposed(couple, couples, used)
        if proposed is not None:
            used.add(proposed.name)
            yield proposed


def _couples(shapes: Shapes, busy: Collection[str]) -> Iterator[_Couple]:
    """Give every pair of fields that are called alike and can hold each other's values."""
    lefts = [
        (one, called(one))
        for one in shapes.left.fields.values()
        if one.name not in busy and why_ignored(Side.LEFT, one) is None
    ]
    # Only those that share a word at all are looked at: there may be a thousand on each side.
    marked: dict[str, list[int]] = {}
    for at, (_, name) in enumerate(lefts):
        for mark in name.marks:
            marked.setdefault(mark, []).append(at)
    for spot in _spots(shapes, busy):
        theirs = called(spot.first)
        for at in sorted({at for mark in theirs.marks for at in marked.get(mark, ())}):
            left, ours = lefts[at]
            score = likeness(ours, theirs)
            if score >= SUGGESTED and not ways(left, tuple(spot.shapes.values())).none:
                yield _Couple(score, left, spot)


def _spots(shapes: Shapes, busy: Collection[str]) -> Iterator[_Spot]:
    """Give the org's own fields; one that another object holds in another kind stands alone."""
    found: dict[tuple[str, FieldKind], dict[str, FieldShape]] = {}
    for object_name, shape in shapes.right.items():
        for one in shape.fields.values():
            ours = one.name.endswith("__c") and one.name not in busy
            if ours and why_ignored(Side.RIGHT, one) is None:
                found.setdefault((one.name, one.kind), {})[object_name] = one
    names = [name for name, _ in found]
    for (name, _), held in found.items():
        if names.count(name) == 1:
            yield _Spot(name, held)


def _best(couples: Sequence[_Couple]) -> Iterator[_Couple]:
    """Give each field once, with the counterpart that is most like it."""
    lefts: set[str] = set()
    spots: set[str] = set()
    for couple in sorted(couples, key=lambda one: (-one.score, one.left.name, one.spot.name)):
        if couple.left.name not in lefts and couple.spot.name not in spots:
            lefts.add(couple.left.name)
            spots.add(couple.spot.name)
            yield couple


def _proposed(
    couple: _Couple, couples: Sequence[_Couple], used: Collection[str]
) -> ProposedField | None:
    right = couple.spot.shapes
    found = ways(couple.left, tuple(right.values()))
    arrow = arrow_of(found)
    if arrow is None:
        return None
    proposed = fitted(
        ProposedField(
            name=_name(_readable(couple), used),
            left=couple.left.name,
            arrow=arrow,
            right={name: one.name for name, one in right.items()},
            why=_called(couple),
            sureness=couple.score,
        ),
        couple.left,
        right,
        found=found,
    )
    if proposed.suggested:
        return proposed
    doubt = _doubt(couple, couples)
    return proposed.as_suggestion(doubt) if doubt else proposed


def _is_rival(one: _Couple, couple: _Couple) -> bool:
    """Tell whether one of the two fields has another counterpart that is as good."""
    shares_one = (one.left is couple.left) != (one.spot is couple.spot)
    return shares_one and one.score > couple.score - _APART


def _called(couple: _Couple) -> str:
    mine, theirs = one_line(couple.left.label), one_line(couple.spot.first.label)
    return f"both called {mine!r}" if mine == theirs else f"called {mine!r} and {theirs!r}"


def _doubt(couple: _Couple, couples: Sequence[_Couple]) -> str:
    """Say why an admin should look at a couple before it is taken, nothing where it is plain."""
    if couple.score < SURE:
        return "the names are alike, not the same"
    other = next((one for one in couples if _is_rival(one, couple)), None)
    if other is not None:
        name = other.spot.name if other.left is couple.left else other.left.name
        return f"{name} is called the same; take one of them"
    if is_generic(couple.left.label) or is_generic(couple.spot.first.label):
        return "such a name can mean many things; see that both teams mean the same"
    return ""


def _readable(couple: _Couple) -> str:
    """Give the one of two names that are the same whose words are apart."""
    ours, theirs = couple.left.name, couple.spot.name.removesuffix("__c")
    return theirs if "_" not in ours and squashed(ours) == squashed(theirs) else ours


def _name(native: str, used: Collection[str]) -> str:
    """Give the team's name for a field, in lower case with underscores."""
    plain = re.sub(r"[^a-z0-9_]+", "_", native.casefold()).strip("_")
    plain = re.sub(r"_+", "_", plain) or "field"
    if not plain[0].isalpha():
        plain = f"field_{plain}"
    if plain in _TAKEN:
        plain = f"{plain}_value"
    name, number = plain, 2
    while name in used:
        name, number = f"{plain}_{number}", number + 1
    return name
