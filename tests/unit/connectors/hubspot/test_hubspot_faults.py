from __future__ import annotations

import socket
from datetime import UTC, datetime
from threading import Thread

import pytest

from connectors.hubspot import HubSpotSettings, connect
from sync.domain.errors import (
    ConfigError,
    CredentialError,
    DailyQuotaError,
    ExhaustedError,
    RateLimitedError,
    RecordRejectedError,
    SchemaDriftError,
    UnavailableError,
)
from sync.domain.ports import ChangeQuery

SEARCH = "/crm/v3/objects/contacts/search"
QUERY = ChangeQuery(
    object_name="contacts", fields=("email",), since=datetime(2026, 11, 1, tzinfo=UTC)
)
GOOD = (200, {"total": 0, "results": []})


def test_refused_token_says_what_to_check(wire, crm):
    body = {"category": "INVALID_AUTHENTICATION", "correlationId": "c-9", "message": "not found"}
    wire.on("GET", "/account-info/v3/details", (401, body))

    with pytest.raises(CredentialError, match="access token") as caught:
        crm.account()

    assert caught.value.request_id == "c-9"
    assert len(wire.requests) == 1


def test_missing_scopes_are_named(wire, crm):
    detail = {"message": "x", "context": {"requiredGranularScopes": ["crm.objects.contacts.read"]}}
    wire.on("POST", SEARCH, (403, {"category": "MISSING_SCOPES", "errors": [detail]}))

    with pytest.raises(CredentialError, match=r"scope crm\.objects\.contacts\.read"):
        crm.peek([QUERY])


def test_other_prohibitions_speak_of_permission_and_subscription(wire, crm):
    wire.on("POST", SEARCH, (403, {"category": "FORBIDDEN", "message": "no"}))

    with pytest.raises(CredentialError, match="subscription"):
        crm.peek([QUERY])


@pytest.mark.parametrize(
    ("body", "least"),
    [
        ({"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}, 1),
        ({"message": "slow", "policyName": "SECONDLY"}, 1),
        ({"message": "slow", "policyName": "TEN_SECONDLY_ROLLING"}, 10),
        ({"message": "You have reached your ten_secondly_rolling limit."}, 10),
    ],
)
def test_limits_are_waited_out_by_their_policy(wire, crm, body, least):
    wire.on("POST", SEARCH, (429, body), GOOD)

    crm.peek([QUERY])

    assert len(wire.requests) == 2
    assert least <= wire.waits[0] < least + 1


def test_pause_the_answer_asks_for_is_kept(wire, crm):
    wire.on("POST", SEARCH, (429, {"policyName": "SECONDLY"}, {"Retry-After": "7"}), GOOD)

    crm.peek([QUERY])

    assert 7 <= wire.waits[0] < 8


def test_calls_of_other_threads_are_held_while_one_pauses(wire, crm):
    wire.on("POST", SEARCH, (429, {"policyName": "SECONDLY"}, {"Retry-After": "7"}), GOOD)
    refused = Thread(target=crm.peek, args=([QUERY],))
    refused.start()
    refused.join()
    before = len(wire.waits)

    crm.peek([QUERY])

    assert 1 < max(wire.waits[before:]) <= 7


def test_limit_that_stays_is_told(wire, crm):
    wire.on("POST", SEARCH, (429, {"policyName": "SECONDLY"}))

    with pytest.raises(RateLimitedError):
        crm.peek([QUERY])


@pytest.mark.parametrize(
    "body", [{"policyName": "DAILY"}, {"message": "You have reached your daily limit."}]
)
def test_spent_day_ends_the_run_at_once(wire, crm, body):
    wire.on("POST", SEARCH, (429, body))

    with pytest.raises(DailyQuotaError):
        crm.peek([QUERY])

    assert len(wire.requests) == 1


def test_move_of_the_portal_is_waited_for_when_it_is_short(wire, crm):
    wire.on("POST", SEARCH, (477, None, {"Retry-After": "30"}), GOOD)

    crm.peek([QUERY])

    assert 30 <= wire.waits[0] < 31


def test_long_move_of_the_portal_is_left_to_the_next_run(wire, crm):
    wire.on("POST", SEARCH, (477, None, {"Retry-After": "86400"}))

    with pytest.raises(ExhaustedError, match="data centre"):
        crm.peek([QUERY])

    assert wire.waits == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 524])
def test_fault_of_hubspot_is_tried_again(wire, crm, status):
    wire.on("POST", SEARCH, (status, "<html>oops</html>"), GOOD)

    crm.peek([QUERY])

    assert len(wire.requests) == 2


