"""What follows a run: it is reported, counted, and somebody is told; nothing of it can fail one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.taken_files import Look
from sync.domain.errors import CrmSyncError, StateError
from sync.ops.health import Signs
from sync.ops.metrics import Gauges, Totals
from sync.ops.notices import Notice, Standing, decide, refusal

if TYPE_CHECKING:
    from console.answers import Told
    from mappings.project import Project
    from sync.state import SqlStore

__all__ = ["AfterRuns", "check_wishes"]

#: Under these notes stands what somebody was told last, and what runs add up to.
_TOLD = "notices"
_TOTALS = "totals"

_UNWRITTEN = "see that the folder is there and that this user may write to it"


@dataclass(slots=True, kw_only=True)
class AfterRuns:
    """Does with each run's end what was asked for.

    `name` is what the project is called in messages. `report` is a file or folder beside the
    project's own, `metrics_file` a file for the node exporter; `counts` tells that metrics are
    wanted although no file is. `every` is how often a job runs by itself, `refused` what it did not
    take over of changed files. What is told and counted is kept in the state, and in here where
    that cannot be used.
    """

    name: str
    report: Path | None = None
    metrics_file: Path | None = None
    counts: bool = False
    every: timedelta | None = None
    refused: Look = field(default_factory=Look)
    sleep: Callable[[float], object] = time.sleep
    totals: Totals = field(default_factory=Totals)
    gauges: Gauges = field(default_factory=Gauges)
    signs: Signs = field(default_factory=Signs)
    standing: Standing = field(default_factory=Standing)

    def settle(
        self,
        project: Project,
        store: SqlStore | None,
        report: Mapping[str, Any],
        *,
        pairs: tuple[str, ...] = (),
    ) -> None:
        """Report, count and tell one run."""
        self._write_reports(project, report)
        if self.every is not None:
            self._note_schedule(store, self.every)
        if self.counts or self.metrics_file is not None:
            self._count(store, report, pairs)
        if project.notify:
            with suppress(StateError):
                if store is not None:
                    self.standing = Standing.from_json(store.runs.note(_TOLD))
            self._tell(project, store, *decide(self.standing, report, project=self.name))
            self._tell(
                project,
                store,
                *refusal(
                    self.standing,
                    files=self.refused.files,
                    message=self.refused.refused or "",
                    at=str(report["ended"]),
                    project=self.name,
                ),
            )

    def told(self, *, moved: datetime, next_run: datetime) -> Told:
        """Give what requests are answered from until the next run ends."""
        from console.answers import Told
        from sync.ops.metrics import exposition

        if not self.counts:
            return Told(moved=moved)
        gauges = replace(
            self.gauges, next_run=next_run, files_refused=self.refused.refused is not None
        )
        return Told(moved=moved, signs=self.signs, metrics=exposition(self.totals, gauges))

    def _note_schedule(self, store: SqlStore | None, every: timedelta) -> None:
        """Say in the state how often this job runs, for `revloop health`."""
        from console.signs import SCHEDULE, schedule_text

        text = schedule_text(every=every, refused=self.refused.refused)
        with suppress(StateError):
            if store is not None and store.runs.note(SCHEDULE) != text:
                store.runs.keep_note(SCHEDULE, text)

    def _write_reports(self, project: Project, report: Mapping[str, Any]) -> None:
        from console.run_report import write_report
        from sync.ops.logging import get_logger

        for target in (self.report, project.reports):
            if target is None:
                continue
            try:
                write_report(target, report, keep=project.keep_runs)
            except (CrmSyncError, OSError):
                get_logger().warning("report_not_written", target=str(target), fix=_UNWRITTEN)

    def _count(
        self,
        store: SqlStore | None,
        report: Mapping[str, Any],
        pairs: tuple[str, ...],
    ) -> None:
        from console.signs import gauges_of, signs_of

        ended = datetime.fromisoformat(str(report["ended"]))
        with suppress(StateError):
            if store is not None:
                self.totals = Totals.from_json(store.runs.note(_TOTALS))
        self.totals.add(report)
        with suppress(StateError):
            if store is not None:
                store.runs.keep_note(_TOTALS, self.totals.to_json())
                self.signs = signs_of(store, now=ended)
                self.gauges = gauges_of(store, self.signs, pairs)
        if self.metrics_file is not None:
            self._write_metrics(self.metrics_file)

    def _write_metrics(self, file: Path) -> None:
        from console.output import write_open
        from sync.ops.logging import get_logger
        from sync.ops.metrics import exposition

        try:
            write_open(file, [exposition(self.totals, self.gauges).decode()])
        except CrmSyncError:
            get_logger().warning("metrics_not_written", target=str(file), fix=_UNWRITTEN)

    def _tell(
        self, project: Project, store: SqlStore | None, standing: Standing, notice: Notice | None
    ) -> None:
        """Send a message and remember that; one that is not taken is tried after the next run."""
        from connectors.notify import deliver
        from sync.ops.logging import get_logger

        if notice is not None:
            why = deliver(project.notify, notice.document, sleep=self.sleep)
            if why is not None:
                get_logger().warning("notice_not_taken", about=notice.event.value, reason=why)
                return
        if standing != self.standing:
            self.standing = standing
            with suppress(StateError):
                if store is not None:
                    store.runs.keep_note(_TOLD, standing.to_json())


def check_wishes(project: Project, *, report: Path | None, metrics_file: Path | None) -> None:
    """Refuse what could not be done after a run, before it begins; raises ConfigError."""
    from console.output import check_writable

    if metrics_file is not None:
        check_writable(metrics_file)
    if report is not None and report.suffix and not report.is_dir():
        check_writable(report)
    if project.notify:
        from connectors.notify import check_address

        check_address(project.notify)
