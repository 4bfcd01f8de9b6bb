"""The report on sources, on a state small enough to count by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.attribution import Model
from reports.earnings import REVENUE_COLUMNS
from reports.frame import Period
from reports.sources import sources_report
from reports.view import Campaign, Entry, Member
from tests.unit.reports.memory_view import MemoryView, day, person, sale


def at_stage(link: int, rank: int, number: int) -> Entry:
    names = ("lead", "mql", "sql", "customer")
    return Entry(
        link=link, stage=names[rank], rank=rank, entered=day(number), left=None, next_rank=None
    )


#: As worked in docs/reports.md.
VIEW = MemoryView(
    of_people=[
        person(1, day(1), source="search"),
        person(2, day(5), source="search"),
        person(3, day(9), source="fair"),
        person(4, None, source="fair"),
        person(5, day(20, month=2), source=""),
    ],
    of_entries=[at_stage(1, 1, 2), at_stage(1, 3, 9), at_stage(2, 1, 6), at_stage(3, 0, 9)],
    of_sales=[
        sale("a", date(2026, 1, 11), 1000, people=(1, 3)),
        sale("b", date(2026, 1, 12), 500, people=(2,), is_won=False),
        sale("c", date(2026, 2, 1), 300, people=(5,), existing=True),
        sale("d", date(2026, 2, 2), 70),
        sale("e", date(2026, 2, 3), people=(1,)),
    ],
    of_campaigns=[
        Campaign(link=1, name="Fair", kind=None, starts=None, cost=Decimal(100), budget=None)
    ],
    of_members=[
        Member(person=link, campaign=1, at=day(9), status=None, responded=True)
        for link in (1, 2, 3)
    ],
)


def test_sources_count_people_sales_revenue_and_cost() -> None:
    report = sources_report(VIEW, Period())
    lines = {line["source"]: line for line in report.lines}

    assert list(lines) == ["search", "fair", ""]
    search, fair, nobody = lines.values()
    assert (search["people"], search["reached_mql"], search["reached_customer"]) == (2, 2, 1)
    assert (search["won"], search["lost"], search["win_rate"]) == (2, 1, Decimal("0.666667"))
    assert (search["conversion"], search["conversion_low"]) == (
        Decimal("0.500000"),
        Decimal("0.094531"),
    )
    # Ada's ten days to the first sale, and 33 to the second.
    assert search["median_days"] == Decimal("21.5")
    assert [line["revenue_linear"] for line in lines.values()] == [500, 500, 370]
    assert [line["revenue_first_touch"] for line in lines.values()] == [1000, 0, 370]
    assert [line["cost"] for line in lines.values()] == [Decimal("66.67"), Decimal("33.33"), None]
    assert (nobody["won"], nobody["revenue_new"], nobody["revenue_existing"]) == (2, 70, 300)
    assert fair["people"] == 2
    assert report.totals["revenue_linear"] == 1370
    # The last one became known on 20 February, and had bought on the 1st.
    assert nobody["median_days"] == -19
    assert [note.count for note in report.notes] == [1, 1, 5, 1, 1, 1]


def test_people_count_in_the_period_they_became_known_in() -> None:
    january = Period(
        since=day(1), until=day(1, month=2), first_day=date(2026, 1, 1), end_day=date(2026, 2, 1)
    )
    report = sources_report(VIEW, january)

    assert [(line["source"], line["people"], line["won"]) for line in report.lines] == [
        ("search", 2, 1),
        ("fair", 1, 0),
    ]


sales = st.lists(
    st.builds(
        lambda value, people, at, is_won: (value, tuple(people), at, is_won),
        st.none() | st.decimals(-1000, 10**7, places=2),
        st.lists(st.integers(1, 6), unique=True, max_size=4),
        st.integers(1, 28),
        st.booleans(),
    ),
    max_size=12,
)


@given(sales)
def test_revenue_by_every_model_is_what_was_won(
    made: list[tuple[Decimal | None, tuple[int, ...], int, bool]],
) -> None:
    view = MemoryView(
        of_people=VIEW.of_people,
        of_sales=[
            sale(str(at), date(2026, 1, on), str(value) if value is not None else None,
                 people=people, is_won=is_won)
            for at, (value, people, on, is_won) in enumerate(made)
        ],
    )  # fmt: skip
    report = sources_report(view, Period())
    lines = list(report.lines)
    won = sum(value for value, _, _, is_won in made if is_won and value is not None)

    assert all(report.totals[f"revenue_{model}"] == won for model in Model)
    assert all(
        sum(Decimal(str(line[column.key])) for line in lines) == report.totals[column.key]
        for column in REVENUE_COLUMNS
    )
