"""What the doctor finds in two CRMs in memory and in a project folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.memory import MemoryBench, MemoryCrm
from console.doctor.command import check_crms, doctor
from console.doctor.findings import Finding, Level
from console.doctor.state import check_state, look_into_state
from mappings.loader import load_mappings
from mappings.project import Project, load_project
from sync.domain.errors import CredentialError, DailyQuotaError, UnavailableError
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, OtherSync
from sync.domain.store import PlanState
from sync.state import SqlStore, open_store
from tests.scenario.shapes import HUBSPOT_SHAPES, SALESFORCE_SHAPES
from tests.scenario.world import people

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

SIGN = FieldShape(name="salesforcelastsynctime", label="", kind=FieldKind.DATETIME)


def with_sign() -> ObjectShape:
    shape = HUBSPOT_SHAPES["contacts"]
    other = OtherSync(mark=SIGN.name, name="HubSpot's own Salesforce sync", remedy="pause it")
    return replace(shape, fields={**shape.fields, SIGN.name: SIGN}, other_sync=other)


def memory(
    title: str, shapes: Mapping[str, ObjectShape], clock: Callable[[], datetime]
) -> MemoryCrm:
    return MemoryCrm(title, shapes, clock=clock, shows_gone_in_changes=False)


@dataclass
class Practice:
    """A project between two CRMs in memory, whose clocks may be off."""

    project: Project
    store: SqlStore
    ahead: dict[Side, timedelta] = field(default_factory=dict)
    crms: dict[Side, MemoryCrm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = {Side.LEFT: {"contacts": with_sign()}, Side.RIGHT: SALESFORCE_SHAPES}
        for side, title in ((Side.LEFT, "HubSpot"), (Side.RIGHT, "Salesforce")):
            self.crms[side] = memory(title, shapes[side], partial(self.time_at, side))

    def time_at(self, side: Side) -> datetime:
        """Give the time one CRM's clock shows."""
        return NOW + self.ahead.get(side, timedelta())

    def bench(self, side: Side) -> MemoryBench:
        """Give the other end of a CRM."""
        return MemoryBench(self.crms[side])

    def of(self, check: str, about: str = "") -> list[Finding]:
        """Examine, and give what was found of one check."""
        pairs = load_mappings(self.project.mappings)
        found = check_crms(self.project, self.crms, pairs, store=self.store, clock=lambda: NOW)
        return [one for one in found if one.check == check and about in one.about]


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(people("city: city <-> MailingCity"))
    with open_store("sqlite://") as store:
        yield Practice(load_project(tmp_path, {}), store)


def levels(findings: list[Finding]) -> set[Level]:
    return {one.level for one in findings}


# --- accounts -----------------------------------------------------------------------------------


def test_healthy_pair_has_nothing_to_mend(practice: Practice):
    found = [
        one
        for check in ("credentials", "account", "clock", "reading", "fields")
        for one in practice.of(check)
    ]

    assert Level.MEND not in levels(found)
    assert len([one for one in found if one.check == "reading"]) == 2


def test_nothing_is_written_anywhere(practice: Practice):
    practice.of("fields")

    for side in Side:
        assert set(practice.bench(side).count_calls()) <= {"account", "describe", "peek"}
    assert practice.store.runs.note("account:left") is None


def test_refused_credentials_are_to_be_mended(practice: Practice):
    practice.bench(Side.LEFT).fail("before", CredentialError("the token is refused"), on="account")

    (finding,) = practice.of("credentials", "HubSpot")

    assert (finding.level, finding.message) == (Level.MEND, "the token is refused")


def test_silent_crm_is_to_be_mended_and_the_other_is_still_looked_at(practice: Practice):
    practice.bench(Side.LEFT).fail("before", UnavailableError("HubSpot is down"), on="account")

    assert levels(practice.of("answers")) == {Level.MEND}
    practice.bench(Side.LEFT).fail("before", UnavailableError("HubSpot is down"), on="account")
    assert levels(practice.of("reading")) == {Level.GOOD}
    practice.bench(Side.LEFT).fail("before", UnavailableError("HubSpot is down"), on="account")
    assert levels(practice.of("fields")) == {Level.NOTE}


