"""Medians, percentiles, and how sure a share of few can be: one place for every report."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

__all__ = ["Durations", "Interval", "median", "percentile", "share", "wilson"]

#: Enough digits that nothing a report shows is rounded twice.
_EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)
#: The square of 1.959963984540054, the number of standard errors 95 in 100 lie within.
_Z = Decimal("1.959963984540054")
_SHOWN = Decimal("0.000001")
#: Durations are first counted in lots of so many seconds, so that few of them are ever sorted.
_LOT = 4096


class Interval(NamedTuple):
    """The two ends between which a share lies in 95 of 100 cases."""

    low: Decimal
    high: Decimal


def wilson(successes: int, n: int) -> Interval:
    """Give Wilson's 95 % interval of a share, to six places; all of it where nothing was counted.

    With p = successes / n and z = 1.959963984540054 its ends are
    (p + z²/2n ± z · √(p(1 - p)/n + z²/4n²)) / (1 + z²/n).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return Interval(Decimal(0), Decimal(1))
    e, won, all_ = _EXACT, Decimal(successes), Decimal(n)
    z2 = e.multiply(_Z, _Z)
    # Both sides multiplied by n, so that whole numbers stay whole as long as they can.
    middle = e.add(won, e.divide(z2, Decimal(2)))
    spread = e.add(e.divide(e.multiply(won, e.subtract(all_, won)), all_), e.divide(z2, Decimal(4)))
    reach = e.multiply(_Z, e.sqrt(spread))
    whole = e.add(all_, z2)
    low = e.divide(e.subtract(middle, reach), whole)
    high = e.divide(e.add(middle, reach), whole)
    # At the ends the formula gives 0 and 1 exactly; what is left over there is rounding.
    return Interval(
        Decimal(0) if successes == 0 else max(Decimal(0), low.quantize(_SHOWN, context=e)),
        Decimal(1) if successes == n else min(Decimal(1), high.quantize(_SHOWN, context=e)),
    )


def share(part: int, whole: int) -> Decimal | None:
    """Give a part of the whole, to six places; None where there is no whole."""
    if whole == 0:
        return None
    return _EXACT.divide(Decimal(part), Decimal(whole)).quantize(_SHOWN, context=_EXACT)


def percentile(values: Sequence[Decimal], percent: int) -> Decimal | None:
    """Give the value below which so many of 100 lie, exactly; None where there are no values.

    `values` are in rising order. Of n values x0 … xn-1 it is the one at the place
    h = (n - 1) · percent / 100, between two places on the straight line between their values.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    if not values:
        return None
    place, part = divmod((len(values) - 1) * percent, 100)
    if part == 0:
        return values[place]
    low, high = values[place], values[place + 1]
    rise = _EXACT.multiply(_EXACT.subtract(high, low), Decimal(part))
    return _EXACT.add(low, _EXACT.divide(rise, Decimal(100)))


def median(values: Sequence[Decimal]) -> Decimal | None:
    """Give the middle of values in rising order; of an even number, half way between the two."""
    return percentile(values, 50)


class Durations:
    """How long something took, over and over: eight bytes each, of which any percentile is had.

    Whole seconds count; what is left over a second is dropped.
    """

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds = array("q")

    def __len__(self) -> int:
        return len(self._seconds)

    def add(self, took: timedelta) -> None:
        """Take one more, in any order."""
        self._seconds.append(took // timedelta(seconds=1))

    def percentile(self, percent: int, *, unit: timedelta) -> Decimal | None:
        """Give the duration so many of 100 stay below, by `percentile`, in hours, days or such."""
        if not 0 <= percent <= 100:
            raise ValueError(f"{percent} is no percentage")
        if not self._seconds:
            return None
        place, part = divmod((len(self._seconds) - 1) * percent, 100)
        low = self._at(place)
        rise = (self._at(place + 1) - low) * part if part else 0
        seconds = Decimal(100 * low + rise)
        return _EXACT.divide(seconds, Decimal(100 * (unit // timedelta(seconds=1))))

    def median(self, *, unit: timedelta) -> Decimal | None:
        """Give the middle duration."""
        return self.percentile(50, unit=unit)

    def _at(self, place: int) -> int:
        """Give the value at a place of the rising order, and sort one lot of them only."""
        lots = Counter(second // _LOT for second in self._seconds)
        for lot in sorted(lots):
            if place < lots[lot]:
                return sorted(one for one in self._seconds if one // _LOT == lot)[place]
            place -= lots[lot]
        raise IndexError(place)
