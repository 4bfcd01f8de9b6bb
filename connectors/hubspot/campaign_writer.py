"""Writing campaigns: properties in batches, what a campaign costs one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from connectors.hubspot.calls import Answer, Json
from connectors.hubspot.campaign_calls import BATCH, CampaignCalls
from connectors.hubspot.campaign_money import CampaignMoney
from connectors.hubspot.campaign_reader import CampaignReader
from connectors.hubspot.campaign_shape import NAME
from connectors.hubspot.refusals import not_given
from connectors.hubspot.rounds import rounds_of
from connectors.hubspot.writer import HubSpotWriter, not_settled
from sync.domain.errors import AccountNotSupportedError, ConfigError, ConnectorError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Record

__all__ = ["CampaignWriter"]


class CampaignWriter:
    """Sends writes to the campaigns of one portal.

    `paid` are the ids of the campaigns whose budget or spend it has written.
    """

    def __init__(self, calls: CampaignCalls, reader: CampaignReader) -> None:
        """Write by these calls; `reader` fetches stored values an answer leaves out."""
        self.paid: set[str] = set()
        self._reader = reader
        self._money = CampaignMoney(calls)
        self._batches = HubSpotWriter(_Sender(calls), _Rereader(reader))

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind; one result each, in their order.

        What the token or the account's plan does not let us write is refused record by record.
        """
        send = self._put if writes[0].kind is WriteKind.ASSOCIATE else self._send
        results: dict[str, WriteResult] = {}
        waiting = list(rounds_of(writes, _mark, most=BATCH))
        while waiting:
            batch = waiting.pop(0)
            try:
                results.update((one.token, one) for one in send(batch))
            except AccountNotSupportedError as error:
                results.update((one.token, not_given(one, error)) for one in batch)
            except (ConnectorError, ConfigError) as error:
                if not results:
                    raise
                left = [write for part in (batch, *waiting) for write in part]
                results.update((one.token, _left_over(one, error)) for one in left)
                break
        return [results[write.token] for write in writes]

    def _send(self, batch: Sequence[Write]) -> Iterable[WriteResult]:
        """Send a batch of properties; a name that is taken is answered with who has it."""
        # No two of a batch have one name, so a campaign made is known by it in the answer.
        named = [replace(one, unique_key=NAME) for one in batch]
        return [
            self._with_existing(write, result)
            for write, result in zip(batch, self._batches.apply(named), strict=True)
        ]

    def _put(self, batch: Sequence[Write]) -> Iterable[WriteResult]:
        """Let budget and spend of each campaign add up to what is written."""
        results: list[WriteResult] = []
        for number, write in enumerate(batch):
            self.paid.add(write.id or "")
            try:
                results.append(self._money.put(write))
            except (ConnectorError, ConfigError) as error:
                if not results:
                    raise
                results += [_left_over(one, error) for one in batch[number:]]
                break
        return results

    def _with_existing(self, write: Write, result: WriteResult) -> WriteResult:
        if result.outcome is not WriteOutcome.DUPLICATE or result.existing is not None:
            return result
        name = write.values.get(NAME)
        found = list(self._reader.by_value(NAME, [name], ())) if name else []
        rivals = {one.ref for one in found if one.ref.id != write.id}
        return replace(result, existing=rivals.pop()) if len(rivals) == 1 else result


class _Sender:
    """Sends the batches, without the tokens that campaigns do not know."""

    def __init__(self, calls: CampaignCalls) -> None:
        self._calls = calls

    def write_batch(self, kind: WriteKind, object_name: str, inputs: Sequence[Json]) -> Answer:
        kept = [{key: one[key] for key in one if key != "objectWriteTraceId"} for one in inputs]
        return self._calls.write_batch(kind, kept)


class _Rereader:
    """Reads campaigns by id, those that are gone left out."""

    def __init__(self, reader: CampaignReader) -> None:
        self._reader = reader

    def by_ids(
        self, object_name: str, ids: Iterable[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        return (one for one in self._reader.by_ids(ids, fields) if not one.gone)


def _mark(write: Write) -> str:
    """Give what must not stand twice in a batch: an id, or the name of a new campaign."""
    return write.id or (write.values.get(NAME) or "").strip().casefold()


def _left_over(write: Write, error: ConnectorError | ConfigError) -> WriteResult:
    """Give the result of a write that had not been answered when one before it failed."""
    if isinstance(error, AccountNotSupportedError):
        return not_given(write, error)
    return not_settled(write, error)
