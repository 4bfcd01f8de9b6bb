"""8,000 real leads in HubSpot, the 842 closed ones worked in Salesforce: brought together.

Every number is worked out from the data itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Admin, Answer, at_work
from tests.integration.exported import export_of
from tests.integration.fewest import fewest, hold
from tests.integration.olist import (
    MAPPING,
    ORIGINS,
    SALESFORCE_DEFAULT_STATUS,
    Olist,
    email_of,
    read_olist,
)

pytestmark = [pytest.mark.data, pytest.mark.slow]

_HUBSPOT_PAGE = _HUBSPOT_BATCH = 100
_SALESFORCE_PAGE = 2_000
_SALESFORCE_BATCH = 200

#: What is published: leads, those that were closed, and what their sellers say they sell a month.
_LEADS, _CLOSED, _REVENUE = 8_000, 842, 61_784_006


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was seen, from the first run that the guard stopped to the quiet ones after it."""

    olist: Olist
    stopped: Answer
    applied: Answer
    second: Answer
    quiet: Answer
    an_hour_later: Answer
    full: Answer
    database: sqlite3.Connection
    contacts: Mapping[str, Mapping[str, str]]
    leads: Mapping[str, Mapping[str, Json]]


@pytest.fixture(scope="module")
def story(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    olist = read_olist(shared_data)
    if olist is None:
        pytest.skip(f"no real data: {shared_data} holds no Olist marketing funnel")
    sandbox = Sandbox(olist.seed())
    folder = tmp_path_factory.mktemp("olist")
    with at_work(folder / "project", sandbox, mapping=MAPPING) as admin:
        stopped, applied = admin.sync_through_the_guard()
        second, quiet = admin.sync(), admin.sync()
        sandbox.clock.move(timedelta(hours=1))
        yield Story(
            olist=olist,
            stopped=stopped,
            applied=applied,
            second=second,
            quiet=quiet,
            an_hour_later=admin.sync(),
            full=admin.sync("--full"),
            database=export_of(admin, folder / "both.jsonl"),
            contacts=_contacts(admin),
            leads=_leads(admin),
        )


def _contacts(admin: Admin) -> dict[str, Mapping[str, str]]:
    store = admin.sandbox.hubspot
    found = [store.get("contacts", id) or {} for id in store.ids("contacts")]
    return {contact["email"]: contact for contact in found}


def _leads(admin: Admin) -> dict[str, Mapping[str, Json]]:
    table = admin.sandbox.salesforce.database.table("Lead")
    found: list[JsonObject] = [admin.sandbox.salesforce.get("Lead", id) for id in table.rows]
    return {str(lead["Email"]): lead for lead in found}


def _full_batches(records: int, size: int) -> list[int]:
    """Give the sizes of the fewest batches that carry so many records."""
    rest = records % size
    return [size] * (records // size) + ([rest] if rest else [])


def test_guard_stops_the_first_run_before_it_writes_anything(story: Story) -> None:
    assert story.stopped.exit == 4
    assert story.stopped.document["stopped"] == "guard"
    assert story.stopped.saved == 0


def test_approved_plan_links_every_closed_lead(story: Story) -> None:
    assert story.applied.exit == 0
    for system in System:
        assert story.applied.counts(system)["linked"] == len(story.olist.deals)


def test_approved_plan_leaves_nothing_held_in_error_or_moved(story: Story) -> None:
    assert story.applied.document["waiting"] == {"held": 0, "errors": 0}
    assert story.applied.document["moved"] == []


def test_leads_are_made_for_paid_search_and_for_nobody_else(story: Story) -> None:
    known = set(story.olist.deals)
    assert story.applied.counts(System.SALESFORCE)["created"] == len(story.olist.to_be_made)
    assert set(story.leads) == {email_of(one) for one in known | story.olist.to_be_made}


def test_no_contact_is_made(story: Story) -> None:
    assert story.applied.counts(System.HUBSPOT)["created"] == 0
    assert set(story.contacts) == {email_of(lead) for lead in story.olist.leads}


def test_contacts_the_rule_says_no_to_are_counted_as_left_out(story: Story) -> None:
    linked = len(story.olist.deals) + len(story.olist.to_be_made)
    left_out = story.applied.counts(System.HUBSPOT)["left_out"]
    assert left_out == len(story.olist.leads) - linked


def test_every_linked_record_keeps_the_id_of_the_other(story: Story) -> None:
    for email, lead in story.leads.items():
        contact = story.contacts[email]
        assert contact["salesforce_id"] == lead["Id"]
        assert lead["HubSpot_Contact_Id__c"] == contact["hs_object_id"]


def test_what_sales_found_out_reaches_the_contact(story: Story) -> None:
    for lead, deal in story.olist.deals.items():
        contact = story.contacts[email_of(lead)]
        assert contact.get("business_segment", "") == deal["business_segment"]
        assert contact.get("lead_type", "") == deal["lead_type"]
        assert contact.get("sales_rep", "") == deal["sr_id"]
        assert contact["won_on"] == deal["won_date"][:10]
        assert contact["sales_status"] == "Working - Contacted"


def test_lead_made_by_the_sync_has_its_origin_in_salesforce_words(story: Story) -> None:
    for lead in story.olist.to_be_made:
        made = story.leads[email_of(lead)]
        assert made["Origin__c"] == ORIGINS["paid_search"]
        assert made["First_Contact__c"] == story.olist.leads[lead]["first_contact_date"]
        assert (made["LastName"], made["Company"]) == ("[not given]", "[not given]")


def test_placeholder_never_reaches_hubspot(story: Story) -> None:
    made = {email_of(lead) for lead in story.olist.to_be_made}
    assert all("lastname" not in story.contacts[email] for email in made)


def test_status_of_a_new_lead_comes_back_in_the_same_run(story: Story) -> None:
    statuses = {story.contacts[email_of(lead)]["sales_status"] for lead in story.olist.to_be_made}
    assert statuses == {SALESFORCE_DEFAULT_STATUS}


def test_what_marketing_knew_is_kept(story: Story) -> None:
    for lead, row in story.olist.leads.items():
        contact = story.contacts[email_of(lead)]
        assert contact.get("lead_origin", "") == row["origin"]
        assert contact["first_contact"] == row["first_contact_date"]


def test_leads_closed_leads_and_revenue_are_the_same_on_both_sides(story: Story) -> None:
    made = len(story.olist.to_be_made)
    hubspot = story.database.execute("""
        SELECT count(*), count(body ->> 'salesforce_id'), count(body ->> 'won_on'),
               sum(CAST(body ->> 'monthly_revenue' AS REAL))
        FROM record WHERE object = 'contacts'
    """).fetchone()
    salesforce = story.database.execute("""
        SELECT count(body ->> 'HubSpot_Contact_Id__c'), count(body ->> 'Won_Date__c'),
               sum(body ->> 'Monthly_Revenue__c')
        FROM record WHERE object = 'Lead'
    """).fetchone()
    assert hubspot == (_LEADS, *salesforce)
    assert salesforce == (_CLOSED + made, _CLOSED, _REVENUE)
    assert story.olist.revenue == _REVENUE


def test_segments_are_counted_the_same_on_both_sides(story: Story) -> None:
    (both,) = story.database.execute("""
        SELECT count(*) FROM (
            SELECT coalesce(body ->> 'business_segment', ''), body ->> 'lead_origin', count(*)
            FROM record WHERE object = 'contacts' AND body ->> 'salesforce_id' IS NOT NULL
            GROUP BY 1, 2
            EXCEPT
            SELECT coalesce(body ->> 'Business_Segment__c', ''),
                   (SELECT body ->> 'lead_origin' FROM record
                    WHERE id = lead.body ->> 'HubSpot_Contact_Id__c' AND object = 'contacts'),
                   count(*)
            FROM record AS lead WHERE object = 'Lead'
            GROUP BY 1, 2
        )
    """).fetchone()
    assert both == 0


def test_runs_take_no_more_calls_than_the_least_possible_by_a_tenth(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    linked = _CLOSED + len(story.olist.to_be_made)
    reading = {
        System.HUBSPOT: {"newest page": 1, "reading": fewest(_LEADS, _HUBSPOT_PAGE)},
        System.SALESFORCE: {"newest pages": 1, "reading": 1 + fewest(_CLOSED, _SALESFORCE_PAGE)},
    }
    writing = {
        System.HUBSPOT: {"writing": fewest(linked, _HUBSPOT_BATCH)},
        System.SALESFORCE: {
            "creates": fewest(linked - _CLOSED, _SALESFORCE_BATCH),
            "writing": fewest(_CLOSED, _SALESFORCE_BATCH),
            "stage history": 1,
        },
    }
    first = {system: {**reading[system], **writing[system]} for system in System}
    hold("Olist, first sync", story.applied.calls, first, capsys)
    more = {"newest pages": 1, "reading": 1 + fewest(linked, _SALESFORCE_PAGE)}
    full = {**reading, System.SALESFORCE: more}
    hold("Olist, full comparison", story.full.calls, full, capsys)
    assert (story.full.exit, story.full.saved) == (0, 0)


def test_first_sync_writes_in_the_fewest_batches(story: Story) -> None:
    known, made = len(story.olist.deals), len(story.olist.to_be_made)
    assert sorted(story.applied.batches[System.SALESFORCE]) == sorted(
        _full_batches(known, _SALESFORCE_BATCH) + _full_batches(made, _SALESFORCE_BATCH)
    )
    assert len(story.applied.batches[System.HUBSPOT]) == len(
        _full_batches(known + made, _HUBSPOT_BATCH)
    )


def test_second_run_writes_nothing(story: Story) -> None:
    assert story.second.exit == 0
    assert story.second.saved == 0
    assert not any(story.second.document["new"].values())


@pytest.mark.parametrize("moment", ["quiet", "an_hour_later"])
def test_run_without_a_change_makes_one_hubspot_call_and_at_most_two_salesforce_calls(
    story: Story, moment: str
) -> None:
    answer: Answer = getattr(story, moment)
    assert answer.exit == 0
    assert answer.saved == 0
    assert answer.calls[System.HUBSPOT] <= 1
    assert answer.calls[System.SALESFORCE] <= 2
