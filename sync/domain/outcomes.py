"""What became of opportunities, and what the people and companies behind them carry of it.

Pure: the same opportunities, in any order, always give the same outcome.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sync.domain.money import Rates
from sync.domain.record import Native

__all__ = [
    "DEAL_STATES",
    "Agreement",
    "BusinessType",
    "Carried",
    "Opportunity",
    "OutcomeWord",
    "Pause",
    "PauseUnit",
    "Reason",
    "Turn",
    "amount_text",
    "carried_of",
    "turn_of",
]


#: What a person carries of how all their opportunities stand, for the stages these put them at.
DEAL_STATES = "deal_states"


class OutcomeWord(StrEnum):
    """How an opportunity stands."""

    WON = "won"
    LOST = "lost"
    OPEN = "open"


class BusinessType(StrEnum):
    """Whether an account had won before."""

    NEW = "new"
    EXISTING = "existing"


class PauseUnit(StrEnum):
    """In what a pause is told."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Pause:
    """How long to wait before another try."""

    count: int
    unit: PauseUnit

    def after(self, day: date) -> date:
        """Give the day on which it is over; the last of a month that has no such day."""
        match self.unit:
            case PauseUnit.DAYS:
                return day + timedelta(days=self.count)
            case PauseUnit.WEEKS:
                return day + timedelta(weeks=self.count)
            case PauseUnit.MONTHS:
                months = day.month - 1 + self.count
            case PauseUnit.YEARS:
                months = day.month - 1 + 12 * self.count
        year, month = day.year + months // 12, months % 12 + 1
        return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """An agreed reason: its name, the word marketing sees, when to try again."""

    name: str
    word: str
    again_after: Pause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was agreed on: the currency of all figures, and the reasons by the words of sales.

    `reasons` is None where no list of reasons was agreed on; any word then stands for itself.
    """

    currency: str
    rates: Rates = field(default_factory=Rates)
    reasons: Mapping[str, Reason] | None = None

    def reason(self, said: Native) -> Reason | None:
        """Give the agreed reason sales meant; None where it is none of them."""
        if said is None:
            return None
        if self.reasons is None:
            return Reason(name=said, word=said)
        return self.reasons.get(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """The facts of one opportunity; ids are those of the CRM it is kept in.

    `reporting` is the amount in the currency of all figures, None where that is not known;
    `created` is when it was opened.
    """

    id: str
    name: str = ""
    stage: Native = None
    closed: bool = False
    won: bool = False
    amount: Decimal | None = None
    currency: str | None = None
    closes: date | None = None
    reason: Native = None
    campaign: str | None = None
    account: str | None = None
    type: Native = None
    owner: str | None = None
    reporting: Decimal | None = None
    created: datetime | None = None

    @property
    def outcome(self) -> OutcomeWord:
        """How it stands; one that was opened again is open, whatever it was before."""
        if not self.closed:
            return OutcomeWord.OPEN
        return OutcomeWord.WON if self.won else OutcomeWord.LOST

    @property
    def turn(self) -> Turn:
        """Where it stands in the order in which opportunities close."""
        return turn_of(self.closes, self.id)

    def worth(self, agreement: Agreement) -> Decimal | None:
        """Work the amount out in the currency of all figures, by the rates of the closing day."""
        if self.amount is None:
            return None
        return agreement.rates.convert(
            self.amount, self.currency, agreement.currency, on=self.closes
        )


#: The order in which opportunities close: by the day; on one day by id, so that it never changes.
Turn = tuple[date, str]


def turn_of(closes: date | None, id: str) -> Turn:
    """Give where an opportunity stands in the order; one without a day comes first."""
    return closes or date.min, id


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a person or a company carries of its opportunities; `of` is the one that counts."""

    last_outcome: OutcomeWord | None = None
    outcome_stage: Native = None
    won_revenue: Decimal | None = None
    outcome_reason: Native = None
    first_won_date: date | None = None
    credited_campaign: Native = None
    try_again_date: date | None = None
    business_type: BusinessType | None = None
    deal_states: Native = None
    of: str | None = None

    def native(self, name: str) -> Native:
        """Give one of the values, by its name, as CRMs take them."""
        value: object = getattr(self, name)
        if isinstance(value, Decimal):
            return amount_text(value)
        return None if value is None else str(value)


def carried_of(
    opportunities: Iterable[Opportunity],
    agreement: Agreement,
    *,
    campaigns: Mapping[str, str],
    first_wins: Mapping[str, Turn],
) -> Carried:
    """Work out what whoever stands behind these opportunities carries of them.

    The one closed last counts; where none is closed, the one that closes last. `campaigns` are
    names by id, `first_wins` tell when each account won for the first time.
    """
    known = list(opportunities)
    if not known:
        return Carried()
    closed = [one for one in known if one.closed]
    won = [one for one in closed if one.won]
    last = max(closed or known, key=lambda one: one.turn)
    lost_for = agreement.reason(last.reason) if last.outcome is OutcomeWord.LOST else None
    return Carried(
        last_outcome=last.outcome,
        outcome_stage=last.stage,
        won_revenue=sum((one.reporting or Decimal(0) for one in won), Decimal(0)),
        outcome_reason=lost_for.word if lost_for is not None else None,
        first_won_date=min((one.closes for one in won if one.closes is not None), default=None),
        credited_campaign=campaigns.get(last.campaign or ""),
        try_again_date=_again(last, lost_for),
        business_type=_business(last, won, first_wins),
        deal_states=_states(known),
        of=last.id,
    )


def amount_text(amount: Decimal) -> str:
    """Write an amount as CRMs give numbers: no exponent, no closing noughts."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _states(known: Sequence[Opportunity]) -> str:
    """Name how opportunities stand; that one was lost counts where nothing else is to be said."""
    found = {one.outcome for one in known}
    if len(found) > 1:
        found.discard(OutcomeWord.LOST)
    return ";".join(sorted(found))


def _again(last: Opportunity, reason: Reason | None) -> date | None:
    if reason is None or reason.again_after is None or last.closes is None:
        return None
    try:
        return reason.again_after.after(last.closes)
    except (OverflowError, ValueError):
        return None  # so far away that no calendar has the day: never


def _business(
    last: Opportunity, won: Sequence[Opportunity], first_wins: Mapping[str, Turn]
) -> BusinessType:
    """Tell whether the account had won before; without an account, whether the bearer had."""
    if last.account is not None:
        first = first_wins.get(last.account)
    else:
        first = min((one.turn for one in won), default=None)
    return BusinessType.EXISTING if first is not None and first < last.turn else BusinessType.NEW
