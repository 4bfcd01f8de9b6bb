// Drives every object and definition of the CRM with HubSpot's own client; prints what it saw.
import { Client } from "@hubspot/api-client";

const { env } = process;
const client = new Client({ accessToken: env.HUBSPOT_ACCESS_TOKEN, basePath: env.HUBSPOT_BASE_URL });
const { crm } = client;
const seen = {};
const refusal = async (call) => {
  const error = await call.catch((thrown) => thrown);
  return { code: error.code, category: error.body?.category, message: error.body?.message ?? String(error) };
};
const made = (properties, associations = []) => ({ properties, associations });
const builtIn = (id, typeId) => ({
  to: { id },
  types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: typeId }],
});

// Properties and groups, of every standard object.
seen.properties = {};
for (const object of ["contacts", "companies", "deals"]) {
  await crm.properties.groupsApi.create(object, { name: "sync", label: "Sync", displayOrder: 5 });
  await crm.properties.groupsApi.update(object, "sync", { label: "In step" });
  const key = await crm.properties.coreApi.create(object, {
    name: "sf_key", label: "Key", type: "string", fieldType: "text", groupName: "sync", hasUniqueValue: true,
  });
  const tier = await crm.properties.batchApi.create(object, {
    inputs: [{
      name: "tier", label: "Tier", type: "enumeration", fieldType: "select", groupName: "sync",
      options: [{ label: "A", value: "a", displayOrder: 0, hidden: false }],
    }],
  });
  await crm.properties.coreApi.update(object, "tier", { label: "Level" });
  const read = await crm.properties.batchApi.read(object, {
    archived: false, inputs: [{ name: "tier" }, { name: "nothing" }],
  });
  await crm.properties.coreApi.archive(object, "tier");
  seen.properties[object] = {
    group: (await crm.properties.groupsApi.getByName(object, "sync")).label,
    groups: (await crm.properties.groupsApi.getAll(object)).results.length > 1,
    unique: key.hasUniqueValue,
    batch: tier.results.length,
    read: read.results.map((one) => one.label),
    archived: (await crm.properties.coreApi.getAll(object, true)).results.map((one) => one.name),
    readOnly: (await crm.properties.coreApi.getByName(object, "hs_object_id")).modificationMetadata.readOnlyValue,
    taken: (await refusal(crm.properties.coreApi.create(object, key))).code,
  };
}

