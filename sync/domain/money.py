"""Amounts in one currency, worked out by the rates of the day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sync.domain.ports import Rate

__all__ = ["Rates"]

_CENT = Decimal("0.01")


class Rates:
    """What currencies are worth; amounts are rounded to hundredths, half up."""

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        """Take rates in any order; without any there is one currency, whatever its name."""
        self._dated: dict[str, list[tuple[date, Decimal]]] = {}
        self._standing: dict[str, Decimal] = {}
        for rate in sorted(rates, key=lambda one: one.since or date.min):
            if rate.units <= 0:
                continue  # a currency that is worth nothing is one nobody has a rate for
            if rate.since is None:
                self._standing[rate.currency] = rate.units
            else:
                self._dated.setdefault(rate.currency, []).append((rate.since, rate.units))

    def convert(
        self, amount: Decimal, currency: str | None, into: str, *, on: date | None
    ) -> Decimal | None:
        """Give an amount in another currency by the rates of a day; None where one has no rate."""
        if currency is None or currency == into or not (self._standing or self._dated):
            return _rounded(amount)
        units, wanted = self._units(currency, on), self._units(into, on)
        if units is None or wanted is None:
            return None
        return _rounded(amount / units * wanted)

    def _units(self, currency: str, on: date | None) -> Decimal | None:
        """Give the dated rate that holds on a day, else the one that always does."""
        found = self._standing.get(currency)
        if on is None:
            return found
        for since, units in self._dated.get(currency, ()):
            if since > on:
                break
            found = units
        return found


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
