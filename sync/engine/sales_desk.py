"""What a run works outcomes of sales out by, and the rates it does so with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sync.domain.outcomes import Agreement
from sync.domain.ports import Rate
from sync.domain.sales import SalesNames
from sync.domain.store import Watermark
from sync.engine.hourly import fresh, keep

if TYPE_CHECKING:
    from sync.domain.ports import Crm
    from sync.domain.store import Store

__all__ = ["SalesDesk", "kept_rates", "read_rates"]

_RATES = "outcomes:rates"


@dataclass(slots=True, kw_only=True)
class SalesDesk:
    """What a run works outcomes out by.

    `looked_at` is, by pair, up to which mark those who carry outcomes were looked at; `roles_read`
    how far the rows were read that say who stands behind an opportunity. Both count once the run
    has come to its end.
    """

    names: SalesNames
    agreement: Agreement
    rates: tuple[Rate, ...] = ()
    looked_at: dict[str, int] = field(default_factory=dict)
    roles_read: Watermark | None = None

    @property
    def money_rules(self) -> str:
        """Give a hash of what amounts are worked out by."""
        return _hash([self.agreement.currency, [_as_data(one) for one in self.rates]])

    @property
    def word_rules(self) -> str:
        """Give a hash of what reasons are worked out by."""
        reasons = self.agreement.reasons
        said = sorted((word, str(one)) for word, one in reasons.items()) if reasons else None
        return _hash([said, sorted(self.names.facts.items())])


def read_rates(store: Store, crm: Crm, *, now: datetime) -> Sequence[Rate]:
    """Give what currencies are worth, as read within the last hour."""
    if fresh(store, _RATES, crm, now=now) is None:
        rates = [_as_data(one) for one in crm.rates()]
        keep(store, _RATES, crm, now=now, rates=rates)
    return kept_rates(store)


def kept_rates(store: Store) -> Sequence[Rate]:
    """Give what currencies are worth, as they were read last."""
    kept = store.runs.note(_RATES)
    return [_rate(*one) for one in json.loads(kept)["rates"]] if kept else []


def _rate(currency: str, units: str, since: str | None) -> Rate:
    return Rate(
        currency=currency,
        units=Decimal(units),
        since=date.fromisoformat(since) if since is not None else None,
    )


def _as_data(rate: Rate) -> list[str | None]:
    since = rate.since.isoformat() if rate.since is not None else None
    return [rate.currency, str(rate.units), since]


def _hash(said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
