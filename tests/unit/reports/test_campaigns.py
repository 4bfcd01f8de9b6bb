"""The report on campaigns, on a state small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from reports.campaigns import campaigns_report
from reports.frame import Period
from reports.view import Campaign, Member
from tests.unit.reports.memory_view import MemoryView, day, person, sale
from tests.unit.reports.test_sources import at_stage


def took_part(link: int, campaign: int, number: int | None, *, responded: bool = True) -> Member:
    at = day(number) if number is not None else None
    return Member(person=link, campaign=campaign, at=at, status=None, responded=responded)


def campaign(link: int, name: str, cost: int | None) -> Campaign:
    paid = Decimal(cost) if cost is not None else None
    return Campaign(link=link, name=name, kind="Event", starts=None, cost=paid, budget=None)


#: As worked in docs/reports.md.
VIEW = MemoryView(
    of_people=[person(1, day(5)), person(2, day(6))],
    of_entries=[at_stage(1, 3, 20), at_stage(2, 1, 7)],
    of_campaigns=[campaign(1, "Fair", 200), campaign(2, "Mail", None), campaign(3, "Call", 50)],
    of_members=[
        took_part(1, 1, 2),
        took_part(2, 1, None, responded=False),
        took_part(1, 2, 10),
        took_part(2, 2, 25),
    ],
    of_sales=[
        sale("a", date(2026, 1, 20), 1000, people=(1, 2), created=day(15)),
        sale("b", date(2026, 1, 21), 300, campaign=3, created=day(16), existing=True),
        sale("c", date(2026, 1, 22), 70),
        sale("d", date(2026, 1, 23), 500, people=(1,), is_won=False),
    ],
)


def test_campaigns_count_people_sales_revenue_and_cost() -> None:
    report = campaigns_report(VIEW, Period())
    fair, call, mail, nothing = sorted(
        report.lines, key=lambda line: ("Fair", "Call", "Mail", "").index(str(line["campaign"]))
    )

    assert (fair["people"], fair["responded"], fair["reached_customer"]) == (2, 1, 1)
    # Of three touches before the first sale two are the fair's; what came after it counts for none.
    assert (fair["revenue_linear"], mail["revenue_linear"]) == (
        Decimal("666.67"),
        Decimal("333.33"),
    )
    assert (fair["revenue_first_touch"], mail["revenue_last_touch"]) == (1000, 1000)
    assert (fair["won"], fair["lost"], mail["won"], call["won"], nothing["won"]) == (1, 1, 1, 1, 1)
    assert (call["revenue_existing"], call["people"], call["return"]) == (300, 0, 6)
    assert (fair["cost_per_person"], fair["cost_per_win"]) == (100, 200)
    assert nothing["revenue_u_shaped"] == 70
    joined = [(one.line, one.hubspot) for one in report.traces if "joined" in one.values]
    assert sorted(joined) == [("Fair", "h1"), ("Fair", "h2"), ("Mail", "h1"), ("Mail", "h2")]
    assert (report.totals["revenue_linear"], report.totals["won"], report.totals["cost"]) == (
        1370,
        3,
        250,
    )


def test_500_touches_of_one_person_share_one_sale() -> None:
    view = replace(VIEW, of_members=[took_part(1, at, 1 + at % 19) for at in range(1, 501)])
    report = campaigns_report(view, Period())

    assert report.totals["revenue_time_decay"] == 1370