// Records of every standard object: one by one, in batches, by search, to their end.
const samples = {
  contacts: (n) => ({ email: `n${n}@example.com`, firstname: "Nia" }),
  companies: (n) => ({ domain: `n${n}.example.com`, name: "Nia" }),
  deals: (n) => ({ dealname: "Nia", amount: String(n), dealstage: "contractsent", pipeline: "default" }),
};
const names = { contacts: "firstname", companies: "name", deals: "dealname" };
seen.records = {};
for (const [object, sample] of Object.entries(samples)) {
  const { basicApi, batchApi, searchApi } = crm[object];
  const name = names[object];
  const one = await basicApi.create(made({ ...sample(1), sf_key: "K1" }));
  await basicApi.update(one.id, { properties: { [name]: "Noor" } });
  const told = await basicApi.getById(one.id, [name], [name], undefined, false);
  const byKey = await basicApi.getById("K1", [name], undefined, undefined, false, "sf_key");
  const put = await batchApi.upsert({
    inputs: [
      { id: "K1", idProperty: "sf_key", properties: { [name]: "Nadja" } },
      { id: "K2", idProperty: "sf_key", properties: { ...sample(2), [name]: "Nils" } },
    ],
  });
  const mixed = await batchApi.update({
    inputs: [
      { id: one.id, properties: { [name]: "Nell" }, objectWriteTraceId: "good" },
      { id: "999999", properties: { [name]: "Nobody" }, objectWriteTraceId: "bad" },
    ],
  });
  const read = await batchApi.read({
    inputs: [{ id: "K1" }, { id: "K2" }, { id: "K9" }],
    idProperty: "sf_key", properties: [name], propertiesWithHistory: [],
  });
  const several = await batchApi.create({
    inputs: [3, 4, 5].map((n) => ({ ...made(sample(n)), objectWriteTraceId: `t${n}` })),
  });
  const page = await basicApi.getPage(2, undefined, [name]);
  const rest = await basicApi.getPage(100, page.paging.next.after, [name]);
  const search = (filters, more = {}) =>
    searchApi.doSearch({ filterGroups: [{ filters }], properties: [name], limit: 10, ...more });
  const found = {
    equal: await search([{ propertyName: name, operator: "EQ", value: "Nell" }]),
    among: await search([{ propertyName: name, operator: "IN", values: ["nell", "nils"] }]),
    token: await search([{ propertyName: name, operator: "CONTAINS_TOKEN", value: "ni*" }]),
    known: await search([{ propertyName: "sf_key", operator: "HAS_PROPERTY" }]),
    unknown: await search([{ propertyName: "sf_key", operator: "NOT_HAS_PROPERTY" }]),
    between: await search([{ propertyName: "hs_object_id", operator: "BETWEEN", value: "0", highValue: one.id }]),
    paged: await search([{ propertyName: "hs_object_id", operator: "GT", value: "0" }], { limit: 2, after: "2" }),
  };
  const ids = several.results.map((each) => each.id);
  const whole = await basicApi.merge({ primaryObjectId: ids[0], objectIdToMerge: ids[1] });
  const unwritable = await refusal(basicApi.update(one.id, { properties: { hs_object_id: "1" } }));
  const unheardOf = await refusal(basicApi.update(one.id, { properties: { novelty: "1" } }));
  await batchApi.archive({ inputs: [{ id: ids[2] }] });
  await basicApi.archive(whole.id);
  seen.records[object] = {
    history: told.propertiesWithHistory[name].map((each) => each.value),
    source: told.propertiesWithHistory[name][0].sourceType,
    byKey: byKey.id === one.id,
    upserted: Object.fromEntries(put.results.map((each) => [each.properties[name], each._new])),
    mixed: {
      status: mixed.status,
      done: mixed.results.map((each) => each.properties[name]),
      refused: mixed.errors.map((each) => each.context),
    },
    read: { known: read.results.length, missing: read.errors[0].context.ids },
    created: new Set(ids).size,
    paged: [page.results.length, rest.results.length > 0, rest.paging?.next?.after ?? null],
    found: Object.fromEntries(Object.entries(found).map(([how, each]) => [how, [each.total, each.results.length]])),
    merged: !ids.includes(whole.id),
    unwritable: [unwritable.code, unwritable.category],
    unheardOf: [unheardOf.code, unheardOf.message.includes("PROPERTY_DOESNT_EXIST")],
    gone: (await refusal(basicApi.getById(whole.id))).code,
    bin: (await basicApi.getPage(10, undefined, [name], undefined, undefined, true)).results.length,
  };
}
const forgotten = await crm.contacts.basicApi.create(made({ email: "forget@example.com" }));
await crm.contacts.basicApi.purge({ objectId: forgotten.id });
seen.forgotten = (await refusal(crm.contacts.basicApi.getById(forgotten.id))).code;

// A deal's way: stages, what follows from them, ties made with it.
const eve = await crm.contacts.basicApi.create(made({ email: "eve@example.com" }));
const inc = await crm.companies.basicApi.create(made({ domain: "inc.example.com", name: "Inc" }));
const deal = await crm.deals.basicApi.create(
  made({ dealname: "Big", dealstage: "contractsent", amount: "90" }, [builtIn(eve.id, 3), builtIn(inc.id, 341)]),
);
await crm.deals.basicApi.update(deal.id, { properties: { dealstage: "closedwon" } });
const won = await crm.deals.basicApi.getById(
  deal.id, ["hs_is_closed_won", "closedate"], ["dealstage"], ["contacts", "companies"],
);
seen.deal = {
  won: won.properties.hs_is_closed_won,
  closed: Boolean(won.properties.closedate),
  stages: won.propertiesWithHistory.dealstage.map((each) => each.value),
  ties: Object.keys(won.associations).sort(),
  nowhere: (await refusal(crm.deals.basicApi.update(deal.id, { properties: { dealstage: "nowhere" } }))).code,
};

