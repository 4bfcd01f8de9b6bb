"""Answers queries from the org's records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.model import FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.soql.access import choose_access
from sandbox.salesforce.soql.aggregate import aggregated, is_aggregate
from sandbox.salesforce.soql.ast import Call, Condition, Field, Query, SemiJoin
from sandbox.salesforce.soql.expressions import Expression, Expressions, GroupResults, Resolver
from sandbox.salesforce.soql.filters import Filters
from sandbox.salesforce.soql.parser import SoqlParser
from sandbox.salesforce.soql.paths import Path, Paths
from sandbox.salesforce.soql.selection import Finder, Selection
from sandbox.salesforce.soql.shape import Pager, Shape
from sandbox.salesforce.soql.sorting import in_order
from sandbox.salesforce.soql.tokens import quoted_place

__all__ = ["Counted", "Grouped", "QueryEngine", "Selected"]

_LARGEST_OFFSET = 2000
_IDS = (FieldType.ID, FieldType.REFERENCE)


@dataclass(frozen=True, slots=True)
class Counted:
    """The answer to `SELECT COUNT()`: a number and no records."""

    total: int


@dataclass(frozen=True, slots=True)
class Grouped:
    """The answer to a query with aggregate functions."""

    results: list[JsonObject]


@dataclass(frozen=True, slots=True)
class Selected:
    """The records of an answer, by id, and how each is to be shown."""

    spec: ObjectSpec
    ids: list[str]
    shape: Shape


class QueryEngine:
    """Runs queries against one org."""

    def __init__(self, database: Database) -> None:
        """Keep a parser for the org's queries."""
        self._database = database
        self._parser = SoqlParser()

    def parse(self, text: str) -> Query:
        """Read a query without answering it; raises MALFORMED_QUERY."""
        return self._parser.parse(text)

    def run(
        self, text: str, *, with_deleted: bool, page: Pager | None = None
    ) -> Counted | Grouped | Selected:
        """Answer a query; raises ApiError as the API words it.

        `page` puts long lists of children into pages; without it they are given whole.
        """
        query = self._parser.parse(text)
        spec = self._source(query)
        if query.offset > _LARGEST_OFFSET:
            raise ApiError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{quoted_place(text, query.source_position)}Maximum SOQL offset allowed is 2000",
            )
        paths = Paths(self._database, spec, query)
        if _is_bare_count(query):
            return Counted(self._count(query, spec, paths, with_deleted=with_deleted))
        if is_aggregate(query):
            matching, _ = self._access(query, spec, paths, with_deleted=with_deleted)
            return Grouped(aggregated(matching, query, paths, self._compile))
        shape = self._selection(with_deleted=with_deleted, page=page).shape(query, spec, paths)
        rows = self._rows(query, spec, paths, with_deleted=with_deleted)
        return Selected(spec, [str(row["Id"]) for row in rows], shape)

    def _selection(self, *, with_deleted: bool, page: Pager | None) -> Selection:
        def rows_of(query: Query, spec: ObjectSpec, reference: str, paths: Paths) -> Finder:
            return self._children_finder(query, spec, reference, paths, with_deleted=with_deleted)

        return Selection(self._database, rows_of, page or _whole)

    def _source(self, query: Query) -> ObjectSpec:
        spec = self._database.schema.find(query.source)
        if spec is None:
            raise ApiError(
                "INVALID_TYPE",
                f"{quoted_place(query.text, query.source_position)}sObject type '{query.source}' "
                "is not supported. If you are attempting to use a custom object, be sure to "
                "append the '__c' after the entity name. Please reference your WSDL or the "
                "describe call for the appropriate names.",
            )
        return spec

    def _count(self, query: Query, spec: ObjectSpec, paths: Paths, *, with_deleted: bool) -> int:
        table = self._database.table(spec.name)
        if query.where is None and query.limit is None:
            shown = with_deleted and self._database.shows_deleted(spec.name)
            return len(table.rows) - (0 if shown else len(table.deleted))
        return len(self._rows(query, spec, paths, with_deleted=with_deleted))

    def _filters(self, resolver: Resolver) -> Filters:
        return Filters(resolver, today=self._database.clock.now().date(), answer=self._semijoin)

    def _compile(self, condition: Condition, columns: GroupResults) -> Callable[[Row], bool]:
        return self._filters(columns).compile(condition)

    def _access(
        self, query: Query, spec: ObjectSpec, paths: Paths, *, with_deleted: bool
    ) -> tuple[Iterator[Row], bool]:
        """Give the matching rows, and whether they come in the order asked for."""
        filters = self._filters(Expressions(paths))
        test = None if query.where is None else filters.compile(query.where)
        access = choose_access(self._database.table(spec.name), query, filters)
        rows: Iterator[Row] = access.rows
        if not (with_deleted and self._database.shows_deleted(spec.name)):
            rows = (row for row in rows if "IsDeleted" not in row)
        if test is not None:
            rows = filter(test, rows)
        return rows, access.is_ordered

    def _rows(
        self, query: Query, spec: ObjectSpec, paths: Paths, *, with_deleted: bool
    ) -> list[Row]:
        """Give the matching rows in order, cut to LIMIT and OFFSET."""
        rows, is_ordered = self._access(query, spec, paths, with_deleted=with_deleted)
        stop = None if query.limit is None else query.offset + query.limit
        expressions = Expressions(paths)
        if is_ordered or not query.order:
            for sorting in query.order:
                expressions.resolve(sorting.field)
            return list(islice(rows, query.offset, stop))
        return in_order(list(rows), query.order, expressions)[query.offset : stop]

    def _semijoin(self, join: SemiJoin, outer: Expression) -> set[Value]:
        query = join.query
        spec = self._source(query)
        paths = Paths(self._database, spec, query)
        selected = query.select[0]
        if len(query.select) != 1 or not isinstance(selected, Field):
            raise malformed_query(
                f"{quoted_place(query.text, join.field.position)}only one field can be selected "
                "in a subquery of a where expression"
            )
        path = paths.resolve(selected)
        if outer.spec.type not in _IDS or path.field.type not in _IDS:
            raise malformed_query(
                f"{quoted_place(query.text, join.field.position)}Semi join sub-selects can only "
                "compare reference and id fields"
            )
        if not _targets(outer.spec.refers_to, outer) & _targets(path.field.refers_to, path):
            raise malformed_query(
                f"{quoted_place(query.text, join.field.position)}The selected field "
                f"'{selected.text}' in the subquery and the left operand field in the where "
                f"expression in the outer query '{join.field.text}' should point to the same "
                "object type"
            )
        get = paths.getter(path)
        return {get(row) for row in self._rows(query, spec, paths, with_deleted=False)} - {None}

    def _children_finder(
        self, query: Query, spec: ObjectSpec, reference: str, paths: Paths, *, with_deleted: bool
    ) -> Finder:
        """Give what finds the rows of one parent's children that a sub-query asks for."""
        table = self._database.table(spec.name)
        table.ensure_index(reference)
        expressions = Expressions(paths)
        test = self._filters(expressions).compile(query.where) if query.where else None
        stop = None if query.limit is None else query.offset + query.limit

        def find(parent: Row) -> list[Row]:
            index = table.index(reference)
            ids = sorted(index.ids(parent["Id"])) if index else []
            rows = [table.rows[one] for one in ids]
            if not (with_deleted and self._database.shows_deleted(spec.name)):
                rows = [row for row in rows if "IsDeleted" not in row]
            if test is not None:
                rows = [row for row in rows if test(row)]
            return in_order(rows, query.order, expressions)[query.offset : stop]

        return find


def _targets(refers_to: tuple[str, ...], of: Expression | Path) -> set[str]:
    """List the objects an id may be of: those a reference names, or the object itself."""
    if refers_to:
        return set(refers_to)
    path = of.path if isinstance(of, Expression) else of
    return set() if path is None else {path.sobject.name}


def _whole(spec: ObjectSpec, shape: Shape, rows: list[Row], version: str) -> JsonObject:
    records: list[Json] = [shape.show(spec.name, one, version) for one in rows]
    return {"totalSize": len(records), "done": True, "records": records}


def _is_bare_count(query: Query) -> bool:
    match query.select:
        case (Call("COUNT", None, None),) if not query.group and query.having is None:
            return True
    return False
