from __future__ import annotations

import json

import pytest

from sync.domain.errors import CredentialError, UnavailableError
from sync.domain.ports import Write, WriteKind, WriteOutcome
from sync.domain.record import RecordRef

CREATE = "/crm/v3/objects/contacts/batch/create"
UPDATE = "/crm/v3/objects/contacts/batch/update"
ARCHIVE = "/crm/v3/objects/contacts/batch/archive"
READ = "/crm/v3/objects/contacts/batch/read"


def creating(token, read_back=("email",), unique_key=None, **values):
    return Write(
        token=token,
        kind=WriteKind.CREATE,
        object_name="contacts",
        values=values,
        read_back=read_back,
        unique_key=unique_key,
    )


def updating(id, token=None, read_back=(), **values):
    return Write(
        token=token or f"t{id}",
        kind=WriteKind.UPDATE,
        object_name="contacts",
        id=id,
        values=values,
        read_back=read_back,
    )


def archiving(id):
    return Write(token=f"t{id}", kind=WriteKind.ARCHIVE, object_name="contacts", id=id)


def error(message="", *, category="VALIDATION_ERROR", **context):
    return {"status": "error", "category": category, "message": message, "context": context}


def invalid(name, code):
    """Word a property problem as HubSpot does: JSON inside the text of the message."""
    items = [{"isValid": False, "message": f"{name} is bad", "error": code, "name": name}]
    return f"Property values were not valid: {json.dumps(items)}"


def partial(results, *errors):
    return (207, {"status": "COMPLETE", "results": results, "errors": list(errors)})


def outcomes(results):
    return [result.outcome for result in results]


def test_created_records_come_back_in_the_order_of_the_writes(wire, crm, record):
    results = [
        {**record("12", email="b@example.org"), "objectWriteTraceId": "t2"},
        {**record("11", email="a@example.org"), "objectWriteTraceId": "t1"},
    ]
    wire.on("POST", CREATE, (201, {"status": "COMPLETE", "results": results}))

    done = crm.apply([creating("t1", email="a@example.org"), creating("t2", email="b@example.org")])

    assert [(r.token, r.outcome, r.id) for r in done] == [
        ("t1", WriteOutcome.DONE, "11"),
        ("t2", WriteOutcome.DONE, "12"),
    ]
    assert dict(done[0].stored.fields) == {"email": "a@example.org"}
    assert wire.requests[0].body["inputs"][0] == {
        "properties": {"email": "a@example.org"},
        "objectWriteTraceId": "t1",
    }


def test_created_records_are_matched_by_unique_key_where_no_token_comes_back(wire, crm, record):
    results = [record("12", key="y"), record("11", key="x")]
    wire.on("POST", CREATE, (201, {"status": "COMPLETE", "results": results}))

    done = crm.apply(
        [
            creating("t1", (), "key", key="x", firstname="Ada"),
            creating("t2", (), "key", key="y", firstname="Ada"),
        ]
    )

    assert [r.id for r in done] == ["11", "12"]


def test_created_records_are_matched_by_their_values_where_there_is_no_key(wire, crm, record):
    results = [record("12", email="b@example.org"), record("11", email="a@example.org")]
    wire.on("POST", CREATE, (201, {"status": "COMPLETE", "results": results}))

    done = crm.apply([creating("t1", email="A@example.org"), creating("t2", email="b@example.org")])

    assert [r.id for r in done] == ["11", "12"]


def test_last_record_without_a_match_is_the_last_write_without_one(wire, crm, record):
    results = [record("11", phone="+49170")]
    wire.on("POST", CREATE, (201, {"status": "COMPLETE", "results": results}))

    (done,) = crm.apply([creating("t1", (), phone="0170")])

    assert (done.outcome, done.id) == (WriteOutcome.DONE, "11")


def test_blank_is_sent_as_an_empty_text(wire, crm, record):
    wire.on("POST", UPDATE, (200, {"results": [record("1")]}))

    crm.apply([updating("1", phone=None)])

    assert wire.requests[0].body["inputs"][0]["properties"] == {"phone": ""}


def test_one_refused_record_stops_no_other(wire, crm, record):
    refused = error(invalid("nope", "PROPERTY_DOESNT_EXIST"), objectWriteTraceId=["t2"])
    done = {**record("11"), "objectWriteTraceId": "t1"}
    wire.on("POST", CREATE, partial([done], refused))

    results = crm.apply([creating("t1", (), city="x"), creating("t2", (), nope="y")])

    assert outcomes(results) == [WriteOutcome.DONE, WriteOutcome.REJECTED]
    assert results[1].fields == ("nope",)
    assert results[1].code == "PROPERTY_DOESNT_EXIST"


def test_refusal_names_its_records_by_id(wire, crm, record):
    gone = error("not there", category="OBJECT_NOT_FOUND", ids=["1", "9"])
    wire.on("POST", UPDATE, partial([record("2")], gone))

    results = crm.apply([updating("1", a="x"), updating("2", a="x"), updating("9", a="x")])

    assert outcomes(results) == [WriteOutcome.GONE, WriteOutcome.DONE, WriteOutcome.GONE]


