"""Bulk API 2.0: `/jobs/ingest` and `/jobs/query`."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.bulk.csv_text import DELIMITERS, LINE_ENDINGS, CsvForm
from sandbox.salesforce.bulk.extracting import ExtractJob, Extractor, page_start
from sandbox.salesforce.bulk.job import Job, JobState, wrong_state
from sandbox.salesforce.bulk.loading import Loader, LoadJob
from sandbox.salesforce.bulk.registry import JobRegistry
from sandbox.salesforce.errors import ApiError, bad_json, not_found
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import FieldSpec, ObjectSpec

__all__ = ["BulkHandlers"]

_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_QUERIES = ("query", "queryAll")
_LARGEST_FILE = 150_000_000
_ROWS_A_BATCH = 10_000
_JOBS_A_PAGE = 1_000
_DAY = timedelta(days=1)


class BulkHandlers:
    """Makes jobs, takes their files, and gives their results."""

    def __init__(self, org: Org) -> None:
        """Serve one org."""
        self._org = org
        self._clock = org.database.clock
        self._loads: JobRegistry[LoadJob] = JobRegistry(self._clock)
        self._extracts: JobRegistry[ExtractJob] = JobRegistry(self._clock)
        self._loader = Loader(org)
        self._extractor = Extractor(org)

    def advance(self) -> None:
        """Work on every job up to the present; asked before each request is answered."""
        if not (self._loads.is_busy or self._extracts.is_busy):
            return
        now = self._clock.now()
        for load in self._loads.working():
            self._loader.advance(load, now)
        for extract in self._extracts.working():
            self._extractor.advance(extract, now)

    def used(self) -> tuple[int, int]:
        """Give the batches and the query jobs of the last 24 hours."""
        loads = self._loads.made_since(_DAY)
        batches = sum(math.ceil(len(job.rows) / _ROWS_A_BATCH) for job in loads)
        return batches, len(self._extracts.made_since(_DAY))

    def create_load(self, request: ApiRequest) -> ApiResponse:
        """Make an ingest job."""
        body = request.object_body()
        operation = _choice(body, "operation", _OPERATIONS)
        spec = self._object(body.get("object"))
        key = self._key(spec, operation, body.get("externalIdFieldName"))
        extra: JsonObject = {} if key is None else {"externalIdFieldName": key.name}
        if isinstance(body.get("assignmentRuleId"), str):
            extra["assignmentRuleId"] = body["assignmentRuleId"]
        now = self._clock.now()
        job = LoadJob(
            id=self._org.database.mint.next_id("750"),
            kind="V2Ingest",
            operation=operation,
            spec=spec,
            form=_form(body),
            version=request.version,
            user_id=request.user_id,
            created=now,
            changed=now,
            key=key,
            extra=extra,
        )
        self._loads.add(job)
        return self._made(job.created_info())

    def upload(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Take the file of a job; there is one file a job."""
        job = self._load(request, job_id)
        if job.state is not JobState.OPEN:
            raise wrong_state("Uploading to", job.state)
        if not isinstance(request.body, str):
            raise ApiError("INVALIDJOB", "Content-Type must be text/csv", status=415)
        if job.text is not None:
            raise ApiError(
                "CLIENTINPUTERROR",
                f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' "
                "the current Job then create a new Job and make sure you only do 'PUT' once on a "
                "given Job.",
            )
        if len(request.body) > _LARGEST_FILE:
            raise ApiError("CLIENTINPUTERROR", "The file is larger than 150 MB", status=413)
        job.text = request.body
        return ApiResponse(status=201)

    def change_load(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Start or abort an ingest job."""
        job = self._load(request, job_id)
        state = request.object_body().get("state")
        now = self._clock.now()
        if state == JobState.UPLOAD_COMPLETE:
            if job.state is not JobState.OPEN:
                raise wrong_state("Closing", job.state)
            self._loader.start(job, now)
            self._loads.begin(job)
        else:
            self._abort(job, state, now)
        info = {**job.short_info(), **job.form_info()}
        self.advance()
        return ApiResponse(body=info)

    def show_load(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Show an ingest job with its counts."""
        return ApiResponse(body=self._load(request, job_id).full_info())

    def delete_load(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Forget an ingest job."""
        job = self._load(request, job_id)
        self._check_deletable(job)
        self._loads.remove(job)
        return ApiResponse(status=204)

    def list_loads(self, request: ApiRequest) -> ApiResponse:
        """List ingest jobs."""
        infos = [job.listed_info() for job in self._loads.all()]
        return self._listed(request, infos, "ingest", kind="V2Ingest")

    def results(self, request: ApiRequest, job_id: str, which: str) -> ApiResponse:
        """Give the rows of an ingest job that succeeded, failed, or were not reached."""
        job = self._load(request, job_id)
        match which.lower():
            case "successfulresults":
                return self._table(job, ["sf__Id", "sf__Created", *job.header], job.succeeded)
            case "failedresults":
                return self._table(job, ["sf__Id", "sf__Error", *job.header], job.failed)
            case "unprocessedrecords":
                return self._table(job, job.header, job.unprocessed if job.state.is_over else [])
        raise not_found()

    def create_extract(self, request: ApiRequest) -> ApiResponse:
        """Make a query job, which begins at once."""
        body = request.object_body()
        operation = _choice(body, "operation", _QUERIES)
        query = body.get("query")
        if not isinstance(query, str) or not query.strip():
            raise ApiError("INVALIDJOB", "query is required")
        now = self._clock.now()
        job = ExtractJob(
            id=self._org.database.mint.next_id("750"),
            kind="V2Query",
            operation=operation,
            spec=self._extractor.check(query),
            form=_form(body),
            version=request.version,
            user_id=request.user_id,
            created=now,
            changed=now,
            started=now,
            state=JobState.UPLOAD_COMPLETE,
            query=query,
        )
        self._extracts.add(job)
        self._extracts.begin(job)
        info = job.created_info()
        self.advance()
        return self._made(info)

    def change_extract(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Abort a query job."""
        job = self._extract(request, job_id)
        self._abort(job, request.object_body().get("state"), self._clock.now())
        return ApiResponse(body=job.created_info())

    def show_extract(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Show a query job with its counts."""
        return ApiResponse(body=self._extract(request, job_id).full_info())

    def delete_extract(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Forget a query job."""
        job = self._extract(request, job_id)
        self._check_deletable(job)
        self._extracts.remove(job)
        return ApiResponse(status=204)

    def list_extracts(self, request: ApiRequest) -> ApiResponse:
        """List query jobs."""
        infos = [job.listed_info() for job in self._extracts.all()]
        return self._listed(request, infos, "query", kind="V2Query")

    def extracted(self, request: ApiRequest, job_id: str) -> ApiResponse:
        """Give a page of a query job's rows."""
        job = self._extract(request, job_id)
        if job.state is not JobState.JOB_COMPLETE:
            raise ApiError(
                "INVALIDJOBSTATE",
                f"Results are not available: the state of the job is {job.state.value}",
            )
        start = page_start(job, request.query.get("locator", ""))
        text, count, locator = self._extractor.page(job, start, _most(request))
        headers = {"Sforce-NumberOfRecords": str(count), "Sforce-Locator": locator}
        return ApiResponse(text=text, headers=headers)

    def _load(self, request: ApiRequest, job_id: str) -> LoadJob:
        return self._loads.find(to_18(job_id) or "", request.version)

    def _extract(self, request: ApiRequest, job_id: str) -> ExtractJob:
        return self._extracts.find(to_18(job_id) or "", request.version)

    def _made(self, info: JsonObject) -> ApiResponse:
        return ApiResponse(status=self._org.store.switches.bulk_create_status, body=info)

    def _abort(self, job: Job, state: Json, now: datetime) -> None:
        if state != JobState.ABORTED:
            raise ApiError("INVALIDJOB", f"state cannot be set to {state}")
        working = job.state is JobState.IN_PROGRESS
        if job.state.is_over or (working and not self._org.store.switches.bulk_abort_while_working):
            raise wrong_state("Aborting", job.state)
        job.enter(JobState.ABORTED, now)

    def _check_deletable(self, job: Job) -> None:
        if not job.state.is_over and job.state is not JobState.UPLOAD_COMPLETE:
            raise ApiError(
                "INVALIDJOBSTATE", f"Deleting {job.state.value} Job not allowed; abort it first"
            )

    def _object(self, name: Json) -> ObjectSpec:
        spec = self._org.database.schema.find(name) if isinstance(name, str) else None
        if spec is None:
            raise ApiError("INVALIDENTITY", f"Unable to find object: {name}")
        return spec

    def _key(self, spec: ObjectSpec, operation: str, name: Json) -> FieldSpec | None:
        if operation != "upsert":
            return None
        if not isinstance(name, str) or not name:
            raise ApiError(
                "INVALIDJOB",
                f"External ID was blank for {spec.name}. An External ID must be specified for "
                "upsert.",
            )
        field = spec.find(name)
        if field is None or not (field.addresses or field.name == "Id"):
            raise ApiError(
                "INVALIDJOB",
                f"Field name provided, {name} does not match an External ID, Salesforce Id, or "
                f"indexed field for {spec.name}",
            )
        return field

    def _table(
        self, job: LoadJob, header: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> ApiResponse:
        switches = self._org.store.switches
        if not rows and not switches.bulk_empty_results_have_header:
            return ApiResponse(text="")
        if switches.bulk_results_shuffled:
            rows = random.Random(job.id).sample(list(rows), len(rows))  # noqa: S311 - no secret
        return ApiResponse(text=job.form.lines([header, *rows]))

    def _listed(
        self, request: ApiRequest, infos: list[JsonObject], resource: str, *, kind: str
    ) -> ApiResponse:
        wanted = request.query.get("jobType", kind)
        shown = [info for info in infos if info["jobType"] == wanted]
        locator = request.query.get("queryLocator", "")
        start = int(locator) if locator.isdigit() and len(locator) < 10 else 0
        stop = start + _JOBS_A_PAGE
        following: Json = None
        if stop < len(shown):
            following = f"/services/data/v{request.version}/jobs/{resource}?queryLocator={stop}"
        records: list[Json] = [*shown[start:stop]]
        return ApiResponse(
            body={"done": following is None, "records": records, "nextRecordsUrl": following}
        )


def _form(body: Mapping[str, Json]) -> CsvForm:
    if body.get("contentType", "CSV") != "CSV":
        raise ApiError("INVALIDJOB", f"Content type {body.get('contentType')} is not supported")
    return CsvForm(
        delimiter=_choice(body, "columnDelimiter", tuple(DELIMITERS), default="COMMA"),
        line_ending=_choice(body, "lineEnding", tuple(LINE_ENDINGS), default="LF"),
    )


def _choice(
    body: Mapping[str, Json], name: str, allowed: Sequence[str], *, default: str | None = None
) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise bad_json(f"{name} must be one of {', '.join(allowed)}, not {value}")
    return value


def _most(request: ApiRequest) -> int | None:
    written = request.query.get("maxRecords")
    if written is None:
        return None
    if not written.isdigit() or len(written) > 9 or int(written) < 1:
        raise ApiError("INVALID_INPUT", f"maxRecords must be a positive number, not {written}")
    return int(written)