def test_another_account_than_the_state_knows_is_to_be_mended(practice: Practice):
    known = {"id": "1", "name": "memory"}
    practice.store.runs.keep_note("account:left", json.dumps(known))
    practice.store.runs.keep_note("account:right", json.dumps(known))
    practice.bench(Side.RIGHT).switch_account(Account("2", "another org"))

    left, right = practice.of("account")

    assert (left.level, right.level) == (Level.GOOD, Level.MEND)
    assert "belong to 2 (another org)" in right.message


@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0, Level.GOOD), (4, Level.GOOD), (-4, Level.GOOD), (30, Level.NOTE), (-600, Level.MEND)],
)
def test_clock_that_is_off_is_found(practice: Practice, ahead: int, level: Level):
    practice.ahead[Side.RIGHT] = timedelta(seconds=ahead)

    (finding,) = practice.of("clock", "Salesforce")

    assert finding.level is level


def test_clocks_of_both_crms_are_compared(practice: Practice):
    assert practice.of("clock", "both") == []
    practice.ahead = {Side.LEFT: timedelta(seconds=4), Side.RIGHT: timedelta(seconds=-4)}

    (finding,) = practice.of("clock", "both")

    assert "wins: newest" in finding.message


@pytest.mark.parametrize(("left", "level"), [(700, Level.GOOD), (400, Level.NOTE)])
def test_quota_is_compared_with_what_is_left_to_others(practice: Practice, left: int, level: Level):
    practice.bench(Side.LEFT).set_quota(1000, left=left)

    (finding,) = practice.of("quota", "HubSpot")

    assert finding.level is level
    assert "of 1,000 calls are left today, 40% kept for others" in finding.message


def test_used_up_quota_is_a_note_and_keeps_what_was_found_before(practice: Practice):
    practice.bench(Side.LEFT).fail("before", DailyQuotaError("no calls left"), on="describe")

    assert [(one.level, one.message) for one in practice.of("quota", "HubSpot")] == [
        (Level.NOTE, "no calls left")
    ]
    practice.bench(Side.LEFT).fail("before", DailyQuotaError("no calls left"), on="describe")
    assert levels(practice.of("credentials", "HubSpot")) == {Level.GOOD}


# --- records and fields -------------------------------------------------------------------------


def test_object_that_may_not_be_read_is_to_be_mended(practice: Practice):
    refusal = CredentialError("the scope is missing")
    practice.bench(Side.LEFT).fail("before", refusal, on="peek")

    (finding,) = practice.of("reading", "HubSpot contacts")

    assert (finding.level, finding.message) == (Level.MEND, "the scope is missing")


def test_field_that_is_gone_is_named_with_its_place(practice: Practice):
    fields = dict(with_sign().fields)
    del fields["city"]
    practice.bench(Side.LEFT).reshape(replace(with_sign(), fields=fields))

    wrong = [one for one in practice.of("fields") if one.level is Level.MEND]

    assert len(wrong) == 1
    assert wrong[0].message.startswith("mappings/contacts.yaml:10:9: ")
    assert "no field 'city'" in wrong[0].message


def test_read_only_target_is_to_be_mended(practice: Practice):
    fields = dict(with_sign().fields)
    fields["city"] = replace(fields["city"], updatable=False)
    practice.bench(Side.LEFT).reshape(replace(with_sign(), fields=fields))

    assert any("read-only" in one.message for one in practice.of("fields"))


def test_missing_key_field_is_named(practice: Practice):
    fields = dict(with_sign().fields)
    del fields["salesforce_id"]
    practice.bench(Side.LEFT).reshape(replace(with_sign(), fields=fields))

    notes = [one.message for one in practice.of("fields") if one.level is Level.NOTE]

    assert any("contacts.salesforce_id is not there" in text for text in notes)


# --- other syncs --------------------------------------------------------------------------------


