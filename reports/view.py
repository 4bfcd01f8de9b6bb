"""What reports read: the state as it stood at a moment, person by person, in the agreed words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

__all__ = [
    "Campaign",
    "Entry",
    "Handing",
    "HandingKind",
    "Member",
    "Person",
    "Sale",
    "StageWords",
    "View",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWords:
    """A stage of the funnel by its name, what it means, and its place in the order."""

    name: str
    means: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One linked person as known at that moment.

    `created` is when the first of both CRMs had them, None where neither says. `source` is where
    they came from in the mapping's canonical words, "" where nobody knows. `company` is the number
    of the link of their company. `facts` are all other fields the reports were asked to keep.
    """

    link: int
    hubspot: str | None
    salesforce: str | None
    created: datetime | None
    source: str
    score: Decimal | None
    owner: str | None
    company: int | None
    facts: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stay of a person at a stage: since when, until when (None: still there), and where next.

    `rank` is the place of the stage in lifecycle.yaml, `next_rank` that of the one after it.
    """

    link: int
    stage: str
    rank: int
    entered: datetime
    left: datetime | None
    next_rank: int | None


class HandingKind(StrEnum):
    """Which way a person was handed."""

    OVER = "over"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """A person handed over to sales, or back to marketing: between which stages, and why.

    `reason` is the agreed reason's name, or what sales wrote where it is none of them; `agreed`
    tells which. `owner` is the user it went to, as Salesforce's id, `rule` why they were chosen.
    """

    link: int
    at: datetime
    kind: HandingKind
    came_from: str | None
    to: str
    reason: str | None = None
    agreed: bool = False
    again: date | None = None
    owner: str | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One opportunity as known at that moment; amounts in the currency of all figures.

    `people` are the numbers of the links of the persons behind it, the first one first. `company`
    is the link of its account, `campaign` of the campaign it names. `existing` tells that its
    account had won before. `closed` is the day it closes or closed. `facts` are the fields of its
    deal and company that the reports were asked to keep, as `deals.product`.
    """

    id: str
    deal: str | None
    name: str
    stage: str | None
    created: datetime | None
    closed: date | None
    is_closed: bool
    is_won: bool
    amount: Decimal | None
    currency: str | None
    value: Decimal | None
    reason: str | None
    agreed: bool
    owner: str | None
    company: int | None
    campaign: int | None
    existing: bool
    people: Sequence[int] = ()
    facts: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign; `cost` and `budget` are in the currency of all figures, None where not told."""

    link: int
    name: str
    kind: str | None
    starts: date | None
    cost: Decimal | None
    budget: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """That a person took part in a campaign, since when (None: nobody says), and how."""

    person: int
    campaign: int
    at: datetime | None
    status: str | None
    responded: bool


class View(Protocol):
    """The state as of `as_of`: what both CRMs had said by then.

    Everything comes in chunks, in the order of links, so that any number takes little memory.
    """

    @property
    def as_of(self) -> datetime:
        """Give the moment (UTC, aware)."""
        ...

    @property
    def currency(self) -> str:
        """Give the currency of all figures."""
        ...

    @property
    def zone(self) -> tzinfo:
        """Give the zone whose days are meant, where a moment is compared with a day."""
        ...

    @property
    def stages(self) -> Sequence[StageWords]:
        """Give the stages in their order; none without lifecycle.yaml."""
        ...

    def people(self) -> Iterator[Sequence[Person]]:
        """Give all linked people."""
        ...

    def entries(self) -> Iterator[Sequence[Entry]]:
        """Give all stays at stages, by person and then in order."""
        ...

    def handings(self) -> Iterator[Sequence[Handing]]:
        """Give all hand-overs and hand-backs, by person and then in order."""
        ...

    def sales(self) -> Iterator[Sequence[Sale]]:
        """Give all opportunities, by id."""
        ...

    def campaigns(self) -> Mapping[int, Campaign]:
        """Give all linked campaigns by link."""
        ...

    def members(self) -> Iterator[Sequence[Member]]:
        """Give who took part in campaigns, by person and then by time."""
        ...

    def users(self) -> Mapping[str, str]:
        """Give users' names by Salesforce id, those that are known."""
        ...
