"""A lifecycle stage that goes back is emptied, then set; each answer counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from connectors.hubspot.stage_steps import StageSteps
from sync.domain.errors import UnavailableError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult


@dataclass
class Sent:
    """Notes what is sent; refuses to empty some records, and stops at a call."""

    refused: frozenset[str] = frozenset()
    down_at: int = 0
    calls: list[list[tuple[str, dict[str, str | None]]]] = field(default_factory=list)

    def send(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        self.calls.append([(one.token, dict(one.values)) for one in writes])
        if len(self.calls) == self.down_at:
            raise UnavailableError("down")
        return [
            WriteResult(
                token=one.token,
                outcome=WriteOutcome.REJECTED
                if one.token in self.refused and None in one.values.values()
                else WriteOutcome.DONE,
            )
            for one in writes
        ]


def update(token: str, *, backward: bool) -> Write:
    return Write(
        token=token,
        kind=WriteKind.UPDATE,
        object_name="contacts",
        id=token,
        values={"lifecyclestage": "lead", "city": "Rome"},
        backward=backward,
    )


def test_only_stages_that_go_back_are_emptied_first_and_results_keep_their_order() -> None:
    sent = Sent()

    results = StageSteps(sent.send).apply(
        [update("a", backward=False), update("b", backward=True), update("c", backward=True)]
    )

    values = {"lifecyclestage": "lead", "city": "Rome"}
    assert sent.calls == [
        [("b", {"lifecyclestage": None}), ("c", {"lifecyclestage": None})],
        [("a", values), ("b", values), ("c", values)],
    ]
    assert [one.token for one in results] == ["a", "b", "c"]


def test_forward_alone_is_one_call() -> None:
    sent = Sent()

    StageSteps(sent.send).apply([update("a", backward=False)])

    assert len(sent.calls) == 1


def test_stage_that_could_not_be_emptied_is_not_set() -> None:
    sent = Sent(refused=frozenset({"b"}))

    results = StageSteps(sent.send).apply([update("a", backward=False), update("b", backward=True)])

    assert [one.outcome for one in results] == [WriteOutcome.DONE, WriteOutcome.REJECTED]
    assert [token for token, _ in sent.calls[1]] == ["a"]


def test_fault_between_the_two_steps_is_told() -> None:
    sent = Sent(down_at=2)

    with pytest.raises(UnavailableError):
        StageSteps(sent.send).apply([update("a", backward=True)])
