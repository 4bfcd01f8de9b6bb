"""The ledger of closed opportunities: each stands in it once, arrived or with its cause."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from mappings.model import PairMapping
from mappings.outcomes import OPPORTUNITY
from reports.arrivals import Arrival, Arrivals, Place, place_of
from reports.frame import Cell, Note, Period, Total
from sync.domain.outcomes import Agreement, Opportunity, OutcomeWord
from sync.domain.record import Side
from sync.domain.store import Store

__all__ = ["COLUMNS", "Cause", "Ledger", "Row", "Totals"]

#: What stands in a line, in order; the keys of a row as machines read it.
COLUMNS = (
    "opportunity",
    "name",
    "outcome",
    "stage",
    "closed",
    "amount",
    "currency",
    "reporting_amount",
    "reason",
    "deal",
    "people",
    "people_behind",
    "company",
    "campaign",
    "arrived",
    "cause",
    "fix",
)
_CONTACTS, _COMPANIES = ("contacts", "0-1"), ("companies", "0-2")
_CAMPAIGN = "Campaign"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an opportunity did not arrive somewhere, and what to do about it."""

    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One closed opportunity: where it arrived, or why it did not.

    `deal` and `company` are HubSpot's ids, `people` how many of `behind` carry it. `alone` tells
    that nobody has a role, and the only contact of the account stands behind it.
    """

    of: Opportunity
    reason: str | None
    deal: str | None
    people: int
    behind: int
    alone: bool
    company: str | None
    campaign: str | None
    causes: tuple[Cause, ...]

    @property
    def arrived(self) -> str:
        """Say `yes`, `in part` or `no`."""
        if not self.causes:
            return "yes"
        return "in part" if self.deal or self.company or self.people else "no"

    def cells(self) -> dict[str, Cell]:
        """Give the row by its columns."""
        of = self.of
        values: tuple[Cell, ...] = (
            of.id,
            of.name,
            of.outcome.value,
            of.stage,
            of.closes,
            of.amount,
            of.currency,
            of.reporting,
            self.reason,
            self.deal,
            self.people,
            self.behind,
            self.company,
            self.campaign,
            self.arrived,
            "; ".join(cause.text for cause in self.causes) or None,
            "; ".join(dict.fromkeys(cause.fix for cause in self.causes if cause.fix)) or None,
        )
        return dict(zip(COLUMNS, values, strict=True))


@dataclass(slots=True)
class Totals:
    """What all rows add up to; filled while they are read."""

    currency: str
    closed: int = 0
    won: int = 0
    lost: int = 0
    delivered: int = 0
    explained: int = 0
    revenue: Decimal = Decimal(0)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    unconverted: int = 0
    without_amount: int = 0
    without_role: int = 0
    by_only_contact: int = 0
    without_campaign: int = 0

    def add(self, row: Row) -> None:
        """Count one row."""
        of = row.of
        self.closed += 1
        self.won += of.outcome is OutcomeWord.WON
        self.lost += of.outcome is OutcomeWord.LOST
        self.delivered += row.arrived == "yes"
        self.explained += row.arrived != "yes"
        self.by_only_contact += row.alone
        self.without_role += row.behind == 0
        self.without_campaign += of.campaign is None
        if of.outcome is not OutcomeWord.WON:
            return
        self.without_amount += of.amount is None
        if of.amount is not None:
            currency = of.currency or self.currency
            self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + of.amount
            self.unconverted += of.reporting is None
        self.revenue += of.reporting or Decimal(0)

    def as_data(self) -> dict[str, Total]:
        """Give them by their names."""
        return {
            "closed": self.closed,
            "won": self.won,
            "lost": self.lost,
            "delivered": self.delivered,
            "explained": self.explained,
            "revenue": self.revenue,
            "currency": self.currency,
            "amounts": dict(sorted(self.amounts.items())),
        }

    def notes(self) -> list[Note]:
        """Say what was counted apart, and why."""
        said = (
            (self.unconverted, "won in a currency that has no rate: not in the revenue"),
            (self.without_amount, "won without an amount: counted as won, with no revenue"),
            (
                self.by_only_contact,
                "without a contact role: credited to the only contact of the account",
            ),
            (self.without_role, "with nobody behind them: no person carries them"),
            (self.without_campaign, "without a campaign: no campaign is credited"),
        )
        return [Note(text=text, count=count) for count, text in said if count]


class Ledger:
    """Reads the ledger out of a state, in chunks, whatever its size."""

    def __init__(
        self, store: Store, pairs: Sequence[PairMapping], agreement: Agreement, *, chunk: int = 500
    ) -> None:
        """Read a state by the mapping and what was agreed on; nothing is called."""
        self._store = store
        self._agreement = agreement
        self._chunk = chunk
        self._arrivals = Arrivals(store, agreement)
        self._deals = next((one for one in pairs if OPPORTUNITY in one.objects(Side.RIGHT)), None)
        self._people = place_of(store, pairs, "Contact", _CONTACTS)
        self._companies = place_of(store, pairs, "Account", _COMPANIES)
        self._campaigns = next(
            (one.pair for one in pairs if one.objects(Side.RIGHT) == (_CAMPAIGN,)), None
        )

    def rows(
        self,
        totals: Totals,
        *,
        outcome: OutcomeWord | None = None,
        only_missing: bool = False,
        period: Period | None = None,
    ) -> Iterator[Row]:
        """Give the rows by the opportunities' ids, those wanted; `totals` count these alone.

        One that closed on no known day is in every period.
        """
        found = (one for page in self._store.sales.all(closed=True) for one in page)
        wanted = (
            one
            for one in found
            if (outcome is None or one.outcome is outcome)
            and (period is None or one.closes is None or period.holds_day(one.closes))
        )
        while chunk := list(islice(wanted, self._chunk)):
            for row in self._rows(chunk):
                if not only_missing or row.causes:
                    totals.add(row)
                    yield row

    def _rows(self, chunk: Sequence[Opportunity]) -> Iterator[Row]:
        sales = self._store.sales
        ids = [one.id for one in chunk]
        accounts = sorted({one.account for one in chunk if one.account is not None})
        campaigns = sorted({one.campaign for one in chunk if one.campaign is not None})
        behind, only = sales.people_behind(ids), sales.only_people(accounts)
        people = {one for found in behind.values() for one in found} | set(only.values())
        deals = self._arrivals.deals(self._deals, ids) if self._deals is not None else {}
        persons = self._carrying(self._people, people)
        companies = self._carrying(self._companies, accounts)
        linked = self._linked_campaigns(campaigns)
        names = sales.campaign_names(campaigns)
        for one in chunk:
            credited = list(behind.get(one.id, ()))
            alone = not credited and one.account in only
            if alone and one.account is not None:
                credited = [only[one.account]]
            parts = [persons.get(id, _no_pair("contacts")) for id in credited]
            deal = deals.get(one.id, _no_pair("deals"))
            company = companies.get(one.account or "", _no_pair("companies"))
            causes = [
                *_cause("the deal", deal),
                *_people_causes(one, credited, parts),
                *_company_causes(one, company),
                *_campaign_causes(one, linked),
                *self._amount_causes(one),
                *self._reason_causes(one),
            ]
            agreed = self._agreement.reason(one.reason)
            yield Row(
                of=one,
                reason=agreed.name if agreed is not None else one.reason,
                deal=deal.id,
                people=sum(1 for part in parts if part.id),
                behind=len(credited),
                alone=alone,
                company=company.id if one.account is not None else None,
                campaign=names.get(one.campaign or "", one.campaign),
                causes=tuple(causes),
            )

    def _carrying(self, place: Place | None, ids: Collection[str]) -> Mapping[str, Arrival]:
        return self._arrivals.carrying(place, ids) if place is not None else {}

    def _linked_campaigns(self, ids: Collection[str]) -> Mapping[str, Arrival]:
        if self._campaigns is None:
            return {}
        return self._arrivals.linked(self._campaigns, _CAMPAIGN, ids)

    def _amount_causes(self, one: Opportunity) -> Iterator[Cause]:
        if one.amount is not None and one.reporting is None:
            yield Cause(
                f"there is no rate from {one.currency} to {self._agreement.currency}",
                "give both currencies a rate in Salesforce, under Manage Currencies",
            )

    def _reason_causes(self, one: Opportunity) -> Iterator[Cause]:
        if one.outcome is not OutcomeWord.LOST or one.reason is None:
            return
        if self._agreement.reason(one.reason) is None:
            yield Cause(
                f"the reason {one.reason!r} is none that was agreed on",
                "add it to one of `reasons` in mappings/lifecycle.yaml",
            )


def _no_pair(name: str) -> Arrival:
    return Arrival(
        cause=f"no pair keeps {name}", fix=f"add a mapping of {name}: `revloop init` proposes one"
    )


def _cause(what: str, arrival: Arrival) -> Iterator[Cause]:
    if arrival.id is None:
        yield Cause(f"{what}: {arrival.cause}", arrival.fix)


def _people_causes(
    one: Opportunity, credited: Sequence[str], parts: Sequence[Arrival]
) -> Iterator[Cause]:
    if not credited:
        why = "no contact role"
        why += ", and no account" if one.account is None else ", and no one contact of its account"
        yield Cause(why, "add the people to the opportunity's contact roles in Salesforce")
    for id, part in zip(credited, parts, strict=True):
        yield from _cause(f"contact {id}", part)


def _company_causes(one: Opportunity, company: Arrival) -> Iterator[Cause]:
    if one.account is None:
        yield Cause("no account", "name the opportunity's account in Salesforce")
    else:
        yield from _cause(f"account {one.account}", company)


def _campaign_causes(one: Opportunity, linked: Mapping[str, Arrival]) -> Iterator[Cause]:
    """Say why a campaign was not reached; one that is not named cannot be."""
    if one.campaign is not None and one.campaign in linked:
        yield from _cause(f"campaign {one.campaign}", linked[one.campaign])
