// Reads and writes people and companies with jsforce; prints what it saw as JSON.
import jsforce from "jsforce";

const connection = new jsforce.Connection({
  instanceUrl: process.env.SALESFORCE_INSTANCE_URL,
  accessToken: process.env.SALESFORCE_ACCESS_TOKEN,
  version: "62.0",
});
const contact = connection.sobject("Contact");
const seen = {};

const shape = await contact.describe();
const email = shape.fields.find((field) => field.name === "Email");
seen.described = { name: shape.name, keyPrefix: shape.keyPrefix, email: email.type };
const overview = await connection.describeGlobal();
seen.objects = overview.sobjects.map((object) => object.name);

const found = await connection.query(
  "SELECT Id, LastName, Account.Name FROM Contact WHERE Email = 'grace@example.com'",
);
seen.found = {
  total: found.totalSize,
  done: found.done,
  lastName: found.records[0]?.LastName,
  account: found.records[0]?.Account?.Name,
};

const ada = await contact.create({ FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com" });
seen.created = { success: ada.success, id: ada.id };

const changed = await contact.update({ Id: ada.id, LastName: "King" });
seen.updated = changed.success;

const read = await contact.retrieve(ada.id);
seen.read = { LastName: read.LastName, Email: read.Email, Phone: read.Phone };

const key = "HubSpot_Contact_Id__c";
const first = await contact.upsert({ [key]: "101", LastName: "Byron" }, key);
const again = await contact.upsert({ [key]: "101", LastName: "Noel" }, key);
seen.upserted = { first: first.created, again: again.created, same: first.id === again.id };

const several = await contact.create(
  ["Bea", "Cleo", "Dora"].map((name) => ({ LastName: name, Email: `${name}@example.com` })),
);
const ids = several.map((result) => result.id);
seen.severalCreated = { success: several.every((result) => result.success), count: new Set(ids).size };

const mixed = await contact.update([
  { Id: ids[0], LastName: "Byron" },
  { Id: ids[1], LastName: "" },
  { Id: ids[2], LastName: "Byron" },
]);
seen.severalUpdated = mixed.map((result) => result.success);
seen.refusal = mixed[1].errors.map((error) => error.statusCode ?? error.errorCode);

const back = await contact.retrieve(ids);
seen.severalRead = back.map((record) => record.LastName);

const page = await connection.query("SELECT Id FROM Contact ORDER BY LastName LIMIT 2");
seen.limited = page.records.length;
const counted = await connection.query("SELECT COUNT() FROM Contact");
seen.counted = counted.totalSize;

const missing = await contact.create({ FirstName: "Nobody" }).catch((error) => error);
seen.refused = missing.errorCode;
const wrong = await connection.query("SELECT Nothing FROM Contact").catch((error) => error);
seen.malformed = wrong.errorCode;

const account = await connection.sobject("Account").create({ Name: "Engines" });
await contact.update({ Id: ada.id, AccountId: account.id });
const tied = await connection.query(`SELECT Account.Name FROM Contact WHERE Id = '${ada.id}'`);
seen.tied = tied.records[0].Account.Name;

const deleted = await contact.destroy(ids);
seen.deleted = deleted.every((result) => result.success);
const gone = await contact.retrieve(ids[0]).catch((error) => error);
seen.gone = gone.errorCode;
const kept = await connection.query(`SELECT Id, IsDeleted FROM Contact WHERE Id = '${ids[0]}'`, { scanAll: true });
seen.inTheBin = kept.records.map((record) => record.IsDeleted);

const limits = await connection.limits();
seen.quota = limits.DailyApiRequests.Max;
seen.used = connection.limitInfo.apiUsage;

console.log(JSON.stringify(seen));
