"""What real accounts were recorded to hold, through the codec its field's type implies."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from connectors.hubspot.values import native_of, wire_of
from connectors.salesforce.values import to_native, to_wire
from mappings.codec import FieldCodec
from mappings.fitting import Fitting
from mappings.kinds import Readers, default_type
from mappings.spelling import make_side_form
from sync.domain.record import Native, Side
from sync.domain.rules import Trouble
from sync.domain.schema import FieldKind, FieldShape
from tests.contract.recorded_values import RecordedValue, hubspot_values, salesforce_values

ROOT = Path(__file__).parents[2]
#: Kinds no mapping carries as plain values: ids of others, and what nothing is known of.
NOT_CARRIED = {FieldKind.REFERENCE, FieldKind.OTHER}

#: Numbers made up, or of another country without its code: none in the United States.
NO_PHONE = {"15551234", "12345632", "12345623", "12345612", "123456"}
NO_PHONE |= {"83999999997", "83999999998", "83999999999"}
#: Salesforce's own pictures: a path within the org, which is no address elsewhere.
NO_URL = re.compile(r"/services/images/photo/\w{18}")

READERS = Readers()


@pytest.fixture(scope="module")
def fixtures() -> Path:
    shared = Path(os.environ.get("REVLOOP_SHARED") or ROOT.parent / "shared")
    folder = shared / "fixtures"
    if not folder.is_dir():
        pytest.skip(f"no recorded traffic: {folder} is missing (REVLOOP_SHARED names another)")
    return folder


@pytest.fixture(scope="module")
def of_hubspot(fixtures: Path) -> list[RecordedValue]:
    return [one for one in hubspot_values(fixtures) if one.shape.kind not in NOT_CARRIED]


@pytest.fixture(scope="module")
def of_salesforce(fixtures: Path) -> list[RecordedValue]:
    return [one for one in salesforce_values(fixtures) if one.shape.kind not in NOT_CARRIED]


def hubspot_native(one: RecordedValue) -> Native:
    return native_of(one.wire)


def salesforce_native(one: RecordedValue) -> Native:
    return to_native(one.shape, one.wire)


def filled(
    values: Iterable[RecordedValue], read: Callable[[RecordedValue], Native]
) -> Iterator[tuple[RecordedValue, str]]:
    """Give the values that are no blanks, each different one of a field once."""
    seen: set[tuple[FieldShape, str]] = set()
    for one in values:
        native = read(one)
        if native is not None and (one.shape, native) not in seen:
            seen.add((one.shape, native))
            yield one, native


@cache
def codec(side: Side, shape: FieldShape) -> FieldCodec:
    """Make the codec between a field and one of the same kind across, of any length and size."""
    roomy = replace(
        shape, length=None, digits=None, scale=None, restricted=False, options=(), folds_case=False,
        percent_as_fraction=shape.kind is FieldKind.PERCENT and side is Side.RIGHT,
    )  # fmt: skip
    shapes = {side: shape, side.other: roomy}
    kind = default_type({shape.kind}, has_values=False)
    forms = {at: make_side_form(one, kind, READERS.of(kind)) for at, one in shapes.items()}
    return FieldCodec(
        name=shape.name,
        kind=kind,
        read=READERS.of(kind),
        forms=forms,
        fittings={
            (at, "any"): Fitting(one, where=one.name, form=forms[at]) for at, one in shapes.items()
        },
        default_region="US",
    )


def check_round_trip(side: Side, shape: FieldShape, native: str) -> None:
    """Check that a value travels to its like and back as the same in its own form."""
    found = codec(side, shape)
    normal = found.normal(side, native)
    assert found.normal(side, normal) == normal
    there = found.carry(side, native, object_name="any")
    assert isinstance(there, str)
    assert found.canonical(side.other, there) == found.canonical(side, native)
    back = found.carry(side.other, there, object_name="any")
    assert not isinstance(back, Trouble), back
    assert back == normal


def unreadable(
    side: Side, values: Iterable[tuple[RecordedValue, str]]
) -> Counter[tuple[FieldKind, str]]:
    return Counter(
        (one.shape.kind, native)
        for one, native in values
        if not codec(side, one.shape).can_read(side, native)
    )


def is_known(kind: FieldKind, text: str) -> bool:
    """Tell whether a value that is not of its field's type was judged before; it travels as is."""
    if kind is FieldKind.URL:
        return NO_URL.fullmatch(text) is not None
    return kind is FieldKind.PHONE and text in NO_PHONE


def test_there_is_enough_of_every_kind_to_be_worth_the_look(
    of_hubspot: list[RecordedValue], of_salesforce: list[RecordedValue]
) -> None:
    left = Counter(one.shape.kind for one, _ in filled(of_hubspot, hubspot_native))
    right = Counter(one.shape.kind for one, _ in filled(of_salesforce, salesforce_native))
    assert {FieldKind.TEXT, FieldKind.NUMBER, FieldKind.DATETIME, FieldKind.EMAIL} <= left.keys()
    assert {FieldKind.BOOLEAN, FieldKind.CHOICE, FieldKind.MONEY} <= left.keys()
    assert {FieldKind.TEXT, FieldKind.PHONE, FieldKind.URL, FieldKind.CHOICE} <= right.keys()
    assert {FieldKind.BOOLEAN, FieldKind.DATE, FieldKind.DATETIME} <= right.keys()
    assert left.total() > 500
    assert right.total() > 200


def test_every_recorded_hubspot_value_is_of_its_fields_type(
    of_hubspot: list[RecordedValue],
) -> None:
    found = unreadable(Side.LEFT, filled(of_hubspot, hubspot_native))
    assert [one for one in found if not is_known(*one)] == []


def test_every_recorded_salesforce_value_is_of_its_fields_type(
    of_salesforce: list[RecordedValue],
) -> None:
    found = unreadable(Side.RIGHT, filled(of_salesforce, salesforce_native))
    assert [one for one in found if not is_known(*one)] == []


def test_every_recorded_hubspot_value_travels_there_and_back(
    of_hubspot: list[RecordedValue],
) -> None:
    for one, native in filled(of_hubspot, hubspot_native):
        check_round_trip(Side.LEFT, one.shape, native)


def test_every_recorded_salesforce_value_travels_there_and_back(
    of_salesforce: list[RecordedValue],
) -> None:
    for one, native in filled(of_salesforce, salesforce_native):
        check_round_trip(Side.RIGHT, one.shape, native)


def test_every_recorded_hubspot_value_reads_the_same_after_it_was_sent(
    of_hubspot: list[RecordedValue],
) -> None:
    for one in of_hubspot:
        native = native_of(one.wire)
        assert native_of(wire_of(native)) == native


def test_every_recorded_salesforce_value_reads_the_same_after_it_was_sent(
    of_salesforce: list[RecordedValue],
) -> None:
    for one in of_salesforce:
        native = to_native(one.shape, one.wire)
        assert to_native(one.shape, to_wire(one.shape, native)) == native
        if isinstance(one.wire, bool | int | Decimal):
            assert to_wire(one.shape, native) == one.wire


def test_recorded_times_of_hubspot_are_text_or_milliseconds(
    of_hubspot: list[RecordedValue],
) -> None:
    times = [native for one, native in filled(of_hubspot, hubspot_native)
             if one.shape.kind is FieldKind.DATETIME]  # fmt: skip
    assert any(native.isdecimal() for native in times)
    assert any(native.endswith("Z") for native in times)
