from __future__ import annotations

import pytest

from mappings.expression import (
    ExpressionFailedError,
    check_expression,
    compile_condition,
    compile_value,
)
from mappings.expression_source import MAX_DEPTH, MAX_LENGTH, read_source
from mappings.words import FieldType
from sync.domain.record import Native

TYPES = {
    "email": FieldType.EMAIL,
    "name": FieldType.TEXT,
    "score": FieldType.NUMBER,
    "born": FieldType.DATE,
    "met": FieldType.DATETIME,
    "agreed": FieldType.BOOLEAN,
    "topics": FieldType.CHOICES,
    "country": FieldType.COUNTRY,
}
FULL: dict[str, Native] = {
    "email": "ada@example.com",
    "name": "Ada",
    "score": "60.5",
    "born": "1990-05-01",
    "met": "2026-03-31T22:14:05.000Z",
    "agreed": "true",
    "topics": "A;B",
    "country": "AT",
}


def holds(text: str, values: dict[str, Native]) -> bool:
    return compile_condition(text, types=TYPES, where="include.hubspot")(values)


def value(text: str, values: dict[str, Native]) -> Native:
    return compile_value(text, types=TYPES, where="fields.x.to_salesforce")(values)


@pytest.mark.parametrize(
    "text",
    [
        'record.email != ""',
        'record.email != "" && record.country in ["DE", "AT", "CH"]',
        "record.score >= 50",
        "record.score == 60.5",
        "50 < record.score",
        "record.score + 1.0 > 61.0",
        "int(record.score) % 2 == 0",
        'record.born < timestamp("2000-01-01T00:00:00Z")',
        'record.met - timestamp("2026-03-31T00:00:00Z") > duration("22h")',
        "record.met.getFullYear() == 2026",
        "record.agreed",
        "record.agreed == true",
        '"A" in record.topics',
        "size(record.topics) == 2",
        'record.email.endsWith("@example.com")',
        'record.name.matches("^A.a$") ? true : false',
        "[70, 80].exists(limit, limit > record.score)",
        "has(record.score) && has(record.email)",
        "!(record.score < 50)",
        '{"a": record.score > 3}["a"]',
        "true",
        "record.name == 'Ada' // a remark",
    ],
)
def test_a_condition_holds_for_typed_values(text: str) -> None:
    assert holds(text, FULL)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_blank_is_not_there(name: str) -> None:
    assert holds(f"has(record.{name})", FULL)
    assert not holds(f"has(record.{name})", {})
    assert not holds(f"has(record.{name})", {name: None})


@pytest.mark.parametrize(
    "text",
    [
        "record.score >= 50",
        "record.score < 50",
        "record.score == 0",
        "record.score != 0",
        "record.score in [0, 1]",
        "50 > record.score",
        "-record.score < 0",
        "record.score * 2.0 < 100",
        "int(record.score) < 5",
        '(record.score + 1.0) < 5 && record.name == ""',
        'record.born < timestamp("2999-01-01T00:00:00Z")',
        "[70, 80].exists(limit, limit > record.score)",
        "record.met.getFullYear() > 0",
        'record.score < 50 || record.born > timestamp("2000-01-01T00:00:00Z")',
    ],
)
def test_a_comparison_with_a_blank_number_or_date_is_false(text: str) -> None:
    assert not holds(text, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!(record.score > 50)", True),
        ("(record.score > 50) == false", True),
        ("record.score > 50 ? false : true", True),
        ('record.score > 50 || record.name == ""', True),
        ('record.name == ""', True),
        ('!(record.name == "")', False),
        ("record.agreed", False),
        ("!record.agreed", True),
        ("size(record.topics) == 0", True),
        ('"A" in record.topics', False),
    ],
)
def test_blanks_inside_a_larger_condition(text: str, *, expected: bool) -> None:
    assert holds(text, {}) is expected


def test_a_condition_reads_only_the_fields_it_names() -> None:
    assert holds('record.name == "Ada"', {"name": "Ada", "score": "not a number"})


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("record.score + 1 > 3", FULL, "mixes types"),
        ("record.born > '2026-01-01'", FULL, "mixes types"),
        ("record.score", FULL, "gives a number, not true or false"),
        ("1 / 0 > 1", FULL, "divides by zero"),
        ('record.name.matches("(")', FULL, "cannot be evaluated"),
        ("record.score > 3", {"score": "lots"}, "reads record.score, whose value is no number"),
        ("record.score > 3", {"score": "NaN"}, "whose value is no number"),
        ("record.agreed", {"agreed": "perhaps"}, "neither true nor false"),
        ("record.born.getFullYear() > 3", {"born": "soon"}, "whose value is no date"),
    ],
)
def test_a_condition_that_fails_names_itself_and_no_value(
    text: str, values: dict[str, Native], words: str
) -> None:
    with pytest.raises(ExpressionFailedError) as caught:
        holds(text, values)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"include.hubspot: the expression {text!r} ")
    assert caught.value.expression == text
    assert "lots" not in str(caught.value)


