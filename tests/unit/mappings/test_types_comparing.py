"""Every type: a difference of form alone is none (F18), every other one is an edit."""

from __future__ import annotations

from typing import Any

import pytest

from sync.domain.record import Side
from tests.unit.mappings.typed import USUAL, typed

L, R = Side.LEFT, Side.RIGHT

#: Type, two spellings of one value on one side.
SAME = [
    ("text", L, "Ada", " Ada "),
    ("text", L, "Zu\u0308rich", "Z\u00fcrich"),
    ("text", R, "a\u00a0", "a"),
    ("multiline", R, "a\r\nb", "a\nb"),
    ("multiline", L, "a\rb", "a\nb\n"),
    ("email", R, "Ada@X.com", "ada@x.com "),
    ("phone", R, "+49 170 1234567", "+49 (0)170/1234567"),
    ("phone", R, "+49 30 1234 x 5", "+49 30 1234 ext. 5"),
    ("phone", R, "call  Ada ", "call  Ada"),
    ("url", R, "HTTPS://X.com/", "https://x.com"),
    ("domain", R, "https://www.x.com/a", "x.com"),
    ("number", L, "1.50", "1.5"),
    ("number", L, "-0", "0"),
    ("number", L, "1e3", "1000"),
    ("integer", L, "7.0", "7"),
    ("money", L, "0019.90", "19.9"),
    ("percent", L, "0.50", ".5"),
    ("boolean", L, "Yes", "true"),
    ("opt_out", L, "1", "true"),
    ("date", L, "2026-03-31", "2026-03-31T00:00:00Z"),
    ("datetime", L, "2026-03-31T22:14:05Z", "2026-04-01T00:14:05+02:00"),
    ("choice", L, "vp", " vp "),
    ("choices", L, "Web;Fair;Web", "Fair; Web"),
    ("country", L, "Germany", "DEU"),
]

#: Type, two values of one side that are not the same.
OTHER = [
    ("text", L, "Ada", "ada"),
    ("text", L, "a b", "a  b"),
    ("multiline", R, "a\nb", "a\n\nb"),
    ("email", L, "ada@x.com", "ada@x.co"),
    ("phone", R, "+49 30 1234 x 5", "+49 30 1234 x 6"),
    ("phone", R, "+49 30 12345", "+49 30 12345 Bob"),
    ("url", R, "http://x.com", "https://x.com"),
    ("url", R, "https://x.com/A", "https://x.com/a"),
    ("domain", R, "shop.x.com", "x.com"),
    ("number", L, "1.5", "1.51"),
    ("integer", L, "7", "8"),
    ("money", L, "19.9", "19.99"),
    ("percent", L, "0.5", "0.501"),
    ("percent", L, "0.1234567890123456789012345678901", "0.1234567890123456789012345678902"),
    ("boolean", L, "true", "false"),
    ("opt_out", L, "true", "false"),
    ("date", L, "2026-03-31", "2026-04-01"),
    ("datetime", L, "2026-03-31T22:14:05.001Z", "2026-03-31T22:14:05.002Z"),
    ("choice", L, "vp", "VP"),
    ("choices", L, "Web", "Web;Fair"),
    ("choices", L, "web", "Web"),
    ("country", L, "Germany", "Austria"),
    ("country", L, "Niger", "Nigeria"),
]


@pytest.mark.parametrize(("kind", "side", "one", "other"), SAME)
def test_f18_a_difference_of_form_is_no_edit(kind: str, side: Side, one: Any, other: Any) -> None:
    field = typed(kind)
    assert field.normal(side, one) == field.normal(side, other)
    assert field.canonical(side, one) == field.canonical(side, other)
    assert field.carried(side, one) == field.carried(side, other)


@pytest.mark.parametrize(("kind", "side", "one", "other"), OTHER)
def test_every_other_difference_is_an_edit(kind: str, side: Side, one: Any, other: Any) -> None:
    field = typed(kind)
    assert field.normal(side, one) != field.normal(side, other)
    assert field.canonical(side, one) != field.canonical(side, other)


