"""HubSpot's own Python client drives lists, owners and tokens, and plain HTTP the rest.

All that is said on the way is held against HubSpot's published models.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from hubspot import HubSpot
from hubspot.crm.lists import ListCreateRequest, ListSearchRequest, MembershipChangeRequest

from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.contract.hubspot_models import Listener
from tests.contract.hubspot_spec import Spec
from tests.contract.sandboxes import serving


def line(name: str, key: str, /, **properties: Json) -> JsonObject:
    return {"system": "hubspot", "object": name, "key": key, "properties": properties}


SEED: tuple[JsonObject, ...] = (
    line("owners", "o1", email="anna@example.com", userId=55),
    line("owners", "o2", email="gone@example.com", userId=56, archived=True),
    *(line("contacts", f"c{number}", email=f"p{number}@example.com") for number in range(5)),
)


@pytest.fixture
def sandbox(hubspot_spec: Spec | None) -> Iterator[Sandbox]:
    listener = Listener(hubspot_spec)
    with serving(SEED) as sandbox:
        sandbox.listen(System.HUBSPOT, listener)
        yield sandbox
    listener.assert_clean()


@pytest.fixture
def client(sandbox: Sandbox) -> HubSpot:
    return connected(sandbox, sandbox.hubspot_token)


def connected(sandbox: Sandbox, token: str) -> HubSpot:
    url = sandbox.hubspot_url
    return HubSpot(access_token=token, host=url, base_url=url)


def made_list(client: HubSpot, name: str = "Handed over") -> str:
    request = ListCreateRequest(name=name, object_type_id="0-1", processing_type="MANUAL")
    return str(client.crm.lists.lists_api.create(request).list.list_id)


def test_client_makes_finds_renames_deletes_and_restores_a_list(client: HubSpot) -> None:
    api = client.crm.lists.lists_api
    made = made_list(client)

    assert api.get_by_id(made).list.name == "Handed over"
    assert api.get_by_name("Handed over", "0-1").list.list_id == made
    assert api.update_name(made, list_name="Accepted").updated_list.list_version == 2
    found = api.do_search(ListSearchRequest(query="accep", count=10, offset=0))
    assert [one.list_id for one in found.lists] == [made]
    assert api.remove(made) is None
    assert api.restore(made) is None
    assert [one.name for one in api.get_all(list_ids=[made]).lists] == ["Accepted"]


def test_client_adds_removes_and_reads_members(client: HubSpot, sandbox: Sandbox) -> None:
    api, ids = client.crm.lists.memberships_api, sandbox.hubspot.ids("contacts")
    made = made_list(client)

    added = api.add(made, [*ids[:3], "999"])
    assert (added.records_ids_added, added.record_ids_missing) == (ids[:3], ["999"])
    assert api.remove(made, ids[:1]).record_ids_removed == ids[:1]
    change = MembershipChangeRequest(record_ids_to_add=ids[3:], record_ids_to_remove=ids[1:2])
    assert api.add_and_remove(made, change).records_ids_added == ids[3:]
    page = api.get_page(made, limit=2)
    assert [one.record_id for one in page.results] == ids[2:4]
    assert page.results[0].membership_timestamp.astimezone(UTC) == sandbox.clock.now()
    rest = api.get_page_ordered_by_added_to_list_date(made, limit=2, after=page.paging.next.after)
    assert len(rest.results) <= 2
    assert [one.list_id for one in api.get_lists("0-1", ids[2]).results] == [made]
    assert api.remove_all(made) is None


def test_client_reads_owners_active_and_not(client: HubSpot) -> None:
    api = client.crm.owners.owners_api

    assert [one.email for one in api.get_page().results] == ["anna@example.com"]
    (gone,) = api.get_page(archived=True).results
    assert (gone.user_id, gone.user_id_including_inactive) == (None, 56)
    assert api.get_by_id(55, id_property="userId").email == "anna@example.com"


def test_client_gets_looks_at_and_uses_a_token(client: HubSpot, sandbox: Sandbox) -> None:
    app = sandbox.hubspot.tokens.app

    told = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id=app.client_id,
        client_secret=app.client_secret,
        refresh_token=app.refresh_token,
    )
    assert (told.expires_in, told.refresh_token) == (1800, app.refresh_token)
    info = client.oauth.access_tokens_api.get(told.access_token)
    assert info.hub_id == sandbox.hubspot.account.id
    api = connected(sandbox, told.access_token).crm.contacts.basic_api
    assert len(api.get_page().results) == 5
    sandbox.clock.move(timedelta(hours=1))
    with pytest.raises(Exception, match="EXPIRED_AUTHENTICATION") as caught:
        api.get_page()
    assert getattr(caught.value, "status", None) == 401


@pytest.mark.parametrize("path", ["/marketing/v3/campaigns", "/marketing/campaigns/2026-03"])
def test_client_speaks_of_campaigns_by_its_escape_hatch(client: HubSpot, path: str) -> None:
    def call(method: str, rest: str = "", body: object = None) -> dict:
        told = {"method": method, "path": path + rest, "body": body or {}}
        answer = client.api_request(told)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}

    made = call("POST", body={"properties": {"hs_name": "Fair"}})["id"]
    call("POST", f"/{made}/spend", {"name": "Stand", "amount": 900.5, "order": 0})
    call("POST", f"/{made}/budget", {"name": "Stand", "amount": 1000, "order": 0})

    listed = made_list(client, f"Invited {path}")
    assert client.api_request(
        {"method": "PUT", "path": f"{path}/{made}/assets/OBJECT_LIST/{listed}"}
    ).ok
    totals = client.api_request({"method": "GET", "path": f"{path}/{made}/budget/totals"}).json()
    assert (totals["remainingBudget"], totals["currencyCode"]) == (99.5, "EUR")
    read = client.api_request(
        {"method": "GET", "path": f"{path}/{made}", "qs": {"properties": "hs_name"}}
    ).json()
    assert read["properties"] == {"hs_name": "Fair"}
    assert read["assets"]["OBJECT_LIST"]["results"][0]["id"] == listed


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_client_reads_the_account_by_its_escape_hatch(client: HubSpot, version: str) -> None:
    details = client.api_request({"method": "GET", "path": f"/account-info/{version}/details"})
    usage = client.api_request(
        {"method": "GET", "path": f"/account-info/{version}/api-usage/daily/private-apps"}
    )

    assert details.json()["timeZone"] == "Europe/Berlin"
    assert usage.json()["results"][0]["currentUsage"] >= 1
