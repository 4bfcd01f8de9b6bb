from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.errors import SandboxError
from sandbox.traffic import FaultRule
from tests.unit.sandbox.portal import CONTACTS, Portal

ADA = {"properties": {"email": "ada@example.com"}}


def plan(portal: Portal, kind: str, **more: Any) -> None:
    portal.service.faults.add(FaultRule(system="hubspot", kind=kind, **more))


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [
        ("rate_limit_burst", 429, "ten_secondly_rolling"),
        ("rate_limit_daily", 429, "DAILY"),
        ("rate_limit_search", 429, "You have reached your secondly limit."),
        ("expired_token", 401, "EXPIRED_AUTHENTICATION"),
        ("locked", 423, "LOCKED"),
        ("migrating", 477, "MIGRATION"),
        ("500", 500, "INTERNAL_ERROR"),
        ("502", 502, "INTERNAL_ERROR"),
        ("503", 503, "INTERNAL_ERROR"),
        ("504", 504, "INTERNAL_ERROR"),
        ("html_200", 200, "<html>"),
        ("html_503", 503, "<html>"),
    ],
)
def test_planned_answer_comes_in_place_of_the_handlers(
    portal: Portal, kind: str, status: int, word: str
):
    plan(portal, kind)
    answer = portal.post(CONTACTS, ADA)
    assert answer.status_code == status
    assert word in answer.text
    assert portal.store.ids("contacts") == []
    assert portal.post(CONTACTS, ADA).status_code == 201


def test_connection_dropped_before_writes_nothing(portal: Portal):
    plan(portal, "drop_before")
    with pytest.raises(requests.ConnectionError):
        portal.post(CONTACTS, ADA)
    assert portal.store.ids("contacts") == []


def test_connection_dropped_after_has_written(portal: Portal):
    plan(portal, "drop_after")
    with pytest.raises(requests.ConnectionError):
        portal.post(CONTACTS, ADA)
    assert len(portal.store.ids("contacts")) == 1


@pytest.mark.parametrize(("kind", "written"), [("silent_before", 0), ("silent_after", 1)])
def test_silence_ends_in_the_clients_own_time_out(portal: Portal, kind: str, written: int):
    plan(portal, kind)
    with pytest.raises(requests.ReadTimeout):
        portal.session.post(portal.url + CONTACTS, json=ADA, timeout=0.1)
    assert len(portal.store.ids("contacts")) == written


@pytest.mark.parametrize("kind", ["late", "slow_bytes"])
def test_slow_answer_arrives_whole(portal: Portal, kind: str):
    plan(portal, kind, seconds=0.02)
    assert portal.post(CONTACTS, ADA).json()["id"] in portal.store.ids("contacts")


def test_truncated_answer_is_no_json(portal: Portal):
    plan(portal, "truncated")
    answer = portal.post(CONTACTS, ADA)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_rule_waits_for_its_call_and_counts(portal: Portal):
    plan(portal, "500", path="search$", method="POST", times=2, skip=1)
    assert portal.get(CONTACTS).status_code == 200
    assert [portal.search().status_code for _ in range(4)] == [200, 500, 500, 200]


def test_unknown_fault_is_refused(portal: Portal):
    with pytest.raises(SandboxError, match="no fault 'earthquake'"):
        plan(portal, "earthquake")


def test_log_tells_each_call_and_its_kind(portal: Portal):
    portal.get(CONTACTS, limit=5)
    portal.search()
    portal.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": "1"}], "properties": []})
    first = portal.service.log.calls()[0]
    assert (first.method, first.path, first.query, first.status) == (
        "GET",
        CONTACTS,
        "limit=5",
        200,
    )
    assert portal.service.log.counts() == {"read": 1, "search": 1, "batch_read": 1}
    assert len(portal.service.log.calls(path="search$")) == 1


def test_log_keeps_calls_that_got_no_answer(portal: Portal):
    plan(portal, "drop_before")
    with pytest.raises(requests.ConnectionError):
        portal.get(CONTACTS)
    # A later answer proves that the server is done with the broken call.
    portal.get(CONTACTS)
    broken = portal.service.log.calls()[0]
    assert (broken.status, broken.fault) == (0, "drop_before")


def test_reset_forgets_calls(portal: Portal):
    portal.get(CONTACTS)
    portal.service.log.reset()
    assert portal.service.log.total() == 0
