"""People on deals: HubSpot's associations and Salesforce's contact roles, row by row (R23, R24)."""

from __future__ import annotations

import pytest

from sync.domain.record import Native, Side
from sync.domain.store import LinkState
from tests.scenario.test_objects import add_deal, add_opportunity, deals
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

ROLES = "values: {Decision maker: Decision Maker, Billing contact: Business User}"
PAIR = "deals.people"
ROWS = {HUBSPOT: "deals/contacts", SALESFORCE: "OpportunityContactRole"}
BOTH_SIDES = pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
CREATES = 'create: {salesforce: {when: "true"}, hubspot: {when: "true"}}'


def use(world: World, rules: str = "", *, arrow: str = "<->", more: str = "") -> None:
    """Use pairs of people and of deals, which name the people on them."""
    rules = f", {rules}" if rules else ""
    line = (
        f"people: {{map: associated contacts {arrow} OpportunityContactRole, pair: contacts, "
        f"{ROLES}{rules}}}"
    )
    contacts = people(objects="Contact", more=CREATES)
    world.use(contacts, deals(line, more=more))


def stand(world: World, *emails: str) -> tuple[dict[Side, str], list[dict[Side, str]]]:
    """Add a deal and people to both sides, and let a run link them."""
    deal = {HUBSPOT: add_deal(world), SALESFORCE: add_opportunity(world)}
    found = add_people(world, *emails)
    settled(world)
    return deal, found


def add_people(world: World, *emails: str) -> list[dict[Side, str]]:
    """Add people to both sides, or Ada alone."""
    return [
        {
            HUBSPOT: world.add(HUBSPOT, "contacts", email=email, lastname="Lovelace"),
            SALESFORCE: world.add(SALESFORCE, "Contact", Email=email, LastName="Lovelace"),
        }
        for email in emails or ("ada@example.com",)
    ]


def settled(world: World, *, full: bool = False) -> None:
    """Run once without trouble."""
    result = world.sync(full=full)
    assert result.exit == 0, (result.error, world.errors(), world.conflicts())


def put(
    world: World, side: Side, deal: dict[Side, str], person: dict[Side, str], role: Native = None
) -> str:
    """Let a person stand on a deal on one side."""
    values: dict[str, Native]
    if side is HUBSPOT:
        values = {"owner": deal[side], "member": person[side], "label": role}
    else:
        values = {"OpportunityId": deal[side], "ContactId": person[side], "Role": role}
    return world.add(side, ROWS[side], by="person", **values)


def on(world: World, side: Side) -> set[tuple[str, str, Native]]:
    """Give who stands on which deal on a side, and as what."""
    names = (
        ("owner", "member", "label") if side is HUBSPOT else ("OpportunityId", "ContactId", "Role")
    )
    found = [tuple(row[name] for name in names) for row in world.all(side, ROWS[side]).values()]
    assert len(found) == len(set(found)), f"twice on a deal: {found}"
    return {(str(one), str(two), three) for one, two, three in found}


def row(
    side: Side, deal: dict[Side, str], person: dict[Side, str], role: Native = None
) -> set[tuple[str, str, Native]]:
    """Give a row as `on` gives it."""
    return {(deal[side], person[side], role)}


ROLE = {HUBSPOT: "Decision maker", SALESFORCE: "Decision Maker"}
OTHER_ROLE = {HUBSPOT: "Billing contact", SALESFORCE: "Business User"}


@BOTH_SIDES
def test_r24_person_put_on_a_deal_stands_on_it_on_the_other_side(world: World, side: Side) -> None:
    use(world)
    deal, (ada,) = stand(world)
    put(world, side, deal, ada, ROLE[side])

    settled(world, full=True)

    for each in Side:
        assert on(world, each) == row(each, deal, ada, ROLE[each])
    assert world.link_count(PAIR) == 1
    world.settles()


@BOTH_SIDES
def test_r23_row_of_a_person_who_is_not_linked_follows_in_the_run_that_links_him(
    world: World, side: Side
) -> None:
    use(world)
    deal, _ = stand(world)
    bob = world.add(
        side,
        "contacts" if side is HUBSPOT else "Contact",
        **{"email" if side is HUBSPOT else "Email": "bob@example.com"},
        **{"lastname" if side is HUBSPOT else "LastName": "Bob"},
    )
    put(world, side, deal, {side: bob})

    settled(world, full=True)

    assert len(on(world, side.other)) == 1
    assert world.link_count(PAIR) == 1
    world.settles()


