"""Archiving the records whose counterparts were deleted, where the mapping asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import RecordRef, Side
from sync.domain.store import AuditEntry, Changes, LinkState, RecordState, TrackedRecord
from sync.engine.courses import buried
from sync.engine.goings import REMEMBERED
from sync.engine.keep import Kept
from sync.engine.sending import Batches, Desk, error_of

__all__ = ["Archives"]


#: One record to be archived.
_Archive: TypeAlias = tuple[Kept, RecordRef]


class Archives:
    """Pending archives by side and object."""

    def __init__(self, desk: Desk) -> None:
        """Start with none."""
        self._batches = Batches(desk, WriteKind.ARCHIVE, partial(_Sending, desk))

    @property
    def waits(self) -> bool:
        """Whether any archive waits to be sent."""
        return self._batches.waits

    def add(self, kept: Kept) -> None:
        """Take an item that archives a record."""
        side = kept.item.side
        assert side is not None
        ref = kept.item.ref(side)
        assert ref is not None
        self._batches.add(side, ref.object_name, (kept, ref))

    def send(self, *, rest: bool) -> None:
        """Send all full batches, and with `rest` what is left too."""
        self._batches.send(rest=rest)


class _Sending:
    """One batch on its way."""

    def __init__(self, desk: Desk, side: Side, object_name: str, batch: Sequence[_Archive]) -> None:
        self._desk = desk
        self._side = side
        self._object_name = object_name
        self._batch = batch
        self._journal: Sequence[int] = ()

    def begin(self) -> Sequence[Write]:
        """Write down what is about to be sent, and give it."""
        desk, side, kind = self._desk, self._side, WriteKind.ARCHIVE
        self._journal = desk.intend(
            side,
            kind,
            self._object_name,
            [
                desk.intent(
                    side,
                    kind,
                    self._object_name,
                    record_id=ref.id,
                    link_id=kept.link_id,
                    origin=kept.item.ref(side.other),
                )
                for kept, ref in self._batch
            ],
        )
        return [
            Write(token=str(number), kind=kind, object_name=self._object_name, id=ref.id)
            for number, (_, ref) in enumerate(self._batch)
        ]

    def end(self, results: Sequence[WriteResult]) -> Sequence[_Archive]:
        """Write down what became of the batch; nothing of it is sent again."""
        desk, side, batch, journal = self._desk, self._side, self._batch, self._journal
        desk.note_sent(side, WriteKind.ARCHIVE, self._object_name, results)
        changes = Changes()
        known = desk.session.store.records.get(desk.pair.name, side, [ref for _, ref in batch])
        left = self._left_alone(side.other, batch)
        for number, ((kept, ref), result) in enumerate(zip(batch, results, strict=True)):
            changes.journal.append((journal[number], result.outcome.value))
            assert kept.link_id is not None
            if result.outcome in (WriteOutcome.DONE, WriteOutcome.GONE):
                desk.tally.count(desk.pair.name, side, "archived")
                desk.session.archived.setdefault((desk.pair.name, side), set()).add(ref.id)
                changes.link_states.append((kept.link_id, LinkState.CLOSED))
                changes.records.extend(buried(desk.session.courses, desk.pair.name, kept.link_id))
                if ref in known:
                    gone = replace(known[ref], state=RecordState.GONE)
                    changes.records.append((desk.pair.name, gone))
                changes.records.extend(left.get(kept.link_id, ()))
                changes.audit.append(
                    AuditEntry(
                        pair=desk.pair.name,
                        link_id=kept.link_id,
                        kind="archive",
                        side=side,
                        reason=kept.item.why,
                        left=kept.item.left,
                        right=kept.item.right,
                    )
                )
            else:
                changes.errors.append(
                    error_of(
                        desk.pair.name,
                        side,
                        result,
                        ref=ref,
                        origin=kept.item.ref(side.other),
                        link_id=kept.link_id,
                    )
                )
            desk.done(1)
        desk.commit(changes)
        self._vacate(side, [one.ref for _, one in changes.records if one.side is side])
        return ()

    def _vacate(self, side: Side, archived: Sequence[RecordRef]) -> None:
        """Have those looked at again that waited beside what is archived by now."""
        session, pair = self._desk.session, self._desk.pair.name
        keys = session.store.records.of_refs_keys(pair, side, archived)
        if keys and self._desk.pair.relation is None:
            session.vacated.setdefault(pair, set()).update(keys)

    def _left_alone(
        self, side: Side, batch: Sequence[tuple[Kept, RecordRef]]
    ) -> Mapping[int | None, Sequence[tuple[str, TrackedRecord]]]:
        """Give the counterparts that are there, by link: they are remembered, not linked again."""
        pair = self._desk.pair.name
        refs = {kept.link_id: ref for kept, _ in batch if (ref := kept.item.ref(side)) is not None}
        known = self._desk.session.store.records.get(pair, side, list(refs.values()))
        return {
            link_id: [(pair, replace(one, state=RecordState.REMEMBERED, why=REMEMBERED))]
            for link_id, ref in refs.items()
            if (one := known.get(ref)) is not None and one.state is not RecordState.GONE
        }
