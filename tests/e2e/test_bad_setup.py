"""What an admin gets wrong: a clear line, the right exit code, and nothing half-written."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.e2e.desk import Desk, Done, people

#: A secret that must not come back in any message.
WRONG = "pat-na1-wrong-wrong-wrong"


@contextmanager
def nothing_changes(desk: Desk) -> Iterator[None]:
    """Check that both CRMs and what the state knows stay as they are."""
    before, known = desk.export(), desk.known()
    yield
    assert desk.export() == before
    if any(known.values()):
        assert desk.known() == known


def is_clear(done: Done) -> bool:
    """Tell whether a command failed with words for an admin only."""
    return (
        done.out == ""
        and done.err.startswith("Error: ")
        and "Traceback" not in done.err
        and WRONG not in done.err
    )


# Mapping files and folders


def test_all_mistakes_of_a_mapping_are_told_at_once_each_with_its_place(desk):
    desk.change("mappings/contacts.yaml", "first_sync: salesforce", "first_sync: mars")
    desk.change("mappings/contacts.yaml", "match: [email]", "match: [emial]")
    desk.change("mappings/companies.yaml", "name <-> Name", "name <=> Name")

    with nothing_changes(desk):
        ended = desk.run("sync")

    places = re.findall(r"mappings/(\w+)\.yaml:(\d+):(\d+): ", ended.err)
    assert (ended.code, is_clear(ended)) == (2, True)
    assert [name for name, _, _ in places] == ["companies", "contacts", "contacts"]
    assert "did you mean 'email'?" in ended.err
    head, *lines = ended.err.splitlines()
    assert head == "Error: 3 things are to be mended:"
    assert all(line.startswith("  mappings/") for line in lines)


def test_check_names_the_same_mistakes_as_data(desk):
    desk.change("mappings/contacts.yaml", "match: [email]", "match: [emial]")
    lines = (desk.folder / "mappings" / "contacts.yaml").read_text().splitlines()
    line = lines.index("match: [emial]") + 1

    done = desk.run_here("mappings", "check", "--json")

    assert done.code == 2
    found = done.document["findings"]
    assert [(one["file"], one["line"], one["column"]) for one in found] == [
        ("mappings/contacts.yaml", line, 9)
    ]


@pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
def test_project_without_mappings_is_a_mapping_error(there, desk):
    shutil.rmtree(desk.folder / "mappings")
    if there:
        (desk.folder / "mappings").mkdir()

    ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "mappings" in ended.err


def test_project_folder_that_is_not_there_is_named(desk):
    ended = desk.run("sync", "--project", "elsewhere", project=False)

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "elsewhere" in ended.err


def test_unknown_pair_is_named_beside_the_known_ones(desk):
    ended = desk.run_here("sync", "--only", "people")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "companies, contacts" in ended.err


def test_misspelt_setting_is_named_with_its_place(desk):
    desk.write("revloop.yaml", "version: 1\ngaurd: {creates: 1}\n")

    ended = desk.run_here("status")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "revloop.yaml:2:1: " in ended.err
    assert "'guard'" in ended.err


def test_sync_json_tells_a_mapping_error_in_its_own_shape(desk):
    desk.change("mappings/contacts.yaml", "match: [email]", "match: [emial]")

    ended = desk.run("sync", "--json")

    assert ended.code == ended.document["exit"] == 2
    assert (ended.document["run"], ended.document["stopped"]) == (None, "configuration")


# Credentials


@pytest.mark.parametrize("name", ["HUBSPOT_ACCESS_TOKEN", "SALESFORCE_ACCESS_TOKEN"])
def test_missing_token_is_asked_for_by_name(name, desk):
    del desk.environment[name]

    ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert name.partition("_")[2].lower() in ended.err.lower()
    assert desk.sandbox.hubspot_traffic.total() == desk.sandbox.salesforce_traffic.total() == 0


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "no text"])
def test_secret_file_that_cannot_be_read_is_named(content, desk):
    del desk.environment["HUBSPOT_ACCESS_TOKEN"]
    path = desk.folder / "token"
    if content is not None:
        path.write_bytes(content)
    desk.environment["HUBSPOT_ACCESS_TOKEN_FILE"] = str(path)

    ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert str(path) in ended.err


def test_secret_is_taken_from_a_file(desk):
    token = desk.environment.pop("HUBSPOT_ACCESS_TOKEN")
    desk.environment["HUBSPOT_ACCESS_TOKEN_FILE"] = str(desk.write("token", f"{token}\n"))

    assert desk.run_here("plan").code == 0


@pytest.mark.parametrize("name", ["HUBSPOT_BASE_URL", "SALESFORCE_INSTANCE_URL"])
def test_plain_http_to_another_machine_is_refused(name, desk):
    desk.environment[name] = "http://crm.example"

    ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "https://" in ended.err
    assert "crm.example" in ended.err


@pytest.mark.parametrize("name", ["HUBSPOT_ACCESS_TOKEN", "SALESFORCE_ACCESS_TOKEN"])
def test_wrong_token_is_refused_and_not_repeated(name, desk):
    desk.environment[name] = WRONG

    with nothing_changes(desk):
        ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "access token" in ended.err


def test_token_of_two_lines_is_refused_before_it_is_sent(desk):
    desk.environment["HUBSPOT_ACCESS_TOKEN"] = f"{WRONG}\n# made by Ada"

    ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "HUBSPOT_ACCESS_TOKEN holds a line break" in ended.err
    assert desk.sandbox.hubspot_traffic.total() == 0


# The state


LOOKING = (
    ("status",),
    ("history",),
    ("history", "r1"),
    ("undo", "r1"),
    ("conflicts", "list"),
    ("errors", "list"),
    ("record", "show", "ada@example.com"),
    ("plan", "show"),
    ("approve",),
    ("mappings", "check", "--live"),
)


def test_looking_makes_no_state(desk):
    for words in LOOKING:
        ended = desk.run_here(*words)
        assert ended.code in (0, 2)
        assert not desk.state.parent.exists(), words


@pytest.mark.parametrize("name", ["HUBSPOT_ACCESS_TOKEN", "SALESFORCE_ACCESS_TOKEN"])
def test_run_without_a_token_makes_no_state(name, desk):
    del desk.environment[name]

    for words in (("sync",), ("plan",), ("sync", "--dry-run")):
        assert desk.run_here(*words).code == 2
        assert not desk.state.parent.exists(), words


def test_plan_file_can_be_looked_at_without_being_kept(desk):
    path = str(desk.folder / "plan.json")
    desk.run_here("plan", "--out", path)

    shown = desk.run_here("plan", "show", path, "--json")

    assert shown.document["operations"]
    assert list(desk.rows("SELECT id FROM plans")) == [(1,)]


def test_damaged_state_is_damaged_for_those_who_look_too(desk):
    desk.run_here("sync")
    desk.state.write_bytes(b"garbage" * 100)

    ended = desk.run_here("status")

    assert (ended.code, is_clear(ended)) == (2, True)


def test_state_others_can_read_is_refused_with_what_to_do(desk):
    desk.run_here("sync")
    desk.state.chmod(0o644)

    with nothing_changes(desk):
        ended = desk.run("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert f"chmod 600 {desk.state}" in ended.err


@pytest.mark.parametrize("part", [0, 20_000], ids=["garbage", "torn"])
def test_state_that_is_no_state_is_refused(part, desk):
    desk.run_here("sync")
    before = desk.export()
    desk.state.write_bytes(desk.state.read_bytes()[:part] + b"garbage" * 3)

    for command in ("sync", "status"):
        ended = desk.run_here(command)
        assert (ended.code, is_clear(ended)) == (2, True)
        assert "backup" in ended.err
    assert desk.export() == before


def test_lost_state_beside_crms_that_carry_our_ids_is_a_safety_stop(desk):
    desk.run_here("sync")
    shutil.rmtree(desk.state.parent)

    with nothing_changes(desk):
        ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (4, True)
    assert "backup" in ended.err


@pytest.mark.parametrize("system", ["HUBSPOT", "SALESFORCE"])
def test_credentials_of_another_account_are_a_safety_stop(system, desk):
    desk.run_here("sync")
    others = [
        {"system": "hubspot", "account": {"id": "999", "name": "Other portal"}},
        {"system": "salesforce", "account": {"id": "00DdM0000000777", "name": "Other org"}},
    ]
    with Sandbox([*others, *people(both=1)], limits=False) as other, nothing_changes(desk):
        for name, value in other.environment().items():
            if name.startswith(system):
                desk.environment[name] = value
        before = list(other.export())
        ended = desk.run_here("sync")

        assert (ended.code, is_clear(ended)) == (4, True)
        assert "another project folder" in ended.err
        assert list(other.export()) == before


# The guard and plans


def test_guard_stops_a_large_change_and_names_the_plan(desk):
    desk.write("revloop.yaml", "guard: {creates: 1}\n")

    with nothing_changes(desk):
        ended = desk.run_here("sync", "--json")

    assert ended.code == 4
    assert ended.document["stopped"] == "guard"
    assert (ended.document["run"], ended.document["plan"]) == ("r1", "p1")
    assert ended.document["calls"]["hubspot"] > 0
    assert "guard.creates allows 1" in ended.err


def test_guard_that_stops_again_and_again_keeps_one_plan(desk):
    desk.write("revloop.yaml", "guard: {creates: 1}\n")

    named = [desk.run_here("sync", "--json").document["plan"] for _ in range(3)]

    assert named == ["p1", "p1", "p1"]
    assert list(desk.rows("SELECT id FROM plans")) == [(1,)]
    assert desk.run_here("approve", "p1").code == 0
    assert desk.run_here("sync").code == 0


def test_guard_keeps_another_plan_once_something_has_changed(desk):
    desk.write("revloop.yaml", "guard: {creates: 1}\n")
    desk.run_here("sync")
    number = desk.id_of("contacts", "email", "left0@people.example")
    desk.sandbox.edit("hubspot", "contacts", number, {"city": "Ulm"}, by="person")

    assert desk.run_here("sync", "--json").document["plan"] == "p2"


def test_old_plans_and_drafts_are_gone_when_a_run_begins(desk):
    for _ in range(4):
        desk.run_here("plan")
    with sqlite3.connect(desk.state) as state:
        state.execute("UPDATE plans SET created = '2020-01-01T00:00:00.000000Z' WHERE id < 4")
        state.execute("UPDATE plans SET state = 'spent' WHERE id = 2")
        state.execute("UPDATE plans SET state = 'draft' WHERE id = 3")
    state.close()

    desk.run_here("plan")

    assert list(desk.rows("SELECT id FROM plans ORDER BY id")) == [(4,), (5,)]
    assert list(desk.rows("SELECT DISTINCT plan FROM plan_items ORDER BY plan")) == [(4,), (5,)]


def test_approval_that_has_grown_old_is_refused_once_and_told(desk):
    desk.run_here("plan")
    desk.run_here("approve")
    with sqlite3.connect(desk.state) as state:
        state.execute("UPDATE plans SET created = '2020-01-01T00:00:00.000000Z'")
    state.close()

    first = desk.run_here("sync")

    assert (first.code, is_clear(first)) == (2, True)
    assert "plan p1 is older than 7 days" in first.err
    assert desk.run_here("sync").code == 0


#: What a hand can do to a plan file: a pattern, and what is put in its place.
CHANGES = (
    (r'"created": "[^"]*"', '"created": "2026-01-01T00:00:00"'),
    (r'"created": "[^"]*"', '"created": 5'),
    (r'"fingerprint": "[^"]*"', '"fingerprint": "garbage"'),
    (r'"fingerprint": "[^"]*"', '"fingerprint": ""'),
    (r'"summary": {.*},\n', '"summary": {},\n'),
    (r'"summary": {.*},\n', '"summary": {"contacts": 1, "companies": 1},\n'),
    (r'"pair": "contacts"', '"pair": "people"'),
    (r"(?s)^.*$", "[" * 100_000),
)


def test_plan_file_changed_by_hand_is_refused(desk):
    path = desk.folder / "plan.json"
    desk.run_here("plan", "--out", str(path))
    whole = path.read_text()

    for pattern, instead in CHANGES:
        path.write_text(re.sub(pattern, instead, whole))
        assert path.read_text() != whole
        for words in (("plan", "show"), ("approve",), ("sync", "--plan")):
            ended = desk.run_here(*words, str(path))
            assert (ended.code, is_clear(ended)) == (2, True)
            assert "plan.json is not a plan" in ended.err
    assert list(desk.rows("SELECT id FROM plans")) == [(1,)]


def test_plan_from_the_future_is_refused(desk):
    path = desk.folder / "plan.json"
    desk.run_here("plan", "--out", str(path))
    path.write_text(re.sub(r'"created": "\d{4}', '"created": "2199', path.read_text()))

    ended = desk.run_here("approve", str(path))

    assert (ended.code, is_clear(ended)) == (2, True)
    assert f"plan {path} says it was made in the future" in ended.err


@pytest.mark.parametrize("name", ["", "missing/plan.json", "/dev/null"])
def test_plan_is_not_written_where_it_would_do_harm(name, desk):
    ended = desk.run_here("plan", "--out", name)

    assert (ended.code, is_clear(ended)) == (2, True)
    assert Path("/dev/null").is_char_device()
    assert desk.sandbox.hubspot_traffic.total() == 0


def test_plan_is_written_through_a_link(desk):
    target = desk.write("real.json", "old")
    link = desk.folder / "plan.json"
    link.symlink_to(target)

    assert desk.run_here("plan", "--out", str(link)).code == 0
    assert link.is_symlink()
    assert target.read_text().startswith('{"revloop_plan": 1')


def test_plan_file_that_is_none_is_refused(desk):
    path = str(desk.write("plan.json", "{{{"))

    for words in (("sync", "--plan", path), ("plan", "show", path), ("approve", path)):
        ended = desk.run_here(*words)
        assert (ended.code, is_clear(ended)) == (2, True)
        assert "revloop plan" in ended.err


@pytest.mark.parametrize(
    "words",
    [("approve",), ("approve", "p9"), ("approve", "p" + "9" * 30), ("sync", "--plan", "p9")],
)
def test_plan_nobody_kept_is_refused(words, desk):
    ended = desk.run_here(*words)

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "revloop plan" in ended.err


def test_plan_older_than_a_week_is_neither_approved_nor_applied(desk):
    path = desk.folder / "plan.json"
    desk.run_here("plan", "--out", str(path))
    path.write_text(re.sub(r'"created": "\d{4}', '"created": "2020', path.read_text()))

    with nothing_changes(desk):
        for words in (("sync", "--plan", str(path)), ("approve", str(path))):
            ended = desk.run_here(*words)
            assert (ended.code, is_clear(ended)) == (2, True)
            assert "older than 7 days" in ended.err


def test_plan_of_another_mapping_is_refused(desk):
    desk.run_here("plan")
    desk.change("mappings/contacts.yaml", "jobtitle <-> Title", "jobtitle -> Title")

    with nothing_changes(desk):
        for words in (("sync", "--plan", "p1"), ("approve", "p1"), ("approve",)):
            ended = desk.run_here(*words)
            assert (ended.code, is_clear(ended)) == (2, True)
            assert "another mapping of contacts" in ended.err


def test_plan_for_a_pair_the_mapping_has_no_more_is_refused(desk):
    desk.run_here("plan")
    desk.run_here("approve")
    (desk.folder / "mappings" / "contacts.yaml").unlink()

    ended = desk.run_here("sync")

    assert (ended.code, is_clear(ended)) == (2, True)
    assert "is for contacts, which the mapping has no more" in ended.err
    assert desk.run_here("approve", "p1").code == 2
    assert desk.run_here("sync").code == 0


def test_refused_approval_stops_one_run_and_no_more(desk):
    desk.run_here("plan")
    desk.run_here("approve")
    desk.change("mappings/contacts.yaml", "jobtitle <-> Title", "jobtitle -> Title")

    assert [desk.run_here("sync").code for _ in range(2)] == [2, 0]


def test_plan_is_applied_once_only(desk):
    desk.run_here("plan")
    assert desk.run_here("sync", "--plan", "p1").code == 0

    with nothing_changes(desk):
        for words in (("sync", "--plan", "p1"), ("approve", "p1")):
            ended = desk.run_here(*words)
            assert (ended.code, is_clear(ended)) == (2, True)
            assert "applied already" in ended.err
