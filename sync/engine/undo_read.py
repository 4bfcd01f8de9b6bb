"""Both records of links as they are now, read just before a run is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mappings.bound import BoundPair
from sync.domain.audit import Written
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import Link, LinkState, Sighting
from sync.domain.undoing import Change, Untaken
from sync.engine.both import Both
from sync.engine.references import load_named
from sync.engine.sales_facts import look_through
from sync.engine.session import Session
from sync.engine.sight import sight_linked
from sync.engine.ties import confirmed

__all__ = ["Reader"]

#: Links over which values may go back.
_LIVE = (LinkState.OPEN, LinkState.OUTSIDE)


class Reader:
    """A chunk of links with both their records, and what the state knows of them."""

    def __init__(self, session: Session, pair: BoundPair, link_ids: Sequence[int]) -> None:
        """Read all of them at once, in full batches."""
        self.session = session
        self.pair = pair
        ids = sorted(set(link_ids))
        store = session.store
        self.links: Mapping[int, Link] = store.links.by_id(ids)
        self.shadows = store.links.shadows(ids)
        self.newest: Mapping[Written, int] = store.audit.newest_writes(ids)
        self.holdings = store.funnel.of_links(ids) if pair.funnel is not None else {}
        self._gone: dict[tuple[int, Side], Untaken] = {}
        found: list[Sighting] = []
        for side in Side:
            found.extend(self._read(side))
        told = confirmed(session, pair, found, self.shadows)
        load_named(pair, told, self.shadows, ())
        self.sightings = {(one.link_id or 0, one.side): one for one in told}

    def is_live(self, link_id: int) -> bool:
        """Tell whether values travel over a link, or would if it was included."""
        link = self.links.get(link_id)
        return link is not None and link.state in _LIVE

    def is_written_since(self, change: Change) -> bool:
        """Tell whether a later run wrote what this one did."""
        return self.newest.get(change.at, change.run) > change.run

    def sighting(self, link_id: int, side: Side) -> Sighting | None:
        """Give a link's record as it is, None for one that is not there any more."""
        return self.sightings.get((link_id, side))

    def record(self, link_id: int, side: Side) -> Record | None:
        """Give a link's record as it is, by field names of the pair."""
        one = self.sighting(link_id, side)
        return one.record if one is not None else None

    def why_gone(self, link_id: int, side: Side) -> Untaken:
        """Tell why a record cannot be written."""
        return self._gone.get((link_id, side), Untaken.GONE)

    def both(self, link_id: int) -> Both | None:
        """Give both records as decisions are made on them; None where one is not there."""
        left, right = (self.sighting(link_id, side) for side in Side)
        if left is None or right is None:
            return None
        shadows = {
            side: self.shadows[link_id, side] for side in Side if (link_id, side) in self.shadows
        }
        return Both(self.pair, left, right, shadows)

    def _read(self, side: Side) -> list[Sighting]:
        by_ref = {link.ref(side): link for link in self.links.values()}
        found: list[Sighting] = []
        for object_name in self.pair.objects[side]:
            ids = sorted(ref.id for ref in by_ref if ref.object_name == object_name)
            if not ids:
                continue
            fields = self.pair.native_fields(side, object_name)
            records = list(self.session.crms[side].fetch(object_name, ids, fields))
            for record in look_through(self.session, self.pair, side, records):
                found.extend(self._sightings(side, record, by_ref))
        return found

    def _sightings(
        self, side: Side, record: Record, by_ref: Mapping[RecordRef, Link]
    ) -> list[Sighting]:
        found = []
        for id in (record.ref.id, *record.aliases):
            link = by_ref.get(RecordRef(record.ref.object_name, id))
            if link is None:
                continue
            if id != record.ref.id or (record.successor is not None and record.gone):
                self._gone[link.id, side] = Untaken.MERGED
            elif record.frozen:
                self._gone[link.id, side] = Untaken.CONVERTED
            elif not record.gone:
                shadow = self.shadows.get((link.id, side))
                found.append(
                    sight_linked(self.session, self.pair, side, record, link=link, shadow=shadow)
                )
        return found
