"""How fields changed, from the rows an org keeps of it: snapshots, or old and new values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from connectors.salesforce.answers import Row
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.history import History, history_of, tracked_names
from connectors.salesforce.ids import normal_id
from connectors.salesforce.soql import any_of, chunks, literals, select
from connectors.salesforce.values import parse_time, to_native
from sync.domain.errors import SchemaDriftError
from sync.domain.ports import FieldChange
from sync.domain.record import Native, native_moment
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["FieldChanges"]

#: Gives the rows of queries of one object, however many pages and calls they take.
Ask = Callable[[str, Sequence[str]], Iterator[Row]]

_SNAPSHOTS = History("OpportunityHistory", "OpportunityId")
#: What an opportunity's snapshots hold. They are kept whether or not the field is tracked.
_IN_SNAPSHOTS = frozenset({"Amount", "CloseDate", "Probability", "StageName"})

_PAGE = 1_000
_MOST_IDS = 500
_LONGEST_LIST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChanges:
    """Reads how fields of one object changed; `shapes` are those fields where they are known."""

    object_name: str
    shapes: Mapping[str, FieldShape]
    ask: Ask

    def read(
        self, fields: Sequence[str], ids: Sequence[str] | None, since: datetime | None
    ) -> Iterator[Sequence[FieldChange]]:
        """Read the changes of these records, or of all, each record's oldest first."""
        of_snapshots = _IN_SNAPSHOTS if self.object_name == "Opportunity" else frozenset()
        snapped = [name for name in fields if name in of_snapshots]
        tracked = [name for name in fields if name not in of_snapshots]
        wanted = None if ids is None else [one for one in map(normal_id, ids) if one]
        if wanted == []:
            return
        if snapped:
            yield from _pages(self._of_snapshots(snapped, wanted, since))
        if tracked:
            yield from _pages(self._of_tracking(tracked, wanted, since))

    def _of_snapshots(
        self, fields: Sequence[str], ids: Sequence[str] | None, since: datetime | None
    ) -> Iterator[FieldChange]:
        """Compare each snapshot with the one before it, which may be older than `since`."""
        if ids is None and since is not None:
            ids = self._moved(since)
        columns = (_SNAPSHOTS.parent, *fields, "CreatedDate", "CreatedById")
        rows = self._rows(_SNAPSHOTS, columns, ids, where=())
        for _, snapshots in groupby(rows, key=lambda row: row.get(_SNAPSHOTS.parent)):
            last: dict[str, Native] = {}
            for row in snapshots:
                for name in fields:
                    now = self._native(name, row.get(name))
                    change = self._change(_SNAPSHOTS, row, name, before=last.get(name), after=now)
                    last[name] = now
                    if change.before != change.after and (since is None or change.at >= since):
                        yield change

    def _moved(self, since: datetime) -> list[str]:
        where = (f"CreatedDate >= {native_moment(since)}",)
        rows = self._rows(_SNAPSHOTS, (_SNAPSHOTS.parent,), None, where=where)
        return list(dict.fromkeys(str(row.get(_SNAPSHOTS.parent)) for row in rows))

    def _of_tracking(
        self, fields: Sequence[str], ids: Sequence[str] | None, since: datetime | None
    ) -> Iterator[FieldChange]:
        """Give the rows of field history; an org that keeps none of the object has none."""
        history = history_of(self.object_name)
        names = tracked_names(fields)
        where = [any_of("Field", literals(FieldKind.TEXT, list(names)))]
        if since is not None:
            where.append(f"CreatedDate >= {native_moment(since)}")
        columns = (history.parent, "Field", "OldValue", "NewValue", "CreatedDate", "CreatedById")
        try:
            for row in self._rows(history, columns, ids, where=where):
                name = names.get(str(row.get("Field")))
                if name is None:
                    continue
                before, after = (self._native(name, row.get(one)) for one in columns[2:4])
                # A lookup leaves a second row with names, a long text the mere fact.
                if before != after and self._is_value(name, before, after):
                    yield self._change(history, row, name, before=before, after=after)
        except SchemaDriftError:
            return

    def _rows(
        self,
        history: History,
        columns: Sequence[str],
        ids: Sequence[str] | None,
        *,
        where: Sequence[str],
    ) -> Iterator[Row]:
        order = f"{history.parent}, CreatedDate, Id"
        lists: Iterable[Sequence[str]] = (
            [()]
            if ids is None
            else chunks(literals(FieldKind.TEXT, ids), most=_MOST_IDS, longest=_LONGEST_LIST)
        )
        queries = [
            select(
                history.name,
                columns,
                where=(*([any_of(history.parent, some)] if some else []), *where),
                order=order,
            )
            for some in lists
        ]
        return self.ask(history.name, queries)

    def _change(
        self, history: History, row: Row, name: str, *, before: Native, after: Native
    ) -> FieldChange:
        try:
            return FieldChange(
                id=str(normal_id(row[history.parent])),
                field=name,
                at=parse_time(row["CreatedDate"]),
                before=before,
                after=after,
                editor=normal_id(row.get("CreatedById") or ""),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            call = Call(operation="read", object_name=history.name)
            raise unreadable_error(call) from exc

    def _native(self, name: str, value: object) -> Native:
        return to_native(self.shapes.get(name), value)  # type: ignore[arg-type]  # parsed JSON

    def _is_value(self, name: str, *values: Native) -> bool:
        shape = self.shapes.get(name)
        if shape is None or shape.kind is not FieldKind.REFERENCE:
            return True
        return all(value is None or normal_id(value) for value in values)


def _pages(changes: Iterator[FieldChange]) -> Iterator[Sequence[FieldChange]]:
    page: list[FieldChange] = []
    for change in changes:
        page.append(change)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page
