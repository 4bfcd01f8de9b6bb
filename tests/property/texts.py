"""What people, programs and attackers put into a field of each type."""

from __future__ import annotations

from hypothesis import strategies as st

from mappings.words import FieldType

__all__ = ["NASTY", "READ_TYPES", "texts_of"]

#: Every type whose values are read as text; who a user is says a directory instead.
READ_TYPES = tuple(kind for kind in FieldType if kind is not FieldType.USER)

#: What breaks programs: no text at all, no number, too much of everything.
NASTY = (
    "",
    "\x00",
    "\ud800",
    "https://\udfff.com/\ud800",
    "a\ud800@x.com",
    "\ufeff1",
    "\u202e1.5\u202c",
    "\u05e9\u05dc\u05d5\u05dd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f4a9.la",
    "\uff11\uff12\uff13",
    "\u0661\u0662",
    "\u00b2",
    "\u215b",
    "1e400",
    "-1E+99",
    "1e-99",
    "1e99999999999",
    "NaN",
    "sNaN",
    "-Infinity",
    "0x10",
    "1_000",
    "1,000.50",
    "--1",
    "0" * 101,
    "9" * 100,
    "0." + "1" * 98,
    "0000-00-00",
    "10000-01-01",
    "2026-02-30",
    "2026-W01-1",
    "9999-12-31T23:59:60Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.9999999-23:59",
    "2026-03-31T24:00:00Z",
    "9999999999999",
    ";;;",
    ";" * 1000,
    "http://[",
    "http://[::1",
    "https://x:99999999/",
    "javascript:alert(1)",
    "//",
    "@",
    "a@b@c.com",
    "xn--.com",
    "xn--99999999999999999.com",
    "." * 300,
    "tel:" + "1" * 300,
    "+",
    "+" * 300,
    "ext. 5",
)

_TEXTS: dict[FieldType, st.SearchStrategy[str]] = {
    FieldType.PHONE: st.from_regex(r"(\+49|0|\+1|00)[ 0-9/().-]{4,16}( ?(x|ext\.?) ?[0-9]{1,4})?"),
    FieldType.EMAIL: st.emails() | st.from_regex(r"[A-Za-z.+]{1,8}@[A-Za-zäöü-]{1,8}\.(com|de)"),
    FieldType.URL: st.from_regex(
        r"(https?://|HTTP://|)[A-Za-z0-9.-]{1,12}\.(com|de)(:[0-9]{2,4})?(/.{0,8})?"
    ),
    FieldType.DOMAIN: st.from_regex(
        r"(https?://|www\.|)[A-Za-z0-9äöüß.-]{1,14}\.(com|de|co\.uk)/?"
    ),
    FieldType.COUNTRY: st.sampled_from(
        ["DE", "de", "Germany", "Österreich", "usa", "ÅLAND", "Å", "United States", " at "]
    ),
    FieldType.DATETIME: st.datetimes(timezones=st.timezones() | st.none()).map(str),
    FieldType.DATE: st.dates().map(str) | st.datetimes(timezones=st.timezones()).map(str),
    FieldType.BOOLEAN: st.sampled_from(["true", "Yes", " NO", "1", "off"]),
    FieldType.OPT_OUT: st.sampled_from(["true", "False"]),
    FieldType.CHOICE: st.sampled_from(["exec", "vp", "Manager", "C-Level", "odd"]),
    FieldType.CHOICES: st.lists(
        st.sampled_from(["Fair", "Mail", "Web", " Web "]) | st.text(max_size=3), max_size=4
    ).map(";".join),
}
_NUMBERS = (
    st.decimals(allow_nan=False, allow_infinity=False).map(str)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=10**6).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
)
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT)
_ANY = st.text(max_size=20) | st.text(st.characters(), max_size=8) | st.sampled_from(NASTY)


def texts_of(kind: FieldType) -> st.SearchStrategy[str]:
    """Give texts of a type as often as texts that are none."""
    usual = _NUMBERS if kind in _NUMERIC else _TEXTS.get(kind, st.nothing())
    return usual | _ANY
