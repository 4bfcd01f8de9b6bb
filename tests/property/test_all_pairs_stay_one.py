"""All six pairs at once, whatever happens: ten thousand steps here, a million in `make soak`."""

from __future__ import annotations

import os

import pytest

from tests.property.loop_story import STEPS, find_break

#: The stories told in every run of the tests; another seed tells others.
_SEED = os.environ.get("REVLOOP_SEED", "1")
_ALL = 10_000
_PARTS = 10


@pytest.mark.parametrize("part", range(_PARTS))
def test_six_pairs_stay_one_whatever_happens(part: int) -> None:
    stories = _ALL // STEPS // _PARTS
    for number in range(part * stories, (part + 1) * stories):
        found = find_break(f"{_SEED}:{number}")
        assert found is None, f"{found}\ntold again, and made short, by: {found.command}"


@pytest.mark.parametrize(
    ("story", "steps"),
    [
        ("1:62", (41, 48, 52, 98, 99, 129, 153, 155, 172)),
        ("1:135", (0, 10, 33, 37, 57, 82, 87, 91, 92, 139, 142, 149)),
    ],
    ids=["row taken off before its deal was merged", "two links merged on one side each"],
)
def test_what_once_broke_holds(story: str, steps: tuple[int, ...]) -> None:
    found = find_break(story, steps)
    assert found is None, str(found)


def test_a_story_is_the_same_each_time_it_is_told() -> None:
    first, second = (find_break("1:0", range(30), breaks_at_end=True) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.log == second.log
