"""Neither secrets nor anybody's data stand in what is logged or counted."""

from __future__ import annotations

from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk

MARKS = ("people.example", "left0", "both1", "right1", "Bonn")


def tell_all(desk: Desk) -> str:
    """Run what is meant for logs, in trouble and without, and give all it said."""
    desk.environment["REVLOOP_LOG_LEVEL"] = "debug"
    desk.sandbox.add_fault(FaultRule(system="hubspot", kind="500", path="/search$"))
    desk.sandbox.salesforce.validate(
        "Lead", lambda row: f"{row['Email']} may not" if row.get("LastName") == "left1" else None
    )
    desk.sandbox.edit(
        "salesforce",
        "Lead",
        desk.id_of("Lead", "LastName", "right0"),
        {"Level__c": "Assistant"},
        by="person",
    )
    said = []
    for words in (("sync",), ("sync", "--json"), ("status",), ("status", "--json")):
        done = desk.run(*words)
        said += [done.out, done.err]
    return "".join(said)


def test_sync_and_status_print_neither_secrets_nor_personal_data(desk):
    said = tell_all(desk)

    assert "in error" in said
    for mark in (*MARKS, desk.sandbox.hubspot_token, desk.sandbox.salesforce_token):
        assert mark not in said


def test_errors_of_a_crm_do_not_repeat_the_token(desk):
    desk.environment["HUBSPOT_ACCESS_TOKEN"] = "pat-na1-1234-wrong"
    desk.environment["SALESFORCE_ACCESS_TOKEN"] = "00DdM!wrong"
    desk.environment["REVLOOP_LOG_LEVEL"] = "debug"

    done = desk.run("sync")

    assert done.code == 2
    assert "1234-wrong" not in done.err
    assert "!wrong" not in done.err


def test_state_and_its_folder_are_for_the_owner_only(desk):
    desk.run_here("sync")

    assert desk.state.parent.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in desk.state.parent.iterdir())
