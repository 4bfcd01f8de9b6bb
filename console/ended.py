"""Following a run to its end, whatever ends it, with what is done after runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.run_ends import bug_words, was_interrupted
from console.run_report import report_of
from console.wiring import now
from sync.domain.errors import CrmSyncError, StateError

if TYPE_CHECKING:
    from console.after_runs import AfterRuns
    from console.wiring import Workshop
    from mappings.project import Project
    from sync.state import SqlStore

__all__ = ["Ends", "ends_of", "stopped_by"]

_BUG = 70


class Ends:
    """Hears how one run goes; `document` is what is told of it, once that is known."""

    def __init__(self, after: AfterRuns, *, clock: Callable[[], datetime]) -> None:
        """Begin to follow a run that has not begun."""
        self.document: dict[str, Any] | None = None
        self.report: dict[str, Any] | None = None
        self._after = after
        self._clock = clock
        self._began = clock()
        self._workshop: Workshop | None = None

    @contextmanager
    def of(self, workshop: Workshop) -> Iterator[None]:
        """Follow the run in an open project."""
        self._workshop = workshop
        try:
            yield
        except BaseException as error:
            if isinstance(error, Exception) and not was_interrupted(error):
                self._failed(workshop, error)
            raise

    def stopped(self, document: dict[str, Any]) -> None:
        """Hear what stopped the run."""
        self.document = document

    def settle(self, document: dict[str, Any]) -> None:
        """Do what follows a run, while its state is open."""
        assert self._workshop is not None
        workshop = self._workshop
        pairs = tuple(sorted(workshop.known))
        self._settle(workshop.project, workshop.store, document, pairs)

    def _failed(self, workshop: Workshop, error: Exception) -> None:
        """Do what follows a run that ended by an error."""
        if self.report is None:
            document = self.document or stopped_by(error)
            if document["run"] is None:
                document["run"] = self._newest(workshop.store)
            self.settle(document)

    @property
    def told(self) -> dict[str, Any]:
        """What is reported of the run, once it has ended."""
        assert self.report is not None
        return self.report

    def never_began(self, error: Exception, project: Project) -> dict[str, Any]:
        """Do what follows where the project could not even be opened; give the report."""
        from sync.state import open_store

        if self.report is not None:
            return self.report
        store: SqlStore | None = None
        with suppress(StateError):
            store = open_store(project.state, create=False)
        try:
            self._settle(project, store, stopped_by(error), ())
        finally:
            if store is not None:
                store.close()
        return self.told

    def _settle(
        self,
        project: Project,
        store: SqlStore | None,
        document: dict[str, Any],
        pairs: tuple[str, ...],
    ) -> None:
        self.document = document
        self.report = report_of(document, kind="sync", started=self._began, ended=self._clock())
        self._after.settle(project, store, self.report, pairs=pairs)

    def _newest(self, store: SqlStore) -> str | None:
        """Name the run that was begun and could not be set up."""
        with suppress(StateError):
            for run in store.runs.latest(1):
                return run.name if run.started >= self._began and run.kind == "sync" else None
        return None


@contextmanager
def ends_of(
    folder: Path,
    environment: Mapping[str, str],
    after: AfterRuns,
    *,
    clock: Callable[[], datetime] = now,
) -> Iterator[Ends]:
    """Follow one run; what ends it by an error is reported and told, and goes on."""
    ends = Ends(after, clock=clock)
    try:
        yield ends
    except BaseException as error:
        if not was_interrupted(error) and isinstance(error, Exception):
            _settle_failure(ends, error, folder, environment)
        raise


def _settle_failure(
    ends: Ends, error: Exception, folder: Path, environment: Mapping[str, str]
) -> None:
    from mappings.project import load_project

    # Nothing that goes wrong here may hide what went wrong before.
    with suppress(CrmSyncError):
        ends.never_began(error, load_project(folder, environment))


def stopped_by(error: BaseException) -> dict[str, Any]:
    """Give what is told of a run that an error ended."""
    from console.syncing import stopped_json

    if isinstance(error, CrmSyncError):
        return stopped_json(error)
    document = stopped_json(CrmSyncError(bug_words(error)))
    return {**document, "exit": _BUG, "stopped": "bug"}
