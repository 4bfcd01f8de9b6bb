"""What a mapping of campaigns may say."""

from __future__ import annotations

import pytest

from mappings.findings import MappingErrors
from mappings.loader import load_mapping
from mappings.model import PairMapping
from sync.domain.record import Side

HEAD = """\
pair: campaigns
hubspot: campaigns
salesforce: Campaign
first_sync: hubspot
fields:
  name: hs_name <-> Name
"""


def load(text: str) -> PairMapping:
    return load_mapping(text.encode(), file="campaigns.yaml")


def findings(text: str) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        load(text)
    return [str(one) for one in caught.value.findings]


def test_salesforce_alone_keeps_the_other_id_unless_said_otherwise() -> None:
    pair = load(HEAD + "match: [name]\n")
    assert pair.key_name(Side.LEFT) is None
    assert pair.key_name(Side.RIGHT) == "HubSpot_Campaign_Id__c"


def test_type_id_is_the_same_object() -> None:
    assert load(HEAD.replace("campaigns\nsales", "0-35\nsales") + "match: [name]\n").hubspot == (
        "campaigns"
    )


def test_nothing_but_a_campaign_stands_across() -> None:
    text = HEAD.replace("salesforce: Campaign", "salesforce: Lead") + "match: [name]\n"
    (finding,) = findings(text)
    assert finding == (
        "campaigns.yaml:3:13: salesforce: 'Lead' does not stand across from HubSpot's campaigns; "
        "write Campaign"
    )


def test_campaign_that_could_not_be_found_again_is_not_made() -> None:
    (finding,) = findings(HEAD + 'create: {hubspot: {when: "true"}}\n')
    assert finding == (
        "campaigns.yaml:7:10: create.hubspot: a record made there keeps no id of the other side's, "
        "so one made by a run that was cut off would be made twice; add a line such as "
        "'match: [name]'"
    )


@pytest.mark.parametrize(
    "more",
    ['match: [name]\ncreate: {hubspot: {when: "true"}}', 'create: {salesforce: {when: "true"}}'],
)
def test_campaign_that_is_found_by_name_or_id_may_be_made(more: str) -> None:
    assert load(f"{HEAD}{more}\n").pair == "campaigns"
