"""The rows an org keeps of changes, read as changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from connectors.salesforce.answers import Row
from connectors.salesforce.field_changes import FieldChanges
from sync.domain.errors import SchemaDriftError, UnavailableError
from sync.domain.ports import FieldChange
from sync.domain.schema import FieldKind, FieldShape

LEAD = "00QdM00000000ABUAY"
USER = "005dM0000000001QAA"


def shape(name: str, kind: FieldKind) -> FieldShape:
    return FieldShape(name=name, label=name, kind=kind)


def lead_row(field: str, old: object, new: object, day: int = 1) -> Row:
    return {
        "LeadId": LEAD,
        "Field": field,
        "OldValue": old,
        "NewValue": new,
        "CreatedDate": f"2026-03-{day:02}T10:00:00.000+0000",
        "CreatedById": USER,
    }


def read(rows: Sequence[Row], *fields: FieldShape) -> list[FieldChange]:
    def ask(_name: str, _queries: Sequence[str]) -> Iterator[Row]:
        yield from rows

    changes = FieldChanges(object_name="Lead", shapes={one.name: one for one in fields}, ask=ask)
    names = [one.name for one in fields]
    return [change for page in changes.read(names, [LEAD], None) for change in page]


def test_row_of_field_history_is_a_change() -> None:
    (change,) = read([lead_row("Status", "New", "Working")], shape("Status", FieldKind.CHOICE))
    assert change == FieldChange(
        id=LEAD,
        field="Status",
        at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        before="New",
        after="Working",
        editor=USER,
    )


def test_lookup_is_told_by_its_ids_and_not_by_its_names() -> None:
    other = "005dM0000000002QAA"
    rows = [lead_row("Owner", "Ada", "Grace"), lead_row("Owner", USER, other)]
    found = read(rows, shape("OwnerId", FieldKind.REFERENCE))
    assert [(one.field, one.before, one.after) for one in found] == [("OwnerId", USER, other)]


def test_event_that_is_no_change_of_the_field_is_passed_over() -> None:
    rows = [lead_row("leadConverted", None, None), lead_row("Status", None, None)]
    assert read(rows, shape("Status", FieldKind.CHOICE)) == []


def test_object_without_history_has_no_changes() -> None:
    def ask(_name: str, _queries: Sequence[str]) -> Iterator[Row]:
        raise SchemaDriftError("there is no such object")

    changes = FieldChanges(object_name="Machine__c", shapes={}, ask=ask)
    assert list(changes.read(["State__c"], None, None)) == []
    # Snapshots are always kept: not to see them is a right that is lacking.
    changes = FieldChanges(object_name="Opportunity", shapes={}, ask=ask)
    with pytest.raises(SchemaDriftError):
        list(changes.read(["StageName"], None, None))


def test_many_records_are_asked_for_in_lists_that_fit() -> None:
    asked: list[str] = []

    def ask(_name: str, queries: Sequence[str]) -> Iterator[Row]:
        asked.extend(queries)
        return iter(())

    ids = [f"00QdM{number:010}" for number in range(1_201)]
    changes = FieldChanges(object_name="Lead", shapes={}, ask=ask)
    assert list(changes.read(["Status"], ids, None)) == []
    assert len(asked) == 3
    assert sum(query.count("00QdM") for query in asked) == 1_201
    assert all("Field IN ('Status')" in query for query in asked)


def test_row_that_is_no_answer_of_salesforces_is_not_guessed_at() -> None:
    row = {**lead_row("Status", "New", "Working"), "CreatedDate": None}
    with pytest.raises(UnavailableError):
        read([row], shape("Status", FieldKind.CHOICE))
