"""Expressions tried on made-up values: what can work for no record is said before one is read."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mappings.expression_source import MAX_STEPS, read_source
from mappings.expression_trial import try_expression
from mappings.words import FieldType

TYPES = {
    "name": FieldType.TEXT,
    "score": FieldType.NUMBER,
    "customer": FieldType.BOOLEAN,
    "closes": FieldType.DATE,
    "topics": FieldType.CHOICES,
}


@pytest.mark.parametrize(
    "text",
    [
        "record.score >= 50",
        "record.score >= 50.0 && record.name != ''",
        "record.customer == true || !record.customer",
        "record.closes > timestamp('2026-01-01T00:00:00Z')",
        "'A' in record.topics",
        "record.topics.exists(t, t == 'A')",
        "has(record.score)",
        "size(record.name) > 3",
        "record.name.matches('^[A-Z]')",
        "record.score / 0.0 > 1.0",
        "timestamp(record.name) > timestamp('2026-01-01T00:00:00Z')",
    ],
)
def test_condition_that_can_work_is_left_alone(text: str) -> None:
    assert try_expression(text, TYPES, condition=True) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("record.name", "this expression gives a text, not true or false"),
        ("record.score + 1.0", "this expression gives a number, not true or false"),
        ("record.score < '5'", "record.score is a number; write it without quotes, not '5'"),
        ("record.score == ''", "a blank number equals nothing; write !has(record.score)"),
        ("record.name == 5", "record.name is a text; write 5 in quotes"),
        ("record.name in [1, 2]", "record.name is a text; write 1 in quotes"),
        ("record.name == true", "record.name is a text; write true in quotes"),
        (
            "record.customer == 'yes'",
            "record.customer is true or false; write one of them without quotes",
        ),
        (
            "record.closes > '2026-01-01'",
            "record.closes is a moment; write timestamp('2026-01-31T00:00:00Z')",
        ),
        ("record.name && true", "this expression mixes types;"),
        ("record.name.matches('(a')", "the pattern of matches() is none that can be read;"),
    ],
)
def test_condition_that_cannot_work_is_said(text: str, says: str) -> None:
    found = try_expression(text, TYPES, condition=True)
    assert found[0].startswith(says)


def test_computed_value_may_be_of_any_type_but_must_not_mix_them() -> None:
    assert try_expression("record.name + '!'", TYPES, condition=False) == ()
    assert try_expression("record.name + record.score", TYPES, condition=False) != ()


def test_of_fields_without_a_known_type_only_a_pattern_is_tried() -> None:
    assert try_expression("record.x > 5", {}, condition=True) == ()
    assert len(try_expression("record.x.matches('[')", {}, condition=True)) == 1


@pytest.mark.parametrize(
    ("depth", "runs_long"),
    [(1, False), (4, False), (5, True)],
)
def test_lists_within_lists_are_counted(depth: int, runs_long: bool) -> None:
    text = "[1,2,3,4,5,6,7,8,9,10].all(x, " * depth + "true" + ")" * depth
    problems = read_source(text).problems
    assert bool(problems) == runs_long == (10**depth > MAX_STEPS)


def test_lists_beside_each_other_are_added_and_not_multiplied() -> None:
    text = " && ".join(["[1,2,3].all(x, true)"] * 50)
    assert read_source(text).problems == []


def test_list_of_untold_length_counts_as_a_long_one() -> None:
    inner = "record.topics.exists(b, b == a)"
    assert read_source(f"record.topics.exists(a, {inner})").problems == []
    deeper = f"record.topics.exists(c, {inner})"
    assert read_source(f"record.topics.exists(a, {deeper})").problems != []


def test_evaluator_comes_without_the_terminal_its_package_brings() -> None:
    code = (
        "import sys; from mappings.expression import check_expression; "
        "assert check_expression('1 +', ())[0]; assert not check_expression('1 + 1', ())[0]; "
        "sys.exit(any(name in sys.modules for name in ('prompt_toolkit', 'typer', 'asyncio')))"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == 0
