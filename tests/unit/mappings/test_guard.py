from __future__ import annotations

import pytest

from mappings.guard import Guard, GuardOverride, read_limit
from tests.unit.mappings.shapes import CONTACTS, pair_of


@pytest.mark.parametrize(
    ("text", "linked", "allowed"),
    [
        ("500", 3, 500),
        ("0", 3, 0),
        ("20%", 1_000, 200),
        ("20%", 4, 0),
        ("20%, at least 50", 100, 50),
        ("20%, at least 50", 1_000, 200),
        ("2.5 %", 1_000, 25),
    ],
)
def test_a_limit_allows_what_it_says(text: str, linked: int, allowed: int) -> None:
    assert read_limit(text).allowed(linked) == allowed


@pytest.mark.parametrize("text", ["", "many", "-1", "20 percent", "20%, 50", True, None])
def test_what_is_no_limit_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no limit"):
        read_limit(text)


@pytest.mark.parametrize("text", ["500", "20%", "20%, at least 50"])
def test_a_limit_is_written_as_it_was_read(text: str) -> None:
    assert str(read_limit(text)) == text


def test_a_project_without_guard_has_the_documented_limits() -> None:
    guard = Guard()
    assert [str(one) for one in (guard.changes, guard.creates, guard.deletes, guard.blanks)] == [
        "20%, at least 50",
        "500",
        "10",
        "20",
    ]


def test_a_pairs_guard_replaces_single_keys() -> None:
    pair = pair_of(CONTACTS + "guard: {creates: 0, blanks: 5%}\n")
    guard = Guard().for_pair(pair.guard)
    assert (guard.creates.allowed(10), str(guard.blanks)) == (0, "5%")
    assert guard.changes == Guard().changes


def test_a_pair_without_guard_changes_nothing() -> None:
    assert Guard().for_pair(GuardOverride()) == Guard()
