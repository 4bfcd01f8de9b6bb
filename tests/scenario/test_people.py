"""Row R25 of the decision table: owners, users and queues."""

from __future__ import annotations

from datetime import timedelta

from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies, people

OWNER = "owner: {map: hubspot_owner_id <-> OwnerId, type: user%s}"
ANNA, BEN = "anna@example.com", "ben@example.com"
#: People are read anew after an hour.
LATER = timedelta(hours=2)


def owner(**keys: str) -> str:
    """Write the line of the owner with further keys."""
    return OWNER % "".join(f", {name}: {value}" for name, value in keys.items())


def both(world: World, email: str) -> tuple[str, str]:
    """Take somebody in on both sides; gives both ids."""
    return world.employ(HUBSPOT, email), world.employ(SALESFORCE, email)


def leads(*fields: str, first_sync: str = "salesforce") -> str:
    """Write a mapping whose new records in Salesforce are Leads."""
    more = """
    create:
      salesforce: {as: Lead, when: 'record.email != ""'}
      hubspot: {when: 'record.email != ""'}
    """
    company = 'company: {map: company -> Lead.Company, if_blank: "[not given]"}'
    return people(*fields, company, objects="Contact | Lead", first_sync=first_sync, more=more)


# --- one user, two ids --------------------------------------------------------------------------


def test_r25_owners_are_the_same_by_email(world: World) -> None:
    world.use(people(owner(wins="salesforce"), first_sync="hubspot"))
    anna, ben = both(world, "Anna@Example.com"), both(world, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]}, {"OwnerId": ben[1]})

    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    ada.edit(SALESFORCE, OwnerId=ben[1])
    world.sync()

    assert ada.on(HUBSPOT)["hubspot_owner_id"] == ben[0]
    assert world.errors() == []
    world.settles()


def test_r25_type_follows_from_both_fields(world: World) -> None:
    world.use(people("owner: hubspot_owner_id <-> OwnerId", first_sync="hubspot"))
    anna = both(world, ANNA)

    ada = world.couple({"hubspot_owner_id": anna[0]})

    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    world.settles()


def test_r25_inactive_one_of_two_users_with_one_email_is_passed_over(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna = world.employ(HUBSPOT, ANNA)
    world.employ(SALESFORCE, ANNA, active=False)
    new = world.employ(SALESFORCE, ANNA)

    ada = world.couple({"hubspot_owner_id": anna})

    assert ada.on(SALESFORCE)["OwnerId"] == new
    world.settles()


def test_r25_two_active_users_with_one_email_are_held_with_the_reason(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = world.employ(HUBSPOT, ANNA), both(world, BEN)
    twins = [world.employ(SALESFORCE, ANNA), world.employ(SALESFORCE, ANNA)]
    ada = world.couple({"hubspot_owner_id": anna}, {"OwnerId": ben[1]})

    (held,) = world.conflicts()
    assert (held.field, held.left) == ("owner", anna)
    assert ANNA in held.reason
    assert all(one in held.reason for one in twins)
    assert ada.on(SALESFORCE)["OwnerId"] == ben[1]
    world.settles()

    world.employ(SALESFORCE, ANNA, id=twins[0], active=False)
    world.pass_time(LATER)
    world.sync()
    assert ada.on(SALESFORCE)["OwnerId"] == twins[1]
    assert world.conflicts() == []


def test_r25_one_who_waits_is_held_once_two_answer_and_waits_again_when_none_does(
    world: World,
) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben)
    world.sync()
    assert (len(world.errors()), len(world.conflicts())) == (1, 0)

    twins = [world.employ(SALESFORCE, BEN), world.employ(SALESFORCE, BEN)]
    world.pass_time(LATER)
    world.sync()
    assert (len(world.errors()), len(world.conflicts())) == (0, 1)

    for twin in twins:
        world.employ(SALESFORCE, BEN, id=twin, active=False)
    world.pass_time(LATER)
    world.sync()
    assert (len(world.errors()), len(world.conflicts())) == (1, 0)
    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]


# --- nobody on the other side -------------------------------------------------------------------


