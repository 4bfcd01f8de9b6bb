"""A real sales pipeline brought into HubSpot by the starter mappings, as they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import mappings
from sandbox.seeds import System
from sandbox.server import Sandbox
from tests.integration.admin import Answer, at_work
from tests.integration.maven import STAGES, Maven, closes, name_of, read_maven

pytestmark = [pytest.mark.data, pytest.mark.slow]

_STARTERS = Path(mappings.__file__).parent / "starter"
#: All 7,375 opportunities take their time; so many of them stand at every stage.
_EVERY = 5
_SETTINGS = "{guard: {changes: 100000, creates: 100000}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the first run and those after it did, and what both CRMs hold in the end."""

    maven: Maven
    first: Answer
    second: Answer
    quiet: Answer
    deals: Mapping[str, Mapping[str, str]]
    companies: Mapping[str, Mapping[str, str]]
    company_of: Mapping[str, str]
    zone: ZoneInfo


@pytest.fixture(scope="module")
def story(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    maven = read_maven(shared_data, every=_EVERY)
    if maven is None:
        pytest.skip(f"no real data: {shared_data} holds no sales pipeline")
    sandbox = Sandbox(maven.seed())
    folder = tmp_path_factory.mktemp("maven") / "project"
    deals = (_STARTERS / "deals.yaml").read_text(encoding="utf-8")
    with at_work(folder, sandbox, mapping=deals, settings=_SETTINGS) as admin:
        companies = (_STARTERS / "companies.yaml").read_text(encoding="utf-8")
        (folder / "mappings" / "companies.yaml").write_text(companies, encoding="utf-8")
        first, second, quiet = admin.sync(), admin.sync(), admin.sync()
        store = sandbox.hubspot
        yield Story(
            maven=maven,
            first=first,
            second=second,
            quiet=quiet,
            deals={
                deal["dealname"]: deal
                for id in store.ids("deals")
                if (deal := store.get("deals", id)) is not None
            },
            companies={
                company["name"]: company
                for id in store.ids("companies")
                if (company := store.get("companies", id)) is not None
            },
            company_of={
                id: str(tied)
                for id in store.ids("deals")
                for tied in store.associations.tied_ids(("deals", int(id)), "companies")
            },
            zone=ZoneInfo(store.account.time_zone),
        )


def test_every_opportunity_is_a_deal_and_every_account_a_company(story: Story) -> None:
    assert story.first.exit == 0, story.first.document
    pairs = story.first.document["pairs"]
    assert pairs["deals"]["hubspot"]["created"] == len(story.maven.opportunities)
    assert pairs["companies"]["hubspot"]["created"] == len(story.maven.accounts)
    assert story.deals.keys() == {name_of(row) for row in story.maven.opportunities}
    assert story.companies.keys() == story.maven.accounts.keys()


def test_as_many_deals_stand_at_each_stage_on_both_sides(story: Story) -> None:
    stages = Counter(deal["dealstage"] for deal in story.deals.values())
    assert stages == {there: story.maven.count(name) for name, (_, there) in STAGES.items()}


def test_amounts_add_up_to_the_same_at_each_stage(story: Story) -> None:
    worth: dict[str, Decimal] = {}
    for deal in story.deals.values():
        stage = deal["dealstage"]
        worth[stage] = worth.get(stage, Decimal(0)) + Decimal(deal.get("amount") or 0)
    assert worth == {there: story.maven.amount(name) for name, (_, there) in STAGES.items()}
    assert story.maven.amount("Won") > 0


def test_deals_close_on_the_same_day_for_people_of_the_portal(story: Story) -> None:
    assert str(story.zone) != "UTC"
    for row in story.maven.opportunities:
        closed = datetime.fromisoformat(story.deals[name_of(row)]["closedate"])
        assert closed.tzinfo is not None
        assert closed.astimezone(story.zone).date().isoformat() == closes(row)


def test_every_deal_keeps_the_id_of_its_opportunity(story: Story) -> None:
    ids = [deal["salesforce_id"] for deal in story.deals.values()]
    assert len(set(ids)) == len(ids) == len(story.maven.opportunities)
    assert all(id.startswith("006") for id in ids)


def test_every_deal_of_an_account_belongs_to_its_company(story: Story) -> None:
    known = [row for row in story.maven.opportunities if row["account"] in story.maven.accounts]
    assert 0 < len(known) <= len(story.maven.opportunities)
    for row in known:
        company = story.companies[row["account"]]["hs_object_id"]
        assert story.company_of[story.deals[name_of(row)]["hs_object_id"]] == company
    assert len(story.company_of) == len(known)


def test_nothing_is_held_or_in_error(story: Story) -> None:
    assert story.first.document["waiting"] == {"held": 0, "errors": 0}


def test_second_run_writes_nothing(story: Story) -> None:
    assert (story.second.exit, story.second.saved) == (0, 0)


def test_quiet_run_makes_one_call_for_each_hubspot_object_and_two_for_all_of_salesforce(
    story: Story,
) -> None:
    assert (story.quiet.exit, story.quiet.saved) == (0, 0)
    assert story.quiet.calls[System.HUBSPOT] <= 2
    assert story.quiet.calls[System.SALESFORCE] <= 2