@pytest.mark.parametrize(
    ("side", "blank"),
    [(HUBSPOT, "keep"), (HUBSPOT, "clear"), (SALESFORCE, "clear"), (SALESFORCE, "fill")],
)
def test_r24_removal_counts_as_a_blank(world: World, side: Side, blank: str) -> None:
    use(world, f"blank: {blank}")
    deal, (ada,) = stand(world)
    id = put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)

    world.remove(side, ROWS[side], id)
    settled(world, full=True)

    stays, back = blank != "clear", blank == "fill"
    assert on(world, side.other) == (
        row(side.other, deal, ada, ROLE[side.other]) if stays else set()
    )
    assert on(world, side) == (row(side, deal, ada, ROLE[side]) if back else set())
    assert world.link_count(PAIR) == (1 if back else 0)
    world.settles()


@BOTH_SIDES
def test_person_taken_off_and_put_on_again_is_linked_again(world: World, side: Side) -> None:
    use(world, "blank: keep")
    deal, (ada,) = stand(world)
    id = put(world, side, deal, ada)
    settled(world, full=True)
    world.remove(side, ROWS[side], id)
    settled(world, full=True)

    put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)

    assert world.link_count(PAIR) == 1
    assert [len(on(world, each)) for each in Side] == [1, 1]
    world.settles()


@BOTH_SIDES
def test_person_taken_off_and_put_on_between_two_runs_never_left(world: World, side: Side) -> None:
    use(world, "blank: clear")
    deal, (ada,) = stand(world)
    id = put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)
    there = set(world.all(side.other, ROWS[side.other]))

    world.remove(side, ROWS[side], id)
    put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)

    assert set(world.all(side.other, ROWS[side.other])) == there
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r24_same_person_put_on_both_sides_at_once_is_one_row(world: World) -> None:
    use(world)
    deal, (ada,) = stand(world)
    for side in Side:
        put(world, side, deal, ada, ROLE[side])

    settled(world, full=True)

    assert world.written() == []
    assert world.link_count(PAIR) == 1
    world.settles()


@BOTH_SIDES
def test_r24_another_role_travels_alone(world: World, side: Side) -> None:
    use(world)
    deal, (ada,) = stand(world)
    id = put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)

    name = "label" if side is HUBSPOT else "Role"
    world.edit(side, ROWS[side], id, **{name: OTHER_ROLE[side]})
    settled(world, full=True)

    assert len(world.written()) == 1
    for each in Side:
        assert on(world, each) == row(each, deal, ada, OTHER_ROLE[each])
    world.settles()


@pytest.mark.parametrize(("wins", "stays"), [("hubspot", False), ("salesforce", True)])
def test_r24_taken_off_in_hubspot_and_relabelled_in_salesforce_goes_by_wins(
    world: World, wins: str, stays: bool
) -> None:
    use(world, f"blank: clear, wins: {wins}")
    deal, (ada,) = stand(world)
    id = put(world, HUBSPOT, deal, ada, ROLE[HUBSPOT])
    settled(world, full=True)
    (role,) = world.all(SALESFORCE, ROWS[SALESFORCE])

    world.remove(HUBSPOT, ROWS[HUBSPOT], id)
    world.edit(SALESFORCE, ROWS[SALESFORCE], role, Role=OTHER_ROLE[SALESFORCE])
    settled(world, full=True)

    for side in Side:
        assert on(world, side) == (row(side, deal, ada, OTHER_ROLE[side]) if stays else set())
    world.settles()


def test_one_way_line_makes_rows_in_its_direction_only(world: World) -> None:
    use(world, "blank: clear", arrow="<-")
    deal, (ada, bob) = stand(world, "ada@example.com", "bob@example.com")
    put(world, SALESFORCE, deal, ada)
    put(world, HUBSPOT, deal, bob)
    settled(world, full=True)

    assert len(on(world, HUBSPOT)) == 2
    assert on(world, SALESFORCE) == row(SALESFORCE, deal, ada)
    world.settles()


def test_a_deal_that_changed_is_read_with_the_people_on_it(world: World) -> None:
    use(world)
    deal, (ada,) = stand(world)
    put(world, HUBSPOT, deal, ada)
    world.edit(HUBSPOT, "deals", deal[HUBSPOT], amount="5")

    settled(world)

    assert on(world, SALESFORCE) == row(SALESFORCE, deal, ada)
    world.settles()


