"""Query jobs: the answer to a query as pages of CSV."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.bulk.job import Job, JobState
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row
from sandbox.salesforce.soql.aggregate import is_aggregate
from sandbox.salesforce.soql.ast import Query, Subquery, TypeOf
from sandbox.salesforce.soql.engine import QueryEngine, Selected
from sandbox.salesforce.soql.shape import Cases, Children, Computed, Parent, Shape

__all__ = ["ExtractJob", "Extractor", "page_start"]

_WAITING_PART = 0.2
Column = Callable[[Row], str]


@dataclass(slots=True, kw_only=True)
class ExtractJob(Job):
    """A job that reads records."""

    query: str
    header: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def created_info(self) -> JsonObject:
        """Show the job as it is shown when it was made."""
        return {**self.short_info(), **self.form_info()}

    def listed_info(self) -> JsonObject:
        """Show the job as a list does."""
        return {**self.short_info(), "jobType": "V2Query", **self.form_info()}

    def full_info(self) -> JsonObject:
        """Show the job with its counts."""
        return {**self.listed_info(), **self.progress_info(), "isPkChunkingSupported": True}


class Extractor:
    """Checks the queries of jobs and answers them as the clock goes on."""

    def __init__(self, org: Org) -> None:
        """Read from one org."""
        self._org = org
        self._engine = QueryEngine(org.database)

    def check(self, text: str) -> ObjectSpec:
        """Give the object a query is about; raises on what bulk queries may not do."""
        query = self._engine.parse(text)
        refused = _refused(query)
        if refused:
            raise ApiError("API_ERROR", refused)
        answer = self._selected(text, with_deleted=False)
        _columns(answer.shape, answer.spec, "", str)
        return answer.spec

    def advance(self, job: ExtractJob, now: datetime) -> None:
        """Bring a job to where it is at a time."""
        takes = self._org.store.switches.bulk_job_takes
        began = job.started or now
        part = 1.0 if takes <= timedelta(0) else (now - began) / takes
        if part < 1.0:
            if part >= _WAITING_PART:
                job.enter(JobState.IN_PROGRESS, now)
            return
        answer = self._selected(job.query, with_deleted=job.operation == "queryAll")
        table = self._org.table(answer.spec)
        columns = _columns(answer.shape, answer.spec, "", self._stamp)
        job.header = [name for name, _ in columns]
        job.columns = [column for _, column in columns]
        job.rows = [table.rows[one] for one in answer.ids]
        job.processed = len(job.rows)
        job.enter(JobState.JOB_COMPLETE, began + takes)

    def page(self, job: ExtractJob, start: int, most: int | None) -> tuple[str, int, str]:
        """Give rows as CSV, how many, and the locator of the next page or `null`."""
        stop = len(job.rows) if most is None else min(start + most, len(job.rows))
        rows = ([column(row) for column in job.columns] for row in job.rows[start:stop])
        text = job.form.lines([job.header, *rows])
        locator = _locator(stop) if stop < len(job.rows) else "null"
        return text, max(0, stop - start), locator

    def _selected(self, text: str, *, with_deleted: bool) -> Selected:
        answer = self._engine.run(text, with_deleted=with_deleted)
        assert isinstance(answer, Selected)
        return answer

    def _stamp(self, stamp: str) -> str:
        ends_in_z = self._org.store.switches.bulk_stamps_end_in_z
        return stamp.replace("+0000", "Z") if ends_in_z else stamp


def page_start(job: ExtractJob, locator: str) -> int:
    """Give the row at which a locator's page begins; raises on a locator of nobody."""
    if not locator:
        return 0
    try:
        start = int(base64.b64decode(locator + "=" * (-len(locator) % 4), validate=True)[:10])
    except (binascii.Error, ValueError) as exc:
        raise _bad_locator() from exc
    if not 0 < start < len(job.rows):
        raise _bad_locator()
    return start


def _bad_locator() -> ApiError:
    return ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")


def _locator(row: int) -> str:
    return base64.b64encode(str(row).encode()).decode().rstrip("=")


def _refused(query: Query) -> str | None:
    """Say what in a query a bulk job may not do."""
    if any(isinstance(item, Subquery) for item in query.select):
        return "Aggregate Relationships not supported in Bulk Query"
    if any(isinstance(item, TypeOf) for item in query.select):
        return "TYPEOF not supported in Bulk Query"
    if is_aggregate(query):
        return "Aggregate functions and GROUP BY not supported in Bulk Query"
    if query.offset:
        return "OFFSET not supported in Bulk Query"
    return None


def _columns(
    shape: Shape, spec: ObjectSpec, lead: str, stamp: Callable[[str], str]
) -> list[tuple[str, Column]]:
    """Give the columns of a shape, those of parents with their path."""
    columns: list[tuple[str, Column]] = []
    for key, part in shape.parts.items():
        if isinstance(part, FieldSpec):
            if part.type is FieldType.ADDRESS:
                raise ApiError("API_ERROR", "Selecting compound data not supported in Bulk Query")
            columns.append((lead + key, _cell(part, stamp)))
        elif isinstance(part, Parent):
            columns.extend(_of_parent(shape, part, key, spec, lead, stamp))
        elif isinstance(part, Computed):
            columns.append((lead + key, _computed(part)))
        else:
            assert not isinstance(part, (Children, Cases))
    return columns


def _of_parent(
    shape: Shape,
    part: Parent,
    key: str,
    spec: ObjectSpec,
    lead: str,
    stamp: Callable[[str], str],
) -> list[tuple[str, Column]]:
    def through(column: Column) -> Column:
        def read(row: Row) -> str:
            found = shape.follow(part.reference, row)
            return "" if found is None else column(found[1])

        return read

    inner = _columns(part.shape, spec, f"{lead}{key}.", stamp)
    return [(name, through(column)) for name, column in inner]


def _cell(spec: FieldSpec, stamp: Callable[[str], str]) -> Column:
    name, null = spec.name, spec.null
    if spec.type is FieldType.DATETIME:
        return lambda row: stamp(str(row[name])) if row.get(name) is not None else ""
    return lambda row: _text(row.get(name, null))


def _computed(part: Computed) -> Column:
    get = part.get
    return lambda row: _text(get(row))


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
