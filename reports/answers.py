"""Clocks that run from a hand-over until sales answers: one for each hand-over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from reports.frame import Period
from reports.view import Entry, Handing, HandingKind, Person, View

__all__ = ["Answer", "Clock", "History", "InvolvedView", "clocks_of", "histories"]


class Answer(StrEnum):
    """How a clock stopped."""

    TAKEN = "taken"  # the person came to the stage that was promised, or further
    BACK = "handed back"
    NONE = "none"  # it still runs
    AGAIN = "handed over again"  # another clock began before this one was stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock; `stopped` is None while it runs. `owner` is whose it is, by Salesforce's id."""

    person: Person
    owner: str | None
    started: datetime
    stopped: datetime | None
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of one person: their stays at stages and their hand-overs, in order."""

    person: Person
    entries: Sequence[Entry]
    handings: Sequence[Handing]


@runtime_checkable
class InvolvedView(View, Protocol):
    """A view that gives those people alone whom a period is about."""

    def involved(
        self, period: Period, ranks: Collection[int]
    ) -> Iterator[tuple[Sequence[Person], Sequence[Entry], Sequence[Handing]]]:
        """Give whoever was handed over in a period or came to one of these stages.

        With all their stays and hand-overs, in chunks by person and then in order.
        """
        ...


def histories(view: View, period: Period, ranks: Collection[int] = ()) -> Iterator[History]:
    """Give people with their history, those a period is about at least: `InvolvedView.involved`."""
    if isinstance(view, InvolvedView):
        for people, entries, handings in view.involved(period, ranks):
            yield from _joined([people], [entries], [handings])
    else:
        yield from _joined(view.people(), view.entries(), view.handings())


def _joined(
    people: Iterable[Sequence[Person]],
    stays_of_all: Iterable[Sequence[Entry]],
    handings_of_all: Iterable[Sequence[Handing]],
) -> Iterator[History]:
    """Give everybody with their history: all is read once, side by side."""
    entries = (one for chunk in stays_of_all for one in chunk)
    handings = (one for chunk in handings_of_all for one in chunk)
    entry, handing = next(entries, None), next(handings, None)
    for chunk in people:
        for person in chunk:
            stays: list[Entry] = []
            handed: list[Handing] = []
            while entry is not None and entry.link <= person.link:
                if entry.link == person.link:
                    stays.append(entry)
                entry = next(entries, None)
            while handing is not None and handing.link <= person.link:
                if handing.link == person.link:
                    handed.append(handing)
                handing = next(handings, None)
            yield History(person=person, entries=stays, handings=handed)


@dataclass(frozen=True, slots=True)
class _Start:
    at: datetime
    owner: str | None
    fell: datetime | None = None


def clocks_of(history: History, *, start: str, goal: int, at_hand_over: bool) -> Iterator[Clock]:
    """Give the clocks of one person, in order.

    They start at each hand-over, or (where the promise is about a stage further on) at each entry
    to the stage `start`; and stop when the person stands at the stage of rank `goal` or further,
    or is handed back.
    """
    starts = list(_hand_overs(history) if at_hand_over else _stays(history, start))
    for number, begun in enumerate(starts):
        following = starts[number + 1].at if number + 1 < len(starts) else None
        stopped, answer = _stop(history, begun, goal)
        if following is not None and (stopped is None or stopped > following):
            stopped, answer = following, Answer.AGAIN
        yield Clock(
            person=history.person,
            owner=begun.owner or history.person.owner,
            started=begun.at,
            stopped=stopped,
            answer=answer,
        )


def _hand_overs(history: History) -> Iterator[_Start]:
    for one in history.handings:
        if one.kind is HandingKind.OVER:
            yield _Start(one.at, one.owner)


def _stays(history: History, stage: str) -> Iterator[_Start]:
    for one in history.entries:
        if one.stage == stage:
            falls = one.next_rank is not None and one.next_rank < one.rank
            yield _Start(one.entered, None, one.left if falls else None)


def _stop(history: History, begun: _Start, goal: int) -> tuple[datetime | None, Answer]:
    reached = next(
        (
            max(one.entered, begun.at)
            for one in history.entries
            if one.rank >= goal and (one.left is None or one.left > begun.at)
        ),
        None,
    )
    backs = [
        one.at for one in history.handings if one.kind is HandingKind.BACK and one.at >= begun.at
    ]
    back = min([*backs[:1], *([begun.fell] if begun.fell is not None else [])], default=None)
    if reached is not None and (back is None or reached <= back):
        return reached, Answer.TAKEN
    return (back, Answer.BACK) if back is not None else (None, Answer.NONE)
