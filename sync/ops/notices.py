"""What somebody is told of runs: a message whenever how things stand changes, and only then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sync.ops.redaction import mask

__all__ = ["Event", "Notice", "Standing", "decide", "refusal"]

_GOOD = frozenset({0, 1})

#: Ends that say nothing of how things stand: somebody stopped it, or another run was at work.
_NO_MATTER = frozenset({"terminated", "interrupted", "locked"})


class Event(StrEnum):
    """What a message is about."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    GUARD = "guard"
    BUDGET = "budget"
    MAPPINGS = "mappings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stood when somebody was told last.

    `bad` is what was wrong, "" where nothing was; `key` tells one trouble of a kind from another.
    `refused` names the changed files that were not taken over.
    """

    bad: str = ""
    key: str = ""
    since: str = ""
    refused: str = ""

    def to_json(self) -> str:
        """Give it as a text to keep."""
        return json.dumps(
            {"bad": self.bad, "key": self.key, "since": self.since, "refused": self.refused}
        )

    @classmethod
    def from_json(cls, text: str | None) -> Standing:
        """Give what was kept; a text that is none of ours counts as nothing."""
        try:
            kept = json.loads(text or "{}")
            return cls(**{name: str(kept[name]) for name in cls.__slots__ if name in kept})
        except (ValueError, TypeError):
            return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message; `standing` is how things stand once it is told."""

    event: Event
    document: Mapping[str, Any]


def decide(
    standing: Standing, report: Mapping[str, Any], *, project: str
) -> tuple[Standing, Notice | None]:
    """Decide what to tell after a run, from its report; the same trouble is told once."""
    code, stopped, at = int(report["exit"]), report.get("stopped"), str(report["ended"])
    if code in _GOOD:
        if not standing.bad:
            return standing, None
        notice = _notice(Event.RECOVERY, report, project=project, since=standing.since)
        return replace(standing, bad="", key="", since=""), notice
    if stopped in _NO_MATTER:
        return standing, None
    event, key = _trouble(code, stopped, report.get("plan"))
    if (event.value, key) == (standing.bad, standing.key):
        return standing, None
    since = standing.since if standing.bad else at
    told = replace(standing, bad=event.value, key=key, since=since)
    return told, _notice(event, report, project=project, since=since)


def refusal(
    standing: Standing, *, files: str, message: str, at: str, project: str
) -> tuple[Standing, Notice | None]:
    """Decide what to tell of changed files that were not taken over; `files` names their content.

    An empty `files` says that none are refused any more.
    """
    if files == standing.refused:
        return standing, None
    told = replace(standing, refused=files)
    if not files:
        return told, None
    report = {"ended": at, "message": message}
    return told, _notice(Event.MAPPINGS, report, project=project, since=at)


def _trouble(code: int, stopped: str | None, plan: str | None) -> tuple[Event, str]:
    if stopped == "guard":
        return Event.GUARD, plan or ""
    if stopped == "quota":
        return Event.BUDGET, ""
    return Event.FAILURE, f"{code} {stopped or ''}".strip()


_TEXTS = {
    Event.FAILURE: "run failed",
    Event.RECOVERY: "runs end well again",
    Event.GUARD: "the guard stopped a run, nothing was written; a person must look",
    Event.BUDGET: "our share of the day's calls is used up; runs go on when a new day begins",
    Event.MAPPINGS: "changed files were not taken over; the job goes on with the earlier ones",
}


def _notice(event: Event, report: Mapping[str, Any], *, project: str, since: str) -> Notice:
    message = mask(str(report["message"])) if report.get("message") else None
    run = report.get("run")
    head = f"revloop {project}: {_TEXTS[event]}"
    told = f"{head} ({run})" if run else head
    first = message.splitlines()[0] if message else ""
    return Notice(
        event=event,
        document={
            "revloop": 1,
            "event": event.value,
            "project": project,
            "at": report["ended"],
            "since": since,
            "run": run,
            "exit": report.get("exit"),
            "stopped": report.get("stopped"),
            "plan": report.get("plan"),
            "message": message,
            "waiting": report.get("waiting"),
            "text": f"{told}: {first}" if first else told,
        },
    )
