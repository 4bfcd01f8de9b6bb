"""Many writes at once: by one bulk job, whatever Salesforce answers about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.salesforce import SalesforceSettings, connect
from connectors.salesforce.bulk_file import fits, read_rows
from connectors.salesforce.crm import SalesforceCrm
from connectors.salesforce.schema import object_shape
from sync.domain.errors import RunLockedError, UnavailableError
from sync.domain.ports import Write, WriteKind, WriteOutcome
from sync.domain.record import RecordRef
from tests.unit.connectors.salesforce.conftest import CONTACT, HOST, Org, page, row

_LEAST = 3
_JOB = "750000000000001AAA"
_USER = "005000000000001AAA"
_IDS = [f"00300000000000{number}AAA" for number in range(1, 6)]


@pytest.fixture
def crm(org: Org, pauses: list[float]) -> Iterator[SalesforceCrm]:
    """A connector that takes bulk jobs for three rows and more."""
    opened = connect(
        SalesforceSettings(instance_url=HOST, access_token="00Dxx!session", bulk_from=_LEAST),
        sleep=pauses.append,
        clock=lambda: datetime(2026, 1, 5, 10, tzinfo=UTC),
    )
    opened.remember([object_shape(CONTACT)])
    yield opened
    opened.close()


def job(state: str, *, processed: int = 0, failed: int = 0, **more: Any) -> dict[str, Any]:
    told = {"id": _JOB, "object": "Contact", "state": state, "createdById": _USER}
    return told | {"numberRecordsProcessed": processed, "numberRecordsFailed": failed} | more


def update(token: str, record_id: str, /, **values: str | None) -> Write:
    given = values or {"LastName": "Li"}
    return Write(
        token=token,
        kind=WriteKind.UPDATE,
        object_name="Contact",
        id=record_id,
        values=given,
        read_back=tuple(given),
    )


def updates(count: int = 3) -> list[Write]:
    return [update(f"{number}", _IDS[number], LastName=f"L{number}") for number in range(count)]


def started(org: Org) -> None:
    """Queue the answers of a job that is made, loaded and started."""
    org.answer(job("Open"))
    org.answer("", status=201)
    org.answer(job("UploadComplete"))


def succeeded(*ids: str) -> str:
    rows = [f'"{each}","false","{each}","x"' for each in ids]
    return "\n".join(['"sf__Id","sf__Created","Id","LastName"', *rows])


def failed(record_id: str, problem: str) -> str:
    return f'"sf__Id","sf__Error","Id","LastName"\n"","{problem}","{record_id}","x"\n'


def done_all(org: Org, *ids: str) -> None:
    """Queue a job that writes all of its rows, and what is read back of them."""
    started(org)
    org.answer(job("JobComplete", processed=len(ids)))
    org.answer(succeeded(*ids))
    org.parts(page(*(row(each, LastName=each[-4]) for each in ids)))


def outcomes(results: Any) -> dict[str, WriteOutcome]:
    return {result.token: result.outcome for result in results}


def asked(org: Org) -> list[tuple[str, str]]:
    """Give the method and the last part of the address of each call."""
    return [(str(each.method), str(each.url).rpartition("/")[2]) for each in org.requests]


def test_many_updates_go_by_one_job_and_results_are_matched_by_id(org: Org, crm: Any) -> None:
    started(org)
    org.answer(job("InProgress", processed=2))
    org.answer(job("JobComplete", processed=3, failed=1))
    org.answer(succeeded(_IDS[2], _IDS[0]))
    org.answer(
        failed(_IDS[1], "REQUIRED_FIELD_MISSING:Required fields are missing: [X: y]:LastName --")
    )
    org.parts(page(*(row(each, 7, LastName=f"stored {each[-4]}") for each in _IDS[:3])))

    results = crm.apply(updates())

    assert [result.outcome for result in results] == [
        WriteOutcome.DONE,
        WriteOutcome.REJECTED,
        WriteOutcome.DONE,
    ]
    assert [result.stored and result.stored.fields["LastName"] for result in results] == [
        "stored 1",
        None,
        "stored 3",
    ]
    assert results[1].code == "REQUIRED_FIELD_MISSING"
    assert results[1].message == "Required fields are missing: [X: y]"
    assert results[1].fields == ("LastName",)
    assert [method for method, _ in asked(org)] == ["POST", "PUT", "PATCH", *["GET"] * 4, "POST"]
    assert asked(org)[5:7] == [("GET", "successfulResults"), ("GET", "failedResults")]


def test_file_tells_blank_from_unchanged_and_keeps_quotes_and_lines(org: Org, crm: Any) -> None:
    done_all(org, *_IDS[:3])
    crm.apply(
        [
            update("a", _IDS[0], Email=None),
            update("b", _IDS[1], LastName='Ä "B", C\nD'),
            update("c", _IDS[2], HasOptedOutOfEmail="true", Score__c="12345678901234.56"),
        ]
    )
    made, uploaded, began = (json.loads(org.requests[0].body), *org.requests[1:3])
    assert (made["object"], made["operation"], made["lineEnding"]) == ("Contact", "update", "LF")
    assert uploaded.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert b"\r" not in uploaded.body
    assert read_rows(uploaded.body.decode()) == [
        dict(zip(("Id", "Email", "LastName", "HasOptedOutOfEmail", "Score__c"), cells, strict=True))
        for cells in (
            (_IDS[0], "#N/A", "", "", ""),
            (_IDS[1], "", 'Ä "B", C\nD', "", ""),
            (_IDS[2], "", "", "true", "12345678901234.56"),
        )
    ]
    assert json.loads(began.body) == {"state": "UploadComplete"}


@pytest.mark.parametrize("text", ["#N/A", " #n/a ".upper(), "", "two\r\nlines", "x" * 32_001])
def test_text_a_cell_cannot_hold_is_no_matter_for_a_job(text: str) -> None:
    assert not fits(text)


def test_rows_a_job_cannot_carry_go_in_a_call_of_their_own(org: Org, crm: Any) -> None:
    done_all(org, *_IDS[:3])
    org.parts([{"id": _IDS[3], "success": True, "errors": []}], page(row(_IDS[3])))
    results = crm.apply([*updates(), update("n", _IDS[3], LastName="#N/A")])
    assert set(outcomes(results).values()) == {WriteOutcome.DONE}
    assert org.written() == [{"attributes": {"type": "Contact"}, "id": _IDS[3], "LastName": "#N/A"}]


def test_second_write_to_one_record_waits_for_the_first(org: Org, crm: Any) -> None:
    done_all(org, *_IDS[:3])
    org.parts([{"id": _IDS[0], "success": True, "errors": []}], page(row(_IDS[0])))
    crm.apply([*updates(), update("again", _IDS[0], LastName="Last")])
    assert [each["LastName"] for each in org.written()] == ["Last"]


@pytest.mark.parametrize(
    ("object_name", "kind", "goes"),
    [
        ("Contact", WriteKind.UPDATE, True),
        ("Contact", WriteKind.ARCHIVE, True),
        ("Contact", WriteKind.CREATE, False),  # an alert rule has to be able to refuse it
        ("Opportunity", WriteKind.CREATE, True),
        ("Lead", WriteKind.UPDATE, False),  # its owner would be chosen anew
        ("Lead", WriteKind.CREATE, False),
        ("Lead", WriteKind.ARCHIVE, True),
    ],
)
def test_jobs_are_made_where_no_rule_of_the_org_can_interfere(
    crm: Any, object_name: str, kind: WriteKind, goes: bool
) -> None:
    assert crm.batch_size_for(object_name, kind, 2) == 200
    assert crm.batch_size_for(object_name, kind, 50) == (50 if goes else 200)
    assert crm.batch_size_for(object_name, kind, 12_000) == (10_000 if goes else 200)


def test_writes_for_assignment_rules_go_in_ordinary_calls(org: Org, crm: Any) -> None:
    done = [{"id": each, "success": True, "errors": []} for each in _IDS[:3]]
    org.parts(done, page(*map(row, _IDS[:3])))
    crm.apply([replace(one, assign=True) for one in updates()])
    assert org.requests[0].headers["Sforce-Auto-Assign"] == "TRUE"


def test_upload_nobody_answered_is_left_and_another_job_made(org: Org, crm: Any) -> None:
    org.answer(job("Open"))
    org.fail(requests.ReadTimeout("late"))
    org.answer(job("Aborted"))
    done_all(org, *_IDS[:3])
    assert set(outcomes(crm.apply(updates())).values()) == {WriteOutcome.DONE}
    assert [method for method, _ in asked(org)][:4] == ["POST", "PUT", "PATCH", "POST"]


def test_start_nobody_answered_is_not_taken_for_a_refusal(org: Org, crm: Any) -> None:
    org.answer(job("Open"))
    org.answer("", status=201)
    org.fail(requests.ReadTimeout("late"))
    org.answer(
        [{"errorCode": "INVALIDJOBSTATE", "message": "Closing already InProgress"}], status=400
    )
    org.answer(job("InProgress"))
    org.answer(job("JobComplete", processed=3))
    org.answer(succeeded(*_IDS[:3]))
    org.parts(page())
    assert set(outcomes(crm.apply(updates())).values()) == {WriteOutcome.DONE}


def test_rows_of_a_job_that_failed_go_in_ordinary_calls(org: Org, crm: Any) -> None:
    started(org)
    org.answer(job("Failed", errorMessage="InvalidBatch : Field name not found : LastName"))
    refused = {"errorCode": "INVALID_FIELD", "message": "No such column 'LastName' on 'Contact'"}
    org.parts((400, [refused]), page())
    results = crm.apply(updates())
    assert set(outcomes(results).values()) == {WriteOutcome.REJECTED}
    assert results[0].fields == ("LastName",)


def test_rows_a_job_did_not_come_to_go_in_ordinary_calls(org: Org, crm: Any) -> None:
    started(org)
    org.answer(job("Failed", processed=2))
    org.answer(succeeded(*_IDS[:2]))
    org.parts(page(*map(row, _IDS[:2])))
    org.parts([{"id": _IDS[2], "success": True, "errors": []}], page(row(_IDS[2])))
    assert set(outcomes(crm.apply(updates())).values()) == {WriteOutcome.DONE}
    assert [each["id"] for each in org.written()] == [_IDS[2]]


def test_update_an_alert_rule_stops_is_sent_again_as_meant(org: Org, crm: Any) -> None:
    started(org)
    org.answer(job("JobComplete", processed=3, failed=1))
    org.answer(succeeded(*_IDS[:2]))
    org.answer(failed(_IDS[2], "DUPLICATES_DETECTED:Use one of these records?:--"))
    org.parts(page(*map(row, _IDS[:2])))
    org.parts([{"id": _IDS[2], "success": True, "errors": []}], page(row(_IDS[2])))
    assert set(outcomes(crm.apply(updates())).values()) == {WriteOutcome.DONE}
    headers = org.asked()[0]["httpHeaders"]
    assert headers["Sforce-Duplicate-Rule-Header"].startswith("allowSave=true")


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--", "locked"),
        ("ENTITY_IS_DELETED:entity is deleted:--", "gone"),
        ("INVALID_EMAIL_ADDRESS:Email: invalid email address: a:b:Email --", "rejected"),
        ("something else altogether", "rejected"),
    ],
)
def test_refusal_of_a_row_means_what_it_means_in_an_ordinary_call(
    org: Org, crm: Any, problem: str, outcome: str
) -> None:
    started(org)
    org.answer(job("JobComplete", processed=3, failed=1))
    org.answer(succeeded(*_IDS[:2]))
    org.answer(failed(_IDS[2], problem))
    org.parts(page(*map(row, _IDS[:2])))
    assert crm.apply(updates())[2].outcome == outcome


def test_new_record_is_known_by_its_key(org: Org, crm: Any) -> None:
    made = [f"00600000000000{number}AAA" for number in range(1, 4)]
    shape = {**CONTACT, "name": "Opportunity", "label": "Opportunity"}
    crm.remember([object_shape(shape)])
    org.answer({**job("Open"), "object": "Opportunity"})
    org.answer("", status=201)
    org.answer({**job("UploadComplete"), "object": "Opportunity"})
    org.answer({**job("JobComplete", processed=3, failed=1), "object": "Opportunity"})
    org.answer(
        '"sf__Id","sf__Created","LastName","HubSpot_Contact_Id__c"\n'
        f'"{made[1]}","true","x","k1"\n"{made[0]}","true","x","k0"\n'
    )
    org.answer(
        '"sf__Id","sf__Error","LastName","HubSpot_Contact_Id__c"\n'
        f'"","DUPLICATE_VALUE:duplicate value found: HubSpot_Contact_Id__c duplicates value on '
        f'record with id: {made[2]}:--","x","k2"\n'
    )
    org.parts(page(row(made[0]), row(made[1])))
    results = crm.apply(
        [
            Write(
                token=str(number),
                kind=WriteKind.CREATE,
                object_name="Opportunity",
                values={"LastName": "x", "HubSpot_Contact_Id__c": f"k{number}"},
                unique_key="HubSpot_Contact_Id__c",
            )
            for number in range(3)
        ]
    )
    assert [result.id for result in results[:2]] == made[:2]
    assert results[2].outcome is WriteOutcome.DUPLICATE
    assert results[2].existing == RecordRef("Opportunity", made[2])


def test_org_without_bulk_jobs_is_asked_once_only(org: Org, crm: Any) -> None:
    org.answer([{"errorCode": "FEATURENOTENABLED", "message": "no"}], status=400)
    for _ in range(2):
        done = [{"id": each, "success": True, "errors": []} for each in _IDS[:3]]
        org.parts(done, page(*map(row, _IDS[:3])))
        assert set(outcomes(crm.apply(updates())).values()) == {WriteOutcome.DONE}
    assert crm.batch_size_for("Contact", WriteKind.UPDATE, 50) == 200


def test_job_somebody_aborted_ends_the_run(org: Org, crm: Any) -> None:
    started(org)
    org.answer(job("Aborted", processed=1))
    with pytest.raises(UnavailableError, match="aborted by somebody") as caught:
        crm.apply(updates())
    assert caught.value.code == "BULK_JOB_ABORTED"


@pytest.mark.parametrize(
    "results",
    [
        pytest.param(succeeded(*_IDS[:2]), id="a row is missing"),
        pytest.param(succeeded(*_IDS[:3])[:-4], id="it ends in a cell"),
        pytest.param("<html>Maintenance</html>", id="a page"),
        pytest.param("", id="nothing"),
    ],
)
def test_results_that_cannot_be_whole_are_no_results(org: Org, crm: Any, results: str) -> None:
    started(org)
    org.answer(job("JobComplete", processed=3))
    for _ in range(5):
        org.answer(results)
    with pytest.raises(UnavailableError) as caught:
        crm.apply(updates())
    assert caught.value.maybe_done


@pytest.mark.parametrize("body", [[], {"id": _JOB}, {"object": "Contact", "state": "Open"}])
def test_answer_that_tells_of_no_job_is_no_answer(org: Org, crm: Any, body: object) -> None:
    org.answer(body)
    with pytest.raises(UnavailableError):
        crm.apply(updates())


def test_rows_written_stand_though_they_cannot_be_read_back(org: Org, crm: Any) -> None:
    started(org)
    org.answer(job("JobComplete", processed=3))
    org.answer(succeeded(*_IDS[:3]))
    org.parts((400, [{"errorCode": "QUERY_TOO_COMPLICATED", "message": "no"}]))
    results = crm.apply(updates())
    assert set(outcomes(results).values()) == {WriteOutcome.DONE}
    assert [result.stored for result in results] == [None] * 3


def test_lost_lease_uploads_nothing_and_starts_nothing(org: Org, pauses: list[float]) -> None:
    def may_write() -> None:
        raise RunLockedError("another run took over")

    settings = SalesforceSettings(instance_url=HOST, access_token="00Dxx!session", bulk_from=_LEAST)
    crm = connect(settings, sleep=pauses.append, may_write=may_write)
    crm.remember([object_shape(CONTACT)])
    org.answer(job("Open"))
    with pytest.raises(RunLockedError):
        crm.apply(updates())
    assert [method for method, _ in asked(org)] == ["POST"]
    crm.close()


def test_job_left_behind_is_waited_for_where_it_is_ours(org: Org, crm: Any) -> None:
    org.answer({"identity": f"https://login.salesforce.com/id/00D/{_USER}"})
    listed = [
        {**job("InProgress"), "id": "750000000000009AAA", "createdById": "005000000000002AAA"},
        {**job("InProgress"), "id": "750000000000008AAA", "object": "Account"},
        {**job("Open"), "id": "750000000000007AAA"},
        job("JobComplete"),
    ]
    org.answer(
        {"records": listed, "nextRecordsUrl": "/services/data/v64.0/jobs/ingest?queryLocator=4"}
    )
    org.answer({"records": [job("UploadComplete")], "nextRecordsUrl": None})
    org.answer(job("InProgress"))
    org.answer(job("JobComplete"))
    crm.await_writes({"Contact": 5})
    assert [url for _, url in asked(org)][1:] == [
        "ingest?jobType=V2Ingest",
        "ingest?queryLocator=4",
        _JOB,
        _JOB,
    ]


def test_nothing_unanswered_is_waited_for_by_no_call(org: Org, crm: Any) -> None:
    crm.await_writes({})
    assert org.requests == []


def test_org_that_lists_no_jobs_has_none_to_wait_for(org: Org, crm: Any) -> None:
    org.answer({"identity": f"https://login.salesforce.com/id/00D/{_USER}"})
    org.answer([{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}], status=403)
    crm.await_writes({"Contact": 5})


def test_bulk_jobs_can_be_turned_off(org: Org) -> None:
    settings = SalesforceSettings(instance_url=HOST, access_token="00Dxx!session", bulk_from=0)
    with_none = connect(settings)
    assert with_none.batch_size_for("Contact", WriteKind.UPDATE, 1_000_000) == 200
    with_none.close()
