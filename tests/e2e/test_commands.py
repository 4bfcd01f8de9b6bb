"""What each command prints and how it exits, when nothing is wrong."""

from __future__ import annotations

import json
import stat
import subprocess

import pytest
from click.testing import CliRunner

import cli
from tests.e2e.desk import COMMAND, Desk

COUNTS = {
    "created",
    "updated",
    "linked",
    "unlinked",
    "archived",
    "held",
    "errors",
    "unchanged",
    "left_out",
}
KINDS = {"create", "update", "associate", "archive", "link", "unlink"}
REASON = "Blocked by the credit team"


def commands(group=cli.cli, path=()):
    for name, command in sorted(group.commands.items()):
        yield (*path, name)
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


def refuse(desk: Desk, *names: str) -> None:
    """Let Salesforce refuse the Leads of these last names."""
    desk.sandbox.salesforce.validate(
        "Lead", lambda row: REASON if row.get("LastName") in names else None
    )


def touched(sides):
    """Count the records a run made or linked in a pair."""
    return sides["hubspot"]["linked"] + sum(side["created"] for side in sides.values())


# Help and version


@pytest.mark.parametrize("path", [(), *commands()], ids=" ".join)
def test_help_says_what_a_command_is_for(path):
    done = CliRunner().invoke(cli.cli, [*path, "--help"])

    assert done.exit_code == 0
    assert done.stdout.startswith("Usage: ")
    assert not done.stderr


@pytest.mark.skipif(len(COMMAND) > 1, reason="revloop is not installed: pip install -e .")
def test_version_is_one_line(desk):
    done = desk.run("--version", project=False)

    assert (done.code, done.out.split()[0], len(done.out.splitlines())) == (0, "revloop,", 1)


def test_unknown_command_is_a_usage_error(desk):
    done = desk.run("snyc", project=False)

    assert done.code == 2
    assert "snyc" in done.err


# Sync


def test_first_sync_tells_what_it_did(desk):
    done = desk.run("sync")

    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert "contacts" in done.out
    assert "Nothing waits for you." in done.out


def test_sync_json_is_one_document_of_the_promised_shape(desk):
    document = desk.run_here("sync", "--json").document

    assert set(document) >= {"run", "exit", "pairs", "calls", "stopped", "plan", "moved"}
    assert set(document["pairs"]) == {"companies", "contacts"}
    for sides in document["pairs"].values():
        assert set(sides) == {"hubspot", "salesforce"}
        assert all(set(counts) == COUNTS for counts in sides.values())
    assert (document["run"], document["exit"], document["stopped"]) == ("r1", 0, None)
    assert (document["plan"], document["moved"]) == (None, [])
    assert document["pairs"]["contacts"]["salesforce"]["created"] == 2
    assert all(count > 0 for count in document["calls"].values())


def test_calls_of_a_run_are_those_the_crms_got(desk):
    document = desk.run_here("sync", "--json").document

    assert document["calls"] == {
        "hubspot": desk.sandbox.hubspot_traffic.total(),
        "salesforce": desk.sandbox.salesforce_traffic.total(),
    }


def test_sync_limit_counts_records_of_all_pairs_and_the_next_run_takes_the_rest(desk):
    company = {"name": "Example", "domain": "people.example"}
    desk.sandbox.add("hubspot", "companies", company, by="person")

    limited = desk.run_here("sync", "--limit", "1", "--json").document["pairs"]
    rest = desk.run_here("sync", "--json").document["pairs"]

    assert [touched(pair) for pair in limited.values()] == [1, 0]
    assert [touched(pair) for pair in rest.values()] == [0, 6]
    assert desk.emails("hubspot") == desk.emails("salesforce")
    assert len(desk.emails("hubspot")) == 6


def test_sync_only_leaves_the_other_pair_alone(desk):
    done = desk.run_here("sync", "--only", "companies", "--json")

    assert list(done.document["pairs"]) == ["companies"]
    assert len(desk.emails("salesforce")) == 4


