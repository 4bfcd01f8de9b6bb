"""Bulk API 2.0 of the Salesforce stand-in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from tests.unit.sandbox.sforce import KEY, START, Server


@pytest.fixture(scope="module")
def server():
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def org(server):
    org = server.open()
    yield org
    org.session.close()


def query_job(org, text, operation="query", **more):
    body = {"operation": operation, "query": text, **more}
    return org.call("POST", "/jobs/query", json=body)


def results(org, job, **params):
    return org.call("GET", f"/jobs/query/{job}/results", params=params)


# Loading


def test_new_job_is_open_and_says_where_its_file_goes(org):
    body = {"object": "contact", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    job = org.call("POST", "/jobs/ingest", json=body).json()
    assert job["id"].startswith("750")
    assert job["contentUrl"] == f"services/data/v59.0/jobs/ingest/{job['id']}/batches"
    assert (job["state"], job["object"], job["apiVersion"]) == ("Open", "Contact", 59.0)
    assert (job["columnDelimiter"], job["concurrencyMode"]) == ("COMMA", "Parallel")


def test_upload_answers_201_without_a_body(org):
    job = org.call("POST", "/jobs/ingest", json={"object": "Contact", "operation": "insert"})
    answer = org.call(
        "PUT",
        f"/jobs/ingest/{job.json()['id']}/batches",
        data=b"LastName\nLi\n",
        headers={"Content-Type": "text/csv"},
    )
    assert (answer.status_code, answer.content) == (201, b"")


def test_insert_reports_each_row(org):
    job = org.load('LastName,Email\nLi,li@a.co\n"",x@a.co\n"Ng, Jr",ng@a.co\n')
    info = org.job(job)
    assert info["state"] == "JobComplete"
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (3, 1)
    done = org.rows(job, "successfulResults")
    assert [(row["sf__Created"], row["LastName"]) for row in done] == [
        ("true", "Li"),
        ("true", "Ng, Jr"),
    ]
    assert org.store.get("Contact", done[1]["sf__Id"])["Name"] == "Ng, Jr"
    failed = org.rows(job, "failedResults")
    assert failed[0]["sf__Error"] == (
        "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    )
    assert org.rows(job, "unprocessedRecords") == []


def test_empty_cell_changes_nothing_and_na_clears(org):
    one = org.contact(Email="a@b.co", Title="CEO", Department="Sales")
    org.load(f"Id,Email,Title\n{one},,#N/A\n", "update")
    stored = org.store.get("Contact", one)
    assert (stored["Email"], stored["Title"], stored["Department"]) == ("a@b.co", None, "Sales")


def test_upsert_says_what_was_created(org):
    known = org.contact(**{KEY: "1"})
    table = f"{KEY},LastName\n1,Ng\n2,Oh\n2,Pi\n"
    job = org.load(table, "upsert", externalIdFieldName=KEY)
    done = org.rows(job, "successfulResults")
    assert [row["sf__Created"] for row in done] == ["false", "true"]
    assert done[0]["sf__Id"] == known
    assert org.rows(job, "failedResults")[0]["sf__Error"].startswith("DUPLICATE_VALUE:")


def test_parent_is_named_by_its_key_in_a_column(org):
    account = org.account(**{KEY: "a1"})
    job = org.load(f"LastName,Account.{KEY}\nLi,a1\nNg,zz\n")
    done = org.rows(job, "successfulResults")
    assert org.store.get("Contact", done[0]["sf__Id"])["AccountId"] == account
    assert "INVALID_FIELD:Foreign key external ID" in org.rows(job, "failedResults")[0]["sf__Error"]


def test_delete_leaves_the_record_in_the_bin_and_hard_delete_does_not(org):
    soft, hard = org.contact(), org.contact()
    org.job(org.load(f"Id\n{soft}\n", "delete"))
    org.job(org.load(f"Id\n{hard}\n", "hardDelete"))
    found = org.query("SELECT Id, IsDeleted FROM Contact", "/queryAll").json()["records"]
    assert [(row["Id"], row["IsDeleted"]) for row in found] == [(soft, True)]


@pytest.mark.parametrize(
    ("delimiter", "sign", "ending", "end"),
    [("PIPE", "|", "CRLF", "\r\n"), ("TAB", "\t", "LF", "\n"), ("BACKQUOTE", "`", "LF", "\n")],
)
def test_file_is_read_and_written_in_the_jobs_form(org, delimiter, sign, ending, end):
    table = end.join((f"LastName{sign}Title", f"Li{sign}CEO", ""))
    job = org.load(table, columnDelimiter=delimiter, lineEnding=ending)
    text = org.call("GET", f"/jobs/ingest/{job}/successfulResults").content.decode()
    assert text.startswith(sign.join(f'"{n}"' for n in ("sf__Id", "sf__Created", "LastName")))
    assert text.count(end) == 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("LastName\r\nLi\r\n", "ClientInputError : LineEnding is invalid on user data. Current L"),
        ("LastName,Nope\nLi,1\n", "InvalidBatch : Field name not found : Nope"),
        ("LastName,Title\nLi\n", "InvalidBatch : The number of columns in row 2"),
    ],
)
def test_file_that_cannot_be_loaded_fails_the_job(org, table, message):
    job = org.load(table)
    info = org.job(job)
    assert info["state"] == "Failed"
    assert info["errorMessage"].startswith(message)
    assert org.query("SELECT COUNT() FROM Contact").json()["totalSize"] == 0


def test_second_file_is_refused(org):
    job = org.call("POST", "/jobs/ingest", json={"object": "Contact", "operation": "insert"})
    address = f"/jobs/ingest/{job.json()['id']}/batches"
    headers = {"Content-Type": "text/csv"}
    org.call("PUT", address, data=b"LastName\nLi\n", headers=headers)
    answer = org.call("PUT", address, data=b"LastName\nNg\n", headers=headers)
    assert answer.status_code == 400
    assert "Found multiple contents for job" in answer.json()[0]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Nope", "operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Contact", "operation": "explode"}, "JSON_PARSER_ERROR"),
        ({"object": "Contact", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Contact", "operation": "insert", "columnDelimiter": "X"}, "JSON_PARSER_ERROR"),
    ],
)
def test_job_that_makes_no_sense_is_refused(org, body, code):
    answer = org.call("POST", "/jobs/ingest", json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_job_moves_on_with_the_clock(org):
    org.store.switches.bulk_job_takes = timedelta(seconds=100)
    table = "LastName\n" + "".join(f"L{n}\n" for n in range(500))
    job = org.load(table)
    seen = []
    for _ in range(3):
        info = org.job(job)
        seen.append((info["state"], info["numberRecordsProcessed"]))
        org.move(seconds=61)
    assert seen == [("UploadComplete", 0), ("InProgress", 200), ("JobComplete", 500)]
    stamps = {row["CreatedDate"] for row in org.store.database.table("Contact").rows.values()}
    assert max(stamps) < org.store.database.now


def test_aborted_job_leaves_the_rest_unprocessed(org):
    org.store.switches.bulk_job_takes = timedelta(seconds=100)
    job = org.load("LastName\n" + "L\n" * 500)
    org.move(seconds=61)
    answer = org.call("PATCH", f"/jobs/ingest/{job}", json={"state": "Aborted"})
    assert answer.json()["state"] == "Aborted"
    org.move(seconds=1000)
    assert org.job(job)["numberRecordsProcessed"] == 200
    assert len(org.rows(job, "unprocessedrecords")) == 300


def test_job_that_is_over_can_only_be_deleted(org):
    job = org.load("LastName\nLi\n")
    answer = org.call("PATCH", f"/jobs/ingest/{job}", json={"state": "Aborted"})
    assert answer.json() == [
        {"message": "Aborting already Completed Job not allowed", "errorCode": "INVALIDJOBSTATE"}
    ]
    assert org.call("DELETE", f"/jobs/ingest/{job}").status_code == 204
    assert org.call("GET", f"/jobs/ingest/{job}").status_code == 404


def test_jobs_are_listed_and_forgotten_after_a_week(org):
    job = org.load("LastName\nLi\n")
    org.job(job)
    listed = org.call("GET", "/jobs/ingest").json()
    assert (listed["done"], [one["id"] for one in listed["records"]]) == (True, [job])
    org.move(days=8)
    assert org.call("GET", "/jobs/ingest").json()["records"] == []


def test_batches_are_counted_against_the_days_limit(org):
    org.job(org.load("LastName\nLi\n"))
    limits = org.call("GET", "/limits").json()
    assert limits["DailyBulkApiBatches"] == {"Max": 15000, "Remaining": 14999}


def test_other_version_than_the_jobs_is_a_conflict(org):
    job = org.load("LastName\nLi\n")
    assert org.call("GET", f"/jobs/ingest/{job}", version="60.0").status_code == 409


def test_empty_results_may_come_without_a_header(org):
    job = org.load("LastName\nLi\n")
    address = f"/jobs/ingest/{job}/failedResults"
    assert org.call("GET", address).text == '"sf__Id","sf__Error","LastName"\n'
    org.store.switches.bulk_empty_results_have_header = False
    assert org.call("GET", address).text == ""


# Extracting


def test_query_job_gives_all_rows_in_one_page_without_a_maximum(org):
    account = org.account(Name="Acme, Inc")
    org.contact(AccountId=account, Email="a@b.co", DoNotCall=True)
    org.contact(LastName="Ng")
    text = "SELECT Id, LastName, Account.Name, DoNotCall, Email, CreatedDate FROM Contact"
    job = query_job(org, text).json()
    assert (job["state"], job["operation"], job["object"]) == ("UploadComplete", "query", "Contact")
    answer = results(org, job["id"])
    assert answer.headers["Sforce-Locator"] == "null"
    assert answer.headers["Sforce-NumberOfRecords"] == "2"
    assert answer.headers["Content-Type"].startswith("text/csv")
    first, second = csv.DictReader(io.StringIO(answer.text))
    assert (first["Account.Name"], first["DoNotCall"]) == ("Acme, Inc", "true")
    assert (second["Account.Name"], second["Email"]) == ("", "")
    assert first["CreatedDate"] == START.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_pages_follow_by_locator_each_with_a_header(org):
    ids = [org.contact() for _ in range(5)]
    job = query_job(org, "SELECT Id FROM Contact").json()["id"]
    found, locator, pages = [], None, 0
    while locator != "null":
        params = {"maxRecords": 2} | ({"locator": locator} if locator else {})
        answer = results(org, job, **params)
        header, *rows = answer.text.split()
        assert header == '"Id"'
        found += [row.strip('"') for row in rows]
        locator, pages = answer.headers["Sforce-Locator"], pages + 1
    assert (sorted(found), pages) == (sorted(ids), 3)


def test_results_stay_as_they_were_when_the_job_was_done(org):
    one = org.contact()
    job = query_job(org, "SELECT LastName FROM Contact").json()["id"]
    assert org.call("GET", f"/jobs/query/{job}").json()["numberRecordsProcessed"] == 1
    org.store.edit("Contact", one, {"LastName": "Ng"})
    assert "Li" in results(org, job).text


def test_only_query_all_extracts_what_is_in_the_bin(org):
    org.store.remove("Contact", org.contact())
    counts = []
    for operation in ("query", "queryAll"):
        job = query_job(org, "SELECT Id FROM Contact", operation).json()["id"]
        counts.append(results(org, job).headers["Sforce-NumberOfRecords"])
    assert counts == ["0", "1"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT MailingAddress FROM Contact", "API_ERROR", "Selecting compound data"),
        ("SELECT COUNT(Id) FROM Contact", "API_ERROR", "Aggregate"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR", "Relationships"),
        ("SELECT Id FROM Contact LIMIT 5 OFFSET 1", "API_ERROR", "OFFSET"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "Nope"),
        ("SELECT Id FORM Contact", "MALFORMED_QUERY", "unexpected token: 'FORM'"),
    ],
)
def test_query_a_job_may_not_ask_is_refused_at_once(org, text, code, words):
    answer = query_job(org, text)
    assert answer.status_code == 400
    assert (answer.json()[0]["errorCode"], words in answer.json()[0]["message"]) == (code, True)


def test_results_are_not_there_before_the_job_is_done(org):
    org.store.switches.bulk_job_takes = timedelta(seconds=60)
    job = query_job(org, "SELECT Id FROM Contact").json()["id"]
    assert results(org, job).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    org.move(seconds=61)
    assert results(org, job).status_code == 200


def test_made_up_locator_is_refused(org):
    job = query_job(org, "SELECT Id FROM Contact").json()["id"]
    answer = results(org, job, locator="MTAwMDA")
    assert answer.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


# simple-salesforce, unchanged


def test_simple_salesforce_loads_and_extracts(org):
    with org.real_client() as client:
        rows = [{"LastName": "Li", KEY: "1"}, {"LastName": "Ng", KEY: "2"}, {"LastName": ""}]
        done = client.bulk2.Contact.insert(records=rows, wait=0.01)
        assert done[0]["numberRecordsTotal"] == 2 + 1
        assert done[0]["numberRecordsFailed"] == 1
        job = done[0]["job_id"]
        assert client.bulk2.Contact.get_successful_records(job).count("\n") == 3
        changed = [{KEY: "1", "LastName": "Oh"}, {KEY: "3", "LastName": "Pi"}]
        client.bulk2.Contact.upsert(records=changed, external_id_field=KEY, wait=0.01)
        pages = list(
            client.bulk2.Contact.query("SELECT LastName FROM Contact", max_records=2, wait=0.01)
        )
        assert len(pages) == 2
        assert sorted("".join(pages).replace('"', "").split())[:3] == ["LastName", "LastName", "Ng"]
