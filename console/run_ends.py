"""How a run ended, written down whatever ended it: nothing that stopped one is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.domain.errors import CrmSyncError
from sync.domain.stopping import STOPPED

if TYPE_CHECKING:
    from sync.engine.session import Session
    from sync.state import SqlStore

__all__ = [
    "bug_words",
    "end_run",
    "end_written",
    "was_interrupted",
    "why_kept",
    "why_of",
]

_GIVEN_UP = "stopped from outside; what hung was given up, and the next run looks what became of it"

#: Exit codes of what is no error of ours: stopped from outside, and a bug.
_TEMPORARY = 3
_BUG = 70


@contextmanager
def end_written(store: SqlStore, run: int, *, clock: Callable[[], datetime]) -> Iterator[None]:
    """Write down how a run ended where nobody did: before it could begin, by a bug, by Ctrl-C."""
    try:
        yield
    except BaseException as error:
        # Where the state itself takes no more, what is raised says so.
        with suppress(CrmSyncError):
            row = store.runs.get(run)
            if row is not None and row.ended is None:
                _write(store, run, error, at=clock())
        raise


def why_kept(message: str | None) -> str | None:
    """Give what is kept of a message: a mapping's own addresses are no matter of history."""
    from sync.ops.redaction import mask

    return mask(message) if message else None


def why_of(summary: Mapping[str, Any]) -> str | None:
    """Give what stopped a run, in words, from what is kept of it."""
    why = summary.get("why")
    return str(why) if why else None


def was_interrupted(error: BaseException) -> bool:
    """Tell whether an error arose while the command was being stopped from outside."""
    return _arose_in(error, KeyboardInterrupt)


def _arose_in(error: BaseException, kind: type[BaseException]) -> bool:
    before: BaseException | None = error
    while before is not None:
        if isinstance(before, kind):
            return True
        before = before.__context__
    return False


def bug_words(error: BaseException) -> str:
    """Name a bug by its kind and place, without values the error may hold."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}. This is revloop's fault, not yours."


def end_run(
    session: Session, *, code: int, stopped: str | None, why: str | None = None, **more: Any
) -> None:
    """Write down how a run ended, with the calls it took, and `more` of what it did."""
    from console.plan_cost import usage_json
    from console.words import calls_json
    from sync.ops.logging import get_logger

    calls = calls_json(session.crms)
    get_logger(run_id=f"r{session.run}").info("run_ended", exit=code, stopped=stopped, calls=calls)
    session.store.runs.end(
        session.run,
        at=session.clock(),
        exit=code,
        stopped=stopped,
        summary={
            **more,
            "calls": calls,
            "why": why_kept(why),
            "quota": usage_json(session.crms),
        },
    )


def _write(store: SqlStore, run: int, error: BaseException, *, at: datetime) -> None:
    from console.stopping import GivenUp
    from console.words import stop_word
    from sync.ops.logging import get_logger

    if _arose_in(error, GivenUp):
        exit_code, stopped, why = _TEMPORARY, "terminated", _GIVEN_UP
    elif was_interrupted(error):
        exit_code, stopped, why = _TEMPORARY, "interrupted", STOPPED
    elif isinstance(error, CrmSyncError):
        exit_code, stopped, why = error.exit_code, stop_word(error), str(error)
    else:
        exit_code, stopped, why = _BUG, "bug", bug_words(error)
    store.runs.end(run, at=at, exit=exit_code, stopped=stopped, summary={"why": why_kept(why)})
    get_logger(run_id=f"r{run}").info("run_ended", exit=exit_code, stopped=stopped)
