"""A small state for the reports, made by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from reports.view import (
    Campaign,
    Entry,
    Handing,
    Member,
    Person,
    Sale,
    StageWords,
)

__all__ = ["STAGES", "MemoryView", "day", "person", "sale"]

STAGES = tuple(
    StageWords(name=name, means=means, rank=rank)
    for rank, (name, means) in enumerate(
        (
            ("lead", "known by name"),
            ("mql", "marketing vouches for it"),
            ("sql", "sales sees a need and a budget"),
            ("customer", "has bought"),
        )
    )
)


def day(number: int, hour: int = 0, *, month: int = 1) -> datetime:
    """Give a moment of 2026 in UTC."""
    return datetime(2026, month, number, hour, tzinfo=UTC)


def person(link: int, created: datetime | None = None, **known: object) -> Person:
    """Give a person of whom only this is known."""
    values: dict[str, object] = {
        "hubspot": f"h{link}",
        "salesforce": f"s{link}",
        "source": "",
        "score": None,
        "owner": None,
        "company": None,
    }
    return Person(link=link, created=created, **{**values, **known})  # type: ignore[arg-type]


def sale(
    id: str, closed: date | None = None, value: int | str | None = None, **known: object
) -> Sale:
    """Give a won opportunity, unless more is said."""
    amount = Decimal(value) if value is not None else None
    values: dict[str, object] = {
        "deal": f"d{id}",
        "name": id,
        "stage": "Closed Won",
        "created": None,
        "is_closed": closed is not None,
        "is_won": closed is not None,
        "amount": amount,
        "currency": "EUR",
        "value": amount,
        "reason": None,
        "agreed": False,
        "owner": None,
        "company": None,
        "campaign": None,
        "existing": False,
    }
    return Sale(id=id, closed=closed, **{**values, **known})  # type: ignore[arg-type]


@dataclass
class MemoryView:
    """A view on lists; what is asked for in order is put in order here."""

    as_of: datetime = datetime(2026, 12, 31, tzinfo=UTC)
    currency: str = "EUR"
    zone: tzinfo = UTC
    stages: Sequence[StageWords] = STAGES
    of_people: Sequence[Person] = ()
    of_entries: Sequence[Entry] = ()
    of_handings: Sequence[Handing] = ()
    of_sales: Sequence[Sale] = ()
    of_campaigns: Sequence[Campaign] = ()
    of_members: Sequence[Member] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def people(self) -> Iterator[Sequence[Person]]:
        """Give all linked people, one in a chunk."""
        yield from ([one] for one in sorted(self.of_people, key=lambda one: one.link))

    def entries(self) -> Iterator[Sequence[Entry]]:
        """Give all stays at stages, all in one chunk."""
        yield sorted(self.of_entries, key=lambda one: (one.link, one.entered))

    def handings(self) -> Iterator[Sequence[Handing]]:
        """Give all hand-overs and hand-backs."""
        yield sorted(self.of_handings, key=lambda one: (one.link, one.at))

    def sales(self) -> Iterator[Sequence[Sale]]:
        """Give all opportunities."""
        yield sorted(self.of_sales, key=lambda one: one.id)

    def campaigns(self) -> Mapping[int, Campaign]:
        """Give all campaigns by link."""
        return {one.link: one for one in self.of_campaigns}

    def members(self) -> Iterator[Sequence[Member]]:
        """Give who took part in campaigns."""
        first = datetime.min.replace(tzinfo=UTC)
        yield sorted(self.of_members, key=lambda one: (one.person, one.at or first))

    def users(self) -> Mapping[str, str]:
        """Give users' names."""
        return self.names
