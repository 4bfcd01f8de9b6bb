"""Health of the data: what waits for a person, what could not be read, what the figures lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

from reports.earnings import closed_first
from reports.frame import Cell, Column, Kind, Note, Period, Report, Trace
from reports.view import HandingKind, Person, Sale, View

__all__ = ["HealthView", "Standing", "health_report"]

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the state itself stands: what is held or in error, left out or asleep, by its place.

    `stages` are values that are no stage, by where they stand; `doubts` count the people of whom
    something could not be taken for a stay, by what.
    """

    conflicts: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    asleep: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, int] = field(default_factory=dict)
    future_stays: int = 0
    last_run: datetime | None = None


@runtime_checkable
class HealthView(View, Protocol):
    """A view that also tells how the state itself stands."""

    def standing(self) -> Standing:
        """Give how the state stands."""
        ...


@dataclass(slots=True)
class _Found:
    """What people and opportunities lack."""

    people: int = 0
    sales: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


#: What each check of people and opportunities finds, and what to do about it.
_PEOPLE = {
    "people without a source": "map the field that says where people come from",
    "people without a creation date": "neither CRM says when they became known",
    "people created in the future": "mend the dates in the CRM",
    "people without a stage": "no stage change with a date is known of them",
    "people at a stage before they were created": "mend the dates, or merge the records",
}
_SALES = {
    "opportunities without a creation date": "neither a cycle nor a stage can be told of them",
    "opportunities closed without a closing day": "give them a closing day in Salesforce",
    "opportunities closed before they were opened": "mend the dates in Salesforce",
    "opportunities closed in the future": "mend the closing day in Salesforce",
    "opportunities without anybody behind them": "add contact roles in Salesforce",
    "opportunities without a campaign": "name the campaign in Salesforce",
    "opportunities won without a value": "give the amount, or a rate of its currency",
}
_DOUBTS = {
    "unknown": ("people with values that are no stage", "add them to stages in lifecycle.yaml"),
    "fallen": ("people who fell back without a hand-back", "they stayed at their stage"),
    "undated": ("people with opportunities without a date", "give them dates in Salesforce"),
}


