"""Each switch of docs/sandbox.md changes what it says."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.hubspot.switches import (
    BackwardStage,
    DuplicateIds,
    MergedRead,
    NullValue,
    Switches,
    UniqueClash,
)
from tests.unit.sandbox.portal import COMPANIES, CONTACTS, Portal

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sandbox.md"


def merged(portal: Portal) -> tuple[str, str, str]:
    first = portal.create(CONTACTS, email="a@example.com")
    second = portal.create(CONTACTS, email="b@example.com")
    answer = portal.post(f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": second})
    return first, second, answer.json()["id"]


def stamp(portal: Portal, made: str) -> str:
    return portal.stored("contacts", made)["lastmodifieddate"]


def test_every_switch_is_in_the_table():
    told = set(re.findall(r"\| H\d+ \| `(\w+)` \|", DOCS.read_text(encoding="utf-8")))
    assert told == {field.name for field in dataclasses.fields(Switches)}


def test_backward_stage_can_be_refused(portal: Portal):
    portal.store.switches.backward_stage = BackwardStage.REFUSE
    made = portal.create(CONTACTS, lifecyclestage="customer")
    assert portal.patch(f"{CONTACTS}/{made}", lifecyclestage="lead").status_code == 400


def test_backward_stage_can_be_accepted(portal: Portal):
    portal.store.switches.backward_stage = BackwardStage.ACCEPT
    made = portal.create(CONTACTS, lifecyclestage="customer")
    portal.patch(f"{CONTACTS}/{made}", lifecyclestage="lead")
    assert portal.stored("contacts", made)["lifecyclestage"] == "lead"


def test_new_record_can_have_no_stage(portal: Portal):
    portal.store.switches.default_stage = ""
    made = portal.create(CONTACTS, email="a@example.com")
    assert "lifecyclestage" not in portal.stored("contacts", made)


def test_batch_read_of_a_merged_id_gives_the_survivor_or_nothing(portal: Portal):
    _, second, survivor = merged(portal)
    body = {"inputs": [{"id": second}], "properties": []}
    answer = portal.post(f"{CONTACTS}/batch/read", body)
    assert [one["id"] for one in answer.json()["results"]] == [survivor]
    portal.store.switches.merged_id_in_batch_read = MergedRead.MISSING
    assert portal.post(f"{CONTACTS}/batch/read", body).status_code == 207


def test_merge_can_keep_the_primary_id(portal: Portal):
    portal.store.switches.merge_keeps_primary_id = True
    first, second, survivor = merged(portal)
    assert survivor == first
    assert portal.get(f"{CONTACTS}/{second}").json()["id"] == first


def test_secondary_address_finds_or_not(portal: Portal):
    _, _, survivor = merged(portal)
    path = f"{CONTACTS}/b@example.com"
    assert portal.get(path, idProperty="email").json()["id"] == survivor
    portal.store.switches.secondary_email_finds = False
    assert portal.get(path, idProperty="email").status_code == 404


def test_null_clears_or_is_passed_over(portal: Portal):
    made = portal.create(CONTACTS, firstname="Ada")
    portal.store.switches.null_value = NullValue.IGNORE
    portal.patch(f"{CONTACTS}/{made}", firstname=None)
    assert portal.stored("contacts", made)["firstname"] == "Ada"
    portal.store.switches.null_value = NullValue.CLEAR
    portal.patch(f"{CONTACTS}/{made}", firstname=None)
    assert "firstname" not in portal.stored("contacts", made)


def test_empty_property_can_be_left_out(portal: Portal):
    portal.store.switches.empty_as_null = False
    made = portal.create(CONTACTS, email="a@example.com")
    assert "firstname" not in portal.get(f"{CONTACTS}/{made}").json()["properties"]


@pytest.mark.parametrize("moves", [False, True])
def test_same_value_moves_the_stamp_or_not(portal: Portal, *, moves: bool):
    portal.store.switches.same_value_moves_stamp = moves
    made = portal.create(CONTACTS, firstname="Ada")
    before = stamp(portal, made)
    portal.clock.move(timedelta(seconds=1))
    portal.patch(f"{CONTACTS}/{made}", firstname="Ada")
    assert (stamp(portal, made) != before) is moves


@pytest.mark.parametrize("moves", [False, True])
def test_tie_moves_the_stamp_or_not(portal: Portal, *, moves: bool):
    portal.store.switches.association_moves_stamp = moves
    made = portal.create(CONTACTS, firstname="Ada")
    company = portal.create(COMPANIES, name="Acme")
    before = stamp(portal, made)
    portal.clock.move(timedelta(seconds=1))
    portal.call("PUT", f"/crm/v4/objects/contacts/{made}/associations/default/companies/{company}")
    assert (stamp(portal, made) != before) is moves


def test_batch_that_names_a_record_twice_can_run_in_another_order(portal: Portal):
    portal.store.switches.duplicate_ids = DuplicateIds.REVERSE
    made = portal.create(CONTACTS, city="Bonn")
    rows = [{"id": made, "properties": {"city": city}} for city in ("", "Kiel")]
    assert portal.post(f"{CONTACTS}/batch/update", {"inputs": rows}).status_code == 200
    assert "city" not in portal.stored("contacts", made)


def test_taken_unique_value_can_be_a_conflict(portal: Portal):
    portal.store.switches.unique_clash = UniqueClash.CONFLICT
    portal.define("salesforce_id", hasUniqueValue=True)
    portal.create(CONTACTS, salesforce_id="A")
    assert portal.post(CONTACTS, {"properties": {"salesforce_id": "A"}}).status_code == 409


@pytest.mark.parametrize("in_order", [False, True])
def test_results_come_in_the_inputs_order_or_not(portal: Portal, *, in_order: bool):
    portal.store.switches.results_in_input_order = in_order
    made = [portal.create(CONTACTS, email=f"p{number}@example.com") for number in range(3)]
    body = {"inputs": [{"id": one} for one in made], "properties": []}
    answer = portal.post(f"{CONTACTS}/batch/read", body)
    assert ([one["id"] for one in answer.json()["results"]] == made) is in_order


def test_opt_out_can_be_opened_to_writes(portal: Portal):
    portal.store.switches.opt_out_writable = True
    made = portal.create(CONTACTS, hs_email_optout="true")
    assert portal.stored("contacts", made)["hs_email_optout"] == "true"


def test_history_is_only_so_long(portal: Portal):
    portal.store.switches.history_depth = 2
    made = portal.create(CONTACTS, city="A")
    for city in "BCD":
        portal.patch(f"{CONTACTS}/{made}", city=city)
    record = portal.get(f"{CONTACTS}/{made}", propertiesWithHistory="city").json()
    assert [one["value"] for one in record["propertiesWithHistory"]["city"]] == ["D", "C"]
