"""Applies batches of writes: one composite call writes the rows and reads them back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.flags import flag
from connectors.retry import ONCE_ONLY, REPEATABLE
from connectors.salesforce.answers import PartAnswer, Row
from connectors.salesforce.batches import Prepared, halves, prepare, rounds, write_part
from connectors.salesforce.bulk import MOST_IN_BULK, Bulk
from connectors.salesforce.bulk_writer import BulkWriter
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call, Fault, fault_error, named_field, unreadable_error
from connectors.salesforce.ids import normal_id
from connectors.salesforce.member_statuses import CAMPAIGN
from connectors.salesforce.read_back import ReadBack, key_of
from connectors.salesforce.refusals import is_shared_failure, refused, row_faults
from connectors.salesforce.relations import relation_of
from connectors.salesforce.schema import Shapes
from connectors.salesforce.stored import Stored
from connectors.salesforce.tie_writer import TieWriter
from sync.domain.errors import ConfigError, ConnectorError, CrmSyncError, RetryableError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult

__all__ = ["BATCH_SIZE", "Writer"]

#: Rows in one collection.
BATCH_SIZE = 200

#: Further calls for one batch that are spent on finding the rows that spoil it; enough to single
#: out one among 200 by halving.
_MOST_EXTRA = 20

_FIELD_CODES = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})

_Results = dict[str, WriteResult]


@dataclass(slots=True)
class _Sent:
    """What one call settled, and which groups are worth sending once more, apart."""

    results: _Results = field(default_factory=dict)
    again: list[Sequence[Prepared]] = field(default_factory=list)


class Writer:
    """Writes to one org; one result a write, in order."""

    def __init__(self, client: SalesforceClient, shapes: Shapes, bulk: Bulk) -> None:
        self._client = client
        self._shapes = shapes
        self._read_back = ReadBack(shapes)
        self._pays = bulk.pays
        self._bulk = BulkWriter(client, shapes, bulk, self._read_back)
        self._ties = TieWriter(client)
        self.statuses = self._ties.statuses

    def apply(self, writes: Sequence[Write]) -> tuple[WriteResult, ...]:
        """Send one batch of one kind and object."""
        if not writes:
            return ()
        _check(writes, most=MOST_IN_BULK if self._pays(len(writes)) else BATCH_SIZE)
        if (writes[0].kind, writes[0].object_name) == (WriteKind.CREATE, CAMPAIGN):
            self.statuses.forget()  # what all campaigns have, a new one may lack
        shape = self._shapes.get(writes[0].object_name) if any(w.values for w in writes) else None
        results: _Results = {}
        rows: list[Prepared] = []
        for write in writes:
            ready = prepare(write, shape)
            if isinstance(ready, Prepared):
                rows.append(ready)
            else:
                results[write.token] = ready
        relation = relation_of(writes[0].object_name)
        if relation is None:
            results |= self._deliver(rows)
        else:
            results |= self._ties.deliver(relation, rows, send=self._deliver)
        return tuple(results[write.token] for write in writes)

    def _deliver(self, rows: Sequence[Prepared]) -> _Results:
        """Send the rows until each has its result, by one bulk job where that pays."""
        results, left = self._bulk.deliver(rows)
        return self._in_batches(left, results)

    def _in_batches(self, rows: Sequence[Prepared], results: _Results) -> _Results:
        """Send the rows in calls of their own; those that spoil a call are singled out."""
        doubted: set[str] = set()
        found = self._sent_apart(rows, results, doubted)
        return {
            token: replace(result, perhaps_done=True) if token in doubted else result
            for token, result in found.items()
        }

    def _sent_apart(
        self, rows: Sequence[Prepared], results: _Results, doubted: set[str]
    ) -> _Results:
        """Send the rows; to `doubted` come those that an attempt before may have written."""
        waiting: deque[Sequence[Prepared]] = deque(
            group[start : start + BATCH_SIZE]
            for group in rounds(rows)
            for start in range(0, len(group), BATCH_SIZE)
        )
        extra: deque[Sequence[Prepared]] = deque()
        spent, most = 0, _MOST_EXTRA * len(waiting)
        while waiting or (extra and spent < most):
            spent += not waiting
            group = waiting.popleft() if waiting else extra.popleft()
            try:
                sent = self._send(group, doubted)
            except (ConnectorError, ConfigError) as error:
                if not results:
                    raise
                # Rows of this batch are written already: their results must not be lost with
                # the error, which the next call meets again.
                rest = [row for each in (group, *waiting) for row in each]
                return {row.write.token: _put_off(row.write, error) for row in rest} | results
            results |= sent.results
            extra.extend(sent.again)
        return results

    def _send(self, group: Sequence[Prepared], doubted: set[str]) -> _Sent:
        """Send one group in one call."""
        creates = group[0].write.kind is WriteKind.CREATE
        call = Call(operation=f"{group[0].write.kind}", object_name=group[0].write.object_name)
        parts = [write_part(group, call), *self._read_back.parts(group, call)]
        try:
            answers, _ = self._client.composite(
                parts, policy=ONCE_ONLY if creates else REPEATABLE, writes=True
            )
            if answers[0].doubted:
                doubted.update(row.write.token for row in group)
            written = _rows_of(answers[0], group)
        except RetryableError as error:
            if creates and error.maybe_done:
                return _Sent({row.write.token: _unknown(row.write, error) for row in group})
            raise
        if isinstance(written, Fault):
            return self._refused_whole(group, written, call)
        stored = self._stored(group, written, answers[1:], call)
        return self._settled(group, written, stored)

    def _settled(
        self,
        group: Sequence[Prepared],
        written: Sequence[Mapping[str, Any]],
        stored: Stored,
    ) -> _Sent:
        sent = _Sent()
        shared: list[Prepared] = []
        for row, answer in zip(group, written, strict=True):
            write = row.write
            if flag(answer.get("success")):
                record_id = _id_of(answer) or row.id or ""
                now = stored.of(record_id, write)
                sent.results[write.token] = WriteResult(
                    token=write.token, outcome=WriteOutcome.DONE, id=record_id, stored=now
                )
                continue
            faults = row_faults(answer)
            result = refused(write, faults, stored.of(row.id, write))
            sent.results[write.token] = stored.name_duplicate(result, row)
            if is_shared_failure(faults):
                shared.append(row)
        if len(shared) > 1:
            sent.again = halves(shared)
        return sent

    def _refused_whole(self, group: Sequence[Prepared], fault: Fault, call: Call) -> _Sent:
        """Deal with a call refused for what some of its rows hold."""
        if len(group) == 1:
            write = group[0].write
            return _Sent({write.token: refused(write, [fault], None)})
        error = fault_error(fault, call)
        if fault.code not in _FIELD_CODES:
            if isinstance(error, ConfigError):
                raise error
            put_off = {row.write.token: _put_off(row.write, error) for row in group}
            return _Sent(put_off, halves(group))
        name = (named_field(fault) or "").lower()
        holding = [row for row in group if name in {each.lower() for each in row.values}]
        if not holding:
            raise error
        rest = [row for row in group if row not in holding]
        results = {row.write.token: refused(row.write, [fault], None) for row in holding}
        results |= {row.write.token: _put_off(row.write, error) for row in rest}
        return _Sent(results, [rest] if rest else [])

    def _stored(
        self,
        group: Sequence[Prepared],
        written: Sequence[Mapping[str, Any]],
        answers: Sequence[PartAnswer],
        call: Call,
    ) -> Stored:
        """Give what the org holds now, as far as it can be read; the writes stand without it."""
        shape = self._shapes.known(call.object_name)
        try:
            if not answers and any(row.write.read_back for row in group):
                ids = [each for answer in written if (each := _id_of(answer))]
                if ids:
                    answers, _ = self._client.composite([self._read_back.by_ids(ids, group, call)])
            rows = list(self._all_rows(answers, call))
        except (ConnectorError, ConfigError):
            rows = []
        return Stored(call.object_name, rows, key=key_of(group), shape=shape)

    def _all_rows(self, answers: Sequence[PartAnswer], call: Call) -> Iterator[Row]:
        for answer in answers:
            page = answer.page()
            yield from page.rows
            while page.next_url is not None:
                page = self._client.more(page.next_url, call)
                yield from page.rows


def _check(writes: Sequence[Write], *, most: int) -> None:
    """Refuse what is a mistake of the caller's."""
    if len(writes) > most:
        raise ValueError(f"{len(writes)} writes in one batch; at most {most}")
    if len({(write.kind, write.object_name) for write in writes}) > 1:
        raise ValueError("a batch is of one kind and one object")
    if len({write.token for write in writes}) < len(writes):
        raise ValueError("the tokens of a batch are all different")


