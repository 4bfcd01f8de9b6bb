"""A bulk job: what it is to do, how far it is, and how the API shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandbox.jsontypes import JsonObject
from sandbox.salesforce.bulk.csv_text import CsvForm
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import ObjectSpec
from sandbox.salesforce.wire import to_stamp

__all__ = ["Job", "JobState", "wrong_state"]


class JobState(StrEnum):
    """How far a job is."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more happens to the job."""
        return self in (JobState.JOB_COMPLETE, JobState.FAILED, JobState.ABORTED)


@dataclass(slots=True, kw_only=True)
class Job:
    """What every job has."""

    id: str
    kind: str
    operation: str
    spec: ObjectSpec
    form: CsvForm
    version: str
    user_id: str
    created: datetime
    changed: datetime
    state: JobState = JobState.OPEN
    started: datetime | None = None
    processed: int = 0
    error: str = ""
    extra: JsonObject = field(default_factory=dict)

    def enter(self, state: JobState, at: datetime) -> None:
        """Go over to another state."""
        self.state = state
        self.changed = at

    def short_info(self) -> JsonObject:
        """Show the job as the answers to its creation and to a change of state do."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.spec.name,
            "createdById": self.user_id,
            "createdDate": to_stamp(self.created),
            "systemModstamp": to_stamp(self.changed),
            "state": self.state.value,
            **self.extra,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
        }

    def form_info(self) -> JsonObject:
        """Show how the job's files are written."""
        return {"lineEnding": self.form.line_ending, "columnDelimiter": self.form.delimiter}

    def progress_info(self) -> JsonObject:
        """Show how far the job is."""
        spent = max(0, int((self.changed - (self.started or self.changed)).total_seconds() * 1000))
        info: JsonObject = {
            "numberRecordsProcessed": self.processed,
            "retries": 0,
            "totalProcessingTime": spent,
        }
        if self.error:
            info["errorMessage"] = self.error
        return info


def wrong_state(doing: str, state: JobState) -> ApiError:
    """A job cannot be changed any more."""
    named = "Completed" if state is JobState.JOB_COMPLETE else state.value
    return ApiError("INVALIDJOBSTATE", f"{doing} already {named} Job not allowed")
