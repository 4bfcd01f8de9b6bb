"""The state as reports read it: what had happened by a moment, as it was known then.

What happened later is left out, whatever the state knows of it by now; a fact counts from the run
that first read it, and the first one read of a record counts from the beginning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from reports.frame import Period
from reports.health import Standing
from reports.stage_figures import PERCENTS, StageFigures
from reports.view import (
    Campaign,
    Entry,
    Handing,
    HandingKind,
    Member,
    Person,
    Sale,
    StageWords,
)
from sync.domain.fact_reading import FactReading, HandOver, Span, StayTimes
from sync.domain.facts import Body, FactKind, SaleFacts
from sync.domain.outcomes import Agreement, Turn, turn_of
from sync.domain.record import Side
from sync.domain.stage_rules import StageRules
from sync.domain.timeline import Stay

__all__ = ["StateView"]

T = TypeVar("T", bound=tuple[str, ...])


@dataclass(frozen=True, kw_only=True)
class StateView:
    """What was known at `as_of`; satisfies `reports.stage_figures.CountingView`.

    `pairs` names the pair of each kind of fact, `stages` are those by which stays were worked out,
    `names` the users of Salesforce, `zone` is that of the days people mean.
    """

    reading: FactReading
    as_of: datetime
    agreement: Agreement
    pairs: Mapping[FactKind, str]
    stages: Sequence[StageWords] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    rules: StageRules | None = None

    @property
    def currency(self) -> str:
        """Give the currency of all figures."""
        return self.agreement.currency

    @property
    def figures(self) -> StageFigures:
        """Give what all stays add up to, counted by the database."""
        return _Figures(self.reading, self.as_of)

    def users(self) -> Mapping[str, str]:
        """Give users' names by Salesforce id, those that are known."""
        return self.names

    def standing(self) -> Standing:
        """Give how the state itself stands."""
        said = self.reading.standing
        return Standing(
            conflicts=_named(said.open_conflicts(self.as_of)),
            errors=_named(said.open_errors(self.as_of)),
            left_out=_named(said.unlinked()),
            asleep=said.asleep(),
            stages=self._no_stages(),
            doubts=said.doubts(),
            future_stays=said.future_stays(self.as_of),
            last_run=said.last_good_run(self.as_of),
        )

    def _no_stages(self) -> Mapping[str, int]:
        """Count the values people came to that are no stage, by where they stand."""
        people = self.pairs.get(FactKind.PERSON)
        if people is None or self.rules is None:
            return {}
        return {
            f"{one.object_name}.{one.field} {one.value}": one.count
            for one in self.reading.standing.stage_values(people, self.as_of)
            if not self.rules.knows(Side(one.side), one.object_name, one.field, one.value)
        }

    # --- people -------------------------------------------------------------------------------

    def people(self) -> Iterator[Sequence[Person]]:
        """Give all linked people who had come by then."""
        for chunk in self.reading.facts(FactKind.PERSON, self.as_of):
            wanted = [body["company"] for _, body in chunk if body.get("company") is not None]
            companies = self.reading.facts_of(wanted, self.as_of)
            found = [_person(link_id, body, companies) for link_id, body in chunk]
            yield [one for one in found if one.created is None or one.created <= self.as_of]

    def entries(self) -> Iterator[Sequence[Entry]]:
        """Give all stays at stages, by person and then in order."""
        for chunk in self.reading.stays(self.as_of):
            yield self._entries(chunk)

    def _entries(self, stays: Sequence[tuple[int, Stay]]) -> Sequence[Entry]:
        known = {one.rank: one.name for one in self.stages}
        return [
            Entry(
                link=link_id,
                stage=known.get(stay.rank, ""),
                rank=stay.rank,
                entered=stay.entered,
                left=stay.left,
                next_rank=stay.next_rank,
            )
            for link_id, stay in stays
        ]

    def handings(self) -> Iterator[Sequence[Handing]]:
        """Give all hand-overs and hand-backs, by person and then in order."""
        for chunk in self.reading.hand_overs(self.as_of):
            yield [self._handing(one) for one in chunk]

    def involved(
        self, period: Period, ranks: Collection[int]
    ) -> Iterator[tuple[Sequence[Person], Sequence[Entry], Sequence[Handing]]]:
        """Give whoever was handed over in a period or came to one of these stages, with all."""
        span = Span(since=period.since, until=period.until, as_of=self.as_of)
        for links in self.reading.involved(span, ranks):
            bodies = self.reading.facts_of(links, self.as_of)
            yield (
                [_person(link_id, bodies.get(link_id, {}), {}) for link_id in links],
                self._entries(self.reading.stays_of(links, self.as_of)),
                [self._handing(one) for one in self.reading.hand_overs_of(links, self.as_of)],
            )

    def _handing(self, one: HandOver) -> Handing:
        agreed = self.agreement.reason(one.reason)
        return Handing(
            link=one.link_id,
            at=one.at,
            kind=HandingKind.OVER if one.over else HandingKind.BACK,
            came_from=one.stage_from,
            to=one.stage_to,
            reason=agreed.name if agreed is not None else one.reason,
            agreed=agreed is not None,
            again=_day(one.again_at),
            owner=one.owner,
            rule=one.rule,
        )

    # --- sales --------------------------------------------------------------------------------

    def sales(self) -> Iterator[Sequence[Sale]]:
        """Give all opportunities that had been opened by then, by id."""
        for chunk in self.reading.sales(self.as_of):
            there = [
                (id, one)
                for id, one in chunk
                if (opened := _moment(one.body.get("created"))) is None or opened <= self.as_of
            ]
            around = self._around(there)
            yield [self._sale(id, one, around) for id, one in there]

    def _around(self, chunk: Sequence[tuple[str, SaleFacts]]) -> _Around:
        """Look up what some opportunities name, all at once."""
        reading, at = self.reading, self.as_of
        accounts = sorted({one.account for _, one in chunk if one.account is not None})
        people = sorted({id for _, one in chunk for id in one.body.get("people", ())})
        campaigns = sorted({id for _, one in chunk if (id := one.body.get("campaign"))})
        deals = self._linked(FactKind.DEAL, [id for id, _ in chunk])
        companies = self._linked(FactKind.COMPANY, accounts)
        persons = self._linked(FactKind.PERSON, people)
        wanted = [link for found in (deals, companies, persons) for link, _ in found.values()]
        return _Around(
            deals=deals,
            companies=companies,
            people=persons,
            campaigns=self._linked(FactKind.CAMPAIGN, campaigns),
            facts=reading.facts_of(wanted, at),
            first_wins=reading.first_wins(accounts, at),
        )

    def _linked(self, kind: FactKind, ids: Sequence[str]) -> Mapping[str, tuple[int, str]]:
        pair = self.pairs.get(kind)
        return self.reading.linked(pair, ids) if pair is not None and ids else {}

    def _sale(self, id: str, one: SaleFacts, around: _Around) -> Sale:
        body = one.body
        # A day is over at its end, wherever: what closes today counts today.
        closed = bool(body["closed"]) and (one.closes is None or one.closes <= self._today)
        agreed = self.agreement.reason(body.get("reason")) if closed else None
        deal, company = around.deals.get(id), around.companies.get(one.account or "")
        campaign = around.campaigns.get(body.get("campaign") or "")
        people = [around.people[who][0] for who in body["people"] if who in around.people]
        first_win = around.first_wins.get(one.account or "")
        return Sale(
            id=id,
            deal=deal[1] if deal is not None else None,
            name=body["name"],
            stage=body["stage"] if closed == bool(body["closed"]) else None,
            created=_moment(body.get("created")),
            closed=one.closes,
            is_closed=closed,
            is_won=closed and one.won,
            amount=_number(body.get("amount")),
            currency=body.get("currency"),
            value=_number(body.get("value")),
            reason=(agreed.name if agreed is not None else body.get("reason")) if closed else None,
            agreed=agreed is not None,
            owner=body.get("owner"),
            company=company[0] if company is not None else None,
            campaign=campaign[0] if campaign is not None else None,
            existing=first_win is not None and first_win < turn_of(one.closes, id),
            people=people,
            facts=around.facts_behind(deal, company, people),
        )

    @property
    def _today(self) -> date:
        return self.as_of.astimezone(self.zone).date()

    # --- campaigns ----------------------------------------------------------------------------

    def campaigns(self) -> Mapping[int, Campaign]:
        """Give all linked campaigns by link."""
        return {
            link_id: self._campaign(link_id, body)
            for chunk in self.reading.facts(FactKind.CAMPAIGN, self.as_of)
            for link_id, body in chunk
        }

    def _campaign(self, link_id: int, body: Body) -> Campaign:
        starts = _day(body.get("starts"))
        return Campaign(
            link=link_id,
            name=body.get("name") or "",
            kind=body.get("kind"),
            starts=starts,
            cost=self._money(body.get("cost"), body.get("currency"), starts),
            budget=self._money(body.get("budget"), body.get("currency"), starts),
        )

    def _money(self, text: str | None, currency: str | None, on: date | None) -> Decimal | None:
        """Give an amount in the currency of all figures; None where that is not known."""
        amount = _number(text)
        if amount is None:
            return None
        return self.agreement.rates.convert(amount, currency, self.currency, on=on)

    def members(self) -> Iterator[Sequence[Member]]:
        """Give who had taken part in campaigns by then, by person and then by time."""
        people, campaigns = self.pairs.get(FactKind.PERSON), self.pairs.get(FactKind.CAMPAIGN)
        if people is None or campaigns is None:
            return
        for chunk in self.reading.members(people, campaigns, self.as_of):
            yield [
                Member(
                    person=person,
                    campaign=campaign,
                    at=one.at,
                    status=one.status,
                    responded=one.responded,
                )
                for person, campaign, one in chunk
                if one.at <= self.as_of
            ]


