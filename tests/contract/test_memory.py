"""The memory connector keeps the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from connectors.memory import MemoryBench, MemoryCrm
from sync.domain.errors import CredentialError, UnavailableError
from sync.domain.ports import Account
from sync.domain.record import Fields, Native
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from tests.contract.suite import CrmContract
from tests.contract.testbed import Names

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

NAMES = Names(
    object="person",
    first="first",
    last="last",
    email="email",
    phone="phone",
    score="score",
    level="level",
    opted_out="opted_out",
    born="born",
    met="met",
    key="key",
    claimed="email",
    levels=("junior", "senior"),
    unknown_id="nobody",
)

PERSON = ObjectShape(
    "person",
    "Person",
    {
        each.name: each
        for each in (
            FieldShape(name="first", label="First name", kind=FieldKind.TEXT),
            FieldShape(name="last", label="Last name", kind=FieldKind.TEXT, required=True),
            FieldShape(name="email", label="E-mail", kind=FieldKind.EMAIL, unique=True),
            FieldShape(name="phone", label="Phone", kind=FieldKind.PHONE),
            FieldShape(name="score", label="Score", kind=FieldKind.NUMBER, scale=2),
            FieldShape(
                name="level",
                label="Level",
                kind=FieldKind.CHOICE,
                restricted=True,
                options=(Option("junior", "Junior"), Option("senior", "Senior")),
            ),
            FieldShape(name="opted_out", label="Opted out", kind=FieldKind.BOOLEAN),
            FieldShape(name="born", label="Born", kind=FieldKind.DATE),
            FieldShape(name="met", label="Met", kind=FieldKind.DATETIME),
            FieldShape(name="key", label="Key", kind=FieldKind.TEXT, unique=True),
            FieldShape(
                name="views",
                label="Views",
                kind=FieldKind.INTEGER,
                creatable=False,
                updatable=False,
            ),
        )
    },
)


class MemoryTestbed:
    """A memory CRM with one object."""

    names = NAMES
    account_id = "42"
    keeps_edit_times = True

    def __init__(self, *, shows_gone_in_changes: bool) -> None:
        self._time = START
        self._delay = timedelta(0)
        self.crm = MemoryCrm(
            "Memory",
            {"person": PERSON},
            account=Account("42", "a memory"),
            clock=self.now,
            shows_gone_in_changes=shows_gone_in_changes,
        )
        self._bench = MemoryBench(self.crm)

    def add(self, values: Fields) -> str:
        added = self._bench.add("person", values)
        self._bench.hide([added], until=self._time + self._delay)
        return added

    def add_many(self, values: Sequence[Fields]) -> list[str]:
        return [self.add(each) for each in values]

    def edit(self, record_id: str, values: Fields) -> None:
        self._bench.edit("person", record_id, values)

    def track(self, name: str) -> None:
        """Do nothing: picklists keep their history."""

    def remove(self, record_id: str) -> None:
        self._bench.remove("person", record_id)

    def merge(self, winner_id: str, loser_id: str) -> str:
        return self._bench.merge("person", winner_id, loser_id)

    def value(self, record_id: str, name: str) -> Native:
        return self._bench.values("person", record_id)[name]

    def count(self) -> int:
        return len(self._bench.all("person"))

    def now(self) -> datetime:
        return self._time

    def pass_time(self, span: timedelta) -> None:
        self._time += span

    def delay_index(self, span: timedelta) -> None:
        self._delay = span

    def lose_answer(self) -> None:
        self._bench.fail("after", UnavailableError("the answer was lost", maybe_done=True))

    def lock(self) -> None:
        self._bench.lock(1000)

    def refuse_credentials(self) -> None:
        for call in ("peek", "apply"):
            self._bench.fail("before", CredentialError("refused"), on=call, times=99)

    def break_down(self) -> None:
        for call in ("read_changes", "apply"):
            self._bench.fail("before", UnavailableError("down"), on=call, times=99)

    def use_up_quota(self) -> None:
        self._bench.set_quota(100, left=0)

    def recover(self) -> None:
        self._bench.calm()
        self._bench.set_quota(None)

    def calls(self) -> int:
        return len(self._bench.calls)


@pytest.fixture(params=[True, False], ids=["gone shown", "gone hidden"])
def bed(request: pytest.FixtureRequest) -> MemoryTestbed:
    return MemoryTestbed(shows_gone_in_changes=request.param)


class TestMemory(CrmContract):
    """The reference behaviour, in both ways of showing deleted records."""