def test_dry_run_plans_and_writes_nothing(desk):
    before = desk.export()

    done = desk.run_here("sync", "--dry-run", "--json")

    assert done.code == 0
    assert done.document["operations"]
    assert desk.export() == before


@pytest.mark.parametrize(
    ("choice", "first", "second"), [("none", 0, 0), ("new", 1, 0), ("any", 1, 1)]
)
def test_fail_on_says_when_waiting_records_count(choice, first, second, desk):
    refuse(desk, "left0")

    codes = [desk.run_here("sync", "--fail-on", choice).code for _ in range(2)]

    assert codes == [first, second]


# A refused record


def test_refused_record_stops_no_other_and_is_named_with_its_fix(desk):
    refuse(desk, "left0")

    done = desk.run_here("sync", "--json")
    status = desk.run_here("status", "--json").document

    assert done.code == 1
    assert "left1@people.example" in desk.emails("salesforce")
    assert len(desk.emails("hubspot")) == 6
    assert [(one["pair"], one["side"]) for one in status["errors"]] == [("contacts", "salesforce")]
    assert status["errors"][0]["fix"]
    assert status["errors"][0]["code"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_refused_record_is_made_once_the_reason_is_gone(desk):
    refuse(desk, "left0")
    desk.run_here("sync")
    desk.sandbox.salesforce.rules.validations.clear()

    contact = desk.id_of("contacts", "lastname", "left0")
    desk.sandbox.edit("hubspot", "contacts", contact, {"city": "Köln"}, by="person")
    done = desk.run_here("sync")

    assert done.code == 0
    assert desk.emails("salesforce").count("left0@people.example") == 1
    assert desk.run_here("status", "--json").document["errors"] == []


# Plans


def test_plan_json_has_operations_of_the_promised_shape(desk):
    done = desk.run_here("plan", "--json")
    document = done.document

    assert (done.code, done.err) == (0, "")
    for one in document["operations"]:
        assert set(one) == {"pair", "side", "kind", "record", "fields"}
        assert one["kind"] in KINDS
        assert set(one["record"]) == {"hubspot", "salesforce"}
        assert all(set(field) == {"name", "old", "new", "reason"} for field in one["fields"])
        assert all(field["reason"] for field in one["fields"])
    created = [one for one in document["operations"] if one["kind"] == "create"]
    assert len(created) == 4


def test_plan_file_that_cannot_be_written_is_a_clear_error(desk):
    done = desk.run_here("plan", "--out", str(desk.folder / "no" / "such" / "plan.json"))

    assert done.code == 2
    assert "cannot be written" in done.err


def test_plan_file_is_private_and_applied_exactly(desk):
    path = desk.folder / "plan.json"
    planned = desk.run_here("plan", "--out", str(path), "--json").document
    desk.sandbox.add("hubspot", "contacts", {"email": "late@people.example"}, by="person")

    done = desk.run_here("sync", "--plan", str(path), "--json")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["id"] == planned["plan"]
    assert (done.code, done.document["moved"]) == (0, [])
    assert "left0@people.example" in desk.emails("salesforce")
    assert "late@people.example" not in desk.emails("salesforce")


def test_plan_leaves_out_what_moved_and_names_it(desk):
    path = desk.folder / "plan.json"
    desk.run_here("plan", "--out", str(path))
    lead = desk.id_of("Lead", "LastName", "right0")
    desk.sandbox.edit("salesforce", "Lead", lead, {"City": "Ulm"}, by="person")

    done = desk.run_here("sync", "--plan", str(path), "--json")

    assert done.code == 1
    assert [one["record"]["salesforce"] for one in done.document["moved"]] == [lead]
    assert done.document["moved"][0]["reason"]
    assert "right0@people.example" not in desk.emails("hubspot")
    assert "right1@people.example" in desk.emails("hubspot")


def test_plan_of_one_pair_is_applied_by_a_sync_of_all(desk):
    desk.sandbox.add("hubspot", "companies", {"name": "A", "domain": "a.example"}, by="person")
    desk.run_here("plan", "--only", "companies")
    desk.run_here("approve")

    done = desk.run_here("sync", "--json")

    assert (done.code, done.document["moved"]) == (0, [])
    assert done.document["pairs"]["companies"]["salesforce"]["created"] == 1
    assert touched(done.document["pairs"]["contacts"]) == 0


def test_plan_show_gives_the_newest_the_named_and_the_file(desk):
    path = desk.folder / "plan.json"
    made = desk.run_here("plan", "--out", str(path), "--json").document

    for name in ([], [made["plan"]], [str(path)]):
        shown = desk.run_here("plan", "show", *name, "--json").document
        assert shown["operations"] == made["operations"]


def test_plan_for_people_names_every_new_value(desk):
    shown = desk.run_here("plan").out

    for name in ("left0", "left1", "right0", "right1"):
        assert f"'{name}@people.example'" in shown
    assert "nothing is written yet" in shown


def test_plan_with_nothing_to_do_says_so(desk):
    desk.run_here("sync")

    assert "Nothing to do" in desk.run_here("plan").out


# Looking


def test_status_before_the_first_sync_says_what_to_do(desk):
    done = desk.run_here("status")

    assert done.code == 0
    assert "revloop plan" in done.out


def test_status_json_counts_links_and_says_when_it_read(desk):
    desk.run_here("sync")

    document = desk.run("status", "--json").document

    assert document["last_run"]["run"] == "r1"
    assert document["last_run"]["exit"] == 0
    assert document["pairs"]["contacts"]["linked"] == 6
    assert set(document["pairs"]["contacts"]["read"]) == {
        "hubspot contacts",
        "salesforce Contact",
        "salesforce Lead",
    }
    assert (document["held"], document["errors"]) == ([], [])


def test_record_of_either_id_is_the_same_one(desk):
    desk.run_here("sync")
    by_email = desk.run_here("record", "show", "left0@people.example", "--json").document
    people = [one for one in by_email["records"] if one["pair"] == "contacts"]

    for name in people[0]["record"].values():
        assert desk.run_here("record", "show", name, "--json").document["records"] == people


def test_an_email_stands_for_a_person_and_not_for_the_company(desk):
    company = {"name": "Example", "domain": "people.example"}
    desk.sandbox.add("hubspot", "companies", company, by="person")
    desk.run_here("sync")

    shown = desk.run_here("record", "show", "left0@people.example", "--json").document
    company_shown = desk.run_here("record", "show", "people.example", "--json").document

    assert [one["pair"] for one in shown["records"]] == ["contacts"]
    assert [one["pair"] for one in company_shown["records"]] == ["companies"]


def test_unknown_record_is_a_clear_usage_error(desk):
    desk.run_here("sync")

    done = desk.run_here("record", "show", "nobody@people.example")

    assert done.code == 2
    assert "no record is known" in done.err


# Mappings


def test_starter_mapping_has_nothing_to_mend(desk):
    done = desk.run_here("mappings", "check")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("2 pairs (companies, contacts), nothing to mend.\n")
    assert desk.sandbox.hubspot_traffic.total() == 0


def test_live_check_asks_both_crms_and_names_open_ends(desk):
    done = desk.run_here("mappings", "check", "--live", "--json")

    assert (done.code, done.document["findings"]) == (0, [])
    assert any("Assistant" in note["message"] for note in done.document["notes"])


def test_live_check_finds_a_field_that_is_not_there(desk):
    desk.change("mappings/contacts.yaml", "jobtitle <-> Title", "jobtitel <-> Title")

    done = desk.run_here("mappings", "check", "--live")

    assert done.code == 2
    assert "contacts.yaml:" in done.out
    assert "jobtitel" in done.out


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("mappings", "check")])
def test_output_that_nobody_reads_any_more_is_no_bug(words, desk):
    with subprocess.Popen(
        [*COMMAND, *words, "--project", str(desk.folder)],
        env=desk.outside(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        running.stdout.close()
        said = running.stderr.read()
        code = running.wait(60)

    assert (code, said) == (0, b"")
