// Reads and writes people and companies with HubSpot's own client; prints what it saw as JSON.
import { Client } from "@hubspot/api-client";

const client = new Client({
  accessToken: process.env.HUBSPOT_ACCESS_TOKEN,
  basePath: process.env.HUBSPOT_BASE_URL,
});
const { contacts, companies, owners, properties, associations } = client.crm;
const asked = ["email", "firstname", "lastname"];
const seen = {};

const person = (name) => ({
  properties: { email: `${name}@example.com`, firstname: name, lastname: "Lovelace" },
  associations: [],
});

const ada = await contacts.basicApi.create(person("ada"));
seen.created = { id: ada.id, archived: ada.archived, dated: ada.createdAt instanceof Date };

const changed = await contacts.basicApi.update(ada.id, { properties: { lastname: "King" } });
seen.updated = changed.properties.lastname;

const read = await contacts.basicApi.getById("ada@example.com", asked, undefined, undefined, false, "email");
seen.read = { id: read.id, properties: read.properties };

const made = await contacts.batchApi.create({ inputs: ["bea", "cleo", "dora"].map(person) });
const ids = made.results.map((record) => record.id);
seen.batchCreated = { status: made.status, count: new Set(ids).size };

const renamed = await contacts.batchApi.update({
  inputs: ids.map((id) => ({ id, properties: { lastname: "Byron" } })),
});
seen.batchUpdated = renamed.results.length;

const several = await contacts.batchApi.read({
  inputs: ids.map((id) => ({ id })),
  properties: asked,
  propertiesWithHistory: [],
});
seen.batchRead = several.results.map((record) => record.properties.lastname);

const refused = await contacts.basicApi.create(person("ada")).catch((error) => error);
seen.duplicate = { code: refused.code, category: refused.body?.category, names: refused.body?.message?.includes(ada.id) };

const found = await contacts.searchApi.doSearch({
  filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: "grace@example.com" }] }],
  sorts: ["lastmodifieddate"],
  properties: asked,
  limit: 10,
  after: "0",
});
seen.found = { total: found.total, lastname: found.results[0]?.properties.lastname };

const company = await companies.basicApi.create({
  properties: { name: "Engines", domain: "engines.example.com" },
  associations: [],
});
await associations.v4.basicApi.createDefault("contacts", ada.id, "companies", company.id);
const tied = await associations.v4.basicApi.getPage("contacts", ada.id, "companies");
seen.associated = {
  toThem: tied.results.map((result) => String(result.toObjectId)).join() === company.id,
  types: tied.results.flatMap((result) => result.associationTypes.map((type) => type.typeId)),
};
const batch = await associations.v4.batchApi.getPage("contacts", "companies", {
  inputs: [{ id: ada.id }, { id: ids[0] }],
});
seen.batchAssociated = batch.results.map((result) => String(result._from.id)).join() === ada.id;
await associations.v4.basicApi.archive("contacts", ada.id, "companies", company.id);
const untied = await associations.v4.basicApi.getPage("contacts", ada.id, "companies");
seen.unassociated = untied.results.length;

const email = await properties.coreApi.getByName("contacts", "email");
seen.property = { name: email.name, type: email.type };
const all = await properties.coreApi.getAll("companies");
seen.companyProperties = all.results.map((property) => property.name);
const extra = await properties.coreApi.create("contacts", {
  name: "salesforce_id",
  label: "Salesforce id",
  type: "string",
  fieldType: "text",
  groupName: "contactinformation",
  hasUniqueValue: true,
});
seen.propertyCreated = extra.hasUniqueValue;
await contacts.basicApi.update(ada.id, { properties: { salesforce_id: "003000000000001AAA" } });
const byKey = await contacts.basicApi.getById("003000000000001AAA", asked, undefined, undefined, false, "salesforce_id");
seen.readByKey = byKey.id === ada.id;

const people = await owners.ownersApi.getPage(undefined, undefined, 100, false);
seen.owners = people.results.every((owner) => owner.id && owner.email);

await contacts.basicApi.archive(ada.id);
const gone = await contacts.basicApi.getById(ada.id).catch((error) => error);
seen.archived = { code: gone.code };
const bin = await contacts.basicApi.getPage(10, undefined, asked, undefined, undefined, true);
seen.archivedListed = bin.results.some((record) => record.id === ada.id && record.archived);
await contacts.batchApi.archive({ inputs: ids.map((id) => ({ id })) });
const left = await contacts.basicApi.getPage(100, undefined, asked);
seen.left = left.results.map((record) => record.properties.email);

console.log(JSON.stringify(seen));
