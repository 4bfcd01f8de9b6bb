"""All jobs of an org: made, listed, moved on by the clock, forgotten after a week."""

from __future__ import annotations

from datetime import timedelta
from typing import Generic, TypeVar

from sandbox.clock import Clock
from sandbox.salesforce.bulk.job import Job, JobState
from sandbox.salesforce.errors import ApiError, not_found

__all__ = ["JobRegistry"]

_KEPT = timedelta(days=7)
_JobT = TypeVar("_JobT", bound=Job)


class JobRegistry(Generic[_JobT]):
    """The jobs of one kind, oldest first."""

    def __init__(self, clock: Clock) -> None:
        """Start without a job."""
        self._clock = clock
        self._jobs: dict[str, _JobT] = {}
        self._working: dict[str, _JobT] = {}

    def add(self, job: _JobT) -> None:
        """Keep a new job."""
        self._forget_old()
        self._jobs[job.id] = job

    def find(self, job_id: str, version: str) -> _JobT:
        """Give a job; raises NOT_FOUND, or 409 for another version than it was made with."""
        job = self._jobs.get(job_id)
        if job is None:
            raise not_found()
        if job.version != version:
            raise ApiError(
                "API_VERSION_MISMATCH",
                f"The job was created with API version {job.version}, not {version}",
                status=409,
            )
        return job

    def all(self) -> list[_JobT]:
        """List all jobs, oldest first."""
        self._forget_old()
        return list(self._jobs.values())

    def remove(self, job: _JobT) -> None:
        """Forget a job."""
        self._jobs.pop(job.id, None)
        self._working.pop(job.id, None)

    def begin(self, job: _JobT) -> None:
        """Note that a job is to be worked on."""
        self._working[job.id] = job

    def working(self) -> list[_JobT]:
        """List the jobs that are not over, in the order they began."""
        for job_id in [one.id for one in self._working.values() if one.state.is_over]:
            del self._working[job_id]
        return list(self._working.values())

    @property
    def is_busy(self) -> bool:
        """Say whether any job is to be worked on."""
        return bool(self._working)

    def made_since(self, age: timedelta) -> list[_JobT]:
        """List the jobs made within a time."""
        oldest = self._clock.now() - age
        return [job for job in self._jobs.values() if job.created > oldest]

    def _forget_old(self) -> None:
        limit = self._clock.now() - _KEPT
        old = [
            job
            for job in self._jobs.values()
            if job.changed < limit and (job.state.is_over or job.state is JobState.OPEN)
        ]
        for job in old:
            self.remove(job)
