"""Answers Salesforce's stand-in never gives: each ends in a right value or in an error of ours."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from connectors.salesforce import SalesforceSettings, connect
from connectors.salesforce.schema import object_shape
from sync.domain.errors import UnavailableError
from sync.domain.ports import ChangeQuery, WriteOutcome
from tests.unit.connectors.salesforce.conftest import CONTACT, Org, described, page, row
from tests.unit.connectors.salesforce.test_salesforce_writer import (
    ADA,
    BEN,
    CYD,
    KEY,
    archive,
    create,
    done,
    failed,
    outcomes,
    update,
)

DONE, LOCKED, UNKNOWN = WriteOutcome.DONE, WriteOutcome.LOCKED, WriteOutcome.UNKNOWN
QUERY = ChangeQuery(object_name="Contact", fields=("LastName",), since=None)
NEXT = "/services/data/v64.0/query/01gxx-2000"
HTML = "<!DOCTYPE html><title>Back soon</title>"

ODD_PAGES: list[Any] = [
    HTML,
    "",
    [],
    {},
    {"records": [], "done": True},
    {"records": None, "done": True, "totalSize": 0},
    {"records": ["Ada"], "done": True, "totalSize": 1},
    {"records": {}, "done": True, "totalSize": 0},
    {"records": [], "done": "perhaps", "totalSize": 0},
    {"records": [], "done": True, "totalSize": "many"},
    {"records": [], "done": False, "totalSize": 5},
    {"records": [], "done": False, "totalSize": 5, "nextRecordsUrl": None},
    {"records": [row(ADA)], "done": True, "totalSize": 5},
]


def read(crm: Any) -> list[str]:
    return [record.ref.id for records in crm.read_changes(QUERY) for record in records]


def again(org: Org, body: object, status: int = 200) -> None:
    for _ in range(5):
        org.answer(body, status)


@pytest.mark.parametrize("body", ODD_PAGES)
def test_page_that_is_none_is_an_outage(org: Org, crm: Any, body: object) -> None:
    again(org, body)
    with pytest.raises(UnavailableError, match="no API answer"):
        read(crm)
    org._answers.clear()


def test_nothing_with_a_good_status_is_an_outage(org: Org, crm: Any) -> None:
    again(org, "", 204)
    with pytest.raises(UnavailableError, match="no API answer"):
        read(crm)


@pytest.mark.parametrize(
    "odd",
    [
        {"Id": None},
        {"Id": 12},
        {"SystemModstamp": None},
        {"SystemModstamp": 1767603600000},
        {"SystemModstamp": "soon"},
        {"IsDeleted": "perhaps"},
        {"LastModifiedById": 5},
    ],
)
def test_row_that_is_none_is_an_outage(org: Org, crm: Any, odd: dict[str, Any]) -> None:
    org.rows(row(ADA) | odd)
    with pytest.raises(UnavailableError, match="no API answer"):
        read(crm)


def test_row_without_its_columns_is_an_outage(org: Org, crm: Any) -> None:
    org.rows({"LastName": "Li"})
    with pytest.raises(UnavailableError, match="no API answer"):
        read(crm)


def test_pages_shorter_than_asked_are_read_to_the_end(org: Org, crm: Any) -> None:
    org.answer(page(row(ADA), more=NEXT, total=3) | {"done": "false", "totalSize": "3"})
    org.rows(more=f"{NEXT}-1", total=3)
    org.answer(page(row(BEN), row(CYD), total=3) | {"done": "true"})
    assert read(crm) == [ADA, BEN, CYD]


def test_page_that_follows_itself_ends_in_an_error(org: Org, crm: Any) -> None:
    org.rows(row(ADA), more=NEXT)
    org.rows(row(ADA), more=NEXT)
    with pytest.raises(UnavailableError, match="no API answer"):
        read(crm)


def test_flags_written_as_texts_mean_what_they_say(org: Org, crm: Any) -> None:
    org.parts(page(row(ADA, IsDeleted="false"), row(BEN, IsDeleted="true")))
    found = crm.fetch("Contact", [ADA, BEN], ["LastName"])
    assert [(one.ref.id, one.gone) for one in found] == [(ADA, False), (BEN, True)]


def test_values_of_another_type_are_read_as_what_they_say(org: Org, crm: Any) -> None:
    values = {
        "LastName": 12,
        "HasOptedOutOfEmail": "TRUE",
        "Score__c": "100.50",
        "Email": True,
        "Novelty__c": {"new": [1]},
    }
    org.parts(page(row(ADA, **values)))
    (one,) = crm.fetch("Contact", [ADA], ["LastName", "HasOptedOutOfEmail", "Score__c", "Email"])
    assert dict(one.fields) == {
        "LastName": "12",
        "HasOptedOutOfEmail": "true",
        "Score__c": "100.5",
        "Email": "true",
    }


def test_rows_never_asked_for_and_rows_given_twice_are_left_out(org: Org, crm: Any) -> None:
    org.parts(page(row(ADA), row(CYD), row(ADA)))
    assert [one.ref.id for one in crm.fetch("Contact", [ADA, BEN], ["LastName"])] == [ADA]


def test_good_status_with_every_row_failed_writes_nothing(org: Org, crm: Any) -> None:
    org.parts([failed("X", "no"), failed("Y", "no")], page(row(ADA), row(BEN)))
    results = crm.apply([update("a", ADA), update("b", BEN)])
    assert [(one.token, one.outcome, one.code) for one in results] == [
        ("a", WriteOutcome.REJECTED, "X"),
        ("b", WriteOutcome.REJECTED, "Y"),
    ]


def test_failure_written_as_a_text_is_a_failure(org: Org, crm: Any) -> None:
    rows = [failed("X") | {"success": "false"}, done(BEN) | {"success": "true"}]
    org.parts(rows, page(row(ADA), row(BEN)))
    results = crm.apply([update("a", ADA), update("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.REJECTED, "b": DONE}


@pytest.mark.parametrize("errors", [None, [], "no", ["no"], {"message": "no"}, [{"fields": "X"}]])
def test_refusal_of_another_form_is_no_success(org: Org, crm: Any, errors: object) -> None:
    org.parts([{"success": False, "errors": errors}], page(row(ADA)))
    (result,) = crm.apply([update("a")])
    assert result.outcome in {LOCKED, WriteOutcome.REJECTED}


ODD_ROWS: list[Any] = [
    None,
    {},
    "done",
    [],
    [done(ADA)],
    [done(ADA), done(BEN), done(CYD)],
    ["done", "done"],
    [done(ADA), done(ADA)],
    [done(ADA), {"success": "perhaps", "errors": []}],
]


@pytest.mark.parametrize("rows", ODD_ROWS)
def test_rows_that_cannot_be_told_apart_leave_creates_in_doubt(
    org: Org, crm: Any, rows: Any
) -> None:
    org.parts(rows, page())
    assert outcomes(crm.apply([create("a"), create("b")])) == {"a": UNKNOWN, "b": UNKNOWN}


@pytest.mark.parametrize("told", [None, "", 17, "soon"])
def test_create_without_an_id_is_in_doubt(org: Org, crm: Any, told: object) -> None:
    org.parts([done(ADA) | {"id": told}], page())
    assert outcomes(crm.apply([create("a")])) == {"a": UNKNOWN}


@pytest.mark.parametrize("rows", [*ODD_ROWS, [done(BEN), done(ADA)], [done(ADA), done(CYD)]])
def test_rows_that_cannot_be_told_apart_are_an_outage_to_updates(
    org: Org, crm: Any, rows: Any
) -> None:
    org.parts(rows, page())
    with pytest.raises(UnavailableError, match="no API answer"):
        crm.apply([update("a", ADA), update("b", BEN)])


def test_archive_answered_for_another_record_is_an_outage(org: Org, crm: Any) -> None:
    org.parts([done(BEN)], page())
    with pytest.raises(UnavailableError, match="no API answer"):
        crm.apply([archive("a", ADA)])


@pytest.mark.parametrize(
    "read_back",
    [
        HTML,
        {"records": [{}], "done": True, "totalSize": 1},
        page(row(ADA) | {"SystemModstamp": 5}),
        page(row(CYD)),
        page({"Id": 3}),
    ],
)
def test_write_stands_whatever_is_read_back(org: Org, crm: Any, read_back: object) -> None:
    org.parts([done(ADA)], read_back)
    (result,) = crm.apply([update("a", ADA)])
    assert (result.outcome, result.id, result.stored) == (DONE, ADA, None)


def test_created_row_is_read_back_among_strangers(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page(row(CYD, LastName="Ek"), row(ADA, LastName="Li", **{KEY: "a"})))
    (result,) = crm.apply([create("a")])
    assert (result.id, result.stored.fields["LastName"]) == (ADA, "Li")


@pytest.mark.parametrize(
    "body", [HTML, [], {}, {"compositeResponse": None}, {"compositeResponse": [{"body": []}]}]
)
def test_call_answered_by_something_else_leaves_creates_in_doubt(
    org: Org, crm: Any, body: object
) -> None:
    org.answer(body)
    assert outcomes(crm.apply([create("a")])) == {"a": UNKNOWN}


def test_status_of_a_part_may_be_a_text(org: Org, crm: Any) -> None:
    org.answer(
        {
            "compositeResponse": [
                {"body": page(row(ADA)), "httpStatusCode": "200", "referenceId": "part0"},
                {"body": {}, "httpStatusCode": 200, "referenceId": "never_asked"},
            ],
            "novelty": True,
        }
    )
    assert [one.ref.id for one in crm.fetch("Contact", [ADA], [])] == [ADA]


@pytest.mark.parametrize("body", [HTML, [], {"sobjects": None}, {"sobjects": ["Contact"]}])
def test_list_of_objects_that_is_none_is_an_outage(org: Org, crm: Any, body: object) -> None:
    again(org, body)
    with pytest.raises(UnavailableError, match="no API answer"):
        crm.edit_times("Contact", [ADA], ["LastName"])
    org._answers.clear()


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        [],
        {"name": "Contact", "label": "Contact", "fields": ["Id"]},
        {"name": "Contact", "label": "Contact", "fields": [{"name": "Id", "type": "id"}]}
        | {"fields": [{"name": "Id", "type": "id", "createable": "perhaps"}]},
    ],
)
def test_describe_that_is_none_is_an_outage(org: Org, crm: Any, body: object) -> None:
    again(org, body)
    with pytest.raises(UnavailableError, match="no API answer"):
        crm.describe("Contact")
    org._answers.clear()


def test_describe_is_read_whatever_its_flags_and_numbers_are_written_as() -> None:
    told = {
        "type": "string",
        "length": "80",
        "nillable": "false",
        "createable": "true",
        "updateable": "false",
        "defaultedOnCreate": "false",
        "unique": "false",
        "novelty": 1,
    }
    field = object_shape(described("Lead", LastName=told)).fields["LastName"]
    assert (field.length, field.required, field.updatable, field.unique) == (80, True, False, False)


@pytest.mark.parametrize("odd", [{"CreatedDate": 5}, {"CreatedDate": ""}, {"ContactId": None}])
def test_history_of_another_form_is_an_outage(org: Org, crm: Any, odd: dict[str, Any]) -> None:
    org.answer({"sobjects": [{"name": "ContactHistory", "queryable": "true"}]})
    entry = {"ContactId": ADA, "Field": "LastName", "CreatedDate": "2026-01-05T09:00:00.000+0000"}
    org.parts(page(entry | odd))
    with pytest.raises(UnavailableError, match="no API answer"):
        crm.edit_times("Contact", [ADA], ["LastName"])


@pytest.mark.parametrize("rows", [[], [{"Id": None, "Name": "x"}], [{"Name": "x"}]])
def test_org_that_does_not_say_which_it_is_is_an_outage(
    org: Org, crm: Any, rows: list[dict[str, Any]]
) -> None:
    org.rows(*rows)
    with pytest.raises(UnavailableError, match="no API answer"):
        crm.account()


def test_address_that_does_not_answer_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    crm = connect(
        SalesforceSettings(instance_url=address, access_token="00Dxx!session"),
        sleep=lambda _seconds: None,
    )
    crm.remember([object_shape(CONTACT)])
    with pytest.raises(UnavailableError, match=address):
        crm.account()
    crm.close()
