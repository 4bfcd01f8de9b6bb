"""Doing what a plan says: state first, then creates, updates and archives in full batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mappings.bound import BoundPair
from sync.domain.plan import Item, ItemKind
from sync.domain.ports import WriteKind
from sync.engine.archives import Archives
from sync.engine.creates import Creates
from sync.engine.keep import keep_state
from sync.engine.references import with_arrivals
from sync.engine.sending import Desk
from sync.engine.session import Session
from sync.engine.tally import Tally
from sync.engine.updates import Updates

__all__ = ["apply_items"]


def apply_items(
    session: Session, pair: BoundPair, items: Iterable[Item], *, tally: Tally, total: int
) -> None:
    """Apply items of one pair.

    What a write turns out to need (an id to keep, a value stored otherwise than sent, a record
    that existed already) is staged for another pass of the same run.
    """
    worker = _Worker(session, pair, tally, total)
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

    def __init__(self, session: Session, pair: BoundPair, tally: Tally, total: int) -> None:
        self._session = session
        self._total = total
        self._count = 0
        self._desk = Desk(session, pair, tally, self._done)
        self._creates = Creates(self._desk)
        self._updates = Updates(self._desk)
        self._ties = Updates(self._desk, kind=WriteKind.ASSOCIATE)
        self._archives = Archives(self._desk)

    def take(self, items: Sequence[Item]) -> None:
        """Write down what needs no call, and send what fills a batch."""
        desk = self._desk
        items = with_arrivals(desk.pair, items)
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
        self._creates.send(rest=False)
        self._updates.send(rest=False)
        self._ties.send(rest=False)

    def finish(self) -> None:
        """Send what is left, full or not."""
        self._creates.send(rest=True)
        self._updates.send(rest=True)
        self._ties.send(rest=True)
        self._archives.send()

    def _done(self, count: int) -> None:
        self._count += count
        total = max(self._total, self._count)
        self._session.progress.advance(f"Applying {self._desk.pair.name}", self._count, total)
