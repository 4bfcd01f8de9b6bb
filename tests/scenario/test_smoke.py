from tests.scenario.world import *
def test_f2_edit_in_hubspot_reaches_salesforce(world):
    world.use(people("title: jobtitle <-> Title"))
    ada = world.couple({"jobtitle": "Countess"})
    assert ada.on(SALESFORCE)["Title"] == "Countess"
    ada.edit(HUBSPOT, jobtitle="CEO")
    world.sync()
    assert ada.on(SALESFORCE)["Title"] == "CEO"
    world.settles()