def test_a_blank_number_outside_a_comparison_asks_for_has() -> None:
    with pytest.raises(ExpressionFailedError, match=r"ask has\(record\.x\) first"):
        value("string(record.score)", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("record.name + ', ' + record.country", "Ada, AT"),
        ("record.score * 2.0", "121"),
        ("record.score", "60.5"),
        ("size(record.name)", "3"),
        ("record.score > 50", "true"),
        ("record.score > 99", "false"),
        ("record.met", "2026-03-31T22:14:05.000Z"),
        ("record.topics", "A;B"),
        ("'  '", None),
        ("null", None),
    ],
)
def test_a_computed_value_is_a_text_in_the_crms_form(text: str, expected: Native) -> None:
    assert value(text, FULL) == expected


def test_a_computed_value_no_field_can_hold_fails() -> None:
    with pytest.raises(ExpressionFailedError, match="which no field can hold"):
        value("{'a': 1}", FULL)


def test_the_fields_an_expression_reads_are_listed() -> None:
    text = 'has(record.score) && "record.name" != record.email && [1].all(x, x < record.born)'
    assert check_expression(text, TYPES) == ((), frozenset({"score", "email", "born"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("record.emial != ''", "record.emial is no field of this pair; did you mean 'email'?"),
        ("email != ''", "'email' is unknown; did you mean 'record.email'?"),
        ("recrd.email != ''", "'recrd' is unknown; did you mean 'record'?"),
        ("record.stage == 'x'", "record.stage is not known here"),
        ("handed_over", "'handed_over' is not known here"),
        ("record.email = 'x'", "equality is written '=='"),
        ("record.email & true", "'and' is written '&&'"),
        ("record.agreed | true", "'or' is written '||'"),
        ("record.email == 'x", "the closing quote is missing"),
        ("record.email == #", "'#' (character 17) cannot be read"),
        ("(record.agreed", "a '(' is not closed"),
        ("record.agreed)", "a ')' closes nothing"),
        ("(record.agreed]", "a ']' closes nothing"),
        ("size(record) > 1", "'record' alone has no value"),
        ('record["email"] == ""', "'record' alone has no value"),
        ("has(email)", "has() takes one field"),
        ("now() > 3", "now() is no function"),
        (
            "record.name.startWith('x')",
            ("startWith() is no function of conditions; did you mean 'startsWith'?"),
        ),
        ("record.email ==", "is no condition that can be read: column 16, Syntax error"),
        ("x" * (MAX_LENGTH + 1), "longer than 4,000 characters"),
        ("(" * MAX_DEPTH + "true" + ")" * MAX_DEPTH, "brackets are nested deeper than 30"),
    ],
)
def test_what_cannot_work_is_said_before_any_record_is_read(text: str, words: str) -> None:
    problems, _ = check_expression(text, TYPES)
    assert words in problems[0]


def test_all_wrong_names_of_one_expression_are_said() -> None:
    problems, _ = check_expression("record.a == b && c(record.d)", TYPES)
    assert len(problems) == 4


def test_names_a_macro_binds_are_known() -> None:
    assert check_expression("[1].exists(v, v > 0) && [[1]].all(w, w.all(u, u > 0))", TYPES)[0] == ()


def test_constants_a_field_is_compared_with_are_listed() -> None:
    source = read_source('record.country in ["DE", "AT"] && "x" != record.name && record.score > 1')
    assert [(one.name, one.constants) for one in source.comparisons] == [
        ("country", ("DE", "AT")),
        ("name", ("x",)),
        ("score", ()),
    ]
    assert source.comparisons[-1].others == ("1",)


def test_a_constant_in_three_quotes_is_a_constant() -> None:
    assert read_source('record.name == """x"""').comparisons[0].constants == ("x",)


@pytest.mark.parametrize(
    "text", ["record.name.size() == 'x'", "'a' == 'b'", "record.a == 'b' == true"]
)
def test_what_is_no_plain_comparison_is_not_listed(text: str) -> None:
    assert read_source(text).comparisons == []
