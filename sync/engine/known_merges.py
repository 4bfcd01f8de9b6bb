"""Merges an earlier run has dealt with: whose link waits beside the one that has the survivor.

They are seen as often as the survivor is read. To follow them again is to look at its link anew,
and what that one was refused would be sent in every run, whatever pause its next try has (R22).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mappings.bound import BoundPair
from sync.domain.record import Side
from sync.domain.store import Link, LinkState, Sighting, SightingKind
from sync.engine.session import Session

__all__ = ["without_known_merges"]


def without_known_merges(
    session: Session,
    pair: BoundPair,
    side: Side,
    sightings: Sequence[Sighting],
    *,
    unsure: datetime | None = None,
) -> list[Sighting]:
    """Give sightings without those of waiting links that tell nothing new.

    What ends the waiting is new: the two across are merged as well, or one of them is deleted. A
    stamp from `unsure` on does not tell that nothing moved since it was seen.
    """
    ids = {
        one.link_id
        for one in sightings
        if one.link_id is not None and one.kind is not SightingKind.SAME
    }
    asleep = [
        link
        for link in (session.store.links.by_id(sorted(ids)) if ids else {}).values()
        if link.state is LinkState.ASLEEP
    ]
    keepers = {at: _keepers(session, pair, at, asleep) for at in Side} if asleep else {}
    if not any(keepers.values()):
        return list(sightings)
    refs = [one.record.ref for one in sightings if one.link_id in keepers[side.other]]
    known = session.store.records.get(pair.name, side, refs)
    stamps = {ref: one.stamp for ref, one in known.items()}

    heirs = sorted({one.record.successor for one in sightings if one.record.successor is not None})
    led = session.store.links.former_of(pair.name, side, heirs, became=True)

    def is_known(one: Sighting) -> bool:
        heir = one.record.successor
        if one.kind is SightingKind.GONE or heir is not None:
            keeper = keepers[side].get(one.link_id)
            if keeper is None or heir is None:
                return False
            # What it was merged into may be merged into another one by now.
            return keeper.ref(side) == heir or (heir in led and led[heir].id == keeper.id)
        if unsure is not None and one.record.stamp >= unsure:
            return False
        return stamps.get(one.record.ref) == one.record.stamp

    return [one for one in sightings if not is_known(one)]


def _keepers(
    session: Session, pair: BoundPair, side: Side, waiting: Sequence[Link]
) -> dict[int | None, Link]:
    """Give the links that have what the records of these became, which wait."""
    asleep = {link.ref(side): link.id for link in waiting}
    into = session.store.links.former_of(pair.name, side, list(asleep), became=True)
    return {asleep[ref]: link for ref, link in into.items() if link.id != asleep[ref]}