@BOTH_SIDES
def test_r24_people_who_are_merged_keep_their_place_on_the_deal(world: World, side: Side) -> None:
    use(world, "blank: clear")
    deal, (ada, twin) = stand(world, "ada@example.com", "lovelace@example.com")
    name = "contacts" if side is HUBSPOT else "Contact"
    world.remove(side.other, "contacts" if side is SALESFORCE else "Contact", twin[side.other])
    settled(world, full=True)
    put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)

    survivor = world.merge(side, name, twin[side], ada[side])
    result = world.sync(full=True)
    assert result.error is None, result.error
    world.sync(full=True)

    assert on(world, side) == row(side, deal, {side: survivor}, ROLE[side])
    assert on(world, side.other) == row(side.other, deal, ada, ROLE[side.other])
    assert world.link_count(PAIR) == 1
    world.settles()


def become_one(world: World, stays: dict[Side, str], goes: dict[Side, str]) -> None:
    """Merge a person in HubSpot, let a run look at people alone, and merge in Salesforce.

    There both go up in a contact that nobody knew.
    """
    stays[HUBSPOT] = world.merge(HUBSPOT, "contacts", stays[HUBSPOT], goes[HUBSPOT])
    world.drop("deals")
    world.sync()
    assert world.conflicts(), "he is two people in Salesforce still"
    one = world.add(SALESFORCE, "Contact", Email="countess@example.com", LastName="Lovelace")
    for each in (goes, stays):
        one = world.merge(SALESFORCE, "Contact", one, each[SALESFORCE])
    stays[SALESFORCE] = one


def test_r15_role_of_two_people_who_became_one_at_last_is_not_made_twice(world: World) -> None:
    use(world, "blank: keep")
    deal, (ada, twin) = stand(world, "ada@example.com", "lovelace@example.com")
    put(world, SALESFORCE, deal, ada, ROLE[SALESFORCE])
    settled(world, full=True)

    become_one(world, twin, ada)
    use(world, "blank: keep")
    settled(world, full=True)

    for side in Side:
        assert on(world, side) == row(side, deal, twin, ROLE[side])
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r15_role_that_is_linked_to_none_is_found_when_its_person_became_another(
    world: World,
) -> None:
    use(world, arrow="->")
    deal, (ada, twin) = stand(world, "ada@example.com", "lovelace@example.com")
    put(world, SALESFORCE, deal, ada, ROLE[SALESFORCE])
    settled(world, full=True)
    assert on(world, HUBSPOT) == set()

    become_one(world, twin, ada)
    use(world, arrow="->")
    put(world, HUBSPOT, deal, twin, ROLE[HUBSPOT])
    settled(world, full=True)

    for side in Side:
        assert on(world, side) == row(side, deal, twin, ROLE[side])
    assert world.link_count(PAIR) == 1
    world.settles()


@pytest.mark.parametrize("blank", ["keep", "clear"])
def test_r15_row_of_a_person_who_waits_for_a_merge_sleeps_and_takes_nothing_away(
    world: World, blank: str
) -> None:
    use(world, f"blank: {blank}")
    deal, (ada, twin) = stand(world, "ada@example.com", "lovelace@example.com")
    put(world, SALESFORCE, deal, ada, ROLE[SALESFORCE])
    settled(world, full=True)
    (link,) = world.links_of(next(iter(world.all(HUBSPOT, ROWS[HUBSPOT]))))

    survivor = world.merge(HUBSPOT, "contacts", twin[HUBSPOT], ada[HUBSPOT])
    for _ in range(2):
        world.sync(full=True)

    (link,) = world.links_of(link.left.id)
    assert link.state is LinkState.ASLEEP
    assert on(world, SALESFORCE) >= row(SALESFORCE, deal, ada, ROLE[SALESFORCE])
    assert survivor in {person for _, person, _ in on(world, HUBSPOT)}
    world.settles()


@pytest.mark.parametrize("blank", ["keep", "clear", "fill"])
def test_r14_r24_role_taken_away_in_salesforce_while_its_person_is_merged_in_hubspot(
    world: World, blank: str
) -> None:
    use(world, f"blank: {blank}")
    deal, (ada,) = stand(world)
    id = put(world, SALESFORCE, deal, ada, ROLE[SALESFORCE])
    settled(world, full=True)

    twin = world.add(HUBSPOT, "contacts", email="countess@example.com", lastname="Lovelace")
    survivor = {HUBSPOT: world.merge(HUBSPOT, "contacts", twin, ada[HUBSPOT])}
    world.remove(SALESFORCE, ROWS[SALESFORCE], id)
    settled(world, full=True)
    settled(world)

    there = row(SALESFORCE, deal, ada, ROLE[SALESFORCE])
    here = row(HUBSPOT, deal, survivor, ROLE[HUBSPOT])
    assert on(world, SALESFORCE) == (there if blank == "fill" else set())
    assert on(world, HUBSPOT) == (set() if blank == "clear" else here)
    world.settles()


