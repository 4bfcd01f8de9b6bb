"""What a transform gives is its own one form, and values travel there and back unharmed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.kinds import Readers
from mappings.transforms.number import number_text, read_decimal, rounded
from mappings.transforms.reading import UnreadableError
from mappings.words import FieldType
from sync.domain.record import Side
from sync.domain.rules import Trouble
from tests.property.effort import effort
from tests.property.project import VALUES, Variant, bound

_READERS = Readers()

_TEXTS: dict[FieldType, st.SearchStrategy[str]] = {
    FieldType.PHONE: st.from_regex(r"(\+49|0|\+1|00)[ 0-9/().-]{4,16}( ?(x|ext\.?) ?[0-9]{1,4})?"),
    FieldType.EMAIL: st.emails() | st.from_regex(r"[A-Za-z.+]{1,8}@[A-Za-zäöü-]{1,8}\.(com|de)"),
    FieldType.URL: st.from_regex(
        r"(https?://|HTTP://|)[A-Za-z0-9.-]{1,12}\.(com|de)(:[0-9]{2,4})?(/.{0,8})?"
    ),
    FieldType.DOMAIN: st.from_regex(
        r"(https?://|www\.|)[A-Za-z0-9äöüß.-]{1,14}\.(com|de|co\.uk)/?"
    ),
    FieldType.COUNTRY: st.sampled_from(["DE", "de", "Germany", "Österreich", "usa", "ÅLAND", "Å"]),
    FieldType.DATETIME: st.datetimes(timezones=st.timezones() | st.none()).map(str),
    FieldType.DATE: st.dates().map(str) | st.datetimes(timezones=st.timezones()).map(str),
    FieldType.BOOLEAN: st.sampled_from(["true", "Yes", " NO", "1", "off"]),
    FieldType.OPT_OUT: st.sampled_from(["true", "False"]),
    FieldType.CHOICES: st.lists(st.text(max_size=3), max_size=4).map(";".join),
}
_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False).map(str)


def _texts(kind: FieldType) -> st.SearchStrategy[str]:
    numeric = kind in (
        FieldType.NUMBER,
        FieldType.INTEGER,
        FieldType.MONEY,
        FieldType.PERCENT,
    )
    return (_NUMBERS if numeric else _TEXTS.get(kind, st.nothing())) | st.text(max_size=20)


@pytest.mark.parametrize("kind", list(FieldType))
@given(data=st.data())
@effort(60)
def test_reading_twice_gives_what_reading_once_gave(kind: FieldType, data: st.DataObject) -> None:
    read = _READERS.of(kind)
    text = data.draw(_texts(kind))
    try:
        once = read(text, "DE")
    except UnreadableError:
        return
    if once:
        assert read(once, "DE") == once


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.integers(0, 8))
@effort(200)
def test_rounding_twice_gives_what_rounding_once_gave(number: Decimal, scale: int) -> None:
    once = rounded(number, scale=scale)
    assert rounded(once, scale=scale) == once
    assert read_decimal(number_text(once)) == once


@pytest.mark.parametrize("name", sorted(VALUES))
@pytest.mark.parametrize("side", list(Side))
@given(data=st.data())
@effort(30)
def test_a_value_carried_there_and_back_and_there_is_the_same(
    name: str, side: Side, data: st.DataObject
) -> None:
    codec = bound(Variant()).rule(name).codec
    objects = {Side.LEFT: "contacts", Side.RIGHT: "Lead"}
    value = data.draw(st.sampled_from(VALUES[name][side]) | st.text(max_size=8))
    there = codec.carry(side, value, object_name=objects[side.other])
    if there is None or isinstance(there, Trouble):
        return
    assert codec.normal(side.other, there) == there or codec.normal(side.other, there) is None
    back = codec.carry(side.other, there, object_name=objects[side])
    if back is None or isinstance(back, Trouble):
        return
    assert codec.carry(side, back, object_name=objects[side.other]) == there
