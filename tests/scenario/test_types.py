"""Types whose values the two CRMs hold differently: what is written, and that it settles."""

from __future__ import annotations

from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

MET = "met: {map: met_at <-> Met__c, type: datetime%s}"


def test_f18_parts_of_a_second_that_salesforce_does_not_keep_are_no_edit(world: World) -> None:
    world.use(people(MET % ""))
    ada = world.couple()
    ada.edit(HUBSPOT, met_at="2026-03-31T22:14:05.987Z")

    result = world.sync()

    assert result.count(SALESFORCE, "updated") == 1
    assert str(ada.on(SALESFORCE)["Met__c"]).startswith("2026-03-31T22:14:05")
    assert world.sync().count(HUBSPOT, "updated") == 0
    assert ada.on(HUBSPOT)["met_at"] == "2026-03-31T22:14:05.987Z"
    world.settles()


def test_f5_a_protected_time_is_put_back_once_and_not_again(world: World) -> None:
    world.use(people(MET % ", protect: hubspot"))
    ada = world.couple({"met_at": "2026-03-31T22:14:05.987Z"})
    ada.edit(SALESFORCE, Met__c="2020-01-01T00:00:00.000Z")

    assert world.sync().count(SALESFORCE, "updated") == 1

    assert str(ada.on(SALESFORCE)["Met__c"]).startswith("2026-03-31T22:14:05")
    world.settles()


def test_f18_a_country_by_another_of_its_names_is_no_edit(world: World) -> None:
    world.use(people("country: {map: city <-> Title, type: country}"))
    ada = world.couple({"city": "Macau"}, {"Title": "Macao"})
    assert world.carried() == []
    ada.edit(HUBSPOT, city="MAC")

    assert world.sync().count(SALESFORCE, "updated") == 0

    assert ada.on(SALESFORCE)["Title"] == "Macao"
    world.settles()


def test_a_note_beside_a_number_travels_as_it_is(world: World) -> None:
    world.use(people("phone: {map: mobilephone <-> MobilePhone, type: phone}"))
    ada = world.couple()
    ada.edit(HUBSPOT, mobilephone="+49 30 12345 Bob")

    assert world.sync().count(SALESFORCE, "updated") == 1

    assert ada.on(SALESFORCE)["MobilePhone"] == "+49 30 12345 Bob"
    world.settles()
