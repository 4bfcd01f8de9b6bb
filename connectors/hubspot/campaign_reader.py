"""Reading campaigns: HubSpot neither searches nor filters them, so lists are read and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.campaign_calls import BATCH, OBJECT, CampaignCalls
from connectors.hubspot.campaign_shape import NAME, is_everywhere, native_names, property_names
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.problems import read_problem
from connectors.hubspot.refusals import is_gone
from connectors.hubspot.values import is_record, record_of
from sync.domain.errors import GoneError, UnavailableError
from sync.domain.ports import ChangeQuery, Peek
from sync.domain.record import Record, RecordRef

__all__ = ["CampaignReader"]

_NEWEST_FIRST = "-updatedAt"
_OLDEST_FIRST = "createdAt"

#: How often a list that lost campaigns while its pages were read is begun again.
_BEGINNINGS = 3


class CampaignReader:
    """Reads the campaigns of one portal."""

    def __init__(
        self,
        calls: CampaignCalls,
        *,
        clock: Callable[[], datetime],
        is_property: Callable[[str, str], bool],
    ) -> None:
        """Read by these calls.

        `clock` stands in where an answer carries no time; `is_property` tells of an object's name
        and a property's.
        """
        self._calls = calls
        self._clock = clock
        self._is_property = is_property

    def peek(self, query: ChangeQuery) -> Peek:
        """Fetch the newest page, all of it.

        What a campaign costs may change without moving its stamp. All that stands on the page is
        handed over, so that where one page holds every campaign no such change is missed.
        """
        answer = self._calls.page(property_names(query.fields), sort=_NEWEST_FIRST)
        records = tuple(self._record(item, query.fields) for item in _campaigns(answer))
        return Peek(
            records=records,
            total=_in_window(records, answer, query.since),
            read_at=answer.date or self._clock(),
        )

    def changed(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all campaigns that changed since then, the newest first, or all there are."""
        if query.since is None:
            yield from self.all(query.fields)
            return
        for page in self._pages(query.fields, sort=_NEWEST_FIRST):
            inside = [record for record in page if record.stamp >= query.since]
            yield inside
            if len(inside) < len(page):
                return

    def all(self, fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Read all campaigns; by their age, so that those made or edited meanwhile hide none."""
        return self._pages(fields, sort=_OLDEST_FIRST)

    def by_ids(self, ids: Iterable[str], fields: Sequence[str]) -> Iterator[Record]:
        """Read campaigns by id; one HubSpot says it has not comes back as gone."""
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), BATCH):
            yield from self._batch(wanted[start : start + BATCH], fields)

    def by_value(
        self, field_name: str, values: Iterable[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find campaigns by a field, whatever the case; they are all read unless by one name."""
        given = [value.strip() for value in values if value.strip()]
        wanted = {value.casefold() for value in given}
        if not wanted:
            return
        only = given[0] if field_name == NAME and len(wanted) == 1 else ""
        asked = tuple(dict.fromkeys((*fields, field_name)))
        for page in self._pages(asked, sort=_OLDEST_FIRST, name=only):
            for record in page:
                if (record.fields.get(field_name) or "").strip().casefold() in wanted:
                    kept = {n: record.fields[n] for n in fields if n in record.fields}
                    yield replace(record, fields=kept)

    def _batch(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        try:
            answer = self._calls.read_batch(ids, property_names(fields))
        except GoneError:
            # The answer speaks of the batch; which of them it means is asked for.
            if len(ids) == 1:
                yield self._gone(ids[0], self._clock())
                return
            middle = len(ids) // 2
            yield from self._batch(ids[:middle], fields)
            yield from self._batch(ids[middle:], fields)
            return
        found = {item["id"]: item for item in _campaigns(answer)}
        yield from (self._record(item, fields) for item in found.values())
        missing = {
            each
            for problem in map(read_problem, answer.errors)
            if is_gone(problem)
            for each in problem.ids
        }
        for each in ids:
            if each in missing and each not in found:
                yield self._gone(each, answer.date or self._clock())

    def _record(self, item: Json, fields: Sequence[str]) -> Record:
        """Read a campaign; a property without a value that the answer leaves out is blank.

        What is no property any more is left out, too: it was not emptied.
        """
        names = native_names(fields)
        record = record_of(OBJECT, item, names.values())
        values = {
            name: record.fields.get(native)
            for name, native in names.items()
            if native in record.fields or is_everywhere(native) or self._is_property(OBJECT, name)
        }
        return Record(ref=record.ref, fields=values, stamp=record.stamp, created=record.created)

    def _gone(self, campaign_id: str, when: datetime) -> Record:
        return Record(ref=RecordRef(OBJECT, campaign_id), fields={}, stamp=when, gone=True)

    def _pages(
        self, fields: Sequence[str], *, sort: str, name: str = ""
    ) -> Iterator[Sequence[Record]]:
        """Walk the pages of a list.

        A campaign deleted meanwhile draws all behind it forward, one of them past the place
        reached; the list says so by its total, and is then begun again.
        """
        properties = property_names(fields)
        for _ in range(_BEGINNINGS):
            after: str | None = None
            total: int | None = None
            while True:
                answer = self._calls.page(properties, sort=sort, after=after, name=name)
                yield [self._record(item, fields) for item in _campaigns(answer)]
                if answer.after is None:
                    shrunk = _is_less(answer.total, total)
                    break
                if answer.after == after:
                    raise _odd("the same page again and again")
                shrunk = _is_less(answer.total, total)
                if shrunk:
                    break
                after, total = answer.after, answer.total
            if not shrunk:
                return


def _campaigns(answer: Answer) -> Sequence[Json]:
    """Give the campaigns of an answer; one without an id means the answer is not HubSpot's."""
    if all(is_record(item) for item in answer.results):
        return answer.results
    raise _odd("campaigns without ids")


def _in_window(records: Sequence[Record], answer: Answer, since: datetime | None) -> int:
    """Count what changed since then: exact where the page reaches back past it."""
    if answer.after is None:
        return len(records)
    if since is not None and records and records[-1].stamp < since:
        return len(records)
    return max(answer.total or 0, len(records) + 1)


def _is_less(total: int | None, before: int | None) -> bool:
    return total is not None and before is not None and total < before


def _odd(what: str) -> UnavailableError:
    return odd_answer(Operation(name="read", object_name=OBJECT), what)
