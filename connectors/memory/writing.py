"""Writes of our own connector into the memory CRM, one result each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.memory.intake import Refusal, RefusalCode
from connectors.memory.saving import Records
from connectors.memory.table import Editor, Row
from connectors.memory.ties import misplaced
from connectors.memory.troubles import Failure, Troubles
from sync.domain.errors import UnavailableError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult

__all__ = ["Writer", "check_batch", "leaves_unknown", "unknown"]

#: Outcomes of refusals that are more than a matter of values.
_OUTCOMES: Mapping[str, WriteOutcome] = {
    RefusalCode.DUPLICATE_VALUE: WriteOutcome.DUPLICATE,
    RefusalCode.RECORD_GONE: WriteOutcome.GONE,
    RefusalCode.RECORD_FROZEN: WriteOutcome.FROZEN,
    RefusalCode.RECORD_LOCKED: WriteOutcome.LOCKED,
}


class Writer:
    """Carries out single writes; a refusal is a result."""

    def __init__(self, records: Records, troubles: Troubles) -> None:
        """Take the records to write and the trouble that may meet a write."""
        self._records = records
        self._troubles = troubles

    def carry_out(self, write: Write) -> WriteResult:
        """Do one write, or say why not."""
        done = self._objection(write) or self._save(write)
        if isinstance(done, Refusal):
            return WriteResult(
                token=write.token,
                outcome=_OUTCOMES.get(done.code, WriteOutcome.REJECTED),
                id=write.id,
                existing=done.existing,
                code=done.code,
                message=done.message,
                fields=done.fields,
            )
        stored = None
        if write.read_back and write.kind is not WriteKind.ARCHIVE:
            table = self._records.table(write.object_name)
            stored = table.record(done, write.read_back, with_aliases=False)
        return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=done.id, stored=stored)

    def _objection(self, write: Write) -> Refusal | None:
        """Say what stands against a write before its values are looked at."""
        if self._troubles.lock():
            return Refusal(RefusalCode.RECORD_LOCKED, "somebody else is writing this record")
        objection = self._troubles.objection(write) or misplaced(
            self._records.table(write.object_name),
            write.values,
            apart=write.kind is WriteKind.ASSOCIATE,
        )
        if objection is not None or write.kind is WriteKind.CREATE:
            return objection
        row = self._records.table(write.object_name).rows.get(write.id or "")
        if row is None or row.gone:
            return Refusal(RefusalCode.RECORD_GONE, f"{write.id} is deleted")
        if row.frozen:
            return Refusal(RefusalCode.RECORD_FROZEN, f"{write.id} takes no writes any more")
        return None

    def _save(self, write: Write) -> Row | Refusal:
        """Write a record that may be written."""
        by = Editor.INTEGRATION
        if write.kind is WriteKind.CREATE:
            return self._records.create(write.object_name, write.values, by=by)
        row = self._records.table(write.object_name).rows[write.id or ""]
        if write.kind is WriteKind.ARCHIVE:
            self._records.archive(write.object_name, row, by=by)
            return row
        if write.kind is WriteKind.ASSOCIATE:
            return self._records.associate(write.object_name, row, write.values) or row
        return self._records.update(write.object_name, row, write.values, by=by) or row


def check_batch(writes: Sequence[Write], batch_size: int) -> None:
    """Raise ValueError for a batch that no CRM takes: the caller's own mistake."""
    if len(writes) > batch_size:
        raise ValueError(f"a batch takes {batch_size} writes, not {len(writes)}")
    if len({(write.kind, write.object_name) for write in writes}) > 1:
        raise ValueError("a batch takes writes of one kind and one object")
    if len({write.token for write in writes}) < len(writes):
        raise ValueError("two writes of a batch carry one token")
    for write in writes:
        if (write.id is None) is not (write.kind is WriteKind.CREATE):
            raise ValueError(f"a {write.kind} with id {write.id} makes no sense")


def leaves_unknown(failure: Failure) -> bool:
    """Tell whether the caller cannot know what a failed call did."""
    error = failure.error
    return isinstance(error, UnavailableError) and (failure.is_after or error.maybe_done)


def unknown(write: Write, failure: Failure) -> WriteResult:
    """Give the result of a write whose answer never came."""
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.UNKNOWN,
        code=RefusalCode.NO_ANSWER,
        message=str(failure.error),
    )
