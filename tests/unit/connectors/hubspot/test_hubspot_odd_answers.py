"""Answers HubSpot's stand-in never gives: each ends in a right value or in an error of ours."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.hubspot import HubSpotSettings, connect
from sync.domain.errors import UnavailableError
from sync.domain.ports import ChangeQuery, Write, WriteKind, WriteOutcome

CONTACTS = "/crm/v3/objects/contacts"
SEARCH, LIST = f"{CONTACTS}/search", CONTACTS
CREATE, UPDATE, ARCHIVE, READ = (
    f"{CONTACTS}/batch/{each}" for each in ("create", "update", "archive", "read")
)
PROPERTIES = "/crm/v3/properties/contacts"
DONE, REJECTED, UNKNOWN = WriteOutcome.DONE, WriteOutcome.REJECTED, WriteOutcome.UNKNOWN
SINCE = ChangeQuery(
    object_name="contacts", fields=("email",), since=datetime(2026, 11, 1, tzinfo=UTC)
)
ALL = ChangeQuery(object_name="contacts", fields=("email",), since=None)
PAGE = "<!DOCTYPE html><title>Back soon</title>"

#: Successes that are none: a page, nothing, a list, half an object, nothing where records stand.
ODD: list[tuple[Any, ...]] = [
    (200, PAGE),
    (204, None),
    (200, []),
    (200, '{"results": [{"id"'),
    (200, {"results": None}),
    (200, {"results": {"1": {}}}),
    (200, {"results": ["1"]}),
]


def write(kind, token, id=None, **values):
    return Write(
        token=token,
        kind=kind,
        object_name="contacts",
        id=id,
        values=values,
        read_back=tuple(values),
    )


def create(token, **values):
    return write(WriteKind.CREATE, token, **values)


def update(id, **values):
    return write(WriteKind.UPDATE, f"t{id}", id, **values)


def archive(id):
    return write(WriteKind.ARCHIVE, f"t{id}", id)


def refusal(*traces, message="not valid"):
    context = {"objectWriteTraceId": list(traces)} if traces else {}
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": message,
        "context": context,
    }


def outcomes(results):
    return [(result.token, result.outcome) for result in results]


@pytest.mark.parametrize("odd", ODD)
def test_success_that_is_none_is_an_outage_to_who_reads(wire, crm, odd):
    wire.on("POST", READ, odd)
    wire.on("POST", SEARCH, odd)
    wire.on("GET", LIST, odd)

    with pytest.raises(UnavailableError, match="HubSpot gave"):
        list(crm.fetch("contacts", ["1"], ["email"]))
    with pytest.raises(UnavailableError, match="HubSpot gave"):
        list(crm.read_changes(SINCE))
    with pytest.raises(UnavailableError, match="HubSpot gave"):
        list(crm.read_changes(ALL))


@pytest.mark.parametrize("odd", ODD)
def test_success_that_is_none_leaves_creates_in_doubt_and_is_sent_once(wire, crm, odd):
    wire.on("POST", CREATE, odd)

    results = crm.apply([create("a", email="a@b.de"), create("b", email="b@b.de")])

    assert outcomes(results) == [("a", UNKNOWN), ("b", UNKNOWN)]
    assert len(wire.requests) == 1


@pytest.mark.parametrize("odd", ODD)
def test_success_that_is_none_is_an_outage_to_who_updates(wire, crm, odd):
    wire.on("POST", UPDATE, odd)

    with pytest.raises(UnavailableError, match="HubSpot gave"):
        crm.apply([update("1", email="a@b.de")])


@pytest.mark.parametrize("odd", [(200, PAGE), (200, "[]"), (200, '{"resu')])
def test_page_is_no_proof_of_archiving(wire, crm, odd):
    wire.on("POST", ARCHIVE, odd)

    with pytest.raises(UnavailableError, match="no JSON object"):
        crm.apply([archive("1")])


def test_good_status_with_every_archive_refused_archives_nothing(wire, crm):
    errors = [{**refusal(), "context": {"ids": [each]}} for each in ("2", "1")]
    wire.on("POST", ARCHIVE, (200, {"status": "COMPLETE", "results": [], "errors": errors}))

    results = crm.apply([archive("1"), archive("2")])

    assert outcomes(results) == [("t1", REJECTED), ("t2", REJECTED)]


def test_archive_refused_without_a_name_is_sought(wire, crm):
    def answer(got):
        ids = [each["id"] for each in got.body["inputs"]]
        return (207, {"results": [], "errors": [refusal()]}) if "2" in ids else (204, None)

    wire.on("POST", ARCHIVE, answer)

    results = crm.apply([archive("1"), archive("2"), archive("3")])

    assert outcomes(results) == [("t1", DONE), ("t2", REJECTED), ("t3", DONE)]


@pytest.mark.parametrize("path", [CREATE, UPDATE])
def test_good_status_with_every_record_refused_writes_nothing(wire, crm, path):
    errors = [refusal("t2"), refusal("t1")]
    wire.on("POST", path, (200, {"status": "COMPLETE", "results": [], "errors": errors}))
    batch = [update("1"), update("2")] if path is UPDATE else [create("t1"), create("t2")]

    assert outcomes(crm.apply(batch)) == [("t1", REJECTED), ("t2", REJECTED)]


def test_results_and_refusals_in_any_order_find_their_writes(wire, crm, record):
    good = [
        {**record(str(90 - number)), "objectWriteTraceId": f"c{number}"} for number in (4, 2, 0)
    ]
    body = {"numErrors": 2, "results": good, "errors": [refusal("c3"), refusal("c1")]}
    wire.on("POST", CREATE, (207, body))

    results = crm.apply([create(f"c{number}") for number in range(5)])

    assert [result.id for result in results] == ["90", None, "88", None, "86"]
    assert [result.outcome for result in results] == [DONE, REJECTED, DONE, REJECTED, DONE]


def test_creates_an_answer_passes_over_are_not_made_twice(wire, crm, record):
    good = {**record("11"), "objectWriteTraceId": "a"}
    wire.on("POST", CREATE, (207, {"results": [good], "errors": [refusal()]}))

    results = crm.apply([create("a", city="x"), create("b", city="x"), create("c", city="x")])

    assert outcomes(results) == [("a", DONE), ("b", UNKNOWN), ("c", UNKNOWN)]
    assert len(wire.sent("create")) == 1


def test_updates_an_answer_passes_over_are_in_doubt(wire, crm, record):
    wire.on("POST", UPDATE, (200, {"results": [record("2")]}))

    assert outcomes(crm.apply([update("1"), update("2")])) == [("t1", UNKNOWN), ("t2", DONE)]


def test_record_nobody_wrote_is_given_to_nobody(wire, crm, record):
    wire.on("POST", UPDATE, (200, {"results": [record("99"), record("1")]}))

    results = crm.apply([update("1", email="a@b.de"), update("2", email="b@b.de")])

    assert [(each.outcome, each.id) for each in results] == [(DONE, "1"), (UNKNOWN, "2")]


def test_values_belong_to_the_record_they_stand_with(wire, crm, record):
    swapped = [
        {**record("2", email="b@b.de"), "objectWriteTraceId": "t1"},
        {**record("1", email="a@b.de"), "objectWriteTraceId": "t2"},
    ]
    wire.on("POST", UPDATE, (200, {"results": swapped}))

    results = crm.apply([update("1", email="a@b.de"), update("2", email="b@b.de")])

    assert [(each.id, each.stored.fields["email"]) for each in results] == [
        ("1", "a@b.de"),
        ("2", "b@b.de"),
    ]


def test_same_result_twice_counts_once(wire, crm, record):
    twice = [{**record("11"), "objectWriteTraceId": "a"}] * 2
    wire.on("POST", CREATE, (201, {"results": twice}))

    (result,) = crm.apply([create("a", city="x")])

    assert (result.outcome, result.id) == (DONE, "11")


@pytest.mark.parametrize(
    ("first", "second"), [(("11", "a"), ("12", "a")), (("11", "a"), ("11", "b"))]
)
def test_results_that_contradict_each_other_leave_creates_in_doubt(
    wire, crm, record, first, second
):
    rows = [{**record(id), "objectWriteTraceId": token} for id, token in (first, second)]
    wire.on("POST", CREATE, (201, {"results": rows}))

    results = crm.apply([create("a", city="x"), create("b", city="y")])

    assert {result.outcome for result in results} == {UNKNOWN}


def test_two_updates_may_end_on_the_record_both_were_merged_into(wire, crm, record):
    rows = [{**record("50"), "objectWriteTraceId": token} for token in ("t1", "t2")]
    wire.on("POST", UPDATE, (200, {"results": rows}))

    results = crm.apply([update("1"), update("2")])

    assert [(each.outcome, each.id) for each in results] == [(DONE, "50"), (DONE, "50")]


def test_pages_shorter_than_asked_are_read_to_the_end(wire, crm, record):
    def answer(got):
        (beyond,) = (f for f in got.body["filterGroups"][0]["filters"] if f["operator"] == "GT")
        next_id = int(beyond["value"]) + 1
        left = 4 - next_id
        more = {"paging": {"next": {"after": "1"}}} if left else {}
        return (200, {"total": left + 1, "results": [record(str(next_id))], **more})

    wire.on("POST", SEARCH, answer)

    pages = crm.read_changes(SINCE)

    assert [one.ref.id for page in pages for one in page] == ["1", "2", "3", "4"]


def test_search_that_counts_more_than_it_gave_is_asked_on_without_paging(wire, crm, record):
    wire.on(
        "POST",
        SEARCH,
        (200, {"total": 2, "results": [record("1")]}),
        (200, {"total": 1, "results": [record("2")]}),
    )

    assert [one.ref.id for page in crm.read_changes(SINCE) for one in page] == ["1", "2"]


@pytest.mark.parametrize("paging", [None, {}, [], "next", {"next": None}, {"next": "2"}])
def test_page_without_a_following_one_is_the_last(wire, crm, record, paging):
    wire.on("GET", LIST, (200, {"results": [record("1")], "paging": paging}))

    assert [one.ref.id for page in crm.read_changes(ALL) for one in page] == ["1"]


def test_page_that_follows_itself_ends_in_an_error(wire, crm, record):
    again = {"results": [record("1")], "paging": {"next": {"after": 1}}}
    wire.on("GET", LIST, (200, again))
    wire.on("POST", SEARCH, (200, {"total": 9, **again}))

    with pytest.raises(UnavailableError, match="again and again"):
        list(crm.read_changes(ALL))
    with pytest.raises(UnavailableError, match="not asked for"):
        list(crm.read_changes(SINCE))


@pytest.mark.parametrize(
    ("told", "total"),
    [
        ({"total": "700"}, 700),
        ({}, 2),
        ({"total": None}, 2),
        ({"total": True}, 2),
        ({"total": 0}, 2),
    ],
)
def test_more_than_the_newest_page_is_noticed_however_it_is_told(wire, crm, record, told, total):
    body = {"results": [record("1")], "paging": {"next": {"after": "1"}}, **told}
    wire.on("POST", SEARCH, (200, body))

    assert crm.peek([SINCE])[0].total == total


def test_unknown_keys_and_numbers_for_texts_are_read_past(wire, crm, record):
    told = record("7", email="a@b.de", score=12, share=2.5, whole=3.0, opted=True, words="false")
    told |= {"id": 7, "objectTypeId": "0-1", "freshness": {"new": [1]}, "archived": "false"}
    told["properties"]["lastmodifieddate"] = 1793692800123
    wire.on("POST", READ, (200, {"results": [told], "requestedAt": 5, "novelty": None}))

    names = ["email", "score", "share", "whole", "opted", "words"]
    (one,) = crm.fetch("contacts", ["7"], names)

    assert dict(one.fields) == {
        "email": "a@b.de",
        "score": "12",
        "share": "2.5",
        "whole": "3",
        "opted": "true",
        "words": "false",
    }
    assert (one.ref.id, one.stamp.microsecond) == ("7", 123_000)


@pytest.mark.parametrize("id", [None, "", "abc", {}, "1.5"])
def test_record_without_an_id_is_no_record(wire, crm, record, id):
    wire.on("POST", SEARCH, (200, {"total": 1, "results": [{**record("1"), "id": id}]}))

    with pytest.raises(UnavailableError, match="without ids"):
        list(crm.read_changes(SINCE))


def test_record_given_twice_is_given_once(wire, crm, record):
    wire.on("POST", READ, (200, {"results": [record("1"), record("1"), record("2")]}))

    assert [one.ref.id for one in crm.fetch("contacts", ["1", "2"], ["email"])] == ["1", "2"]


def test_history_of_another_form_tells_no_times(wire, crm, record):
    odd = [
        {**record("1"), "propertiesWithHistory": ["city"]},
        {**record("2"), "propertiesWithHistory": {"city": ["x", {"timestamp": "soon"}]}},
        {**record("3"), "propertiesWithHistory": {"city": [{"timestamp": 10**20}]}},
    ]
    wire.on("POST", READ, (200, {"results": odd}))

    assert crm.edit_times("contacts", ["1", "2", "3"], ["city"]) == {}


@pytest.mark.parametrize("context", ["x", {"ids": "2"}, {"ids": [2]}, None, []])
def test_error_of_another_form_harms_no_record(wire, crm, record, context):
    error = {"message": 5, "category": None, "context": context}
    wire.on("POST", READ, (207, {"results": [record("1")], "errors": [error, "odd"]}))

    assert [one.ref.id for one in crm.fetch("contacts", ["1", "2"], [])] == ["1"]


def test_flags_written_as_texts_mean_what_they_say(wire, crm):
    definition = {
        "name": "city",
        "label": "City",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": "false",
        "archived": "false",
        "calculated": "false",
        "modificationMetadata": {"readOnlyValue": "false"},
    }
    key = definition | {"name": "key", "hasUniqueValue": "true", "calculated": "true"}
    wire.on("GET", PROPERTIES, (200, {"results": [definition, key, {"label": "nameless"}]}))

    fields = crm.describe("contacts").fields

    assert {
        name: (field.unique, field.updatable) for name, field in fields.items() if not field.apart
    } == {
        "city": (False, True),
        "key": (True, False),
    }


def test_definition_nobody_can_read_is_an_outage(wire, crm):
    wire.on("GET", PROPERTIES, (200, {"results": [{"name": "city", "archived": "perhaps"}]}))

    with pytest.raises(UnavailableError, match="definitions that cannot be read"):
        crm.describe("contacts")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Mon, 02 Nov 2026 09:30:07 GMT", 7),
        ("Mon, 02 Nov 2026 09:00:00 GMT", 0),
        ("3.5", 3.5),
        ("soon", 10),
    ],
)
def test_pause_is_the_one_asked_for_as_a_number_or_a_date(wire, crm, header, seconds):
    headers = {"Retry-After": header, "Date": "Mon, 02 Nov 2026 09:30:00 GMT"}
    limited = (429, {"policyName": "TEN_SECONDLY_ROLLING"}, headers)
    wire.on("POST", SEARCH, limited, (200, {"total": 0, "results": []}))

    crm.peek([SINCE])

    assert seconds <= wire.waits[0] <= seconds + 0.25


def test_address_that_does_not_answer_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    crm = connect(
        HubSpotSettings(base_url=address, access_token="pat-x"), sleep=lambda _seconds: None
    )

    with pytest.raises(UnavailableError, match=address) as caught:
        crm.account()

    crm.close()
    assert "HUBSPOT_BASE_URL" in str(caught.value)
