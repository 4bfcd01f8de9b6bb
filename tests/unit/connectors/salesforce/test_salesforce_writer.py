from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests
from urllib3.exceptions import NewConnectionError

from sync.domain.errors import DailyQuotaError, SchemaDriftError, UnavailableError
from sync.domain.ports import Write, WriteKind, WriteOutcome
from sync.domain.record import RecordRef
from tests.unit.connectors.salesforce.conftest import Org, page, row

ADA = "003000000000001AAA"
BEN = "003000000000002AAA"
CYD = "003000000000003AAA"
KEY = "HubSpot_Contact_Id__c"
LOCK = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}
TRIGGER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def done(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": []}


def failed(code: str, message: str = "", *fields: str, **more: Any) -> dict[str, Any]:
    error = {"statusCode": code, "message": message, "fields": list(fields), **more}
    return {"success": False, "errors": [error]}


def update(token: str, record_id: str = ADA, /, **values: str | None) -> Write:
    return Write(
        token=token,
        kind=WriteKind.UPDATE,
        object_name="Contact",
        id=record_id,
        values=values or {"LastName": "Li"},
        read_back=tuple(values or {"LastName": "Li"}),
    )


def create(token: str, /, *, keyed: bool = True, **values: str | None) -> Write:
    given = {"LastName": "Li"} | ({KEY: token} if keyed else {}) | values
    return Write(
        token=token,
        kind=WriteKind.CREATE,
        object_name="Contact",
        values=given,
        read_back=("LastName",),
        unique_key=KEY if keyed else None,
    )


def archive(token: str, record_id: str = ADA) -> Write:
    return Write(token=token, kind=WriteKind.ARCHIVE, object_name="Contact", id=record_id)


def outcomes(results: Any) -> dict[str, WriteOutcome]:
    return {result.token: result.outcome for result in results}


def test_update_writes_and_reads_back_in_one_call(org: Org, crm: Any) -> None:
    org.parts([done(ADA), done(BEN)], page(row(BEN, 5, LastName="Ek"), row(ADA, 4, LastName="LI")))
    results = crm.apply([update("a", ADA), update("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.DONE, "b": WriteOutcome.DONE}
    assert [result.stored.fields for result in results] == [{"LastName": "LI"}, {"LastName": "Ek"}]
    assert [result.stored.stamp.second for result in results] == [4, 5]
    assert crm.usage().calls == 1
    assert crm.usage().writes == 1
    first, second = org.asked()
    assert (first["method"], first["url"]) == ("PATCH", "/services/data/v64.0/composite/sobjects")
    assert first["body"]["allOrNone"] is False
    assert second["method"] == "GET"
    assert org.soql(part=1).endswith(f"WHERE Id IN ('{ADA}','{BEN}')")


def test_order_of_the_parts_is_kept_by_the_org(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page(row(ADA)))
    crm.apply([update("a")])
    assert b'"collateSubrequests":false' in org.requests[0].body
    assert b'"allOrNone":false' in org.requests[0].body


def test_headers_stand_on_the_call_and_on_its_part(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page(row(ADA)))
    crm.apply([update("a")])
    for headers in (org.requests[0].headers, org.asked()[0]["httpHeaders"]):
        assert headers["Sforce-Auto-Assign"] == "FALSE"
        assert headers["Sforce-Duplicate-Rule-Header"].startswith("allowSave=true")


def test_rows_for_the_orgs_assignment_rules_go_in_a_call_of_their_own(org: Org, crm: Any) -> None:
    org.parts([done(BEN)], page(row(BEN)))
    org.parts([done(ADA)], page(row(ADA)))
    results = crm.apply([replace(update("a", ADA), assign=True), update("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.DONE, "b": WriteOutcome.DONE}
    told = [request.headers["Sforce-Auto-Assign"] for request in org.requests]
    assert told == ["FALSE", "TRUE"]


def test_create_lets_duplicate_rules_refuse(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page(row(ADA)))
    crm.apply([create("7")])
    rule = org.asked()[0]["httpHeaders"]["Sforce-Duplicate-Rule-Header"]
    assert rule.startswith("allowSave=false")


def test_values_are_sent_as_their_types(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page(row(ADA)))
    crm.apply(
        [
            update(
                "a",
                HasOptedOutOfEmail="true",
                Score__c="12345678901234.56",
                Email=None,
                AccountId="001000000000001",
            )
        ]
    )
    assert b'"Score__c":12345678901234.56' in org.requests[0].body
    [sent] = org.written()
    assert sent["attributes"] == {"type": "Contact"}
    assert sent["id"] == ADA
    assert sent["HasOptedOutOfEmail"] is True
    assert sent["Email"] is None
    assert sent["AccountId"] == "001000000000001AAA"


def test_value_its_field_cannot_hold_is_refused_unsent_beside_the_others(
    org: Org, crm: Any
) -> None:
    org.parts([done(BEN)], page(row(BEN)))
    results = crm.apply([update("a", ADA, Score__c="many"), update("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.REJECTED, "b": WriteOutcome.DONE}
    assert results[0].fields == ("Score__c",)
    assert "many" not in results[0].message


def test_what_is_no_id_is_refused_unsent(org: Org, crm: Any) -> None:
    [result] = crm.apply([update("a", "hubspot-17")])
    assert result.outcome is WriteOutcome.REJECTED


def test_same_id_twice_goes_in_two_calls_in_order(org: Org, crm: Any) -> None:
    org.parts([done(ADA), done(BEN)], page())
    org.parts([done(ADA)], page())
    crm.apply([update("a", ADA), update("b", BEN), update("c", ADA[:15], LastName="Last")])
    assert [each["id"] for each in org.written(0)] == [ADA, BEN]
    assert [each["LastName"] for each in org.written(1)] == ["Last"]


def test_create_is_read_back_by_its_unique_key(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page(row(ADA, 3, LastName="Li", **{KEY: "7"})))
    [result] = crm.apply([create("7")])
    assert (result.outcome, result.id) == (WriteOutcome.DONE, ADA)
    assert result.stored.fields == {"LastName": "Li"}
    assert org.soql(part=1).endswith(f"WHERE {KEY} IN ('7')")
    assert org.asked()[0]["method"] == "POST"


def test_create_without_a_key_is_read_back_by_a_call_of_its_own(org: Org, crm: Any) -> None:
    org.parts([done(ADA), failed("REQUIRED_FIELD_MISSING", "", "LastName")])
    org.parts(page(row(ADA, LastName="Li")))
    results = crm.apply([create("7", keyed=False), create("8", keyed=False)])
    assert results[0].stored.fields == {"LastName": "Li"}
    assert org.soql(part=0).endswith(f"WHERE Id IN ('{ADA}')")


def test_failed_reading_back_leaves_the_write_done(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], (400, [{"errorCode": "INVALID_FIELD", "message": "No such column"}]))
    [result] = crm.apply([update("a")])
    assert (result.outcome, result.stored) == (WriteOutcome.DONE, None)


def test_refused_rows_do_not_stop_the_others(org: Org, crm: Any) -> None:
    org.parts(
        [
            done(ADA),
            failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Bitte Telefon angeben", "Phone"),
            failed(
                "STRING_TOO_LONG",
                "First Name: data value too large: x (max length=40)",
                "FirstName",
            ),
        ],
        page(row(ADA), row(BEN), row(CYD)),
    )
    results = crm.apply([update("a", ADA), update("b", BEN), update("c", CYD)])
    assert [result.outcome for result in results] == [
        WriteOutcome.DONE,
        WriteOutcome.REJECTED,
        WriteOutcome.REJECTED,
    ]
    refused = results[1]
    assert refused.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert refused.message == "Bitte Telefon angeben"
    assert refused.fields == ("Phone",)
    assert refused.stored is None


@pytest.mark.parametrize(
    ("answer", "existing"),
    [
        (
            failed(
                "DUPLICATE_VALUE",
                f"duplicate value found: {KEY} duplicates value on record with id: {BEN[:15]}",
            ),
            RecordRef("Contact", BEN),
        ),
        (
            failed(
                "DUPLICATES_DETECTED",
                "Use one of these records?",
                duplicateResut={
                    "matchResults": [{"matchRecords": [{"record": {"Id": "00Q000000000001EAA"}}]}]
                },
            ),
            RecordRef("Lead", "00Q000000000001EAA"),
        ),
        (failed("DUPLICATES_DETECTED", "Use one of these records?"), None),
    ],
)
def test_duplicate_names_the_record_that_exists(
    org: Org, crm: Any, answer: Any, existing: RecordRef | None
) -> None:
    org.parts([answer], page())
    [result] = crm.apply([create("7")])
    assert (result.outcome, result.existing) == (WriteOutcome.DUPLICATE, existing)


def test_duplicate_that_names_no_record_is_found_by_the_key_read_back(org: Org, crm: Any) -> None:
    org.parts([failed("DUPLICATE_VALUE", "Doppelter Wert")], page(row(BEN, **{KEY: "7"})))
    [result] = crm.apply([create("7")])
    assert result.existing == RecordRef("Contact", BEN)


def test_duplicate_value_names_its_field(org: Org, crm: Any) -> None:
    message = f"duplicate value found: {KEY} duplicates value on record with id: {BEN}"
    org.parts([failed("DUPLICATE_VALUE", message)], page())
    [result] = crm.apply([update("a")])
    assert (result.outcome, result.fields) == (WriteOutcome.DUPLICATE, (KEY,))


@pytest.mark.parametrize(
    "answer",
    [
        {"success": False, "errors": [LOCK]},
        failed(TRIGGER, "ContactTrigger: UNABLE_TO_LOCK_ROW, unable to obtain"),
        failed("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back"),
        failed("PROCESSING_HALTED"),
        {"success": False, "errors": []},
    ],
)
def test_row_refused_for_now_may_be_sent_again(org: Org, crm: Any, answer: Any) -> None:
    org.parts([answer], page(row(ADA)))
    [result] = crm.apply([update("a")])
    assert result.outcome is WriteOutcome.LOCKED


@pytest.mark.parametrize("code", ["ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"])
def test_write_to_a_merged_record_is_gone_and_names_the_survivor(
    org: Org, crm: Any, code: str
) -> None:
    org.parts(
        [failed(code, "entity is deleted")], page(row(ADA, IsDeleted=True, MasterRecordId=BEN))
    )
    [result] = crm.apply([update("a")])
    assert result.outcome is WriteOutcome.GONE
    assert result.stored.successor == RecordRef("Contact", BEN)


def test_bad_reference_on_a_living_record_is_a_refusal(org: Org, crm: Any) -> None:
    org.parts([failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")], page(row(ADA)))
    [result] = crm.apply([update("a", AccountId="001000000000001AAA")])
    assert result.outcome is WriteOutcome.REJECTED


def test_bad_reference_in_a_create_is_a_refusal(org: Org, crm: Any) -> None:
    org.parts([failed("ENTITY_IS_DELETED", "entity is deleted")], page())
    [result] = crm.apply([create("7")])
    assert result.outcome is WriteOutcome.REJECTED


def test_purged_record_is_gone(org: Org, crm: Any) -> None:
    org.parts([failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")], page())
    [result] = crm.apply([update("a")])
    assert (result.outcome, result.stored) == (WriteOutcome.GONE, None)


def test_converted_lead_is_frozen_and_names_its_contact(org: Org, crm: Any) -> None:
    lead = "00Q000000000001EAA"
    crm.remember([])
    org.answer({"name": "Lead", "label": "Lead", "fields": LEAD_FIELDS})
    org.parts(
        [failed("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")],
        page(row(lead, IsConverted=True, ConvertedContactId=ADA)),
    )
    write = Write(
        token="a", kind=WriteKind.UPDATE, object_name="Lead", id=lead, values={"Company": "X"}
    )
    [result] = crm.apply([write])
    assert result.outcome is WriteOutcome.FROZEN
    assert result.stored.successor == RecordRef("Contact", ADA)


LEAD_FIELDS = [
    {"name": name, "label": name, "type": kind}
    for name, kind in [
        ("Company", "string"),
        ("IsDeleted", "boolean"),
        ("IsConverted", "boolean"),
        ("ConvertedContactId", "reference"),
    ]
]


def test_archive_sends_ids_and_counts_deleted_already_as_done(org: Org, crm: Any) -> None:
    org.parts(
        [done(ADA), failed("ENTITY_IS_DELETED", "entity is deleted")],
        page(row(ADA, IsDeleted=True), row(BEN, IsDeleted=True)),
    )
    results = crm.apply([archive("a", ADA), archive("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.DONE, "b": WriteOutcome.DONE}
    first = org.asked()[0]
    assert first["method"] == "DELETE"
    assert first["url"].endswith(f"composite/sobjects?ids={ADA},{BEN}&allOrNone=false")
    assert all(result.stored.gone for result in results)


@pytest.mark.parametrize(
    "broken", [requests.ReadTimeout("slow"), requests.ConnectionError("dropped")]
)
def test_creates_without_an_answer_are_unknown_and_not_repeated(
    org: Org, crm: Any, broken: Exception
) -> None:
    org.fail(broken)
    results = crm.apply([create("7"), create("8")])
    assert outcomes(results) == {"7": WriteOutcome.UNKNOWN, "8": WriteOutcome.UNKNOWN}


@pytest.mark.parametrize(
    "body", ["<html>oops</html>", [{"errorCode": "UNKNOWN_EXCEPTION", "message": ""}]]
)
def test_creates_that_met_a_fault_of_the_org_are_unknown(org: Org, crm: Any, body: object) -> None:
    org.answer(body, 500)
    assert outcomes(crm.apply([create("7")])) == {"7": WriteOutcome.UNKNOWN}


def test_creates_whose_answer_is_cut_short_are_unknown(org: Org, crm: Any) -> None:
    org.parts([], page())
    assert outcomes(crm.apply([create("7")])) == {"7": WriteOutcome.UNKNOWN}


def test_creates_that_surely_were_not_sent_are_repeated(org: Org, crm: Any) -> None:
    org.fail(requests.ConnectionError(NewConnectionError(None, "refused")))  # type: ignore[arg-type]
    org.parts([done(ADA)], page())
    assert outcomes(crm.apply([create("7")])) == {"7": WriteOutcome.DONE}


def test_updates_without_an_answer_are_repeated(org: Org, crm: Any) -> None:
    org.fail(requests.ReadTimeout("slow"))
    org.answer("<html>down</html>", 503)
    org.parts([done(ADA)], page())
    assert outcomes(crm.apply([update("a")])) == {"a": WriteOutcome.DONE}


def test_org_that_stays_away_ends_the_batch(org: Org, crm: Any) -> None:
    for _ in range(5):
        org.answer("<html>down</html>", 503)
    with pytest.raises(UnavailableError):
        crm.apply([update("a")])


def test_results_so_far_are_kept_when_the_org_goes_away(org: Org, crm: Any) -> None:
    org.parts([done(ADA)], page())
    org.answer([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}], 403)
    results = crm.apply([update("a"), update("b")])
    assert outcomes(results) == {"a": WriteOutcome.DONE, "b": WriteOutcome.LOCKED}


def test_used_up_quota_ends_the_batch(org: Org, crm: Any) -> None:
    org.answer([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}], 403)
    with pytest.raises(DailyQuotaError):
        crm.apply([update("a")])


def test_field_the_org_does_not_know_is_refused_on_the_rows_that_hold_it(
    org: Org, crm: Any
) -> None:
    fault = {
        "errorCode": "INVALID_FIELD",
        "message": "No such column 'Funnel__c' on sobject of type Contact",
    }
    org.parts((400, [fault]), page())
    org.parts([done(BEN)], page(row(BEN)))
    results = crm.apply([update("a", ADA, Funnel__c="MQL"), update("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.REJECTED, "b": WriteOutcome.DONE}
    assert results[0].fields == ("Funnel__c",)


def test_object_the_org_does_not_know_is_schema_drift(org: Org, crm: Any) -> None:
    org.parts((400, [{"errorCode": "INVALID_TYPE", "message": "sObject type"}]), page())
    with pytest.raises(SchemaDriftError, match="Contact"):
        crm.apply([update("a", ADA), update("b", BEN)])


def test_row_that_spoils_the_whole_call_is_singled_out(org: Org, crm: Any) -> None:
    spoilt = (400, [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}])
    org.parts(spoilt, page())
    org.parts([done(ADA)], page())
    org.parts(spoilt, page())
    org.parts([done(BEN)], page())
    org.parts(spoilt, page())
    results = crm.apply([update("a", ADA), update("b", BEN), update("c", CYD)])
    assert outcomes(results) == {
        "a": WriteOutcome.DONE,
        "b": WriteOutcome.DONE,
        "c": WriteOutcome.REJECTED,
    }
    assert results[2].code == "JSON_PARSER_ERROR"


def test_rows_that_failed_for_another_row_s_trigger_are_sent_apart(org: Org, crm: Any) -> None:
    shared = failed(TRIGGER, "ContactTrigger: null pointer")
    org.parts([shared, shared], page())
    org.parts([done(ADA)], page())
    org.parts([shared], page())
    results = crm.apply([update("a", ADA), update("b", BEN)])
    assert outcomes(results) == {"a": WriteOutcome.DONE, "b": WriteOutcome.REJECTED}


def test_trigger_that_fails_every_row_costs_a_bounded_number_of_calls(org: Org, crm: Any) -> None:
    ids = [f"003{number:012d}" for number in range(200)]
    shared = failed(TRIGGER, "ContactTrigger: null pointer")
    sizes = [200, 100, 100, 50, 50, 50, 50, *[25] * 8, 12, 13, 12, 13, 12, 13]
    for size in sizes:
        org.parts([shared] * size, page())
    results = crm.apply([update(each, each) for each in ids])
    assert {result.outcome for result in results} == {WriteOutcome.REJECTED}
    assert len(org.requests) == 21


def test_a_batch_is_of_one_kind_and_object_and_not_too_long(crm: Any) -> None:
    with pytest.raises(ValueError, match="one kind"):
        crm.apply([update("a"), archive("b")])
    with pytest.raises(ValueError, match="200"):
        crm.apply([update(str(number)) for number in range(201)])


def test_an_empty_batch_makes_no_call(org: Org, crm: Any) -> None:
    assert list(crm.apply([])) == []
