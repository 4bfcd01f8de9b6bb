"""The table of measurements: ratios, verdicts and how figures are written."""

from __future__ import annotations

import json

from bench.table import Limit, Row, as_data, as_markdown, verdict


def _row(**others: object) -> Row:
    given: dict[str, object] = {"measure": "m", "size": "10", "figure": 13.0, "unit": "s"}
    return Row(**{**given, **others})  # type: ignore[arg-type]


def test_target_is_held_against_the_ratio_where_something_stands_beside() -> None:
    assert _row(other=10.0, target=1.3).reached is True
    assert _row(other=9.9, target=1.3).reached is False


def test_target_is_held_against_the_figure_where_nothing_stands_beside() -> None:
    assert _row(target=12.0, limit=Limit.AT_LEAST).reached is True
    assert _row(target=14.0, limit=Limit.AT_LEAST).reached is False


def test_row_without_target_is_neither_reached_nor_missed() -> None:
    assert _row().reached is None
    assert verdict(_row()) == ""


def test_table_of_a_document_says_what_was_missed() -> None:
    text = as_markdown([_row(figure=1300.0, other=1000.0, beside="floor", target=1.2)])
    assert "| m | 10 | 1,300 s | floor | 1,000 s | 1.30 | at most 1.20: NOT reached |" in text


def test_data_carries_ratio_and_verdict() -> None:
    [found] = json.loads(as_data([_row(other=10.0, target=1.3)]))
    assert (found["ratio"], found["reached"]) == (1.3, True)