def test_fresh_mark_of_hubspots_own_sync_is_to_be_mended(practice: Practice):
    fresh = (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    practice.bench(Side.LEFT).add("contacts", {"email": "a@example.com", SIGN.name: fresh})

    (finding,) = practice.of("other_sync")

    assert finding.level is Level.MEND
    assert "2026-03-02 08:00 UTC" in finding.message
    assert "a@example.com" not in finding.message


@pytest.mark.parametrize("value", ["2025-01-01T00:00:00.000Z", None])
def test_old_mark_of_hubspots_own_sync_is_a_note(practice: Practice, value: str | None):
    practice.bench(Side.LEFT).add("contacts", {"email": "a@example.com", SIGN.name: value})

    assert levels(practice.of("other_sync")) == {Level.NOTE}


def test_portal_that_never_met_that_sync_has_no_finding(practice: Practice):
    practice.bench(Side.LEFT).reshape(HUBSPOT_SHAPES["contacts"])

    assert practice.of("other_sync") == []


# --- the state ----------------------------------------------------------------------------------


def state_levels(project: Project) -> dict[str, set[Level]]:
    with look_into_state(project) as (store, found):
        more = check_state(store, now=NOW) if store is not None else ()
        return {one.check: levels([one]) for one in (*found, *more)}


def test_state_that_is_not_there_yet_is_good_and_not_made(practice: Practice):
    assert state_levels(practice.project) == {"state": {Level.GOOD}}
    assert not (practice.project.folder / "state").exists()


def test_state_others_may_read_is_to_be_mended(practice: Practice):
    open_store(practice.project.state).close()
    path = practice.project.folder / "state" / "revloop.db"
    path.chmod(0o644)

    with look_into_state(practice.project) as (store, found):
        assert store is None
        assert [one.level for one in found] == [Level.MEND]
        assert f"chmod 600 {path}" in found[0].message


def test_run_at_work_is_named_and_left_alone(practice: Practice):
    lease = practice.store.runs.lease("box:7", now=NOW, ttl=timedelta(minutes=1))
    found = {one.check: one for one in check_state(practice.store, now=NOW)}

    assert found["lock"].level is Level.NOTE
    assert "box:7" in found["lock"].message
    assert lease.held
    later = check_state(practice.store, now=NOW + timedelta(hours=1))
    assert {one.check: one.level for one in later}["lock"] is Level.GOOD


@pytest.mark.parametrize(
    ("state", "age", "level"),
    [
        (PlanState.KEPT, timedelta(hours=1), Level.NOTE),
        (PlanState.APPROVED, timedelta(hours=1), Level.NOTE),
        (PlanState.APPROVED, timedelta(days=8), Level.MEND),
    ],
)
def test_plan_that_waits_is_named(
    practice: Practice, state: PlanState, age: timedelta, level: Level
):
    plans = practice.store.plans
    plans.mark(plans.open("contacts=1", NOW - age), state, {})

    found = [one for one in check_state(practice.store, now=NOW) if one.check == "plans"]

    assert [(one.about, one.level) for one in found] == [("p1", level)]


# --- the command --------------------------------------------------------------------------------


def told(folder: Path, capsys: pytest.CaptureFixture[str], **environment: str) -> dict[str, Any]:
    code = doctor(folder, as_json=True, environment=environment)
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["exit"] == code
    return document


def test_everything_wrong_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text("pair: contacts\nhubspt: contacts\n")

    document = told(tmp_path, capsys)

    wrong = {one["about"] for one in document["findings"] if one["level"] == "mend"}
    assert wrong == {"mappings", "HubSpot", "Salesforce"}
    assert document["exit"] == 2


def test_folder_that_is_not_there_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    document = told(tmp_path / "nowhere", capsys)

    assert [one["check"] for one in document["findings"]] == ["files"]


def test_people_read_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(people())

    assert doctor(tmp_path, as_json=False, environment={}) == 2
    out = capsys.readouterr().out
    assert "HUBSPOT_ACCESS_TOKEN" in out
    assert "to mend" in out


@pytest.mark.parametrize("is_opt_out", [False, True])
def test_scope_for_opt_outs_is_named_where_they_are_mapped(practice: Practice, *, is_opt_out: bool):
    field = "{map: hs_email_optout <-> HasOptedOutOfEmail, type: opt_out}"
    line = f"no_mail: {field}" if is_opt_out else "city: city <-> MailingCity"
    (practice.project.mappings / "contacts.yaml").write_text(people(line))

    (finding,) = practice.of("writing")

    assert ("communication_preferences.write" in (finding.fix or "")) is is_opt_out
