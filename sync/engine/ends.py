"""What a row of a list ties: a member to an owner, each a record of another pair.

A row travels once both are linked. Until then it waits; the state keeps what it ties, so that
nothing needs to be read again to know which rows wait no longer (R23).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mappings.bound import BoundPair
from sync.domain.record import Native, Side
from sync.domain.rules import FieldRule
from sync.domain.store import RowEnds, Sighting
from sync.engine.session import Session

__all__ = ["WAITS", "note_ends", "unlinked_ends"]

#: Why a row is left alone that ties what is not linked yet.
WAITS = "follows once both records it ties are linked"


def unlinked_ends(
    pair: BoundPair, side: Side, values: Mapping[str, Native]
) -> tuple[FieldRule, ...]:
    """Give the fields of a row that name nobody whom the other side knows."""
    if pair.relation is None:
        return ()
    return tuple(
        rule
        for rule in pair.relation.ends
        if (id := values.get(rule.name)) is None
        or rule.refers is None
        or rule.refers.counterpart(side, id) is None
    )


def note_ends(session: Session, pair: BoundPair, side: Side, sightings: Iterable[Sighting]) -> None:
    """Note what rows tie, and that this run has seen them."""
    if pair.relation is None:
        return
    owner, member = (rule.name for rule in pair.relation.ends)
    found = []
    for one in sightings:
        ends = one.record.fields.get(owner), one.record.fields.get(member)
        if ends[0] is None or ends[1] is None or one.record.gone:
            continue
        waits = bool(unlinked_ends(pair, side, one.record.fields))
        found.append(RowEnds(ref=one.record.ref, owner=ends[0], member=ends[1], waits=waits))
    session.store.ends.note(pair.name, side, found, run=session.run)