def test_r25_unmatched_owner_is_not_sent_and_the_target_stays(world: World) -> None:
    world.use(people(owner(), "title: jobtitle <-> Title", first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben, jobtitle="Chair")

    result = world.sync()

    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    assert ada.on(HUBSPOT)["hubspot_owner_id"] == ben
    assert ada.on(SALESFORCE)["Title"] == "Chair"
    assert result.exit == 1
    (error,) = world.errors()
    assert (error.category, error.code, error.field) == ("owner", "NO_COUNTERPART", "owner")
    assert BEN in error.message
    assert "1 record waits" in error.message
    world.settles()
    assert len(world.errors()) == 1


def test_r25_owner_is_listed_once_however_many_records_wait(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    couples = [
        world.couple({"hubspot_owner_id": anna[0]}, email=f"{number}@example.com")
        for number in range(3)
    ]
    for one in couples:
        one.edit(HUBSPOT, hubspot_owner_id=ben)

    world.sync()

    (error,) = world.errors()
    assert "3 records wait" in error.message
    couples[0].edit(HUBSPOT, hubspot_owner_id=anna[0])
    world.sync()
    (error,) = world.errors()
    assert "2 records wait" in error.message
    couples[1].edit(HUBSPOT, hubspot_owner_id=anna[0])
    couples[2].edit(HUBSPOT, hubspot_owner_id=anna[0])
    world.sync()
    assert world.errors() == []


def test_r25_records_that_waited_follow_once_the_counterpart_is_there(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben)
    world.sync()

    hired = world.employ(SALESFORCE, BEN)
    world.pass_time(LATER)
    world.sync()

    assert ada.on(SALESFORCE)["OwnerId"] == hired
    assert world.errors() == []
    world.settles()


def test_r25_owner_who_left_is_not_sent_and_follows_when_back(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), both(world, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    world.employ(SALESFORCE, BEN, id=ben[1], active=False)
    world.pass_time(LATER)
    ada.edit(HUBSPOT, hubspot_owner_id=ben[0])

    world.sync()

    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    (error,) = world.errors()
    assert error.code == "INACTIVE_OWNER"
    world.employ(SALESFORCE, BEN, id=ben[1], active=True)
    world.pass_time(LATER)
    world.sync()
    assert ada.on(SALESFORCE)["OwnerId"] == ben[1]
    assert world.errors() == []


def test_r25_edit_on_the_other_side_while_one_waits_is_settled_by_the_rule(world: World) -> None:
    world.use(people(owner(wins="salesforce"), first_sync="hubspot"))
    anna, ben, cleo = both(world, ANNA), world.employ(HUBSPOT, BEN), both(world, "cleo@example.com")
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben)
    world.sync()

    ada.edit(SALESFORCE, OwnerId=cleo[1])
    world.sync()

    assert ada.on(HUBSPOT)["hubspot_owner_id"] == cleo[0]
    assert ada.overruled("owner")[-1] == (HUBSPOT, ben)
    assert world.errors() == []
    world.settles()


def test_r25_run_killed_before_its_list_is_listed_by_the_next(world: World) -> None:
    world.use(people(owner(), "title: jobtitle <-> Title", first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben, jobtitle="Chair")
    world.kill(SALESFORCE)

    world.killed_sync()
    world.recover()
    world.sync()

    assert len(world.errors()) == 1
    assert ada.on(SALESFORCE)["Title"] == "Chair"
    hired = world.employ(SALESFORCE, BEN)
    world.pass_time(LATER)
    world.sync()
    assert ada.on(SALESFORCE)["OwnerId"] == hired


def test_r25_line_taken_out_of_the_mapping_lists_nobody(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben)
    world.sync()
    assert len(world.errors()) == 1

    world.use(people(first_sync="hubspot"))
    world.sync()

    assert world.errors() == []


def test_r25_owner_who_left_hubspot_is_not_sent_there_either(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), both(world, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    world.employ(HUBSPOT, BEN, id=ben[0], active=False)
    world.pass_time(LATER)
    ada.edit(SALESFORCE, OwnerId=ben[1])

    world.sync()

    assert ada.on(HUBSPOT)["hubspot_owner_id"] == anna[0]
    assert [one.code for one in world.errors()] == ["INACTIVE_OWNER"]
    world.settles()


def test_r25_limited_run_leaves_those_who_follow_to_the_next(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    couples = [
        world.couple({"hubspot_owner_id": anna[0]}, email=f"{number}@example.com")
        for number in range(3)
    ]
    for one in couples:
        one.edit(HUBSPOT, hubspot_owner_id=ben)
    world.sync()
    hired = world.employ(SALESFORCE, BEN)
    world.pass_time(LATER)

    for _ in couples:
        world.sync(limit=1)
    world.sync()

    assert [one.on(SALESFORCE)["OwnerId"] for one in couples] == [hired] * 3
    assert world.errors() == []


def test_r25_kept_plan_is_applied_as_it_is_and_who_came_since_follows_after(world: World) -> None:
    world.use(people(owner(), "title: jobtitle <-> Title", first_sync="hubspot"))
    anna, ben = both(world, ANNA), world.employ(HUBSPOT, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben)
    world.sync()
    ada.edit(HUBSPOT, jobtitle="Chair")
    world.plan()
    world.approve()
    hired = world.employ(SALESFORCE, BEN)
    world.pass_time(LATER)

    world.sync()
    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    world.sync()
    world.sync()

    assert ada.on(SALESFORCE)["OwnerId"] == hired
    assert ada.on(SALESFORCE)["Title"] == "Chair"
    assert world.errors() == []


def test_r25_one_refused_owner_of_a_batch_stops_no_other(world: World) -> None:
    world.use(people(owner(), first_sync="hubspot"))
    anna, ben, cleo = both(world, ANNA), both(world, BEN), both(world, "cleo@example.com")
    ada = world.couple({"hubspot_owner_id": anna[0]}, email="0@example.com")
    eve = world.couple({"hubspot_owner_id": anna[0]}, email="1@example.com")
    ada.edit(HUBSPOT, hubspot_owner_id=ben[0])
    eve.edit(HUBSPOT, hubspot_owner_id=cleo[0])
    world.employ(SALESFORCE, BEN, id=ben[1], active=False)

    world.sync()

    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    assert eve.on(SALESFORCE)["OwnerId"] == cleo[1]
    assert len(world.errors()) == 1


# --- new records --------------------------------------------------------------------------------


def test_r25_new_lead_of_an_unmatched_owner_goes_to_the_fallback_queue(world: World) -> None:
    world.use(leads(owner(wins="salesforce", fallback="queue Inbound")))
    ben, inbound = world.employ(HUBSPOT, BEN), world.queue("Inbound", "Lead")
    contact = world.add(
        HUBSPOT, "contacts", email="ada@example.com", lastname="L", hubspot_owner_id=ben
    )

    world.sync()

    lead, values = world.only(SALESFORCE, "Lead")
    assert values["OwnerId"] == inbound
    assert world.values(HUBSPOT, "contacts", contact)["hubspot_owner_id"] == ben
    (error,) = world.errors()
    assert "1 record waits" in error.message
    world.settles()

    hired = world.employ(SALESFORCE, BEN)
    world.pass_time(LATER)
    world.sync()
    assert world.values(SALESFORCE, "Lead", lead)["OwnerId"] == hired
    assert world.errors() == []
    world.settles()


def test_r25_new_lead_that_nobody_owns_goes_to_the_fallback_and_stays_nobodys(
    world: World,
) -> None:
    world.use(leads(owner(fallback=BEN)))
    ben = both(world, BEN)
    contact = world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="L")

    world.sync()

    assert world.only(SALESFORCE, "Lead")[1]["OwnerId"] == ben[1]
    assert world.values(HUBSPOT, "contacts", contact)["hubspot_owner_id"] is None
    assert world.errors() == []
    world.settles()


def test_r25_whom_salesforce_gives_a_new_record_to_by_itself_does_not_travel(
    world: World,
) -> None:
    world.use(leads(owner()))
    ben = world.employ(HUBSPOT, BEN)
    world.employ(HUBSPOT, "integration@sandbox.invalid")  # the user revloop works as
    contact = world.add(
        HUBSPOT, "contacts", email="ada@example.com", lastname="L", hubspot_owner_id=ben
    )

    world.sync()

    assert world.values(HUBSPOT, "contacts", contact)["hubspot_owner_id"] == ben
    assert [one.code for one in world.errors()] == ["NO_COUNTERPART"]
    world.settles()


def test_r25_queue_stands_in_for_leads_and_never_in_hubspot(world: World) -> None:
    world.use(leads(owner(fallback="queue Inbound")))
    inbound = world.queue("Inbound", "Lead")
    lead = world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="L", Company="C", OwnerId=inbound
    )

    world.sync()

    assert world.only(HUBSPOT, "contacts")[1]["hubspot_owner_id"] is None
    assert world.values(SALESFORCE, "Lead", lead)["OwnerId"] == inbound
    (error,) = world.errors()
    assert "HubSpot has no queue Inbound" in error.message
    world.settles()


def test_r25_queue_that_takes_other_records_stands_in_for_nobody(world: World) -> None:
    world.use(leads(owner(fallback="queue Support")))
    support, ben = world.queue("Support", "Case"), world.employ(HUBSPOT, BEN)
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="L", hubspot_owner_id=ben)

    world.sync()

    assert world.only(SALESFORCE, "Lead")[1]["OwnerId"] != support
    assert [one.code for one in world.errors()] == ["NO_COUNTERPART"]
    world.settles()


def test_r25_new_contact_in_hubspot_of_a_queue_has_the_fallback_user(world: World) -> None:
    world.use(leads(owner(fallback=ANNA)))
    anna, inbound = both(world, ANNA), world.queue("Inbound", "Lead")
    lead = world.add(
        SALESFORCE, "Lead", Email="ada@example.com", LastName="L", Company="C", OwnerId=inbound
    )

    world.sync()

    assert world.only(HUBSPOT, "contacts")[1]["hubspot_owner_id"] == anna[0]
    assert world.values(SALESFORCE, "Lead", lead)["OwnerId"] == inbound
    world.settles()


def test_r25_lead_of_a_queue_leaves_the_owner_in_hubspot(world: World) -> None:
    world.use(leads(owner(wins="salesforce")))
    anna, inbound = both(world, ANNA), world.queue("Inbound", "Lead")
    ada = world.couple(
        {"hubspot_owner_id": anna[0]},
        {"OwnerId": anna[1], "Company": "C"},
        objects=("contacts", "Lead"),
    )
    ada.edit(SALESFORCE, OwnerId=inbound)

    world.sync()

    assert ada.on(HUBSPOT)["hubspot_owner_id"] == anna[0]
    (error,) = world.errors()
    assert "queue Inbound" in error.message
    world.settles()
    ada.edit(SALESFORCE, OwnerId=anna[1])
    world.sync()
    assert world.errors() == []


# --- what a CRM refuses, and what a condition reads ---------------------------------------------


def test_r25_user_who_left_within_the_hour_is_refused_and_the_rest_is_sent(world: World) -> None:
    world.use(people(owner(), "title: jobtitle <-> Title", first_sync="hubspot"))
    anna, ben = both(world, ANNA), both(world, BEN)
    ada = world.couple({"hubspot_owner_id": anna[0]})
    ada.edit(HUBSPOT, hubspot_owner_id=ben[0], jobtitle="Chair")
    world.employ(SALESFORCE, BEN, id=ben[1], active=False)

    world.sync()

    assert ada.on(SALESFORCE)["Title"] == "Chair"
    assert ada.on(SALESFORCE)["OwnerId"] == anna[1]
    (error,) = world.errors()
    assert error.field == "owner"
    world.pass_time(LATER)
    world.sync()
    assert [one.category for one in world.errors()] == ["owner"]


def test_r25_fallback_who_left_within_the_hour_is_an_error_only_as_long_as_it_matters(
    world: World,
) -> None:
    world.use(leads(owner(fallback=BEN)))
    ben = both(world, BEN)
    world.sync()
    world.employ(SALESFORCE, BEN, id=ben[1], active=False)
    world.add(HUBSPOT, "contacts", email="ada@example.com", lastname="L")

    world.sync()

    assert world.only(SALESFORCE, "Lead")[1]["OwnerId"] != ben[1]
    assert [one.field for one in world.errors()] == ["owner"]
    world.pass_time(LATER)
    world.sync()
    assert world.errors() == []


def test_r25_conditions_know_owners_by_email(world: World) -> None:
    more = f"""
    include: {{hubspot: 'record.owner == "{ANNA}"'}}
    create: {{salesforce: {{when: "true"}}}}
    """
    world.use(people(owner(), more=more))
    anna, ben = both(world, "ANNA@example.com"), both(world, BEN)
    for number, one in enumerate((anna, ben)):
        world.add(
            HUBSPOT,
            "contacts",
            email=f"{number}@example.com",
            lastname="L",
            hubspot_owner_id=one[0],
        )

    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["Email"] == "0@example.com"


def calls(world: World) -> int:
    """Run once and give the calls made to both CRMs so far."""
    made: dict[str, int] = world.sync().document["calls"]
    return sum(made.values())


def test_people_are_read_at_most_once_an_hour(world: World) -> None:
    world.use(people(owner()))
    calls(world)
    first, second = calls(world), calls(world)
    third = calls(world)
    world.use(people(owner()), companies(owner()))
    world.sync()
    world.employ(HUBSPOT, ANNA)

    assert third - second == second - first == 2, "an idle run read more than what changed"
    with world.workshop() as workshop:
        assert ANNA not in str(workshop.store.runs.note("people:left"))
    world.pass_time(LATER)
    world.sync()
    with world.workshop() as workshop:
        assert ANNA in str(workshop.store.runs.note("people:left"))


def test_nobody_is_read_where_no_field_names_people(world: World) -> None:
    world.use(people())

    world.sync()

    with world.workshop() as workshop:
        assert workshop.store.runs.note("people:left") is None
