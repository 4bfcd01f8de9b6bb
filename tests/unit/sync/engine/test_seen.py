"""The ids a run has seen, kept in little memory."""

from __future__ import annotations

from sync.engine.seen import Seen


def test_noted_ids_are_told_from_those_that_only_look_like_them() -> None:
    seen = Seen()
    seen.update(["101", "10", "0031", "Ünï"])

    assert all(id in seen for id in ("101", "10", "0031", "Ünï"))
    assert not any(id in seen for id in ("1", "01", "1010", "003", "", "Ü"))
    assert 101 not in seen


def test_an_id_noted_again_counts_once() -> None:
    seen = Seen()
    seen.update(["1", "2", "1"])
    seen.update(["2"])

    assert len(seen) == 2


def test_ids_that_share_a_place_are_kept_apart() -> None:
    many = {f"{number:015}" for number in range(0, 300_000, 3)}
    seen = Seen()
    seen.update(many)

    assert len(seen) == len(many)
    assert all(id in seen for id in many)
    assert not any(f"{number:015}" in seen for number in range(1, 30_000, 3))
