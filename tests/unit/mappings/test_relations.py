"""Lists of people become pairs of their own, whose findings point at the line they come from."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from mappings.bind import bind
from mappings.declared import declared_shapes
from mappings.findings import MappingErrors
from mappings.fingerprint import pair_fingerprint
from mappings.identity import Directories, SpokenRecords
from mappings.loader import load_mappings
from mappings.model import PairMapping
from sync.domain.record import Side
from sync.domain.rules import BlankRule, DeleteRule, Wins
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from tests.scenario.relation_shapes import HUBSPOT_RELATIONS, SALESFORCE_RELATIONS
from tests.scenario.shapes import SALESFORCE_SHAPES
from tests.unit.mappings import test_members
from tests.unit.mappings.test_members import CONTACTS

DEALS = """\
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
match: [name]
fields:
  name: dealname <-> Name
  team: {map: associated contacts <-> OpportunityContactRole, pair: people}
"""
CAMPAIGNS = f"""{test_members.CAMPAIGNS}\
members: {{pair: people, blank: clear, lists: {{members: [Sent, Invited], responded: [Came]}}}}
"""


def load(folder: Path, **files: str) -> dict[str, PairMapping]:
    for name, text in {"people": CONTACTS, **files}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {pair.pair: pair for pair in load_mappings(folder)}


def test_lists_stand_after_all_they_refer_to(tmp_path: Path) -> None:
    pairs = load(tmp_path, deals=DEALS, campaigns=CAMPAIGNS)

    names = list(pairs)
    assert set(names) == {"people", "deals", "deals.team", "campaigns", "campaigns.members"}
    assert names.index("deals.team") > max(names.index("deals"), names.index("people"))
    assert "team" not in pairs["deals"].fields
    assert pairs["campaigns"].members is None


def test_list_changes_nothing_of_what_its_pair_says(tmp_path: Path) -> None:
    without = DEALS[: DEALS.index("  team")]
    before = pair_fingerprint(load(tmp_path, deals=without)["deals"])

    assert pair_fingerprint(load(tmp_path, deals=DEALS)["deals"]) == before


def test_several_statuses_are_read_as_one_list_and_the_first_is_written(tmp_path: Path) -> None:
    pair = load(tmp_path, campaigns=CAMPAIGNS)["campaigns.members"]
    shapes = {side: declared_shapes(pair, side) for side in Side}

    bound = bind(pair, shapes[Side.LEFT], shapes[Side.RIGHT])

    codec = bound.rule("status").codec
    assert codec.carry(Side.RIGHT, "Invited", object_name="campaigns/contacts") == "members"
    assert codec.carry(Side.LEFT, "members", object_name="CampaignMember") == "Sent"
    assert bound.relation is not None
    assert bound.relation.presence.blank is BlankRule.CLEAR
    assert bound.delete is DeleteRule.ARCHIVE


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (", type: text}", "8:83: fields.team.type: says nothing of a list of people"),
        (", if_blank: x}", "8:87: fields.team.if_blank: says nothing of a list of people"),
    ],
)
def test_keys_that_say_nothing_of_a_list_are_refused(
    tmp_path: Path, line: str, wanted: str
) -> None:
    with pytest.raises(MappingErrors) as caught:
        load(tmp_path, deals=DEALS.replace("pair: people}", f"pair: people{line}"))
    assert wanted in str(caught.value)


def test_only_deals_have_contact_roles(tmp_path: Path) -> None:
    with pytest.raises(MappingErrors, match="only deals have OpportunityContactRole"):
        load(
            tmp_path,
            deals=DEALS.replace("hubspot: deals", "hubspot: tickets").replace(
                "Opportunity\n", "Case\n"
            ),
        )


def test_live_findings_point_at_the_line_and_status_of_the_file(tmp_path: Path) -> None:
    pair = load(tmp_path, campaigns=CAMPAIGNS)["campaigns.members"]
    member = SALESFORCE_RELATIONS["CampaignMember"]
    status = FieldShape(
        name="Status",
        label="Status",
        kind=FieldKind.CHOICE,
        restricted=True,
        options=tuple(Option(one, one) for one in ("Sent", "Came")),
    )
    right = ObjectShape(member.name, member.label, {**member.fields, "Status": status})

    with pytest.raises(MappingErrors) as caught:
        bind(pair, HUBSPOT_RELATIONS, {member.name: right})

    (finding,) = caught.value.findings
    assert (
        finding.line,
        "members.lists.members: 'Invited' is not in the picklist" in str(finding),
    ) == (
        7,
        True,
    )


def test_people_who_are_leads_cannot_stand_on_a_deal(tmp_path: Path) -> None:
    leads = CONTACTS.replace("Contact | Lead", "Lead")
    pair = load(tmp_path, people=leads, deals=DEALS)["deals.team"]

    with pytest.raises(MappingErrors) as caught:
        bind(pair, HUBSPOT_RELATIONS, SALESFORCE_SHAPES)

    assert "deals.yaml:8" in str(caught.value)
    assert "names records of Contact, and the pair 'people' keeps Lead" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (", pair: people}", "}", "say of which: 'pair: contacts'"),
        ("OpportunityContactRole", "Opportunity.OpportunityContactRole", "without an object"),
        ("associated contacts", "associated companies", "stands across from 'associated contacts'"),
        ("associated contacts", "dealname", "stands across from 'associated contacts'"),
        ("match: [name]", "match: [team]", "records cannot be matched by a list"),
    ],
)
def test_list_that_makes_no_sense_is_refused(
    tmp_path: Path, old: str, new: str, wanted: str
) -> None:
    with pytest.raises(MappingErrors) as caught:
        load(tmp_path, deals=DEALS.replace(old, new))
    assert wanted in str(caught.value)


def test_line_that_takes_people_one_way_makes_rows_on_that_side_only(tmp_path: Path) -> None:
    pair = load(tmp_path, deals=DEALS.replace("<-> Opp", "<- Opp"))["deals.team"]

    assert (pair.creates(Side.LEFT), pair.creates(Side.RIGHT)) == (True, False)


def test_roles_are_a_field_of_the_rows_with_the_rules_of_the_line(tmp_path: Path) -> None:
    line = "pair: people, wins: salesforce, values: {Buyer: Decision Maker}, otherwise: keep}"
    pair = load(tmp_path, deals=DEALS.replace("pair: people}", line))["deals.team"]
    left, right = (declared_shapes(pair, side) for side in Side)

    bound = bind(pair, left, right)

    codec = bound.rule("role").codec
    assert codec.carry(Side.LEFT, "Buyer", object_name="OpportunityContactRole") == "Decision Maker"
    assert bound.rule("role").wins is Wins.RIGHT
    assert pair.places.at_key(("fields", "role", "values"), "").line == 8
    there = bound.relation
    assert there is not None
    assert there.presence.codec.canonical(Side.LEFT, "there") == "there"
    assert there.presence.codec.normal(Side.LEFT, None) is None


class _Directory(SpokenRecords):
    """Names records by a link's name, and notes the ids it is asked for."""

    asked: ClassVar[list[str]] = []

    def name(self, side: Side, id: str) -> str:
        self.asked.append(id)
        return f"{self.pair}/{id}"


def test_key_of_a_row_asks_for_the_ids_it_holds_and_for_no_name(tmp_path: Path) -> None:
    pair = load(tmp_path, deals=DEALS)["deals.team"]
    left, right = (declared_shapes(pair, side) for side in Side)
    bound = bind(pair, left, right, directories=Directories(records=_Directory))
    _Directory.asked.clear()

    (key,) = bound.match_keys(0, Side.LEFT, "deals/contacts", {"owner": "7", "member": "9"})

    assert ("deals/7" in key, "people/9" in key) == (True, True)
    assert set(_Directory.asked) == {"7", "9"}
