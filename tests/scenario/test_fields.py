"""Rows F1 to F18, F21 and F22 of the decision table: the fields of a linked record."""

from __future__ import annotations

import pytest

from sync.domain.record import Side
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

TITLE = "title: {map: jobtitle <-> Title%s}"
LEVEL = """
level:
  map: seniority <-> Level__c
  values: {Executive: C-Level, VP: C-Level, Manager: Manager}
  otherwise: %s
"""
BOTH_CEO = ({"jobtitle": "CEO"}, {"Title": "CEO"})


def title(**keys: str) -> str:
    """Write the line of the job title with further keys."""
    return TITLE % "".join(f", {name}: {value}" for name, value in keys.items())


# --- nobody, or one side ------------------------------------------------------------------------


def test_f1_nothing_edited_is_nothing_written(world: World) -> None:
    world.use(people(title()))
    ada = world.couple(*BOTH_CEO)

    result = world.sync()

    assert (result.exit, world.written()) == (0, [])
    assert result.count(HUBSPOT, "updated") == result.count(SALESFORCE, "updated") == 0
    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


@pytest.mark.parametrize("arrow", ["<->", "->"])
def test_f2_edit_in_hubspot_reaches_salesforce(world: World, arrow: str) -> None:
    world.use(people(f"title: jobtitle {arrow} Title"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")

    result = world.sync()

    assert ada.on(SALESFORCE)["Title"] == "Chair"
    assert result.count(SALESFORCE, "updated") == 1
    assert world.written(HUBSPOT) == []
    assert [write.values for write in world.written(SALESFORCE)] == [{"Title": "Chair"}]
    world.settles()


@pytest.mark.parametrize("arrow", ["<->", "<-"])
def test_f3_edit_in_salesforce_reaches_hubspot(world: World, arrow: str) -> None:
    world.use(people(f"title: jobtitle {arrow} Title"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(SALESFORCE, Title="Chair")

    result = world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    assert result.count(HUBSPOT, "updated") == 1
    assert world.written(SALESFORCE) == []
    assert [write.values for write in world.written(HUBSPOT)] == [{"jobtitle": "Chair"}]
    world.settles()


def test_f4_edit_against_the_arrow_stays_where_it_is(world: World) -> None:
    world.use(people("title: jobtitle <- Title"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("Chair", "CEO")
    assert world.written() == []
    world.settles()


def test_f4_protected_source_is_put_back_in_hubspot(world: World) -> None:
    world.use(people("title: {map: jobtitle <- Title, protect: salesforce}"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "CEO")
    assert ada.overruled("title") == [(HUBSPOT, "Chair")]
    world.settles()


def test_f5_edit_against_the_arrow_stays_where_it_is(world: World) -> None:
    world.use(people("title: jobtitle -> Title"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(SALESFORCE, Title="Chair")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "Chair")
    assert world.written() == []
    world.settles()


def test_f5_protected_source_is_put_back_in_salesforce(world: World) -> None:
    world.use(people("title: {map: jobtitle -> Title, protect: hubspot}"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(SALESFORCE, Title="Chair")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "CEO")
    assert ada.overruled("title") == [(SALESFORCE, "Chair")]
    world.settles()


@pytest.mark.parametrize(
    ("arrow", "wins"),
    [("->", "salesforce"), ("->", "hold"), ("<-", "hubspot"), ("<-", "newest")],
)
def test_f5a_source_travels_whatever_wins_says(world: World, arrow: str, wins: str) -> None:
    world.use(people(f"title: jobtitle {arrow} Title", more=f"defaults: {{wins: {wins}}}"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    source, target, lost = (
        ("Chair", SALESFORCE, "Head") if arrow == "->" else ("Head", HUBSPOT, "Chair")
    )
    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == source
    assert ada.overruled("title") == [(target, lost)]
    world.settles()


def test_f5a_value_left_against_the_arrow_is_overruled_by_the_next_edit_of_the_source(
    world: World,
) -> None:
    world.use(people("title: jobtitle <- Title"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    world.sync()
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Head"
    assert ada.overruled("title") == [(HUBSPOT, "Chair")]
    world.settles()


# --- protected ----------------------------------------------------------------------------------


def test_f5b_protected_value_is_put_back(world: World) -> None:
    world.use(people(title(protect="salesforce")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "CEO")
    assert ada.overruled("title") == [(HUBSPOT, "Chair")]
    world.settles()


def test_f5b_emptied_value_is_put_back_where_the_other_side_is_protected(world: World) -> None:
    world.use(people(title(protect="salesforce")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None)

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "CEO")
    world.settles()


def test_f5b_blank_protected_side_gets_the_other_value(world: World) -> None:
    world.use(people(title(protect="salesforce")))
    ada = world.couple()
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()

    assert ada.on(SALESFORCE)["Title"] == "Chair"
    world.settles()


def test_f5b_edit_of_the_protected_side_travels(world: World) -> None:
    world.use(people(title(protect="salesforce")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(SALESFORCE, Title="Chair")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    world.settles()


@pytest.mark.parametrize(
    ("protect", "wins", "winner", "loser"),
    [
        ("salesforce", "hubspot", "Head", (HUBSPOT, "Chair")),
        ("salesforce", "hold", "Head", (HUBSPOT, "Chair")),
        ("hubspot", "salesforce", "Chair", (SALESFORCE, "Head")),
    ],
)
def test_f5c_protected_value_wins_whatever_wins_says(
    world: World, protect: str, wins: str, winner: str, loser: tuple[Side, str]
) -> None:
    world.use(people(title(protect=protect), more=f"defaults: {{wins: {wins}}}"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == winner
    assert ada.overruled("title") == [loser]
    world.settles()


def test_f5c_blank_protected_side_gets_the_other_edit(world: World) -> None:
    world.use(people(title(protect="salesforce")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title=None)

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chair"
    world.settles()


# --- both sides ---------------------------------------------------------------------------------


def test_f6_same_edit_on_both_sides_writes_nothing(world: World) -> None:
    world.use(people(title(wins="hold")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Chair")

    result = world.sync()

    assert (result.exit, world.written()) == (0, [])
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


def test_f6_same_edit_as_the_table_carries_it_either_way_writes_nothing(world: World) -> None:
    # On its way back C-Level becomes Executive, so only VP -> C-Level makes the two agree.
    world.use(people(LEVEL % "hold"))
    ada = world.couple({"seniority": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="VP")
    ada.edit(SALESFORCE, Level__c="C-Level")

    result = world.sync()

    assert (result.exit, world.written()) == (0, [])
    assert ada.on(HUBSPOT)["seniority"] == "VP"
    world.settles()


@pytest.mark.parametrize("wins", ["hubspot", "salesforce"])
def test_f7_named_side_wins_and_the_audit_keeps_the_other(world: World, wins: str) -> None:
    world.use(people(title(wins=wins)))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    value, lost = (
        ("Chair", (SALESFORCE, "Head")) if wins == "hubspot" else ("Head", (HUBSPOT, "Chair"))
    )
    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == value
    assert ada.overruled("title") == [lost]
    world.settles()


def test_f8_edit_that_was_surely_later_wins(world: World) -> None:
    # HubSpot tells when the field was edited, and Salesforce's record was last changed before it.
    world.use(people(title(wins="newest")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(SALESFORCE, Title="Head")
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chair"
    assert ada.overruled("title") == [(SALESFORCE, "Head")]
    world.settles()


def test_f8_newer_edit_of_another_field_is_no_evidence(world: World) -> None:
    # Salesforce's stamp is newer only because of the city; nothing says when its title changed.
    world.use(people(title(wins="newest"), "city: city <-> MailingCity"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(SALESFORCE, Title="Head")
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, MailingCity="Bonn")

    result = world.sync()

    assert result.exit == 1
    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("Chair", "Head")
    assert [(item.field, item.left, item.right) for item in world.conflicts()] == [
        ("title", "Chair", "Head")
    ]
    assert ada.on(HUBSPOT)["city"] == "Bonn"
    world.settles()


@pytest.mark.parametrize(("unsure", "value"), [("hubspot", "Chair"), ("salesforce", "Head")])
def test_f8_undecidable_goes_by_unsure(world: World, unsure: str, value: str) -> None:
    world.use(people(title(wins="newest", unsure=unsure)))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == value
    assert len(ada.overruled("title")) == 1
    world.settles()


def test_f8_edit_after_the_hold_is_the_later_one(world: World) -> None:
    # When the held field was last read Salesforce's title was older, so its new edit is later.
    world.use(people(title(wins="newest")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    assert world.sync().exit == 1
    ada.edit(SALESFORCE, Title="Director")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Director"
    assert world.conflicts() == []
    world.settles()


def test_f9_held_field_waits_and_the_others_go_on(world: World) -> None:
    world.use(people(title(wins="hold"), "city: city <-> MailingCity"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair", city="Bonn")
    ada.edit(SALESFORCE, Title="Head")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.conflicts()
    assert (item.field, item.left, item.right) == ("title", "Chair", "Head")
    assert {ref.id for _, ref in item.records} == set(ada.ids.values())
    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("Chair", "Head")
    assert ada.on(SALESFORCE)["MailingCity"] == "Bonn"
    world.settles()


def test_f9_held_item_makes_no_noise_in_later_runs(world: World) -> None:
    world.use(people(title(wins="hold")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    assert world.sync().exit == 1

    assert world.sync().exit == 0
    assert world.sync(fail_on="any").exit == 1
    assert len(world.conflicts()) == 1


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f9_later_edit_updates_the_held_item(world: World, side: Side) -> None:
    world.use(people(title(wins="hold")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    world.sync()
    (first,) = world.conflicts()
    if side is HUBSPOT:
        ada.edit(HUBSPOT, jobtitle="Director")
    else:
        ada.edit(SALESFORCE, Title="Director")

    result = world.sync()

    (item,) = world.conflicts()
    assert item.id == first.id
    assert (item.left, item.right) == (
        ("Director", "Head") if side is HUBSPOT else ("Chair", "Director")
    )
    assert result.exit == 0
    world.settles()


def test_f9_edit_to_the_same_value_settles_the_held_item(world: World) -> None:
    world.use(people(title(wins="hold")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    world.sync()
    ada.edit(SALESFORCE, Title="Chair")

    world.sync()

    assert world.conflicts() == []
    world.settles()


# --- blanks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f10_emptied_value_is_kept_apart(world: World, side: Side) -> None:
    world.use(people(title(blank="keep")))
    ada = world.couple(*BOTH_CEO)
    if side is HUBSPOT:
        ada.edit(HUBSPOT, jobtitle=None)
    else:
        ada.edit(SALESFORCE, Title=None)

    result = world.sync()

    assert (result.exit, world.written()) == (0, [])
    kept = (None, "CEO") if side is HUBSPOT else ("CEO", None)
    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == kept
    assert world.conflicts() == []
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f10_value_entered_on_either_side_ends_the_keeping_apart(world: World, side: Side) -> None:
    world.use(people(title(blank="keep")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None)
    world.sync()
    if side is HUBSPOT:
        ada.edit(HUBSPOT, jobtitle="Chair")
    else:
        ada.edit(SALESFORCE, Title="Chair")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chair"
    world.settles()


def test_f10_edit_of_another_field_does_not_refill_what_is_kept_apart(world: World) -> None:
    world.use(people(title(blank="keep"), "city: city <-> MailingCity"))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None)
    world.sync()
    ada.edit(SALESFORCE, MailingCity="Bonn")

    world.sync()

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(HUBSPOT)["city"]) == (None, "Bonn")
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f11_emptied_value_empties_the_other_side(world: World, side: Side) -> None:
    world.use(people(title(blank="clear")))
    ada = world.couple(*BOTH_CEO)
    if side is HUBSPOT:
        ada.edit(HUBSPOT, jobtitle=None)
    else:
        ada.edit(SALESFORCE, Title=None)

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] is ada.on(SALESFORCE)["Title"] is None
    world.settles()


def test_f11_more_blanks_than_the_guard_allows_are_not_written(world: World) -> None:
    world.use(people(title(blank="clear")), settings="guard: {blanks: 0}")
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None)

    result = world.sync()

    assert (result.exit, result.stopped) == (4, "guard")
    assert (world.written(), ada.on(SALESFORCE)["Title"]) == ([], "CEO")
    world.approve(result.plan)
    world.sync()
    assert ada.on(SALESFORCE)["Title"] is None
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f12_emptied_value_comes_back(world: World, side: Side) -> None:
    world.use(people(title(blank="fill")))
    ada = world.couple(*BOTH_CEO)
    if side is HUBSPOT:
        ada.edit(HUBSPOT, jobtitle=None)
    else:
        ada.edit(SALESFORCE, Title=None)

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()


@pytest.mark.parametrize("blank", ["keep", "fill"])
@pytest.mark.parametrize("emptied", [HUBSPOT, SALESFORCE])
def test_f13_value_wins_over_a_blank(world: World, blank: str, emptied: Side) -> None:
    world.use(people(title(blank=blank, wins="hold")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None if emptied is HUBSPOT else "Chair")
    ada.edit(SALESFORCE, Title=None if emptied is SALESFORCE else "Chair")

    result = world.sync()

    assert result.exit == 0
    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chair"
    world.settles()


@pytest.mark.parametrize(("wins", "value"), [("hubspot", None), ("salesforce", "Head")])
def test_f13_blank_is_a_value_like_any_other_under_clear(
    world: World, wins: str, value: str | None
) -> None:
    world.use(people(title(blank="clear", wins=wins)))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None)
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == value
    lost = (SALESFORCE, "Head") if value is None else (HUBSPOT, None)
    assert ada.overruled("title") == [lost]
    world.settles()


def test_f13_blank_against_an_edit_is_held_under_clear_and_hold(world: World) -> None:
    world.use(people(title(blank="clear", wins="hold")))
    ada = world.couple(*BOTH_CEO)
    ada.edit(HUBSPOT, jobtitle=None)
    ada.edit(SALESFORCE, Title="Head")

    world.sync()

    (item,) = world.conflicts()
    assert (item.field, item.left, item.right) == ("title", None, "Head")
    assert world.written() == []
    world.settles()


# --- values that do not fit ---------------------------------------------------------------------


def test_f14_value_without_an_entry_is_held_and_says_what_to_add(world: World) -> None:
    world.use(people(LEVEL % "hold", title()))
    ada = world.couple({"seniority": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="Entry", jobtitle="Clerk")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.conflicts()
    told = f"{item.reason} {item.proposal}"
    assert (item.field, item.left, item.right) == ("level", "Entry", "Manager")
    for word in ("'Entry'", "seniority", "contacts.yaml", "values", "Entry:"):
        assert word in told, told
    assert ada.on(SALESFORCE)["Level__c"] == "Manager"
    assert ada.on(SALESFORCE)["Title"] == "Clerk"
    world.settles()


def test_f14_line_added_to_the_table_lets_the_held_value_travel(world: World) -> None:
    world.use(people(LEVEL % "hold"))
    ada = world.couple({"seniority": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="Entry")
    world.sync()
    world.use(
        people((LEVEL % "hold").replace("Manager: Manager", "Manager: Manager, Entry: Specialist"))
    )

    world.sync()

    assert ada.on(SALESFORCE)["Level__c"] == "Specialist"
    assert world.conflicts() == []
    world.settles()


def test_f14_otherwise_keep_leaves_the_target_as_it_is(world: World) -> None:
    world.use(people(LEVEL % "keep"))
    ada = world.couple({"seniority": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="Entry")

    result = world.sync()

    assert (result.exit, world.written()) == (0, [])
    assert (ada.on(HUBSPOT)["seniority"], ada.on(SALESFORCE)["Level__c"]) == ("Entry", "Manager")
    world.settles()


def test_f14_otherwise_a_value_writes_that_value(world: World) -> None:
    world.use(people((LEVEL % "Specialist").replace("<->", "->")))
    ada = world.couple({"seniority": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="Entry")

    world.sync()

    assert ada.on(SALESFORCE)["Level__c"] == "Specialist"
    world.settles()


def test_f15_too_long_a_value_is_an_error_item_and_never_cut(world: World) -> None:
    world.use(people("code: jobtitle <-> Code__c", "city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "A1"}, {"Code__c": "A1"})
    ada.edit(HUBSPOT, jobtitle="A123456", city="Bonn")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.errors()
    assert (item.side, item.field, item.ref.id if item.ref else "") == (
        SALESFORCE,
        "code",
        ada.ids[SALESFORCE],
    )
    for word in ("Code__c", "5", "7"):
        assert word in item.message
    assert ada.on(SALESFORCE)["Code__c"] == "A1"
    assert ada.on(SALESFORCE)["MailingCity"] == "Bonn"
    world.settles()


def test_f15_shortened_value_is_sent_and_closes_the_error_item(world: World) -> None:
    world.use(people("code: jobtitle <-> Code__c"))
    ada = world.couple({"jobtitle": "A1"}, {"Code__c": "A1"})
    ada.edit(HUBSPOT, jobtitle="A123456")
    world.sync()
    ada.edit(HUBSPOT, jobtitle="A1234")

    world.sync()

    assert ada.on(SALESFORCE)["Code__c"] == "A1234"
    assert world.errors() == []
    world.settles()


def test_f15_value_of_the_wrong_type_is_an_error_item(world: World) -> None:
    world.use(people("score: {map: jobtitle -> Score__c, type: number}"))
    ada = world.couple({"jobtitle": "7"}, {"Score__c": "7"})
    ada.edit(HUBSPOT, jobtitle="seven")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.errors()
    assert (item.field, "score" in item.message) == ("score", True)
    assert ada.on(SALESFORCE)["Score__c"] == "7"
    world.settles()


def test_f15_value_outside_a_restricted_picklist_is_an_error_item(world: World) -> None:
    # Settled question 30: a finding of `mappings check --live`, and an error item at run time.
    world.use(people("level: jobtitle -> Level__c"))
    ada = world.couple({"jobtitle": "Manager"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, jobtitle="Pirate")

    result = world.sync()

    assert result.exit == 1
    (item,) = world.errors()
    assert (item.field, "'Pirate'" in item.message, "Level__c" in item.message) == (
        "level",
        True,
        True,
    )
    assert ada.on(SALESFORCE)["Level__c"] == "Manager"
    world.settles()


def test_f15_error_is_listed_once_however_often_it_is_met(world: World) -> None:
    world.use(people("code: jobtitle <-> Code__c"))
    ada = world.couple({"jobtitle": "A1"}, {"Code__c": "A1"})
    ada.edit(HUBSPOT, jobtitle="A123456")
    assert world.sync().exit == 1

    assert world.sync(full=True).exit == 0
    assert len(world.errors()) == 1


# --- our own writes, and automation -------------------------------------------------------------


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f16_own_write_does_not_come_back_as_an_edit(world: World, side: Side) -> None:
    world.use(people(title()))
    ada = world.couple(*BOTH_CEO)
    if side is HUBSPOT:
        ada.edit(HUBSPOT, jobtitle="Chair")
    else:
        ada.edit(SALESFORCE, Title="Chair")
    world.sync()

    world.settles()
    assert [entry.field for entry in world.audit(ada.link) if entry.kind == "write"] == ["title"]


def test_f17_automation_after_our_write_is_an_edit_like_any_other(world: World) -> None:
    world.use(people(title()))
    ada = world.couple(*BOTH_CEO)
    world.automate(
        "Contact", lambda record: {"Title": "Chairwoman"} if record["Title"] == "Chair" else {}
    )
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chairwoman"
    world.settles()


def test_f17_third_flip_between_the_same_values_is_held(world: World) -> None:
    world.use(people(title()))
    ada = world.couple(*BOTH_CEO)
    world.automate(
        "Contact", lambda record: {"Title": "Chairwoman"} if record["Title"] == "Chair" else {}
    )
    for _ in range(3):
        if ada.on(HUBSPOT)["jobtitle"] != "Chair":
            ada.edit(HUBSPOT, jobtitle="Chair")
        world.sync()

    (item,) = world.conflicts()
    assert item.field == "title"
    assert "flipped" in item.reason
    writes = [entry for entry in world.audit(ada.link) if entry.kind == "write"]
    assert len(writes) <= 4
    world.settles()


def test_f17_flip_that_is_held_names_both_last_editors(world: World) -> None:
    world.use(people(title()))
    ada = world.couple(*BOTH_CEO)
    world.automate(
        "Contact", lambda record: {"Title": "Chairwoman"} if record["Title"] == "Chair" else {}
    )
    for _ in range(3):
        if ada.on(HUBSPOT)["jobtitle"] != "Chair":
            ada.edit(HUBSPOT, jobtitle="Chair")
        world.sync()

    (item,) = world.conflicts()
    assert "HubSpot" in item.reason
    assert "Salesforce" in item.reason


@pytest.mark.parametrize(
    ("line", "hubspot", "salesforce"),
    [
        ("", {"email": "ada@example.com"}, {"Email": "Ada@Example.COM"}),
        (
            "mobile: {map: mobilephone <-> MobilePhone, type: phone}",
            {"mobilephone": "+491701234567"},
            {"MobilePhone": "0170 1234567"},
        ),
        ("score: fit_score <-> Score__c", {"fit_score": "1.50"}, {"Score__c": "1.5"}),
        (
            "born: {map: met_at <-> Birthdate, type: date}",
            {"met_at": "2026-03-31T00:00:00.000Z"},
            {"Birthdate": "2026-03-31"},
        ),
        (
            "met: met_at <-> Met__c",
            {"met_at": "2026-03-31T22:00:00.000Z"},
            {"Met__c": "2026-04-01T00:00:00+02:00"},
        ),
    ],
    ids=["case of an e-mail", "phone", "decimals", "midnight", "zone"],
)
def test_f18_difference_of_form_only_is_equal(
    world: World, line: str, hubspot: dict[str, str], salesforce: dict[str, str]
) -> None:
    world.use(people(*filter(None, [line]), more="defaults: {region: DE}"))
    world.couple(hubspot, salesforce)

    assert world.carried() == []
    world.settles()


@pytest.mark.parametrize("written", ["Ada@Example.com", "ADA@EXAMPLE.COM"])
def test_f18_edit_of_form_only_does_not_travel(world: World, written: str) -> None:
    world.use(people())
    ada = world.couple()
    ada.edit(SALESFORCE, Email=written)

    world.sync()

    assert world.written() == []
    assert ada.on(SALESFORCE)["Email"] == written
    world.settles()


def test_f21_placeholder_never_travels_back(world: World) -> None:
    world.use(
        people(
            'company_contact: {map: lastname <-> LastName, if_blank: "[not given]"}',
            more='create: {salesforce: {when: "true"}}',
        ).replace("  last_name: lastname <-> LastName\n", "")
    )
    bob = world.add(HUBSPOT, "contacts", email="bob@example.com")

    world.sync()

    id, values = world.only(SALESFORCE, "Contact")
    assert values["LastName"] == "[not given]"
    assert world.values(HUBSPOT, "contacts", bob)["lastname"] is None
    world.settles()
    assert world.values(HUBSPOT, "contacts", bob)["lastname"] is None

    world.edit(SALESFORCE, "Contact", id, LastName="Bobson")
    world.sync()
    assert world.values(HUBSPOT, "contacts", bob)["lastname"] == "Bobson"
    world.settles()


def test_f21_placeholder_typed_by_a_person_counts_as_emptied(world: World) -> None:
    world.use(
        people(
            'name: {map: lastname <-> LastName, if_blank: "[not given]"}',
        ).replace("  last_name: lastname <-> LastName\n", "")
    )
    ada = world.couple()
    ada.edit(SALESFORCE, LastName="[not given]")

    world.sync()

    assert ada.on(HUBSPOT)["lastname"] == "Lovelace"
    world.settles()


# --- opt-outs -----------------------------------------------------------------------------------

OPT_OUT = "no_mail: {map: hs_email_optout <-> HasOptedOutOfEmail, type: opt_out%s}"


@pytest.mark.parametrize(
    ("side", "wins"),
    [(HUBSPOT, "salesforce"), (SALESFORCE, "hubspot")],
)
def test_f22_opt_out_on_one_side_opts_out_both(world: World, side: Side, wins: str) -> None:
    world.use(people(OPT_OUT % f", wins: {wins}"))
    ada = world.couple({"hs_email_optout": "false"})
    if side is HUBSPOT:
        ada.edit(HUBSPOT, hs_email_optout="true")
    else:
        ada.edit(SALESFORCE, HasOptedOutOfEmail="true")

    world.sync()

    assert ada.on(HUBSPOT)["hs_email_optout"] == "true"
    assert ada.on(SALESFORCE)["HasOptedOutOfEmail"] == "true"
    world.settles()


@pytest.mark.parametrize(
    ("side", "wins"),
    [(HUBSPOT, "hubspot"), (SALESFORCE, "salesforce")],
)
def test_f22_opt_in_never_overrules_an_opt_out(world: World, side: Side, wins: str) -> None:
    world.use(people(OPT_OUT % f", wins: {wins}"))
    ada = world.couple({"hs_email_optout": "true"}, {"HasOptedOutOfEmail": "true"})
    if side is HUBSPOT:
        ada.edit(HUBSPOT, hs_email_optout="false")
    else:
        ada.edit(SALESFORCE, HasOptedOutOfEmail="false")

    world.sync()

    assert ada.on(HUBSPOT)["hs_email_optout"] == "true"
    assert ada.on(SALESFORCE)["HasOptedOutOfEmail"] == "true"
    assert ada.overruled("no_mail") == [(side, "false")]
    world.settles()


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_f22_opt_out_wins_at_first_linking(world: World, side: Side) -> None:
    first_sync = "salesforce" if side is HUBSPOT else "hubspot"
    world.use(people(OPT_OUT % "", first_sync=first_sync))

    ada = world.couple(
        {"hs_email_optout": "true" if side is HUBSPOT else "false"},
        {"HasOptedOutOfEmail": "true" if side is SALESFORCE else "false"},
    )

    assert ada.on(HUBSPOT)["hs_email_optout"] == "true"
    assert ada.on(SALESFORCE)["HasOptedOutOfEmail"] == "true"
    world.settles()