@pytest.mark.parametrize(("side", "what"), [(HUBSPOT, "person"), (SALESFORCE, "deal")])
def test_r9_rows_of_what_was_deleted_fall_quiet_and_take_nothing_away(
    world: World, side: Side, what: str
) -> None:
    use(world, "blank: clear")
    deal, (ada,) = stand(world)
    put(world, side, deal, ada, ROLE[side])
    settled(world, full=True)

    if what == "deal":
        world.remove(side, "deals" if side is HUBSPOT else "Opportunity", deal[side])
    else:
        world.remove(side, "contacts" if side is HUBSPOT else "Contact", ada[side])
    settled(world, full=True)

    assert on(world, side.other) == row(side.other, deal, ada, ROLE[side.other])
    assert on(world, side) == set()
    world.settles()


def test_r4_two_roles_of_one_person_on_a_deal_are_one_row_and_one_waits(world: World) -> None:
    use(world)
    deal, (ada,) = stand(world)
    first = put(world, SALESFORCE, deal, ada, ROLE[SALESFORCE])
    put(world, SALESFORCE, deal, ada, OTHER_ROLE[SALESFORCE])
    result = world.sync(full=True)
    assert result.error is None

    assert on(world, HUBSPOT) == row(HUBSPOT, deal, ada, ROLE[HUBSPOT])
    assert len(world.conflicts()) == 1
    world.settles()

    world.remove(SALESFORCE, ROWS[SALESFORCE], first)
    world.sync()
    world.sync()
    assert on(world, HUBSPOT) == row(HUBSPOT, deal, ada, OTHER_ROLE[HUBSPOT])
    assert world.link_count(PAIR) == 1
    world.settles()


def test_r29_rows_count_as_changes_of_the_records_they_belong_to(world: World) -> None:
    use(world)
    deal, people = stand(world, *(f"p{number}@example.com" for number in range(4)))
    for person in people:
        put(world, HUBSPOT, deal, person)
    world.use(settings="guard: {changes: 3, creates: 0}")

    result = world.sync(full=True)

    assert result.exit == 4
    assert "deals.people: 4 records updated" in str(result.error)
    assert on(world, SALESFORCE) == set()

    world.approve(result.plan)
    settled(world)
    assert len(on(world, SALESFORCE)) == 4
    world.settles()


def test_rows_are_made_once_although_the_process_is_killed(world: World) -> None:
    use(world)
    deal, (ada,) = stand(world)
    put(world, HUBSPOT, deal, ada, ROLE[HUBSPOT])
    world.edit(HUBSPOT, "deals", deal[HUBSPOT], amount="5")
    world.kill(SALESFORCE, spared=1)
    world.killed_sync()
    world.recover()

    settled(world)

    assert on(world, SALESFORCE) == row(SALESFORCE, deal, ada, ROLE[SALESFORCE])
    assert world.link_count(PAIR) == 1
    world.settles()


def test_row_is_read_again_by_the_run_after_one_that_was_killed_before_it_came_to_rows(
    world: World,
) -> None:
    use(world)
    other = {
        HUBSPOT: add_deal(world, dealname="Small one"),
        SALESFORCE: add_opportunity(world, Name="Small one"),
    }
    deal, (ada,) = stand(world)
    put(world, HUBSPOT, deal, ada, ROLE[HUBSPOT])
    world.edit(HUBSPOT, "deals", deal[HUBSPOT], revloop_reporting_amount="5")
    world.edit(HUBSPOT, "deals", other[HUBSPOT], amount="5")
    world.kill(SALESFORCE)
    world.killed_sync()
    world.recover()

    settled(world)

    assert on(world, SALESFORCE) == row(SALESFORCE, deal, ada, ROLE[SALESFORCE])
    world.settles()


def test_plan_shows_rows_as_associations(world: World) -> None:
    use(world)
    deal, (ada,) = stand(world)
    put(world, HUBSPOT, deal, ada, ROLE[HUBSPOT])

    operations = [one for one in world.plan(full=True) if one["pair"] == PAIR]

    (operation,) = operations
    assert (operation["kind"], operation["side"]) == ("associate", "salesforce")
    assert {one["name"] for one in operation["fields"]} == {"deal", "person", "role"}


def test_rows_that_wait_are_read_once_in_the_run_that_links_what_they_tie(world: World) -> None:
    use(world, more=CREATES)
    deal = add_opportunity(world)
    for number in range(3):
        email = f"p{number}@example.com"
        person = world.add(SALESFORCE, "Contact", Email=email, LastName="Lovelace")
        put(world, SALESFORCE, {SALESFORCE: deal}, {SALESFORCE: person}, ROLE[SALESFORCE])

    settled(world)

    assert len(on(world, HUBSPOT)) == 3
    assert world.link_count(PAIR) == 3
    assert world.fetched(ROWS[SALESFORCE]) == 0
    world.settles()


