"""Reports add up: what a report tells in several ways is the same whole each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.attribution import Model
from reports.campaigns import campaigns_report
from reports.frame import Cell, Line, Period
from reports.losses import losses_report
from reports.segments import segments_report
from reports.view import Campaign, Handing, HandingKind, Member, Sale
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
