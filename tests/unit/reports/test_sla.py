"""Service levels: the worked example of the documentation, and what always adds up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mappings.lifecycle.hours import calendar_of
from mappings.lifecycle.model import Lifecycle
from reports.frame import Line, Period, Report
from reports.sla import sla_report
from reports.view import Entry, Handing, HandingKind, Person
from tests.unit.reports.memory_view import MemoryView, person, sale

BERLIN = ZoneInfo("Europe/Berlin")
RANKS = {name: rank for rank, name in enumerate(("lead", "mql", "sal", "sql", "customer"))}
HOURS = {
    "days": "Mon-Fri",
    "from": "09:00",
    "to": "17:30",
    "zone": "Europe/Berlin",
    "holidays": "DE-BE",
}
LEVELS = (
    {"name": "follow-up", "from": "mql", "to": "sal", "within": "4 business hours"},
    {"name": "volume", "stage": "mql", "at_least": 10, "per": "month"},
    {"name": "revenue", "won": "30000 EUR", "per": "quarter"},
)
MARCH = Period(
    since=datetime(2026, 2, 28, 23, tzinfo=UTC),
    until=datetime(2026, 3, 31, 22, tzinfo=UTC),
    first_day=date(2026, 3, 1),
    end_day=date(2026, 4, 1),
    name="2026-03",
)
NOW = datetime(2026, 3, 18, 12, tzinfo=BERLIN).astimezone(UTC)
ANNA, BEN = "005A", "005B"


def agreed(*levels: Mapping[str, object]) -> Lifecycle:
    stages = [
        {"name": name, "hubspot": {"lifecyclestage": name}, "salesforce": {"Lead.Status": name}}
        for name in RANKS
    ]
    return Lifecycle.model_validate(
        {
            "stages": stages,
            "hand_over": {"to": "mql", "when": "true"},
            "service_levels": levels or LEVELS,
            "business_hours": HOURS,
        }
    )


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def over(link: int, when: datetime, owner: str | None = None) -> Handing:
    return Handing(
        link=link, at=when, kind=HandingKind.OVER, came_from="lead", to="mql", owner=owner
    )


def back(link: int, when: datetime) -> Handing:
    return Handing(link=link, at=when, kind=HandingKind.BACK, came_from="mql", to="lead")


def stays(link: int, *steps: tuple[str, datetime]) -> list[Entry]:
    """Give the stays of a person who came to these stages then."""
    return [
        Entry(
            link=link,
            stage=stage,
            rank=RANKS[stage],
            entered=when,
            left=after[1] if after is not None else None,
            next_rank=RANKS[after[0]] if after is not None else None,
        )
        for (stage, when), after in zip_longest(steps, steps[1:])
    ]


def example() -> MemoryView:
    """Give five hand-overs of March, one of February, and three wins."""
    entries = [
        *stays(1, ("mql", at(13, 16)), ("sal", at(16, 10))),
        *stays(2, ("mql", at(16, 9)), ("sal", at(16, 14))),
        *stays(3, ("mql", at(17, 16, 30)), ("lead", at(18, 9, 30)), ("mql", at(18, 10))),
        *stays(4, ("lead", at(2, 9)), ("mql", at(17, 12))),
        *stays(5, ("mql", at(27, 9, month=2)), ("sal", at(27, 10, month=2))),
    ]
    handings = [
        over(1, at(13, 16), ANNA),
        over(2, at(16, 9), ANNA),
        over(3, at(17, 16, 30), BEN),
        back(3, at(18, 9, 30)),
        over(3, at(18, 10), BEN),
        over(4, at(17, 12), BEN),
        over(5, at(27, 9, month=2), ANNA),
    ]
    return MemoryView(
        as_of=NOW,
        of_people=[person(link) for link in range(1, 6)],
        of_entries=entries,
        of_handings=handings,
        of_sales=[
            sale("o1", date(2026, 3, 10), 4500),
            sale("o2", date(2026, 2, 10), 9000),
            sale("o3", date(2026, 3, 11)),
        ],
        names={ANNA: "Anna", BEN: "Ben"},
    )


def report(view: MemoryView, lifecycle: Lifecycle, period: Period = MARCH) -> Report:
    assert lifecycle.business_hours is not None
    hours = calendar_of(lifecycle.business_hours)
    return sla_report(view, period, lifecycle=lifecycle, hours=hours)


def lines(found: Report) -> dict[tuple[object, object], Line]:
    return {
        (one["level"], one["who"]): {key: value for key, value in one.items() if value is not None}
        for one in found.lines
    }


def test_the_worked_example_of_the_documentation() -> None:
    found = report(example(), agreed())
    told = lines(found)
    assert told["follow-up", "all"] == {
        "level": "follow-up",
        "who": "all",
        "promised": "sal within 4 business hours",
        "handed_over": 5,
        "met": 2,
        "late": 1,
        "waiting": 1,
        "overdue": 1,
        "handed_back": 1,
        "kept": Decimal("0.5"),
        "kept_low": Decimal("0.150039"),
        "kept_high": Decimal("0.849961"),
        "median_hours": Decimal("2.5"),
        "p90_hours": Decimal("4.5"),
    }
    by_owner = [
        [told["follow-up", name][key] for key in ("handed_over", "met", "median_hours")]
        for name in ("Anna", "Ben")
    ]
    assert by_owner == [[2, 1, Decimal("3.75")], [3, 1, Decimal("1.5")]]
    assert told["volume", "2026-03"] == {
        "level": "volume",
        "who": "2026-03",
        "promised": "10 mql a month",
        "due": Decimal("5.806452"),
        "delivered": Decimal(4),
        "kept": Decimal("0.688889"),
    }
    revenue = told["revenue", "2026-Q1"]
    assert [revenue[key] for key in ("due", "delivered", "kept")] == [6000, 4500, Decimal("0.75")]
    assert found.totals == {"handed_over": 5, "met": 2, "late": 1, "waiting": 1, "overdue": 1}
    assert [(note.count, note.text) for note in found.notes] == [
        (
            None,
            "volume, 2026-03: 18 of its 31 days count, and that part of what was promised is due",
        ),
        (
            None,
            "revenue, 2026-Q1: 18 of its 90 days count, and that part of what was promised is due",
        ),
        (1, "won opportunities without an amount in the currency of all figures: nothing"),
    ]


def test_every_hand_over_can_be_traced() -> None:
    found = report(example(), agreed())
    assert [
        (one.hubspot, one.values["owner"], one.values["verdict"], one.values["hours"])
        for one in found.traces
    ] == [
        ("h1", "Anna", "met", Decimal("2.5")),
        ("h2", "Anna", "late", Decimal(5)),
        ("h3", "Ben", "met", Decimal("1.5")),
        ("h3", "Ben", "waiting", Decimal(2)),
        ("h4", "Ben", "overdue", Decimal("8.5")),
    ]


def test_who_stands_further_on_when_handed_over_is_answered_at_once() -> None:
    view = MemoryView(
        as_of=NOW,
        of_people=[person(1, owner=ANNA)],
        of_entries=stays(1, ("sql", at(2, 9))),
        of_handings=[over(1, at(3, 9))],
    )
    told = lines(report(view, agreed(LEVELS[0])))
    assert told["follow-up", "all"]["met"] == 1
    assert told["follow-up", ANNA]["median_hours"] == 0


def test_a_second_hand_over_before_any_answer_ends_the_first_clock() -> None:
    view = MemoryView(
        as_of=NOW,
        of_people=[person(1)],
        of_handings=[over(1, at(2, 9)), over(1, at(2, 10)), over(1, at(5, 9))],
    )
    found = report(view, agreed(LEVELS[0]))
    told = lines(found)["follow-up", "all"]
    assert [told[key] for key in ("handed_over", "met", "late", "overdue")] == [3, 0, 1, 1]
    assert [note.count for note in found.notes] == [1]


def test_a_promise_about_a_later_stage_starts_with_each_stay_there() -> None:
    level = {"name": "need", "from": "sal", "to": "sql", "within": "2 days"}
    view = MemoryView(
        as_of=NOW,
        of_people=[person(1), person(2)],
        of_entries=[
            *stays(1, ("sal", at(2, 9)), ("sql", at(3, 9))),
            *stays(2, ("sal", at(2, 9)), ("mql", at(9, 9)), ("sal", at(17, 9))),
        ],
    )
    told = lines(report(view, agreed(level)))["need", "all"]
    counts = [told[key] for key in ("handed_over", "met", "late", "waiting", "handed_back")]
    assert counts == [3, 1, 1, 1, 1]
    assert told["median_hours"] == (24 + 7 * 24) // 2


def test_who_goes_past_a_stage_is_not_counted_there_and_said_to_be_so() -> None:
    view = MemoryView(
        as_of=NOW,
        of_people=[person(1), person(2)],
        of_entries=[
            *stays(1, ("lead", at(2, 9)), ("sql", at(3, 9))),
            *stays(2, ("sql", at(2, 9)), ("mql", at(3, 9))),
        ],
    )
    found = report(view, agreed(LEVELS[1]))
    assert lines(found)["volume", "2026-03"]["delivered"] == 0
    assert [note.count for note in found.notes if note.count is not None] == [2]


def test_a_promise_in_another_currency_is_not_compared() -> None:
    found = report(example(), agreed({"name": "dollars", "won": "10 USD", "per": "month"}))
    assert not list(found.lines)
    assert found.notes[0].text == (
        "dollars is promised in USD and all figures are in EUR: not compared; write it in EUR"
    )


def test_an_open_period_begins_with_the_first_delivery() -> None:
    told = lines(report(example(), agreed(LEVELS[1]), Period()))
    assert [(who, one["delivered"]) for (_, who), one in told.items()] == [
        ("2026-02", 1),
        ("2026-03", 4),
    ]
    assert told["volume", "2026-02"]["due"] == 10


steps = st.lists(
    st.tuples(st.sampled_from(["over", "back", *RANKS]), st.integers(0, 40 * 24 * 60)), max_size=12
)


@given(st.lists(steps, max_size=6))
def test_every_hand_over_of_the_period_counts_exactly_once(
    stories: list[list[tuple[str, int]]],
) -> None:
    people: list[Person] = []
    entries: list[Entry] = []
    handings: list[Handing] = []
    for link, story in enumerate(stories, start=1):
        people.append(person(link, owner=ANNA if link % 2 else BEN))
        moves: list[tuple[str, datetime]] = []
        for what, minutes in sorted(story, key=lambda one: one[1]):
            when = at(10, 9, month=2) + timedelta(minutes=minutes)
            if what in RANKS:
                moves.append((what, when))
            else:
                handings.append((over if what == "over" else back)(link, when))
        entries += stays(link, *moves)
    view = MemoryView(as_of=NOW, of_people=people, of_entries=entries, of_handings=handings)
    found = report(view, agreed(LEVELS[0]))
    told = lines(found)
    told_apart = ("met", "late", "waiting", "overdue")
    everybody = told["follow-up", "all"]
    undecided = sum(note.count or 0 for note in found.notes)
    due = [one for one in handings if one.kind is HandingKind.OVER and MARCH.holds(one.at)]
    assert everybody["handed_over"] == len(due) == len(list(found.traces))
    assert sum(everybody[key] for key in told_apart) + undecided == len(due)  # type: ignore[misc]
    for key in (*told_apart, "handed_over", "handed_back"):
        parts = [one[key] for (_, who), one in told.items() if who != "all"]
        assert sum(parts) == everybody[key]  # type: ignore[arg-type]