// Pipelines and stages.
const { pipelinesApi, pipelineStagesApi, pipelineAuditsApi } = crm.pipelines;
const line = await pipelinesApi.create("deals", {
  label: "Partners", displayOrder: 1,
  stages: [{ label: "Met", displayOrder: 0, metadata: { probability: "0.1" } }],
});
const end = await pipelineStagesApi.create("deals", line.id, {
  label: "Won", displayOrder: 1, metadata: { probability: "1.0" },
});
await pipelineStagesApi.update("deals", line.id, end.id, { label: "Signed", metadata: { probability: "1.0" } });
await pipelineStagesApi.replace("deals", line.id, end.id, {
  label: "Signed off", displayOrder: 1, metadata: { probability: "1.0" },
});
await pipelinesApi.update("deals", line.id, { label: "Resellers" });
seen.pipelines = {
  label: (await pipelinesApi.getById("deals", line.id)).label,
  stages: (await pipelineStagesApi.getAll("deals", line.id)).results.map((stage) => stage.label),
  closed: (await pipelineStagesApi.getById("deals", line.id, end.id)).metadata.isClosed,
  audit: (await pipelineAuditsApi.getAudit("deals", line.id)).results.length > 1,
};
await pipelineStagesApi.archive("deals", line.id, end.id);
await pipelinesApi.archive("deals", line.id);
seen.pipelines.left = (await pipelinesApi.getAll("deals")).results.map((one) => one.id);

// Ties and their labels.
const ties = crm.associations.v4;
const labels = await ties.schema.definitionsApi.create("contacts", "companies", {
  name: "advisor", label: "Advisor", inverseLabel: "Advised by",
});
const advisor = labels.results.find((one) => one.label === "Advisor").typeId;
const spec = [{ associationCategory: "USER_DEFINED", associationTypeId: advisor }];
const pair = { _from: { id: eve.id }, to: { id: inc.id } };
const labelled = await ties.basicApi.create("contacts", eve.id, "companies", inc.id, spec);
await ties.basicApi.createDefault("contacts", eve.id, "companies", inc.id);
const primary = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }];
await ties.batchApi.create("contacts", "companies", { inputs: [{ ...pair, types: primary }] });
await ties.schema.definitionsApi.update("contacts", "companies", { associationTypeId: advisor, label: "Counsel" });
const typesNow = async () => (await ties.basicApi.getPage("contacts", eve.id, "companies")).results
  .flatMap((one) => one.associationTypes.map((type) => type.label ?? type.typeId)).map(String).sort();
seen.ties = { labelled: labelled.labels, types: await typesNow() };
await ties.batchApi.archiveLabels("contacts", "companies", { inputs: [{ ...pair, types: spec }] });
seen.ties.unlabelled = await typesNow();
const many = await ties.batchApi.getPage("companies", "contacts", { inputs: [{ id: inc.id }] });
seen.ties.backwards = many.results[0].to.map((one) => String(one.toObjectId)).includes(eve.id);
await ties.batchApi.archive("contacts", "companies", { inputs: [{ _from: { id: eve.id }, to: [{ id: inc.id }] }] });
seen.ties.none = await typesNow();
const both = await ties.batchApi.createDefault("contacts", "companies", { inputs: [pair] });
seen.ties.plain = both.results.length > 0;
await ties.schema.definitionsApi.remove("contacts", "companies", advisor);
seen.ties.kinds = (await ties.schema.definitionsApi.getAll("contacts", "companies")).results
  .every((one) => one.typeId !== advisor);
