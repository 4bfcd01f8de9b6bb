"""Whose merit revenue is: the touches before a sale, and how each model shares its value out.

Every model shares out exactly the value, to its last digit, whatever the touches are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Generic, TypeVar

__all__ = ["HALF_LIFE", "Journey", "Model", "Touch", "share_out", "shares", "split"]

#: After so long the merit of a touch has halved, in the model of time decay.
HALF_LIFE = timedelta(days=7)
#: Powers of two are rounded to so many parts: exact numbers, the same on any machine.
_EXACT = 10**12
#: A touch of many years ago weighs as if it had halved so often; the number stays small.
_MOST_HALVINGS = 4096

K = TypeVar("K", bound=Hashable)


class Model(StrEnum):
    """How the merit of a sale is shared among the touches before it."""

    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    LINEAR = "linear"
    U_SHAPED = "u_shaped"
    W_SHAPED = "w_shaped"
    TIME_DECAY = "time_decay"


@dataclass(frozen=True, slots=True)
class Touch(Generic[K]):
    """Somebody behind a sale met a campaign or came by a source; `key` tells which."""

    at: datetime
    key: K


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey(Generic[K]):
    """The way to one sale: its touches in order, and the moments two models ask for.

    `known` is when the first of those behind it became known, `opened` when the opportunity was
    opened, `ended` when it closed.
    """

    touches: Sequence[Touch[K]]
    ended: datetime
    known: datetime | None = None
    opened: datetime | None = None


def shares(journey: Journey[K], model: Model) -> list[Fraction]:
    """Give the part of the merit each touch has, in the order of the touches; their sum is 1.

    Without touches the list is empty.
    """
    if not journey.touches:
        return []
    weights = _MODELS[model](journey)
    whole = sum(weights)
    return [weight / whole for weight in weights]


def share_out(value: Decimal, journey: Journey[K], model: Model) -> dict[K, Decimal]:
    """Share a value out among the keys of the touches; the sum is the value.

    Without touches nothing is given.
    """
    parts: dict[K, Fraction] = {}
    for touch, share in zip(journey.touches, shares(journey, model), strict=True):
        parts[touch.key] = parts.get(touch.key, Fraction(0)) + share
    return split(value, parts)


def split(value: Decimal, parts: Mapping[K, Fraction], *, places: int = 2) -> dict[K, Decimal]:
    """Split a value by parts that sum to 1, to so many places or all it has; the sum is the value.

    What rounding leaves goes to the largest remainders, the earlier part first.
    """
    if not parts:
        return {}
    unit = Decimal(1).scaleb(-max(places, _places_of(value)))
    units = _whole_units(int(value / unit), list(parts.values()))
    return {key: count * unit for key, count in zip(parts, units, strict=True)}


def _places_of(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _whole_units(units: int, parts: Sequence[Fraction]) -> list[int]:
    """Cut a number of units into whole ones by these parts, by the largest remainders."""
    exact = [units * part for part in parts]
    cut = [number.numerator // number.denominator for number in exact]
    left = units - sum(cut)
    order = sorted(range(len(parts)), key=lambda at: (cut[at] - exact[at], at))
    for at in order[:left]:
        cut[at] += 1
    return cut


def _first(journey: Journey[K]) -> list[Fraction]:
    return _at(journey, {0: Fraction(1)})


def _last(journey: Journey[K]) -> list[Fraction]:
    return _at(journey, {len(journey.touches) - 1: Fraction(1)})


def _linear(journey: Journey[K]) -> list[Fraction]:
    return [Fraction(1)] * len(journey.touches)


def _u_shaped(journey: Journey[K]) -> list[Fraction]:
    """Four tenths each to the first touch and the one that made them known, the rest to others."""
    made = _last_until(journey, journey.known)
    return _shaped(journey, [0, made], Fraction(4, 10))


def _w_shaped(journey: Journey[K]) -> list[Fraction]:
    """Three tenths each to the first touch, the one that made them known and that of the sale."""
    made, opened = _last_until(journey, journey.known), _last_until(journey, journey.opened)
    return _shaped(journey, [0, made, opened], Fraction(3, 10))


def _time_decay(journey: Journey[K]) -> list[Fraction]:
    return [_decayed(journey.ended - touch.at) for touch in journey.touches]


def _decayed(age: timedelta) -> Fraction:
    """Give the merit left after that time: halved every half-life, never quite nothing."""
    halvings = max(Fraction(0), Fraction(age / timedelta(seconds=1)) / _SECONDS)
    whole, rest = divmod(halvings, 1)
    within = Fraction(round(2.0 ** -float(rest) * _EXACT), _EXACT)
    return within / (1 << min(int(whole), _MOST_HALVINGS))


def _last_until(journey: Journey[K], moment: datetime | None) -> int:
    """Give the last touch until that moment; the first one where there is none."""
    before = [
        at for at, touch in enumerate(journey.touches) if moment is not None and touch.at <= moment
    ]
    return before[-1] if before else 0


def _shaped(journey: Journey[K], marked: Sequence[int], each: Fraction) -> list[Fraction]:
    """Give each marked touch its part, a touch marked twice both, and share the rest equally.

    Where every touch is marked there is no rest to share, and the parts alone count.
    """
    weights = [Fraction(0)] * len(journey.touches)
    for at in marked:
        weights[at] += each
    others = [at for at, weight in enumerate(weights) if not weight]
    for at in others:
        weights[at] = (1 - each * len(marked)) / len(others)
    return weights


def _at(journey: Journey[K], marked: Mapping[int, Fraction]) -> list[Fraction]:
    return [marked.get(at, Fraction(0)) for at in range(len(journey.touches))]


_SECONDS = Fraction(int(HALF_LIFE.total_seconds()))
_MODELS: Mapping[Model, Callable[[Journey[K]], list[Fraction]]] = {
    Model.FIRST_TOUCH: _first,
    Model.LAST_TOUCH: _last,
    Model.LINEAR: _linear,
    Model.U_SHAPED: _u_shaped,
    Model.W_SHAPED: _w_shaped,
    Model.TIME_DECAY: _time_decay,
}
