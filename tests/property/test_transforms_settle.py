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
from tests.property.texts import READ_TYPES, texts_of

_READERS = Readers()


@pytest.mark.parametrize("kind", READ_TYPES)
@given(data=st.data())
@effort(60)
def test_reading_twice_gives_what_reading_once_gave(kind: FieldType, data: st.DataObject) -> None:
    read = _READERS.of(kind)
    text = data.draw(texts_of(kind))
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