def health_report(view: View, period: Period) -> Report:
    """Give a line for each thing that needs a person, with its number and what to do.

    All of it is as of the moment; the period is told and not used.
    """
    standing = view.standing() if isinstance(view, HealthView) else Standing()
    found = _Found()
    for _ in _looked_at(view, found):
        pass
    lines = [
        *_waiting(standing),
        *_lacking(found),
        *_unmapped(standing, found),
        *_doubtful(standing),
    ]
    age = view.as_of - standing.last_run if standing.last_run is not None else None
    hours = None if age is None else Decimal(age // timedelta(seconds=1)) / (_HOUR.seconds)
    return Report(
        name="health",
        title="Data health",
        means="what waits for a person, and what the figures lack",
        as_of=view.as_of,
        period=period,
        currency=view.currency,
        columns=_columns(),
        lines=lines,
        totals={
            "waiting": sum(standing.conflicts.values()) + sum(standing.errors.values()),
            "people": found.people,
            "opportunities": found.sales,
            "last_run": standing.last_run,
            "hours_since": None if hours is None else hours.quantize(Decimal("0.01")),
        },
        notes=_notes(standing),
        label="what",
        chart=("number",),
        traces=_traces(view),
    )


def _looked_at(view: View, found: _Found) -> Iterator[Trace]:
    """Look at everybody and everything once, counting; give the records behind each count."""
    yield from _people(view, found)
    for chunk in view.sales():
        for sale in chunk:
            found.sales += 1
            if sale.reason is not None and not sale.agreed:
                found.reasons[sale.reason] += 1
            for problem in _sale_problems(view, sale):
                found.counts[problem] += 1
                yield Trace(line=problem, hubspot=sale.deal, salesforce=sale.id)
    for handings in view.handings():
        for one in handings:
            if one.kind is HandingKind.BACK and one.reason is not None and not one.agreed:
                found.reasons[one.reason] += 1


def _people(view: View, found: _Found) -> Iterator[Trace]:
    first = _first_entries(view)
    entered = next(first, None)
    for chunk in view.people():
        for person in chunk:
            found.people += 1
            while entered is not None and entered[0] < person.link:
                entered = next(first, None)
            at = entered[1] if entered is not None and entered[0] == person.link else None
            for problem in _person_problems(view, person, at):
                found.counts[problem] += 1
                yield Trace(line=problem, hubspot=person.hubspot, salesforce=person.salesforce)


def _first_entries(view: View) -> Iterator[tuple[int, datetime]]:
    """Give when each person entered their first stage."""
    last = None
    for chunk in view.entries():
        for one in chunk:
            if one.link != last:
                last = one.link
                yield one.link, one.entered


def _person_problems(view: View, person: Person, entered: datetime | None) -> Iterator[str]:
    names = iter(_PEOPLE)
    created = person.created
    told = (
        not person.source,
        created is None,
        created is not None and created > view.as_of,
        bool(view.stages) and entered is None,
        created is not None and entered is not None and entered < created,
    )
    yield from (name for name, holds in zip(names, told, strict=True) if holds)


def _sale_problems(view: View, sale: Sale) -> Iterator[str]:
    today = view.as_of.astimezone(view.zone).date()
    told = (
        sale.created is None,
        sale.is_closed and sale.closed is None,
        sale.is_closed and closed_first(sale, view.zone),
        sale.stage is None and sale.closed is not None and sale.closed > today,
        not sale.people,
        sale.campaign is None,
        sale.is_won and sale.value is None,
    )
    yield from (name for name, holds in zip(_SALES, told, strict=True) if holds)


# --- lines ---------------------------------------------------------------------------------------


def _line(kind: str, what: str, number: int, fix: str) -> dict[str, Cell]:
    return {"kind": kind, "what": what, "number": number, "fix": fix}


def _waiting(standing: Standing) -> Iterator[dict[str, Cell]]:
    told = (
        ("held", standing.conflicts, "held: {}", "`revloop conflicts list`"),
        ("error", standing.errors, "in error: {}", "`revloop errors list`"),
        ("left out", standing.left_out, "without a link: {}", "`revloop status` says why"),
        ("asleep", standing.asleep, "links asleep: {}", "`revloop verify` names them"),
    )
    for kind, counts, text, fix in told:
        for name, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
            yield _line(kind, text.format(name), number, fix)


def _lacking(found: _Found) -> Iterator[dict[str, Cell]]:
    for kind, checks in (("people", _PEOPLE), ("sales", _SALES)):
        for what, fix in checks.items():
            if found.counts[what]:
                yield _line(kind, what, found.counts[what], fix)


def _unmapped(standing: Standing, found: _Found) -> Iterator[dict[str, Cell]]:
    told = (
        ("reason", found.reasons, "reason of nobody's list: {}", "add it to reasons"),
        ("stage", standing.stages, "value that is no stage: {}", "if it is one, list it there"),
    )
    for kind, counts, text, fix in told:
        for name, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
            yield _line(kind, text.format(name), number, f"{fix}, in lifecycle.yaml")


def _doubtful(standing: Standing) -> Iterator[dict[str, Cell]]:
    for name, (what, fix) in _DOUBTS.items():
        if standing.doubts.get(name):
            yield _line("stage", what, standing.doubts[name], fix)
    if standing.future_stays:
        fix = "they count from then on; mend the dates in the CRM"
        yield _line("stage", "stage changes dated in the future", standing.future_stays, fix)


def _columns() -> Sequence[Column]:
    return (
        Column(key="what", title="what", means="what needs a person"),
        Column(key="kind", title="kind", means="where it comes from"),
        Column(
            key="number",
            title="number",
            kind=Kind.COUNT,
            bar=True,
            means="how many records or items it is about",
        ),
        Column(key="fix", title="what to do", means="what to do about it"),
    )


def _notes(standing: Standing) -> list[Note]:
    if standing.last_run is None:
        return [Note(text="no run had come to its end by then")]
    return [
        Note(text="what is left out or asleep, and what is no stage, is as the last run left it")
    ]


def _traces(view: View) -> Iterator[Trace]:
    return _looked_at(view, _Found())
