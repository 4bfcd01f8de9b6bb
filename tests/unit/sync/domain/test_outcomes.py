from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sync.domain.money import Rates
from sync.domain.outcomes import (
    Agreement,
    Carried,
    Opportunity,
    Pause,
    PauseUnit,
    Reason,
    carried_of,
)
from sync.domain.ports import Rate

AGREED = Agreement(
    currency="EUR",
    reasons={
        "No Budget": Reason(
            name="no_budget", word="too dear", again_after=Pause(6, PauseUnit.MONTHS)
        ),
        "Bad Data": Reason(name="bad_data", word="bad data"),
    },
)


def opportunity(id="o1", *, day="2026-03-31", won=True, closed=True, worth="100", **facts):
    amount = Decimal(worth) if worth is not None else None
    return Opportunity(
        id=id,
        stage="Closed Won" if won else "Closed Lost",
        closed=closed,
        won=won and closed,
        amount=amount,
        closes=date.fromisoformat(day) if day else None,
        **{"reporting": amount, "account": "a1", **facts},
    )


def carried(*opportunities, campaigns=None, first_wins=None):
    return carried_of(opportunities, AGREED, campaigns=campaigns or {}, first_wins=first_wins or {})


def test_nobody_behind_nothing_carries_anything():
    assert carried() == Carried()


def test_the_one_closed_last_counts_whatever_the_order():
    won, lost = opportunity("o1"), opportunity("o2", day="2026-04-01", won=False)
    assert carried(won, lost) == carried(lost, won)
    assert (carried(won, lost).last_outcome, carried(won, lost).of) == ("lost", "o2")


def test_on_one_day_the_order_is_that_of_the_ids():
    one, two = opportunity("o1"), opportunity("o2", won=False)
    assert carried(two, one).of == carried(one, two).of == "o2"


def test_open_ones_count_only_where_none_is_closed():
    opened = opportunity("o9", day="2027-01-01", closed=False)
    assert carried(opened).last_outcome == "open"
    assert carried(opened).won_revenue == 0
    assert carried(opened, opportunity("o1")).last_outcome == "won"


def test_revenue_is_that_of_the_won_alone_and_leaves_out_what_nobody_can_convert():
    mine = carried(
        opportunity("o1", worth="0.10"),
        opportunity("o2", worth="0.20"),
        opportunity("o3", won=False, worth="5"),
        opportunity("o4", worth="7", reporting=None),
        opportunity("o5", worth=None, reporting=None),
    )
    assert mine.native("won_revenue") == "0.3"


def test_first_won_date_is_the_earliest_of_the_won():
    mine = carried(
        opportunity("o1", day="2026-05-01"),
        opportunity("o2", day="2026-02-01"),
        opportunity("o3", day="2025-01-01", won=False),
        opportunity("o4", day=None),
    )
    assert mine.native("first_won_date") == "2026-02-01"


@pytest.mark.parametrize(
    ("said", "word", "again"),
    [
        ("No Budget", "too dear", "2026-09-30"),
        ("Bad Data", "bad data", None),
        ("Rain", None, None),
        (None, None, None),
    ],
)
def test_reason_of_the_last_lost_one_is_told_in_the_agreed_word(said, word, again):
    mine = carried(opportunity(won=False, reason=said))
    assert (mine.native("outcome_reason"), mine.native("try_again_date")) == (word, again)


def test_a_later_win_takes_reason_and_try_again_date_away():
    lost = opportunity("o1", won=False, reason="No Budget")
    mine = carried(lost, opportunity("o2", day="2026-04-30"))
    assert (mine.outcome_reason, mine.try_again_date) == (None, None)


def test_without_a_list_of_reasons_any_word_stands_for_itself():
    mine = carried_of(
        [opportunity(won=False, reason="Rain")],
        Agreement(currency="EUR"),
        campaigns={},
        first_wins={},
    )
    assert mine.outcome_reason == "Rain"


