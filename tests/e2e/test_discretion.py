"""Neither secrets nor anybody's data stand in what is logged or counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

import cli
from reports.registry import REPORTS
from sandbox.traffic import FaultRule
from tests.e2e.desk import Desk, Done, without_pauses

MARKS = ("people.example", "left0", "both1", "right1", "Bonn")

#: A value no table of the mapping has an entry for. As an option of the picklist it stands in what
#: tells of schemas, too.
HELD = "Assistant"


def upset(desk: Desk) -> None:
    """Let calls fail, a record be refused in words that repeat its address, and a value be held."""
    desk.environment["REVLOOP_LOG_LEVEL"] = "debug"
    desk.sandbox.add_fault(FaultRule(system="hubspot", kind="500", path="/search$"))
    desk.sandbox.salesforce.validate(
        "Lead", lambda row: f"{row['Email']} may not" if row.get("LastName") == "left1" else None
    )
    desk.sandbox.edit(
        "salesforce",
        "Lead",
        desk.id_of("Lead", "LastName", "right0"),
        {"Level__c": HELD},
        by="person",
    )


def tell_all(desk: Desk) -> str:
    """Run what is meant for logs, in trouble and without, and give all it said."""
    upset(desk)
    ended = [
        desk.run_here("sync"),
        desk.run("sync", "--json"),  # a process of its own: its logging is set up by nobody else
        desk.run_here("status"),
        desk.run_here("status", "--json"),
    ]
    said = [text for done in ended for text in (done.out, done.err)]
    return "".join(said)


def test_sync_and_status_print_neither_secrets_nor_personal_data(desk, monkeypatch):
    without_pauses(monkeypatch, patience=2)
    said = tell_all(desk)

    assert "in error" in said
    for mark in (*MARKS, HELD, desk.sandbox.hubspot_token, desk.sandbox.salesforce_token):
        assert mark not in said


def test_errors_of_a_crm_do_not_repeat_the_token(desk):
    desk.environment["HUBSPOT_ACCESS_TOKEN"] = "pat-na1-1234-wrong"
    desk.environment["SALESFORCE_ACCESS_TOKEN"] = "00DdM!wrong"
    desk.environment["REVLOOP_LOG_LEVEL"] = "debug"

    done = desk.run_here("sync")

    assert done.code == 2
    assert "1234-wrong" not in done.err
    assert "!wrong" not in done.err


def test_state_and_its_folder_are_for_the_owner_only(desk):
    desk.run_here("sync")

    assert desk.state.parent.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in desk.state.parent.iterdir())


#: What prints no value, whatever it meets, and what prints values since it is asked to. Of the
#: others neither secrets are printed, nor anything personal on the way of logs. CONFLICT, ERROR and
#: COPY stand for the numbers of a held item and of an error, and for a file.
TELLING_NO_VALUES = (
    ("status",),
    ("history",),
    ("doctor",),
    ("sync", "--full"),
    ("run", "--every", "1s", "--rounds", "1"),
    ("health",),
    ("mappings", "check", "--live"),
    ("mappings", "test"),
    ("mappings", "show", "contacts"),
    ("mappings", "schema"),
    ("schema", "pull"),
    ("approve",),
    ("errors", "retry"),
    ("errors", "retry", "ERROR"),
    ("undo", "r2"),
    ("state", "backup", "COPY"),
    ("state", "check"),
    *(("report", name) for name in REPORTS),
    ("report", "outcomes"),
    ("report", "week"),
    ("init", "--yes", "--force"),
    ("forget", "both1@people.example"),
    ("state", "restore", "COPY"),
)
TELLING_VALUES = (
    ("plan", "--full"),
    ("plan", "show"),
    ("record", "show", "both0@people.example"),
    ("verify",),
    ("conflicts", "list"),
    ("conflicts", "show", "CONFLICT"),
    ("conflicts", "resolve", "CONFLICT", "--take", "hubspot"),
    ("conflicts", "resolve", "CONFLICT", "--withdraw"),
    ("conflicts", "resolve", "--all", "--take", "salesforce"),
    ("errors", "list"),
    ("errors", "show", "ERROR"),
    ("history", "r1"),
    ("undo", "r1", "--dry-run"),
    ("report", "funnel", "--rows"),
    ("sandbox", "export"),
)


#: What is run beside these lists, and what shows made-up people only, with no project.
ELSEWHERE = (("sync",), ("adopt",), ("demo",), ("sandbox", "serve"))


def test_every_command_is_among_those_looked_at():
    looked_at = (*TELLING_VALUES, *TELLING_NO_VALUES, *ELSEWHERE)

    missed = [
        " ".join(words)
        for words in commands(cli.cli)
        if not any(line[: len(words)] == words for line in looked_at)
    ]

    assert missed == []


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """Give every command as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield (*above, name)


