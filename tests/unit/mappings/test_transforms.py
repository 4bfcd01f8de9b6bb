from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.transforms.boolean import read_boolean
from mappings.transforms.country import country_reader
from mappings.transforms.email import read_email
from mappings.transforms.moment import read_date, read_datetime
from mappings.transforms.number import read_decimal, read_integer, read_number, rounded
from mappings.transforms.phone import read_phone
from mappings.transforms.reading import UnreadableError
from mappings.transforms.text import read_choice, read_choices, read_text
from mappings.transforms.web import domain_reader, read_url

READ_COUNTRY = country_reader()
READ_DOMAIN = domain_reader()


def read_german_phone(text: str) -> str:
    return read_phone(text, region="DE")


Read = Callable[[str], str]

READ = [
    (read_text, " a\r\nb\rc ", "a\nb\nc"),
    (read_text, "e\u0301", "\u00e9"),
    (read_text, "   ", ""),
    (read_choice, " Exact Case ", "Exact Case"),
    (read_choices, "B;A; A ;;", "A;B"),
    (read_email, " Ada@Example.COM ", "ada@example.com"),
    (read_email, "O'Neil@x.com", "o'neil@x.com"),
    (read_email, "J\u00f6@m\u00fcller.de", "j\u00f6@m\u00fcller.de"),
    (read_email, "ada@example.test", "ada@example.test"),
    (read_german_phone, "0170 1234567", "+491701234567"),
    (read_german_phone, "+49 (0)170 / 123 45 67", "+491701234567"),
    (read_german_phone, "0049 170 1234567", "+491701234567"),
    (read_german_phone, "+1 202-555-0143", "+12025550143"),
    (read_german_phone, "030 123456 ext. 5", "+4930123456 ext. 5"),
    (READ_DOMAIN, "https://www.Example.com/about?x", "example.com"),
    (READ_DOMAIN, "ada@Example.co.uk", "example.co.uk"),
    (READ_DOMAIN, "WWW.M\u00fcnchen.de.", "xn--mnchen-3ya.de"),
    (READ_DOMAIN, "stra\u00dfe.de", "xn--strae-oqa.de"),
    (READ_DOMAIN, "www.com", "www.com"),
    (READ_DOMAIN, "www.www.acme.de:8080/x", "acme.de"),
    (READ_DOMAIN, "shop.acme.de", "shop.acme.de"),
    (READ_DOMAIN, "//acme.de", "acme.de"),
    (read_url, "Example.com", "https://example.com"),
    (read_url, "HTTPS://Example.com:443/", "https://example.com"),
    (read_url, "http://Example.com/A?b#C", "http://example.com/A?b#C"),
    (read_url, "example.com:8080/x", "https://example.com:8080/x"),
    (read_url, "http://[::1]:80/", "http://[::1]"),
    (read_url, "http://intranet/A", "http://intranet/A"),
    (read_url, "http://me:pw@X.com/", "http://me:pw@x.com"),
    (READ_COUNTRY, "Germany", "DE"),
    (READ_COUNTRY, " deutschland ", "DE"),
    (READ_COUNTRY, "DEU", "DE"),
    (READ_COUNTRY, "de", "DE"),
    (READ_COUNTRY, "\u00d6STERREICH", "AT"),
    (READ_COUNTRY, "UK", "GB"),
    (READ_COUNTRY, "Cote d\u2019Ivoire", "CI"),
    (READ_COUNTRY, "United  States", "US"),
    (READ_COUNTRY, "Macau", "MO"),
    (READ_COUNTRY, "St. Vincent & the Grenadines", "VC"),
    (READ_COUNTRY, "The Gambia", "GM"),
    (READ_COUNTRY, "Gambia, The", "GM"),
    (READ_COUNTRY, "Congo (Kinshasa)", "CD"),
    (READ_COUNTRY, "CURA\u00c7AO", "CW"),
    (READ_COUNTRY, "T\u00dcRK\u0130YE", "TR"),
    (READ_COUNTRY, "Guinea Bissau", "GW"),
    (READ_COUNTRY, "Bolivia, Plurinational State of", "BO"),
    (read_number, "1.50", "1.5"),
    (read_number, " +3 ", "3"),
    (read_number, "-0.0", "0"),
    (read_number, ".5", "0.5"),
    (read_number, "5.", "5"),
    (read_number, "1e3", "1000"),
    (read_number, "1E-5", "0.00001"),
    (read_number, "100", "100"),
    (read_integer, "3.0", "3"),
    (read_boolean, "Yes", "true"),
    (read_boolean, "TRUE", "true"),
    (read_boolean, "0", "false"),
    (read_date, "2026-03-31", "2026-03-31"),
    (read_date, "2026-03-31T00:00:00+02:00", "2026-03-31"),
    (read_date, "2026-03-31T23:30:00-05:00", "2026-04-01"),
    (read_date, "2026-03-31T22:14:05.000Z", "2026-03-31"),
    (read_date, "1774995245000", "2026-03-31"),
    (read_datetime, "1774995245007", "2026-03-31T22:14:05.007Z"),
    (read_datetime, "2026-03-31", "2026-03-31T00:00:00.000Z"),
    (read_datetime, "2026-03-31T00:00:00+02:00", "2026-03-30T22:00:00.000Z"),
    (read_datetime, "2026-03-31T22:14:05.1239Z", "2026-03-31T22:14:05.123Z"),
    (read_datetime, "2026-03-31 22:14", "2026-03-31T22:14:00.000Z"),
]

