"""Owners as an admin meets them: by the commands, over both CRMs, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from tests.integration.admin import Admin, at_work

MAPPING = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: hubspot
match: [email]
create: {salesforce: {as: Lead, when: 'record.email != ""'}}
fields:
  email:     {map: email <-> Email, type: email}
  last_name: {map: lastname <-> LastName, if_blank: "-"}
  company:   {map: company -> Lead.Company, if_blank: "-"}
  title:     jobtitle <-> Title
  owner:     {map: hubspot_owner_id <-> OwnerId, fallback: queue Inbound}
"""


def _owner(key: str, email: str) -> JsonObject:
    return {"system": "hubspot", "object": "owners", "key": key, "properties": {"email": email}}


def _user(key: str, email: str, *, active: bool = True) -> JsonObject:
    fields: JsonObject = {
        "LastName": key,
        "Alias": key,
        "Email": email,
        "Username": f"{key}@org.example",
        "IsActive": active,
    }
    return {"system": "salesforce", "object": "User", "key": key, "fields": fields}


def _contact(email: str, owner: str) -> JsonObject:
    values: JsonObject = {"email": email, "lastname": "L", "hubspot_owner_id": {"key": owner}}
    return {"system": "hubspot", "object": "contacts", "key": email, "properties": values}


SEED: list[JsonObject] = [
    _owner("h-anna", "Anna@example.com"),
    _owner("h-ben", "ben@example.com"),
    _owner("h-cleo", "cleo@example.com"),
    _user("anna", "anna@example.com"),
    _user("cleo", "cleo@example.com"),
    _user("cleo2", "CLEO@example.com"),
    {
        "system": "salesforce",
        "object": "Group",
        "key": "q",
        "fields": {"Name": "Inbound", "Type": "Queue"},
    },
    {
        "system": "salesforce",
        "object": "QueueSobject",
        "key": "qs",
        "fields": {"QueueId": {"key": "q"}, "SobjectType": "Lead"},
    },
    *(_contact(f"{n}@anna.example", "h-anna") for n in range(3)),
    *(_contact(f"{n}@ben.example", "h-ben") for n in range(4)),
    _contact("0@cleo.example", "h-cleo"),
]


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    with at_work(tmp_path, Sandbox(SEED, limits=False), mapping=MAPPING) as admin:
        yield admin


def leads(admin: Admin) -> dict[str, str]:
    """Give the owner of each Lead by its e-mail address, as Salesforce names them."""
    org = admin.sandbox.salesforce
    names = {
        id: str(row["Name"])
        for table in ("User", "Group")
        for id, row in org.database.table(table).rows.items()
    }
    rows = org.database.table("Lead").rows.values()
    return {str(row["Email"]): names[str(row["OwnerId"])] for row in rows}


def items(admin: Admin, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list(admin.type(*words).document["items"])
    return found


def test_first_sync_gives_each_lead_to_whom_it_belongs(admin: Admin) -> None:
    done = admin.sync()

    assert leads(admin) == {
        **{f"{n}@anna.example": "anna" for n in range(3)},
        **{f"{n}@ben.example": "Inbound" for n in range(4)},
        "0@cleo.example": "Inbound",
    }
    assert done.exit == 1
    [error] = items(admin, "errors", "list")
    assert (error["category"], error["code"]) == ("owner", "NO_COUNTERPART")
    assert "ben@example.com; 4 records wait" in error["message"]
    [held] = items(admin, "conflicts", "list")
    assert (held["field"], held["hubspot"]) == ("owner", "cleo@example.com")
    assert "2 active users of Salesforce" in held["reason"]


def test_idle_run_asks_for_nobody(admin: Admin) -> None:
    admin.sync()
    admin.sync()

    idle = admin.sync()

    assert (idle.exit, idle.saved) == (0, 0)
    assert idle.calls[System.HUBSPOT] <= 1
    assert idle.calls[System.SALESFORCE] <= 2


def test_people_are_shown_by_address(admin: Admin) -> None:
    planned = admin.type("plan").document["operations"]
    owners = {
        field["new"] for one in planned for field in one["fields"] if field["name"] == "owner"
    }
    admin.sync()

    [record] = admin.type("record", "show", "0@anna.example").document["records"]
    [owner] = [one for one in record["fields"] if one["name"] == "owner"]

    assert owners == {"anna@example.com", "queue Inbound"}
    assert (owner["hubspot"], owner["salesforce"], owner["state"]) == (
        "anna@example.com",
        "anna@example.com",
        "agrees",
    )


def test_check_lists_who_will_wait_before_any_run(admin: Admin) -> None:
    checked = admin.type("mappings", "check", "--live")

    told = {note["risk"]: note["message"] for note in checked.document["notes"]}
    assert checked.exit == 0
    assert "1 of HubSpot's: ben@example.com" in told["no_counterpart"]
    assert "have the e-mail address cleo@example.com" in told["several_users"]
    assert checked.saved == 0


def test_check_finds_a_fallback_that_is_nobody(admin: Admin) -> None:
    file = admin.folder / "mappings" / "contacts.yaml"
    file.write_text(MAPPING.replace("queue Inbound", "queue Outbound"))

    checked = admin.type("mappings", "check", "--live")

    [found] = checked.document["findings"]
    assert (checked.exit, found["line"]) == (2, 12)
    assert "fields.owner.fallback: Salesforce has no queue Outbound" in found["message"]


def test_token_without_the_scope_is_told_so_before_anything_is_written(admin: Admin) -> None:
    rule = FaultRule(system=System.HUBSPOT, kind="missing_scopes", path="owners", times=10)
    admin.sandbox.add_fault(rule)

    told = admin.type("doctor")
    refused = admin.sync()

    found = [one for one in told.document["findings"] if one["check"] == "people"]
    assert (told.exit, [one["level"] for one in found]) == (2, ["mend"])
    assert (refused.exit, leads(admin)) == (2, {})


def test_owners_that_cannot_be_read_now_end_the_run_and_the_next_goes_on(admin: Admin) -> None:
    rule = FaultRule(system=System.HUBSPOT, kind="rate_limit_daily", path="owners", times=10)
    admin.sandbox.add_fault(rule)

    ended = admin.sync()
    for box in admin.sandbox.fault_boxes:
        box.clear()

    assert (ended.exit, ended.saved) == (3, 0)
    assert admin.sync().exit == 1
    assert leads(admin)["0@anna.example"] == "anna"