def test_business_is_existing_where_the_account_had_won_before():
    mine = opportunity("o2", day="2026-03-31")
    before, itself = (date(2026, 1, 1), "o1"), (date(2026, 3, 31), "o2")
    assert carried(mine, first_wins={"a1": before}).business_type == "existing"
    assert carried(mine, first_wins={"a1": itself}).business_type == "new"
    assert carried(mine, first_wins={}).business_type == "new"


def test_business_without_an_account_is_that_of_the_bearer():
    first = opportunity("o1", day="2026-01-01", account=None)
    assert carried(first, opportunity("o2", account=None)).business_type == "existing"
    assert carried(first).business_type == "new"


def test_campaign_is_that_of_the_opportunity_that_counts_by_its_name():
    one = opportunity("o1", campaign="c1")
    two = opportunity("o2", day="2026-04-30", campaign="c2")
    names = {"c1": "Spring", "c2": "Fair"}
    assert carried(one, two, campaigns=names).credited_campaign == "Fair"
    assert carried(one, campaigns={}).credited_campaign is None


@pytest.mark.parametrize(
    ("pause", "day"),
    [
        (Pause(10, PauseUnit.DAYS), date(2026, 9, 10)),
        (Pause(2, PauseUnit.WEEKS), date(2026, 9, 14)),
        (Pause(6, PauseUnit.MONTHS), date(2027, 2, 28)),
        (Pause(1, PauseUnit.YEARS), date(2027, 8, 31)),
    ],
)
def test_pause_ends_on_a_day_the_calendar_has(pause, day):
    assert pause.after(date(2026, 8, 31)) == day


def test_pause_that_outlasts_every_calendar_has_no_day():
    far = Agreement(
        currency="EUR",
        reasons={
            "Never": Reason(name="never", word="never", again_after=Pause(99999, PauseUnit.YEARS))
        },
    )
    lost = opportunity(won=False, reason="Never")
    mine = carried_of([lost], far, campaigns={}, first_wins={})
    assert mine.try_again_date is None


# --- amounts ------------------------------------------------------------------------------------


def rates():
    return Rates(
        [
            Rate(currency="USD", units=Decimal(1)),
            Rate(currency="EUR", units=Decimal("0.9")),
            Rate(currency="EUR", units=Decimal("0.95"), since=date(2026, 4, 1)),
            Rate(currency="EUR", units=Decimal("0.8"), since=date(2026, 1, 1)),
            Rate(currency="XXX", units=Decimal(0)),
        ]
    )


@pytest.mark.parametrize(
    ("on", "worth"),
    [
        (date(2026, 3, 31), "80.00"),
        (date(2026, 4, 1), "95.00"),
        (date(2025, 1, 1), "90.00"),
        (None, "90.00"),
    ],
)
def test_amount_is_worth_what_it_was_on_its_day(on, worth):
    assert rates().convert(Decimal(100), "USD", "EUR", on=on) == Decimal(worth)


def test_amount_is_rounded_half_up_to_hundredths():
    assert rates().convert(Decimal("1.0005"), "USD", "USD", on=None) == Decimal("1.00")
    assert rates().convert(Decimal("0.005"), None, "EUR", on=None) == Decimal("0.01")


def test_there_and_back_is_the_same_amount():
    there = rates().convert(Decimal("123.45"), "USD", "EUR", on=date(2026, 5, 1))
    assert rates().convert(there, "EUR", "USD", on=date(2026, 5, 1)) == Decimal("123.45")


@pytest.mark.parametrize("currency", ["CHF", "XXX"])
def test_amount_without_a_rate_is_not_guessed(currency):
    assert rates().convert(Decimal(1), currency, "EUR", on=None) is None
    assert rates().convert(Decimal(1), "EUR", currency, on=None) is None


def test_where_there_is_one_currency_amounts_stay_as_they_are():
    assert Rates().convert(Decimal("12.5"), None, "EUR", on=None) == Decimal("12.50")
