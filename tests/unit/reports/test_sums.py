"""Reports add up: what a report tells in several ways is the same whole each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.attribution import Model
from reports.campaigns import campaigns_report
from reports.frame import Cell, Line, Period
from reports.health import health_report
from reports.losses import losses_report
from reports.segments import segments_report
from reports.velocity import velocity_report
from reports.view import Campaign, Entry, Handing, HandingKind, Member, Sale
from tests.unit.reports.memory_view import MemoryView, day, person, sale

_JANUARY = date(2026, 1, 1)
_WORDS = st.sampled_from([None, "fair", "search", "mail"])
_DAYS = st.integers(0, 89)

periods = st.none() | st.tuples(_DAYS, _DAYS)
sales: st.SearchStrategy[list[dict[str, object]]] = st.lists(
    st.builds(
        dict,
        on=st.none() | _DAYS,
        opened=st.none() | _DAYS,
        value=st.none() | st.decimals(-1000, 10**7, places=2),
        people=st.lists(st.integers(1, 6), unique=True, max_size=3).map(tuple),
        company=st.none() | st.integers(1, 3),
        campaign=st.none() | st.integers(1, 3),
        is_won=st.booleans(),
        reason=_WORDS,
        owner=_WORDS,
        product=_WORDS,
        existing=st.booleans(),
    ),
    max_size=10,
)
members = st.lists(
    st.builds(
        Member,
        person=st.integers(1, 6),
        campaign=st.integers(1, 3),
        at=st.none() | _DAYS.map(lambda number: day(1) + timedelta(days=number)),
        status=st.none(),
        responded=st.booleans(),
    ),
    max_size=15,
)
handings = st.lists(
    st.builds(
        Handing,
        link=st.integers(1, 6),
        at=_DAYS.map(lambda number: day(1) + timedelta(days=number)),
        kind=st.sampled_from(HandingKind),
        came_from=_WORDS,
        to=st.just("lead"),
        reason=_WORDS,
        again=st.none() | st.just(_JANUARY),
    ),
    max_size=10,
)


def closed(made: Iterable[Mapping[str, object]]) -> list[Sale]:
    found = []
    for at, one in enumerate(made):
        on, opened, value = one["on"], one["opened"], one["value"]
        known = {
            name: one[name]
            for name in ("people", "company", "campaign", "is_won", "reason", "owner", "existing")
        }
        found.append(
            sale(
                f"s{at}",
                _JANUARY + timedelta(days=on) if isinstance(on, int) else None,
                str(value) if value is not None else None,
                created=day(1) + timedelta(days=opened) if isinstance(opened, int) else None,
                facts={"deals.product": one["product"]},
                **{**known, "is_closed": True},
            )
        )
    return found


def period_of(days: tuple[int, int] | None) -> Period:
    if days is None:
        return Period()
    first, end = (_JANUARY + timedelta(days=number) for number in sorted(days))
    since, until = (day(1) + timedelta(days=number) for number in sorted(days))
    return Period(since=since, until=until, first_day=first, end_day=end)


def total(lines: Iterable[Line], key: str) -> Decimal:
    return sum((Decimal(str(line[key])) for line in lines if line[key] is not None), Decimal(0))


def counted(period: Period, one: Sale) -> bool:
    return one.closed is None or period.holds_day(one.closed)


@given(made=sales, took_part=members, days=periods)
def test_every_model_gives_campaigns_all_that_was_won(
    made: list[dict[str, object]], took_part: list[Member], days: tuple[int, int] | None
) -> None:
    period = period_of(days)
    view = MemoryView(
        of_people=[person(link, day(link)) for link in range(1, 7)],
        of_sales=closed(made),
        of_members=took_part,
        of_campaigns=[
            Campaign(link=link, name=f"c{link}", kind=None, starts=None, cost=None, budget=None)
            for link in range(1, 4)
        ],
    )
    report = campaigns_report(view, period)
    lines = list(report.lines)
    won = [one for one in view.of_sales if one.is_won and counted(period, one)]
    revenue = sum((one.value or Decimal(0) for one in won), Decimal(0))

    assert report.totals["won"] == len(won)
    for model in Model:
        assert total(lines, f"revenue_{model}") == report.totals[f"revenue_{model}"] == revenue
    assert total(lines, "revenue_new") + total(lines, "revenue_existing") == revenue


@given(made=sales, days=periods)
def test_each_segment_tells_all_sales_once(
    made: list[dict[str, object]], days: tuple[int, int] | None
) -> None:
    period = period_of(days)
    view = MemoryView(
        of_people=[person(link, day(link), source="fair") for link in range(1, 4)],
        of_sales=closed(made),
    )
    report = segments_report(view, period)
    lines = list(report.lines)
    of_sales = ("owner", "business", "deals.product") if made else ()

    for segment in of_sales:
        mine = [line for line in lines if line["segment"] == segment]
        for key in ("won", "lost", "revenue"):
            assert total(mine, key) == report.totals[key]
    for line in lines:
        parts = Decimal(str(line["revenue_new"])) + Decimal(str(line["revenue_existing"]))
        assert parts == line["revenue"]


@given(made=sales, handed=handings, days=periods)
def test_losses_and_returns_are_the_same_whole_told_four_times(
    made: list[dict[str, object]], handed: list[Handing], days: tuple[int, int] | None
) -> None:
    view = MemoryView(of_sales=closed(made), of_handings=handed)
    report = losses_report(view, period_of(days))
    lines = list(report.lines)

    for what in ("lost", "returned"):
        for by in ("reason", "source", "stage", "owner"):
            mine = [line for line in lines if (line["what"], line["by"]) == (what, by)]
            assert total(mine, "number") == report.totals[what]
            shares: list[Cell] = [line["share"] for line in mine]
            assert all(share is not None for share in shares)


def median(numbers: list[int]) -> Decimal | None:
    numbers = sorted(numbers)
    if not numbers:
        return None
    middle = len(numbers) // 2
    pair = (numbers[middle], numbers[middle] if len(numbers) % 2 else numbers[middle - 1])
    return Decimal(sum(pair)) / 2


@given(made=sales, days=periods)
def test_velocity_of_owners_adds_up_to_that_of_all(
    made: list[dict[str, object]], days: tuple[int, int] | None
) -> None:
    period = period_of(days)
    view = MemoryView(of_sales=closed(made))
    report = velocity_report(view, period)
    lines = list(report.lines)
    (everything,) = (line for line in lines if line["kind"] == "sales")
    groups = [line for line in lines if line["kind"] == "group"]
    won = [one for one in view.of_sales if one.is_won and counted(period, one)]
    took = [
        (one.closed - one.created.date()).days
        for one in view.of_sales
        if counted(period, one) and one.closed is not None and one.created is not None
    ]

    for key in ("open", "won", "lost", "counted"):
        assert total(groups, key) == everything[key]
    assert everything["won"] == report.totals["won"] == len(won)
    assert report.totals["revenue"] == sum((one.value or Decimal(0) for one in won), Decimal(0))
    assert everything["median_days"] == median(took)


people_known = st.lists(
    st.tuples(st.none() | _DAYS, st.sampled_from(["", "fair"]), st.none() | _DAYS), max_size=6
)


@given(known=people_known, made=sales, now=_DAYS)
def test_health_counts_each_lack_as_often_as_it_is_there(
    known: list[tuple[int | None, str, int | None]], made: list[dict[str, object]], now: int
) -> None:
    def moment(number: int) -> datetime:
        return day(1) + timedelta(days=number)

    view = MemoryView(
        as_of=moment(now),
        of_people=[
            person(link, moment(came) if came is not None else None, source=source)
            for link, (came, source, _) in enumerate(known, start=1)
        ],
        of_entries=[
            Entry(link=link, stage="mql", rank=1, entered=moment(at), left=None, next_rank=None)
            for link, (_, _, at) in enumerate(known, start=1)
            if at is not None
        ],
        of_sales=closed(made),
    )
    report = health_report(view, Period())
    numbers = {line["what"]: line["number"] for line in report.lines}
    lacking: dict[str, list[object]] = {
        "people without a source": [one for one in known if not one[1]],
        "people without a creation date": [one for one in known if one[0] is None],
        "people created in the future": [one for one in known if (one[0] or 0) > now],
        "people without a stage": [one for one in known if one[2] is None],
        "opportunities without a creation date": [
            one for one in view.of_sales if one.created is None
        ],
        "opportunities without a campaign": [one for one in view.of_sales if one.campaign is None],
        "opportunities won without a value": [
            one for one in view.of_sales if one.is_won and one.value is None
        ],
    }

    assert {what: numbers.get(what, 0) for what in lacking} == {
        what: len(found) for what, found in lacking.items()
    }
    assert (report.totals["people"], report.totals["opportunities"]) == (
        len(known),
        len(made),
    )
