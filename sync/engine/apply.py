"""Doing what a plan says: state first, then creates, updates and archives in full batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.ports import WriteKind
from sync.engine.archives import Archives
from sync.engine.creates import Creates
from sync.engine.in_flight import InFlight
from sync.engine.keep import keep_state
from sync.engine.references import with_arrivals
from sync.engine.sending import Desk
from sync.engine.session import Session
from sync.engine.tally import Tally
from sync.engine.ties import without_cut
from sync.engine.updates import Updates

__all__ = ["apply_items"]


def apply_items(
    session: Session,
    pair: BoundPair,
    items: Iterable[Item],
    *,
    tally: Tally,
    total: int,
    planned: Mapping[tuple[str, str, str], int] | None = None,
) -> None:
    """Apply items of one pair.

    `planned` tells how many writes there are in all, by side, object and kind. What a write turns
    out to need (an id to keep, a value stored otherwise than sent, a record that existed already)
    is staged for another pass of the same run.
    """
    # Rows look for what stands already before each batch, so that each is answered before the next.
    most = session.settings.in_flight if pair.relation is None else 1
    with InFlight(most) as flights:
        worker = _Worker(session, pair, tally, total, flights=flights, planned=planned or {})
        chunk: list[Item] = []
        for item in items:
            chunk.append(item)
            if len(chunk) >= session.settings.chunk:
                worker.take(chunk)
                chunk = []
        worker.take(chunk)
        worker.finish()


class _Worker:
    """Hands items to the senders; one for each pair and pass."""

    def __init__(
        self,
        session: Session,
        pair: BoundPair,
        tally: Tally,
        total: int,
        *,
        flights: InFlight,
        planned: Mapping[tuple[str, str, str], int],
    ) -> None:
        self._session = session
        self._total = total
        self._count = 0
        self._flights = flights
        self._desk = Desk(session, pair, tally, self._done, flights, planned)
        self._creates = Creates(self._desk)
        self._updates = Updates(self._desk)
        self._ties = Updates(self._desk, kind=WriteKind.ASSOCIATE)
        self._archives = Archives(self._desk)

    def take(self, items: Sequence[Item]) -> None:
        """Write down what needs no call, and send what fills a batch."""
        desk = self._desk
        items = without_cut(desk.session, desk.pair, with_arrivals(desk.pair, items))
        for kept in keep_state(desk.session, desk.pair, items, tally=desk.tally):
            if kept.item.kind is ItemKind.CREATE:
                self._creates.add(kept.item)
            elif kept.item.archive:
                self._archives.add(kept)
            elif kept.item.touches:
                self._updates.add(kept)
                self._ties.add(kept)
            else:
                self._done(1)
        # What is under way stays so while the next items are prepared.
        self._creates.send(rest=False)
        self._updates.send(rest=False)
        self._ties.send(rest=False)
        self._flights.send()

    def finish(self) -> None:
        """Send what is left, full or not; what stands apart once its record is written."""
        self._flush(self._creates, self._updates)
        self._flush(self._ties)
        self._flush(self._archives)

    def _flush(self, *senders: Creates | Updates | Archives) -> None:
        self._flights.settle()
        while any(sender.waits for sender in senders):
            for sender in senders:
                sender.send(rest=True)
            self._flights.settle()

    def _done(self, count: int) -> None:
        self._count += count
        total = max(self._total, self._count)
        self._session.progress.advance(f"Applying {self._desk.pair.name}", self._count, total)
