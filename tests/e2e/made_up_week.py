"""A made-up company's funnel over some weeks, and the page of its last one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from console.report.page import week_page
from mappings.lifecycle.hours import calendar_of
from mappings.lifecycle.model import Lifecycle
from reports.frame import Period, Report
from reports.health import Standing
from reports.periods import before, week_of
from reports.registry import REPORTS, Terms, report_of
from reports.view import Campaign, Entry, Handing, HandingKind, Member, Person, Sale, StageWords
from reports.week import Week, week_of_reports
from tests.unit.reports.memory_view import MemoryView

__all__ = ["ZONE", "made_up_page", "made_up_view", "made_up_week"]

ZONE = ZoneInfo("Europe/Berlin")
_MONDAY = datetime(2026, 9, 28, tzinfo=UTC)
_STAGES = (
    ("lead", "known by name"),
    ("mql", "marketing vouches for it"),
    ("sal", "sales took it"),
    ("sql", "sales sees a need and a budget"),
    ("opportunity", "an offer is on the table"),
    ("customer", "has bought"),
)
_SOURCES = {"PAID_SEARCH": 5, "ORGANIC_SEARCH": 6, "EVENT": 3, "REFERRAL": 2, "SOCIAL": 3, "": 1}
_CAMPAIGNS = ("Autumn webinar", "Hanover fair 2026", "Guide to heat pumps", "Spring e-mails")
_REASONS = ("no_budget", "bad_data", "no_need", "chose_another", "Other: bad timing")
_AGREED = Lifecycle.model_validate(
    {
        "stages": [
            {
                "name": name,
                "means": means,
                "hubspot": {"lifecyclestage": name},
                "salesforce": {"Lead.Status": name},
            }
            for name, means in _STAGES
        ],
        "hand_over": {"to": "mql", "when": "true"},
        "service_levels": [
            {"name": "follow-up", "from": "mql", "to": "sal", "within": "8 business hours"},
            {"name": "volume", "stage": "mql", "at_least": 240, "per": "month"},
            {"name": "revenue", "won": "2000000 EUR", "per": "quarter"},
        ],
        "business_hours": {
            "days": "Mon-Fri",
            "from": "09:00",
            "to": "17:30",
            "zone": "Europe/Berlin",
            "holidays": "DE-BE",
        },
    }
)
assert _AGREED.business_hours is not None
_HOURS = calendar_of(_AGREED.business_hours)
_USERS = {"005A00000000001AAA": "Anna Berg", "005A00000000002AAA": "Ben Carter"}
_WEEKS = 16


def made_up_view(seed: int = 7) -> MemoryView:
    """Give the state of a company that nobody has."""
    chance = random.Random(seed)
    view = _State(
        as_of=_MONDAY + timedelta(days=7, hours=6),
        stages=tuple(
            StageWords(name=name, means=means, rank=rank)
            for rank, (name, means) in enumerate(_STAGES)
        ),
        names=_USERS,
    )
    people: list[Person] = []
    entries: list[Entry] = []
    handings: list[Handing] = []
    members: list[Member] = []
    sales: list[Sale] = []
    begin = _MONDAY - timedelta(weeks=_WEEKS - 1)
    for link in range(1, 2000):
        at = begin + timedelta(hours=chance.uniform(0, 24 * 7 * _WEEKS - 1))
        owner = chance.choice(list(_USERS))
        people.append(
            Person(
                link=link,
                hubspot=str(100_000 + link),
                salesforce=f"00Q{link:012}AAA",
                created=at,
                source=chance.choices(list(_SOURCES), list(_SOURCES.values()))[0],
                score=Decimal(chance.randint(0, 100)),
                owner=owner,
                company=None,
            )
        )
        if chance.random() < 0.4:
            members.append(
                Member(
                    person=link,
                    campaign=chance.randint(9001, 9004),
                    at=at,
                    status="Responded",
                    responded=True,
                )
            )
        far = 0
        while far < len(_STAGES) - 1 and chance.random() < (0.42, 0.75, 0.6, 0.62, 0.5)[far]:
            far += 1
        stay = at
        for rank in range(far + 1):
            gone = stay + timedelta(
                hours=chance.choice((0.5, 2, 5, 20, 40, 90)) * chance.uniform(0.5, 1)
            )
            last = rank == far or gone >= view.as_of
            entries.append(
                Entry(
                    link=link,
                    stage=_STAGES[rank][0],
                    rank=rank,
                    entered=stay,
                    left=None if last else gone,
                    next_rank=None if last else rank + 1,
                )
            )
            if rank == 1:
                handings.append(
                    Handing(
                        link=link,
                        at=stay,
                        kind=HandingKind.OVER,
                        came_from="lead",
                        to="mql",
                        owner=owner,
                    )
                )
            if last and rank == 2 and gone < view.as_of:
                reason = chance.choice(_REASONS)
                handings.append(
                    Handing(
                        link=link,
                        at=gone,
                        kind=HandingKind.BACK,
                        came_from="sal",
                        to="lead",
                        reason=reason,
                        agreed=":" not in reason,
                        again=date(2027, 3, 1) if reason == "no_budget" else None,
                        owner=owner,
                    )
                )
            if last:
                break
            stay = gone
        if far >= 4 and stay < view.as_of:
            won = far == 5
            value = Decimal(chance.randint(40, 400) * 100)
            why = None if won else chance.choice(_REASONS)
            sales.append(
                Sale(
                    id=f"006{link:012}AAA",
                    deal=str(500_000 + link),
                    name=f"Deal {link}",
                    stage="Closed Won" if won else "Closed Lost",
                    created=stay - timedelta(days=9),
                    closed=stay.date(),
                    is_closed=True,
                    is_won=won,
                    amount=value,
                    currency="EUR",
                    value=value,
                    reason=why,
                    agreed=why is None or ":" not in why,
                    owner=owner,
                    company=None,
                    campaign=None,
                    existing=chance.random() < 0.2,
                    people=(link,),
                )
            )
    view.of_people, view.of_entries, view.of_handings = people, entries, handings
    view.of_members, view.of_sales = members, sales
    view.of_campaigns = [
        Campaign(
            link=9001 + number,
            name=name,
            kind=None,
            starts=None,
            cost=Decimal(2500 * (number + 1)),
            budget=None,
        )
        for number, name in enumerate(_CAMPAIGNS)
    ]
    return view


def made_up_week() -> Week:
    """Give the last whole week of that company."""
    view = made_up_view()
    week = week_of(date(2026, 9, 30), ZONE)
    terms = Terms(lifecycle=_AGREED, hours=_HOURS)

    def make(name: str, period: Period) -> Report | None:
        return report_of(name, view, period, terms) if name in REPORTS else None

    return week_of_reports(make, view, week, before(week, days=28, zone=ZONE))


def made_up_page() -> Iterator[str]:
    """Give the page of that week."""
    return week_page(made_up_week(), zone=ZONE, made_up=True)


@dataclass
class _State(MemoryView):
    """A view that also tells what waits for a person."""

    def standing(self) -> Standing:
        """Give how the state stands."""
        return Standing(
            conflicts={"contacts": 7, "companies": 2},
            errors={"deals": 3},
            stages={"Lead.Status: Parked": 4},
            last_run=self.as_of - timedelta(minutes=5),
        )
