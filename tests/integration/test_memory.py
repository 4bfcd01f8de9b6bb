"""What a run holds in memory does not grow with how many people there are."""

from __future__ import annotations

import pytest

from bench.memory import peak_at

_SMALL, _LARGE = 1_000, 10_000
_MOST = 1.5


@pytest.mark.slow
def test_peak_memory_does_not_grow_with_the_number_of_people() -> None:
    small, large = peak_at(_SMALL), peak_at(_LARGE)
    assert large.linked > 9 * small.linked
    assert large.kibibytes <= _MOST * small.kibibytes, f"{small} {large}"
