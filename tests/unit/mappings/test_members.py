"""Who took part in a campaign: read, and checked against the pairs that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.loader import load_mappings, read_mappings

CONTACTS = """\
pair: people
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
fields: {email: email <-> Email}
"""
CAMPAIGNS = """\
pair: campaigns
hubspot: campaigns
salesforce: Campaign
first_sync: hubspot
match: [name]
fields: {name: hs_name <-> Name}
"""
MEMBERS = "members: {pair: people, lists: {members: [Sent, Invited], responded: Responded}}\n"


def found(folder: Path, campaigns: str) -> list[str]:
    (folder / "contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    (folder / "campaigns.yaml").write_text(campaigns, encoding="utf-8")
    _, findings = read_mappings(folder)
    return [str(one).removeprefix(f"{folder.name}/campaigns.yaml:") for one in findings]


def test_statuses_of_each_list_are_read_in_their_order(tmp_path: Path) -> None:
    assert found(tmp_path, CAMPAIGNS + MEMBERS) == []

    pairs = {pair.pair: pair for pair in load_mappings(tmp_path)}

    status = pairs["campaigns.members"].fields["status"]
    assert status.values == {"members": "Sent", "responded": "Responded"}
    assert status.read_too == {"Sent": "members", "Invited": "members", "Responded": "responded"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            MEMBERS.replace("people", "poeple"),
            "7:17: members.pair: 'poeple' is no pair of HubSpot's contacts; did you mean 'people'?",
        ),
        (
            MEMBERS.replace("responded:", "response:"),
            (
                "7:69: members.lists.response: 'response' is no list; write members and responded; "
                "did you mean 'responded'?"
            ),
        ),
        (
            MEMBERS.replace("responded: Responded", "responded: Sent"),
            "7:70: members.lists.responded: 'Sent' stands for the list 'members' already",
        ),
        (
            "members: {pair: people}\n",
            "7:1: members: 'lists' is missing",
        ),
        (
            MEMBERS.replace("lists", "list"),
            "7:25: members.list: unknown key; did you mean 'lists'?",
        ),
        (
            MEMBERS.replace("[Sent, Invited]", "[]"),
            (
                "7:42: members.lists.members: must be a member status, or a list of which the "
                "first is written"
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str, wanted: str) -> None:
    assert wanted in found(tmp_path, CAMPAIGNS + line)


def test_only_campaigns_have_members(tmp_path: Path) -> None:
    companies = CAMPAIGNS.replace("campaigns", "companies").replace("Campaign", "Account")
    companies = companies.replace("hs_name", "name")

    assert found(tmp_path, companies + MEMBERS) == [
        "7:10: members: companies have no members, only campaigns have; leave it out"
    ]
