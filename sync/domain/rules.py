"""What a mapping says of a field, as data the engine decides by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync.domain.record import Native, Side

__all__ = [
    "Arrow",
    "BlankRule",
    "Carried",
    "Codec",
    "DeleteRule",
    "FieldRule",
    "FirstSync",
    "Referred",
    "Relation",
    "Trouble",
    "TroubleKind",
    "Unsure",
    "Wins",
]


class Arrow(StrEnum):
    """Which way a field travels."""

    BOTH = "both"
    TO_RIGHT = "to_right"
    TO_LEFT = "to_left"

    @property
    def source(self) -> Side | None:
        """The side a one-way field comes from; None for a two-way field."""
        return {Arrow.TO_RIGHT: Side.LEFT, Arrow.TO_LEFT: Side.RIGHT}.get(self)


class Wins(StrEnum):
    """Who wins when both sides changed since they last agreed."""

    NEWEST = "newest"
    LEFT = "left"
    RIGHT = "right"
    HOLD = "hold"


class Unsure(StrEnum):
    """What happens when the evidence does not say which edit was later."""

    HOLD = "hold"
    LEFT = "left"
    RIGHT = "right"


class BlankRule(StrEnum):
    """What emptying a value on one side does."""

    KEEP = "keep"
    CLEAR = "clear"
    FILL = "fill"


class FirstSync(StrEnum):
    """Who wins at first linking when both sides hold different values."""

    LEFT = "left"
    RIGHT = "right"
    NEWEST = "newest"
    HOLD = "hold"


class DeleteRule(StrEnum):
    """What a deletion on one side does to the other."""

    UNLINK = "unlink"
    ARCHIVE = "archive"
    IGNORE = "ignore"


class TroubleKind(StrEnum):
    """Why a value cannot be carried across."""

    HOLD = "hold"  # no entry in `values`, and the mapping says hold
    KEEP = "keep"  # no entry in `values`, and the mapping says the target stays as it is
    REFUSED = "refused"  # the target cannot take it: too long, wrong type, not in the picklist
    WAIT = "wait"  # it names one the other side does not know yet; the target stays as it is
    UNSURE = "unsure"  # it names several of the other side; a person must say which


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A value that cannot be carried across, and what would mend it."""

    kind: TroubleKind
    code: str
    message: str
    fix: str


#: What carrying gives: the value in the target's own form, or why there is none.
Carried = Native | Trouble


class Codec(Protocol):
    """How the values of one field are read, compared and carried; made by the mapping language.

    Pure: same input, same answer. `region` is the record's country (ISO 3166 alpha-2), for phone
    numbers without a country code; None where unknown.
    """

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give a side's value in that side's normal form, so that a difference of form only
        vanishes; a value the type cannot read stays as it is, text in the form texts have; an
        `if_blank` value is a blank."""
        ...

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the value in the team's own words: left column of `values`, E.164, ISO, UTC."""
        ...

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        """Give a side's value as the other side will store it in `object_name`.

        Pure of blanks: carrying None gives None.
        """
        ...


class Referred(Protocol):
    """The pair a reference leads to, and which of its records are one."""

    @property
    def pair(self) -> str:
        """Give the pair's name."""
        ...

    @property
    def objects(self) -> Mapping[Side, tuple[str, ...]]:
        """Give the objects of both sides a reference may name a record of."""
        ...

    def load(self, side: Side, ids: Iterable[str]) -> None:
        """Look many ids of a side up at once, so that none is looked up by itself later."""
        ...

    def counterpart(self, side: Side, id: str) -> str | None:
        """Give the id the other side knows the same record by, None where it knows none yet."""
        ...

    def forget(self) -> None:
        """Forget what was looked up: links have been made or changed since."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """What the mapping says of one field, with the codec that reads and carries its values.

    `names` maps (side, object) to the CRM's own name of the field; a side without an entry for
    an object does not hold the field there. `protect` names the side whose value is put back.
    `refers` is the pair whose records the field names, for a reference; `apart` holds the places
    that keep it beside the record, where it is written by a write of its own. `derived` tells that
    the sync itself works its source's value out, which wins at first linking, too. `funnel` tells
    that it is decided by the rules of the funnel, and not by its two values.
    """

    name: str
    arrow: Arrow
    wins: Wins
    unsure: Unsure
    blank: BlankRule
    protect: Side | None
    opt_out: bool
    names: dict[tuple[Side, str], str]
    codec: Codec
    refers: Referred | None = None
    apart: frozenset[tuple[Side, str]] = frozenset()
    derived: bool = False
    funnel: bool = False

    def native_name(self, side: Side, object_name: str) -> str | None:
        """Give the CRM's own name of this field on that side's object, if it is held there."""
        return self.names.get((side, object_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What the rows of a list tie: the fields that name the owner and the member.

    `presence` is the rule by which it is decided whether a row is there; a removal counts as a
    blank. `owned` holds, by place, the CRM's name of the field that holds the owner's id, where
    rows can be read by their owner only.
    """

    owner: FieldRule
    member: FieldRule
    presence: FieldRule
    owned: Mapping[tuple[Side, str], str]

    @property
    def ends(self) -> tuple[FieldRule, FieldRule]:
        """Give both fields that name a record."""
        return (self.owner, self.member)
