"""The job that runs by itself: a round whenever one is due, until it is asked to end."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.after_runs import AfterRuns, check_wishes
from console.answers import Told, paths_of
from console.ended import Ends
from console.run_ends import was_interrupted
from console.stopping import SignalStop, stopped_by_signals
from console.syncing import run_once
from console.wiring import Purpose, chosen_pairs, now, open_workshop
from sync.domain.errors import CrmSyncError, PairRenamedError
from sync.domain.store import PlanState
from sync.ops.schedule import Schedule, Wait, after_round, first_round, next_step

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from console.listening import Answer
    from console.taken_files import Look, TakenFiles

__all__ = ["Wishes", "run_every"]

#: What a CRM did not bear of changed files is tried again after this long.
_AGAIN = timedelta(hours=1)

_TERMINATED = frozenset({"terminated", "interrupted"})
_TEMPORARY = 3
#: Ends by which changed files have shown that a run can go by them.
_BORNE = frozenset({0, 1, 4})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a job was asked to do: how often, on what, and what it tells of it.

    `rounds` is how many there are, None for no end.
    """

    every: timedelta
    jitter: timedelta | None = None
    only: str | None = None
    fail_on: str = "new"
    rounds: int | None = None
    listen: str | None = None
    report: Path | None = None
    metrics_file: Path | None = None
    as_json: bool = False

    @property
    def schedule(self) -> Schedule:
        """When rounds begin; they are put off by a tenth of the pause at most, and 30 s."""
        usual = min(self.every / 10, timedelta(seconds=30))
        return Schedule(every=self.every, jitter=usual if self.jitter is None else self.jitter)


def run_every(
    folder: Path,
    wishes: Wishes,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = now,
    draw: Callable[[], float] = random.random,
    stop: SignalStop | None = None,
) -> int:
    """Run rounds until the job is asked to end; give the exit code.

    0 when it is asked between rounds, 3 when that cut one off, with `rounds` that of the last one.
    Raises what is wrong with the project or the wishes before the first round. Without a `stop`
    signals ask the job to end.
    """
    from console.listening import Listener, read_address
    from console.taken_files import TakenFiles

    with ExitStack() as stack:
        stop = stop or stack.enter_context(stopped_by_signals(environment))
        files = stack.enter_context(TakenFiles(folder, environment))
        if wishes.only is not None:
            chosen_pairs(files.current.pairs, wishes.only)
        check_wishes(files.current.project, report=wishes.report, metrics_file=wishes.metrics_file)
        job = _Job(folder, wishes, files, environment=environment, clock=clock, stop=stop)
        if wishes.listen is not None:
            address = read_address(wishes.listen)
            listener = stack.enter_context(Listener(address, job.paths()))
            _log().info("listening", address=address[0], port=listener.port)
        stack.callback(job.leave)
        return job.go_on(draw)


