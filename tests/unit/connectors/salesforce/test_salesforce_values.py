from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.values import Json, json_text, to_native, to_wire
from sync.domain.schema import FieldKind, FieldShape


def of_kind(kind: FieldKind, scale: int | None = None) -> FieldShape:
    return FieldShape(name="X", label="X", kind=kind, scale=scale)


@pytest.mark.parametrize(
    ("kind", "wire", "native"),
    [
        (FieldKind.TEXT, "Ada", "Ada"),
        (FieldKind.TEXT, "", None),
        (FieldKind.TEXT, None, None),
        (FieldKind.BOOLEAN, True, "true"),
        (FieldKind.BOOLEAN, False, "false"),
        (FieldKind.INTEGER, 12, "12"),
        (FieldKind.MONEY, Decimal("3.5E8"), "350000000"),
        (FieldKind.NUMBER, Decimal("12.50"), "12.5"),
        (FieldKind.NUMBER, Decimal("0.0"), "0"),
        (FieldKind.NUMBER, Decimal("-0.0"), "0"),
        (FieldKind.DATE, "2026-03-31", "2026-03-31"),
        (FieldKind.DATETIME, "2026-03-31T22:14:05.000+0000", "2026-03-31T22:14:05.000Z"),
        (FieldKind.CHOICES, "Web;Phone;Fair", "Fair;Phone;Web"),
        (FieldKind.REFERENCE, "00Q000000000001", "00Q000000000001EAA"),
    ],
)
def test_value_read_is_put_in_native_form(kind: FieldKind, wire: Json, native: str) -> None:
    assert to_native(of_kind(kind), wire) == native


def test_float_noise_beyond_the_scale_is_taken_off() -> None:
    assert to_native(of_kind(FieldKind.MONEY, 2), Decimal("19.989999999999998")) == "19.99"


def test_digits_a_field_can_hold_are_all_kept() -> None:
    exact = Decimal("1234567890123456.78")
    assert to_native(of_kind(FieldKind.MONEY, 2), exact) == "1234567890123456.78"


def test_text_that_looks_like_a_time_stays_as_it_is() -> None:
    text = "2026-03-31T22:14:05.000+0000"
    assert to_native(of_kind(FieldKind.TEXT), text) == text


@pytest.mark.parametrize(
    ("kind", "native", "wire"),
    [
        (FieldKind.BOOLEAN, "true", "true"),
        (FieldKind.MONEY, "123456789012345678.99", "123456789012345678.99"),
        (FieldKind.NUMBER, "1E+5", "100000"),
        (FieldKind.INTEGER, "12.0", "12"),
        (FieldKind.TEXT, "007", '"007"'),
        (FieldKind.DATE, None, "null"),
        (FieldKind.DATE, "1700-01-01", '"1700-01-01"'),
        (FieldKind.DATE, "4000-12-31", '"4000-12-31"'),
        (FieldKind.DATETIME, "2026-03-31T22:14:05+02:00", '"2026-03-31T20:14:05.000Z"'),
    ],
)
def test_value_written_becomes_the_json_of_its_type(
    kind: FieldKind, native: str | None, wire: str
) -> None:
    assert json_text(to_wire(of_kind(kind), native)) == wire


@pytest.mark.parametrize(
    ("kind", "native"),
    [
        (FieldKind.BOOLEAN, "yes"),
        (FieldKind.NUMBER, "many"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "1E+999999"),
        (FieldKind.INTEGER, "1.5"),
        (FieldKind.DATE, "31.03.2026"),
        (FieldKind.DATE, "20260331"),
        (FieldKind.DATETIME, "2026-03-31T22:14:05"),
        (FieldKind.DATE, "1699-12-31"),
        (FieldKind.DATE, "4001-01-01"),
        (FieldKind.DATETIME, "0050-01-01T00:00:00.000Z"),
        (FieldKind.DATETIME, "9999-12-31T00:00:00.000Z"),
    ],
)
def test_value_the_type_cannot_hold_is_refused_without_repeating_it(
    kind: FieldKind, native: str
) -> None:
    with pytest.raises(ValueError, match="the field takes") as refusal:
        to_wire(of_kind(kind), native)
    assert native not in str(refusal.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_is_written_as_the_standard_library_reads_it(value: Json) -> None:
    assert json.loads(json_text(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_are_written_without_losing_a_digit(value: Decimal) -> None:
    assert json.loads(json_text(value), parse_float=Decimal, parse_int=Decimal) == value
