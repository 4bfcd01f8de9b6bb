"""A changed mapping in a plan: sentences for people, data for machines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.plan_backfill import backfill_lines, backfills_json, check_backfill
from console.words import why_text
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite
from sync.domain.record import Side
from sync.domain.store import Plan, PlanState

FIELD = {
    "line": "mappings/contacts.yaml:11",
    "links": 1200,
    "left": 0,
    "right": 1,
    "held": 3,
    "errors": 0,
}


def plan(**contacts: Any) -> Plan:
    return Plan(
        id=1,
        created=datetime(2026, 3, 1, tzinfo=UTC),
        state=PlanState.KEPT,
        fingerprint="contacts=1",
        summary={"contacts": {"writes": [], **contacts}, "companies": {"writes": []}},
    )


BACKFILL = plan(backfill={"fields": {"title": FIELD}, "records": {"left": 101, "right": 201}})


def test_backfill_is_told_with_its_line_its_numbers_and_its_calls() -> None:
    assert list(backfill_lines(BACKFILL)) == [
        (
            "Backfill of contacts.title (mappings/contacts.yaml:11): 1,200 linked records looked "
            "at; 0 values written in HubSpot, 1 value written in Salesforce, 3 held."
        ),
        "Of the calls that write, the backfill of contacts takes about 2 HubSpot and 2 Salesforce.",
    ]


def test_plan_without_a_changed_mapping_tells_of_no_backfill() -> None:
    assert list(backfill_lines(plan())) == []
    assert backfills_json(plan()) == []


def test_narrowed_plan_tells_of_its_pairs_only() -> None:
    assert list(backfill_lines(BACKFILL, frozenset({"companies"}))) == []


def test_backfill_as_data_names_the_crms() -> None:
    (entry,) = backfills_json(BACKFILL)
    assert entry == {
        "pair": "contacts",
        "field": "title",
        "line": "mappings/contacts.yaml:11",
        "links": 1200,
        "hubspot": 0,
        "salesforce": 1,
        "held": 3,
        "errors": 0,
    }


@pytest.mark.parametrize(
    ("records", "what"),
    [(None, "every record"), (1, "1 record without a link"), (7, "7 records without a link")],
)
def test_records_looked_at_again_are_told_with_the_rule(records: int | None, what: str) -> None:
    again = {"rules": [["include.hubspot", "mappings/contacts.yaml:6"]], "records": records}
    (line,) = backfill_lines(plan(again=again))
    assert line == (
        f"Looked at again in contacts: {what}, for a change of include.hubspot "
        "(mappings/contacts.yaml:6)."
    )


def test_paused_field_is_told_with_its_place() -> None:
    paused = {"title": "HubSpot's contacts.jobtitle"}
    (line,) = backfill_lines(plan(paused=paused))
    assert line == (
        "Paused: contacts.title; HubSpot's contacts.jobtitle is not there any more, or this user "
        "may not see it."
    )


@pytest.mark.parametrize(
    "counts",
    [
        {"backfill": {"fields": {"title": {}}, "records": {}}},
        {"backfill": {"fields": {"title": {**FIELD, "left": "many"}}, "records": {}}},
        {"backfill": ["title"]},
        {"again": {"rules": "include", "records": 1}},
        {"paused": "title"},
    ],
)
def test_head_of_no_kept_plan_is_refused(counts: dict[str, Any]) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        check_backfill(counts)


def test_reason_names_the_line_a_value_is_written_for() -> None:
    def write(cause: str) -> FieldWrite:
        return FieldWrite(
            side=Side.RIGHT,
            name="title",
            native_name="Title",
            old=None,
            new="CEO",
            origin="CEO",
            reason=Reason.LINE_CHANGED,
            cause=cause,
        )

    said = "its line in the mapping changed; carried again from HubSpot"
    assert why_text(write("")) == said
    assert why_text(write("m.yaml:3, changed line")) == f"backfill (m.yaml:3, changed line): {said}"
