"""Every type of field, there and back: nothing raises, nothing drifts, nothing is written twice."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.transforms.moment import day_in, midnight_in, read_datetime, zone_named
from mappings.words import FieldType
from sync.domain.merge import FieldView, SideView, Verdict, link_field, merge_field
from sync.domain.record import Native, Side
from sync.domain.rules import FirstSync, Trouble
from tests.property.effort import effort
from tests.property.texts import NASTY, READ_TYPES, texts_of
from tests.unit.mappings.typed import HUBSPOT, SALESFORCE, USUAL, TypedField, typed

L, R = Side.LEFT, Side.RIGHT
OBJECTS = {L: "contacts", R: "Lead"}

#: Besides the usual fields of each type: fields that keep less, more, or the same otherwise.
FIELDS = [
    *((kind, *USUAL[kind]) for kind in READ_TYPES),
    (FieldType.NUMBER, "number", "int"),
    (FieldType.NUMBER, "percent", "percent"),
    (FieldType.NUMBER, "text", "text"),
    (FieldType.INTEGER, "percent", "double"),
    (FieldType.MONEY, "money", "yen"),
    (FieldType.PERCENT, "percent", "double"),
    (FieldType.PERCENT, "number", "percent"),
    (FieldType.BOOLEAN, "yes_no", "boolean"),
    (FieldType.BOOLEAN, "text", "boolean"),
    (FieldType.OPT_OUT, "yes_no", "boolean"),
    (FieldType.DATE, "datetime", "date"),
    (FieldType.DATE, "date", "datetime"),
    (FieldType.DATETIME, "datetime", "date"),
    (FieldType.CHOICE, "text", "open_level"),
    (FieldType.CHOICES, "text", "text"),
    (FieldType.COUNTRY, "country", "country"),
    (FieldType.COUNTRY, "places", "country"),
    (FieldType.COUNTRY, "text", "text"),
    (FieldType.EMAIL, "text", "text"),
    (FieldType.TEXT, "email", "text"),
]

#: Types that lose nothing on the way where both sides hold them alike.
LOSSLESS = [
    (FieldType.TEXT, "text", "text"),
    (FieldType.MULTILINE, "textarea", "textarea"),
    (FieldType.EMAIL, "email", "email"),
    (FieldType.PHONE, "phone", "phone"),
    (FieldType.URL, "text", "url"),
    (FieldType.DOMAIN, "text", "url"),
    (FieldType.NUMBER, "number", "text"),
    (FieldType.PERCENT, "percent", "text"),
    (FieldType.BOOLEAN, "yes_no", "boolean"),
    (FieldType.DATE, "date", "date"),
    (FieldType.DATETIME, "datetime", "text"),
    (FieldType.CHOICE, "text", "text"),
    (FieldType.CHOICES, "text", "text"),
    (FieldType.COUNTRY, "country", "country"),
]

fields = pytest.mark.parametrize(("kind", "hubspot", "salesforce"), FIELDS)
sides = pytest.mark.parametrize("side", list(Side))


def carry(field: TypedField, origin: Side, value: Native) -> Native | Trouble:
    return field.codec.carry(origin, value, object_name=OBJECTS[origin.other])


def linked(field: TypedField, left: Native, right: Native) -> bool:
    """Tell whether a first linking finds both sides in agreement."""
    view = FieldView(
        left=SideView(object_name=OBJECTS[L], now=left),
        right=SideView(object_name=OBJECTS[R], now=right),
    )
    decision = link_field(field.rule, view, first_sync=FirstSync.HOLD)
    return decision.verdict is Verdict.NOTHING


def writes(field: TypedField, was: tuple[Native, Native], now: tuple[Native, Native]) -> bool:
    """Tell whether a merge does anything between shadows and values now, left and right."""
    view = FieldView(
        left=SideView(object_name=OBJECTS[L], now=now[0], shadow=was[0]),
        right=SideView(object_name=OBJECTS[R], now=now[1], shadow=was[1]),
    )
    return merge_field(field.rule, view).verdict is not Verdict.NOTHING


@fields
@sides
@given(data=st.data())
@effort(10)
def test_any_text_has_one_form_that_stays(
    kind: FieldType, hubspot: str, salesforce: str, side: Side, data: st.DataObject
) -> None:
    field = typed(kind.value, hubspot=hubspot, salesforce=salesforce)
    value = data.draw(texts_of(kind))
    normal = field.codec.normal(side, value)
    assert field.codec.normal(side, normal) == normal
    assert field.codec.canonical(side, normal) == field.codec.canonical(side, value)
    assert carry(field, side, normal) == carry(field, side, value)


@fields
@sides
@given(data=st.data())
@effort(10)
def test_a_carried_value_is_in_form_agrees_and_settles_in_one_round(
    kind: FieldType, hubspot: str, salesforce: str, side: Side, data: st.DataObject
) -> None:
    field = typed(kind.value, hubspot=hubspot, salesforce=salesforce)
    value = data.draw(texts_of(kind))
    there = carry(field, side, value)
    if there is None:
        assert field.codec.normal(side, value) is None
        return
    if isinstance(there, Trouble):
        return
    assert field.codec.normal(side.other, there) == there
    assert linked(field, *((value, there) if side is L else (there, value)))
    back = carry(field, side.other, there)
    if isinstance(back, Trouble):
        return
    again = carry(field, side, back)
    assert again is not None
    assert not isinstance(again, Trouble)
    assert carry(field, side.other, again) == back


@pytest.mark.parametrize(("kind", "hubspot", "salesforce"), LOSSLESS)
@given(data=st.data())
@effort(20)
def test_a_value_comes_back_as_it_was_in_its_form(
    kind: FieldType, hubspot: str, salesforce: str, data: st.DataObject
) -> None:
    field = typed(kind.value, hubspot=hubspot, salesforce=salesforce)
    value = data.draw(texts_of(kind))
    there = carry(field, L, value)
    if isinstance(there, Trouble) or there is None:
        return
    assert carry(field, R, there) == field.codec.normal(L, value)
    assert field.codec.canonical(R, there) == field.codec.canonical(L, value)


@pytest.mark.parametrize(("kind", "hubspot", "salesforce"), LOSSLESS)
@given(data=st.data())
@effort(20)
def test_values_the_team_calls_the_same_are_those_nothing_is_written_between(
    kind: FieldType, hubspot: str, salesforce: str, data: st.DataObject
) -> None:
    field = typed(kind.value, hubspot=hubspot, salesforce=salesforce)
    few = data.draw(st.lists(texts_of(kind), min_size=1, max_size=3))
    left, right = data.draw(st.sampled_from(few)), data.draw(st.sampled_from(few))
    if any(isinstance(carry(field, *one), Trouble) for one in ((L, left), (R, right))):
        return
    same = field.codec.canonical(L, left) == field.codec.canonical(R, right)
    assert linked(field, left, right) is same


@fields
@sides
def test_nothing_a_field_may_hold_ever_raises(
    kind: FieldType, hubspot: str, salesforce: str, side: Side
) -> None:
    field = typed(kind.value, hubspot=hubspot, salesforce=salesforce)
    for text in (form for value in NASTY for form in (value, f" {value} ", value * 2)):
        carried = carry(field, side, text)
        assert carried is None or isinstance(carried, str | Trouble)
        assert field.codec.canonical(side, text) is None or field.codec.normal(side, text)


@pytest.mark.parametrize("kind", READ_TYPES)
def test_a_megabyte_is_read_or_refused_like_any_text(kind: FieldType) -> None:
    field = typed(kind.value)
    for unit in ("a", "1", " ", "\u00e9", "a.", "a;", "a@", "e\u0301\r\n", "+1 "):
        carried = carry(field, L, unit * (1_000_000 // len(unit)))
        if isinstance(carried, Trouble):
            assert len(carried.message + carried.fix) < 1500
        else:
            assert carried is None or len(carried) < 300


# --- days where times are kept ------------------------------------------------------------------

#: Days that some places never had: they moved to the other side of the date line.
_SKIPPED = {date(1993, 8, 21), date(1994, 12, 31), date(1995, 1, 1), date(2011, 12, 30)}
_DAYS = st.dates(date(1970, 1, 1), date(2036, 12, 31)).filter(lambda day: day not in _SKIPPED)


@given(day=_DAYS, zone=st.timezone_keys(allow_prefix=False))
@effort(150)
def test_a_day_sent_as_a_time_is_that_day_to_people_of_the_portal(day: date, zone: str) -> None:
    time = midnight_in(day.isoformat(), zone_named(zone))
    assert day_in(time, zone_named(zone)) == day.isoformat()
    assert read_datetime(time) == time


# --- lossy translations -------------------------------------------------------------------------

_WORDS = st.sampled_from(["a", "b", "c", "d", "e"])
_TARGETS = st.sampled_from(["X", "Y", "Z"])


@given(table=st.dictionaries(_WORDS, _TARGETS, min_size=1), data=st.data())
@effort(60)
def test_many_words_for_one_never_look_like_an_edit(
    table: dict[str, str], data: st.DataObject
) -> None:
    lines = ", ".join(f"{mine}: {theirs}" for mine, theirs in table.items())
    field = typed("choice", hubspot="text", salesforce="text", more=f"values: {{{lines}}}")
    left = data.draw(st.sampled_from(sorted(table)))
    right = carry(field, L, left)
    assert right == table[left]
    assert linked(field, left, table[left])
    assert not writes(field, (left, table[left]), (left, table[left]))
    assert not writes(field, (left, table[left]), (f" {left} ", f"{table[left]} "))
    for other in sorted(table):
        # Another word for the same is an edit, and still nothing is to be written across.
        one_word = table[other] == table[left]
        assert writes(field, (left, table[left]), (other, table[left])) is not one_word


@given(left=texts_of(FieldType.NUMBER))
@effort(60)
def test_a_rounded_number_never_looks_like_an_edit(left: str) -> None:
    field = typed("number", salesforce="int")
    right = carry(field, L, left)
    if right is None or isinstance(right, Trouble):
        return
    assert linked(field, left, right)
    assert not writes(field, (left, right), (f" {left}", right))


def test_the_fields_named_here_are_there() -> None:
    assert {row[1] for row in [*FIELDS, *LOSSLESS]} - {"email"} <= set(HUBSPOT)
    assert {row[2] for row in [*FIELDS, *LOSSLESS]} <= set(SALESFORCE)