def test_no_command_prints_a_secret_nor_personal_data_it_was_not_asked_for(desk, monkeypatch):
    without_pauses(monkeypatch, patience=2)
    secrets = plant_secrets(desk)
    upset(desk)
    for words in (("sync",), ("sync", "--full")):
        assert desk.run_here(*words).code in (0, 1, 3)
    stand_for = {
        "CONFLICT": one_id(desk, "conflicts"),
        "ERROR": one_id(desk, "errors"),
        "COPY": str(desk.folder / "copy.db"),
    }

    for number, words in enumerate((*TELLING_VALUES, *TELLING_NO_VALUES)):
        # A machine reads what a person does, and logs the same: by turns, to be quick.
        line = [stand_for.get(word, word) for word in words]
        done = see(desk, *line, *(["--json"] if number % 2 else []), secrets=secrets)
        private = done.err if words in TELLING_VALUES else done.out + done.err
        assert_nobody_stands_in(private, line)
    keep_no_secret(desk, secrets)
    desk.state.unlink()
    for words in (("sync",), ("adopt",), ("adopt", "--json")):
        done = see(desk, *words, secrets=secrets)
        assert_nobody_stands_in(done.out + done.err, words)
    keep_no_secret(desk, secrets)


def one_id(desk: Desk, table: str) -> str:
    """Give the number of one item that is open."""
    ids = desk.rows(f"SELECT min(id) FROM {table} WHERE state = 'open'")
    return str(next(ids)[0])


def see(desk: Desk, *line: str, secrets: Sequence[str]) -> Done:
    """Run a command to its end, and see that it says no secret."""
    done = desk.run_here(*line)
    assert done.code in (0, 1, 2, 3, 4), (line, done.err)
    for secret in secrets:
        assert secret not in done.out + done.err, line
    return done


def assert_nobody_stands_in(text: str, line: Sequence[str]) -> None:
    """See that nothing personal is said but what was in the command itself."""
    for mark in MARKS:
        assert mark not in text or any(mark in word for word in line), (line, mark, text)


def keep_no_secret(desk: Desk, secrets: Sequence[str]) -> None:
    """See that no file of the project holds a secret."""
    files = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret.encode() not in files


def plant_secrets(desk: Desk) -> list[str]:
    """Have every secret there can be in the environment; give them."""
    desk.environment["REVLOOP_LOG_LEVEL"] = "debug"
    more = {
        "HUBSPOT_CLIENT_SECRET": "planted-client-secret",
        "HUBSPOT_REFRESH_TOKEN": "planted-refresh-token",
        "SALESFORCE_CLIENT_SECRET": "planted-consumer-secret",
        "SALESFORCE_PRIVATE_KEY": "planted-private-key",
        "SALESFORCE_REFRESH_TOKEN": "planted-second-token",
    }
    desk.environment.update(more)
    return [*more.values(), desk.sandbox.hubspot_token, desk.sandbox.salesforce_token]
