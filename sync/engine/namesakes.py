"""Rows that tie the same two as others, yet name one of them by an id from before a merge.

A row is known by the links of what it ties, as these stood when it was seen. Where two people
became one since, a row of either may be kept under a name that nobody has any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.bound import BoundPair
from sync.domain.record import RecordRef, Side
from sync.domain.rules import FieldRule
from sync.domain.store import Sighting
from sync.engine.references import LinkedPair
from sync.engine.session import Session

__all__ = ["namesakes"]

#: What a row ties: the links of its owner and of its member.
_Tie = tuple[int, int]

#: The ids by which records of links are found on a side, with their links.
_Ids = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Ends:
    """The links of what the rows of one side tie, where one of them has gone by other ids."""

    owner: LinkedPair
    member: LinkedPair
    ties: Mapping[RecordRef, _Tie]

    def ids(self, side: Side) -> tuple[_Ids, _Ids]:
        """Give the ids on a side of all owners, and of all members."""
        owners = _ids(self.owner, side, sorted({owner for owner, _ in self.ties.values()}))
        members = _ids(self.member, side, sorted({member for _, member in self.ties.values()}))
        return owners, members


def namesakes(
    session: Session, pair: BoundPair, side: Side, rows: Sequence[Sighting]
) -> Mapping[RecordRef, Sequence[tuple[Side, RecordRef]]]:
    """Give, for rows of one side, the other rows that tie the same two by whatever ids."""
    ends = _ends(pair, side, rows)
    if ends is None or not ends.ties:
        return {}
    by_tie: dict[_Tie, list[tuple[Side, RecordRef]]] = {}
    for at in Side:
        owners, members = ends.ids(at)
        for name in pair.objects[at]:
            found = session.store.ends.tying(
                pair.name, at, name, owners=sorted(owners), members=sorted(members)
            )
            for ref, owner, member in found:
                by_tie.setdefault((owners[owner], members[member]), []).append((at, ref))
    return {
        ref: sorted(one for one in by_tie.get(tie, ()) if one != (side, ref))
        for ref, tie in ends.ties.items()
    }


def _ends(pair: BoundPair, side: Side, rows: Sequence[Sighting]) -> _Ends | None:
    assert pair.relation is not None
    owner, member = (rule.refers for rule in pair.relation.ends)
    if not isinstance(owner, LinkedPair) or not isinstance(member, LinkedPair):
        return None
    ties: dict[RecordRef, _Tie] = {}
    for rule in pair.relation.ends:
        _load(rule, side, rows)
    for one in rows:
        ids = [one.record.fields.get(rule.name) for rule in pair.relation.ends]
        first = owner.link_id(side, ids[0]) if ids[0] is not None else None
        second = member.link_id(side, ids[1]) if ids[1] is not None else None
        if first is not None and second is not None:
            ties[one.record.ref] = (first, second)
    moved = owner.former_ids(sorted({first for first, _ in ties.values()})).keys()
    merged = member.former_ids(sorted({second for _, second in ties.values()})).keys()
    return _Ends(
        owner,
        member,
        {ref: tie for ref, tie in ties.items() if tie[0] in moved or tie[1] in merged},
    )


def _load(rule: FieldRule, side: Side, rows: Sequence[Sighting]) -> None:
    assert rule.refers is not None
    named = (one.record.fields.get(rule.name) for one in rows)
    rule.refers.load(side, {id for id in named if id is not None})


def _ids(refers: LinkedPair, side: Side, links: Sequence[int]) -> _Ids:
    return {
        id: link_id
        for link_id, led in refers.all_ids(links).items()
        for at, id in led
        if at is side
    }
