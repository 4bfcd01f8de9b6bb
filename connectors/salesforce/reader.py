"""Everything the connector reads of records: changes, single records, deletions, history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.salesforce.answers import MOST_PARTS, Page, Part, Row
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.field_changes import FieldChanges
from connectors.salesforce.history import edit_columns, history_of, tracked_names
from connectors.salesforce.ids import normal_id
from connectors.salesforce.relations import relation_of
from connectors.salesforce.rows import all_columns, has_column, stamp_columns, to_record
from connectors.salesforce.schema import Shapes
from connectors.salesforce.soql import any_of, at_or_after, beyond, chunks, literals, select
from connectors.salesforce.values import parse_time
from sync.domain.errors import RecordRejectedError
from sync.domain.ports import ChangeQuery, FieldChange, Peek
from sync.domain.record import Record, RecordRef
from sync.domain.schema import FieldKind, ObjectShape

__all__ = ["Reader"]

_OLDEST_FIRST = "SystemModstamp, Id"
_NEWEST_FIRST = "SystemModstamp DESC, Id DESC"
_DEAD_LOCATOR = frozenset({"INVALID_QUERY_LOCATOR", "NOT_FOUND"})

#: Values in one `IN (…)`: far from the limits of a statement (100,000 characters), so that the
#: query planner does not call it too complicated.
_MOST_VALUES = 500
_LONGEST_LIST = 20_000


class Reader:
    """Reads records of one org."""

    def __init__(self, client: SalesforceClient, shapes: Shapes) -> None:
        self._client = client
        self._shapes = shapes

    def peek(self, queries: Sequence[ChangeQuery]) -> tuple[Peek, ...]:
        """Fetch the newest page of each query, five queries to a call."""
        peeks: list[Peek] = []
        for start in range(0, len(queries), MOST_PARTS):
            some = queries[start : start + MOST_PARTS]
            answers, read_at = self._client.composite([self._peek_part(query) for query in some])
            for query, answer in zip(some, answers, strict=True):
                page = answer.page()
                records = self._records(query.object_name, page.rows, query.fields)
                peeks.append(Peek(records=records, total=page.total, read_at=read_at))
        return tuple(peeks)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read all records of a query in pages, oldest change first, deleted ones among them."""
        columns = all_columns(query.object_name, query.fields, self._shape(query.object_name))
        pages = self._pages(
            query.object_name, columns, where=at_or_after(query.since), deleted=True
        )
        for rows in pages:
            yield self._records(query.object_name, rows, query.fields)

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Fetch records by id, deleted, merged and converted ones as what they are now.

        What is no id at all is left out like an id that does not exist. Rows that tie people to
        something are in no recycle bin: one that is not there is deleted.
        """
        wanted = dict.fromkeys(found for found in map(normal_id, ids) if found)
        values = literals(FieldKind.TEXT, list(wanted))
        found = self._with_values(object_name, "Id", values, fields, deleted=True)
        records = (record for record in found if record.ref.id in wanted)
        return (
            records
            if relation_of(object_name) is None
            else self._and_gone(object_name, wanted, records)
        )

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find live records whose field holds one of the values."""
        if not values:
            return iter(())
        field = self._shapes.get(object_name).fields.get(field_name)
        distinct = list(dict.fromkeys(filter(None, values)))
        searched = literals(None if field is None else field.kind, distinct)
        return self._with_values(object_name, field_name, searched, fields, deleted=False)

    def read_stamps(
        self, object_name: str, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read id and stamp of every live record in pages, with these fields."""
        shape = self._shape(object_name)
        columns = tuple(dict.fromkeys((*stamp_columns(object_name, shape), *fields)))
        for rows in self._pages(object_name, columns, where=(), deleted=False):
            yield tuple(to_record(object_name, row, fields, shape) for row in rows)

    def read_gone(
        self, object_name: str, since: datetime | None, fields: Sequence[str] = ()
    ) -> Iterator[Sequence[Record]]:
        """Read the records deleted since then; an object that knows no deletion has none."""
        shape = self._shapes.get(object_name) if fields else self._shape(object_name)
        if not has_column(object_name, "IsDeleted", shape):
            return
        where = ("IsDeleted = true", *at_or_after(since))
        columns = all_columns(object_name, fields, shape)
        for rows in self._pages(object_name, columns, where=where, deleted=True):
            yield tuple(to_record(object_name, row, fields, shape) for row in rows)

    def edit_times(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], datetime]:
        """Tell when tracked fields were last edited; {} where the org keeps no history."""
        history = history_of(object_name)
        wanted = [found for found in dict.fromkeys(map(normal_id, ids)) if found]
        if not wanted or not fields or not self._shapes.is_queryable(history.name):
            return {}
        tracked = tracked_names(fields)
        times: dict[tuple[str, str], datetime] = {}
        names = any_of("Field", literals(FieldKind.TEXT, list(tracked)))
        queries = [
            select(history.name, edit_columns(history), where=(any_of(history.parent, some), names))
            for some in _lists(literals(FieldKind.TEXT, wanted))
        ]
        for row in self._packed(history.name, queries, deleted=False):
            if row.get("Field") not in tracked:
                continue
            try:
                key = (str(normal_id(row[history.parent])), tracked[row["Field"]])
                edited = parse_time(row["CreatedDate"])
            except (AttributeError, KeyError, TypeError, ValueError) as exc:
                raise unreadable_error(_reading(history.name)) from exc
            times[key] = max(edited, times.get(key, edited))
        return times

    def read_history(
        self,
        object_name: str,
        fields: Sequence[str],
        *,
        ids: Sequence[str] | None,
        since: datetime | None,
    ) -> Iterator[Sequence[FieldChange]]:
        """Read how fields changed, as far as the org keeps it, each record's oldest first."""
        shape = self._shapes.known(object_name)
        changes = FieldChanges(
            object_name=object_name,
            shapes={} if shape is None else shape.fields,
            ask=lambda name, queries: self._packed(name, queries, deleted=False),
        )
        return changes.read(fields, ids, since)

    def _and_gone(
        self, object_name: str, ids: Iterable[str], records: Iterable[Record]
    ) -> Iterator[Record]:
        """Give the records, then a deleted one for each id that none of them has."""
        missing = dict.fromkeys(ids)
        for record in records:
            missing.pop(record.ref.id, None)
            yield record
        for each in missing:
            ref = RecordRef(object_name, each)
            yield Record(ref=ref, fields={}, stamp=self._client.now(), gone=True)

    def _peek_part(self, query: ChangeQuery) -> Part:
        columns = all_columns(query.object_name, query.fields, self._shape(query.object_name))
        soql = select(
            query.object_name, columns, where=at_or_after(query.since), order=_NEWEST_FIRST
        )
        return Part.query(soql, _reading(query.object_name), deleted=True)

    def _with_values(
        self,
        object_name: str,
        field_name: str,
        values: Sequence[str],
        fields: Sequence[str],
        *,
        deleted: bool,
    ) -> Iterator[Record]:
        columns = all_columns(object_name, fields, self._shape(object_name))
        queries = [
            select(object_name, columns, where=(any_of(field_name, some),))
            for some in _lists(values)
        ]
        relation = relation_of(object_name)
        # A row has one owner only, so none comes twice; an owner may have a million.
        repeats = relation is None or field_name != relation.owner
        given: set[RecordRef] = set()
        for row in self._packed(object_name, queries, deleted=deleted):
            shape = self._shape_of_rows(object_name, fields)
            record = to_record(object_name, row, fields, shape)
            if record.ref not in given:
                if repeats:
                    given.add(record.ref)
                yield record

    def _packed(self, object_name: str, queries: Iterable[str], *, deleted: bool) -> Iterator[Row]:
        """Send queries five to a call; gives their rows, all pages of each."""
        call = _reading(object_name)
        waiting = list(queries)
        for start in range(0, len(waiting), MOST_PARTS):
            parts = [
                Part.query(soql, call, deleted=deleted)
                for soql in waiting[start : start + MOST_PARTS]
            ]
            answers, _ = self._client.composite(parts)
            for answer in answers:
                page = answer.page()
                if not page.whole:
                    raise unreadable_error(call)
                yield from page.rows
                while page.next_url is not None:
                    page = self._client.more(page.next_url, call)
                    yield from page.rows

    def _pages(
        self, object_name: str, columns: Sequence[str], *, where: Sequence[str], deleted: bool
    ) -> Iterator[Sequence[Row]]:
        """Read all rows of a query, oldest change first, in pages.

        A locator that has died is replaced by a query for what follows the last row seen, so
        any number of rows with one stamp is read to the end.
        """
        call = _reading(object_name)

        def ask(*more: str) -> Page:
            soql = select(object_name, columns, where=(*where, *more), order=_OLDEST_FIRST)
            return self._client.query(soql, call, deleted=deleted)

        page = ask()
        if not page.whole:
            raise unreadable_error(call)
        last: Row | None = None
        restarted: Row | None = None
        while True:
            if page.rows:
                yield page.rows
                last = page.rows[-1]
            if page.next_url is None:
                return
            try:
                page = self._client.more(page.next_url, call)
            except RecordRejectedError as error:
                if error.code not in _DEAD_LOCATOR or last is restarted or last is None:
                    raise
                restarted = last
                page = ask(beyond(parse_time(last["SystemModstamp"]), last["Id"]))

    def _records(
        self, object_name: str, rows: Sequence[Row], fields: Sequence[str]
    ) -> tuple[Record, ...]:
        if not rows:
            return ()
        shape = self._shape_of_rows(object_name, fields)
        return tuple(to_record(object_name, row, fields, shape) for row in rows)

    def _shape(self, object_name: str) -> ObjectShape | None:
        """Give the shape if known; an object that is no standard one is described for it."""
        known = self._shapes.known(object_name)
        if known is None and has_column(object_name, "Id", None) is None:
            return self._shapes.get(object_name)
        return known

    def _shape_of_rows(self, object_name: str, fields: Sequence[str]) -> ObjectShape | None:
        """Give the shape rows are read by: fetched only once there are values to be read."""
        return self._shapes.get(object_name) if fields else self._shapes.known(object_name)


def _reading(object_name: str) -> Call:
    return Call(operation="read", object_name=object_name)


def _lists(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return chunks(values, most=_MOST_VALUES, longest=_LONGEST_LIST)