@pytest.mark.parametrize("rows", [SAME, OTHER])
def test_the_tables_hold_every_type(rows: list[tuple[str, Side, Any, Any]]) -> None:
    assert {row[0] for row in rows} == set(USUAL)


# --- a date beside a time ---------------------------------------------------------------------

#: What a time says of its day: the day it has in UTC; a midnight elsewhere begins the day there.
DAYS = [
    ("2026-03-31T00:00:00+00:00", "2026-03-31"),
    ("2026-03-31T23:59:59.999Z", "2026-03-31"),
    ("2026-03-31T00:00:00+02:00", "2026-03-31"),
    ("2026-03-31T00:00:00-08:00", "2026-03-31"),
    ("2026-03-31T00:00:00+13:45", "2026-03-31"),
    ("2026-03-31T00:00:01+02:00", "2026-03-30"),
    ("2026-03-31T23:00:00-05:00", "2026-04-01"),
    ("2026-03-29T00:00:00+01:00", "2026-03-29"),  # the day clocks go forward in Berlin
    ("2026-03-29T03:00:00+02:00", "2026-03-29"),
    ("2026-10-25T02:30:00+02:00", "2026-10-25"),  # the hour that comes twice
    ("2026-10-25T02:30:00+01:00", "2026-10-25"),
    ("2024-02-29T00:00:00+01:00", "2024-02-29"),
    ("2026-12-31T23:30:00-01:00", "2027-01-01"),
]


@pytest.mark.parametrize(("time", "day"), DAYS)
def test_f18_a_times_day_is_the_one_it_begins_or_has_in_utc(time: str, day: str) -> None:
    codec = typed("date", hubspot="text", salesforce="date").codec
    assert codec.canonical(L, time) == day
    assert codec.carry(L, time, object_name="Lead") == day


def test_the_two_hours_of_the_night_clocks_go_back_are_two_times() -> None:
    field = typed("datetime", hubspot="text")
    first, second = "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"
    assert field.canonical(L, first) == "2026-10-25T00:30:00.000Z"
    assert field.canonical(L, second) == "2026-10-25T01:30:00.000Z"


def test_another_time_of_the_same_day_is_no_edit_of_a_date() -> None:
    field = typed("date", hubspot="datetime")
    assert field.normal(L, "2026-03-31T10:00:00Z") == field.normal(L, "2026-03-31T22:00:00Z")
    assert field.agree("2026-03-31T10:00:00Z", "2026-03-31")


#: The portal's zone, a time as HubSpot sends it, the day people mean by it.
DAYS_OF_PORTALS = [
    ("Europe/Berlin", "2026-03-30T22:00:00Z", "2026-03-31"),
    ("Europe/Berlin", "2026-03-31T21:59:59.999Z", "2026-03-31"),
    ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),  # clocks go forward that night
    ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
    ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"),  # and back
    ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
    ("America/New_York", "2026-04-01T03:30:00Z", "2026-03-31"),
    ("America/New_York", "2026-03-31T00:00:00Z", "2026-03-31"),  # a program wrote the day
    ("Asia/Kathmandu", "2026-03-30T18:15:00Z", "2026-03-31"),
    ("Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24"),  # a day without its midnight
    ("Pacific/Kiritimati", "2026-03-30T10:00:00Z", "2026-03-31"),
    ("Europe/Berlin", "2024-02-28T23:00:00Z", "2024-02-29"),
]


@pytest.mark.parametrize(("zone", "time", "day"), DAYS_OF_PORTALS)
def test_a_time_beside_a_date_is_on_the_day_people_of_the_portal_see(
    zone: str, time: str, day: str
) -> None:
    field = typed("date", hubspot="datetime", zone=zone)
    assert field.canonical(L, time) == day
    assert field.agree(time, day)
    assert field.normal(L, field.carried(R, day)) == field.normal(L, time)


def test_a_time_beside_a_day_differs_by_its_day_only() -> None:
    field = typed("datetime", hubspot="datetime", salesforce="date")
    assert field.agree("2026-03-31T22:14:05Z", "2026-03-31")
    assert not field.agree("2026-03-31T22:14:05Z", "2026-04-01")
    assert field.normal(R, "2026-03-31") == "2026-03-31"
