"""Reading records: pages of search and list, batches by id, and what is needed to lose none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.history import read_changes
from connectors.hubspot.problems import read_problem
from connectors.hubspot.ties import Ties, is_tie
from connectors.hubspot.values import (
    MERGED_IDS,
    epoch_ms,
    gone_of,
    is_record,
    moment,
    native_of,
    record_of,
    stamp_property,
)
from sync.domain.errors import UnavailableError
from sync.domain.ports import ChangeQuery, FieldChange
from sync.domain.record import Record

__all__ = ["HubSpotReader"]

_BATCH = 100
_HISTORY_BATCH = 50
_SEARCH_PAGE = 200

#: HubSpot takes 3,000 characters of a search, and an address of a length it does not state.
_LONGEST_SEARCH = 2_900
_LONGEST_ADDRESS = 4_000

_NO_ID = "0"

#: Beyond this, what changed meanwhile is read, too; shorter is the business of the overlap.
_LONG_READING = timedelta(minutes=2)

#: How far HubSpot's clock may be behind ours.
_CLOCKS_APART = timedelta(minutes=5)


class HubSpotReader:
    """Reads records of any object of one portal."""

    def __init__(
        self,
        client: HubSpotClient,
        *,
        clock: Callable[[], datetime],
        is_property: Callable[[str, str], bool],
        ties: Ties,
    ) -> None:
        """Read through a client; `is_property` tells of an object's name and a property's.

        `ties` reads what is kept beside the records.
        """
        self._client = client
        self._clock = clock
        self._is_property = is_property
        self._ties = ties
        #: The newest stamp of an object's records as it was looked at last.
        self._newest: dict[str, datetime] = {}

    def newest(self, query: ChangeQuery) -> tuple[Sequence[Record], Answer]:
        """Fetch the newest page of a query, newest first, with the answer it came in."""
        sort = {"propertyName": stamp_property(query.object_name), "direction": "DESCENDING"}
        page, answer = self._search(query.object_name, query.fields, _since(query), sort)
        if page:
            self._newest[query.object_name] = max(record.stamp for record in page)
        return page, answer

    def changed(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages, in the order of their ids.

        Each search asks for the ids after the last one seen, so neither the cap of 10,000
        results, nor many records with one stamp, nor records that change while the pages are
        read can hide one: a stamp only grows, so what matched at the start matches to the end.
        A caller may go on from the newest stamp it was given. So where the reading took long and
        gave a stamp newer than any there was before it, what changed since is read after it: it
        may have changed behind the place reached.
        """
        started = self._clock()
        before = self._newest.get(query.object_name) or started - _CLOCKS_APART
        newest = before
        if query.since is None:
            pages = self.all(query.object_name, query.fields)
        else:
            pages = self._matching(query.object_name, query.fields, _since(query))
        while True:
            for page in pages:
                newest = max([newest, *(record.stamp for record in page)])
                yield page
            now = self._clock()
            if newest == before or now - started <= _LONG_READING:
                return
            # No stamp of what changes from here on is older than the newest there is.
            later, started, before = replace(query, since=before), now, newest
            pages = self._matching(query.object_name, query.fields, _since(later))

    def all(self, object_name: str, fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Read all live records in pages; the address cannot hold very many names of fields."""
        properties = self._asked(object_name, fields)
        fits = len(urlencode({"properties": properties}, doseq=True)) <= _LONGEST_ADDRESS
        for page in self._pages(object_name, properties if fits else ()):
            if fits:
                yield self._read(object_name, page, fields)
            else:
                yield list(self.by_ids(object_name, [str(item["id"]) for item in page], fields))

    def archived(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the archived records in pages, those archived since then."""
        asked = self._asked(object_name, fields) if fields else ()
        for page in self._pages(object_name, asked, archived=True):
            records = [gone_of(object_name, item, fields) for item in page]
            yield [record for record in records if since is None or record.stamp >= since]

    def by_ids(
        self, object_name: str, ids: Iterable[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Read records by id; one merged away comes as its survivor, with its id among aliases."""
        for batch in _batches(ids, _BATCH):
            body = {
                "inputs": [{"id": each} for each in batch],
                "properties": self._asked(object_name, fields),
                "propertiesWithHistory": [],
            }
            answer = self._client.read_batch(object_name, body)
            read = self._read(object_name, _records(answer, object_name), fields)
            found = list({record.ref: record for record in read}.values())
            yield from _with_aliases(found, batch, answer)

    def by_unique(
        self, object_name: str, property_name: str, values: Iterable[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Read records by a unique property."""
        for batch in _batches(values, _BATCH):
            body = {
                "idProperty": property_name,
                "inputs": [{"id": each} for each in batch],
                "properties": self._asked(object_name, fields),
                "propertiesWithHistory": [],
            }
            answer = self._client.read_batch(object_name, body)
            yield from self._read(object_name, _records(answer, object_name), fields)

    def by_value(
        self, object_name: str, property_name: str, values: Iterable[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Search records by any property; what only resembles a value is left out."""
        wanted = {value.casefold() for value in values if value}
        asked = tuple(dict.fromkeys((*fields, property_name)))
        for filters in _value_filters(property_name, sorted(wanted)):
            for page in self._matching(object_name, asked, [filters]):
                for record in page:
                    if (record.fields.get(property_name) or "").casefold() in wanted:
                        kept = {
                            name: record.fields[name] for name in fields if name in record.fields
                        }
                        yield replace(record, fields=kept)

    def last_edits(
        self, object_name: str, ids: Iterable[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when fields were last edited, by (id, field), from the history of properties."""
        times: dict[tuple[str, str], datetime] = {}
        kept_in = {
            name: field for field in fields for name in self._ties.properties(object_name, [field])
        }
        for batch in _batches(ids if kept_in else (), _HISTORY_BATCH):
            body = {
                "inputs": [{"id": each} for each in batch],
                "properties": [],
                "propertiesWithHistory": list(kept_in),
            }
            answer = self._client.read_batch(object_name, body)
            for item in _records(answer, object_name):
                for name, when in _newest_entries(item):
                    times[str(item["id"]), kept_in.get(name, name)] = when
        return times

    def changes(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None,
        since: datetime | None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how properties of these records changed, or (ids None) of all there are."""
        wanted: Iterable[str] = ids if ids is not None else self._all_ids(object_name)

        def read_batch(body: Json) -> Answer:
            answer = self._client.read_batch(object_name, body)
            _records(answer, object_name)  # raises where these are no records of HubSpot's
            return answer

        return read_changes(read_batch, fields, wanted, since=since)

    def _all_ids(self, object_name: str) -> Iterator[str]:
        for page in self._pages(object_name, ()):
            yield from (str(item["id"]) for item in page)

    def _pages(
        self, object_name: str, fields: Sequence[str], *, archived: bool = False
    ) -> Iterator[Sequence[Json]]:
        after: str | None = None
        while True:
            answer = self._client.list_page(
                object_name,
                properties=fields or self._asked(object_name, ()),
                after=after,
                archived=archived,
            )
            yield _records(answer, object_name)
            if answer.after is None:
                return
            if answer.after == after:
                raise _odd(object_name, "the same page again and again")
            after = answer.after

    def _matching(
        self, object_name: str, fields: Sequence[str], filters: Sequence[Json]
    ) -> Iterator[Sequence[Record]]:
        """Walk all records that pass the filters, by id."""
        sort = {"propertyName": "hs_object_id", "direction": "ASCENDING"}
        last = _NO_ID
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
            page, answer = self._search(object_name, fields, [*filters, beyond], sort)
            if page:
                yield page
            ids = [int(item["id"]) for item in answer.results]
            if not ids or (answer.after is None and (answer.total or 0) <= len(ids)):
                return
            if max(ids) <= int(last):
                raise _odd(object_name, "records it was not asked for")
            last = str(max(ids))

    def _search(
        self, object_name: str, fields: Sequence[str], filters: Sequence[Json], sort: Json
    ) -> tuple[Sequence[Record], Answer]:
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [sort],
            "properties": self._asked(object_name, fields),
            "limit": _SEARCH_PAGE,
            "after": "0",
        }
        if len(json.dumps(body)) <= _LONGEST_SEARCH:
            answer = self._client.search(object_name, body)
            return self._read(object_name, _records(answer, object_name), fields), answer
        answer = self._client.search(object_name, {**body, "properties": []})
        ids = [str(item["id"]) for item in _records(answer, object_name)]
        whole = {each.ref.id: each for each in self.by_ids(object_name, ids, fields)}
        return [whole[each] for each in ids if each in whole], answer

    def _asked(self, object_name: str, fields: Sequence[str]) -> list[str]:
        """Name the properties to ask for: those wanted, and what a record always needs."""
        wanted = self._ties.properties(object_name, fields)
        return list(dict.fromkeys((*wanted, stamp_property(object_name), MERGED_IDS)))

    def _read(
        self, object_name: str, items: Sequence[Json], fields: Sequence[str]
    ) -> Sequence[Record]:
        """Read the records of one answer, with what no property of theirs holds."""
        records = [self._record(object_name, item, fields) for item in items]
        return self._ties.completed(object_name, records, fields)

    def _record(self, object_name: str, item: Json, fields: Sequence[str]) -> Record:
        """Read a record; a property without a value that the answer leaves out is blank.

        What is no property any more is left out, too: it was not emptied.
        """
        record = record_of(object_name, item, fields)
        ties = self._ties.repeated(object_name, item, fields)
        if ties:
            record = replace(record, fields={**record.fields, **ties})
        missing = [name for name in fields if name not in record.fields and not is_tie(name)]
        blank = {name: None for name in missing if self._is_property(object_name, name)}
        return replace(record, fields={**record.fields, **blank}) if blank else record


def _since(query: ChangeQuery) -> Sequence[Json]:
    if query.since is None:
        return []
    stamp = stamp_property(query.object_name)
    return [{"propertyName": stamp, "operator": "GTE", "value": epoch_ms(query.since)}]


def _records(answer: Answer, object_name: str) -> Sequence[Json]:
    """Give the answer's records; one without an id or values means the answer is not HubSpot's."""
    if all(is_record(item) for item in answer.results):
        return answer.results
    raise _odd(object_name, "records without ids")


def _odd(object_name: str, what: str) -> UnavailableError:
    return odd_answer(Operation(name="read", object_name=object_name), what)


def _with_aliases(
    found: Sequence[Record], asked: Sequence[str], answer: Answer
) -> Iterator[Record]:
    """Give the records found; the one id left over is an alias of the one record not asked for.

    Whether HubSpot answers a merged id with its survivor is not sure, nor that the survivor's
    own list of merged ids is complete by then.
    """
    wanted = set(asked)
    told = {each for record in found for each in (record.ref.id, *record.aliases)}
    told.update(each for error in answer.errors for each in read_problem(error).ids)
    left = wanted - told
    strangers = [record for record in found if wanted.isdisjoint((record.ref.id, *record.aliases))]
    for record in found:
        if record in strangers and len(strangers) == len(left) == 1:
            yield replace(record, aliases=(*record.aliases, *left))
        else:
            yield record


def _newest_entries(item: Json) -> Iterator[tuple[str, datetime]]:
    histories = item.get("propertiesWithHistory")
    for name, entries in histories.items() if isinstance(histories, dict) else ():
        told = [entry for entry in entries or () if isinstance(entry, dict)]
        times = [when for entry in told if (when := moment(entry.get("timestamp")))]
        if times:
            yield name, max(times)


def _value_filters(property_name: str, values: Sequence[str]) -> Iterator[Json]:
    """Give filters that together ask for all values, each short enough for one search."""
    if len(values) == 1:
        yield {"propertyName": property_name, "operator": "EQ", "value": values[0]}
        return
    for batch in _by_length(values, _LONGEST_SEARCH // 2):
        yield {"propertyName": property_name, "operator": "IN", "values": batch}


def _by_length(values: Sequence[str], longest: int) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for value in values:
        length = len(json.dumps(value)) + 2
        if batch and (size + length > longest or len(batch) == _BATCH):
            yield batch
            batch, size = [], 0
        batch.append(value)
        size += length
    if batch:
        yield batch


def _batches(values: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    """Cut into batches, leaving out repeats and blanks."""
    distinct = [each for each in dict.fromkeys(values) if native_of(each) is not None]
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]
