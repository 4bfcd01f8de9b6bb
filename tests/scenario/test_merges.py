"""Rows R14 to R16 of the decision table: links follow their records through merges."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.domain.record import Side
from sync.domain.store import ConflictKind, LinkState
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, World, companies, people

CREATE_BOTH = """
create:
  salesforce: {when: 'record.email != ""'}
  hubspot: {when: 'record.email != ""'}
"""
TITLE = "title: jobtitle <-> Title"
CITY = "city: city <-> MailingCity"

#: By side: the object, the field of the title, and the field that keeps the other's id.
OBJECTS = {HUBSPOT: "contacts", SALESFORCE: "Contact"}
TITLES = {HUBSPOT: "jobtitle", SALESFORCE: "Title"}
KEYS = {HUBSPOT: "salesforce_id", SALESFORCE: "HubSpot_Contact_Id__c"}


def _person(world: World, side: Side, email: str, **values: str) -> str:
    names = ("email", "lastname") if side is HUBSPOT else ("Email", "LastName")
    return world.add(
        side, OBJECTS[side], **dict(zip(names, (email, "King"), strict=True)), **values
    )


def _merge(world: World, side: Side, winner: str, loser: str) -> str:
    return world.merge(side, OBJECTS[side], winner, loser)


def _ends(world: World, id: str) -> list[tuple[str, str]]:
    """Give both ids of the links, closed ones left out, that an id leads to."""
    return [
        (link.left.id, link.right.id)
        for link in world.links_of(id)
        if link.state is not LinkState.CLOSED
    ]


def _keys_agree(world: World, left: str, right: str) -> None:
    assert world.values(HUBSPOT, "contacts", left)[KEYS[HUBSPOT]] == right
    assert world.values(SALESFORCE, "Contact", right)[KEYS[SALESFORCE]] == left


# --- R14, R16: the survivor was not linked ------------------------------------------------------


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r14_r16_link_moves_to_the_survivor_and_both_keep_each_others_ids(
    world: World, side: Side
) -> None:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    other = _person(world, side, "king@example.com")
    world.sync()

    survivor = _merge(world, side, other, ada.ids[side])
    planned = world.plan()
    assert {"link"} <= {one["kind"] for one in planned}
    result = world.sync()

    assert result.exit == 0
    across = ada.ids[side.other]
    ends = (survivor, across) if side is HUBSPOT else (across, survivor)
    assert _ends(world, ada.ids[side]) == [ends]
    assert (world.link_count(), world.conflicts(), world.errors()) == (1, [], [])
    _keys_agree(world, *ends)
    # What the survivor lacked is filled, as at first linking.
    assert world.values(side, OBJECTS[side], survivor)[TITLES[side]] == "CEO"
    (moved,) = [one for one in world.audit(world.links_of(across)[0]) if one.kind == "moved"]
    assert (moved.side, moved.reason) == (side, "merged")
    assert (moved.before, moved.after) == (
        f"{OBJECTS[side]} {ada.ids[side]}",
        f"{OBJECTS[side]} {survivor}",
    )
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r14_edits_made_before_the_merge_still_travel(world: World, side: Side) -> None:
    # Settled question 19: three ways on the old shadows.
    world.use(people(TITLE, CITY))
    ada = world.couple({"jobtitle": "CEO", "city": "Bonn"}, {"Title": "CEO", "MailingCity": "Bonn"})
    other = _person(world, side, "king@example.com", **{TITLES[side]: "Chair"})
    city = {HUBSPOT: "city", SALESFORCE: "MailingCity"}
    ada.edit(side.other, **{city[side.other]: "Kiel"})

    survivor = _merge(world, side, other, ada.ids[side])
    world.sync()

    kept = world.values(side, OBJECTS[side], survivor)
    assert (kept[TITLES[side]], kept[city[side]]) == ("Chair", "Kiel")
    assert ada.on(side.other)[TITLES[side.other]] == "Chair"
    world.settles()


def test_r16_edit_of_the_loser_that_never_was_sent_is_kept_as_overruled(world: World) -> None:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    king = _person(world, SALESFORCE, "king@example.com", Title="Chair")
    ada.edit(SALESFORCE, Title="Founder")

    _merge(world, SALESFORCE, king, ada.ids[SALESFORCE])
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    assert (SALESFORCE, "Founder") in ada.overruled("title")
    world.settles()


@pytest.mark.parametrize("together", [True, False], ids=["in one run", "in two runs"])
@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r14_r16_chain_of_merges_is_followed_to_its_end(
    world: World, side: Side, together: bool
) -> None:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    second, third = (_person(world, side, f"{name}@example.com") for name in ("two", "three"))
    world.sync()

    survivor = _merge(world, side, second, ada.ids[side])
    if not together:
        world.sync()
    survivor = _merge(world, side, third, survivor)
    world.sync()

    across = ada.ids[side.other]
    ends = (survivor, across) if side is HUBSPOT else (across, survivor)
    assert _ends(world, across) == _ends(world, ada.ids[side]) == [ends]
    _keys_agree(world, *ends)
    world.settles()


def test_r14_r16_merges_on_both_sides_of_a_link_in_one_run(world: World) -> None:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ours = _person(world, HUBSPOT, "ours@example.com")
    theirs = _person(world, SALESFORCE, "theirs@example.com")
    world.sync()

    left = _merge(world, HUBSPOT, ours, ada.ids[HUBSPOT])
    right = _merge(world, SALESFORCE, theirs, ada.ids[SALESFORCE])
    world.sync()

    assert _ends(world, left) == [(left, right)]
    _keys_agree(world, left, right)
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r14_r16_merge_is_found_where_all_is_read_and_compared(world: World, side: Side) -> None:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    other = _person(world, side, "king@example.com")
    world.sync()
    survivor = _merge(world, side, other, ada.ids[side])
    world.pass_time(timedelta(hours=30))

    world.sync(full=True)

    across = ada.ids[side.other]
    assert _ends(world, across) == [(survivor, across) if side is HUBSPOT else (across, survivor)]
    world.settles()


def test_r14_merge_between_reading_and_writing_is_followed_in_the_same_run(world: World) -> None:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    other = _person(world, HUBSPOT, "king@example.com")
    world.sync()
    ada.edit(SALESFORCE, Title="Chair")
    merged: list[str] = []
    world.before_write(
        HUBSPOT, lambda: merged.append(_merge(world, HUBSPOT, other, ada.ids[HUBSPOT]))
    )

    result = world.sync()

    (survivor,) = merged
    assert (result.exit, world.errors()) == (0, [])
    assert _ends(world, survivor) == [(survivor, ada.ids[SALESFORCE])]
    assert world.values(HUBSPOT, "contacts", survivor)["jobtitle"] == "Chair"
    world.settles()


def test_r14_reference_to_the_merged_company_stays_the_same_reference(world: World) -> None:
    account = "account: {map: associated company <-> AccountId, pair: companies}"
    world.use(companies(), people(TITLE, account))
    example = world.company()
    ada = world.couple()
    world.refer(HUBSPOT, "contacts", ada.ids[HUBSPOT], example.ids[HUBSPOT])
    world.sync(full=True)
    assert world.named(SALESFORCE, "Contact", ada.ids[SALESFORCE]) == example.ids[SALESFORCE]
    other = world.add(HUBSPOT, "companies", domain="other.example.com", name="Other")
    world.sync()

    survivor = world.merge(HUBSPOT, "companies", other, example.ids[HUBSPOT])
    world.sync(full=True)

    assert world.carried() == [] or all(name != "AccountId" for _, name, _ in world.carried())
    assert world.named(HUBSPOT, "contacts", ada.ids[HUBSPOT]) == survivor
    assert world.named(SALESFORCE, "Contact", ada.ids[SALESFORCE]) == example.ids[SALESFORCE]
    assert world.waiting() == 0
    world.settles()


def test_r14_possible_duplicate_that_people_merge_into_the_linked_record_is_settled(
    world: World,
) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    ada = world.couple()
    twin = _person(world, SALESFORCE, "ada@example.com")
    world.sync()
    assert len(world.conflicts()) == 1

    _merge(world, SALESFORCE, ada.ids[SALESFORCE], twin)
    world.sync()

    assert (world.conflicts(), world.link_count()) == ([], 1)
    world.settles()


# --- R15, R16: both were linked -----------------------------------------------------------------


def _two(world: World) -> tuple[Couple, Couple]:
    world.use(people(TITLE))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    king = world.couple({"jobtitle": "Chair"}, {"Title": "Chair"}, email="king@example.com")
    return ada, king


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r15_r16_survivor_keeps_its_own_link_and_the_other_waits_for_a_person(
    world: World, side: Side
) -> None:
    ada, king = _two(world)
    before = [one.on(side.other) for one in (ada, king)]

    survivor = _merge(world, side, king.ids[side], ada.ids[side])
    result = world.sync()

    assert result.exit == 1
    (held,) = world.conflicts()
    assert held.kind is ConflictKind.MERGED
    two = {one.ids[side.other] for one in (ada, king)}
    assert {ref.id for at, ref in held.records if at is side.other} == two
    assert all(id in held.proposal for id in two)
    assert world.link_count() == world.link_count(state=LinkState.ASLEEP) == 1
    # Neither is overwritten; the one that stays is told the survivor's id, no more.
    after = [one.on(side.other) for one in (ada, king)]
    for values in (*before, *after):
        values.pop("LastModifiedDate", None)
    before[1][KEYS[side.other]] = survivor
    assert after == before
    world.settles()
    assert len(world.conflicts()) == 1


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r15_r22_what_is_refused_beside_a_held_pair_is_not_sent_in_every_run(
    world: World, side: Side
) -> None:
    ada, king = _two(world)
    survivor = _merge(world, side, king.ids[side], ada.ids[side])
    world.sync()
    world.forbid("Contact", "Title", "Cook")
    person = survivor if side is HUBSPOT else king.ids[HUBSPOT]
    world.edit(HUBSPOT, "contacts", person, jobtitle="Cook")
    world.sync()
    assert [write.values for write in world.written()] == [{"Title": "Cook"}]

    world.sync()

    assert world.written() == []
    (error,) = world.errors()
    assert (error.field, error.attempts) == ("", 1)
    assert len(world.conflicts()) == 1


@pytest.mark.parametrize("own", [True, False], ids=["into the one that stayed", "the other way"])
@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r15_r16_held_pair_is_settled_once_people_merge_the_rest(
    world: World, side: Side, own: bool
) -> None:
    ada, king = _two(world)
    survivor = _merge(world, side, king.ids[side], ada.ids[side])
    world.sync()
    stayed, waited = king.ids[side.other], ada.ids[side.other]

    rest = _merge(world, side.other, *((stayed, waited) if own else (waited, stayed)))
    result = world.sync()

    assert (result.exit, world.conflicts(), world.errors()) == (0, [], [])
    ends = (survivor, rest) if side is HUBSPOT else (rest, survivor)
    assert _ends(world, survivor) == _ends(world, rest) == [ends]
    assert world.link_count(state=LinkState.ASLEEP) == 0
    _keys_agree(world, *ends)
    world.settles()


@pytest.mark.parametrize("first", [HUBSPOT, SALESFORCE])
def test_r15_r16_both_pairs_merged_on_both_sides_in_one_run_become_one_link(
    world: World, first: Side
) -> None:
    ada, king = _two(world)
    kept = {
        side: _merge(world, side, king.ids[side], ada.ids[side]) for side in (first, first.other)
    }

    result = world.sync()

    assert (result.exit, world.conflicts()) == (0, [])
    assert _ends(world, kept[HUBSPOT]) == [(kept[HUBSPOT], kept[SALESFORCE])]
    assert (world.link_count(), world.link_count(state=LinkState.CLOSED)) == (1, 1)
    world.settles()


@pytest.mark.parametrize("delete", ["unlink", "archive"])
def test_r15_waiting_record_takes_the_place_of_the_one_that_is_deleted(
    world: World, delete: str
) -> None:
    world.use(people(TITLE, more=f"delete: {delete}"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    king = world.couple({"jobtitle": "Chair"}, {"Title": "Chair"}, email="king@example.com")
    survivor = _merge(world, HUBSPOT, king.ids[HUBSPOT], ada.ids[HUBSPOT])
    world.sync()
    king.remove(SALESFORCE)

    world.sync()

    assert _ends(world, survivor) == [(survivor, ada.ids[SALESFORCE])]
    assert world.conflicts() == []
    _keys_agree(world, survivor, ada.ids[SALESFORCE])
    world.settles()


@pytest.mark.parametrize("delete", ["unlink", "archive"])
def test_r9_deleted_survivor_counts_for_both_records_it_was(world: World, delete: str) -> None:
    world.use(people(TITLE, more=f"delete: {delete}"))
    ada = world.couple()
    king = world.couple(email="king@example.com")
    survivor = _merge(world, HUBSPOT, king.ids[HUBSPOT], ada.ids[HUBSPOT])
    world.sync()
    world.remove(HUBSPOT, "contacts", survivor)

    world.sync(full=True)

    assert world.link_count(state=LinkState.CLOSED) == 2
    left = [] if delete == "archive" else sorted([ada.ids[SALESFORCE], king.ids[SALESFORCE]])
    assert sorted(world.all(SALESFORCE, "Contact")) == left
    assert world.conflicts() == []
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r14_then_r9_merged_and_deleted_between_two_runs_counts_as_deleted(
    world: World, side: Side
) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    other = _person(world, side, "king@example.com")
    world.sync()

    survivor = _merge(world, side, other, ada.ids[side])
    world.remove(side, OBJECTS[side], survivor)
    world.sync(full=True)

    assert world.link_count(state=LinkState.CLOSED) == 1
    assert len(world.all(side.other, OBJECTS[side.other])) == 1
    world.settles()


def test_r20_merge_of_a_record_that_left_include_is_followed_and_no_field_travels(
    world: World,
) -> None:
    world.use(people(TITLE, CITY, more="include: {hubspot: 'record.city != \"Kiel\"'}"))
    ada = world.couple({"jobtitle": "CEO", "city": "Bonn"}, {"Title": "CEO", "MailingCity": "Bonn"})
    ada.edit(HUBSPOT, city="Kiel")
    world.sync()
    assert world.link_count(state=LinkState.OUTSIDE) == 1
    other = _person(world, HUBSPOT, "king@example.com", jobtitle="Chair", city="Kiel")

    survivor = _merge(world, HUBSPOT, other, ada.ids[HUBSPOT])
    world.sync()

    assert _ends(world, survivor) == [(survivor, ada.ids[SALESFORCE])]
    assert world.link_count(state=LinkState.OUTSIDE) == 1
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert ada.on(SALESFORCE)[KEYS[SALESFORCE]] == survivor
    world.settles()