def _rows_of(answer: PartAnswer, group: Sequence[Prepared]) -> Sequence[Mapping[str, Any]] | Fault:
    """Give the answer a row, in order, or why the call was refused as a whole."""
    if answer.fault is not None:
        return answer.fault
    body = answer.body
    if not isinstance(body, list) or len(body) != len(group):
        raise unreadable_error(answer.call)
    try:
        if all(map(_belongs, body, group)) and _are_apart(body):
            return body
    except (AttributeError, ValueError) as exc:
        raise unreadable_error(answer.call) from exc
    raise unreadable_error(answer.call)


def _belongs(answer: Mapping[str, Any], row: Prepared) -> bool:
    """Tell whether a row's answer can be about it: a row is known by its place and by its id."""
    told = _id_of(answer)
    if not flag(answer.get("success")):
        return True
    return told is not None if row.id is None else told in {None, row.id}


def _are_apart(answers: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether no record stands for two rows; no id is sent twice in one call."""
    ids = [told for answer in answers if (told := _id_of(answer))]
    return len(set(ids)) == len(ids)


def _id_of(answer: Mapping[str, Any]) -> str | None:
    """Give the id of a row that was written, None where it was not or none is told."""
    told = answer.get("id") if flag(answer.get("success")) else None
    return normal_id(str(told)) if told is not None else None


def _unknown(write: Write, error: RetryableError) -> WriteResult:
    return WriteResult(
        token=write.token, outcome=WriteOutcome.UNKNOWN, code=error.code, message=str(error)
    )


def _put_off(write: Write, error: CrmSyncError) -> WriteResult:
    """Give the result of a row that was not written through no fault of its own."""
    code = error.code if isinstance(error, ConnectorError) else ""
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.LOCKED,
        id=write.id,
        code=code,
        message=str(error),
        perhaps_done=isinstance(error, RetryableError) and error.maybe_done,
    )
