"""Attribution: every model shares out exactly the value of a sale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.attribution import Journey, Model, Touch, share_out, shares

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def journey(*days_and_keys: tuple[int, str], ended: int, known: int, opened: int) -> Journey[str]:
    touches = [Touch(DAY + timedelta(days=day), key) for day, key in days_and_keys]
    moments = (DAY + timedelta(days=day) for day in (ended, known, opened))
    return Journey(touches=touches, **dict(zip(("ended", "known", "opened"), moments, strict=True)))


#: Worked by hand in docs/reports.md: a fair, a webinar that made Ada known, a mail, a demo at
#: which the opportunity was opened, and a call; 10,000 won.
ADAS = journey(
    (0, "fair"),
    (10, "webinar"),
    (14, "mail"),
    (21, "demo"),
    (28, "call"),
    ended=28,
    known=10,
    opened=21,
)
BY_HAND = {
    Model.FIRST_TOUCH: {"fair": "10000.00"},
    Model.LAST_TOUCH: {"call": "10000.00"},
    Model.LINEAR: dict.fromkeys(("fair", "webinar", "mail", "demo", "call"), "2000.00"),
    Model.U_SHAPED: {
        "fair": "4000.00",
        "webinar": "4000.00",
        "mail": "666.67",
        "demo": "666.67",
        "call": "666.66",
    },
    Model.W_SHAPED: {
        "fair": "3000.00",
        "webinar": "3000.00",
        "mail": "500.00",
        "demo": "3000.00",
        "call": "500.00",
    },
    # Halved every seven days: 1/16, 2^(-18/7), 1/4, 1/2 and 1 of 1.98074 in all.
    Model.TIME_DECAY: {
        "fair": "315.54",
        "webinar": "849.37",
        "mail": "1262.16",
        "demo": "2524.31",
        "call": "5048.62",
    },
}


@pytest.mark.parametrize("model", Model)
def test_example_is_shared_as_worked_by_hand(model: Model) -> None:
    found = {key: str(part) for key, part in share_out(Decimal(10000), ADAS, model).items()}
    assert {key: part for key, part in found.items() if part != "0.00"} == BY_HAND[model]


journeys = st.builds(
    lambda days, ended, known, opened: journey(
        *((day, f"c{day % 5}") for day in sorted(days)), ended=ended, known=known, opened=opened
    ),
    st.lists(st.integers(-400, 400), max_size=40),
    *(st.integers(-500, 500) for _ in range(3)),
)


@given(
    value=st.decimals(-(10**9), 10**12, places=2),
    way=journeys,
    model=st.sampled_from(Model),
)
def test_every_model_shares_out_exactly_the_value(
    value: Decimal, way: Journey[str], model: Model
) -> None:
    parts = share_out(value, way, model)
    assert sum(parts.values()) == (value if way.touches else 0)
    assert all(part * value >= 0 for part in parts.values())


@given(way=journeys, model=st.sampled_from(Model))
def test_merit_of_touches_sums_to_one(way: Journey[str], model: Model) -> None:
    parts = shares(way, model)
    assert sum(parts) == (1 if way.touches else 0)
    assert all(Fraction(0) <= part <= 1 for part in parts)


@given(way=journeys)
def test_a_later_touch_never_has_less_merit_by_time(way: Journey[str]) -> None:
    parts = shares(way, Model.TIME_DECAY)
    assert parts == sorted(parts)


def test_500_touches_share_a_cent() -> None:
    way = journey(*((day, f"c{day}") for day in range(500)), ended=500, known=3, opened=9)
    parts = share_out(Decimal("0.01"), way, Model.LINEAR)
    assert sum(parts.values()) == Decimal("0.01")
    assert len(parts) == 500
