"""How reports read what the state keeps for them: what was known at a moment, and sums of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sync.domain.facts import Body, FactKind, MemberFacts, SaleFacts
from sync.domain.outcomes import Turn
from sync.domain.timeline import Stay

__all__ = [
    "FactReading",
    "HandOver",
    "Span",
    "StageTotals",
    "StageValue",
    "StandingTotals",
    "StayTimes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A hand-over or hand-back as kept; `reason` is what sales chose, `again_at` an ISO day."""

    link_id: int
    at: datetime
    over: bool
    stage_from: str | None
    stage_to: str
    reason: str | None
    again_at: str | None
    owner: str | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one moment until just before another, and nothing after `as_of`; None is open."""

    since: datetime | None
    until: datetime | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class StayTimes:
    """How many stays ended, and how many seconds the asked for percentiles of them lasted."""

    count: int
    percentiles: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageValue:
    """A value that stage events led to, and how often."""

    side: str
    object_name: str
    field: str
    value: str
    count: int


class FactReading(Protocol):
    """What the state kept for reports. All that is given in chunks is in order."""

    def facts(self, kind: FactKind, at: datetime) -> Iterator[Sequence[tuple[int, Body]]]:
        """Give the facts of all links of a kind, by link."""
        ...

    def facts_of(self, link_ids: Sequence[int], at: datetime) -> Mapping[int, Body]:
        """Give the facts of links."""
        ...

    def stays(self, at: datetime) -> Iterator[Sequence[tuple[int, Stay]]]:
        """Give the stays of all people that had begun, by link and in order."""
        ...

    def hand_overs(self, at: datetime) -> Iterator[Sequence[HandOver]]:
        """Give the hand-overs and hand-backs of all people, by link and in order."""
        ...

    def involved(self, span: Span, ranks: Collection[int]) -> Iterator[Sequence[int]]:
        """Give who was handed over within a span, or came to one of these stages, by link."""
        ...

    def stays_of(self, link_ids: Sequence[int], at: datetime) -> Sequence[tuple[int, Stay]]:
        """Give the stays of people that had begun, by link and in order."""
        ...

    def hand_overs_of(self, link_ids: Sequence[int], at: datetime) -> Sequence[HandOver]:
        """Give the hand-overs and hand-backs of people, by link and in order."""
        ...

    def sales(self, at: datetime) -> Iterator[Sequence[tuple[str, SaleFacts]]]:
        """Give all opportunities, by id."""
        ...

    def first_wins(self, accounts: Sequence[str], at: datetime) -> Mapping[str, Turn]:
        """Tell when accounts won for the first time."""
        ...

    def members(
        self, people: str, campaigns: str, at: datetime
    ) -> Iterator[Sequence[tuple[int, int, MemberFacts]]]:
        """Give memberships with the links of person and campaign, by person and then by time."""
        ...

    def linked(self, pair: str, ids: Sequence[str]) -> Mapping[str, tuple[int, str]]:
        """Give link and left id of records on the right, by their ids."""
        ...

    @property
    def stages(self) -> StageTotals:
        """Give what the stays of all people add up to."""
        ...

    @property
    def standing(self) -> StandingTotals:
        """Give how the state stands, in numbers."""
        ...


class StageTotals(Protocol):
    """What the stays of all people add up to."""

    def present(self, at: datetime) -> Mapping[int, int]:
        """Count the people who are at each stage, by rank."""
        ...

    def furthest(self, span: Span) -> Mapping[tuple[int, int], int]:
        """Count people by the stage they entered within a span, and the furthest one since."""
        ...

    def stay_times(
        self, span: Span, percents: Sequence[int], *, business: bool
    ) -> Mapping[int, StayTimes]:
        """Tell how long the stays lasted that ended within a span, by rank."""
        ...


class StandingTotals(Protocol):
    """How the state stands, in numbers."""

    def stage_values(self, pair: str, at: datetime) -> Sequence[StageValue]:
        """Give what values stage events of a pair led to."""
        ...

    def doubts(self) -> Mapping[str, int]:
        """Count the people of whom something could not be taken for a stay, by what."""
        ...

    def future_stays(self, at: datetime) -> int:
        """Count the stays that begin after a moment."""
        ...

    def open_conflicts(self, at: datetime) -> Mapping[tuple[str, str], int]:
        """Count what was held, by pair and kind."""
        ...

    def open_errors(self, at: datetime) -> Mapping[tuple[str, str], int]:
        """Count what was in error, by pair and category."""
        ...

    def unlinked(self) -> Mapping[tuple[str, str, str], int]:
        """Count the records without a link as they stand now, by pair, side and state."""
        ...

    def asleep(self) -> Mapping[str, int]:
        """Count the links that sleep now, by pair."""
        ...

    def last_good_run(self, at: datetime) -> datetime | None:
        """Tell when the last run ended that did all it could."""
        ...
