"""The doctor and the views of a plan, against a pair of stand-ins."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import Desk, make_desk, people

SIGN = "salesforcelastsynctime"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with a plan made; nothing is written to either CRM."""
    seed = people(both=2, hubspot=2, salesforce=1)
    seed.insert(
        0, {"system": "hubspot", "object": "contacts", "field": {"name": SIGN, "type": "datetime"}}
    )
    with Sandbox(seed, limits=False) as crms:
        made = make_desk(tmp_path_factory.mktemp("doctor") / "project", crms)
        made.run_here("plan", "--json")
        yield made


def test_doctor_finds_all_ready_and_writes_nothing(desk: Desk):
    desk.forget_calls()

    done = desk.run_here("doctor", "--json")

    levels = {one["level"] for one in done.document["findings"]}
    assert (done.code, levels) == (0, {"good", "note"})
    assert desk.writes() == 0


def test_doctor_finds_the_other_sync_at_work(desk: Desk):
    id = desk.id_of("contacts", "email", "both0@people.example")
    fresh = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    desk.sandbox.edit("hubspot", "contacts", id, {SIGN: fresh}, by="person")
    try:
        done = desk.run_here("doctor", "--json")
    finally:
        desk.sandbox.edit("hubspot", "contacts", id, {SIGN: ""}, by="person")

    wrong = [one["check"] for one in done.document["findings"] if one["level"] == "mend"]
    assert (done.code, wrong) == (2, ["other_sync"])


def test_doctor_says_that_a_token_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(desk.environment, "HUBSPOT_ACCESS_TOKEN", "pat-of-nobody")

    done = desk.run_here("doctor", "--json")

    wrong = [one for one in done.document["findings"] if one["level"] == "mend"]
    assert done.code == 2
    assert [(one["check"], one["about"]) for one in wrong] == [("credentials", "HubSpot")]
    assert "pat-of-nobody" not in done.out + done.err


def test_filters_narrow_what_is_shown_and_not_the_plan(desk: Desk):
    whole = desk.run_here("plan", "show", "--json").document
    one = desk.run_here(
        "plan", "show", "--json", "--record", "LEFT1@people.example", "--kind", "create"
    ).document

    assert one["plan"] == whole["plan"]
    assert one["pairs"] == whole["pairs"]
    assert [made["kind"] for made in one["operations"]] == ["create"]
    assert {"email", "last_name"} <= {each["name"] for each in one["operations"][0]["fields"]}
    assert len(whole["operations"]) > 1
    assert desk.run_here("plan", "show", "--json").document == whole


def test_plan_says_its_calls_and_their_share(desk: Desk):
    cost = desk.run_here("plan", "show", "--json").document["cost"]

    for side in ("hubspot", "salesforce"):
        known = cost[side]
        assert known["reads"] > 0
        assert known["writes"] > 0
        assert known["share"] == (known["reads"] + known["writes"]) / known["quota"]


def test_page_is_written_for_its_owner_only(desk: Desk):
    path = desk.folder / "plan.html"

    done = desk.run_here("plan", "show", "--html", str(path), "--field", "email")

    assert done.code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    page = path.read_text(encoding="utf-8")
    assert "left1@people.example" in page
    assert "Bonn" not in page


def test_unknown_field_is_named_before_any_call(desk: Desk):
    desk.forget_calls()

    done = desk.run_here("plan", "--field", "emial")

    assert (done.code, desk.sandbox.hubspot_traffic.calls()) == (2, ())
    assert "did you mean 'email'?" in done.err
