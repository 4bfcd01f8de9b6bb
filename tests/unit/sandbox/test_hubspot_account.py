from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.errors import SeedError
from sandbox.hubspot.account import Account
from sandbox.hubspot.desks import desk_of
from tests.unit.sandbox.portal import Portal

OWNERS = "/crm/v3/owners"
USAGE = "/account-info/v3/api-usage/daily/private-apps"


def owner(key: str, **values: object) -> dict:
    return {
        "system": "hubspot",
        "object": "owners",
        "key": key,
        "properties": {"email": f"{key}@example.com", **values},
    }


@pytest.mark.parametrize("path", ["/account-info/v3/details", "/account-info/2026-03/details"])
def test_details_are_those_of_the_seed(portal: Portal, path: str):
    account = {
        "id": "77",
        "name": "Acme",
        "timeZone": "US/Eastern",
        "companyCurrency": "USD",
        "additionalCurrencies": ["EUR"],
        "accountType": "DEVELOPER_TEST",
    }
    portal.load({"system": "hubspot", "account": account})
    told = portal.get(path).json()
    assert (told["portalId"], told["timeZone"]) == (77, "US/Eastern")
    assert (told["companyCurrency"], told["additionalCurrencies"]) == ("USD", ["EUR"])
    assert told["accountType"] == "DEVELOPER_TEST"
    assert next(portal.store.export())["account"] == account


def test_time_zone_nobody_knows_is_no_seed(portal: Portal):
    with pytest.raises(SeedError, match="time zone"):
        portal.load({"system": "hubspot", "account": {"timeZone": "Europe/Atlantis"}})


@pytest.mark.parametrize(
    ("zone", "month", "told"),
    [
        ("Europe/Berlin", 1, "+01:00"),
        ("Europe/Berlin", 7, "+02:00"),
        ("America/St_Johns", 1, "-03:30"),
        ("Asia/Kolkata", 1, "+05:30"),
    ],
)
def test_offset_is_that_of_the_day(zone: str, month: int, told: str):
    wire = Account(time_zone=zone).to_wire(datetime(2026, month, 10, tzinfo=UTC))
    assert wire["utcOffset"] == told


def test_usage_counts_the_days_calls_and_starts_again_at_midnight_there(portal: Portal):
    portal.get(OWNERS)
    (told,) = portal.get(USAGE).json()["results"]
    assert (told["name"], told["currentUsage"]) == ("private-apps-api-calls-daily", 2)
    assert (told["usageLimit"], told["fetchStatus"]) == (625_000, "SUCCESS")
    resets = datetime.fromisoformat(told["resetsAt"])
    portal.clock.move(resets - portal.clock.now() + timedelta(seconds=1))
    (told,) = portal.get(USAGE).json()["results"]
    assert told["currentUsage"] == 1


def test_owners_are_found_by_email_in_whatever_capitals(portal: Portal):
    portal.load(owner("anna"), owner("bert"))
    (found,) = portal.get(OWNERS, email="ANNA@example.com").json()["results"]
    assert found["email"] == "anna@example.com"


def test_owners_are_paged(portal: Portal):
    portal.load(*(owner(f"o{number}") for number in range(5)))
    first = portal.get(f"{OWNERS}/", limit=3).json()
    after = first["paging"]["next"]["after"]
    second = portal.get(f"{OWNERS}/", limit=3, after=after).json()
    assert [len(first["results"]), len(second["results"])] == [3, 2]
    assert "paging" not in second


@pytest.mark.parametrize("query", [{"limit": 501}, {"after": "x"}])
def test_page_of_owners_that_cannot_be_is_refused(portal: Portal, query: dict):
    assert portal.get(OWNERS, **query).status_code == 400


def test_deactivated_owner_is_only_among_the_archived(portal: Portal):
    portal.load(owner("anna"), owner("gone", archived=True, userId=55))
    assert [one["email"] for one in portal.get(OWNERS).json()["results"]] == ["anna@example.com"]
    (gone,) = portal.get(OWNERS, archived="true").json()["results"]
    assert (gone["userId"], gone["userIdIncludingInactive"]) == (None, 55)
    assert portal.get(f"{OWNERS}/{gone['id']}").status_code == 404
    assert portal.get(f"{OWNERS}/{gone['id']}", archived="true").status_code == 200


def test_owner_is_read_by_its_users_id(portal: Portal):
    teams = [{"id": "1", "name": "Inbound", "primary": True}]
    portal.load(owner("anna", userId=55, teams=teams))
    told = portal.get(f"{OWNERS}/55", idProperty="userId").json()
    assert (told["email"], told["teams"]) == ("anna@example.com", teams)
    assert portal.get(f"{OWNERS}/55").status_code == 404
    assert portal.get(f"{OWNERS}/55", idProperty="email").status_code == 400


def test_owner_is_made_and_deactivated_by_an_admin(portal: Portal):
    desk = desk_of(portal.store, "owners")
    assert desk is not None
    made = desk.add({"email": "anna@example.com", "type": "QUEUE"})
    assert portal.get(f"{OWNERS}/{made}").json()["type"] == "QUEUE"
    desk.remove(made)
    assert portal.get(f"{OWNERS}/{made}").status_code == 404
    desk.restore(made)
    assert portal.get(f"{OWNERS}/{made}").status_code == 200
