"""Which scopes and permissions the doctor names for a pair."""

from __future__ import annotations

from textwrap import dedent

import pytest

from console.doctor.rights import rights
from mappings.loader import load_mapping
from mappings.relations import with_relations

DEALS = """
    pair: deals
    hubspot: deals
    salesforce: Opportunity
    first_sync: salesforce
    create: {hubspot: {when: "true"}}
    fields:
      name: dealname <-> Name
      people: {map: associated contacts <-> OpportunityContactRole, pair: contacts}
"""
CAMPAIGNS = """
    pair: campaigns
    hubspot: campaigns
    salesforce: Campaign
    first_sync: hubspot
    match: [name]
    fields:
      name: hs_name <-> Name
    members:
      pair: contacts
      lists: {members: [Sent], responded: [Responded]}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            DEALS,
            {
                "deals": "crm.objects.deals.read, crm.objects.deals.write and "
                "crm.schemas.deals.read, and Salesforce's user API Enabled and Read, Create and "
                "Edit on Opportunity",
                "deals.people": "crm.objects.deals.read, crm.objects.deals.write, "
                "crm.objects.contacts.read, crm.objects.contacts.write and "
                "crm.schemas.deals.read, and Salesforce's user API Enabled and Read, Create, Edit "
                "and Delete on OpportunityContactRole",
            },
        ),
        (
            CAMPAIGNS,
            {
                "campaigns": "marketing.campaigns.read and marketing.campaigns.write, and "
                "Salesforce's user API Enabled, Marketing User, and Read, Create and Edit on "
                "Campaign",
                "campaigns.members": "marketing.campaigns.read, marketing.campaigns.write, "
                "crm.lists.read and crm.lists.write, and Salesforce's user API Enabled, "
                "Marketing User, and Read, Create, Edit and Delete on CampaignMember",
            },
        ),
    ],
)
def test_rights_of_a_pair_and_of_its_lists_are_named(text: str, told: dict[str, str]) -> None:
    pairs = with_relations([load_mapping(dedent(text).encode(), file="pair.yaml")])

    begin = "see that HubSpot's token has the scopes "
    assert {one.pair: rights(one).removeprefix(begin) for one in pairs} == told