class _Job:
    """One job and what it knows between rounds."""

    def __init__(
        self,
        folder: Path,
        wishes: Wishes,
        files: TakenFiles,
        *,
        environment: Mapping[str, str],
        clock: Callable[[], datetime],
        stop: SignalStop,
    ) -> None:
        self._folder = folder
        self._wishes = wishes
        self._files = files
        self._environment = environment
        self._clock = clock
        self._stop = stop
        self._after = AfterRuns(
            name=folder.resolve().name,
            report=wishes.report,
            metrics_file=wishes.metrics_file,
            counts=wishes.listen is not None,
            every=wishes.every,
            sleep=stop.wait,
        )
        self._pending = first_round(clock())
        self._news: tuple[object, ...] = ()
        self._again_at: datetime | None = None
        # What requests are answered from: threads read it, and only whole.
        self._told = Told(moved=clock())

    def paths(self) -> dict[str, Callable[[], Answer]]:
        """Give what is answered over HTTP."""
        return paths_of(lambda: self._told, clock=self._clock)

    def go_on(self, draw: Callable[[], float]) -> int:
        """Wait and run by turns."""
        _log().info("schedule_started", every_seconds=self._wishes.every.total_seconds())
        done = 0
        while True:
            self._told = replace(self._told, moved=self._clock())
            self._pending, step = next_step(self._pending, self._clock())
            if isinstance(step, Wait):
                if self._stop.wait(step.span.total_seconds()):
                    return 0
                self._hasten()
                continue
            report = self._round(draw())
            done += 1
            if self._stop.asked:
                return _TEMPORARY if report["stopped"] in _TERMINATED else 0
            if done == self._wishes.rounds:
                return int(report["exit"])

    def leave(self) -> None:
        """Say in the state that no schedule is kept any more."""
        _log().info("schedule_ended")
        from console.signs import SCHEDULE
        from sync.state import open_store

        with (
            suppress(CrmSyncError),
            open_store(self._files.current.project.state, create=False) as store,
        ):
            store.runs.keep_note(SCHEDULE, "")

    # --- one round --------------------------------------------------------------------------

    def _round(self, draw: float) -> Mapping[str, Any]:
        """Run once, do what follows, and decide when the next round is."""
        self._look_at_files()
        self._told = replace(self._told, at_work_since=self._clock())
        report, error = self._run()
        self._pending = after_round(
            self._wishes.schedule,
            self._pending,
            exit=int(report["exit"]),
            stopped=report["stopped"],
            now=self._clock(),
            draw=draw,
        )
        self._judge_files(report, error)
        self._news = self._now_news()
        self._tell(report)
        return report

    def _run(self) -> tuple[Mapping[str, Any], Exception | None]:
        files = self._files.current
        ends = Ends(self._after, clock=self._clock)
        try:
            with (
                open_workshop(
                    self._folder,
                    self._environment,
                    only=self._wishes.only,
                    purpose=Purpose.RUN,
                    clock=self._clock,
                    files=files,
                ) as workshop,
                ends.of(workshop),
            ):
                document = run_once(
                    workshop,
                    as_json=True,
                    fail_on=self._wishes.fail_on,
                    on_stop=ends.stopped,
                    stop=self._stop,
                )
                ends.settle(document)
        # A fault of one round is told and must not be the end of all others.
        except Exception as error:
            if was_interrupted(error) or self._environment.get("REVLOOP_TRACEBACK"):
                raise
            return ends.never_began(error, files.project), error
        return ends.told, None

    def _tell(self, report: Mapping[str, Any]) -> None:
        """Tell how a round went: a terminal one line, machines one document, the log both."""
        due = self._pending.due
        self._told = self._after.told(moved=self._clock(), next_run=due)
        wait = round((due - self._clock()).total_seconds())
        _log(run_id=report["run"] or "none").info(
            "round_ended",
            exit=report["exit"],
            stopped=report["stopped"],
            seconds=report["seconds"],
            line=report["line"],
            message=report["message"],
            failures=self._pending.failures,
            next_in_seconds=max(wait, 0),
        )
        if self._wishes.as_json:
            print(json.dumps({**report, "next": due.isoformat()}), flush=True)
        elif sys.stdout.isatty():
            # Where nobody watches, the log has it.
            print(f"{report['ended'][:19]}Z  {report['line']}; next at {due:%H:%M:%S}Z", flush=True)

    # --- what people change meanwhile -------------------------------------------------------

    def _look_at_files(self) -> None:
        """Take changed files over, or say once why they are not."""
        if self._again_at is not None and self._clock() >= self._again_at:
            self._files.judge_again()
            self._again_at = None
        look = self._files.look()
        if look.taken:
            _log().info("files_taken_over")
        self._refuse(look)

    def _refuse(self, look: Look) -> None:
        if look.refused is not None and look != self._after.refused:
            _log().warning("files_refused", reason=look.refused)
        self._after.refused = look

    def _judge_files(self, report: Mapping[str, Any], error: Exception | None) -> None:
        """Go back to the files before where a CRM does not bear those taken last."""
        from mappings.findings import MappingErrors

        if report["exit"] in _BORNE:
            self._files.stand()
        elif self._files.are_new and isinstance(error, MappingErrors | PairRenamedError):
            self._refuse(self._files.give_back(str(error).splitlines()[0]))
            self._again_at = self._clock() + _AGAIN
            self._pending = replace(self._pending, due=self._clock(), failures=0)

    def _hasten(self) -> None:
        """Run at once where a person did what the last round's end asked for, or may have."""
        if self._pending.needs_person and self._news != (news := self._now_news()):
            self._news = news
            self._pending = replace(self._pending, due=self._clock())

    def _now_news(self) -> tuple[object, ...]:
        if not self._pending.needs_person:
            return ()
        from sync.state import open_store

        approved: int | None = None
        with (
            suppress(CrmSyncError),
            open_store(self._files.current.project.state, create=False) as store,
        ):
            plan = store.plans.newest(PlanState.APPROVED)
            approved = plan.id if plan is not None else None
        return (approved, self._files.fingerprint())


def _log(**bound: str) -> FilteringBoundLogger:
    from sync.ops.logging import get_logger

    return get_logger(**bound)
