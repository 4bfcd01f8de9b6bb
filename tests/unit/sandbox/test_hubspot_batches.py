from __future__ import annotations

import pytest

from tests.unit.sandbox.portal import CONTACTS, Portal


def inputs(*rows: dict) -> dict:
    return {"inputs": list(rows)}


def traced(trace: str, **properties: object) -> dict:
    return {"properties": properties, "objectWriteTraceId": trace}


def test_batch_create_answers_201(portal: Portal):
    answer = portal.post(
        f"{CONTACTS}/batch/create",
        inputs(
            {"properties": {"email": "a@example.com"}}, {"properties": {"email": "b@example.com"}}
        ),
    )
    assert answer.status_code == 201
    assert answer.json()["status"] == "COMPLETE"
    assert len(answer.json()["results"]) == 2


def test_without_trace_ids_one_bad_input_creates_nothing(portal: Portal):
    answer = portal.post(
        f"{CONTACTS}/batch/create",
        inputs({"properties": {"email": "a@example.com"}}, {"properties": {"nope": "x"}}),
    )
    assert answer.status_code == 400
    assert portal.store.ids("contacts") == []


def test_with_trace_ids_the_others_are_created(portal: Portal):
    answer = portal.post(
        f"{CONTACTS}/batch/create",
        inputs(traced("one", email="a@example.com"), traced("two", nope="x")),
    )
    body = answer.json()
    assert answer.status_code == 207
    assert [one["objectWriteTraceId"] for one in body["results"]] == ["one"]
    assert body["numErrors"] == 1
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["two"]
    assert "PROPERTY_DOESNT_EXIST" in body["errors"][0]["message"]


def test_address_twice_in_a_batch_is_a_conflict(portal: Portal):
    answer = portal.post(
        f"{CONTACTS}/batch/create",
        inputs(traced("one", email="a@example.com"), traced("two", email="A@example.com")),
    )
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["category"] == "CONFLICT"


@pytest.mark.parametrize("name", ["create", "read", "update", "upsert", "archive"])
def test_batch_of_more_than_a_hundred_is_refused(portal: Portal, name: str):
    rows = [{"id": str(number), "properties": {}} for number in range(101)]
    assert portal.post(f"{CONTACTS}/batch/{name}", inputs(*rows)).status_code == 400


def test_batch_read_tells_the_missing_in_one_error(portal: Portal):
    made = portal.create(CONTACTS, email="a@example.com")
    wanted = inputs({"id": made}, {"id": "77"}, {"id": "78"})
    answer = portal.post(f"{CONTACTS}/batch/read", {**wanted, "properties": []})
    assert answer.status_code == 207
    assert [one["id"] for one in answer.json()["results"]] == [made]
    assert answer.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.json()["errors"][0]["context"]["ids"] == ["77", "78"]


def test_batch_read_by_a_unique_property(portal: Portal):
    made = portal.create(CONTACTS, email="a@example.com")
    answer = portal.post(
        f"{CONTACTS}/batch/read",
        {"idProperty": "email", "properties": [], **inputs({"id": "a@example.com"})},
    )
    assert answer.status_code == 200
    assert answer.json()["results"][0]["id"] == made


def test_batch_update_is_partial(portal: Portal):
    first = portal.create(CONTACTS, email="a@example.com")
    second = portal.create(CONTACTS, email="b@example.com")
    answer = portal.post(
        f"{CONTACTS}/batch/update",
        inputs(
            {"id": first, "properties": {"city": "Bonn"}, "objectWriteTraceId": "one"},
            {"id": second, "properties": {"hubspotscore": "1"}, "objectWriteTraceId": "two"},
        ),
    )
    assert answer.status_code == 207
    assert portal.stored("contacts", first)["city"] == "Bonn"
    assert answer.json()["errors"][0]["context"]["objectWriteTraceId"] == ["two"]


def test_batch_update_does_not_follow_a_merge_and_a_single_update_does(portal: Portal):
    first = portal.create(CONTACTS, email="a@example.com")
    second = portal.create(CONTACTS, email="b@example.com")
    portal.post(f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": second})
    row = {"id": first, "properties": {"city": "Bonn"}}
    assert portal.post(f"{CONTACTS}/batch/update", inputs(row)).status_code == 207
    assert portal.patch(f"{CONTACTS}/{first}", city="Bonn").status_code == 200


def test_record_named_twice_is_refused(portal: Portal):
    made = portal.create(CONTACTS, email="a@example.com")
    row = {"id": made, "properties": {"city": "Bonn"}}
    assert portal.post(f"{CONTACTS}/batch/update", inputs(row, row)).status_code == 400


def test_upsert_says_what_is_new(portal: Portal):
    portal.define("salesforce_id", hasUniqueValue=True)
    portal.create(CONTACTS, salesforce_id="A")
    rows = [
        {"id": one, "idProperty": "salesforce_id", "properties": {"city": "Bonn"}} for one in "AB"
    ]
    answer = portal.post(f"{CONTACTS}/batch/upsert", inputs(*rows))
    assert answer.status_code == 200
    assert sorted(one["new"] for one in answer.json()["results"]) == [False, True]


def test_upsert_by_an_own_id_does_not_see_the_address(portal: Portal):
    portal.define("salesforce_id", hasUniqueValue=True)
    portal.create(CONTACTS, email="a@example.com")
    row = {"id": "A", "idProperty": "salesforce_id", "properties": {"email": "a@example.com"}}
    answer = portal.post(f"{CONTACTS}/batch/upsert", inputs(row))
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["category"] == "CONFLICT"


def test_batch_archive_passes_over_unknown_ids(portal: Portal):
    made = portal.create(CONTACTS, email="a@example.com")
    answer = portal.post(f"{CONTACTS}/batch/archive", inputs({"id": made}, {"id": "77"}))
    assert (answer.status_code, answer.content) == (204, b"")
    assert portal.store.ids("contacts") == []


def test_every_second_row_can_be_refused(portal: Portal):
    portal.store.refuse_next("contacts", 2, every=2)
    rows = [traced(str(number), email=f"p{number}@example.com") for number in range(4)]
    answer = portal.post(f"{CONTACTS}/batch/create", inputs(*rows))
    assert answer.status_code == 207
    assert [one["context"]["objectWriteTraceId"] for one in answer.json()["errors"]] == [
        ["1"],
        ["3"],
    ]
