"""Writing records in batches, with a result of its own for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from connectors.hubspot.calls import Answer, Json
from connectors.hubspot.rounds import rounds_of
from connectors.hubspot.settling import settle
from connectors.hubspot.values import wire_of
from sync.domain.errors import (
    ConfigError,
    ConnectorError,
    CredentialError,
    RecordLockedError,
    RetryableError,
    UnavailableError,
)
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Record

__all__ = ["HubSpotWriter", "not_settled"]


class _Batches(Protocol):
    """What sends a batch."""

    def write_batch(self, kind: WriteKind, object_name: str, inputs: Sequence[Json]) -> Answer: ...


class _Stored(Protocol):
    """What reads records by id."""

    def by_ids(
        self, object_name: str, ids: Iterable[str], fields: Sequence[str]
    ) -> Iterator[Record]: ...


class HubSpotWriter:
    """Sends batches of writes to one portal."""

    def __init__(self, client: _Batches, reader: _Stored) -> None:
        """Write through a client; `reader` fetches stored values an answer leaves out."""
        self._client = client
        self._reader = reader

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind and object; one result each, in their order.

        A failure after some of them have their results gives the others results, too, so that
        nothing known is lost; where nothing is known yet it is raised.
        """
        results: dict[str, WriteResult] = {}
        doubted: set[str] = set()
        # No record twice in a batch: HubSpot keeps no order there.
        waiting = list(rounds_of(writes, lambda write: write.id))
        while waiting:
            batch = waiting.pop(0)
            try:
                given, again = self._send(batch, doubted)
            except (ConnectorError, ConfigError) as error:
                if not results:
                    raise
                left = [write for part in (batch, *waiting) for write in part]
                results.update({write.token: not_settled(write, error) for write in left})
                break
            results.update(given)
            waiting[:0] = again
        self._complete(writes, results)
        return [
            replace(results[token], perhaps_done=True) if token in doubted else results[token]
            for token in (write.token for write in writes)
        ]

    def _send(
        self, batch: Sequence[Write], doubted: set[str]
    ) -> tuple[Mapping[str, WriteResult], Sequence[Sequence[Write]]]:
        """Send one batch; give the results, and the parts to be sent again.

        To `doubted` come the writes that an attempt before the last one may have carried out.
        """
        kind, object_name = batch[0].kind, batch[0].object_name
        try:
            answer = self._client.write_batch(kind, object_name, [_input(w) for w in batch])
        except RecordLockedError as error:
            return {write.token: not_settled(write, error) for write in batch}, ()
        except UnavailableError as error:
            if kind is not WriteKind.CREATE or not error.maybe_done:
                raise
            return {write.token: not_settled(write, error) for write in batch}, ()
        if answer.doubted:
            doubted.update(write.token for write in batch)
        settlement = settle(batch, answer)
        return settlement.results, settlement.again

    def _complete(self, writes: Sequence[Write], results: dict[str, WriteResult]) -> None:
        """Read stored values once more where an answer left out one that was written."""
        if not any(_lacks(write, results[write.token]) for write in writes):
            return
        done = {r.id: w for w in writes if (r := results[w.token]).stored is not None and r.id}
        fields = tuple(dict.fromkeys(name for write in done.values() for name in write.read_back))
        try:
            found = list(self._reader.by_ids(writes[0].object_name, done, fields))
        except (ConnectorError, ConfigError):
            # The writes are done and their results must reach the caller, with the stored values
            # the answer gave; what failed here fails again, and is told, at the next call.
            return
        for record in found:
            if (write := done.get(record.ref.id)) is not None:
                kept = {n: record.fields[n] for n in write.read_back if n in record.fields}
                stored = replace(record, fields=kept)
                results[write.token] = replace(results[write.token], stored=stored)


def _input(write: Write) -> Json:
    """Give one input of a batch; the token makes HubSpot answer for each record apart."""
    if write.kind is WriteKind.ARCHIVE:
        return {"id": write.id}
    properties = {name: wire_of(value) for name, value in write.values.items()}
    if write.kind is WriteKind.CREATE:
        return {"properties": properties, "objectWriteTraceId": write.token}
    return {"id": write.id, "properties": properties, "objectWriteTraceId": write.token}


def _lacks(write: Write, result: WriteResult) -> bool:
    """Tell whether a written value that is wanted back is missing in the answer."""
    if result.stored is None:
        return False
    return not (write.values.keys() & set(write.read_back)) <= result.stored.fields.keys()


def not_settled(write: Write, error: ConnectorError | ConfigError) -> WriteResult:
    """Give the result of a write that was not carried out, or perhaps was without an answer."""
    unsure = isinstance(error, UnavailableError) and error.maybe_done
    code, request_id = "", ""
    if isinstance(error, ConnectorError | CredentialError):
        code, request_id = error.code, error.request_id
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.UNKNOWN if unsure else WriteOutcome.LOCKED,
        id=write.id,
        code=code,
        message=str(error),
        request_id=request_id,
        perhaps_done=isinstance(error, RetryableError) and error.maybe_done,
    )
