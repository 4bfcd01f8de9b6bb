"""Ingest jobs of Bulk API 2.0: made, loaded, started, waited for, and what became of their rows.

The vendor's own calls for it have no time-outs and keep a token that has ended; these go through
the client as all calls do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.retry import ONCE_ONLY
from connectors.salesforce.bulk_file import read_rows
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.values import Json
from sync.domain.errors import ConnectorError, RecordRejectedError, RetryableError, UnavailableError

__all__ = ["Job", "JobState", "Jobs", "still_running"]

_JOBS = "jobs/ingest"

#: Pauses between two looks at a job, in seconds: for each 1,000 rows the first is a second longer.
_FIRST_PAUSE = 0.5
_ROWS_A_SECOND = 1_000
_GROWTH = 1.5
_LONGEST_PAUSE = 30.0

#: How often a file is uploaded before the run gives up.
_UPLOADS = 3


class JobState(StrEnum):
    """How far a job is; a word that is none of these is taken for one still at work."""

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    WORKING = "InProgress"
    DONE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


_OVER = frozenset({JobState.DONE, JobState.FAILED, JobState.ABORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as Salesforce tells of it; `why` says what failed it, in its words."""

    id: str
    object_name: str
    state: str
    user_id: str
    processed: int
    failed: int
    why: str

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is done for it."""
        return self.state in _OVER


class Jobs:
    """Makes ingest jobs and follows them; `longest` is how many seconds one may take."""

    def __init__(
        self, client: SalesforceClient, *, sleep: Callable[[float], object], longest: float
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._longest = longest

    def make(self, object_name: str, operation: str) -> Job:
        """Make a job; a second one, where an answer was lost, does no harm without a file."""
        wanted: Json = {
            "object": object_name,
            "operation": operation,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        call = Call(operation=f"bulk {operation}", object_name=object_name)
        return _read(self._json("POST", _JOBS, call, body=wanted), call)

    def started(self, job: Job, operation: str, content: bytes) -> Job:
        """Upload the file of a job and have it worked on; give the job as it is then.

        Where nobody answered an upload, its job is left, which writes nothing unless it is
        started, and another one made.
        """
        call = Call(operation="bulk upload", object_name=job.object_name)
        for left in reversed(range(_UPLOADS)):
            path = f"{_JOBS}/{job.id}/batches"
            try:
                self._client.send("PUT", path, call, body=content, writes=True, policy=ONCE_ONLY)
                break
            except RetryableError as error:
                if not (error.maybe_done and left):
                    raise
                self._try_to_abort(job, call)
                job = self.make(job.object_name, operation)
        return self._begun(job)

    def waited_for(self, job: Job, *, rows: int = 0) -> Job:
        """Give the job once it is over; as it is by then, where it takes longer than it may.

        How many `rows` it has tells how long it takes at least.
        """
        call = Call(operation="bulk", object_name=job.object_name)
        waited = 0.0
        for pause in _pauses(rows):
            if job.is_over or waited >= self._longest:
                break
            self._sleep(pause)
            waited += pause
            job = self.look(job.id, call)
        return job

    def look(self, job_id: str, call: Call) -> Job:
        """Ask how far a job is."""
        return _read(self._json("GET", f"{_JOBS}/{job_id}", call), call)

    def aborted(self, job: Job) -> Job:
        """End a job; give it as it is after that, which may be at work all the same."""
        call = Call(operation="bulk abort", object_name=job.object_name)
        self._try_to_abort(job, call)
        return self.look(job.id, call)

    def succeeded(self, job: Job) -> list[Mapping[str, str]]:
        """Read the rows that were written, with `sf__Id` and what was sent."""
        return self._rows(job, "successfulResults", job.processed - job.failed)

    def failed(self, job: Job) -> list[Mapping[str, str]]:
        """Read the rows that were refused, with `sf__Error` and what was sent."""
        return self._rows(job, "failedResults", job.failed)

    def at_work(self) -> Iterator[Job]:
        """Find the jobs that are waiting or worked on, of all users."""
        call = Call(operation="bulk list")
        path: str | None = f"{_JOBS}?jobType=V2Ingest"
        while path is not None:
            body = self._json("GET", path, call)
            listed = body.get("records")
            if not isinstance(listed, list):
                raise unreadable_error(call)
            jobs = [_read(each, call) for each in listed]
            yield from (job for job in jobs if not job.is_over and job.state != JobState.OPEN)
            following = body.get("nextRecordsUrl")
            path = str(following).partition(f"/{_JOBS}")[2] if following else None
            path = None if path is None else f"{_JOBS}{path}"

    def _begun(self, job: Job) -> Job:
        """Have a job worked on; asked a second time, it is refused for having begun."""
        call = Call(operation="bulk start", object_name=job.object_name)
        change: Json = {"state": JobState.UPLOADED.value}
        try:
            return _read(
                self._json("PATCH", f"{_JOBS}/{job.id}", call, body=change, writes=True), call
            )
        except RecordRejectedError:
            now = self.look(job.id, call)
            if now.state == JobState.OPEN:
                raise
            return now

    def _try_to_abort(self, job: Job, call: Call) -> None:
        change: Json = {"state": JobState.ABORTED.value}
        try:
            self._json("PATCH", f"{_JOBS}/{job.id}", call, body=change)
        except ConnectorError:
            return  # it is over, or cannot be ended any more; whoever asks looks

    def _rows(self, job: Job, which: str, expected: int) -> list[Mapping[str, str]]:
        if expected <= 0:
            return []

        def read(content: bytes) -> list[Mapping[str, str]]:
            rows = read_rows(content.decode("utf-8-sig"))
            if len(rows) < expected or not all("sf__Id" in row for row in rows):
                raise ValueError("a part of the rows is missing")
            return rows

        call = Call(operation="bulk results", object_name=job.object_name)
        rows: list[Mapping[str, str]] = self._client.send(
            "GET", f"{_JOBS}/{job.id}/{which}", call, read=read
        ).body
        return rows

    def _json(
        self, method: str, path: str, call: Call, *, body: Json = None, writes: bool = False
    ) -> Any:  # parsed JSON
        answer = self._client.send_json(method, path, call, body=body, writes=writes)
        if not isinstance(answer.body, dict):
            raise unreadable_error(call)
        return answer.body


def still_running(job: Job) -> UnavailableError:
    """Give the error for a job whose end cannot be waited for."""
    return UnavailableError(
        f"Salesforce is still working on bulk job {job.id} for {job.object_name} ({job.state}); "
        "the next run waits for it and looks what became of it. Setup, 'Bulk Data Load Jobs' "
        "shows how far it is.",
        maybe_done=True,
        system="Salesforce",
        object_name=job.object_name,
        operation="bulk",
        code="BULK_JOB_RUNNING",
    )


def _pauses(rows: int) -> Iterator[float]:
    pause = _FIRST_PAUSE + rows / _ROWS_A_SECOND
    while True:
        yield min(pause, _LONGEST_PAUSE)
        pause *= _GROWTH


def _read(body: Mapping[str, Any], call: Call) -> Job:
    try:
        return Job(
            id=str(body["id"]),
            object_name=str(body["object"]),
            state=str(body["state"]),
            user_id=str(body.get("createdById") or ""),
            processed=int(body.get("numberRecordsProcessed") or 0),
            failed=int(body.get("numberRecordsFailed") or 0),
            why=str(body.get("errorMessage") or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise unreadable_error(call) from exc
