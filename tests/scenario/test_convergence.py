"""When edits stop, both sides agree after two runs at most, and the third writes nothing."""

from __future__ import annotations

from tests.scenario.world import HUBSPOT, SALESFORCE, World, companies, people

CREATE_BOTH = "create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}"


def test_edits_of_different_fields_on_both_sides_both_survive(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO", "city": "Bonn"}, {"Title": "CEO", "MailingCity": "Bonn"})
    ada.edit(HUBSPOT, jobtitle="Chair")
    ada.edit(SALESFORCE, MailingCity="Kiel")

    world.sync()

    for side, title, city in ((HUBSPOT, "jobtitle", "city"), (SALESFORCE, "Title", "MailingCity")):
        assert (ada.on(side)[title], ada.on(side)[city]) == ("Chair", "Kiel")
    assert world.conflicts() == []
    world.settles()


def test_number_salesforce_rounds_does_not_come_back_as_an_edit(world: World) -> None:
    world.use(companies("revenue: annualrevenue <-> AnnualRevenue", "city: city <-> BillingCity"))
    example = world.company(
        {"annualrevenue": "100", "city": "Bonn"}, {"AnnualRevenue": "100", "BillingCity": "Bonn"}
    )
    example.edit(HUBSPOT, annualrevenue="1234.56")
    example.edit(SALESFORCE, BillingCity="Kiel")

    world.sync()

    assert example.on(SALESFORCE)["AnnualRevenue"] == "1235"
    assert example.on(HUBSPOT)["annualrevenue"] == "1234.56"
    assert example.on(HUBSPOT)["city"] == example.on(SALESFORCE)["BillingCity"] == "Kiel"
    world.settles()


def test_number_salesforce_rounds_on_a_new_record_does_not_come_back(world: World) -> None:
    world.use(people("score: fit_score <-> Score__c", more=CREATE_BOTH))
    bob = world.add(
        HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson", fit_score="7.126"
    )

    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["Score__c"] == "7.13"
    assert world.values(HUBSPOT, "contacts", bob)["fit_score"] == "7.126"
    world.settles()


def test_rounded_number_travels_once_somebody_edits_it_in_salesforce(world: World) -> None:
    world.use(companies("revenue: annualrevenue <-> AnnualRevenue"))
    example = world.company()
    example.edit(HUBSPOT, annualrevenue="1234.56")
    world.sync()
    example.edit(SALESFORCE, AnnualRevenue="1300")

    world.sync()

    assert example.on(HUBSPOT)["annualrevenue"] == "1300"
    world.settles()


def test_automation_that_rewrites_a_field_on_save_converges(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    world.automate("Contact", lambda record: {"Title": (record["Title"] or "").upper() or None})
    ada.edit(HUBSPOT, jobtitle="chair")
    ada.edit(SALESFORCE, MailingCity="Kiel")

    world.sync()
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "CHAIR"
    assert ada.on(HUBSPOT)["city"] == ada.on(SALESFORCE)["MailingCity"] == "Kiel"
    assert world.conflicts() == []
    world.settles()


def test_automation_that_fills_another_field_on_save_converges(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", "city: city <-> MailingCity", more=CREATE_BOTH))
    world.automate(
        "Contact", lambda record: {} if record["MailingCity"] else {"MailingCity": "Bonn"}
    )
    bob = world.add(HUBSPOT, "contacts", email="bob@example.com", lastname="Bobson", jobtitle="CEO")

    world.sync()
    world.sync()

    assert world.only(SALESFORCE, "Contact")[1]["MailingCity"] == "Bonn"
    assert world.values(HUBSPOT, "contacts", bob)["city"] == "Bonn"
    world.settles()


def test_edit_that_meets_an_automation_keeps_both(world: World) -> None:
    world.use(people("title: jobtitle <-> Title", "first: firstname <-> FirstName"))
    ada = world.couple(
        {"jobtitle": "CEO", "firstname": "Ada"}, {"Title": "CEO", "FirstName": "Ada"}
    )
    world.automate(
        "Contact",
        lambda record: {"FirstName": "Dr. Ada"} if record["Title"] == "Chair" else {},
    )
    ada.edit(HUBSPOT, jobtitle="Chair")

    world.sync()
    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == ada.on(SALESFORCE)["Title"] == "Chair"
    assert ada.on(HUBSPOT)["firstname"] == ada.on(SALESFORCE)["FirstName"] == "Dr. Ada"
    world.settles()


def test_automation_in_hubspot_edits_like_a_person(world: World) -> None:
    world.use(people("title: jobtitle <-> Title"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(HUBSPOT, by="automation", jobtitle="Chair")

    world.sync()

    assert ada.on(SALESFORCE)["Title"] == "Chair"
    world.settles()


def test_automation_in_salesforce_edits_like_a_person(world: World) -> None:
    # It moves SystemModstamp and leaves LastModifiedDate alone.
    world.use(people("title: jobtitle <-> Title"))
    ada = world.couple({"jobtitle": "CEO"}, {"Title": "CEO"})
    ada.edit(SALESFORCE, by="automation", Title="Chair")

    world.sync()

    assert ada.on(HUBSPOT)["jobtitle"] == "Chair"
    world.settles()


def test_both_pairs_are_kept_in_one_run(world: World) -> None:
    world.use(people("title: jobtitle <-> Title"), companies("city: city <-> BillingCity"))
    ada = world.couple()
    example = world.company()
    ada.edit(HUBSPOT, jobtitle="CEO")
    example.edit(SALESFORCE, BillingCity="Bonn")

    world.sync()

    assert ada.on(SALESFORCE)["Title"] == "CEO"
    assert example.on(HUBSPOT)["city"] == "Bonn"
    world.settles()