def test_error_page_that_is_no_text_keeps_its_status(wire, crm):
    wire.on("POST", SEARCH, (502, b"\xff\xfe\xfa"))

    with pytest.raises(UnavailableError, match="502"):
        crm.peek([QUERY])


def test_error_page_is_named_by_its_header(wire, crm):
    named = {"X-HubSpot-Correlation-Id": "c-42"}
    wire.on("POST", SEARCH, (502, "<html>bad gateway</html>", named))

    with pytest.raises(UnavailableError) as caught:
        crm.peek([QUERY])

    assert caught.value.request_id == "c-42"


def test_page_with_a_good_status_is_no_answer(wire, crm):
    wire.on("POST", SEARCH, (200, "<html>log in first</html>"))

    with pytest.raises(UnavailableError, match="no JSON object"):
        crm.peek([QUERY])


def test_success_of_an_undeclared_status_is_read(wire, crm, record):
    wire.on("POST", SEARCH, (202, {"total": 1, "results": [record("1")]}))

    (peek,) = crm.peek([QUERY])

    assert [r.ref.id for r in peek.records] == ["1"]


def test_broken_connection_is_tried_again(wire, crm):
    wire.on("POST", SEARCH, wire.DROPPED, GOOD)

    crm.peek([QUERY])

    assert len(wire.requests) == 2


def test_every_attempt_is_one_request(wire, crm):
    wire.on("GET", "/account-info/v3/details", wire.DROPPED)

    with pytest.raises(UnavailableError):
        crm.account()

    assert len(wire.requests) == 5
    assert crm.usage().calls == 5


def test_answer_cut_short_is_tried_again(wire, crm):
    cut = (200, '{"total": 0', {"Content-Length": "5000", "Connection": "close"})
    wire.on("POST", SEARCH, cut, GOOD)

    crm.peek([QUERY])

    assert len(wire.requests) == 2


def test_answer_out_of_time_is_told(wire):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        slow = connect(
            HubSpotSettings(base_url=address, access_token="x", read_timeout=0.02),
            sleep=wire.waits.append,
        )
        with pytest.raises(UnavailableError, match="in time"):
            slow.peek([QUERY])
        slow.close()


def test_closed_door_is_told_without_doubt_about_writes(wire):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    nobody = connect(
        HubSpotSettings(base_url=f"http://127.0.0.1:{port}", access_token="x"),
        sleep=wire.waits.append,
    )

    with pytest.raises(UnavailableError, match="could not be reached") as caught:
        nobody.peek([QUERY])
    nobody.close()

    assert not caught.value.maybe_done


def test_token_is_never_taken_to_another_address(wire, crm):
    wire.on("GET", "/account-info/v3/details", (302, None, {"Location": f"{wire.url}/elsewhere"}))

    with pytest.raises(ConfigError, match="302"):
        crm.account()

    assert len(wire.requests) == 1


def test_refused_query_names_code_and_fields_but_no_value(wire, crm):
    detail = {"code": "INVALID_INTEGER", "context": {"propertyName": ["age"]}, "message": "x"}
    body = {"category": "VALIDATION_ERROR", "message": "ada@example.org is bad", "errors": [detail]}
    wire.on("POST", SEARCH, (400, {**body, "correlationId": "c-3"}))

    with pytest.raises(RecordRejectedError) as caught:
        crm.peek([QUERY])

    assert "age" in str(caught.value)
    assert "INVALID_INTEGER" in str(caught.value)
    assert "c-3" in str(caught.value)
    assert "ada@example.org" not in str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        (404, "<html>nothing</html>"),
        (404, {"category": "OBJECT_NOT_FOUND", "message": "no such type"}),
        (400, {"category": "VALIDATION_ERROR", "message": "Unable to infer object type from: x"}),
    ],
)
def test_unknown_object_is_a_drift_of_the_schema(wire, crm, reply):
    wire.on("GET", "/crm/v3/properties/gadgets", reply)

    with pytest.raises(SchemaDriftError, match="gadgets"):
        crm.describe("gadgets")


def test_token_goes_with_every_call_and_into_no_text(wire, crm):
    wire.on("POST", SEARCH, GOOD)

    crm.peek([QUERY])

    assert wire.requests[0].headers["Authorization"] == "Bearer pat-made-up"
    assert "pat-made-up" not in repr(HubSpotSettings(access_token="pat-made-up"))
