"""Who took part in campaigns: HubSpot's lists and Salesforce's campaign members (R23, R24)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.domain.record import Native, Side
from tests.scenario.campaign_world import campaigns
from tests.scenario.test_contact_roles import add_people
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

PAIR = "campaigns.members"
ROWS = {HUBSPOT: "campaigns/contacts", SALESFORCE: "CampaignMember"}
PERSON = {HUBSPOT: "contacts", SALESFORCE: "Contact"}
BOTH_SIDES = pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
STATUS = {HUBSPOT: "members", SALESFORCE: "Sent"}
ANSWERED = {HUBSPOT: "responded", SALESFORCE: "Responded"}
CREATES = 'create: {salesforce: {as: Lead, when: "true"}, hubspot: {when: "true"}}'

_NAMES = {
    HUBSPOT: ("owner", "member", "label"),
    SALESFORCE: ("CampaignId", "LeadOrContactId", "Status"),
}

_Ends = dict[Side, str]


def use(world: World, rules: str = "") -> None:
    """Use pairs of people and of campaigns, with who took part."""
    members = (
        "members: {pair: contacts, lists: {members: [Sent], responded: [Responded]}"
        f"{', ' if rules else ''}{rules}}}"
    )
    more = f'create: {{salesforce: {{when: "true"}}, hubspot: {{when: "true"}}}}\n{members}'
    company = '{map: company -> Lead.Company, if_blank: "[not given]"}'
    contacts = people(f"company: {company}", objects="Contact | Lead", more=CREATES)
    world.use(contacts, campaigns(more=more))


def fair(world: World, *emails: str) -> tuple[_Ends, list[_Ends]]:
    """Add a campaign and people to both sides, and let a run link them."""
    campaign = {
        HUBSPOT: world.add(HUBSPOT, "campaigns", hs_name="Fair"),
        SALESFORCE: world.add(SALESFORCE, "Campaign", Name="Fair"),
    }
    found = add_people(world, *emails)
    settled(world)
    return campaign, found


def settled(world: World, *, full: bool = False) -> None:
    """Run once without trouble."""
    result = world.sync(full=full)
    assert result.exit == 0, (result.error, world.errors(), world.conflicts())


def put(world: World, side: Side, campaign: _Ends, person: _Ends, status: Native = None) -> str:
    """Let a person take part in a campaign on one side."""
    ends = (campaign[side], person[side], status or STATUS[side])
    return world.add(side, ROWS[side], **dict(zip(_NAMES[side], ends, strict=True)))


def on(world: World, side: Side) -> set[tuple[str, str, Native]]:
    """Give who took part on a side, and as what."""
    found = [
        tuple(row[name] for name in _NAMES[side]) for row in world.all(side, ROWS[side]).values()
    ]
    return {(str(one), str(two), three) for one, two, three in found}


def row(
    side: Side, campaign: _Ends, person: _Ends, status: Native = None
) -> set[tuple[str, str, Native]]:
    """Give a row as `on` gives it."""
    return {(campaign[side], person[side], status or STATUS[side])}


@BOTH_SIDES
def test_r24_person_who_takes_part_does_so_on_the_other_side(world: World, side: Side) -> None:
    use(world)
    campaign, (ada,) = fair(world)
    put(world, side, campaign, ada, ANSWERED[side])

    settled(world)

    for each in Side:
        assert on(world, each) == row(each, campaign, ada, ANSWERED[each])
    assert world.link_count(PAIR) == 1
    world.settles()


@BOTH_SIDES
def test_answer_travels_as_another_list_or_status(world: World, side: Side) -> None:
    use(world)
    campaign, (ada,) = fair(world)
    id = put(world, side, campaign, ada)
    settled(world)

    world.edit(side, ROWS[side], id, **{"label" if side is HUBSPOT else "Status": ANSWERED[side]})
    settled(world)

    for each in Side:
        assert on(world, each) == row(each, campaign, ada, ANSWERED[each])
    world.settles()


@pytest.mark.parametrize(
    ("side", "blank"), [(HUBSPOT, "keep"), (HUBSPOT, "clear"), (SALESFORCE, "clear")]
)
def test_r24_person_taken_out_of_a_campaign_counts_as_a_blank(
    world: World, side: Side, blank: str
) -> None:
    use(world, f"blank: {blank}")
    campaign, (ada, bob) = fair(world, "ada@example.com", "bob@example.com")
    id = put(world, side, campaign, ada)
    put(world, side, campaign, bob)
    settled(world)

    world.remove(side, ROWS[side], id)
    # Salesforce leaves no trace of a member taken away: the next full comparison sees it.
    settled(world, full=side is SALESFORCE)

    stays = row(side.other, campaign, ada) if blank == "keep" else set()
    assert on(world, side.other) == stays | row(side.other, campaign, bob)
    assert on(world, side) == row(side, campaign, bob)
    world.settles()


def test_r24_last_member_of_the_only_campaign_is_taken_out(world: World) -> None:
    use(world, "blank: clear")
    campaign, (ada,) = fair(world)
    id = put(world, SALESFORCE, campaign, ada)
    settled(world)

    world.remove(SALESFORCE, ROWS[SALESFORCE], id)
    settled(world, full=True)

    assert on(world, HUBSPOT) == set()
    assert world.link_count(PAIR) == 0
    world.settles()


def test_r24_member_whose_taking_out_was_cut_off_is_taken_out_by_the_next_full_comparison(
    world: World,
) -> None:
    use(world, "blank: clear")
    campaign, (ada, bob) = fair(world, "ada@example.com", "bob@example.com")
    expo = {SALESFORCE: world.add(SALESFORCE, "Campaign", Name="Expo")}
    gone = put(world, SALESFORCE, campaign, ada)
    stays = put(world, SALESFORCE, expo, bob)
    settled(world)

    world.remove(SALESFORCE, ROWS[SALESFORCE], gone)
    world.edit(SALESFORCE, ROWS[SALESFORCE], stays, Status=ANSWERED[SALESFORCE])
    # It dies at Bob's answer, before a word of Ada's row is in the journal.
    world.kill(HUBSPOT, before=True)
    world.killed_sync(full=True)
    settled(world, full=True)

    (left,) = on(world, HUBSPOT)
    assert left[1:] == (bob[HUBSPOT], ANSWERED[HUBSPOT])
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r30_members_of_a_campaign_that_cannot_be_read_are_not_taken_out(world: World) -> None:
    use(world, "blank: clear")
    campaign, (ada,) = fair(world)
    id = put(world, SALESFORCE, campaign, ada)
    settled(world)
    members = on(world, HUBSPOT)

    world.vanish(SALESFORCE, "Campaign", campaign[SALESFORCE])
    world.vanish(SALESFORCE, ROWS[SALESFORCE], id)
    world.sync(full=True)
    world.sync(full=True)

    assert on(world, HUBSPOT) == members
    assert world.link_count(PAIR) == 0
    world.reappear()
    world.sync(full=True)
    assert on(world, HUBSPOT) == members
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r11_member_taken_out_and_edited_stays_held_whatever_is_read_later(world: World) -> None:
    use(world, "blank: clear")
    campaign, (ada, bob) = fair(world, "ada@example.com", "bob@example.com")
    put(world, HUBSPOT, campaign, bob)
    id = put(world, SALESFORCE, campaign, ada)
    settled(world)
    (left,) = (one for one in world.all(HUBSPOT, ROWS[HUBSPOT]) if one.endswith(ada[HUBSPOT]))

    world.remove(HUBSPOT, ROWS[HUBSPOT], left)
    world.edit(SALESFORCE, ROWS[SALESFORCE], id, Status=ANSWERED[SALESFORCE])
    world.sync()
    for full in (True, False, True):
        world.pass_time(timedelta(minutes=30))
        settled(world, full=full)

    assert on(world, SALESFORCE) >= row(SALESFORCE, campaign, ada, ANSWERED[SALESFORCE])
    assert len(world.conflicts()) == 1


@BOTH_SIDES
def test_r23_new_campaign_and_new_people_come_with_their_membership_in_one_run(
    world: World, side: Side
) -> None:
    use(world)
    named = "hs_name" if side is HUBSPOT else "Name"
    campaign = world.add(side, "campaigns" if side is HUBSPOT else "Campaign", **{named: "Expo"})
    email, name = ("email", "lastname") if side is HUBSPOT else ("Email", "LastName")
    more = {} if side is HUBSPOT else {"Company": "Engines"}
    person = world.add(
        side,
        "contacts" if side is HUBSPOT else "Lead",
        **{email: "ada@example.com", name: "Lovelace", **more},
    )
    put(world, side, {side: campaign}, {side: person}, ANSWERED[side])

    settled(world)

    assert [status for _, _, status in on(world, side.other)] == [ANSWERED[side.other]]
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r4_person_who_took_part_as_lead_and_as_contact_is_one_member(world: World) -> None:
    use(world)
    campaign, (ada,) = fair(world)
    lead = world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="Lovelace", Company="Engines"
    )
    put(world, SALESFORCE, campaign, ada, ANSWERED[SALESFORCE])
    put(world, SALESFORCE, campaign, {SALESFORCE: lead})

    settled(world)

    assert on(world, HUBSPOT) == row(HUBSPOT, campaign, ada, ANSWERED[HUBSPOT])
    assert len(on(world, SALESFORCE)) == 2
    world.settles()


def test_r9_members_of_a_deleted_person_fall_quiet(world: World) -> None:
    use(world, "blank: clear")
    campaign, (ada, bob) = fair(world, "ada@example.com", "bob@example.com")
    for person in (ada, bob):
        put(world, HUBSPOT, campaign, person)
    settled(world)

    world.remove(SALESFORCE, "Contact", ada[SALESFORCE])
    settled(world, full=True)

    assert on(world, HUBSPOT) == row(HUBSPOT, campaign, ada) | row(HUBSPOT, campaign, bob)
    assert on(world, SALESFORCE) == row(SALESFORCE, campaign, bob)
    world.settles()


def test_r17_member_stays_the_same_when_the_lead_is_converted(world: World) -> None:
    use(world, "blank: clear")
    campaign, _ = fair(world)
    lead = world.add(SALESFORCE, "Lead", Email="bob@example.com", LastName="Bob", Company="Engines")
    settled(world)
    (bob,) = (id for id, one in world.all(HUBSPOT, "contacts").items() if one["lastname"] == "Bob")
    put(world, HUBSPOT, campaign, {HUBSPOT: bob}, ANSWERED[HUBSPOT])
    settled(world)
    before = on(world, HUBSPOT)

    world.convert(lead)
    result = world.sync(full=True)

    assert result.error is None, result.error
    assert on(world, HUBSPOT) == before
    assert [status for _, _, status in on(world, SALESFORCE)] == [ANSWERED[SALESFORCE]]
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r19_lead_converted_between_reading_and_writing_takes_part_all_the_same(
    world: World,
) -> None:
    use(world)
    campaign, _ = fair(world)
    lead = world.add(SALESFORCE, "Lead", Email="bob@example.com", LastName="Bob", Company="Engines")
    settled(world)
    (bob,) = (id for id, one in world.all(HUBSPOT, "contacts").items() if one["lastname"] == "Bob")
    put(world, HUBSPOT, campaign, {HUBSPOT: bob}, ANSWERED[HUBSPOT])
    made: list[str] = []
    world.before_write(SALESFORCE, lambda: made.append(world.convert(lead)))

    result = world.sync()

    assert len(made) == 1
    assert (result.exit, world.errors()) == (0, [])
    settled(world, full=True)
    assert [status for _, _, status in on(world, SALESFORCE)] == [ANSWERED[SALESFORCE]]
    assert on(world, HUBSPOT) == row(HUBSPOT, campaign, {HUBSPOT: bob}, ANSWERED[HUBSPOT])
    assert world.link_count(PAIR) == 1
    world.settles()