seen.company = (await crm.contacts.basicApi.getById(eve.id, ["associatedcompanyid"])).properties;

// A custom object: its definition, its records, its ties.
const { coreApi } = crm.schemas;
const schema = await coreApi.create({
  name: "car", labels: { singular: "Car", plural: "Cars" }, primaryDisplayProperty: "plate",
  requiredProperties: ["plate"], searchableProperties: ["plate"], secondaryDisplayProperties: [],
  properties: [{ name: "plate", label: "Plate", type: "string", fieldType: "text", hasUniqueValue: true }],
  associatedObjects: ["CONTACT"],
});
const kind = schema.objectTypeId;
await coreApi.update(kind, { labels: { singular: "Motor", plural: "Motors" } });
const cars = crm.objects;
const car = await cars.basicApi.create(kind, made({ plate: "B-1" }));
const fleet = await cars.batchApi.create(kind, { inputs: ["B-2", "B-3"].map((plate) => made({ plate })) });
await cars.basicApi.update(kind, car.id, { properties: { plate: "B-0" } });
const parked = await cars.batchApi.upsert(kind, {
  inputs: [{ id: "B-2", idProperty: "plate", properties: { plate: "B-2" } }],
});
await ties.basicApi.createDefault(kind, car.id, "contacts", eve.id);
const driver = await cars.basicApi.getById(kind, car.id, ["plate"], undefined, ["contacts"]);
const traced = await cars.searchApi.doSearch(kind, {
  filterGroups: [{ filters: [{ propertyName: "plate", operator: "EQ", value: "B-0" }] }],
  properties: ["plate"], limit: 5,
});
const wreck = await client.apiRequest({
  method: "POST", path: `/crm/v3/objects/${kind}/merge`,
  body: { primaryObjectId: fleet.results[0].id, objectIdToMerge: fleet.results[1].id },
});
const tie = await coreApi.createAssociation(kind, { fromObjectTypeId: kind, toObjectTypeId: "0-3", name: "financed" });
await coreApi.archiveAssociation(kind, tie.id);
seen.custom = {
  kind: /^2-\d+$/.test(kind),
  label: (await coreApi.getById(schema.fullyQualifiedName)).labels.singular,
  required: (await refusal(cars.basicApi.create(kind, made({})))).code,
  upserted: parked.results[0]._new,
  driver: driver.associations.contacts?.results.length ?? Object.values(driver.associations)[0].results.length,
  found: traced.total,
  merged: wreck.status,
  inUse: (await refusal(coreApi.archive(kind))).code,
};
for (const one of (await cars.basicApi.getPage(kind, 100)).results) await cars.basicApi.archive(kind, one.id);
await coreApi.archive(kind);
seen.custom.left = (await coreApi.getAll(false)).results.length;

// Owners, the account, and what is not there.
const { ownersApi } = crm.owners;
const [anna] = (await ownersApi.getPage("anna@example.com", undefined, 10, false)).results;
seen.owners = {
  byId: (await ownersApi.getById(Number(anna.id), "id", false)).email,
  byUser: (await ownersApi.getById(55, "userId", false)).email,
  gone: (await ownersApi.getPage(undefined, undefined, 100, true)).results.map((one) => one.email),
  nobody: (await refusal(ownersApi.getById(9, "id", false))).code,
};
const get = async (path) => {
  const answer = await client.apiRequest({ method: "GET", path }).catch((error) => error);
  return answer.json ? answer.json() : { code: answer.code };
};
seen.account = (await get("/account-info/v3/details")).portalId > 0;
seen.usage = (await get("/account-info/v3/api-usage/daily/private-apps")).results[0].currentUsage > 0;
const unknown = await client.apiRequest({ method: "GET", path: "/crm/v3/nowhere" });
seen.nowhere = unknown.status;

console.log(JSON.stringify(seen));
