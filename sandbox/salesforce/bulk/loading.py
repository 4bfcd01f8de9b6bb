"""Ingest jobs: rows of CSV written one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.org import Org
from sandbox.salesforce.bulk.csv_text import CsvProblem, read_table
from sandbox.salesforce.bulk.job import Job, JobState
from sandbox.salesforce.errors import ApiError, invalid_cross_reference
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec
from sandbox.salesforce.saving import WriteContext
from sandbox.salesforce.wire import to_stamp

__all__ = ["LoadJob", "Loader"]

_CHUNK = 200
_NULL = "#N/A"
_WAITING_PART = 0.2
_BY_ID = ("update", "delete", "hardDelete")


@dataclass(slots=True, kw_only=True)
class LoadJob(Job):
    """A job that writes records."""

    key: FieldSpec | None = None
    text: str | None = None
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    succeeded: list[list[str]] = field(default_factory=list)
    failed: list[list[str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    @property
    def unprocessed(self) -> Sequence[list[str]]:
        """Give the rows that were not reached."""
        return self.rows[self.processed :]

    def created_info(self) -> JsonObject:
        """Show the job as it is shown when it was made."""
        return {
            **self.short_info(),
            "contentUrl": f"services/data/v{self.version}/jobs/ingest/{self.id}/batches",
            **self.form_info(),
        }

    def listed_info(self) -> JsonObject:
        """Show the job as a list does."""
        info = {**self.short_info(), "jobType": "V2Ingest"}
        if self.state is JobState.OPEN:
            url = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
            info["contentUrl"] = url
        return info | self.form_info()

    def full_info(self) -> JsonObject:
        """Show the job with its counts."""
        progress = self.progress_info()
        return {
            **self.listed_info(),
            **progress,
            "numberRecordsFailed": len(self.failed),
            "apiActiveProcessingTime": progress["totalProcessingTime"],
            "apexProcessingTime": 0,
        }


class Loader:
    """Works on ingest jobs as the clock goes on."""

    def __init__(self, org: Org) -> None:
        """Write into one org."""
        self._org = org

    def start(self, job: LoadJob, now: datetime) -> None:
        """Read the uploaded file and begin; a file that cannot be loaded fails the job."""
        job.started = now
        job.enter(JobState.UPLOAD_COMPLETE, now)
        try:
            job.header, job.rows = read_table(job.text or "", job.form)
            self._check_columns(job)
        except CsvProblem as exc:
            job.error = str(exc)

    def advance(self, job: LoadJob, now: datetime) -> None:
        """Bring a job to where it is at a time."""
        takes = self._org.store.switches.bulk_job_takes
        began = job.started or now
        if job.error:
            job.enter(JobState.FAILED, now)
            return
        part = 1.0 if takes <= timedelta(0) else (now - began) / takes
        if part >= 1.0:
            self._write_up_to(job, len(job.rows), began + takes)
            job.enter(JobState.JOB_COMPLETE, began + takes)
        elif part >= _WAITING_PART:
            done = (part - _WAITING_PART) / (1.0 - _WAITING_PART)
            reached = int(len(job.rows) * done) // _CHUNK * _CHUNK
            self._write_up_to(job, reached, now)
            job.enter(JobState.IN_PROGRESS, now)

    def _check_columns(self, job: LoadJob) -> None:
        names = [name.lower() for name in job.header]
        for name in job.header:
            if _column(job.spec, name) is None:
                raise CsvProblem(f"InvalidBatch : Field name not found : {name}")
        if job.operation in _BY_ID and "id" not in names:
            raise CsvProblem("InvalidBatch : Field name not found : Id")
        if job.operation in ("delete", "hardDelete") and len(names) > 1:
            raise CsvProblem(
                f"InvalidBatch : {job.operation} batch must contain only the Id column"
            )
        if job.key is not None and job.key.name.lower() not in names:
            raise CsvProblem(f"InvalidBatch : Field name not found : {job.key.name}")

    def _write_up_to(self, job: LoadJob, reached: int, at: datetime) -> None:
        switches = self._org.store.switches
        context = WriteContext(
            user_id=job.user_id,
            allow_duplicates=not switches.bulk_checks_duplicate_rules,
            stamp=to_stamp(at),
        )
        while job.processed < reached:
            if job.processed % _CHUNK == 0:
                job.seen.clear()
            self._write(job, job.rows[job.processed], context)
            job.processed += 1

    def _write(self, job: LoadJob, cells: list[str], context: WriteContext) -> None:
        try:
            with self._org.database.transaction():
                record_id, created = self._written(job, cells, context)
        except ApiError as exc:
            job.failed.append([_given_id(job, cells), _problem(exc), *cells])
        else:
            job.succeeded.append([record_id, "true" if created else "false", *cells])

    def _written(self, job: LoadJob, cells: list[str], context: WriteContext) -> tuple[str, bool]:
        saver, spec = self._org.store.saver, job.spec
        body = self._body(job, cells)
        match job.operation:
            case "insert":
                return saver.create(spec, body, context), True
            case "upsert":
                return self._upserted(job, body, context)
        record_id = self._row_id(job, body.pop("Id", None))
        match job.operation:
            case "update":
                saver.update(spec, record_id, body, context)
            case "delete":
                self._org.store.lifecycle.delete(spec, record_id, context)
            case _:
                if self._org.table(spec).rows.get(record_id) is None:
                    raise invalid_cross_reference()
                self._org.store.lifecycle.purge(spec, record_id)
        return record_id, False

    def _upserted(
        self, job: LoadJob, body: dict[str, Json], context: WriteContext
    ) -> tuple[str, bool]:
        saver, spec, key = self._org.store.saver, job.spec, job.key
        assert key is not None
        value = body.get(key.name)
        if value is None and key.type is FieldType.ID:
            return saver.create(spec, body, context), True
        if value is None:
            raise ApiError("MISSING_ARGUMENT", f"{key.name} not specified", fields=())
        self._note(job, str(value) if key.case_sensitive else str(value).casefold(), str(value))
        found = self._org.ids_by_key(spec, key, value)
        if len(found) > 1:
            text = f"{key.name}: more than one record found for external id field: {found}"
            raise ApiError("DUPLICATE_EXTERNAL_ID", text, fields=(key.name,))
        if found:
            changes = {name: one for name, one in body.items() if name != key.name}
            saver.update(spec, found[0], changes, context)
            return found[0], False
        if key.type is FieldType.ID:
            raise invalid_cross_reference()
        return saver.create(spec, body, context), True

    def _note(self, job: LoadJob, spelled: str, shown: str) -> None:
        if spelled in job.seen:
            raise ApiError(
                "DUPLICATE_VALUE",
                f"Duplicate external id specified: {shown}",
                fields=() if job.key is None else (job.key.name,),
            )
        job.seen.add(spelled)

    def _row_id(self, job: LoadJob, written: Json) -> str:
        if written is None:
            raise ApiError(
                "MISSING_ARGUMENT", f"Id not specified in an {job.operation} call", fields=()
            )
        record_id = to_18(str(written).strip())
        if record_id is None:
            raise ApiError("MALFORMED_ID", f"bad id {written}", fields=("Id",))
        if self._org.database.schema.of_id(record_id) is not job.spec:
            text = f"{job.spec.label} ID: id value of incorrect type: {written}"
            raise ApiError("MALFORMED_ID", text, fields=("Id",))
        if record_id in job.seen:
            raise ApiError("DUPLICATE_VALUE", f"duplicate id in list: {record_id}", fields=())
        job.seen.add(record_id)
        return record_id

    def _body(self, job: LoadJob, cells: list[str]) -> dict[str, Json]:
        """Give a row as the body of a write; an empty cell leaves its field as it is."""
        body: dict[str, Json] = {}
        for name, cell in zip(job.header, cells, strict=True):
            if cell == "":
                continue
            column = _column(job.spec, name)
            assert column is not None
            reference, target, field_spec = column
            value = self._value(field_spec, cell)
            if reference is None:
                body[field_spec.name] = value
            elif value is None:
                body[reference.name] = None
            else:
                about: JsonObject = {"attributes": {"type": target}} if target else {}
                body[str(reference.relationship)] = {**about, field_spec.name: value}
        return body

    def _value(self, spec: FieldSpec, cell: str) -> Json:
        if cell == _NULL:
            return None
        if spec.type is FieldType.BOOLEAN and self._org.store.switches.bulk_flags_are_numbers_too:
            return {"1": True, "0": False}.get(cell, cell)
        return cell


def _column(spec: ObjectSpec, name: str) -> tuple[FieldSpec | None, str, FieldSpec] | None:
    """Find what a column is: a field, or a parent's key as in `Account.Ext__c`."""
    relationship, dot, last = name.strip().partition(".")
    if not dot:
        found = spec.find(relationship)
        return None if found is None else (None, "", found)
    target, colon, path = relationship.rpartition(":")
    reference = spec.parent(target or path)
    if reference is None:
        return None
    key = FieldSpec(name=last, label=last, type=FieldType.STRING)
    return reference, path if colon else "", key


def _given_id(job: LoadJob, cells: list[str]) -> str:
    """Give the id a row named, which its result repeats; an insert has none."""
    names = [name.lower() for name in job.header]
    if job.operation == "insert" or "id" not in names:
        return ""
    return cells[names.index("id")]


def _problem(error: ApiError) -> str:
    fields = ",".join(error.fields or ())
    return f"{error.code}:{error.message}:{fields + ' ' if fields else ''}--"