REFUSED = [
    (read_email, ["ada@", "a@b", "a b@c.de", "a..b@c.de", "Ada <ada@x.com>", "x@-a.com", "n/a"]),
    (
        read_german_phone,
        [
            "call me",
            "",
            "0",
            "000000",
            "0170 12345678901234567",
            "+49 30 12345 Bob",
            "1-800-FLOWERS",
            "0170 1234567 or 030 1234567",
            "0" * 251,
        ],
    ),
    (
        READ_DOMAIN,
        ["com", "co.uk", "localhost", "acme", "a..b.com", "1.2.3.4", "a b.com", "http://[::1", ""],
    ),
    (read_url, ["", "a b", "mailto:a@b.de", "http://", "http://x:port/", "n/a", "none", "x.", "-"]),
    (READ_COUNTRY, ["Atlantis", "", "ZZ", "n.a.", "n/a", "Korea", "the", "-", "x" * 1_000_000]),
    (
        read_number,
        [
            "1,000",
            "1'000",
            "1 000.5",
            "1_000",
            "NaN",
            "Infinity",
            "\u0661",
            "12 EUR",
            "",
            "1e999",
            "1" * 101,
            "1e-99",
        ],
    ),
    (read_integer, ["3.5", "three"]),
    (read_boolean, ["perhaps", ""]),
    (
        read_date,
        [
            "2026-02-30",
            "20260331",
            "2026-W01-1",
            "31.03.2026",
            "177499524500",
            "17749952450000",
            "2026-03-31Tx",
            "0001-01-01T00:30:00+02:00",
        ],
    ),
    (read_datetime, ["soon", "2026-03-31T25:00", "9999-12-31T23:59:59-05:00", "2026-02-30"]),
]


@pytest.mark.parametrize(("read", "text", "expected"), READ)
def test_a_value_is_read_into_its_one_form(read: Read, text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(("read", "text", "expected"), READ)
def test_reading_a_value_again_changes_nothing(read: Read, text: str, expected: str) -> None:
    del text
    assert read(expected) == expected


@pytest.mark.parametrize(
    ("read", "text"), [(read, text) for read, texts in REFUSED for text in texts]
)
def test_a_value_of_another_type_is_unreadable(read: Read, text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(text)
    assert text == "" or len(text) < 4 or text not in str(caught.value)


def test_a_number_without_country_code_needs_a_region() -> None:
    assert read_phone("+49 170 1234567", region=None) == "+491701234567"
    with pytest.raises(UnreadableError, match="best with its country code"):
        read_phone("0170 1234567", region=None)


def test_a_region_nobody_knows_reads_only_numbers_with_country_code() -> None:
    assert read_phone("+49 170 1234567", region="ZZ") == "+491701234567"
    with pytest.raises(UnreadableError):
        read_phone("0170 1234567", region="ZZ")


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("2.345", 2, "2.35"), ("2.344", 2, "2.34"), ("2", 2, "2")],
)
def test_halves_are_rounded_away_from_zero(text: str, scale: int, expected: str) -> None:
    assert str(rounded(read_decimal(text), scale=scale)) == expected


def test_long_numbers_are_rounded_without_losing_digits() -> None:
    assert str(rounded(read_decimal("1" * 50 + ".55"), scale=1)) == "1" * 50 + ".6"


@pytest.mark.parametrize(
    "read",
    [
        read_text,
        read_choice,
        read_choices,
        read_email,
        read_german_phone,
        READ_DOMAIN,
        read_url,
        READ_COUNTRY,
        read_number,
        read_integer,
        read_boolean,
        read_date,
        read_datetime,
    ],
)
@given(
    text=st.text(alphabet=st.sampled_from("aB1.:/@+-; \u00e9e\u0301\u00dfT0Zw\r\n"), max_size=20)
)
def test_any_value_is_read_the_same_twice_or_not_at_all(read: Read, text: str) -> None:
    try:
        once = read(text)
    except UnreadableError:
        return
    assert once == "" or read(once) == once


@given(st.datetimes())
def test_every_time_is_read_the_same_twice(moment: object) -> None:
    once = read_datetime(str(moment))
    assert read_datetime(once) == once
    assert read_date(once) == once[:10]
