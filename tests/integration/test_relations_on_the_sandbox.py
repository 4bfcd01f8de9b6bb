"""People on deals and in campaigns: what an idle run costs with them, and what a copy holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console.copying import copied_lines
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Admin, at_work
from tests.scenario.campaign_world import campaigns
from tests.scenario.test_objects import deals
from tests.scenario.world import people

_MADE = 'create: {hubspot: {when: "true"}}'
_CONTACTS = people(objects="Contact | Lead", more=_MADE)
_DEALS = deals(
    "people: {map: associated contacts <-> OpportunityContactRole, pair: contacts}", more=_MADE
)
_MEMBERS = "members: {pair: contacts, lists: {members: [Sent], responded: [Responded]}}"
_CAMPAIGNS = campaigns(first_sync="salesforce", more=f"{_MADE}\n{_MEMBERS}")

#: Past the window that the next run reads again.
_LATER = timedelta(hours=2)


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    with at_work(tmp_path / "project", Sandbox([]), mapping=_CONTACTS) as admin:
        for name, text in (("deals", _DEALS), ("campaigns", _CAMPAIGNS)):
            (admin.folder / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
        yield admin


def _lead_in_a_campaign_and_contact_on_a_deal(admin: Admin) -> str:
    org = admin.sandbox.salesforce
    lead = org.create("Lead", {"LastName": "Li", "Email": "li@example.com", "Company": "Acme"})
    contact = org.create("Contact", {"LastName": "Ng", "Email": "ng@example.com"})
    body = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    deal = org.create("Opportunity", body)
    org.create("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact})
    org.create("CampaignMember", {"CampaignId": _fair(admin), "LeadId": lead})
    return lead


def _fair(admin: Admin) -> str:
    return admin.sandbox.salesforce.create("Campaign", {"Name": "Fair"})


def _idle_calls(admin: Admin) -> tuple[int, int]:
    for _ in range(2):
        admin.sandbox.clock.move(_LATER)
        answer = admin.sync()
    assert (answer.exit, answer.saved) == (0, 0)
    return answer.calls[System.HUBSPOT], answer.calls[System.SALESFORCE]


def test_r17_idle_run_costs_a_call_an_object_and_two_before_and_after_a_conversion(
    admin: Admin,
) -> None:
    lead = _lead_in_a_campaign_and_contact_on_a_deal(admin)
    first = admin.sync()
    assert first.exit == 0
    before = _idle_calls(admin)
    admin.sandbox.salesforce.convert_lead(lead)
    assert (converted := admin.sync()).exit == 0, converted.document
    after = _idle_calls(admin)

    # Contacts, deals, campaigns and all lists of members; associations cost none.
    assert before == after == (4, 2)


def test_copy_of_two_accounts_has_the_records_and_not_who_stands_on_what(admin: Admin) -> None:
    _lead_in_a_campaign_and_contact_on_a_deal(admin)
    assert admin.sync().exit == 0

    lines = list(copied_lines(admin.folder, admin.sandbox.environment()))

    with Sandbox(lines) as copy:
        counts = {
            name: len(copy.salesforce.database.table(name).rows)
            for name in ("Lead", "Contact", "Opportunity", "Campaign", "CampaignMember")
        }
        assert counts == dict.fromkeys(counts, 1) | {"CampaignMember": 0}
        assert len(copy.hubspot.ids("contacts")) == 2
