"""How often Python looks for garbage while a run is at work."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from sync.engine.collecting import seldom_collected


@pytest.fixture(autouse=True)
def _as_python_does() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_garbage_is_looked_for_less_often_within_and_as_before_after_it() -> None:
    with seldom_collected():
        assert gc.get_threshold()[0] > 700
        assert gc.get_freeze_count() > 0

    assert gc.get_threshold() == (700, 10, 10)
    assert gc.get_freeze_count() == 0


def test_a_run_that_fails_leaves_it_as_it_was() -> None:
    with pytest.raises(KeyError), seldom_collected():
        raise KeyError

    assert gc.get_threshold() == (700, 10, 10)


def test_a_process_that_does_not_collect_is_left_alone() -> None:
    gc.disable()
    gc.set_threshold(0)
    try:
        with seldom_collected():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.enable()


def test_circles_are_still_found_within() -> None:
    class Node:
        other: object = None

    with seldom_collected():
        one = Node()
        one.other = one
        del one
        assert gc.collect() >= 1