def test_refusal_without_a_name_belongs_to_the_record_left_over(wire, crm, record):
    wire.on("POST", UPDATE, partial([record("1")], error(invalid("a", "INVALID_OPTION"))))

    results = crm.apply([updating("1", a="x"), updating("2", a="y")])

    assert outcomes(results) == [WriteOutcome.DONE, WriteOutcome.REJECTED]


def test_refusal_without_a_name_is_sought_by_sending_the_rest_apart(wire, crm, record):
    def answer(got):
        ids = [each["id"] for each in got.body["inputs"]]
        good = [record(each) for each in ids if each != "3"]
        return partial(good if len(ids) == 1 else [], error("one is bad"))

    wire.on("POST", UPDATE, answer)

    results = crm.apply([updating(str(number), a="x") for number in range(1, 5)])

    assert [r.outcome is WriteOutcome.DONE for r in results] == [True, True, False, True]


def test_existing_contact_is_named(wire, crm):
    body = {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 90210"}
    wire.on("POST", CREATE, (409, {"status": "error", "correlationId": "c-1", **body}))

    (result,) = crm.apply([creating("t1", email="ada@example.org")])

    assert result.outcome is WriteOutcome.DUPLICATE
    assert result.existing == RecordRef("contacts", "90210")
    assert result.fields == ("email",)
    assert result.request_id == "c-1"


def test_unique_value_that_is_taken_is_a_duplicate_with_its_field(wire, crm, record):
    detail = {"message": "77 already has that value.", "code": "CONFLICTING_UNIQUE_VALUE"}
    taken = {
        **error("Property values were not valid", objectWriteTraceId=["t1"]),
        "errors": [{**detail, "context": {"propertyName": ["key"]}}],
    }
    wire.on("POST", UPDATE, partial([], taken))

    (result,) = crm.apply([updating("1", token="t1", key="x")])

    assert (result.outcome, result.fields) == (WriteOutcome.DUPLICATE, ("key",))
    assert result.existing == RecordRef("contacts", "77")


def test_record_is_no_duplicate_of_itself(wire, crm):
    taken = error("Contact already exists. Existing ID: 1", category="CONFLICT", ids=["1"])
    wire.on("POST", UPDATE, partial([], taken))

    (result,) = crm.apply([updating("1", email="ada@example.org")])

    assert (result.outcome, result.existing) == (WriteOutcome.DUPLICATE, None)


def test_creates_an_answer_leaves_in_doubt_are_unknown_and_not_sent_again(wire, crm, record):
    wire.on("POST", CREATE, partial([record("11", phone="+49170")], error("one is bad")))

    results = crm.apply([creating("t1", (), phone="0170"), creating("t2", (), phone="0171")])

    assert outcomes(results) == [WriteOutcome.UNKNOWN] * 2
    assert len(wire.requests) == 1


def test_batch_refused_as_a_whole_sinks_only_the_bad_record(wire, crm, record):
    def answer(got):
        inputs = got.body["inputs"]
        if any(each["properties"]["email"] == "bad" for each in inputs):
            return (400, {"category": "VALIDATION_ERROR", "message": "Email is bad"})
        found = [
            {**record(f"1{i['objectWriteTraceId']}"), "objectWriteTraceId": i["objectWriteTraceId"]}
            for i in inputs
        ]
        return (201, {"results": found})

    wire.on("POST", CREATE, answer)
    mails = ["a", "b", "c", "bad", "e", "f", "g", "h"]

    results = crm.apply([creating(str(i), (), email=mail) for i, mail in enumerate(mails)])

    assert [r.outcome is WriteOutcome.DONE for r in results] == [m != "bad" for m in mails]
    assert len(wire.requests) == 7


def test_property_nobody_knows_is_charged_to_all_that_carry_it_at_once(wire, crm, record):
    def answer(got):
        if any("nope" in each["properties"] for each in got.body["inputs"]):
            body = error(invalid("nope", "PROPERTY_DOESNT_EXIST"))
            return (400, body)
        return (200, {"results": [record(each["id"]) for each in got.body["inputs"]]})

    wire.on("POST", UPDATE, answer)
    bad = [updating(str(n), nope="x") for n in range(1, 50)]

    results = crm.apply([*bad, updating("99", city="x")])

    assert outcomes(results) == [WriteOutcome.REJECTED] * 49 + [WriteOutcome.DONE]
    assert len(wire.requests) == 2


def test_create_without_an_answer_is_unknown_and_not_sent_again(wire, crm):
    wire.on("POST", CREATE, wire.DROPPED)

    results = crm.apply([creating("t1", email="a"), creating("t2", email="b")])

    assert outcomes(results) == [WriteOutcome.UNKNOWN] * 2
    assert len(wire.requests) == 1


@pytest.mark.parametrize("reply", [(502, "<html>bad gateway</html>"), (200, "<html>hello</html>")])
def test_create_answered_by_something_else_is_unknown(wire, crm, reply):
    wire.on("POST", CREATE, reply)

    (result,) = crm.apply([creating("t1", email="a")])

    assert result.outcome is WriteOutcome.UNKNOWN
    assert len(wire.requests) == 1


def test_create_is_sent_again_where_hubspot_only_asked_to_slow_down(wire, crm, record):
    slow = (429, {"message": "slow", "policyName": "TEN_SECONDLY_ROLLING"})
    wire.on("POST", CREATE, slow, (201, {"results": [record("11")]}))

    (result,) = crm.apply([creating("t1", (), email="a")])

    assert result.outcome is WriteOutcome.DONE
    assert len(wire.requests) == 2


def test_update_without_an_answer_is_sent_again(wire, crm, record):
    wire.on("POST", UPDATE, wire.DROPPED, (200, {"results": [record("1")]}))

    (result,) = crm.apply([updating("1", a="x")])

    assert result.outcome is WriteOutcome.DONE


def test_update_that_never_gets_an_answer_is_told_as_a_failure(wire, crm):
    wire.on("POST", UPDATE, (503, {"message": "away"}))

    with pytest.raises(UnavailableError):
        crm.apply([updating("1", a="x")])

    assert len(wire.requests) == 5


def test_locked_records_may_be_sent_again_later(wire, crm):
    wire.on("POST", UPDATE, (423, {"message": "locked"}))

    (result,) = crm.apply([updating("1", a="x")])

    assert result.outcome is WriteOutcome.LOCKED
    assert min(wire.waits) >= 2


def test_results_known_so_far_outlive_a_failure_of_the_rest(wire, crm, record):
    def answer(got):
        ids = [each["id"] for each in got.body["inputs"]]
        if ids == ["1", "2"]:
            return (400, error("one is bad"))
        return (200, {"results": [record("1")]}) if ids == ["1"] else (401, {"message": "who?"})

    wire.on("POST", UPDATE, answer)

    results = crm.apply([updating("1", a="x"), updating("2", a="x")])

    assert outcomes(results) == [WriteOutcome.DONE, WriteOutcome.LOCKED]


def test_failure_before_any_result_is_raised(wire, crm):
    wire.on("POST", UPDATE, (401, {"message": "who?", "category": "INVALID_AUTHENTICATION"}))

    with pytest.raises(CredentialError):
        crm.apply([updating("1", a="x")])


def test_stored_value_the_answer_leaves_out_is_read_once_for_the_batch(wire, crm, record):
    wire.on("POST", UPDATE, (200, {"results": [record("1", a="x"), record("2")]}))
    wire.on("POST", READ, (200, {"results": [record("1", a="x"), record("2", a="old")]}))

    results = crm.apply(
        [updating("1", read_back=("a",), a="x"), updating("2", read_back=("a",), a="x")]
    )

    assert [dict(r.stored.fields) for r in results] == [{"a": "x"}, {"a": "old"}]
    assert len(wire.sent("/batch/read")) == 1


def test_value_that_was_not_written_is_not_read_again(wire, crm, record):
    wire.on("POST", UPDATE, (200, {"results": [record("1", a="x")]}))

    (result,) = crm.apply([updating("1", read_back=("a", "b"), a="x")])

    assert dict(result.stored.fields) == {"a": "x"}
    assert len(wire.requests) == 1


def test_failed_reading_of_stored_values_leaves_the_write_done(wire, crm, record):
    wire.on("POST", UPDATE, (200, {"results": [record("1")]}))
    wire.on("POST", READ, (500, {"message": "oops"}))

    (result,) = crm.apply([updating("1", read_back=("a",), a="x")])

    assert result.outcome is WriteOutcome.DONE
    assert dict(result.stored.fields) == {}


def test_one_record_stands_once_in_a_batch(wire, crm, record):
    wire.on(
        "POST",
        UPDATE,
        lambda got: (200, {"results": [record(i["id"]) for i in got.body["inputs"]]}),
    )

    crm.apply([updating("1", token="clear", a=None), updating("1", token="set", a="x")])

    sent = [[each["properties"] for each in request.body["inputs"]] for request in wire.requests]
    assert sent == [[{"a": ""}], [{"a": "x"}]]


def test_archived_records_are_done(wire, crm):
    wire.on("POST", ARCHIVE, (204, None))

    results = crm.apply([archiving("1"), archiving("2")])

    assert [(r.outcome, r.id) for r in results] == [
        (WriteOutcome.DONE, "1"),
        (WriteOutcome.DONE, "2"),
    ]
    assert wire.requests[0].body == {"inputs": [{"id": "1"}, {"id": "2"}]}


def test_writing_calls_are_counted_apart(wire, crm):
    wire.on("POST", ARCHIVE, (204, None))

    crm.apply([archiving("1")])

    assert (crm.usage().calls, crm.usage().writes) == (1, 1)
