from tests.scenario.test_lifecycle import *
def test_x(world):
    use(world)
    couple = lead(world)
    couple.edit(HUBSPOT, lifecyclestage="evangelist")
    settled(world)
    couple.edit(SALESFORCE, Funnel__c="SQL")
    r = world.sync()
    print(r.document["new"], r.document["waiting"])
    for side in (HUBSPOT, SALESFORCE):
        for w in world.written(side): print(side, w.values, w.backward)
    with world.workshop() as ws:
        print(ws.store.links.shadows([couple.link.id]))
        print(ws.store.funnel.of_links([couple.link.id]))
    print(couple.on(HUBSPOT)["lifecyclestage"])
    assert 0
