"""What reports count by, as the state keeps it: versions of facts, and stays at stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sync.domain.timeline import Handed, Timeline

__all__ = [
    "STAGES_NOTE",
    "Body",
    "Due",
    "FactKind",
    "Facts",
    "MemberFacts",
    "SaleFacts",
    "StaysOf",
]

#: Under this note stand the names of the stages, in order, by which stays were worked out.
STAGES_NOTE = "facts:stages"

#: Facts as data: texts, numbers, lists and tables of those.
Body = Mapping[str, Any]


class Due(StrEnum):
    """What may have other facts by now: a link, an opportunity, a membership."""

    LINK = "link"
    SALE = "sale"
    MEMBER = "member"


class FactKind(StrEnum):
    """What a link is a link of."""

    PERSON = "person"
    COMPANY = "company"
    DEAL = "deal"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFacts:
    """The facts of an opportunity; what is asked for by itself stands beside the rest."""

    account: str | None
    won: bool
    closes: date | None
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """That a person took part in a campaign, both by their ids on the side that knows it."""

    person: str
    campaign: str
    at: datetime
    status: str | None
    responded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaysOf:
    """The stays of one person, each with its seconds of business hours, where those are told."""

    link_id: int
    timeline: Timeline
    business: tuple[int | None, ...]


class Facts(Protocol):
    """What reports count by. A version is kept only where it says something new."""

    def due(self, kind: Due, *, size: int) -> Sequence[str]:
        """Give some of those whose facts are to be looked at, none once all were."""
        ...

    def mark(self, kind: Due, keys: Sequence[str]) -> None:
        """Have facts looked at."""
        ...

    def mark_all(self, pairs: Sequence[str]) -> None:
        """Have all links of pairs, all opportunities and all memberships looked at."""
        ...

    def done(self, kind: Due, keys: Sequence[str]) -> None:
        """Note that facts were looked at."""
        ...

    def current(self, link_ids: Sequence[int]) -> Mapping[int, Body]:
        """Give the newest facts of links, of those that have any."""
        ...

    def keep(self, kind: FactKind, bodies: Mapping[int, Body | None], *, at: datetime) -> None:
        """Keep the facts of links as of a moment; None where there are none any more."""
        ...

    def keep_sales(self, found: Mapping[str, SaleFacts | None], *, at: datetime) -> None:
        """Keep the facts of opportunities as of a moment; None where one is gone."""
        ...

    def keep_members(self, found: Mapping[str, MemberFacts | None], *, at: datetime) -> None:
        """Keep memberships as of a moment; None where one is gone."""
        ...

    def keep_stays(self, found: Sequence[StaysOf]) -> None:
        """Keep the stays of people in the place of those kept before."""
        ...

    def handings(self, link_ids: Sequence[int]) -> Mapping[int, Sequence[Handed]]:
        """Give the hand-overs and hand-backs of people, the oldest first."""
        ...
