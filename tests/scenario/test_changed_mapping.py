"""What a changed mapping does to records that are linked, and to those left out (F19, R31)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.words import SIDES
from sync.domain.record import Native, Side
from sync.domain.store import LinkState
from tests.scenario.backends import Fault
from tests.scenario.world import HUBSPOT, SALESFORCE, Couple, Result, World, people

HOUR = timedelta(hours=1)

SENIORITY = "{map: seniority <-> Level__c, values: {Executive: C-Level, Manager: Manager}}"
#: As above, with the two the other way round.
CROSSED = "{map: seniority <-> Level__c, values: {Executive: Manager, Manager: C-Level}}"


def couples(world: World, count: int, **hubspot: Native) -> list[Couple]:
    """Link some people, all with the same values in HubSpot."""
    return [
        world.couple({"firstname": f"P{at}", **hubspot}, email=f"p{at}@example.com")
        for at in range(count)
    ]


def with_last_name(line: str, mapping: str) -> str:
    """Give a mapping of people with another line for the last name."""
    return mapping.replace("last_name: lastname <-> LastName", line)


def run(world: World) -> Result:
    """Run once, and show that nothing went wrong."""
    result = world.sync()
    assert result.error is None, result.error
    return result


def is_at_rest(world: World) -> None:
    """Show that the next run neither writes nor reads a single record by its id."""
    fetched = world.fetched()
    run(world)
    assert world.written() == []
    assert world.fetched() == fetched, "records were read again although nothing changed"
    world.settles()


# --- a new line ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hubspot", "salesforce", "wanted"),
    [
        ("CEO", None, "CEO"),
        (None, "CEO", "CEO"),
        ("CEO", "CEO", "CEO"),
        ("CEO", "Head", "Head"),  # both hold one: `first_sync: salesforce`
    ],
)
def test_f19_new_line_is_filled_as_at_first_linking(
    world: World, hubspot: Native, salesforce: Native, wanted: str
) -> None:
    world.use(people())
    ada = world.couple({"jobtitle": hubspot}, {"Title": salesforce})
    world.use(people("title: jobtitle <-> Title"))

    run(world)

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == (wanted, wanted)
    is_at_rest(world)


def test_f19_value_a_new_line_overrules_is_kept_in_the_audit(world: World) -> None:
    world.use(people())
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "Head"})
    world.use(people("title: jobtitle <-> Title"))

    run(world)

    assert ada.overruled("title") == [(HUBSPOT, "CEO")]


def test_f19_new_one_way_line_is_filled_in_its_direction_only(world: World) -> None:
    world.use(people())
    ada = world.couple({"jobtitle": "CEO"})
    bob = world.couple(None, {"Title": "Head"}, email="bob@example.com")
    world.use(people("title: jobtitle -> Title"))

    run(world)

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert bob.on(HUBSPOT)["jobtitle"] is None
    is_at_rest(world)


def test_f19_new_line_under_first_sync_hold_is_held_once(world: World) -> None:
    world.use(people(first_sync="hold"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "Head"})
    world.use(people("title: jobtitle <-> Title", first_sync="hold"))

    assert run(world).exit == 1

    (held,) = world.conflicts()
    assert (held.field, held.left, held.right) == ("title", "CEO", "Head")
    is_at_rest(world)
    ada.edit(HUBSPOT, jobtitle="Head")
    run(world)
    assert world.conflicts() == []
    is_at_rest(world)


def test_f19_edit_made_since_travels_beside_the_new_line(world: World) -> None:
    world.use(people("city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO", "city": "Wien"})
    world.use(people("city: city <-> MailingCity", "title: jobtitle <-> Title"))
    ada.edit(HUBSPOT, city="Graz")
    ada.edit(SALESFORCE, FirstName="A.")

    run(world)

    salesforce = ada.on(SALESFORCE)
    assert (salesforce["Title"], salesforce["MailingCity"]) == ("CEO", "Graz")
    is_at_rest(world)


def test_f19_new_value_the_target_cannot_take_is_an_error_and_not_read_again(world: World) -> None:
    world.use(people())
    ada = world.couple({"jobtitle": "longer than five"})
    world.use(people("code: jobtitle -> Code__c"))

    assert run(world).exit == 1

    assert [error.field for error in world.errors()] == ["code"]
    is_at_rest(world)
    ada.edit(HUBSPOT, jobtitle="short")
    run(world)
    assert ada.on(SALESFORCE)["Code__c"] == "short"
    assert world.errors() == []


# --- a changed line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "name", "value", "other", "wanted"),
    [
        (HUBSPOT, "seniority", "Executive", "Level__c", "Manager"),
        (SALESFORCE, "Level__c", "C-Level", "seniority", "Manager"),
    ],
    ids=["from HubSpot", "from Salesforce"],
)
def test_f19_changed_values_are_carried_again_from_where_they_came(
    world: World, origin: Side, name: str, value: str, other: str, wanted: str
) -> None:
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple(
        {name: value} if origin is HUBSPOT else None,
        {name: value} if origin is SALESFORCE else None,
    )
    world.use(people(f"level: {CROSSED}"))

    run(world)

    assert ada.on(origin)[name] == value
    assert ada.on(origin.other)[other] == wanted
    assert world.conflicts() == []
    is_at_rest(world)


def test_f19_changed_values_are_held_where_the_audit_does_not_know(world: World) -> None:
    # Both held it when they were linked; `first_sync` is not asked.
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple({"seniority": "Executive"}, {"Level__c": "C-Level"})
    world.use(people(f"level: {CROSSED}"))

    assert run(world).exit == 1

    assert world.carried() == []
    (held,) = world.conflicts()
    assert (held.field, held.left, held.right) == ("level", "Executive", "C-Level")
    assert "mappings/contacts.yaml:" in held.reason
    is_at_rest(world)
    ada.edit(SALESFORCE, Level__c="Manager")
    run(world)
    assert ada.on(HUBSPOT)["seniority"] == "Executive"
    assert world.conflicts() == []
    is_at_rest(world)


def test_f19_origin_is_not_known_once_both_sides_were_set_alike(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple({"seniority": "Executive"})
    ada.edit(HUBSPOT, seniority="Manager")
    ada.edit(SALESFORCE, Level__c="Manager")
    run(world)
    world.use(people(f"level: {CROSSED}"))

    run(world)

    assert world.carried() == []
    assert [held.field for held in world.conflicts()] == ["level"]


def test_f19_value_the_changed_line_carries_as_before_stays(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple({"seniority": "Executive"}, {"Level__c": "C-Level"})
    more = SENIORITY.replace("Manager: Manager", "Manager: Manager, Entry: Specialist")
    world.use(people(f"level: {more}"))

    assert run(world).exit == 0

    assert world.carried() == []
    assert ada.on(SALESFORCE)["Level__c"] == "C-Level"
    is_at_rest(world)


def test_f19_value_held_for_want_of_an_entry_travels_once_there_is_one(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple()
    ada.edit(HUBSPOT, seniority="Entry")
    assert run(world).exit == 1
    more = SENIORITY.replace("Manager: Manager", "Manager: Manager, Entry: Specialist")
    world.use(people(f"level: {more}"))

    run(world)

    assert ada.on(SALESFORCE)["Level__c"] == "Specialist"
    assert world.conflicts() == []
    is_at_rest(world)


def test_f19_edit_made_since_travels_by_the_changed_line(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple({"seniority": "Executive"})
    world.use(people(f"level: {CROSSED}"))
    ada.edit(SALESFORCE, Level__c="Manager")

    run(world)

    assert ada.on(SALESFORCE)["Level__c"] == "Manager"
    assert ada.on(HUBSPOT)["seniority"] == "Executive"
    is_at_rest(world)


def test_f19_both_edited_since_is_settled_by_who_wins(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    ada = world.couple({"seniority": "Executive"})
    world.use(people(f"level: {CROSSED[:-1]}, wins: salesforce}}"))
    ada.edit(SALESFORCE, Level__c="Manager")
    ada.edit(HUBSPOT, seniority="Manager")

    run(world)

    assert ada.on(HUBSPOT)["seniority"] == "Executive"
    assert ada.overruled("level") == [(HUBSPOT, "Manager")]
    is_at_rest(world)


def test_f19_changed_computed_value_is_computed_for_all(world: World) -> None:
    line = "{{map: '-> Title', to_salesforce: \"record.first_name + '{} ' + record.last_name\"}}"
    first = "first_name: firstname -> FirstName"
    world.use(people(first, f"title: {line.format('')}"))
    ada = world.couple({"firstname": "Ada"})
    assert ada.on(SALESFORCE)["Title"] == "Ada Lovelace"
    world.use(people(first, f"title: {line.format(',')}"))

    run(world)

    assert ada.on(SALESFORCE)["Title"] == "Ada, Lovelace"
    is_at_rest(world)


def test_f19_changed_if_blank_is_written_anew_and_never_travels(world: World) -> None:
    line = "last_name: {{map: lastname <-> LastName, if_blank: '{}'}}"
    mapping = people(more="create: {salesforce: {when: 'true'}}")
    world.use(with_last_name(line.format("[none]"), mapping))
    world.add(HUBSPOT, "contacts", email="ada@example.com")
    run(world)
    id, made = world.only(SALESFORCE, "Contact")
    assert made["LastName"] == "[none]"
    world.use(with_last_name(line.format("[not given]"), mapping))

    run(world)

    assert world.values(SALESFORCE, "Contact", id)["LastName"] == "[not given]"
    assert world.only(HUBSPOT, "contacts")[1]["lastname"] is None
    is_at_rest(world)


def test_f19_if_blank_the_crm_held_already_never_travels(world: World) -> None:
    # It was there when the two were linked: the audit knows nothing of it.
    line = "last_name: {{map: lastname <-> LastName, if_blank: '{}'}}"
    world.use(with_last_name(line.format("[none]"), people()))
    ada = world.couple({"lastname": None}, {"LastName": "[none]"})
    world.use(with_last_name(line.format("[not given]"), people()))

    run(world)

    assert (ada.on(HUBSPOT)["lastname"], ada.on(SALESFORCE)["LastName"]) == (None, "[not given]")
    is_at_rest(world)


def test_f19_arrow_turned_both_ways_fills_what_was_blank(world: World) -> None:
    world.use(people("title: jobtitle <- Title"))
    ada = world.couple({"jobtitle": "CEO"})
    world.use(people("title: jobtitle <-> Title"))

    run(world)

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    is_at_rest(world)


@pytest.mark.parametrize("title", [None, "Head"])
def test_f19_line_to_another_field_fills_it_from_the_other_side(
    world: World, title: Native
) -> None:
    world.use(people("job: jobtitle <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": title})
    world.use(people("job: jobtitle <-> Title"))

    run(world)

    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "CEO")
    assert ada.on(SALESFORCE)["MailingCity"] == "CEO"
    assert ada.overruled("job") == ([(SALESFORCE, title)] if title else [])
    is_at_rest(world)


def test_f19_line_to_another_field_takes_its_value_where_the_other_side_is_blank(
    world: World,
) -> None:
    world.use(people("job: jobtitle <-> MailingCity"))
    ada = world.couple(None, {"Title": "Head"})
    world.use(people("job: jobtitle <-> Title"))

    run(world)

    assert ada.on(HUBSPOT)["jobtitle"] == "Head"
    is_at_rest(world)


def test_f19_other_field_never_travels_in_the_place_of_a_value_that_stays(world: World) -> None:
    keep = SENIORITY.replace("Manager: Manager}", "Manager: Manager}, otherwise: keep")
    world.use(people(f"level: {keep.replace('Level__c', 'MailingCity')}"))
    ada = world.couple({"seniority": "Executive"}, {"Level__c": "Manager"})
    ada.edit(HUBSPOT, seniority="Entry")
    run(world)
    world.use(people(f"level: {keep}"))
    run(world)
    ada.edit(HUBSPOT, firstname="Ada")
    ada.edit(SALESFORCE, FirstName="Ada")

    run(world)

    # Nothing stands for Entry, so Salesforce's own value stays, yet is nobody's edit.
    assert (ada.on(HUBSPOT)["seniority"], ada.on(SALESFORCE)["Level__c"]) == ("Entry", "Manager")
    is_at_rest(world)
    ada.edit(HUBSPOT, seniority="Executive")
    run(world)
    assert ada.on(SALESFORCE)["Level__c"] == "C-Level"
    is_at_rest(world)


def test_f19_line_between_two_other_fields_is_a_new_one(world: World) -> None:
    world.use(people("job: jobtitle <-> Title"))
    ada = world.couple({"jobtitle": "CEO", "city": "Wien"}, {"MailingCity": "Graz"})
    world.use(people("job: city <-> MailingCity"))

    run(world)

    assert (ada.on(HUBSPOT)["city"], ada.on(SALESFORCE)["Title"]) == ("Graz", "CEO")
    is_at_rest(world)


def test_f19_one_way_line_from_another_field_carries_that_one(world: World) -> None:
    world.use(people("job: jobtitle -> Title"))
    ada = world.couple({"jobtitle": "CEO", "city": "Wien"})
    bob = world.couple({"jobtitle": "CEO"}, email="bob@example.com")
    world.use(people("job: {map: city -> Title, blank: clear}"))

    run(world)

    assert ada.on(SALESFORCE)["Title"] == "Wien"
    # A blank that nobody made is not carried, whatever `blank` says.
    assert bob.on(SALESFORCE)["Title"] == "CEO"
    is_at_rest(world)


def test_f19_changed_one_way_line_is_carried_from_its_source(world: World) -> None:
    # No audit is needed to know where its value comes from.
    one_way = SENIORITY.replace("<->", "->")
    world.use(people(f"level: {one_way}"))
    ada = world.couple({"seniority": "Executive"}, {"Level__c": "C-Level"})
    world.use(people(f"level: {CROSSED.replace('<->', '->')}"))

    run(world)

    assert ada.on(SALESFORCE)["Level__c"] == "Manager"
    assert ada.overruled("level") == [(SALESFORCE, "C-Level")]
    is_at_rest(world)


def test_f19_kept_apart_blank_stays_apart_under_a_changed_line(world: World) -> None:
    world.use(people("title: jobtitle <-> Title"))
    ada = world.couple({"jobtitle": "CEO"})
    ada.edit(HUBSPOT, jobtitle=None)
    run(world)
    world.use(people("title: {map: jobtitle <-> Title, type: multiline}"))

    run(world)

    assert world.carried() == []
    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == (None, "CEO")
    is_at_rest(world)


# --- lines that go and come back ----------------------------------------------------------------


def test_removed_line_writes_nothing_and_nothing_waits_for_it(world: World) -> None:
    world.use(people("title: {map: jobtitle <-> Title, wins: hold}"))
    ada = world.couple({"jobtitle": "CEO"})
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, Title="Head")
    assert run(world).exit == 1
    world.use(people())

    run(world)

    assert world.carried() == []
    assert world.conflicts() == []
    is_at_rest(world)


def test_f19_line_put_back_is_a_new_one(world: World) -> None:
    world.use(people("title: jobtitle <-> Title"))
    ada = world.couple({"jobtitle": "CEO"})
    world.use(people())
    run(world)
    ada.edit(HUBSPOT, jobtitle="Chair")
    world.use(people("title: jobtitle <-> Title"))

    run(world)

    # `first_sync: salesforce`; what it overrules is kept.
    assert (ada.on(HUBSPOT)["jobtitle"], ada.on(SALESFORCE)["Title"]) == ("CEO", "CEO")
    assert ada.overruled("title") == [(HUBSPOT, "Chair")]
    is_at_rest(world)


def test_line_changed_and_changed_back_before_a_run_is_no_change(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    world.couple({"seniority": "Executive"}, {"Level__c": "C-Level"})
    world.use(people(f"level: {CROSSED}"))
    assert world.plan() == []  # it is held, which writes nothing
    fetched = world.fetched()
    world.use(people(f"level: {SENIORITY}"))

    assert run(world).exit == 0

    assert world.conflicts() == []
    assert world.fetched() == fetched
    is_at_rest(world)


def test_f19_line_changed_back_in_the_middle_carries_back_what_was_carried(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    found = couples(world, 3, seniority="Executive")
    world.use(people(f"level: {CROSSED}"))
    assert world.sync(limit=1).document["limited"]
    assert sorted(one.on(SALESFORCE)["Level__c"] or "" for one in found) == [
        "C-Level",
        "C-Level",
        "Manager",
    ]
    world.use(people(f"level: {SENIORITY}"))

    run(world)

    assert [one.on(SALESFORCE)["Level__c"] for one in found] == ["C-Level"] * 3
    assert len(world.carried()) == 1
    is_at_rest(world)


def test_f19_two_changes_one_after_the_other_end_at_the_last(world: World) -> None:
    third = SENIORITY.replace("Executive: C-Level", "Executive: Specialist")
    world.use(people(f"level: {SENIORITY}"))
    found = couples(world, 3, seniority="Executive")
    world.use(people(f"level: {CROSSED}"))
    world.sync(limit=1)
    world.use(people(f"level: {third}"))

    run(world)

    assert [one.on(SALESFORCE)["Level__c"] for one in found] == ["Specialist"] * 3
    is_at_rest(world)


# --- cut off and gone on with -------------------------------------------------------------------


def test_f19_backfill_goes_on_where_a_limit_cut_it_off(world: World) -> None:
    world.use(people())
    found = couples(world, 5, jobtitle="CEO")
    world.pass_time(HOUR)
    run(world)
    world.use(people("title: jobtitle <-> Title"))

    fetched = []
    for _ in range(3):
        before = world.fetched()
        world.sync(limit=2)
        fetched.append(world.fetched() - before)

    assert [one.on(SALESFORCE)["Title"] for one in found] == ["CEO"] * 5
    assert fetched == [10, 6, 2], "what was done is not read again"
    is_at_rest(world)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_f19_backfill_goes_on_after_a_kill(world: World, before: bool) -> None:
    world.use(people())
    found = couples(world, 3, jobtitle="CEO")
    world.use(people("title: jobtitle <-> Title"))
    world.kill(SALESFORCE, before=before)

    world.killed_sync()
    run(world)

    assert [one.on(SALESFORCE)["Title"] for one in found] == ["CEO"] * 3
    is_at_rest(world)


def test_f19_edit_after_a_kill_is_not_overruled_by_the_backfill(world: World) -> None:
    more = "Manager: Manager, Entry: Specialist"
    world.use(people(f"level: {SENIORITY}".replace("Manager: Manager", more)))
    ada = world.couple({"seniority": "Executive"})
    world.use(people(f"level: {CROSSED}".replace("C-Level}", "C-Level, Entry: Specialist}")))
    world.kill(SALESFORCE)
    world.killed_sync()
    assert ada.on(SALESFORCE)["Level__c"] == "Manager"
    ada.edit(SALESFORCE, Level__c="Specialist")

    run(world)
    run(world)

    levels = (ada.on(HUBSPOT)["seniority"], ada.on(SALESFORCE)["Level__c"])
    assert levels == ("Entry", "Specialist")
    is_at_rest(world)


def test_f19_backfill_goes_on_after_a_crm_did_not_answer(world: World) -> None:
    world.use(people())
    found = couples(world, 3, jobtitle="CEO")
    world.use(people("title: jobtitle <-> Title"))
    world.fail_write(SALESFORCE, Fault.TOO_MANY, times=10_000)
    assert world.sync().exit == 3
    world.recover()

    run(world)

    assert [one.on(SALESFORCE)["Title"] for one in found] == ["CEO"] * 3
    is_at_rest(world)


def test_f19_record_the_crm_refuses_is_tried_again_when_it_is_due(world: World) -> None:
    world.use(people())
    found = couples(world, 2, jobtitle="CEO")
    found[0].edit(HUBSPOT, jobtitle="Boss")
    world.forbid("Contact", "Title", "Boss")
    world.use(people("title: jobtitle <-> Title"))

    assert run(world).exit == 1

    assert [one.on(SALESFORCE)["Title"] for one in found] == [None, "CEO"]
    is_at_rest(world)
    world.allow()
    world.pass_time(HOUR)
    run(world)
    assert found[0].on(SALESFORCE)["Title"] == "Boss"
    assert world.errors() == []
    is_at_rest(world)


def test_f19_expression_that_fails_on_a_record_is_an_error_and_not_read_again(
    world: World,
) -> None:
    first = "first_name: firstname -> FirstName"
    world.use(people(first))
    found = couples(world, 2)
    found[1].edit(HUBSPOT, firstname=None)
    line = "title: {map: '-> Title', to_salesforce: 'string(1 / size(record.first_name))'}"
    world.use(people(first, line))

    assert run(world).exit == 1

    assert [error.category for error in world.errors()] == ["expression"]
    assert found[0].on(SALESFORCE)["Title"] == "0"
    for _ in range(2):  # beyond what is read twice, and past the first try again
        world.pass_time(HOUR / 3)
        run(world)
    is_at_rest(world)
    found[1].edit(HUBSPOT, firstname="X")
    run(world)
    assert found[1].on(SALESFORCE)["Title"] == "1"
    assert world.errors() == []


def test_f19_link_that_left_is_carried_by_the_new_line_when_it_returns(world: World) -> None:
    more = "include: {hubspot: 'record.city != \"Graz\"'}"
    city = "city: city <-> MailingCity"
    world.use(people(city, more=more))
    ada = world.couple({"jobtitle": "CEO", "city": "Wien"})
    ada.edit(HUBSPOT, city="Graz")
    run(world)
    assert world.link_count(state=LinkState.OUTSIDE) == 1
    world.use(people(city, "title: jobtitle <-> Title", more=more))
    run(world)
    assert ada.on(SALESFORCE)["Title"] is None

    ada.edit(HUBSPOT, city="Linz")
    run(world)

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    is_at_rest(world)


# --- plan, guard, approval ----------------------------------------------------------------------


def test_f19_plan_names_the_line_a_backfill_comes_from(world: World) -> None:
    world.use(people())
    world.couple({"jobtitle": "CEO"})
    world.use(people("title: jobtitle <-> Title"))

    (operation,) = world.plan()

    assert (operation["kind"], operation["side"]) == ("update", "salesforce")
    (field,) = operation["fields"]
    assert field["reason"] == (
        "backfill (mappings/contacts.yaml:10, new line): first linking: blank in Salesforce"
    )
    assert world.plan() == [operation], "planning twice gives the same"


def test_f19_plan_is_what_the_sync_then_does(world: World) -> None:
    world.use(people(f"level: {SENIORITY}"))
    couples(world, 2, seniority="Executive", jobtitle="CEO")
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    run(world)
    more = "create: {salesforce: {when: 'true'}}"
    world.use(people(f"level: {CROSSED}", "title: jobtitle <-> Title", more=more))

    planned = {
        (operation["side"], field["name"], field["new"])
        for operation in world.plan()
        for field in operation["fields"]
    }
    run(world)

    names = {"Level__c": "level", "Title": "title", "Email": "email", "LastName": "last_name"}
    done = {(SIDES[side], names[name], value) for side, name, value in world.carried()}
    assert done == {one for one in planned if one[1] in names.values()}
    assert ("salesforce", "level", "Manager") in done
    is_at_rest(world)


def test_f19_backfill_above_the_guard_is_let_through_by_approval(world: World) -> None:
    narrow = "guard: {changes: 1, creates: 10, deletes: 10, blanks: 10}"
    world.use(people())
    found = couples(world, 3, jobtitle="CEO")
    world.use(people("title: jobtitle <-> Title"), settings=narrow)
    stopped = world.sync()
    assert (stopped.exit, stopped.stopped) == (4, "guard")
    assert world.written() == []

    world.approve(stopped.plan)
    result = run(world)

    assert (result.exit, result.moved) == (0, ())
    assert [one.on(SALESFORCE)["Title"] for one in found] == ["CEO"] * 3
    assert run(world).exit == 0
    assert world.written() == []
    is_at_rest(world)


def test_f19_link_that_moved_since_approval_is_left_for_the_next_run(world: World) -> None:
    world.use(people())
    found = couples(world, 2, jobtitle="CEO")
    world.use(people("title: jobtitle <-> Title"))
    world.plan()
    world.approve()
    found[0].edit(HUBSPOT, jobtitle="Chair")

    assert len(world.sync().moved) == 1
    assert [one.on(SALESFORCE)["Title"] for one in found] == [None, "CEO"]
    run(world)

    assert [one.on(SALESFORCE)["Title"] for one in found] == ["Chair", "CEO"]
    is_at_rest(world)


# --- records left out ---------------------------------------------------------------------------


def test_r31_create_added_makes_the_records_left_out(world: World) -> None:
    world.use(people())
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    world.add(SALESFORCE, "Contact", Email="bob@example.com", LastName="Byron")
    run(world)
    world.use(people(more="create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"))

    run(world)

    assert world.link_count() == 2
    assert len(world.all(HUBSPOT, "contacts")) == len(world.all(SALESFORCE, "Contact")) == 2
    is_at_rest(world)


def test_r31_creates_above_the_guard_are_let_through_by_approval(world: World) -> None:
    narrow = "guard: {changes: 10, creates: 1, deletes: 10, blanks: 10}"
    world.use(people())
    for name in ("ada", "bob", "cy"):
        world.add(HUBSPOT, "contacts", email=f"{name}@example.com", lastname=name)
    run(world)
    world.use(people(more="create: {salesforce: {when: 'true'}}"), settings=narrow)
    stopped = world.sync()
    assert (stopped.exit, stopped.stopped) == (4, "guard")

    world.approve(stopped.plan)
    result = run(world)

    assert (result.exit, result.moved) == (0, ())
    assert len(world.all(SALESFORCE, "Contact")) == 3
    run(world)
    is_at_rest(world)
    assert len(world.all(SALESFORCE, "Contact")) == 3


def test_r31_only_what_is_not_linked_is_read_for_a_changed_create(world: World) -> None:
    first = "create: {salesforce: {when: 'record.last_name == \"Byron\"'}}"
    world.use(people(more=first))
    couples(world, 3)
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace")
    run(world)
    before = world.fetched()
    world.use(people(more=first.replace("Byron", "Lovelace")))

    run(world)

    assert world.link_count() == 4
    assert world.fetched() - before == 1, "the one left out; what is made of it tells itself"
    is_at_rest(world)


def test_r31_changed_include_looks_at_records_left_out_and_at_links(world: World) -> None:
    rules = (
        "include: {{hubspot: 'record.city == \"{}\"'}}\ncreate: {{salesforce: {{when: 'true'}}}}"
    )
    city = "city: city <-> MailingCity"
    world.use(people(city, more=rules.format("Wien")))
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace", city="Wien")
    world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Byron", city="Graz")
    run(world)
    assert world.link_count() == 1
    world.use(people(city, more=rules.format("Graz")))

    run(world)

    assert world.link_count() == 1
    assert len(world.all(SALESFORCE, "Contact")) == 2
    is_at_rest(world)
    world.use(people(city, more="create: {salesforce: {when: 'true'}}"))
    run(world)
    assert world.link_count() == 2
    assert len(world.all(SALESFORCE, "Contact")) == 2
    is_at_rest(world)


def test_r31_changed_line_of_a_field_a_rule_reads_counts_as_its_change(world: World) -> None:
    rule = "create: {salesforce: {when: 'record.place == \"Wien\"'}}"
    world.use(people("place: jobtitle <-> MailingCity", more=rule))
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace", city="Wien")
    run(world)
    assert world.link_count() == 0
    world.use(people("place: city <-> MailingCity", more=rule))

    run(world)

    assert world.link_count() == 1
    is_at_rest(world)


def test_r31_changed_match_links_records_left_out(world: World) -> None:
    world.use(people("first_name: firstname <-> FirstName"))
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="Lovelace", firstname="Ada")
    world.add(SALESFORCE, "Contact", LastName="Lovelace", FirstName="Ada")
    run(world)
    assert world.link_count() == 0
    by_name = people("first_name: firstname <-> FirstName").replace(
        "match: [email]", "match: [email, [first_name, last_name]]"
    )
    world.use(by_name)

    run(world)

    assert world.link_count() == 1
    is_at_rest(world)


def test_r31_record_that_could_not_be_made_is_tried_again_under_a_changed_line(
    world: World,
) -> None:
    more = "create: {salesforce: {when: 'true'}}"
    world.use(people(more=more))
    world.add(HUBSPOT, "contacts", email="ada@example.com")
    assert run(world).exit == 1
    line = "last_name: {map: lastname <-> LastName, if_blank: '[none]'}"
    world.use(with_last_name(line, people(more=more)))

    run(world)

    assert world.only(SALESFORCE, "Contact")[1]["LastName"] == "[none]"
    assert world.errors() == []
    is_at_rest(world)


def test_r31_record_that_is_not_to_be_made_any_more_is_no_error(world: World) -> None:
    world.use(people(more="create: {salesforce: {when: 'true'}}"))
    world.add(HUBSPOT, "contacts", email="ada@example.com")
    assert run(world).exit == 1
    world.use(people())

    run(world)

    assert world.errors() == []
    assert world.all(SALESFORCE, "Contact") == {}
    is_at_rest(world)


def test_r31_record_a_changed_condition_fails_on_stays_an_error(world: World) -> None:
    create = "create: {salesforce: {when: 'size(record.last_name) < 5'}}"
    failing = create.replace("size(record.last_name) < 5", "1 / size(record.last_name) > 0")
    world.use(people(more=create))
    world.add(HUBSPOT, "contacts", email="ada@example.com")
    assert run(world).exit == 1
    world.use(people(more=failing))

    run(world)

    assert "expression" in [error.category for error in world.errors()]


# --- what is no reason to look again ------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: jobtitle <-> Title", "title: {map: jobtitle <-> Title, wins: hubspot}"),
        ("title: jobtitle <-> Title", "title: {map: jobtitle <-> Title, blank: clear}"),
        ("title: jobtitle <-> Title", "title: {map: jobtitle <-> Title, protect: hubspot}"),
    ],
    ids=["wins", "blank", "protect"],
)
def test_changed_winner_costs_no_reading(world: World, before: str, after: str) -> None:
    # Settled question 12.
    world.use(people(before))
    couples(world, 2, jobtitle="CEO")
    run(world)
    world.pass_time(HOUR)
    read = (world.fetched(), world.listed())
    world.use(people(after))

    run(world)

    assert world.written() == []
    assert (world.fetched(), world.listed()) == read


# --- a pair by another name ---------------------------------------------------------------------


def test_renamed_pair_is_refused_before_anything_is_made_twice(world: World) -> None:
    more = "create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"
    world.use(people(more=more))
    ada = world.couple()
    ada.edit(SALESFORCE, Email="countess@example.com")
    ada.edit(HUBSPOT, salesforce_id=None)
    world.drop("contacts")
    world.use(people(more=more).replace("pair: contacts", "pair: persons"))
    before = world.snapshot()

    result = world.sync()

    assert (result.exit, result.stopped) == (2, "configuration")
    assert "Call the pair contacts again" in str(result.error)
    assert world.snapshot() == before
    world.drop("persons")
    world.use(people(more=more))
    run(world)
    assert world.link_count() == 1
    assert len(world.all(SALESFORCE, "Contact")) == 1


# --- a field that is out of sight for a while ---------------------------------------------------


TITLE = "title: {map: jobtitle <-> Title, blank: clear}"


def test_f20_missing_field_is_paused_with_one_error(world: World) -> None:
    world.use(people(TITLE))
    found = couples(world, 2, jobtitle="CEO")
    world.hide(HUBSPOT, "jobtitle")
    found[0].edit(SALESFORCE, Title="Head", LastName="Byron")

    assert run(world).exit == 1

    (error,) = world.errors()
    assert (error.field, error.side, error.code) == ("title", HUBSPOT, "FIELD_MISSING")
    assert "HubSpot's contacts.jobtitle" in error.message
    assert found[0].on(HUBSPOT)["lastname"] == "Byron"
    assert [one.on(HUBSPOT)["jobtitle"] for one in found] == ["CEO", "CEO"]
    assert found[1].on(SALESFORCE)["Title"] == "CEO"
    assert run(world).exit == 0, "the error is no new one in the next run"


def test_f20_field_that_went_a_moment_ago_is_paused_by_the_next_run(world: World) -> None:
    # What objects have is asked once an hour only.
    world.use(people(TITLE))
    world.couple({"jobtitle": "CEO"})
    world.hide(SALESFORCE, "Title", since=timedelta(minutes=5))

    assert world.sync().exit == 2
    assert world.written() == []
    assert world.sync().exit == 1

    assert [error.field for error in world.errors()] == ["title"]


def test_f20_field_that_is_back_merges_on_what_both_agreed_on(world: World) -> None:
    world.use(people(TITLE))
    found = couples(world, 3, jobtitle="CEO")
    world.hide(HUBSPOT, "jobtitle")
    run(world)
    found[0].edit(SALESFORCE, Title="Head")
    found[1].edit(HUBSPOT, jobtitle="Chair")
    run(world)
    world.show(HUBSPOT, "jobtitle")

    run(world)

    assert world.errors() == []
    titles = [(one.on(HUBSPOT)["jobtitle"], one.on(SALESFORCE)["Title"]) for one in found]
    assert titles == [("Head", "Head"), ("Chair", "Chair"), ("CEO", "CEO")]
    is_at_rest(world)


def test_field_that_never_was_there_is_a_mapping_error(world: World) -> None:
    # Settled question 4.
    world.use(people())
    world.couple()
    world.hide(HUBSPOT, "jobtitle")
    world.use(people(TITLE))

    assert world.sync().exit == 2
