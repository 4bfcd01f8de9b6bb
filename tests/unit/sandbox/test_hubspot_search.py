from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.sandbox.portal import CONTACTS, Portal


def where(name: str, operator: str, **more: object) -> dict:
    return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, **more}]}]}


@pytest.fixture
def people(portal: Portal) -> Portal:
    portal.define("rank", type="number")
    for number, city in enumerate(["Bonn", "Berlin", "Bonn am Rhein", None]):
        properties = {"email": f"p{number}@example.com", "rank": str(number)}
        portal.load(
            {
                "system": "hubspot",
                "object": "contacts",
                "key": f"c{number}",
                "properties": properties | ({"city": city} if city else {}),
                "created": "2026-01-01T00:00:00Z",
                "modified": f"2026-01-0{9 - number}T00:00:00Z",
            }
        )
    return portal


def ranks(portal: Portal, **body: Any) -> list[str]:
    answer = portal.search(properties=["rank"], **body)
    assert answer.status_code == 200, answer.text
    return [one["properties"]["rank"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (where("city", "EQ", value="bonn"), ["0"]),
        (where("city", "NEQ", value="bonn"), ["1", "2", "3"]),
        (where("city", "IN", values=["bonn", "berlin"]), ["0", "1"]),
        (where("city", "IN", values=["Bonn"]), []),
        (where("city", "NOT_IN", values=["bonn", "berlin"]), ["2", "3"]),
        (where("city", "HAS_PROPERTY"), ["0", "1", "2"]),
        (where("city", "NOT_HAS_PROPERTY"), ["3"]),
        (where("city", "CONTAINS_TOKEN", value="rhein"), ["2"]),
        (where("city", "CONTAINS_TOKEN", value="b*"), ["0", "1", "2"]),
        (where("city", "NOT_CONTAINS_TOKEN", value="bonn"), ["1", "3"]),
        (where("rank", "LT", value="2"), ["0", "1"]),
        (where("rank", "LTE", value="2"), ["0", "1", "2"]),
        (where("rank", "GT", value="2"), ["3"]),
        (where("rank", "GTE", value="2"), ["2", "3"]),
        (where("rank", "BETWEEN", value="1", highValue="2"), ["1", "2"]),
        (where("lastmodifieddate", "GTE", value="2026-01-08T00:00:00Z"), ["0", "1"]),
        (where("lastmodifieddate", "LT", value="1767830400000"), ["2", "3"]),
        (where("email", "EQ", value="P1@example.com"), ["1"]),
        ({"query": "p1"}, ["1"]),
    ],
)
def test_filter_finds(people: Portal, query: dict, expected: list[str]):
    assert ranks(people, **query) == expected


def test_filters_of_a_group_all_hold_and_of_groups_any(people: Portal):
    bonn = {"propertyName": "city", "operator": "CONTAINS_TOKEN", "value": "bonn"}
    high = {"propertyName": "rank", "operator": "GT", "value": "1"}
    last = {"propertyName": "rank", "operator": "EQ", "value": "3"}
    groups = [{"filters": [bonn, high]}, {"filters": [last]}]
    assert ranks(people, filterGroups=groups) == ["2", "3"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}], ["3", "2", "1", "0"]),
        ([{"propertyName": "rank", "direction": "DESCENDING"}], ["3", "2", "1", "0"]),
        (["-lastmodifieddate"], ["0", "1", "2", "3"]),
        ([{"propertyName": "city", "direction": "ASCENDING"}], ["1", "0", "2", "3"]),
    ],
)
def test_sort_orders_results(people: Portal, sort: list, expected: list[str]):
    assert ranks(people, sorts=sort) == expected


def test_pages_join_without_gap(people: Portal):
    body: dict[str, Any] = {
        "sorts": [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
        "limit": 3,
    }
    first = people.search(**body).json()
    second = people.search(**body, after=first["paging"]["next"]["after"]).json()
    assert (first["total"], len(first["results"]), len(second["results"])) == (4, 3, 1)
    assert "paging" not in second


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9900"},
        {"after": "10000"},
        where("nope", "EQ", value="x"),
        where("city", "LIKE", value="x"),
        where("city", "IN"),
        where("rank", "GT", value="high"),
        {"filterGroups": [{"filters": []}] * 6},
        where("city", "EQ", value="x" * 3_000),
    ],
)
def test_search_beyond_the_limits_is_refused(portal: Portal, body: dict):
    portal.define("rank", type="number")
    answer = portal.search(**body)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_last_reachable_page_is_given(portal: Portal):
    assert portal.search(limit=100, after="9900").status_code == 200


def test_change_shows_after_the_index_delay(portal: Portal):
    portal.store.index_delay = timedelta(seconds=30)
    made = portal.create(CONTACTS, email="ada@example.com")
    assert portal.search().json()["total"] == 0
    assert portal.get(f"{CONTACTS}/{made}").status_code == 200
    portal.clock.move(timedelta(seconds=31))
    assert portal.search().json()["total"] == 1


def test_archived_record_is_not_found(portal: Portal):
    made = portal.create(CONTACTS, email="ada@example.com")
    portal.store.archive("contacts", made)
    assert portal.search().json()["total"] == 0


def test_edit_moves_a_record_to_the_end_of_the_stream(people: Portal):
    first = people.store.ids("contacts")[0]
    people.store.edit("contacts", first, {"city": "Kiel"})
    sort = [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
    assert ranks(people, sorts=sort)[-1] == "0"


def test_page_of_a_remembered_search_follows_a_change(people: Portal):
    query = where("city", "CONTAINS_TOKEN", value="bonn")
    assert ranks(people, **query) == ["0", "2"]
    people.store.edit("contacts", people.store.ids("contacts")[1], {"city": "Bonn"})
    assert ranks(people, **query) == ["0", "1", "2"]


def test_search_answers_carry_no_rate_headers(portal: Portal):
    assert "X-HubSpot-RateLimit-Max" not in portal.search().headers
    assert portal.get(CONTACTS).headers["X-HubSpot-RateLimit-Max"] == "190"


def test_sixth_search_in_a_second_is_refused(limited: Portal):
    answers = [limited.search() for _ in range(6)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert refused[0].json()["message"] == "You have reached your secondly limit."
    assert refused[0].json()["category"] == "RATE_LIMITS"
    limited.clock.move(timedelta(seconds=1))
    assert limited.search().status_code == 200


def test_burst_beyond_the_window_is_refused(limited: Portal):
    limited.service.limits.burst = 2
    answers = [limited.get(CONTACTS) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    limited.clock.move(timedelta(seconds=10))
    assert limited.get(CONTACTS).status_code == 200


def test_spent_day_ends_at_midnight(limited: Portal):
    limited.service.limits.daily = 1
    limited.get(CONTACTS)
    assert limited.get(CONTACTS).json()["policyName"] == "DAILY"
    limited.clock.move(timedelta(days=1))
    assert limited.get(CONTACTS).status_code == 200
