"""Which records belong together before any id says so: decisions over groups of one match key.

Pure: the answer depends on the members of the groups only, not on the order they came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sync.domain.record import RecordRef, Side

__all__ = ["BESIDE_OTHERS", "Group", "Match", "MatchKind", "Member", "Prefer", "resolve_match"]

#: How the reasons begin of records that are left alone beside others, not by a rule of their own.
BESIDE_OTHERS = ("stands beside ", "its counterpart ")

_LATEST = datetime.max.replace(tzinfo=UTC)


class Prefer(StrEnum):
    """Which of several matches is taken."""

    OLDEST = "oldest"
    NEWEST_ACTIVITY = "newest_activity"


class MatchKind(StrEnum):
    """What becomes of an unlinked record."""

    LINK = "link"
    ALONE = "alone"  # no match: it may be created on the other side
    HOLD = "hold"  # a person must decide
    LISTED = "listed"  # stands beside a preferred record of the same person; nothing is done
    LEFT_OUT = "left_out"  # its counterpart exists but is left out by rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One record of a group.

    `rank` is its object's place in the pair's order of preference (0 is preferred). `linked`
    tells whether it has a link, `partner_rank` the rank of the record it is linked to.
    """

    side: Side
    ref: RecordRef
    rank: int
    stamp: datetime
    created: datetime | None = None
    included: bool = True
    linked: bool = False
    partner_rank: int = 0

    @property
    def age(self) -> tuple[datetime, str, str]:
        """Give a key that sorts the oldest first, the same way in every run."""
        return (self.created or _LATEST, self.ref.object_name, self.ref.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All records that share one key of one match rule; `name` tells groups apart."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What becomes of one record; `others` are the records it was weighed against."""

    kind: MatchKind
    partner: RecordRef | None = None
    why: str = ""
    group: str = ""
    others: tuple[Member, ...] = ()


def resolve_match(me: Member, groups: Sequence[Group], *, prefer: Prefer | None) -> Match:
    """Decide what becomes of an unlinked record from its groups, one for each rule in order."""
    for group in groups:
        found = _in_group(me, group, prefer)
        if found is not None:
            return found
    return Match(kind=MatchKind.ALONE)


def _in_group(me: Member, group: Group, prefer: Prefer | None) -> Match | None:
    """Decide within one group; None where the group says nothing and the next rule is tried."""
    rest = tuple(member for member in group.members if member.ref != me.ref)
    linked = tuple(member for member in rest if member.linked)
    if linked:
        return _beside_linked(me, group, rest, linked)
    return _among_unlinked(me, group, rest, prefer)


def _beside_linked(
    me: Member, group: Group, rest: Sequence[Member], linked: Sequence[Member]
) -> Match:
    ranks = [one.rank if one.side is me.side else one.partner_rank for one in linked]
    others = _in_order(rest)
    if me.rank > min(ranks):
        return Match(
            kind=MatchKind.LISTED,
            why="stands beside a preferred record of the same key that is linked",
            group=group.name,
            others=others,
        )
    return Match(
        kind=MatchKind.HOLD,
        why="possible duplicate of a record that is linked already",
        group=group.name,
        others=others,
    )


def _among_unlinked(
    me: Member, group: Group, rest: Sequence[Member], prefer: Prefer | None
) -> Match | None:
    mine = [me, *(one for one in rest if one.side is me.side and one.included)]
    across = [one for one in rest if one.side is not me.side]
    theirs = [one for one in across if one.included]
    best = min(one.rank for one in mine)
    if me.rank > best:
        beside = min((one for one in mine if one.rank == best), key=lambda one: one.age)
        return Match(
            kind=MatchKind.LISTED,
            why=f"stands beside a {beside.ref.object_name} of the same key",
            group=group.name,
            others=_in_order([beside]),
        )
    mine = [one for one in mine if one.rank == best]
    if not theirs:
        if across:
            return Match(
                kind=MatchKind.LEFT_OUT,
                why="its counterpart is left out by `include`",
                group=group.name,
                others=_in_order(across),
            )
        return _without_counterpart(me, group, mine, rest)
    top = min(one.rank for one in theirs)
    theirs = [one for one in theirs if one.rank == top]
    if len(mine) == 1 and len(theirs) == 1:
        return Match(kind=MatchKind.LINK, partner=theirs[0].ref, group=group.name)
    if prefer is not None:
        chosen, partner = _pick(mine, prefer), _pick(theirs, prefer)
        if chosen.ref == me.ref:
            return Match(kind=MatchKind.LINK, partner=partner.ref, group=group.name)
    return Match(
        kind=MatchKind.HOLD,
        why="several records share one match key",
        group=group.name,
        others=_in_order(rest),
    )


def _without_counterpart(
    me: Member, group: Group, mine: Sequence[Member], rest: Sequence[Member]
) -> Match | None:
    oldest = min(mine, key=lambda one: one.age)
    if oldest.ref == me.ref:
        return None
    return Match(
        kind=MatchKind.HOLD,
        why="possible duplicate: an older record has the same match key",
        group=group.name,
        others=_in_order(rest),
    )


def _in_order(members: Sequence[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda one: (one.side, one.age)))


def _pick(members: Sequence[Member], prefer: Prefer) -> Member:
    if prefer is Prefer.OLDEST:
        return min(members, key=lambda one: one.age)
    return max(members, key=lambda one: (one.stamp, one.ref.id))
