from __future__ import annotations

import json

import pytest

from sync.ops.notices import Event, Standing, decide, refusal

GOOD = {"exit": 0, "stopped": None}
DOWN = {"exit": 3, "stopped": "unavailable", "message": "HubSpot does not answer"}
GUARD = {"exit": 4, "stopped": "guard", "plan": "p3", "message": "too much"}
QUOTA = {"exit": 3, "stopped": "quota", "message": "no calls left"}
TOKEN = {"exit": 2, "stopped": "credentials", "message": "rejected"}


def told(*ends: dict[str, object]) -> list[dict[str, object]]:
    standing, found = Standing(), []
    for number, end in enumerate(ends, start=1):
        report = {"run": f"r{number}", "ended": f"2026-11-02T09:0{number}:00+00:00", **end}
        # What is told last is kept as a text from run to run.
        standing, notice = decide(Standing.from_json(standing.to_json()), report, project="acme")
        if notice is not None:
            found.append(dict(notice.document))
    return found


def events(*ends: dict[str, object]) -> list[tuple[object, object]]:
    return [(one["event"], one["run"]) for one in told(*ends)]


def test_nothing_is_told_of_good_runs():
    assert events(GOOD, {"exit": 1, "stopped": None}, GOOD) == []


def test_failure_is_told_once_and_so_is_the_recovery():
    assert events(GOOD, DOWN, DOWN, DOWN, GOOD, GOOD) == [("failure", "r2"), ("recovery", "r5")]


def test_another_trouble_is_told_though_none_of_them_is_over():
    found = events(DOWN, TOKEN, QUOTA, GUARD, {**GUARD, "plan": "p9"})

    assert [event for event, _ in found] == ["failure", "failure", "budget", "guard", "guard"]


def test_recovery_says_since_when_it_was_bad():
    recovery = told(DOWN, TOKEN, GOOD)[-1]

    assert recovery["since"] == "2026-11-02T09:01:00+00:00"


@pytest.mark.parametrize("word", ["terminated", "interrupted", "locked"])
def test_being_stopped_or_locked_out_changes_nothing(word):
    assert events({"exit": 3, "stopped": word}, GOOD) == []
    assert events(DOWN, {"exit": 3, "stopped": word}, DOWN) == [("failure", "r1")]


def test_message_is_documented_in_shape_and_holds_no_personal_data():
    (one,) = told({**DOWN, "message": "ada@example.com was refused\nand more"})

    assert set(one) == {
        *("revloop", "event", "project", "at", "since", "run", "exit", "stopped", "plan"),
        *("message", "waiting", "text"),
    }
    assert "ada@example.com" not in json.dumps(one)
    assert one["text"] == "revloop acme: run failed (r1): [removed] was refused"


def test_refused_files_are_told_once_for_each_content():
    standing, first = refusal(Standing(), files="a", message="x:1:1: bad", at="t", project="acme")
    standing, again = refusal(standing, files="a", message="x:1:1: bad", at="t", project="acme")
    standing, other = refusal(standing, files="b", message="x:2:1: bad", at="t", project="acme")
    standing, mended = refusal(standing, files="", message="", at="t", project="acme")

    assert [one.event if one else None for one in (first, again, other, mended)] == [
        *(Event.MAPPINGS, None, Event.MAPPINGS, None)
    ]
    assert standing == Standing()


@pytest.mark.parametrize("text", [None, "", "no JSON", "[]", '{"bad": 1, "other": 2}'])
def test_kept_text_that_is_none_of_ours_is_no_reason_to_fail(text):
    assert isinstance(Standing.from_json(text), Standing)
