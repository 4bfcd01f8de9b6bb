"""`values`, `otherwise` and `if_blank` in every combination, and with every type."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from sync.domain.record import Side
from sync.domain.rules import Trouble, TroubleKind
from tests.unit.mappings.typed import USUAL, TypedField, typed

L, R = Side.LEFT, Side.RIGHT

LEVELS = "values: {exec: C-Level, vp: C-Level, manager: Manager}"

#: What becomes of a value: with an entry, without one, and blank, by `otherwise`.
OUTCOMES = [
    ("", "exec", "C-Level"),
    ("", "vp", "C-Level"),
    ("", "intern", TroubleKind.HOLD),
    ("", None, None),
    ("otherwise: hold", "exec", "C-Level"),
    ("otherwise: hold", "intern", TroubleKind.HOLD),
    ("otherwise: hold", None, None),
    ("otherwise: keep", "exec", "C-Level"),
    ("otherwise: keep", "intern", TroubleKind.KEEP),
    ("otherwise: keep", None, None),
    ("otherwise: Specialist", "exec", "C-Level"),
    ("otherwise: Specialist", "intern", "Specialist"),
    ("otherwise: Specialist", None, None),
]
BLANKS = ["", "if_blank: Specialist", "if_blank: Manager"]


def outcome(field: TypedField, origin: Side, wire: Any) -> Any:
    """Give what is carried; of a trouble its kind."""
    carried = field.carried(origin, wire)
    return carried.kind if isinstance(carried, Trouble) else carried


def table(*keys: str, kind: str | None = None, **fields: str) -> TypedField:
    return typed(kind, more=", ".join(key for key in keys if key), **fields)


@pytest.mark.parametrize(
    ("otherwise", "wire", "expected", "blank"),
    [(*row, blank) for row, blank in product(OUTCOMES, BLANKS)],
)
def test_what_becomes_of_a_value_is_said_by_the_table_then_by_otherwise(
    otherwise: str, wire: Any, expected: Any, blank: str
) -> None:
    field = table(LEVELS, otherwise, blank, hubspot="text", salesforce="level")
    assert outcome(field, L, wire) == expected


@pytest.mark.parametrize("otherwise", ["", "otherwise: hold", "otherwise: keep"])
@pytest.mark.parametrize(
    ("blank", "wire", "expected"),
    [
        ("", "C-Level", "exec"),
        ("", "Manager", "manager"),
        ("if_blank: Specialist", "C-Level", "exec"),
        ("if_blank: Specialist", "Specialist", None),
        ("if_blank: Manager", "Manager", None),
        ("if_blank: Manager", None, None),
    ],
)
def test_on_the_way_back_the_first_line_is_used_and_a_placeholder_is_a_blank(
    otherwise: str, blank: str, wire: Any, expected: Any
) -> None:
    field = table(LEVELS, otherwise, blank, hubspot="level", salesforce="level")
    assert outcome(field, R, wire) == expected


def test_a_lossy_table_never_looks_like_an_edit() -> None:
    field = table(LEVELS, hubspot="level", salesforce="level")
    for left in ("exec", "vp"):
        assert field.agree(left, "C-Level")
        assert field.normal(L, left) == left
    assert not field.agree("manager", "C-Level")


SEVERAL = [
    ("", "A;B", "X;Y"),
    ("", "B;A;B", "X;Y"),
    ("", "A;C", TroubleKind.HOLD),
    ("otherwise: keep", "A;C", TroubleKind.KEEP),
    ("otherwise: Z", "A;C", "X;Z"),
    ("otherwise: X", "A;C", "X"),
    ("otherwise: Z", "C;D", "Z"),
]


@pytest.mark.parametrize(("otherwise", "wire", "expected"), SEVERAL)
def test_several_values_are_each_looked_up(otherwise: str, wire: str, expected: Any) -> None:
    keys = "values: {A: X, B: Y}"
    field = table(keys, otherwise, kind="choices", hubspot="text", salesforce="text")
    assert outcome(field, L, wire) == expected


def test_several_values_of_one_entry_become_one_and_do_not_look_like_an_edit() -> None:
    field = table("values: {A: X, B: X}", kind="choices", hubspot="text", salesforce="text")
    assert outcome(field, L, "A;B") == "X"
    assert outcome(field, R, "X") == "A"
    assert field.agree("A;B", "X")


#: Type, fields, a table whose words are values of the type on one side only, both directions.
WORDS = [
    ("boolean", "bool", "text", "values: {true: Out, false: In}", "true", "Out"),
    ("boolean", "bool", "text", "values: {yes: Out, 'no': In}", "false", "In"),
    ("boolean", "bool", "level", "values: {true: Manager, false: Specialist}", "true", "Manager"),
    ("number", "number", "text", "values: {'1': One, '2': Two}", "2", "Two"),
    ("number", "number", "text", "values: {'1.50': Half}", "1.5", "Half"),
    ("integer", "number", "level", "values: {'1': C-Level, '2': Manager}", "2", "Manager"),
    ("percent", "percent", "text", "values: {'50': Half, '100': All}", "0.5", "Half"),
    ("money", "money", "text", "values: {'0': free}", "0", "free"),
    ("date", "date", "text", "values: {'1900-01-01': unknown}", "1900-01-01", "unknown"),
    ("country", "text", "text", "values: {Germany: D, Austria: A}", "DE", "D"),
    ("phone", "phone", "text", "values: {'+491701234567': Ada}", "+491701234567", "Ada"),
    ("email", "email", "text", "values: {a@x.com: Ada}", "a@x.com", "Ada"),
    ("url", "text", "text", "values: {x.com: X}", "https://x.com", "X"),
    ("domain", "text", "text", "values: {x.com: X}", "x.com", "X"),
    ("text", "text", "text", "values: {' Ada ': Augusta}", "Ada", "Augusta"),
    ("choice", "percent", "text", "values: {'0.9': High, '0.5': Low}", "0.9", "High"),
    (None, "bool", "level", "values: {true: Manager, false: Specialist}", "true", "Manager"),
]


@pytest.mark.parametrize(("kind", "hubspot", "salesforce", "keys", "left", "right"), WORDS)
def test_a_table_may_give_the_values_of_a_type_words_of_its_own(
    kind: str | None, hubspot: str, salesforce: str, keys: str, left: str, right: str
) -> None:
    field = table(keys, kind=kind, hubspot=hubspot, salesforce=salesforce)
    assert outcome(field, L, left) == right
    assert outcome(field, R, right) == left
    assert field.agree(left, right)
    assert field.canonical(R, right) == field.canonical(L, left)
    assert field.normal(R, f" {right} ") == field.normal(R, right)


# --- if_blank (F21) -----------------------------------------------------------------------------

#: Type, `if_blank`, what a new lead gets, how Salesforce sends it back.
PLACEHOLDERS = [
    ("text", "'[not given]'", "[not given]", "[not given]"),
    ("multiline", "'[not given]'", "[not given]", "[not given] "),
    ("email", "None@Example.com", "none@example.com", "none@example.com"),
    ("phone", "+49 30 0000000", "+49300000000", "+49 30 0000000"),
    ("url", "example.com", "https://example.com", "https://example.com"),
    ("domain", "example.com", "example.com", "http://www.example.com"),
    ("number", "'1.0'", "1", 1.0),
    ("integer", "'0'", "0", 0),
    ("money", "'0.00'", "0", 0.0),
    ("percent", "'5'", "5", 5.0),
    ("boolean", "'no'", "false", False),
    ("opt_out", "'no'", "false", False),
    ("date", "'1900-01-01'", "1900-01-01", "1900-01-01"),
    ("datetime", "'1900-01-01'", "1900-01-01T00:00:00.000Z", "1900-01-01T00:00:00.000+0000"),
    ("choice", "Specialist", "Specialist", "Specialist"),
    ("choices", "Web;Fair", "Fair;Web", "Fair;Web"),
    ("country", "Germany", "DE", "DE"),
]


@pytest.mark.parametrize(("kind", "written", "given", "wire"), PLACEHOLDERS)
def test_f21_a_placeholder_is_written_in_the_fields_form_and_read_back_as_a_blank(
    kind: str, written: str, given: str, wire: Any
) -> None:
    field = typed(kind, more=f"if_blank: {written}")
    assert field.required == given
    assert field.normal(R, wire) is None
    assert field.canonical(R, wire) is None
    assert field.carried(R, wire) is None
    assert field.agree(None, wire)


def test_the_table_of_placeholders_holds_every_type() -> None:
    assert {row[0] for row in PLACEHOLDERS} == set(USUAL)


def test_a_placeholder_of_a_percentage_is_read_back_from_a_fraction() -> None:
    field = typed("percent", more="if_blank: '5'")
    assert field.normal(L, "0.05") is None
    assert field.normal(L, "5") == "5"


@pytest.mark.parametrize("more", ["if_blank: unknown", "if_blank: ' unknown '"])
def test_a_placeholder_the_type_cannot_read_is_a_blank_too(more: str) -> None:
    field = typed("number", salesforce="text", more=more)
    assert field.required == "unknown"
    assert field.normal(R, " unknown") is None
    assert field.carried(R, "unknown") is None
