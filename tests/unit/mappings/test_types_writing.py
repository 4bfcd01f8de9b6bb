"""Every type: what the other CRM is sent, and what it cannot be sent (F15)."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.kinds import Readers
from mappings.spelling import make_side_form
from mappings.words import FieldType
from sync.domain.record import Side
from sync.domain.rules import Trouble, TroubleKind
from sync.domain.schema import FieldKind, Option
from tests.unit.mappings.shapes import RIGHT, bound, shape, with_field
from tests.unit.mappings.typed import USUAL, typed

L, R = Side.LEFT, Side.RIGHT

#: Type, what HubSpot sends, what Salesforce is sent for it.
TO_SALESFORCE = [
    ("text", " Ada ", "Ada"),
    ("text", "x" * 40, "x" * 40),
    ("text", "\U0001f600" * 40, "\U0001f600" * 40),
    ("multiline", "a\r\nb", "a\nb"),
    ("email", "Ada@X.com", "ada@x.com"),
    ("phone", "+49 170 1234567", "+491701234567"),
    ("phone", "+1 800 FLOWERS", "+1 800 FLOWERS"),
    ("url", "Example.com/A", "https://example.com/A"),
    ("domain", "https://www.example.com/", "example.com"),
    ("number", "1234.5678", 1234.568),
    ("number", "999999.9994", 999999.999),
    ("number", "-0.0004", 0),
    ("integer", "2.5", 3),
    ("integer", "-2.5", -3),
    ("integer", "99999999", 99999999),
    ("money", "1.005", 1.01),
    ("money", "9999999999999.99", 9999999999999.99),
    ("percent", "0.12345", 12.35),
    ("percent", "9.999", 999.9),
    ("percent", "0.00004", 0),
    ("boolean", "true", True),
    ("boolean", "No", False),
    ("opt_out", "true", True),
    ("date", "2026-03-31", "2026-03-31"),
    ("date", "1700-01-01", "1700-01-01"),
    ("date", "4000-12-31", "4000-12-31"),
    ("datetime", "2026-03-31T22:14:05.987Z", "2026-03-31T22:14:05.000Z"),
    ("datetime", "1700-01-01T00:00:00Z", "1700-01-01T00:00:00.000Z"),
    ("choice", "manager", "not_in_picklist"),
    ("choices", "Web;Fair", "Fair;Web"),
    ("country", "Austria", "AT"),
]

#: Type, what Salesforce sends, what HubSpot is sent for it.
TO_HUBSPOT = [
    ("text", "Ada", "Ada"),
    ("multiline", "a\r\nb\r\n", "a\nb"),
    ("email", "Ada@X.com", "ada@x.com"),
    ("phone", "(+49) 170 1234567", "+491701234567"),
    ("url", "http://X.com", "http://x.com"),
    ("domain", "http://www.X.com/a", "x.com"),
    ("number", 1234.5, "1234.5"),
    ("number", 1.0e7, "10000000"),
    ("integer", 42, "42"),
    ("money", 1250.5, "1250.5"),
    ("money", 3.5e8, "350000000"),
    ("percent", 12.5, "0.125"),
    ("percent", 7, "0.07"),
    ("percent", 100.0, "1"),
    ("boolean", True, "true"),
    ("boolean", False, "false"),
    ("opt_out", True, "true"),
    ("date", "2026-03-31", "2026-03-31"),
    ("datetime", "2026-03-31T22:14:05.000+0000", "2026-03-31T22:14:05.000Z"),
    ("choice", "Manager", "not_in_picklist"),
    ("choices", "Web;Fair", "Fair;Web"),
    ("country", "AT", "AT"),
]

#: Type, HubSpot's field, Salesforce's, from which side, what it sends, what the other is sent.
BETWEEN = [
    ("percent", "percent", "double", L, "0.125", 12.5),
    ("percent", "number", "percent", L, "12.5", 12.5),
    ("percent", "percent", "text", L, "0.125", "12.5"),
    ("percent", "text", "percent", R, 12.5, "12.5"),
    ("number", "percent", "percent", R, 12.5, "0.125"),
    ("integer", "percent", "int", L, "0.505", 51),
    ("integer", "percent", "int", R, 51, "0.51"),
    ("integer", "percent", "double", R, 50.5, "0.51"),
    ("money", "money", "yen", L, "1250.5", 1251),
    ("money", "money", "yen", R, 1251.0, "1251"),
    ("number", "number", "int", L, "0.5", 1),
    ("number", "number", "whole", L, "0.4", 0),
    ("text", "percent", "text", R, "0.5", "0.5"),
    ("text", "percent", "text", L, "0.5", "0.5"),
    ("choice", "percent", "text", R, "0.5", "0.5"),
    ("boolean", "yes_no", "boolean", R, True, "Y"),
    ("boolean", "yes_no", "boolean", R, False, "N"),
    ("boolean", "checkbox", "boolean", R, True, "true"),
    ("boolean", "labelled", "boolean", R, False, "option_2"),
    ("boolean", "labelled", "boolean", L, "option_1", True),
    ("country", "places", "country", R, "DE", "a1"),
    ("country", "places", "country", L, "a2", "AT"),
    ("country", "places", "text", L, "a3", "a3"),
    ("boolean", "text", "boolean", R, True, "true"),
    ("opt_out", "yes_no", "boolean", R, True, "Y"),
    ("date", "date", "datetime", L, "2026-03-31", "2026-03-31T00:00:00.000Z"),
    ("date", "datetime", "date", L, "2026-03-31T22:14:05Z", "2026-03-31"),
    ("date", "datetime", "date", R, "2026-03-31", "2026-03-31T00:00:00.000Z"),
    ("datetime", "datetime", "date", L, "2026-03-31T22:14:05Z", "2026-03-31"),
    ("datetime", "datetime", "date", R, "2026-03-31", "2026-03-31T00:00:00.000Z"),
    ("datetime", "text", "datetime", L, "2026-03-31", "2026-03-31T00:00:00.000Z"),
    ("choice", "text", "open_level", L, "Whatever", "Whatever"),
    ("choices", "topics", "text", L, "Web;Fair", "Fair;Web"),
    ("country", "country", "country", R, "AT", "Austria"),
    ("country", "country", "text", L, "United States", "US"),
    ("country", "text", "country", L, "Atlantis", "not_in_picklist"),
    ("email", "email", "text", R, "Ada@X.com", "ada@x.com"),
    ("text", "email", "text", R, "Ada@X.com", "ada@x.com"),
]

#: Type, from which side, a value, why the other side cannot be sent it.
REFUSED = [
    ("text", L, "x" * 41, "too_long"),
    ("multiline", L, "x\n" * 30 + "x", "too_long"),
    ("email", L, f"{'a' * 60}@{'b' * 20}.com", "too_long"),
    ("email", L, "n/a", "wrong_type"),
    ("phone", L, "call " * 9, "too_long"),
    ("url", L, f"x.com/{'a' * 250}", "too_long"),
    ("domain", L, "nothing " * 40, "too_long"),
    ("number", L, "1234567", "too_many_digits"),
    ("number", L, "999999.9996", "too_many_digits"),
    ("number", L, "1,000", "wrong_type"),
    ("number", L, "NaN", "wrong_type"),
    ("number", L, "1e400", "wrong_type"),
    ("integer", L, "100000000", "too_many_digits"),
    ("integer", L, "two", "wrong_type"),
    ("money", L, "10000000000000000", "too_many_digits"),
    ("money", L, "EUR 5", "wrong_type"),
    ("percent", L, "10", "too_many_digits"),
    ("percent", L, "50%", "wrong_type"),
    ("boolean", L, "perhaps", "wrong_type"),
    ("opt_out", L, "perhaps", "wrong_type"),
    ("date", L, "2023-02-29", "wrong_type"),
    ("date", L, "31.03.2026", "wrong_type"),
    ("datetime", L, "soon", "wrong_type"),
    ("datetime", L, "9999-12-31T23:59:59-01:00", "wrong_type"),
    ("choice", L, "exec", "not_in_picklist"),
    ("choices", L, "Web;Post", "not_in_picklist"),
    ("country", L, "Norway", "not_in_picklist"),
]


def _taken(rows: list[tuple[str, Any, Any]]) -> list[tuple[str, Any, Any]]:
    """Give the rows of values that the other side takes."""
    return [row for row in rows if row[2] != "not_in_picklist"]


@pytest.mark.parametrize(("kind", "wire", "sent"), TO_SALESFORCE)
def test_salesforce_is_sent_a_value_in_its_form(kind: str, wire: Any, sent: Any) -> None:
    got = typed(kind).sent(L, wire)
    assert (got, type(got)) == (sent, type(sent))


@pytest.mark.parametrize(("kind", "wire", "sent"), TO_HUBSPOT)
def test_hubspot_is_sent_a_value_in_its_form(kind: str, wire: Any, sent: str) -> None:
    assert typed(kind).sent(R, wire) == sent


@pytest.mark.parametrize(("kind", "hubspot", "salesforce", "origin", "wire", "sent"), BETWEEN)
def test_a_value_is_sent_between_fields_of_other_kinds(
    kind: str, hubspot: str, salesforce: str, origin: Side, wire: Any, sent: Any
) -> None:
    got = typed(kind, hubspot=hubspot, salesforce=salesforce).sent(origin, wire)
    assert (got, type(got)) == (sent, type(sent))


@pytest.mark.parametrize(("kind", "origin", "wire", "code"), REFUSED)
def test_f15_what_does_not_fit_is_refused_and_never_cut_off(
    kind: str, origin: Side, wire: Any, code: str
) -> None:
    found = typed(kind).carried(origin, wire)
    assert isinstance(found, Trouble)
    assert (found.kind, found.code) == (TroubleKind.REFUSED, code)
    assert code == "not_in_picklist" or wire not in found.message + found.fix
    assert found.fix


@pytest.mark.parametrize(
    "kinds",
    [
        {row[0] for row in TO_SALESFORCE},
        {row[0] for row in TO_HUBSPOT},
        {row[0] for row in REFUSED},
    ],
)
def test_the_tables_hold_every_type(kinds: set[str]) -> None:
    assert kinds == set(USUAL)


@pytest.mark.parametrize(("kind", "wire", "sent"), _taken(TO_SALESFORCE))
def test_what_was_sent_to_salesforce_comes_back_as_the_same(
    kind: str, wire: Any, sent: Any
) -> None:
    field = typed(kind)
    carried = field.carried(L, wire)
    assert not isinstance(carried, Trouble)
    assert field.codec.normal(R, field.native(R, sent)) == carried
    assert field.agree(wire, sent)


@pytest.mark.parametrize(("kind", "wire", "sent"), _taken(TO_HUBSPOT))
def test_what_was_sent_to_hubspot_comes_back_as_the_same(kind: str, wire: Any, sent: str) -> None:
    field = typed(kind)
    carried = field.carried(R, wire)
    assert not isinstance(carried, Trouble)
    assert field.codec.normal(L, field.native(L, sent)) == carried
    assert field.agree(sent, wire)


# --- digits -------------------------------------------------------------------------------------

ROUNDED = [
    ("0.0005", 0.001),
    ("0.00049999", 0),
    ("-0.0005", -0.001),
    ("1.0005", 1.001),
    ("2.6745", 2.675),  # as a float it would be 2.674
    ("123456.1", 123456.1),
]


@pytest.mark.parametrize(("wire", "sent"), ROUNDED)
def test_halves_are_rounded_up_at_the_fields_own_scale(wire: str, sent: float) -> None:
    assert typed("number").sent(L, wire) == sent


def test_every_digit_of_a_fraction_is_kept_where_there_is_room() -> None:
    field = typed("percent", salesforce="text")
    long = "0.1234567890123456789012345678901234"
    assert field.sent(L, long) == "12.34567890123456789012345678901234"
    assert field.sent(R, field.sent(L, long)) == long


def test_a_number_of_a_hundred_digits_is_read_and_one_more_is_none() -> None:
    field = typed("number", salesforce="textarea")
    assert field.sent(L, "9" * 60) == "9" * 60
    assert field.canonical(L, "9" * 100) == "9" * 100
    assert field.sent(L, "9" * 101) == "wrong_type"


# --- picklists ----------------------------------------------------------------------------------


def test_what_can_still_be_chosen_comes_before_what_cannot() -> None:
    options = (Option("Deutschland", "Deutschland", False), Option("Germany", "Germany"))
    field = shape("c", FieldKind.CHOICE, options=options)
    form = make_side_form(field, FieldType.COUNTRY, Readers().of(FieldType.COUNTRY))
    assert form.spelled("DE") == "Germany"
    assert form.spelled("AT") == "AT"


def test_each_object_of_a_side_is_sent_a_value_in_its_own_fields_words() -> None:
    named = shape("Land__c", FieldKind.CHOICE, restricted=True, options=("Germany", "Austria"))
    line = "f: {map: country <-> Contact.Land__c | Lead.CountryCode, type: country}"
    codec = bound(line, right=with_field(RIGHT, named)).rule("f").codec
    assert codec.carry(L, "germany", object_name="Contact") == "Germany"
    assert codec.carry(L, "germany", object_name="Lead") == "DE"
    assert codec.normal(R, "DE") == codec.normal(R, "Germany")
