"""The week in words and in parts."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal

from reports.frame import Column, Period, Report
from reports.funnel import funnel_report
from reports.losses import losses_report
from reports.periods import before, week_of
from reports.view import Entry, Handing, HandingKind
from reports.week import Week, week_of_reports
from tests.unit.reports.memory_view import MemoryView, day, sale

#: Monday, 9 March, to Sunday; the four weeks before begin on 9 February.
WEEK = week_of(date(2026, 3, 11), UTC)
BEFORE = before(WEEK, days=28, zone=UTC)


def view() -> MemoryView:
    """Three handed over this week and one in each of two weeks before; one win, one loss."""
    over = [
        day(9, month=3),
        day(10, month=3),
        day(15, 23, month=3),
        day(2, month=3),
        day(9, month=2),
    ]
    return MemoryView(
        as_of=day(16, month=3),
        of_entries=[
            Entry(link=link, stage="mql", rank=1, entered=at, left=None, next_rank=None)
            for link, at in enumerate([*over, day(8, month=2), day(16, month=3)])
        ],
        of_handings=[
            *(
                Handing(link=link, at=at, kind=HandingKind.OVER, came_from="lead", to="mql")
                for link, at in enumerate(over)
            ),
            Handing(
                link=1,
                at=day(11, month=3),
                kind=HandingKind.BACK,
                came_from="mql",
                to="lead",
                reason="bad_data",
                agreed=True,
            ),
        ],
        of_sales=[
            sale("won", date(2026, 3, 15), 1500),
            sale("lost", date(2026, 3, 9), 700, is_won=False, reason="no_budget"),
            sale("later", date(2026, 3, 16), 9000),
            sale("open", None, 50),
        ],
    )


def week_page(at: MemoryView, answers: dict[str, int] | None = None) -> Week:
    def make(name: str, period: Period) -> Report | None:
        if name == "losses":
            return losses_report(at, period)
        if name == "funnel":
            return funnel_report(at, period)
        if name != "sla" or answers is None:
            return None
        return Report(
            name="sla",
            title="Service levels",
            means="",
            as_of=at.as_of,
            period=period,
            currency="EUR",
            columns=(),
            lines=(),
            totals=answers,
        )

    return week_of_reports(make, at, WEEK, BEFORE)


def lines(week: Week, name: str) -> list:
    [found] = [one for part in week.parts for one in part.reports if one.name == name]
    return list(found.lines)


def test_headline_tells_the_week_in_words():
    told = week_page(view(), {"met": 2, "late": 1, "waiting": 1}).headline

    assert told == (
        "Marketing handed over 3 people this week, 3 more than usual. Sales answered 2 in time, "
        "1 late, and won 1 deal worth 1,500 EUR; 1 person waits for an answer."
    )


def test_a_week_in_which_nothing_happened_is_told_too():
    told = week_page(MemoryView())

    assert told.headline == "Marketing handed over 0 people this week. Sales won nothing."
    assert all(line["this_week"] == 0 for line in lines(told, "entered"))


def test_stages_entered_stand_beside_a_usual_week():
    entered = {line["stage"]: line for line in lines(week_page(view()), "entered")}

    # The stay that began on Sunday before the four weeks, and that of Monday after, count in none.
    assert entered["mql"]["this_week"] == 3
    assert entered["mql"]["usual_week"] == Decimal("0.5")
    assert entered["mql"]["difference"] == Decimal("2.5")
    assert entered["customer"]["this_week"] == 0


def test_returns_and_losses_stand_by_their_reasons_alone():
    week = week_page(view())

    assert [(line["value"], line["number"]) for line in lines(week, "returned")] == [
        ("bad_data", 1)
    ]
    assert [(line["value"], line["number"]) for line in lines(week, "lost")] == [("no_budget", 1)]


def test_parts_nobody_made_a_report_for_are_left_out():
    ids = [part.id for part in week_page(view()).parts]

    assert ids == ["funnel", "answers", "returned", "closed"]


def test_promises_stand_in_two_tables_answers_and_numbers():
    at = view()
    keys = ("level", "who", "promised", "met", "late", "waiting", "overdue", "kept", "delivered")

    def make(name: str, period: Period) -> Report | None:
        if name != "sla":
            return None
        empty = dict.fromkeys(keys)
        return Report(
            name="sla",
            title="Service levels",
            means="",
            as_of=at.as_of,
            period=period,
            currency="EUR",
            columns=[Column(key=key, title=key) for key in keys],
            lines=[
                {**empty, "level": "answer", "who": "Anna", "met": 0, "late": 2},
                {**empty, "level": "volume", "who": "2026-03", "delivered": 3},
            ],
            totals={"met": 0, "late": 2, "waiting": 1, "overdue": 2},
        )

    week = week_of_reports(make, at, WEEK, BEFORE)

    assert [(line["who"], line["late"]) for line in lines(week, "sla")] == [("Anna", 2)]
    assert [line["delivered"] for line in lines(week, "promised")] == [3]
    assert week.headline.endswith("3 people wait for an answer, 2 of them too long.")
