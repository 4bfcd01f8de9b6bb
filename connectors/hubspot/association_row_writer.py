"""Writing associations that are rows: added, labelled otherwise and taken away, in batches.

All of it may be sent again without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.hubspot.association_batches import (
    ARCHIVE,
    CREATE,
    DEFAULT,
    UNLABEL,
    Pair,
    PairBatches,
)
from connectors.hubspot.association_calls import AssociationCalls
from connectors.hubspot.association_labels import AssociationKinds, Kind, label_text
from connectors.hubspot.problems import Problem
from connectors.hubspot.refusals import in_our_words, tie_refusal
from connectors.hubspot.relations import LABEL, MEMBER, OWNER, Relation, Row, ends_of
from connectors.hubspot.writer import not_settled
from sync.domain.errors import RecordLockedError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Native

__all__ = ["AssociationRowWriter"]

#: Reads who stands with some owners, and as what.
Standing = Callable[[Sequence[str]], Mapping[tuple[str, str], Native]]


@dataclass(slots=True)
class _Batch:
    """The writes of one call on their way, and what became of those that are settled."""

    writes: Sequence[Write]
    refused: dict[str, WriteResult] = field(default_factory=dict)
    labels: dict[str, Native] = field(default_factory=dict)

    def refuse(self, write: Write, problem: Problem, status: int) -> None:
        """Note a refusal."""
        self.refused[write.token] = tie_refusal(write, problem, status=status)

    def open(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Give the pairs whose write has met no problem yet."""
        return [pair for pair in pairs if pair.write.token not in self.refused]


class AssociationRowWriter:
    """Sends batches of rows to one portal."""

    def __init__(
        self,
        calls: AssociationCalls,
        relation: Relation,
        *,
        kinds: AssociationKinds,
        standing: Standing,
        clock: Callable[[], datetime],
    ) -> None:
        """Write by these calls; `kinds` tells what labels stand for, `standing` what there is."""
        self._relation = relation
        self._kinds = kinds
        self._standing = standing
        self._clock = clock
        self._batches = PairBatches(
            calls, relation.owner_object, relation.member_object, about=relation.name
        )

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind; one result each, in their order."""
        batch = _Batch(writes)
        step = {
            WriteKind.CREATE: self._add,
            WriteKind.UPDATE: self._label,
            WriteKind.ARCHIVE: self._remove,
        }[writes[0].kind]
        try:
            step(batch)
        except RecordLockedError as error:
            return [not_settled(write, error) for write in writes]
        return [batch.refused.get(one.token) or self._done(one, batch) for one in writes]

    def _add(self, batch: _Batch) -> None:
        pairs = [
            Pair(write=one, start=one.values.get(OWNER) or "", end=one.values.get(MEMBER) or "")
            for one in batch.writes
        ]
        if not any(one.values.get(LABEL) for one in batch.writes):
            self._batches.send(DEFAULT, pairs, batch.refuse)
            return
        plain = self._kinds.plain()
        labelled = [(pair, self._wanted(batch, pair.write)) for pair in pairs]
        ready = batch.open([_typed(pair, [*plain, *kinds]) for pair, kinds in labelled])
        told = self._batches.send(CREATE, ready, batch.refuse)
        for pair in batch.open(ready):
            labels = told.get((pair.start, pair.end), ())
            batch.labels[pair.write.token] = label_text(labels) or pair.write.values.get(LABEL)

    def _label(self, batch: _Batch) -> None:
        """Add the labels that are missing, then take away those that are not wanted."""
        ends = {one.token: ends_of(one.id or "") for one in batch.writes}
        standing = self._standing([owner for owner, _ in ends.values()])
        missing: list[Pair] = []
        unwanted: list[Pair] = []
        for write in batch.writes:
            owner, member = ends[write.token]
            if (owner, member) not in standing:
                batch.refused[write.token] = _not_there(write)
                continue
            if LABEL not in write.values:
                continue
            wanted = set(self._wanted(batch, write))
            batch.labels[write.token] = label_text(kind.label or "" for kind in wanted)
            held = set(self._kinds.of_label(standing[owner, member])[0])
            pair = Pair(write=write, start=owner, end=member)
            missing += [_typed(pair, sorted(wanted - held, key=_id_of))] if wanted - held else []
            unwanted += [_typed(pair, sorted(held - wanted, key=_id_of))] if held - wanted else []
        self._batches.send(CREATE, batch.open(missing), batch.refuse)
        self._batches.send(UNLABEL, batch.open(unwanted), batch.refuse)

    def _remove(self, batch: _Batch) -> None:
        ends = [(one, *ends_of(one.id or "")) for one in batch.writes]
        pairs = [Pair(write=one, start=owner, end=member) for one, owner, member in ends]
        self._batches.send(ARCHIVE, pairs, batch.refuse)

    def _wanted(self, batch: _Batch, write: Write) -> Sequence[Kind]:
        """Give the kinds a write asks for by its label; one HubSpot lacks is refused."""
        kinds, unknown = self._kinds.of_label(write.values.get(LABEL))
        if unknown:
            batch.refused[write.token] = self._unknown(write, unknown)
        return kinds

    def _unknown(self, write: Write, label: str) -> WriteResult:
        known = ", ".join(self._kinds.labels()) or "none"
        return in_our_words(
            write,
            WriteOutcome.REJECTED,
            "UNKNOWN_ASSOCIATION_LABEL",
            f"HubSpot has no association label {label!r} for {self._relation.name}; it has "
            f"{known}. Add it there, under the object's associations, or correct `values`",
            fields=(LABEL,),
        )

    def _done(self, write: Write, batch: _Batch) -> WriteResult:
        """Give the result of a row that is as it was asked for."""
        if write.kind is WriteKind.ARCHIVE:
            return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=write.id)
        if write.kind is WriteKind.CREATE:
            owner, member = write.values.get(OWNER) or "", write.values.get(MEMBER) or ""
        else:
            owner, member = ends_of(write.id or "")
        label = batch.labels.get(write.token, write.values.get(LABEL))
        row = Row(owner, member, label)
        stored = self._relation.record(row, write.read_back, stamp=self._clock())
        return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=row.id, stored=stored)


def _typed(pair: Pair, kinds: Sequence[Kind]) -> Pair:
    return replace(pair, types=[kind.wire for kind in kinds])


def _id_of(kind: Kind) -> int:
    return kind.type_id


def _not_there(write: Write) -> WriteResult:
    message = "the two records are not associated any more"
    return in_our_words(write, WriteOutcome.GONE, "NOT_ASSOCIATED", message)
