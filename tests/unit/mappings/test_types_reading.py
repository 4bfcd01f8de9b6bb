"""Every type: the same value as each CRM sends it is read as one value, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.words import FieldType
from sync.domain.record import Side
from tests.unit.mappings.typed import USUAL, typed

L, R = Side.LEFT, Side.RIGHT

SHALOM = "\u05e9\u05dc\u05d5\u05dd \U0001f600"
TIME = "2026-03-31T22:14:05.000"
CLOCKS_CHANGE = "2026-03-29T01:30:00.000"

#: Type, what HubSpot sends (always text), what Salesforce sends (JSON), what the team calls it.
SENT = [
    ("text", "Ada", "Ada", "Ada"),
    ("text", " Ada  Lovelace ", "Ada  Lovelace", "Ada  Lovelace"),
    ("text", "Zu\u0308rich", "Z\u00fcrich", "Z\u00fcrich"),
    ("text", "007", "007", "007"),
    ("text", "1.50", "1.50", "1.50"),
    ("text", "true", "true", "true"),
    ("text", SHALOM, SHALOM, SHALOM),
    ("multiline", "a\nb", "a\r\nb", "a\nb"),
    ("multiline", "a\rb\n", "a\nb", "a\nb"),
    ("email", "ada@example.com", "Ada@Example.COM", "ada@example.com"),
    ("email", "o'neil+x@example.com", "O'Neil+X@example.com", "o'neil+x@example.com"),
    ("phone", "+491701234567", "+49 (0)170 / 123 45 67", "+491701234567"),
    ("phone", "+1 202-555-0143 x5", "+1 (202) 555-0143 ext. 5", "+12025550143 ext. 5"),
    ("phone", "+\uff14\uff19 170 1234567", "tel:+49-170-1234567", "+491701234567"),
    ("phone", "ask Ada", "ask Ada", "ask Ada"),
    ("url", "https://example.com", "Example.com/", "https://example.com"),
    ("url", "http://EXAMPLE.com:80/A?b=C#d", "http://example.com/A?b=C#d", "http://example.com/A?b=C#d"),
    ("domain", "example.com", "https://www.Example.com/about", "example.com"),
    ("domain", "m\u00fcnchen.de", "http://xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
    ("number", "1234.5", 1234.5, "1234.5"),
    ("number", "1234.500", 1234.50, "1234.5"),
    ("number", "0", 0.0, "0"),
    ("number", "-12", -12.0, "-12"),
    ("number", "1.0E5", 1.0e5, "100000"),
    ("integer", "42", 42, "42"),
    ("integer", "42.0", 42, "42"),
    ("money", "1250.50", 1250.5, "1250.5"),
    ("money", "350000000", 3.5e8, "350000000"),
    ("money", "19.99", 19.989999999999998, "19.99"),
    ("percent", "0.5", 50.0, "50"),
    ("percent", "0.125", 12.5, "12.5"),
    ("percent", "0.07", 7, "7"),
    ("percent", "1.5", 150.0, "150"),
    ("percent", "-0.01", -1.0, "-1"),
    ("percent", "0", 0.0, "0"),
    ("boolean", "true", True, "true"),
    ("boolean", "false", False, "false"),
    ("opt_out", "true", True, "true"),
    ("opt_out", "false", False, "false"),
    ("date", "2026-03-31", "2026-03-31", "2026-03-31"),
    ("date", "2024-02-29", "2024-02-29", "2024-02-29"),
    ("date", "1773273600000", "2026-03-12", "2026-03-12"),
    ("datetime", "2026-03-31T22:14:05Z", f"{TIME}+0000", f"{TIME}Z"),
    ("datetime", f"{CLOCKS_CHANGE}Z", f"{CLOCKS_CHANGE}+0000", f"{CLOCKS_CHANGE}Z"),
    ("datetime", "1774995245000", f"{TIME}+0000", f"{TIME}Z"),
    ("choice", "manager", "manager", "manager"),
    ("choices", "Web;Fair", "Fair;Web", "Fair;Web"),
    ("choices", ";Web;;Fair;Web", "Web;Fair", "Fair;Web"),
    ("country", "Germany", "DE", "DE"),
    ("country", "deutschland", "DE", "DE"),
    ("country", "AUT", "AT", "AT"),
    ("country", "U.S.", "US", "US"),
]  # fmt: skip

#: The same between fields of other kinds: the two fields stand behind the type.
SENT_BETWEEN = [
    ("phone", "phone_number", "text", "+491701234567", "+49 170 1234567", "+491701234567"),
    ("number", "text", "double", "1250.50", 1250.5, "1250.5"),
    ("number", "number", "text", "1250.5", "1250.50", "1250.5"),
    ("number", "number", "percent", "12.5", 12.5, "12.5"),
    ("percent", "number", "percent", "12.5", 12.5, "12.5"),
    ("percent", "percent", "double", "0.125", 12.5, "12.5"),
    ("percent", "percent", "text", "0.125", "12.50", "12.5"),
    ("integer", "percent", "int", "0.5", 50, "50"),
    ("money", "number", "yen", "1250", 1250.0, "1250"),
    ("boolean", "checkbox", "boolean", "true", True, "true"),
    ("boolean", "yes_no", "boolean", "Y", True, "true"),
    ("boolean", "yes_no", "boolean", "N", False, "false"),
    ("boolean", "text", "boolean", "No", False, "false"),
    ("opt_out", "yes_no", "boolean", "Y", True, "true"),
    ("boolean", "labelled", "boolean", "option_1", True, "true"),
    ("opt_out", "labelled", "boolean", "option_2", False, "false"),
    ("country", "places", "country", "a2", "AT", "AT"),
    ("country", "places", "text", "a1", "germany", "DE"),
    ("date", "datetime", "date", "2026-03-31T22:14:05Z", "2026-03-31", "2026-03-31"),
    ("date", "date", "datetime", "2026-03-31", "2026-03-31T00:00:00.000+0000", "2026-03-31"),
    ("date", "date", "datetime", "2026-03-31", "2026-03-31T23:59:59.000+0000", "2026-03-31"),
    ("date", "text", "date", "2026-03-31", "2026-03-31", "2026-03-31"),
    ("datetime", "text", "datetime", "2026-03-31T22:14:05Z", f"{TIME}+0000", f"{TIME}Z"),
    ("choice", "text", "open_level", "Anything", "Anything", "Anything"),
    ("choices", "text", "topics", "Web; Fair", "Fair;Web", "Fair;Web"),
    ("country", "country", "country", "Germany", "DE", "DE"),
    ("country", "country", "text", "United States", "usa", "US"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "left", "right", "canonical"), SENT)
def test_both_crms_spelling_of_a_value_is_one_value(
    kind: str, left: Any, right: Any, canonical: str
) -> None:
    field = typed(kind)
    assert field.canonical(L, left) == canonical
    assert field.canonical(R, right) == canonical


@pytest.mark.parametrize(("kind", "left", "right", "canonical"), SENT)
def test_between_two_spellings_of_a_value_there_is_nothing_to_do(
    kind: str, left: Any, right: Any, canonical: str
) -> None:
    field = typed(kind)
    assert field.agree(left, right)
    if (kind, canonical) != ("opt_out", "false"):  # not out, or never asked: nothing to do
        assert not field.agree(left, None)
        assert not field.agree(None, right)


@pytest.mark.parametrize(
    ("kind", "hubspot", "salesforce", "left", "right", "canonical"), SENT_BETWEEN
)
def test_a_value_is_one_value_between_fields_of_other_kinds(
    kind: str, hubspot: str, salesforce: str, left: Any, right: Any, canonical: str
) -> None:
    field = typed(kind, hubspot=hubspot, salesforce=salesforce)
    assert field.canonical(L, left) == canonical
    assert field.canonical(R, right) == canonical
    assert field.agree(left, right)


def test_the_tables_hold_every_type() -> None:
    # Who a user is says a directory, not the value.
    assert {row[0] for row in SENT} == {kind.value for kind in FieldType} - {"user"} == set(USUAL)


# --- blanks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(USUAL))
@pytest.mark.parametrize(("side", "wire"), [(L, None), (L, ""), (L, " \r\n\t"), (R, None)])
def test_a_blank_is_a_blank_in_every_type(kind: str, side: Side, wire: Any) -> None:
    field = typed(kind)
    assert field.normal(side, wire) is None
    assert field.canonical(side, wire) is None
    assert field.carried(side, wire) is None


@pytest.mark.parametrize("kind", sorted(USUAL))
def test_two_blanks_agree(kind: str) -> None:
    assert typed(kind).agree("", None)


def test_a_box_never_ticked_is_no_box_unticked() -> None:
    # HubSpot leaves it blank, Salesforce has no blank there: the first linking fills HubSpot's.
    assert not typed("boolean").agree(None, False)


# --- numbers without a country code -----------------------------------------------------------

REGIONS = [
    ("0170 1234567", "DE", "+491701234567"),
    ("0664 1234567", "AT", "+436641234567"),
    ("(202) 555-0143", "US", "+12025550143"),
    ("+43 664 1234567", "DE", "+436641234567"),
    ("06 12 34 56 78", "FR", "+33612345678"),
    ("02 1234567", "IT", "+39021234567"),
]


@pytest.mark.parametrize(("text", "region", "canonical"), REGIONS)
def test_the_records_country_comes_before_the_files_region(
    text: str, region: str, canonical: str
) -> None:
    assert typed("phone", region="GB").canonical(L, text, region) == canonical
    assert typed("phone", region=region).canonical(L, text) == canonical
    assert typed("phone").canonical(L, text, region) == canonical
