"""One person on their way through the funnel, held against a second telling of rows L1 to L11."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sync.domain.record import Native, Side
from sync.state.tables import funnel, hand_overs
from tests.property.effort import effort
from tests.property.funnel_model import MQL, Model, Record
from tests.property.funnel_world import ANNA, BEN, EMAIL, FunnelWorld

LEFT, RIGHT = Side.LEFT, Side.RIGHT
_FIELDS = {
    "contacts": ("lifecyclestage", "hs_lead_status"),
    "Lead": ("Status", "Reason__c"),
    "Contact": ("Funnel__c", "Reason__c"),
}
_STAGES = ("lead", MQL, "salesqualifiedlead", "opportunity", "customer", "evangelist", None)
_WORDS = ("OPEN", "IN_PROGRESS", "UNQUALIFIED", None)
_STATES = ("New", "Open - Not Contacted", "Working - Contacted", "Attempting", "Odd", None)
_FUNNEL = ("MQL", "SAL", "SQL", "Odd", None)
_REASONS = ("No Budget", "Bad Data", "Else", None)
_SOLD = {"open": "opportunity", "won": "customer", "lost": None}


class OnePerson(RuleBasedStateMachine):
    """People work on one person, days pass, and runs come, whole or cut off at any step."""

    world: FunnelWorld

    @initialize(
        begin=st.sampled_from(["couple", "couple", "alone", "later"]),
        stage=st.sampled_from(["lead", "lead", MQL, "salesqualifiedlead", None, "evangelist"]),
        status=st.sampled_from(_STATES),
        score=st.sampled_from(["10", "10", "60"]),
    )
    def begin(self, begin: str, stage: Native, status: Native, score: str) -> None:
        self.world, self.model = FunnelWorld(), Model()
        self.sold: dict[str, str] = {}
        self.contacts_handed, self.first = 0, True
        left = {"email": EMAIL, "lastname": "Lovelace", "lifecyclestage": stage, "fit_score": score}
        if begin == "later":
            self.world.sync()
            self.first = False
        self.world.benches[LEFT].add("contacts", left)
        if begin == "couple":
            right = {"Email": EMAIL, "LastName": "Lovelace", "Status": status, "OwnerId": BEN}
            self.world.benches[RIGHT].add("Lead", right)
        note(f"> {begin}: {stage}, {status}, {score}")
        self._run(None)

    @rule(stage=st.sampled_from(_STAGES), word=st.sampled_from(_WORDS))
    def marketing_moves(self, stage: Native, word: Native) -> None:
        self._edit(LEFT, lifecyclestage=stage, hs_lead_status=word)

    @rule(score=st.sampled_from(["10", "60", "70", None]))
    def score_moves(self, score: Native) -> None:
        self._edit(LEFT, fit_score=score)

    @precondition(lambda self: self.model.linked)
    @rule(status=st.sampled_from(_STATES), funnel=st.sampled_from(_FUNNEL))
    def sales_moves(self, status: Native, funnel: Native) -> None:
        if self._right_name() == "Lead":
            self._edit(RIGHT, Status=status)
        else:
            self._edit(RIGHT, Funnel__c=funnel)

    @precondition(lambda self: self.model.linked)
    @rule(reason=st.sampled_from(_REASONS))
    def sales_gives_back(self, reason: Native) -> None:
        if self._right_name() == "Lead":
            self._edit(RIGHT, Status="Closed - Not Converted", Reason__c=reason)
        else:
            self._edit(RIGHT, Funnel__c="Returned", Reason__c=reason)

    @precondition(lambda self: self.model.linked)
    @rule()
    def sales_takes_over(self) -> None:
        self._edit(RIGHT, OwnerId=BEN)

    @rule(days=st.sampled_from([1, 29, 31]))
    def days_pass(self, days: int) -> None:
        note(f"> {days} days pass")
        self.world.clock.sleep(days * 86_400)

    @precondition(lambda self: self.model.linked and self._right_name() == "Lead")
    @rule()
    def sales_converts(self) -> None:
        at = self.world.person(RIGHT)
        assert at is not None
        note("> converted")
        self.world.benches[RIGHT].convert(
            *at, into="Contact", values={"AccountId": "account-1", "Reason__c": None}
        )

    @precondition(lambda self: self.model.linked and self._right_name() == "Contact")
    @rule(
        which=st.sampled_from(["deal-1", "deal-2"]), state=st.sampled_from(["open", "won", "lost"])
    )
    def sales_sells(self, which: str, state: str) -> None:
        note(f"> {which} is {state}")
        self.sold[which] = state
        self.world.sell(which, closed=state != "open", won=state == "won")

    @rule()
    def run(self) -> None:
        self._run(None)

    @rule(at=st.integers(0, 60))
    def run_is_killed(self, at: int) -> None:
        self._run(at)

    # --- what is looked at ----------------------------------------------------------------------

    def _edit(self, side: Side, **values: Native) -> None:
        note(f"> {side}: {values}")
        self.world.edit(side, **values)

    def _right_name(self) -> str | None:
        at = self.world.person(RIGHT)
        return at[0] if at else None

    def _record(self, side: Side) -> Record | None:
        at = self.world.person(side)
        if at is None:
            return None
        values = self.world.values(side)
        sold = set(self.sold.values()) if at[0] == "Contact" else set()
        return Record(
            at[0],
            {name: values[name] for name in _FIELDS[at[0]]},
            frozenset(stage for state in sold if (stage := _SOLD[state]) is not None),
        )

    def _run(self, doomed_at: int | None) -> None:
        world, model = self.world, self.model
        left, right = self._record(LEFT), self._record(RIGHT)
        assert left is not None
        score, owner = world.values(LEFT)["fit_score"], world.values(RIGHT).get("OwnerId")
        over = score is not None and int(score) >= 50
        known, was = len(model.events), model.stage
        left, right = model.run(
            left, right, over=over, today=world.clock.now.date(), first=self.first
        )
        sent: list[Any] = []
        if doomed_at is not None and world.sync(doomed_at=doomed_at) is None:
            note(f"> killed at step {doomed_at}")
            sent += world.watched[RIGHT].sent
        assert world.sync() is not None
        sent += world.watched[RIGHT].sent
        self.first = False
        handed = any(kind == "over" for kind, *_ in model.events[known:])
        if handed and self._right_name() == "Contact":
            self.contacts_handed += 1
        note(f"  run: {was} -> {model.stage}, {model.events[known:]}")
        self._check(left, right)
        owners = [one.values["OwnerId"] for one in sent if one.values.get("OwnerId")]
        of_people = [one for one in sent if one.object_name != "Task" and one.values.get("OwnerId")]
        expected = int(handed and owner != ANNA)
        assert len(of_people) == expected, (owners, handed, owner)
        assert world.sync() == 0, "a second run writes nothing"
        self._check(left, right)

    def _check(self, left: Record, right: Record | None) -> None:
        world, model = self.world, self.model
        found = self._record(LEFT), self._record(RIGHT)
        assert found == (left, right), (found, (left, right))
        assert world.handings() == model.events
        assert not (wasted := [w for one in world.watched.values() for w in one.wasted]), wasted
        assert not world.store.findings.errors()
        tasks = world.benches[RIGHT].all("Task")
        assert len(tasks) == self.contacts_handed, tasks
        if not model.linked:
            return
        kept, told = world.kept(), world.values(LEFT)
        assert (kept.stage, kept.handed_over) == (model.stage, model.handed_over)
        assert not kept.due_left
        assert not kept.due_right
        assert told["revloop_stage"] == model.stage
        assert (told["revloop_returned_at"] is not None) == model.back
        day = date.fromisoformat(again) if (again := told["revloop_try_again_date"]) else None
        assert day == (model.again if model.back else None)


TestOnePerson = OnePerson.TestCase
TestOnePerson.settings = effort(15, steps=15)


def _given_back() -> FunnelWorld:
    """Give somebody who came back, and whose score has fallen since."""
    world = FunnelWorld()
    left = {"email": EMAIL, "lastname": "Lovelace", "lifecyclestage": "lead", "fit_score": "10"}
    right = {"Email": EMAIL, "LastName": "Lovelace", "Status": "New", "OwnerId": BEN}
    world.benches[LEFT].add("contacts", left)
    world.benches[RIGHT].add("Lead", right)
    world.sync()
    world.edit(LEFT, fit_score="60")
    world.sync()
    world.edit(RIGHT, Status="Closed - Not Converted", Reason__c="Bad Data")
    world.sync()
    world.edit(LEFT, fit_score="10")
    world.sync()
    return world


@pytest.mark.parametrize("step", range(15, 31, 3))
def test_l9_hand_over_that_was_cut_off_is_no_reason_to_come_back(step: int) -> None:
    world = _given_back()
    world.edit(LEFT, fit_score="60")

    assert world.sync(doomed_at=step) is None
    world.sync()

    assert [kind for kind, *_ in world.handings()] == ["over", "back", "over"]
    assert world.values(RIGHT)["Status"] == "Open - Not Contacted"


def test_l9_hand_over_that_sales_refuses_to_store_is_no_reason_to_come_back() -> None:
    world = _given_back()
    status = "Open - Not Contacted"
    world.benches[RIGHT].refuse(
        "Lead", lambda write: write.values.get("Status") == status, fields=("Status",)
    )
    world.edit(LEFT, fit_score="60")
    for _ in range(3):
        world.sync()
        world.clock.sleep(86_400)
    world.benches[RIGHT].calm()
    world.sync()

    assert [kind for kind, *_ in world.handings()] == ["over", "back", "over"]
    assert world.values(RIGHT)["Status"] == status


def test_stage_that_is_refused_leaves_nothing_empty_to_send() -> None:
    world = _given_back()
    world.benches[LEFT].refuse(
        "contacts", lambda write: "lifecyclestage" in write.values, fields=("lifecyclestage",)
    )
    world.edit(LEFT, fit_score="60")
    world.sync()

    assert all(write.values for write in world.watched[LEFT].sent)
    assert [one.field for one in world.store.findings.errors()] == ["stage"]


def test_whoever_was_linked_before_there_were_stages_counts_as_found() -> None:
    world = _given_back()
    with world.store._database.write() as connection:
        connection.execute(hand_overs.delete())
        connection.execute(funnel.delete())
    world.edit(LEFT, fit_score="60")
    world.sync()

    assert world.handings() == []
    assert world.kept().handed_over
