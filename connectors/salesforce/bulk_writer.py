"""Results of writes that went by a bulk job, with what the org holds after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.salesforce.answers import Row
from connectors.salesforce.batches import Prepared
from connectors.salesforce.bulk import Bulk, BulkAnswer
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call
from connectors.salesforce.read_back import ReadBack, key_of
from connectors.salesforce.refusals import refused
from connectors.salesforce.schema import Shapes
from connectors.salesforce.stored import Stored
from sync.domain.errors import ConfigError, ConnectorError
from sync.domain.ports import WriteKind, WriteOutcome, WriteResult

__all__ = ["BulkWriter"]


class BulkWriter:
    """Writes what one job is made for, and says what became of it as ordinary batches do."""

    def __init__(
        self, client: SalesforceClient, shapes: Shapes, bulk: Bulk, read_back: ReadBack
    ) -> None:
        self._client = client
        self._shapes = shapes
        self._bulk = bulk
        self._read_back = read_back

    def deliver(self, rows: Sequence[Prepared]) -> tuple[dict[str, WriteResult], list[Prepared]]:
        """Write what goes in bulk; give its results by token, and the rows that are left."""
        together, others = self._bulk.takes(rows)
        if not together:
            return {}, others
        answer = self._bulk.write(together)
        return dict(self._results(together, answer)), [*answer.left, *others]

    def _results(
        self, rows: Sequence[Prepared], answer: BulkAnswer
    ) -> Iterator[tuple[str, WriteResult]]:
        stored = self._stored(rows, answer)
        for row in rows:
            token, made = row.write.token, answer.written.get(row.write.token)
            if made is not None:
                now = stored.of(made, row.write)
                yield (
                    token,
                    WriteResult(token=token, outcome=WriteOutcome.DONE, id=made, stored=now),
                )
            elif token in answer.refused:
                result = refused(row.write, [answer.refused[token]], stored.of(row.id, row.write))
                yield token, stored.name_duplicate(result, row)

    def _stored(self, rows: Sequence[Prepared], answer: BulkAnswer) -> Stored:
        """Read the rows back, as far as they can be read; what the job has written stands."""
        call = Call(operation="read back", object_name=rows[0].write.object_name)
        asked = [row for row in rows if _is_asked_for(row, answer)]
        ids = [each for row in asked if (each := row.id or answer.written.get(row.write.token))]
        found: list[Row] = []
        try:
            for parts in self._read_back.many(ids, rows, call):
                answers, _ = self._client.composite(parts)
                for answered in answers:
                    found.extend(self._client.rows(answered))
        except (ConnectorError, ConfigError):
            pass  # the next run reads what is missing here as changes
        shape = self._shapes.known(call.object_name)
        return Stored(call.object_name, found, key=key_of(rows), shape=shape)


def _is_asked_for(row: Prepared, answer: BulkAnswer) -> bool:
    """Tell whether a row is read back: of what was archived nothing is left to be read."""
    token = row.write.token
    archived = row.write.kind is WriteKind.ARCHIVE
    return token in answer.refused or (token in answer.written and not archived)
