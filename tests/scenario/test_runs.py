"""Rows R20 to R22, R26 to R29 and R32, and plans: what a run does as a whole, and when it stops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.domain.record import Side
from sync.domain.stopping import Stop
from sync.domain.store import LinkState
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies, people

TITLE = "title: jobtitle <-> Title"
CITY = "city: city <-> MailingCity"
CREATE_BOTH = "create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"
ONLY_BONN = "include: {hubspot: 'record.city == \"Bonn\"'}"
BONN = ({"city": "Bonn", "jobtitle": "CEO"}, {"MailingCity": "Bonn", "Title": "CEO"})


# --- R20: leaving -------------------------------------------------------------------------------


def test_r20_no_field_travels_of_a_record_that_left(world: World) -> None:
    world.use(people(TITLE, CITY, more=f"{ONLY_BONN}\non_leave: keep"))
    ada = world.couple(*BONN)
    ada.edit(HUBSPOT, city="Kiel", jobtitle="Chair")

    world.sync()

    assert (ada.on(SALESFORCE)["MailingCity"], ada.on(SALESFORCE)["Title"]) == ("Bonn", "CEO")
    assert (world.link_count(), world.link_count(state=LinkState.OUTSIDE)) == (0, 1)
    ada.edit(SALESFORCE, Title="Head")
    world.sync()
    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    world.settles()


def test_r20_deletion_of_a_record_that_left_is_still_followed(world: World) -> None:
    world.use(people(TITLE, CITY, more=f"{ONLY_BONN}\non_leave: keep\ndelete: archive"))
    ada = world.couple(*BONN)
    ada.edit(HUBSPOT, city="Kiel")
    world.sync()
    ada.remove(HUBSPOT)

    world.sync(full=True)

    assert world.all(SALESFORCE, "Contact") == {}
    assert world.link_count(state=LinkState.CLOSED) == 1


def test_r20_record_that_comes_back_merges_on_its_old_shadows(world: World) -> None:
    world.use(people(TITLE, CITY, more=f"{ONLY_BONN}\non_leave: keep", first_sync="salesforce"))
    ada = world.couple(*BONN)
    ada.edit(HUBSPOT, city="Kiel", jobtitle="Chair")
    world.sync()
    ada.edit(HUBSPOT, city="Bonn")

    world.sync()

    assert world.link_count() == 1
    assert ada.on(SALESFORCE)["Title"] == ada.on(HUBSPOT)["jobtitle"] == "Chair"
    world.settles()


def test_r20_on_leave_unlink_closes_the_link(world: World) -> None:
    world.use(people(TITLE, CITY, more=f"{ONLY_BONN}\non_leave: unlink\n{CREATE_BOTH}"))
    ada = world.couple(*BONN)
    ada.edit(HUBSPOT, city="Kiel", jobtitle="Chair")

    world.sync()

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert world.link_count(state=LinkState.CLOSED) == 1
    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 1
    world.settles()


# --- R21, R22: the match key --------------------------------------------------------------------


def test_r21_edited_match_key_is_an_ordinary_edit(world: World) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    ada = world.couple()
    ada.edit(HUBSPOT, email="ada@example.org")

    world.sync()

    assert ada.on(SALESFORCE)["Email"] == "ada@example.org"
    assert world.link_count() == 1
    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 1
    world.settles()


def test_r21_keys_edited_apart_do_not_part_the_records(world: World) -> None:
    world.use(people(TITLE, more=f"{CREATE_BOTH}\ndefaults: {{wins: hold}}"))
    ada = world.couple()
    ada.edit(HUBSPOT, email="ada@example.org")
    ada.edit(SALESFORCE, Email="ada@example.net")
    world.sync()
    ada.edit(HUBSPOT, jobtitle="CEO")

    world.sync()

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 1
    world.settles()


def test_r22_key_of_another_record_is_refused_and_the_rest_is_sent(world: World) -> None:
    world.use(people(TITLE, CITY))
    ada = world.couple()
    bob = world.couple(email="bob@example.com")
    ada.edit(SALESFORCE, Email="bob@example.com", Title="CEO", MailingCity="Bonn")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.errors()
    assert (item.side, item.field) == (HUBSPOT, "email")
    assert item.ref is not None
    assert item.ref.id == ada.ids[HUBSPOT]
    assert bob.ids[HUBSPOT] in item.message
    held = ada.on(HUBSPOT)
    assert (held["email"], held["jobtitle"], held["city"]) == ("ada@example.com", "CEO", "Bonn")
    world.settles()


# --- R26: one bad record ------------------------------------------------------------------------


def test_r26_one_refused_record_stops_no_other(world: World) -> None:
    world.use(people(TITLE))
    couples = [world.couple(email=f"{name}@example.com") for name in ("ada", "bob", "cleo")]
    world.forbid("Contact", "Title", "Pirate")
    for couple, title in zip(couples, ("CEO", "Pirate", "CTO"), strict=True):
        couple.edit(HUBSPOT, jobtitle=title)

    result = world.sync()

    assert result.exit == 1
    assert [couple.on(SALESFORCE)["Title"] for couple in couples] == ["CEO", None, "CTO"]
    (item,) = world.errors()
    assert item.ref is not None
    assert item.ref.id == couples[1].ids[SALESFORCE]
    assert "no Title like that" in item.message
    assert item.fix


def test_r26_refused_update_is_not_sent_again_in_every_run(world: World) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    world.forbid("Contact", "Title", "Pirate")
    ada.edit(HUBSPOT, jobtitle="Pirate")
    world.sync()

    world.settles()
    assert len(world.errors()) == 1


def test_r26_refused_create_is_not_sent_again_in_every_run(world: World) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    world.forbid("Contact", "Title", "Pirate")
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Bonny", jobtitle="Pirate")
    world.sync()

    world.settles()
    assert len(world.errors()) == 1


@pytest.mark.parametrize("linked", [True, False], ids=["update", "create"])
def test_r26_refused_record_is_tried_again_after_a_pause(world: World, linked: bool) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    world.forbid("Contact", "Title", "Pirate")
    if linked:
        world.couple().edit(HUBSPOT, jobtitle="Pirate")
    else:
        world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Bonny", jobtitle="Pirate")
    world.sync()
    world.allow()
    world.pass_time(timedelta(minutes=20))

    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["Title"] == "Pirate"
    assert world.errors() == []
    world.settles()


@pytest.mark.parametrize("linked", [True, False], ids=["update", "create"])
def test_r26_pauses_grow(world: World, linked: bool) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    world.forbid("Contact", "Title", "Pirate")
    if linked:
        world.couple().edit(HUBSPOT, jobtitle="Pirate")
    else:
        world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Bonny", jobtitle="Pirate")
    world.sync()
    tries = []
    for _ in range(5):
        world.pass_time(timedelta(minutes=20))
        world.sync()
        tries.append(len(world.written()))

    assert tries == [1, 0, 0, 1, 0]


@pytest.mark.parametrize("linked", [True, False], ids=["update", "create"])
def test_r26_refused_record_is_tried_again_when_it_is_edited(world: World, linked: bool) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    world.forbid("Contact", "Title", "Pirate")
    if linked:
        ada = world.couple().ids[HUBSPOT]
        world.edit(HUBSPOT, "contacts", ada, jobtitle="Pirate")
    else:
        ada = world.add(
            HUBSPOT, "contacts", email="ada@example.com", lastname="Bonny", jobtitle="Pirate"
        )
    world.sync()
    world.edit(HUBSPOT, "contacts", ada, jobtitle="Captain")

    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["Title"] == "Captain"
    assert world.errors() == []
    world.settles()


@pytest.mark.parametrize("linked", [True, False], ids=["update", "create"])
def test_r26_refused_record_is_tried_again_when_the_mapping_changes(
    world: World, linked: bool
) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    world.forbid("Contact", "Title", "Pirate")
    if linked:
        world.couple().edit(HUBSPOT, jobtitle="Pirate")
    else:
        world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Bonny", jobtitle="Pirate")
    world.sync()
    world.use(
        people("title: {map: jobtitle -> Title, values: {Pirate: Captain}}", more=CREATE_BOTH)
    )

    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["Title"] == "Captain"
    assert world.errors() == []
    world.settles()


# --- R27: a CRM in trouble ----------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.DOWN, Fault.NO_ANSWER_BEFORE, Fault.HTML])
@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r27_crm_that_does_not_answer_ends_the_run_with_3_and_the_next_goes_on(
    world: World, side: Side, fault: Fault
) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.fail(side, fault)

    result = world.sync()

    assert result.exit == 3
    assert result.stopped == "unavailable"
    assert ada.on(SALESFORCE)["Title"] is None
    world.recover()
    assert world.sync().exit == 0
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.DOWN, Fault.NO_ANSWER_AFTER])
@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r27_watermark_does_not_pass_what_was_not_written(
    world: World, side: Side, fault: Fault
) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    if side is SALESFORCE:
        ada.edit(HUBSPOT, jobtitle="CEO")
    else:
        ada.edit(SALESFORCE, Title="CEO")
    world.fail_write(side, fault, times=10_000)

    assert world.sync().exit == 3
    world.recover()
    world.pass_time(timedelta(hours=2))
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


@pytest.mark.parametrize("before", [True, False], ids=["never sent", "never answered"])
def test_overruled_value_of_a_killed_write_is_kept(world: World, before: bool) -> None:
    world.use(people("title: {map: jobtitle <-> Title, wins: salesforce}"))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="CEO")
    world.kill(HUBSPOT, before=before)

    world.killed_sync()
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "CEO"
    assert ada.overruled("title") == [(HUBSPOT, "Chair")]
    world.settles()


def test_killed_write_is_noted_once_however_often_the_next_run_is_killed(world: World) -> None:
    world.use(
        people("title: {map: jobtitle <-> Title, wins: salesforce}", "city: city <-> MailingCity")
    )
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="CEO")
    world.kill(HUBSPOT, before=False)
    world.killed_sync()
    ada.edit(HUBSPOT, city="Wien")
    world.kill(SALESFORCE, before=True)
    world.killed_sync()

    world.sync()

    assert ada.on(SALESFORCE)["MailingCity"] == "Wien"
    assert ada.overruled("title") == [(HUBSPOT, "Chair")]
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_what_a_killed_run_wrote_is_nobodys_edit_when_its_source_is_edited_again(
    world: World, side: Side
) -> None:
    world.use(people("title: {map: jobtitle <-> Title, wins: hold}"))
    ada = world.couple()
    name = {HUBSPOT: "jobtitle", SALESFORCE: "Title"}
    ada.edit(side, **{name[side]: "CEO"})
    world.kill(side.other)
    world.killed_sync()
    ada.edit(side, **{name[side]: "Chair"})

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chair"
    assert not world.conflicts()
    world.settles()


def test_update_refused_after_it_was_carried_out_without_an_answer_is_nobodys_edit(
    world: World,
) -> None:
    world.use(people("title: {map: jobtitle <-> Title, wins: hold}"))
    couples = [world.couple(email=f"{name}@example.com") for name in ("ada", "bob")]
    for couple in couples:
        couple.edit(SALESFORCE, Title="CEO")
    world.fail_write(HUBSPOT, Fault.NO_ANSWER_AFTER)
    world.fail_write(HUBSPOT, Fault.HALF_REFUSED)
    assert world.sync().exit in (1, 3), "the CRM in memory sends nothing again by itself"
    assert [couple.on(HUBSPOT)["jobtitle"] for couple in couples] == ["CEO", "CEO"]
    for couple in couples:
        couple.edit(SALESFORCE, Title="Chair")

    world.sync()

    assert [couple.on(HUBSPOT)["jobtitle"] for couple in couples] == ["Chair", "Chair"]
    assert not world.conflicts()
    assert not world.errors()
    world.settles()


def test_r27_one_failure_is_tried_again_within_the_run(world: World) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.lock("Contact")

    assert world.sync().exit == 0

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert world.errors() == []
    world.settles()


def test_r27_lock_that_stays_is_an_error_item_of_that_record(world: World) -> None:
    # Settled question 5: only a CRM that does not answer as a whole ends the run with 3.
    world.use(people(TITLE))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.lock("Contact", times=100)

    result = world.sync()

    assert result.exit == 1
    (item,) = world.errors()
    assert item.category == "locked"
    world.unlock("Contact")
    world.pass_time(timedelta(minutes=20))
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert world.errors() == []


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r27_killed_update_is_finished_by_the_next_run(world: World, side: Side) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    if side is SALESFORCE:
        ada.edit(HUBSPOT, jobtitle="CEO")
    else:
        ada.edit(SALESFORCE, Title="CEO")
    world.kill(side)

    world.killed_sync()
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


# --- R28: credentials and accounts --------------------------------------------------------------


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r28_refused_credentials_end_the_run_with_2(world: World, side: Side) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    ada.edit(SALESFORCE, MailingCity="Bonn")
    world.fail(side, Fault.CREDENTIALS)
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped) == (2, "credentials")
    assert world.snapshot() == before
    world.recover()
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "CEO"


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_r28_another_account_ends_the_run_with_4(world: World, side: Side) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.switch_account(side)
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped) == (4, "wrong_account")
    assert "another project folder" in str(result.error)
    assert world.snapshot() == before


# --- R29: the guard -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "word"),
    [("{changes: 1}", "updated"), ("{creates: 0}", "created")],
)
def test_r29_more_than_the_guard_allows_is_not_written(world: World, guard: str, word: str) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    couples = [world.couple(email=f"{name}@example.com") for name in ("ada", "bob")]
    world.use(settings=f"guard: {guard}")
    for couple in couples:
        couple.edit(HUBSPOT, jobtitle="CEO")
    world.add(HUBSPOT, "contacts", email="cleo@example.com", lastname="Cleo")
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped, world.written()) == (4, "guard", [])
    assert word in str(result.error)
    assert result.plan is not None
    assert world.snapshot() == before


def test_r29_exactly_as_much_as_the_guard_allows_is_written(world: World) -> None:
    # Settled question 6: over means strictly more than.
    world.use(people(TITLE))
    couples = [world.couple(email=f"{name}@example.com") for name in ("ada", "bob")]
    world.use(settings="guard: {changes: 2}")
    for couple in couples:
        couple.edit(HUBSPOT, jobtitle="CEO")

    assert world.sync().exit == 0
    assert [couple.on(SALESFORCE)["Title"] for couple in couples] == ["CEO", "CEO"]


def test_r29_floor_stands_under_the_percentage(world: World) -> None:
    world.use(people(TITLE))
    couples = [world.couple(email=f"{name}@example.com") for name in ("ada", "bob")]
    world.use(settings="guard: {changes: '20%, at least 2'}")
    for couple in couples:
        couple.edit(HUBSPOT, jobtitle="CEO")

    assert world.sync().exit == 0


def test_r29_a_pairs_own_guard_goes_before_the_projects(world: World) -> None:
    world.use(people(TITLE, more="guard: {changes: 0}"))
    world.use(people(TITLE), settings="guard: {changes: 100}")
    ada = world.couple()
    world.use(people(TITLE, more="guard: {changes: 0}"), settings="guard: {changes: 100}")
    ada.edit(HUBSPOT, jobtitle="CEO")

    assert world.sync().exit == 4


def test_r29_each_pair_is_counted_on_its_own(world: World) -> None:
    world.use(people(TITLE), companies("city: city <-> BillingCity"))
    ada = world.couple()
    example = world.company()
    world.use(settings="guard: {changes: 1}")
    ada.edit(HUBSPOT, jobtitle="CEO")
    example.edit(HUBSPOT, city="Bonn")

    assert world.sync().exit == 0
    assert (ada.on(SALESFORCE)["Title"], example.on(SALESFORCE)["BillingCity"]) == ("CEO", "Bonn")


def test_r29_first_sync_is_guarded_like_any_other(world: World) -> None:
    world.use(people(TITLE, more=CREATE_BOTH), settings="guard: {creates: 1}")
    for name in ("ada", "bob"):
        world.add(HUBSPOT, "contacts", email=f"{name}@example.com", lastname=name)

    result = world.sync()

    assert (result.exit, world.all(SALESFORCE, "Contact")) == (4, {})


def test_r29_approved_plan_is_applied_and_then_spent(world: World) -> None:
    world.use(people(TITLE, more=CREATE_BOTH), settings="guard: {creates: 1}")
    for name in ("ada", "bob"):
        world.add(HUBSPOT, "contacts", email=f"{name}@example.com", lastname=name)
    stopped = world.sync()
    world.approve(stopped.plan)

    result = world.sync()

    assert (result.exit, list(result.moved)) == (0, [])
    assert result.count(SALESFORCE, "created") == 2
    world.settles()
    for name in ("cleo", "dora"):
        world.add(HUBSPOT, "contacts", email=f"{name}@example.com", lastname=name)
    assert world.sync().exit == 4


def test_r29_approved_plan_leaves_out_and_names_what_has_moved(world: World) -> None:
    world.use(people(TITLE), settings="guard: {changes: 1}")
    world.use(settings="guard: {changes: 100}")
    ada, bob = (world.couple(email=f"{name}@example.com") for name in ("ada", "bob"))
    world.use(settings="guard: {changes: 1}")
    ada.edit(HUBSPOT, jobtitle="CEO")
    bob.edit(HUBSPOT, jobtitle="CTO")
    stopped = world.sync()
    assert stopped.exit == 4
    bob.edit(HUBSPOT, jobtitle="Chair")
    world.approve(stopped.plan)

    result = world.sync()

    assert result.exit == 1
    assert [(one["record"]["hubspot"], one["field"]) for one in result.moved] == [
        (bob.ids[HUBSPOT], "title")
    ]
    assert (ada.on(SALESFORCE)["Title"], bob.on(SALESFORCE)["Title"]) == ("CEO", None)
    world.sync()
    assert bob.on(SALESFORCE)["Title"] == "Chair"
    world.settles()


def test_plan_stays_good_after_other_runs_for_what_has_not_moved(world: World) -> None:
    # Settled question 11.
    world.use(people(TITLE, CITY))
    ada, bob = (world.couple(email=f"{name}@example.com") for name in ("ada", "bob"))
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.use(settings="guard: {changes: 0}")
    stopped = world.sync()
    assert stopped.exit == 4
    bob.edit(HUBSPOT, city="Bonn")
    assert world.sync().plan != stopped.plan
    world.approve(stopped.plan)

    result = world.sync()

    assert (result.exit, list(result.moved)) == (0, [])
    assert (ada.on(SALESFORCE)["Title"], bob.on(SALESFORCE)["MailingCity"]) == ("CEO", None)
    world.use(settings="guard: {changes: 1}")
    world.sync()
    assert bob.on(SALESFORCE)["MailingCity"] == "Bonn"
    world.settles()


def test_plan_is_what_the_next_run_does(world: World) -> None:
    world.use(people(TITLE, CITY, more=CREATE_BOTH))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, jobtitle="Chair")
    world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson")
    before = world.snapshot()

    operations = world.plan()

    assert world.snapshot() == before
    assert sorted(one["kind"] for one in operations) == ["create", "update"]
    (update,) = (one for one in operations if one["kind"] == "update")
    assert update["fields"] == [
        {
            "name": "title",
            "old": "CEO",
            "new": "Chair",
            "reason": "edited in HubSpot only",
        }
    ]
    result = world.sync()
    assert (result.count(SALESFORCE, "created"), ada.on(SALESFORCE)["Title"]) == (1, "Chair")


# --- R32: the state lost ------------------------------------------------------------------------


def test_r32_empty_state_beside_our_keys_writes_nothing(world: World) -> None:
    world.use(people(TITLE, more=CREATE_BOTH))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.lose_state()
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped) == (4, "empty_state")
    assert world.written() == []
    assert world.snapshot() == before


# --- changed mappings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{map: jobtitle <-> Title, blank: keep}", "{map: jobtitle <-> Title, blank: fill}"),
        ("{map: jobtitle <-> Title, blank: keep}", "{map: jobtitle <-> Title, blank: clear}"),
        (
            "{map: jobtitle <-> Title, blank: keep}",
            "{map: jobtitle <-> Title, protect: salesforce}",
        ),
        ("jobtitle <- Title", "{map: jobtitle <- Title, protect: salesforce}"),
    ],
    ids=["fill", "clear", "protect", "protect one-way"],
)
def test_changed_rule_writes_nothing_by_itself(world: World, before: str, after: str) -> None:
    # Settled question 12.
    world.use(people(f"title: {before}"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, jobtitle=None)
    world.sync()
    world.use(people(f"title: {after}"))

    world.sync()

    assert world.written() == []
    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == (None, "CEO")
    world.settles()


@pytest.mark.parametrize("rule", ["wins: hubspot", "unsure: hubspot"])
def test_changed_winner_writes_nothing_by_itself(world: World, rule: str) -> None:
    # Settled question 12: what is held stays held until somebody settles or edits it.
    world.use(people("title: {map: jobtitle <-> Title}"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    assert world.sync().exit == 1
    world.use(people(f"title: {{map: jobtitle <-> Title, {rule}}}"))

    world.sync()

    assert world.written() == []
    assert len(world.conflicts()) == 1


@pytest.mark.parametrize(("blank", "value"), [("keep", "Chair"), ("clear", None)])
def test_blank_source_is_protected_under_clear_only(
    world: World, blank: str, value: str | None
) -> None:
    # Settled question 22.
    world.use(people(f"title: {{map: jobtitle <- Title, protect: salesforce, blank: {blank}}}"))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == (value, None)
    world.settles()


@pytest.mark.parametrize(
    ("hubspot", "salesforce"),
    [("Zo\u00eb", "Zoe\u0308"), ("CEO", "CEO  "), ("one\ntwo", "one\r\ntwo")],
    ids=["unicode", "spaces", "line ends"],
)
def test_texts_that_look_the_same_are_equal(world: World, hubspot: str, salesforce: str) -> None:
    # Settled question 26.
    world.use(people(TITLE))
    world.couple({"jobtitle": hubspot}, {"Title": salesforce})

    assert world.carried() == []
    world.settles()


# --- asked to end -------------------------------------------------------------------------------


def test_run_that_is_asked_to_end_finishes_its_batch_and_the_next_goes_on(world: World) -> None:
    world.use(companies("city: city <-> BillingCity"), people(TITLE))
    firm, ada = world.company(), world.couple()
    firm.edit(HUBSPOT, city="Kiel")
    ada.edit(HUBSPOT, jobtitle="CEO")
    stop = Stop()
    world.before_write(SALESFORCE, stop.ask)

    result = world.sync(stop=stop)

    assert (result.exit, result.stopped) == (3, "terminated")
    assert world.carried() == [(SALESFORCE, "BillingCity", "Kiel")]
    with world.workshop() as workshop:
        assert workshop.store.journal.unfinished() == []
    assert [one.after for one in world.audit(firm.link) if one.field == "city"][-1] == "Kiel"
    world.sync()
    assert world.carried() == [(SALESFORCE, "Title", "CEO")]
    world.settles()


def test_run_that_is_asked_to_end_before_it_reads_writes_nothing(world: World) -> None:
    world.use(people(TITLE))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="CEO")
    stop = Stop()
    stop.ask()

    result = world.sync(stop=stop)

    assert (result.stopped, world.written()) == ("terminated", [])
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()
