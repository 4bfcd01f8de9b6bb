"""What no time stamp shows, and what it costs to know: associations, list members, and records.

All pairs at once. Counted at the CRMs' own logs: calls, never time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import mappings
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Admin, Answer, at_work
from tests.integration.fewest import fewest, hold

_ACCOUNTS, _PEOPLE, _DEALS, _CAMPAIGNS = 20, 250, 250, 4
_HUBSPOT_PAGE = _HUBSPOT_CAMPAIGNS = 100
_ASSOCIATIONS = 1_000
_MEMBERS = 250
_SALESFORCE_PAGE = 2_000
_STARTERS = Path(mappings.__file__).parent / "starter"
_SETTINGS = "{guard: {changes: 100000, creates: 100000}, compare_every: 400d}\n"
_LISTS = r"^/crm/(v3|\d{4}-\d{2})/lists"

_CONTACTS = """\
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
create: {hubspot: {when: record.email != ""}}
fields:
  email:     {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  account:   {map: associated company <-> AccountId, pair: companies}
"""


def _mapping(name: str) -> str:
    starter = (_STARTERS / f"{name}.yaml").read_text(encoding="utf-8")
    made = 'create:\n  hubspot: {when: "true"}\n'
    return starter.replace("create:\n", made, 1) if name == "campaigns" else starter


def _org() -> Iterator[JsonObject]:
    """Give an org with people on deals and in campaigns, two of them each."""
    for at in range(_ACCOUNTS):
        yield _record("Account", f"a{at}", Name=f"Company {at}", Website=f"company{at}.example")
    for at in range(_PEOPLE):
        account: Json = {"key": f"a{at % _ACCOUNTS}"}
        yield _record(
            "Contact", f"p{at}", Email=f"p{at}@x.example", LastName=f"P{at}", AccountId=account
        )
    for at in range(_CAMPAIGNS):
        yield _record("Campaign", f"c{at}", Name=f"Fair {at}")
    for at in range(_DEALS):
        account = {"key": f"a{at % _ACCOUNTS}"}
        values: JsonObject = {"StageName": "Prospecting", "CloseDate": "2026-12-31"}
        yield _record("Opportunity", f"o{at}", Name=f"Deal {at}", AccountId=account, **values)
        for person in (at, (at + 1) % _PEOPLE):
            ends: JsonObject = {"OpportunityId": {"key": f"o{at}"}, "ContactId": _person(person)}
            yield _record("OpportunityContactRole", f"r{at} {person}", **ends)
    for at in range(_PEOPLE):
        for campaign, status in ((at % _CAMPAIGNS, "Sent"), ((at + 1) % _CAMPAIGNS, "Responded")):
            ends = {"CampaignId": {"key": f"c{campaign}"}, "ContactId": _person(at)}
            yield _record("CampaignMember", f"m{at} {campaign}", **ends, Status=status)


def _person(at: int) -> Json:
    return {"key": f"p{at}"}


def _record(name: str, key: str, **fields: Json) -> JsonObject:
    return {"system": "salesforce", "object": name, "key": key, "fields": dict(fields)}


@dataclass(frozen=True, slots=True)
class Story:
    """What runs took, from the first to one that compares everything."""

    admin: Admin
    first: Answer
    quiet: Answer
    quiet_lists: int
    full: Answer


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("relations") / "project"
    sandbox = Sandbox(list(_org()))
    with at_work(folder, sandbox, mapping=_CONTACTS, settings=_SETTINGS) as admin:
        for name in ("companies", "deals", "campaigns"):
            (folder / "mappings" / f"{name}.yaml").write_text(_mapping(name), encoding="utf-8")
        first = admin.sync()
        admin.sync()
        # What was written may be read again for as long as the overlap lasts.
        sandbox.clock.move(timedelta(minutes=20))
        admin.sync()
        quiet = admin.sync()
        lists = len(sandbox.hubspot_traffic.calls(path=_LISTS))
        yield Story(admin, first, quiet, lists, admin.sync("--full"))


def test_everybody_is_on_their_deals_and_in_their_campaigns_after_one_run(story: Story) -> None:
    pairs = story.first.document["pairs"]
    assert story.first.exit == 0, story.first.document
    assert pairs["deals.people"]["hubspot"]["created"] == 2 * _DEALS
    assert pairs["campaigns.members"]["hubspot"]["created"] == 2 * _PEOPLE


def test_run_without_a_change_costs_one_call_for_all_lists_and_none_for_associations(
    story: Story,
) -> None:
    assert (story.quiet.exit, story.quiet.saved) == (0, 0)
    # One for each object that has a change query, and one for the lists of all campaigns.
    assert story.quiet.calls[System.HUBSPOT] <= 4 + 1
    assert story.quiet_lists <= 1
    assert story.quiet.calls[System.SALESFORCE] <= 2


def test_full_comparison_takes_no_more_calls_than_the_least_possible_by_a_tenth(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (story.full.exit, story.full.saved) == (0, 0), story.full.document
    objects = (_ACCOUNTS, _PEOPLE, _DEALS)
    hubspot = {
        "newest pages": len(objects),
        "all lists": 1,
        "records": sum(fewest(one, _HUBSPOT_PAGE) for one in objects),
        "campaigns": fewest(_CAMPAIGNS, _HUBSPOT_CAMPAIGNS),
        "associations": fewest(_DEALS, _ASSOCIATIONS),
        "members": 2 * _CAMPAIGNS * fewest(_PEOPLE // _CAMPAIGNS, _MEMBERS),
    }
    salesforce = {
        "newest pages": 2,
        "records": sum(
            fewest(one, _SALESFORCE_PAGE) for one in (*objects, _CAMPAIGNS, 2 * _DEALS, 2 * _PEOPLE)
        ),
    }
    least = {System.HUBSPOT: hubspot, System.SALESFORCE: salesforce}
    hold("All pairs, full comparison", story.full.calls, least, capsys)


def test_full_comparison_asks_for_no_record_by_its_id(story: Story) -> None:
    log = story.admin.sandbox.hubspot_traffic
    asked = [call.path for call in log.calls() if re.search(r"/objects/.*/batch/read", call.path)]
    assert asked == []
