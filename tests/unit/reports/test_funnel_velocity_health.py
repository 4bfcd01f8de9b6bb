"""Funnel, velocity and data health, on a state small enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.frame import Cell, Period, Report
from reports.funnel import funnel_report
from reports.health import Standing, health_report
from reports.velocity import velocity_report
from reports.view import Entry, Handing, HandingKind
from sync.domain.hours import BusinessCalendar
from tests.unit.reports.memory_view import STAGES, MemoryView, day, person, sale

LEAD, MQL, SQL, CUSTOMER = range(4)
HOURS = BusinessCalendar(days=range(5), start=time(9), end=time(17), zone=UTC)
JANUARY = Period(
    since=day(1), until=day(1, month=2), first_day=date(2026, 1, 1), end_day=date(2026, 2, 1)
)


def stays(link: int, *moves: tuple[datetime, int]) -> list[Entry]:
    ends = [*pairwise(moves), *([(moves[-1], None)] if moves else [])]
    return [
        Entry(
            link=link,
            stage=STAGES[rank].name,
            rank=rank,
            entered=at,
            left=after[0] if after is not None else None,
            next_rank=after[1] if after is not None else None,
        )
        for (at, rank), after in ends
    ]


#: As worked in docs/reports.md.
VIEW = MemoryView(
    of_people=[person(link, day(1), source="search") for link in (1, 2, 3, 4)],
    of_entries=[
        *stays(1, (day(1), LEAD), (day(3), MQL), (day(7), SQL), (day(17), CUSTOMER)),
        *stays(2, (day(2), LEAD), (day(12), SQL)),
        *stays(3, (day(4), LEAD), (day(5), MQL), (day(9), LEAD), (day(20), MQL)),
        *stays(4, (day(1, month=2), MQL)),
    ],
    of_sales=[
        sale("a", date(2026, 1, 11), 1000, created=day(1), owner="anna"),
        sale("b", date(2026, 1, 22), 500, created=day(2), owner="ben", is_won=False),
        sale("c", date(2026, 1, 23), 400, created=day(3), owner="anna"),
        sale("d", created=day(4), owner="ben"),
    ],
    names={"anna": "Anna Berg"},
)


def by(report: Report, key: str) -> dict[Cell, dict[str, Cell]]:
    return {line[key]: dict(line) for line in report.lines}


def test_funnel_counts_people_conversion_and_days_as_by_hand() -> None:
    lines = by(funnel_report(VIEW, Period()), "stage")

    told = {
        name: [line[key] for key in ("entered", "now", "next", "reached_customer", "ended")]
        for name, line in lines.items()
    }
    assert told == {
        "lead": [3, 0, 3, 1, 4],
        "mql": [3, 2, 1, 1, 2],
        "sql": [2, 1, 1, 1, 1],
        "customer": [1, 1, None, None, 0],
    }
    assert (lines["lead"]["median_days"], lines["lead"]["p90_days"]) == (6, Decimal("10.7"))
    assert (lines["mql"]["median_days"], lines["customer"]["median_days"]) == (4, None)
    assert lines["mql"]["rate"] == Decimal("0.333333")
    assert lines["lead"]["rate"] == 1


def test_funnel_of_a_period_follows_its_cohort_beyond_the_end() -> None:
    first_days = Period(since=day(1), until=day(3))

    lines = by(funnel_report(VIEW, first_days), "stage")

    assert (lines["lead"]["entered"], lines["lead"]["reached_customer"]) == (2, 1)
    assert (lines["mql"]["entered"], lines["mql"]["ended"]) == (0, 0)
    empty = Period(since=day(1, month=9), until=day(1, month=10))
    report = funnel_report(VIEW, empty)
    assert [line["entered"] for line in report.lines] == [0, 0, 0, 0]
    assert "nobody" in report.notes[0].text


def test_funnel_tells_business_hours_where_they_are_agreed_on() -> None:
    # From Wednesday, the seventh, to Saturday, the 17th, there are eight working days.
    lines = by(funnel_report(VIEW, Period(), hours=HOURS), "stage")

    assert lines["sql"]["median_hours"] == 8 * 8
    assert "median_hours" not in by(funnel_report(VIEW, Period()), "stage")["sql"]


def test_rows_behind_the_funnel_are_its_entries() -> None:
    traces = list(funnel_report(VIEW, JANUARY).traces)

    assert len(traces) == 10
    assert {(one.line, one.salesforce) for one in traces} >= {("customer", "s1"), ("sql", "s2")}


_moves = st.lists(st.tuples(st.integers(1, 28), st.integers(0, 3)), max_size=5).map(
    lambda found: [(day(at), rank) for at, rank in sorted(dict(found).items())]
)


@given(people=st.lists(_moves, max_size=6), since=st.integers(1, 28), until=st.integers(1, 28))
def test_cohorts_add_up_and_shrink_from_stage_to_stage(
    people: Sequence[list[tuple[datetime, int]]], since: int, until: int
) -> None:
    entries = [one for link, moves in enumerate(people, start=1) for one in stays(link, *moves)]
    view = MemoryView(of_entries=entries)

    report = funnel_report(view, Period(since=day(since), until=day(until)))

    for line in report.lines:
        reached = [line["entered"]]
        reached += [one for name in ("mql", "sql", "customer") if (one := line[f"reached_{name}"])]
        assert reached == sorted(reached, key=lambda one: -int(str(one)))
    assert report.totals["people_now"] == len([moves for moves in people if moves])


def test_velocity_is_as_by_hand() -> None:
    lines = by(velocity_report(VIEW, Period()), "what")

    steps = {
        name: [lines[name][key] for key in ("counted", "median_days")]
        for name in ("lead to mql", "mql to sql", "sql to customer")
    }
    assert steps == {"lead to mql": [3, 2], "mql to sql": [1, 4], "sql to customer": [1, 10]}
    everything = lines["all opportunities"]
    assert (everything["median_days"], everything["median_days_won"]) == (20, 15)
    assert [everything[key] for key in ("open", "won", "lost")] == [1, 2, 1]
    assert everything["won_value"] == 700
    assert everything["velocity"] == Decimal("31.111111")
    assert lines["Anna Berg"]["win_rate"] == 1
    assert lines["ben"]["velocity"] is None


def test_velocity_counts_days_below_nothing_and_says_so() -> None:
    view = replace(VIEW, of_sales=[sale("e", date(2026, 1, 1), 10, created=day(5))])

    report = velocity_report(view, Period(), by="")

    assert by(report, "what")["all opportunities"]["median_days"] == -4
    assert any(note.count == 1 and "before" in note.text for note in report.notes)


@dataclass
class StandingView(MemoryView):
    """A view that also tells how the state stands."""

    stands: Standing = field(default_factory=Standing)

    def standing(self) -> Standing:
        return self.stands


def test_health_names_what_lacks_and_what_waits_with_its_number() -> None:
    view = StandingView(
        as_of=day(10),
        of_people=[person(1), person(2, day(20), source="x"), person(3, day(5), source="x")],
        of_entries=stays(3, (day(4), MQL)),
        of_sales=[
            sale("a", date(2026, 1, 2), created=day(5), people=(3,)),
            replace(sale("b", date(2026, 1, 3), 5, created=day(1)), is_won=False, reason="Rain"),
            replace(sale("c", date(2026, 2, 3)), is_closed=False, is_won=False, stage=None),
        ],
        of_handings=[
            Handing(
                link=3, at=day(6), kind=HandingKind.BACK, came_from="sql", to="mql", reason="Rain"
            )
        ],
        stands=Standing(
            conflicts={"contacts, field": 2},
            errors={"deals, validation": 3},
            stages={"contacts.lifecyclestage evangelist": 4},
            doubts={"fallen": 1, "unknown": 0},
            future_stays=1,
            last_run=day(9, 12),
        ),
    )

    report = health_report(view, Period())

    numbers = {line["what"]: line["number"] for line in report.lines}
    assert numbers == {
        "held: contacts, field": 2,
        "in error: deals, validation": 3,
        "people without a source": 1,
        "people without a creation date": 1,
        "people created in the future": 1,
        "people without a stage": 2,
        "people at a stage before they were created": 1,
        "opportunities without a creation date": 1,
        "opportunities closed before they were opened": 1,
        "opportunities closed in the future": 1,
        "opportunities without anybody behind them": 2,
        "opportunities without a campaign": 3,
        "opportunities won without a value": 1,
        "reason of nobody's list: Rain": 2,
        "value that is no stage: contacts.lifecyclestage evangelist": 4,
        "people who fell back without a hand-back": 1,
        "stage changes dated in the future": 1,
    }
    assert (report.totals["waiting"], report.totals["hours_since"]) == (5, 12)
    assert len([one for one in report.traces if one.line == "people without a stage"]) == 2


@pytest.mark.parametrize("make", [funnel_report, velocity_report, health_report])
def test_nothing_at_all_is_a_report_too(make: object) -> None:
    assert callable(make)
    report = make(MemoryView(stages=()), Period())

    assert [line for line in report.lines if line.get("counted")] == []
    assert list(report.traces) == []
