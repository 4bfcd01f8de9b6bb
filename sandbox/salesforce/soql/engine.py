"""Answers queries from the org's records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sandbox.jsontypes import JsonObject
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row, Value
from sandbox.salesforce.soql.access import choose_access
from sandbox.salesforce.soql.aggregate import aggregated, is_aggregate
from sandbox.salesforce.soql.ast import Call, Field, Query, SelectItem, SemiJoin, Subquery
from sandbox.salesforce.soql.filters import Filters
from sandbox.salesforce.soql.parser import SoqlParser, quoted_place
from sandbox.salesforce.soql.paths import Paths
from sandbox.salesforce.soql.shape import Children, Shape
from sandbox.salesforce.soql.sorting import in_order

__all__ = ["Counted", "Grouped", "QueryEngine", "Selected"]

_LARGEST_OFFSET = 2000
_CHILD_ADVICE = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the "
    "custom relationship name. Please reference your WSDL or the describe call for the "
    "appropriate names."
)


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

    def run(self, text: str, *, with_deleted: bool) -> Counted | Grouped | Selected:
        """Answer a query; raises ApiError as the API words it."""
        query = self._parser.parse(text)
        spec = self._source(query)
        if query.offset > _LARGEST_OFFSET:
            raise ApiError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{quoted_place(text, query.source_position)}Maximum SOQL offset allowed is 2000",
            )
        paths = Paths(self._database, spec, text)
        if _is_bare_count(query):
            return Counted(self._count(query, spec, paths, with_deleted=with_deleted))
        if is_aggregate(query):
            rows = self._rows(query, spec, paths, with_deleted=with_deleted, cut=False)
            results = aggregated(rows, query, paths)
            return Grouped(results[: query.limit] if query.limit is not None else results)
        shape = self._shape(query, spec, paths)
        rows = self._rows(query, spec, paths, with_deleted=with_deleted)
        return Selected(spec, [str(row["Id"]) for row in rows], shape)

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
            return len(table.rows) - (0 if with_deleted else len(table.deleted))
        return len(self._rows(query, spec, paths, with_deleted=with_deleted))

    def _rows(
        self,
        query: Query,
        spec: ObjectSpec,
        paths: Paths,
        *,
        with_deleted: bool,
        cut: bool = True,
    ) -> list[Row]:
        """Give the matching rows in order, cut to LIMIT and OFFSET."""
        filters = Filters(paths, today=self._database.clock.now().date(), answer=self._semijoin)
        test = None if query.where is None else filters.compile(query.where)
        access = choose_access(self._database.table(spec.name), query, filters)
        rows: Iterator[Row] = access.rows
        if not with_deleted:
            rows = (row for row in rows if "IsDeleted" not in row)
        if test is not None:
            rows = filter(test, rows)
        stop = None if query.limit is None or not cut else query.offset + query.limit
        start = query.offset if cut else 0
        if access.is_ordered or not query.order:
            for sorting in query.order:
                paths.resolve(sorting.field)
            return list(islice(rows, start, stop))
        return in_order(list(rows), query.order, paths)[start:stop]

    def _semijoin(self, join: SemiJoin) -> set[Value]:
        spec = self._source(join.query)
        paths = Paths(self._database, spec, join.query.text)
        if len(join.query.select) != 1 or not isinstance(join.query.select[0], Field):
            raise malformed_query("a semi-join query selects exactly one field")
        get = paths.getter(paths.resolve(join.query.select[0]))
        rows = self._rows(join.query, spec, paths, with_deleted=False)
        return {get(row) for row in rows} - {None}

    def _shape(self, query: Query, spec: ObjectSpec, paths: Paths) -> Shape:
        shape = Shape(paths.parent_row)
        for item in query.select:
            self._add_item(shape, item, query, spec, paths)
        return shape

    def _add_item(
        self, shape: Shape, item: SelectItem, query: Query, spec: ObjectSpec, paths: Paths
    ) -> None:
        if isinstance(item, Subquery):
            relationship, children = self._children(item.query, spec)
            shape.parts[relationship] = children
        elif isinstance(item, Call):
            for field in _named_fields(item, query, spec):
                shape.add((), field)
        else:
            path = paths.resolve(item)
            if not shape.add(path.hops, path.field):
                raise ApiError("INVALID_FIELD", f"duplicate field selected: {item.text}")

    def _children(self, query: Query, parent: ObjectSpec) -> tuple[str, Children]:
        for spec, reference in self._database.schema.children_of(parent.name):
            if reference.children and reference.children.lower() == query.source.lower():
                paths = Paths(self._database, spec, query.text)
                shape = self._shape(query, spec, paths)
                finder = _ChildFinder(self, query, spec, reference.name, paths)
                return reference.children, Children(spec, shape, finder.rows_of)
        raise ApiError(
            "INVALID_TYPE",
            f"{quoted_place(query.text, query.source_position)}Didn't understand relationship "
            f"'{query.source}' in FROM part of query call. {_CHILD_ADVICE}",
        )

    def children_rows(
        self, query: Query, spec: ObjectSpec, reference: str, paths: Paths, parent: Row
    ) -> list[Row]:
        """Give the rows of one parent's children that a sub-query asks for."""
        table = self._database.table(spec.name)
        rows = [table.rows[one] for one in table.holders(reference, parent["Id"])]
        if query.where is not None:
            today = self._database.clock.now().date()
            test = Filters(paths, today=today, answer=self._semijoin).compile(query.where)
            rows = [row for row in rows if test(row)]
        return in_order(rows, query.order, paths)[: query.limit]


@dataclass(frozen=True, slots=True)
class _ChildFinder:
    engine: QueryEngine
    query: Query
    spec: ObjectSpec
    reference: str
    paths: Paths

    def rows_of(self, parent: Row) -> list[Row]:
        return self.engine.children_rows(self.query, self.spec, self.reference, self.paths, parent)


def _is_bare_count(query: Query) -> bool:
    match query.select:
        case (Call("COUNT", None, None),) if not query.group:
            return True
    return False


def _named_fields(call: Call, query: Query, spec: ObjectSpec) -> list[FieldSpec]:
    which = call.argument.text.upper() if call.argument else ""
    if call.function != "FIELDS" or which not in ("ALL", "STANDARD", "CUSTOM"):
        raise malformed_query(f"unexpected token: '{call.function}'")
    if which != "STANDARD" and (query.limit is None or query.limit > 200):
        raise malformed_query("The SOQL FIELDS function must have a LIMIT of at most 200")
    return [
        field
        for field in spec.fields.values()
        if which == "ALL" or field.custom == (which == "CUSTOM")
    ]
