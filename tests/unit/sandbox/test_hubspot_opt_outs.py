"""Opting out of all e-mail: a matter of addresses, which contacts carry as a property."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.hubspot.store import HubSpotStore
from sandbox.seeds import parse_lines
from tests.unit.sandbox.portal import CONTACTS, Portal

STATUSES = "/communication-preferences/v4/statuses"
BATCH = f"{STATUSES}/batch/unsubscribe-all"
ADA = "ada@example.com"


def opted_out(portal: Portal, contact: str) -> bool:
    return portal.stored("contacts", contact).get("hs_email_optout") == "true"


def test_property_cannot_be_written(portal: Portal) -> None:
    ada = portal.create(CONTACTS, email=ADA)

    answer = portal.patch(f"{CONTACTS}/{ada}", hs_email_optout="true")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "READ_ONLY_VALUE"
    assert not opted_out(portal, ada)


@pytest.mark.parametrize("version", ["v4", "2026-03", "2026-09"])
def test_one_address_is_opted_out_and_its_contact_says_so(portal: Portal, version: str) -> None:
    ada = portal.create(CONTACTS, email=ADA)
    path = f"/communication-preferences/{version}/statuses/{ADA}/unsubscribe-all"

    answer = portal.post(f"{path}?channel=EMAIL&verbose=true", {})

    assert answer.status_code == 200
    statuses = {(one["subscriberIdString"], one["status"]) for one in answer.json()["results"]}
    assert statuses == {(ADA, "UNSUBSCRIBED")}
    assert opted_out(portal, ada)
    [wide] = portal.get(path, channel="EMAIL").json()["results"]
    assert (wide["status"], wide["wideStatusType"]) == ("UNSUBSCRIBED", "PORTAL_WIDE")


def test_modification_stamp_moves_and_history_tells(portal: Portal) -> None:
    ada = portal.create(CONTACTS, email=ADA)
    before = portal.get(f"{CONTACTS}/{ada}").json()["updatedAt"]
    portal.clock.move(timedelta(seconds=60))

    portal.post(f"{BATCH}?channel=EMAIL", {"inputs": [ADA]})

    record = portal.get(f"{CONTACTS}/{ada}", propertiesWithHistory="hs_email_optout").json()
    assert record["updatedAt"] > before
    [version] = record["propertiesWithHistory"]["hs_email_optout"]
    assert (version["value"], version["sourceType"]) == ("true", "INTEGRATION")


def test_batch_tells_of_each_address_only_when_asked(portal: Portal) -> None:
    told = portal.post(f"{BATCH}?channel=EMAIL&verbose=true", {"inputs": [ADA, "bo@example.com"]})
    quiet = portal.post(f"{BATCH}?channel=EMAIL", {"inputs": ["cy@example.com"]})

    assert [one["subscriberIdString"] for one in told.json()["results"]] == [ADA, "bo@example.com"]
    assert (quiet.status_code, quiet.json()["results"]) == (200, [])


def test_batch_refuses_what_is_no_address_and_does_the_rest(portal: Portal) -> None:
    ada = portal.create(CONTACTS, email=ADA)

    answer = portal.post(f"{BATCH}?channel=EMAIL&verbose=true", {"inputs": ["nobody", ADA]})

    assert answer.status_code == 207
    assert answer.json()["numErrors"] == 1
    assert answer.json()["errors"][0]["context"]["subscriberIdString"] == ["nobody"]
    assert opted_out(portal, ada)


@pytest.mark.parametrize("body", [{}, {"inputs": []}, {"inputs": [1]}, {"inputs": [ADA] * 101}])
def test_batch_that_makes_no_sense_is_refused(portal: Portal, body: object) -> None:
    assert portal.post(f"{BATCH}?channel=EMAIL", body).status_code == 400


@pytest.mark.parametrize("channel", ["", "PIGEON"])
def test_channel_must_be_named(portal: Portal, channel: str) -> None:
    answer = portal.post(f"{BATCH}?channel={channel}", {"inputs": [ADA]})

    assert answer.status_code == 400


def test_batches_are_for_some_plans_only(portal: Portal) -> None:
    portal.store.switches.opt_out_in_batches = False

    answer = portal.post(f"{BATCH}?channel=EMAIL", {"inputs": [ADA]})

    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")


def test_contact_with_an_opted_out_address_is_opted_out_from_the_start(portal: Portal) -> None:
    portal.post(f"{STATUSES}/{ADA}/unsubscribe-all?channel=EMAIL", {})

    ada = portal.create(CONTACTS, email=ADA.upper())

    assert opted_out(portal, ada)


def test_other_address_brings_its_own_opt_out(portal: Portal) -> None:
    ada = portal.create(CONTACTS, email=ADA)
    portal.post(f"{STATUSES}/{ADA}/unsubscribe-all?channel=EMAIL", {})

    portal.patch(f"{CONTACTS}/{ada}", email="ada.lovelace@example.com")
    assert not opted_out(portal, ada)
    portal.patch(f"{CONTACTS}/{ada}", email=ADA)
    assert opted_out(portal, ada)


def test_opt_out_outlives_the_contact(portal: Portal) -> None:
    ada = portal.create(CONTACTS, email=ADA)
    portal.store.edit("contacts", ada, {"hs_email_optout": "true"})
    portal.store.archive("contacts", ada)

    again = portal.create(CONTACTS, email=ADA)

    assert opted_out(portal, again)


def test_person_can_take_an_opt_out_back(portal: Portal) -> None:
    ada = portal.create(CONTACTS, email=ADA)
    portal.post(f"{STATUSES}/{ADA}/unsubscribe-all?channel=EMAIL", {})

    portal.store.opt_in(ADA)

    assert not opted_out(portal, ada)
    wide = portal.post(f"{BATCH}/read?channel=EMAIL", {"inputs": [ADA]}).json()["results"]
    assert wide == [{"subscriberIdString": ADA, "wideStatuses": []}]


def test_addresses_without_a_contact_are_exported_and_loaded(portal: Portal) -> None:
    portal.create(CONTACTS, email="bo@example.com")
    portal.post(f"{BATCH}?channel=EMAIL", {"inputs": [ADA, "bo@example.com"]})

    lines = [one for one in portal.store.export() if one.get("object") == "opt_outs"]
    again = HubSpotStore(portal.clock)
    again.load(list(parse_lines(enumerate(portal.store.export(), start=1))))

    assert [one["properties"] for one in lines] == [{"email": ADA}]
    assert again.opt_outs.since(ADA) == portal.store.opt_outs.since(ADA)
