"""The first hour of an admin, by hand: two grown CRMs, from the first stop to one record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.demo import demo_seed
from sandbox.server import Sandbox
from tests.e2e.desk import Desk, Done, make_desk


@dataclass
class Story:
    """What was done, step by step, and what each step said."""

    desk: Desk
    said: dict[str, Done] = field(default_factory=dict)
    before: list[Any] = field(default_factory=list)
    after_stop: list[Any] = field(default_factory=list)
    idle_writes: int = -1
    email: str = ""
    ids: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Live the first hour once; the tests look at it."""
    with Sandbox(demo_seed(), limits=False) as crms:
        told = Story(make_desk(tmp_path_factory.mktemp("hour") / "project", crms))
        _first_sync(told)
        _edit_both_sides(told)
        yield told


def _first_sync(told: Story) -> None:
    desk = told.desk
    told.before = desk.export()
    told.said["stop"] = desk.run("sync", "--json")
    told.after_stop = desk.export()
    told.said["approve"] = desk.run_here("approve")
    told.said["first"] = desk.run("sync")
    desk.forget_calls()
    told.said["idle"] = desk.run("sync", "--json")
    told.idle_writes = desk.writes()


def _edit_both_sides(told: Story) -> None:
    crms = told.desk.sandbox
    told.email, told.ids = _somebody(told.desk)
    crms.edit("salesforce", "Lead", told.ids["salesforce"], {"Title": "Head of Sales"}, by="person")
    crms.edit("hubspot", "contacts", told.ids["hubspot"], {"city": "Bern"}, by="person")
    told.said["edited"] = told.desk.run_here("sync", "--json")
    told.said["record"] = told.desk.run_here("record", "show", told.email, "--json")
    told.said["by id"] = told.desk.run_here("record", "show", told.ids["hubspot"])


def _somebody(desk: Desk) -> tuple[str, dict[str, str]]:
    """Give a person whose first name the first sync overruled in HubSpot."""
    query = """
        SELECT l.left_id, l.right_id FROM audit a JOIN links l ON l.id = a.link_id
        WHERE l.pair = 'contacts' AND l.right_object = 'Lead' AND a.field = 'first_name'
        AND a.overruled_side = 'left' AND a.overruled IS NOT NULL LIMIT 1
    """
    left, right = next(desk.rows(query))
    found = desk.sandbox.read("hubspot", "contacts", left)
    assert found is not None
    return str(found["email"]), {"hubspot": left, "salesforce": right}


def test_first_sync_stops_and_names_the_plan(story):
    stopped = story.said["stop"]

    assert stopped.code == 4
    assert stopped.document["stopped"] == "guard"
    assert stopped.document["plan"] == "p1"
    assert "revloop approve p1" in stopped.err


def test_stopped_sync_writes_to_neither_crm(story):
    assert story.after_stop == story.before


def test_approved_plan_is_applied_with_the_known_duplicates_held(story):
    assert story.said["approve"].code == 0
    assert story.said["first"].code == 1
    assert "held (6 new)" in story.said["first"].out


def test_sync_after_the_first_writes_nothing(story):
    assert story.said["idle"].code == 0
    assert story.idle_writes == 0


def test_edits_on_both_sides_travel(story):
    crms, ids = story.desk.sandbox, story.ids

    assert story.said["edited"].code == 0
    assert crms.read("hubspot", "contacts", ids["hubspot"])["jobtitle"] == "Head of Sales"
    assert crms.read("salesforce", "Lead", ids["salesforce"])["City"] == "Bern"


def test_record_show_tells_where_each_value_came_from(story):
    fields = _fields(story)

    assert (fields["city"]["from"], fields["job_title"]["from"]) == ("hubspot", "salesforce")
    assert fields["city"]["hubspot"] == fields["city"]["salesforce"] == "Bern"
    assert fields["city"]["run"] == story.said["edited"].document["run"]
    assert fields["city"]["reason"] == "edited in HubSpot only"


def test_record_show_keeps_what_was_overruled(story):
    overruled = _fields(story)["first_name"]["overruled"]

    assert [one["side"] for one in overruled] == ["hubspot"]
    assert overruled[0]["value"]


def test_record_is_found_by_its_id_too(story):
    shown = story.said["by id"]

    assert shown.code == 0
    assert story.ids["salesforce"] in shown.out
    assert "was overruled" in shown.out


def _fields(story: Story) -> dict[str, Any]:
    found = [one for one in story.said["record"].document["records"] if one["pair"] == "contacts"]
    return {one["name"]: one for one in found[0]["fields"]}