def test_a_run_with_no_change_asks_for_no_association(world: World) -> None:
    use(world)
    deal, (ada,) = stand(world)
    put(world, HUBSPOT, deal, ada, ROLE[HUBSPOT])
    settled(world, full=True)
    settled(world)

    before, after = (world.sync().document["calls"] for _ in range(2))

    spent = {side: after[side] - before[side] for side in after}
    assert spent["hubspot"] <= 2, "one for each object, and none for the people on deals"
    assert spent["salesforce"] <= 2


def test_r17_lead_on_a_deal_gets_his_role_when_he_is_converted(world: World) -> None:
    use(world)
    company = '{map: company -> Lead.Company, if_blank: "[not given]"}'
    leads = 'create: {salesforce: {as: Lead, when: "true"}, hubspot: {when: "true"}}'
    world.use(people(f"company: {company}", objects="Contact | Lead", more=leads))
    deal, _ = stand(world)
    lead = world.add(SALESFORCE, "Lead", Email="bob@example.com", LastName="Bob", Company="Engines")
    settled(world)
    (bob,) = (id for id, one in world.all(HUBSPOT, "contacts").items() if one["lastname"] == "Bob")
    put(world, HUBSPOT, deal, {HUBSPOT: bob}, ROLE[HUBSPOT])
    settled(world, full=True)
    assert on(world, SALESFORCE) == set()

    contact = world.convert(lead)
    result = world.sync()

    assert result.error is None, result.error
    assert on(world, SALESFORCE) == row(SALESFORCE, deal, {SALESFORCE: contact}, ROLE[SALESFORCE])
    world.settles()


def test_role_that_is_given_to_another_person_is_held(world: World) -> None:
    use(world)
    deal, (ada, bob) = stand(world, "ada@example.com", "bob@example.com")
    put(world, HUBSPOT, deal, ada, ROLE[HUBSPOT])
    settled(world, full=True)
    (role,) = world.all(SALESFORCE, ROWS[SALESFORCE])

    world.edit(SALESFORCE, ROWS[SALESFORCE], role, ContactId=bob[SALESFORCE])
    result = world.sync()

    assert result.error is None
    assert len(world.conflicts()) == 1
    assert on(world, HUBSPOT) == row(HUBSPOT, deal, ada, ROLE[HUBSPOT])
    world.settles()


def test_rows_follow_an_approved_plan_that_makes_what_they_tie(world: World) -> None:
    use(world, more=CREATES)
    world.use(settings="guard: {changes: 0, creates: 0}")
    deal = add_opportunity(world)
    person = world.add(SALESFORCE, "Contact", Email="ada@example.com", LastName="Lovelace")
    put(world, SALESFORCE, {SALESFORCE: deal}, {SALESFORCE: person}, ROLE[SALESFORCE])
    stopped = world.sync()
    assert stopped.exit == 4

    world.approve(stopped.plan)
    settled(world)

    assert [role for _, _, role in on(world, HUBSPOT)] == [ROLE[HUBSPOT]]
    assert world.link_count(PAIR) == 1
    world.settles()


@BOTH_SIDES
def test_person_put_on_again_where_the_sync_took_him_off_comes_back(
    world: World, side: Side
) -> None:
    use(world, "blank: clear")
    deal, (ada,) = stand(world)
    id = put(world, side, deal, ada)
    settled(world, full=True)
    world.remove(side, ROWS[side], id)
    settled(world, full=True)
    assert on(world, side.other) == set()

    put(world, side.other, deal, ada, ROLE[side.other])
    settled(world, full=True)

    for each in Side:
        assert on(world, each) == row(each, deal, ada, ROLE[each])
    world.settles()


def test_r23_deal_that_was_held_brings_the_people_put_on_it_meanwhile(world: World) -> None:
    use(world)
    _, (ada,) = stand(world)
    twins = [add_deal(world, dealname="Engine") for _ in range(2)]
    other = {HUBSPOT: twins[0], SALESFORCE: add_opportunity(world, Name="Engine")}
    world.sync()
    assert len(world.conflicts()) > 0
    put(world, HUBSPOT, other, ada, ROLE[HUBSPOT])

    world.edit(HUBSPOT, "deals", twins[1], dealname="Another engine")
    settled(world)

    assert on(world, SALESFORCE) == row(SALESFORCE, other, ada, ROLE[SALESFORCE])
    world.settles()