_Links = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What some opportunities name: links and left ids by the ids they name them by."""

    deals: _Links
    companies: _Links
    people: _Links
    campaigns: _Links
    facts: Mapping[int, Body]
    first_wins: Mapping[str, Turn]

    def facts_behind(
        self, deal: tuple[int, str] | None, company: tuple[int, str] | None, people: Sequence[int]
    ) -> dict[str, str | None]:
        """Give what was asked to be kept of a deal, its company and its first person."""
        found: dict[str, str | None] = {}
        for link in (deal and deal[0], company and company[0], people[0] if people else None):
            found |= self.facts.get(link, {}).get("facts", {}) if link is not None else {}
        return found


class _Figures:
    """What all stays add up to, as of a moment."""

    def __init__(self, reading: FactReading, as_of: datetime) -> None:
        self._totals = reading.stages
        self._as_of = as_of

    def present(self) -> Mapping[int, int]:
        """Count the people who are at each stage."""
        return self._totals.present(self._as_of)

    def furthest(self, period: Period) -> Mapping[tuple[int, int], int]:
        """Count people by the stage they entered in a period, and the furthest one since."""
        return self._totals.furthest(self._span(period))

    def stay_times(self, period: Period, *, business: bool) -> Mapping[int, StayTimes]:
        """Tell how many seconds the stays lasted that ended in a period, by `PERCENTS`."""
        return self._totals.stay_times(self._span(period), PERCENTS, business=business)

    def _span(self, period: Period) -> Span:
        return Span(since=period.since, until=period.until, as_of=self._as_of)


def _person(link_id: int, body: Body, companies: Mapping[int, Body]) -> Person:
    company = body.get("company")
    facts = dict(body.get("facts", {}))
    if company is not None:
        facts |= companies.get(company, {}).get("facts", {})
    return Person(
        link=link_id,
        hubspot=body.get("hubspot"),
        salesforce=body.get("salesforce"),
        created=_moment(body.get("created")),
        source=body.get("source") or "",
        score=_number(body.get("score")),
        owner=body.get("owner"),
        company=company,
        facts=facts,
    )


def _named(counts: Mapping[T, int]) -> dict[str, int]:
    """Give counts by the words that tell them apart, in a row."""
    sides = {Side.LEFT.value: "HubSpot", Side.RIGHT.value: "Salesforce"}
    return {
        ", ".join(sides.get(word, word.replace("_", " ")) for word in words): count
        for words, count in counts.items()
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _day(text: str | None) -> date | None:
    """Give the day a text begins with; None for a blank and for what is no day."""
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _number(text: str | None) -> Decimal | None:
    try:
        found = None if text is None else Decimal(text)
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None
