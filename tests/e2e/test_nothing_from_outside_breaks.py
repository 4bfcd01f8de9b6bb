"""A few spoilt inputs of each kind; `make fuzz` tries as many as there is time for."""

from __future__ import annotations

import pytest

from tests.e2e.fuzzing import TARGETS, Bench, opened, try_one

#: What calls both CRMs takes its time.
FEW = {"answers": 4, "plan_files": 5, "environment": 5}
ENOUGH = 8

#: What broke once.
ONCE = (
    ("answers", 12),
    ("answers", 21),
    ("answers", 102),
    ("environment", 26),
    ("plan_files", 111),
    ("plan_files", 127),
    ("state_files", 1),
    ("state_files", 13),
    ("state_files", 31),
    ("state_files", 37),
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("fuzz")) as made:
        yield made


@pytest.mark.parametrize("name", TARGETS)
def test_spoilt_inputs_end_in_words_and_a_code(bench: Bench, name: str):
    for seed in range(1000, 1000 + FEW.get(name, ENOUGH)):
        try_one(bench, name, seed)


@pytest.mark.parametrize(("name", "seed"), ONCE)
def test_what_broke_once_holds(bench: Bench, name: str, seed: int):
    try_one(bench, name, seed)
