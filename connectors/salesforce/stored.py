"""Rows as the org held them just after a batch of writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.salesforce.answers import Row
from connectors.salesforce.batches import Prepared
from connectors.salesforce.ids import normal_id
from connectors.salesforce.relations import relation_of
from connectors.salesforce.rows import to_record
from sync.domain.errors import UnavailableError
from sync.domain.ports import Write, WriteOutcome, WriteResult
from sync.domain.record import Record, RecordRef
from sync.domain.schema import ObjectShape

__all__ = ["Stored"]


class Stored:
    """Rows as the org held them just after the writes."""

    def __init__(
        self, object_name: str, rows: Sequence[Row], *, key: str | None, shape: ObjectShape | None
    ) -> None:
        self._object_name = object_name
        self._shape = shape
        self._key = key
        self._by_id = {found: row for row in rows if (found := normal_id(str(row.get("Id"))))}

    def of(self, record_id: str | None, write: Write) -> Record | None:
        """Give a record with the fields its write wants back."""
        row = self._by_id.get(record_id or "")
        if row is None:
            return None
        try:
            return to_record(self._object_name, row, write.read_back, self._shape)
        except UnavailableError:
            # The write stands, whatever was read back of it.
            return None

    def name_duplicate(self, result: WriteResult, sent: Prepared) -> WriteResult:
        """Name the record that holds the write's unique key, where the refusal did not.

        Of a row that ties a person to something, the tie is the key.
        """
        if result.outcome is not WriteOutcome.DUPLICATE or result.existing:
            return result
        for record_id, row in self._by_id.items():
            if not _is_deleted(row) and (self._has_key(row, sent) or self._is_tie(row, sent)):
                return replace(result, existing=RecordRef(self._object_name, record_id))
        return result

    def _has_key(self, row: Row, sent: Prepared) -> bool:
        if not self._key:
            return False
        return str(row.get(self._key)).casefold() == str(sent.write.values[self._key]).casefold()

    def _is_tie(self, row: Row, sent: Prepared) -> bool:
        relation = relation_of(self._object_name)
        tie = None if relation is None else relation.tie_of(sent.values)
        return relation is not None and tie is not None and relation.tie_of(row) == tie


def _is_deleted(row: Row) -> bool:
    return str(row.get("IsDeleted")).casefold() == "true"
