"""Queries and their pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.errors import ApiError, malformed_query
from sandbox.salesforce.model import ObjectSpec, Row
from sandbox.salesforce.soql.engine import Counted, Grouped, QueryEngine, Selected
from sandbox.salesforce.soql.shape import Pager, Shape

__all__ = ["QueryHandlers"]

_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_SMALLEST_BATCH, _LARGEST_BATCH = 200, 2000
_LOCATOR_LIFE = timedelta(days=2)
_MOST_CURSORS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    answer: Selected
    batch: int
    opened: datetime


class QueryHandlers:
    """Answers `/query` and `/queryAll`, and keeps what is still to be fetched."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org
        self._engine = QueryEngine(org.database)
        self._cursors: dict[str, _Cursor] = {}

    def query(self, request: ApiRequest, *, with_deleted: bool) -> ApiResponse:
        """Answer a query with its first page."""
        text = request.query.get("q")
        if not text:
            raise malformed_query("unexpected token: '<EOF>'")
        if with_deleted:
            self._org.database.empty_old_bin()
        batch = self._batch(request)
        answer = self._engine.run(text, with_deleted=with_deleted, page=self._pager(batch))
        if isinstance(answer, Counted):
            return ApiResponse(body=_page(answer.total, []))
        if isinstance(answer, Grouped):
            return self._grouped(answer)
        if len(answer.ids) <= batch:
            records = self._records(answer, request.version, 0, len(answer.ids))
            return ApiResponse(body=_page(len(answer.ids), records))
        locator = self._open(_Cursor(answer=answer, batch=batch, opened=self._now()))
        return self._next(request, locator, self._cursors[locator], 0)

    def more(self, request: ApiRequest, locator: str) -> ApiResponse:
        """Give a later page."""
        cursor_id, _, start = locator.rpartition("-")
        cursor = self._cursors.get(cursor_id)
        if cursor is None or self._now() - cursor.opened > _LOCATOR_LIFE:
            raise _dead_locator()
        if not start.isdecimal() or not 0 < int(start[:9]) < len(cursor.answer.ids):
            raise _dead_locator()
        return self._next(request, cursor_id, cursor, int(start))

    def forget_locators(self) -> None:
        """Make every open locator a dead one."""
        self._cursors.clear()

    def _pager(self, batch: int) -> Pager:
        """Give what puts a list of children into pages of the same size as their parents."""

        def page(spec: ObjectSpec, shape: Shape, rows: list[Row], version: str) -> JsonObject:
            records: list[Json] = [shape.show(spec.name, one, version) for one in rows[:batch]]
            if len(rows) <= batch:
                return _page(len(rows), records)
            answer = Selected(spec, [str(row["Id"]) for row in rows], shape)
            locator = self._open(_Cursor(answer=answer, batch=batch, opened=self._now()))
            return _page(len(rows), records, _following(version, locator, batch))

        return page

    def _grouped(self, answer: Grouped) -> ApiResponse:
        if len(answer.results) > _LARGEST_BATCH:
            raise ApiError(
                "EXCEEDED_ID_LIMIT",
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results "
                "to a single batch",
            )
        return ApiResponse(body=_page(len(answer.results), [*answer.results]))

    def _next(self, request: ApiRequest, locator: str, cursor: _Cursor, start: int) -> ApiResponse:
        total = len(cursor.answer.ids)
        stop = min(start + cursor.batch, total)
        records = self._records(cursor.answer, request.version, start, stop)
        following = None
        if stop < total:
            following = _following(request.version, locator, stop)
        return ApiResponse(body=_page(total, records, following))

    def _records(self, answer: Selected, version: str, start: int, stop: int) -> list[Json]:
        rows = self._org.table(answer.spec).rows
        show, name = answer.shape.show, answer.spec.name
        return [show(name, rows[one], version) for one in answer.ids[start:stop] if one in rows]

    def _batch(self, request: ApiRequest) -> int:
        asked = _BATCH.search(request.header("Sforce-Query-Options"))
        wanted = int(asked[1]) if asked else _LARGEST_BATCH
        wanted = min(max(wanted, _SMALLEST_BATCH), _LARGEST_BATCH)
        return min(wanted, self._org.store.switches.rows_per_page)

    def _open(self, cursor: _Cursor) -> str:
        while len(self._cursors) >= _MOST_CURSORS:
            del self._cursors[next(iter(self._cursors))]
        locator = self._org.database.mint.next_id(self._org.store.switches.locator_prefix)
        self._cursors[locator] = cursor
        return locator

    def _now(self) -> datetime:
        return self._org.database.clock.now()


def _dead_locator() -> ApiError:
    return ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")


def _following(version: str, locator: str, start: int) -> str:
    return f"/services/data/v{version}/query/{locator}-{start}"


def _page(total: int, records: list[Json], following: str | None = None) -> JsonObject:
    page: JsonObject = {"totalSize": total, "done": following is None}
    if following is not None:
        page["nextRecordsUrl"] = following
    page["records"] = records
    return page
