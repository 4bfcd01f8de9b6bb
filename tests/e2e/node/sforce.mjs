// Drives every object and API of Salesforce with jsforce; prints what it saw as JSON.
import jsforce from "jsforce";

const { env } = process;
const instanceUrl = env.SALESFORCE_INSTANCE_URL;
const version = "62.0";
const org = new jsforce.Connection({ instanceUrl, accessToken: env.SALESFORCE_ACCESS_TOKEN, version });
const seen = {};
const refusal = async (call) => {
  const error = await call.catch((thrown) => thrown);
  return error.errorCode ?? "not refused";
};
const rows = async (soql, options) => (await org.query(soql, options)).records;
const id = async (object, values) => (await org.sobject(object).create(values)).id;

// Every object is listed and described; every one that is written to is made, changed, read, deleted.
const listed = (await org.describeGlobal()).sobjects.map((one) => one.name);
const wanted = [
  "Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole", "Campaign", "CampaignMember",
  "CampaignMemberStatus", "Task", "Event", "User", "Group", "RecordType", "OpportunityStage", "LeadStatus",
  "AccountHistory", "ContactHistory", "LeadHistory", "OpportunityFieldHistory", "OpportunityHistory", "Project__c",
];
seen.missing = wanted.filter((name) => !listed.includes(name));
seen.described = {};
for (const name of wanted) {
  const told = await org.describe(name);
  seen.described[name] = told.name === name && told.fields.some((field) => field.name === "Id");
}

const account = await id("Account", { Name: "Acme", Key__c: "A1" });
const contact = await id("Contact", { LastName: "Li", AccountId: account });
const campaign = await id("Campaign", { Name: "Fair" });
const deal = await id("Opportunity", {
  Name: "Big", StageName: "Prospecting", CloseDate: "2026-12-10", Amount: 100, AccountId: account, CampaignId: campaign,
});
const lead = await id("Lead", { LastName: "Ek", Company: "Beta" });
const samples = {
  Account: [{ Name: "Gone" }, { Name: "Changed" }],
  Contact: [{ LastName: "Gone" }, { LastName: "Changed" }],
  Lead: [{ LastName: "Gone", Company: "Gone" }, { Company: "Changed" }],
  Opportunity: [
    { Name: "Gone", StageName: "Prospecting", CloseDate: "2026-12-10" }, { StageName: "Closed Won" },
  ],
  OpportunityContactRole: [{ OpportunityId: deal, ContactId: contact, Role: "Decision Maker" }, { IsPrimary: true }],
  Campaign: [{ Name: "Gone" }, { Status: "Completed" }],
  CampaignMember: [{ CampaignId: campaign, LeadId: lead }, { Status: "Responded" }],
  CampaignMemberStatus: [{ CampaignId: campaign, Label: "Visited", HasResponded: true }, { Label: "Came by" }],
  Task: [{ Subject: "Call", WhoId: contact, WhatId: deal }, { Status: "Completed" }],
  Event: [
    { Subject: "Meet", WhoId: contact, StartDateTime: "2026-12-05T09:00:00Z", DurationInMinutes: 30 },
    { Location: "Bonn" },
  ],
  Project__c: [{ Name: "Gone", Account__c: account }, { Name: "Changed" }],
};
seen.objects = {};
for (const [name, [values, change]] of Object.entries(samples)) {
  const object = org.sobject(name);
  const made = await object.create(values);
  const changed = await object.update({ Id: made.id, ...change });
  const read = await object.retrieve(made.id);
  const [field, value] = Object.entries(change)[0];
  const counted = await org.query(`SELECT COUNT() FROM ${name} WHERE Id = '${made.id}'`);
  const gone = await object.destroy(made.id);
  seen.objects[name] = [made.success, changed.success, read[field] === value, counted.totalSize, gone.success];
}

// What follows from writes: stages, campaign counts, histories.
const member = await id("CampaignMember", { CampaignId: campaign, LeadId: lead, Status: "Responded" });
await id("OpportunityContactRole", { OpportunityId: deal, ContactId: contact, IsPrimary: true });
await org.sobject("Opportunity").update({ Id: deal, StageName: "Closed Won" });
const fair = await org.sobject("Campaign").retrieve(campaign);
const big = await org.sobject("Opportunity").retrieve(deal);
seen.follows = {
  campaign: [fair.NumberOfLeads, fair.NumberOfResponses, fair.NumberOfWonOpportunities, fair.AmountWonOpportunities],
  deal: [big.IsWon, big.IsClosed, big.Probability],
  fieldHistory: (await rows(
    `SELECT OldValue, NewValue FROM OpportunityFieldHistory WHERE OpportunityId = '${deal}' AND Field = 'StageName'`,
  )).map((row) => [row.OldValue, row.NewValue]),
  snapshots: (await rows(`SELECT StageName FROM OpportunityHistory WHERE OpportunityId = '${deal}'`)).length,
  member: (await org.sobject("CampaignMember").retrieve(member)).HasResponded,
};

// SOQL: children, parents, aggregates, date literals, pages, deleted rows, errors.
await org.sobject("Contact").create(
  ["Ada", "Bea", "Cyd"].map((LastName, n) => ({ LastName, AccountId: account, Title: n ? "CEO" : "CFO" })),
);
const [tree] = await rows(
  `SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName), (SELECT Name, Amount FROM Opportunities)
   FROM Account WHERE Id = '${account}'`,
);
const groups = await rows(
  "SELECT Title, COUNT(Id) n, MAX(LastName) last FROM Contact WHERE Title != null GROUP BY Title HAVING COUNT(Id) > 1",
);
const [sums] = await rows("SELECT SUM(Amount) total, AVG(Amount) mean, COUNT_DISTINCT(AccountId) firms FROM Opportunity");
await org.sobject("Contact").create(
  Array.from({ length: 210 }, (_, n) => ({ LastName: `P${n}`, HubSpot_Contact_Id__c: `P${n}` })), { allowRecursive: true },
);
const first = await org.query("SELECT Id FROM Contact", { autoFetch: false, headers: { "Sforce-Query-Options": "batchSize=200" } });
const second = first.done ? null : await org.queryMore(first.nextRecordsUrl);
const everyone = await org.query("SELECT Id FROM Contact", { autoFetch: true, maxFetch: 1000, headers: { "Sforce-Query-Options": "batchSize=200" } });
const built = await org.sobject("Contact")
  .find({ LastName: { $like: "P1%" }, Title: null }, "Id, LastName").sort("-LastName").limit(3);
seen.soql = {
  tree: [tree.Contacts.totalSize, tree.Contacts.records[1].LastName, tree.Opportunities.records[0].Amount],
  groups: groups.map((row) => [row.Title, row.n, row.last]),
  sums: [sums.total, sums.mean, sums.firms],
  pages: [first.records.length, first.done, second?.records.length, second?.done, first.totalSize === everyone.records.length],
  built: built.map((row) => row.LastName),
  today: (await rows("SELECT Id FROM Contact WHERE CreatedDate = TODAY AND LastName IN ('Ada', 'Bea')")).length,
  nested: (await rows(
    "SELECT Id FROM Contact WHERE (LastName = 'Ada' OR (LastName LIKE 'B%' AND NOT Title = 'CFO')) AND AccountId != null",
  )).length,
  upwards: (await rows("SELECT Contact.Account.Name, Opportunity.Name FROM OpportunityContactRole"))[0].Contact.Account.Name,
  binned: (await rows("SELECT Name FROM Account WHERE IsDeleted = true", { scanAll: true })).map((row) => row.Name),
  polymorphic: (await rows(`SELECT Who.Name, Who.Type FROM Task WHERE WhoId = '${contact}'`, { scanAll: true }))[0]?.Who?.Name,
  malformed: [
    await refusal(org.query("SELECT Id FROM Nothing")),
    await refusal(org.query("SELECT Nothing FROM Contact")),
    await refusal(org.query("SELECT Id FROM Contact WHERE")),
    await refusal(org.queryMore("/services/data/v62.0/query/0r8xx0000000000AAA-2000")),
  ],
};

// Upserts by external id: made, found, several found.
const contacts = org.sobject("Contact");
const put = async (values, key) => {
  const told = await contacts.upsert(values, key);
  return [told.success, told.created ?? null];
};
const mixed = await org.sobject("Contact").upsert(
  [{ HubSpot_Contact_Id__c: "P1", LastName: "P1" }, { HubSpot_Contact_Id__c: "new", LastName: "New" },
    { HubSpot_Contact_Id__c: "bad", FirstName: "Nameless" }], "HubSpot_Contact_Id__c",
);
seen.upserts = {
  made: await put({ HubSpot_Contact_Id__c: "U1", LastName: "Ur" }, "HubSpot_Contact_Id__c"),
  found: await put({ HubSpot_Contact_Id__c: "U1", LastName: "Us" }, "HubSpot_Contact_Id__c"),
  several: await refusal(contacts.upsert({ Shared_Key__c: "same", LastName: "Twin" }, "Shared_Key__c")),
  collection: mixed.map((one) => [one.success, one.created ?? null, one.errors[0]?.statusCode ?? null]),
};

// Refusals: missing, unique, duplicate and validation rules, picklists, deleted, converted.
const leads = org.sobject("Lead");
await leads.create({ LastName: "Dup", Company: "Dup", Email: "dup@example.com" });
const again = { LastName: "Dup", Company: "Dup", Email: "dup@example.com" };
const binned = await id("Contact", { LastName: "Bin" });
await contacts.destroy(binned);
seen.refusals = {
  missing: await refusal(contacts.create({ FirstName: "Nobody" })),
  rule: await refusal(leads.create({ LastName: "X", Company: "X", Country: "Germany" })),
  duplicate: await refusal(leads.create(again)),
  allowed: (await leads.create(again, { headers: { "Sforce-Duplicate-Rule-Header": "allowSave=true" } })).success,
  unique: await refusal(contacts.create({ LastName: "U", HubSpot_Contact_Id__c: "U1" })),
  unknown: await refusal(contacts.create({ LastName: "U", Nothing__c: "1" })),
  deleted: await refusal(contacts.update({ Id: binned, LastName: "Bin" })),
  nowhere: await refusal(contacts.retrieve("003000000000000AAA")),
  malformed: await refusal(contacts.retrieve("nonsense")),
  type: await refusal(org.sobject("Opportunity").update({ Id: deal, Amount: "much" })),
  twice: await refusal(org.sobject("CampaignMember").create({ CampaignId: campaign, LeadId: lead })),
  allOrNone: (await contacts.create([{ LastName: "Good" }, { FirstName: "Bad" }], { allOrNone: true }).then(
    (told) => told.map((one) => one.errors[0]?.statusCode), (error) => [error.errorCode],
  )),
};

// Composite calls with references, batches, trees.
const base = `/services/data/v${version}`;
const composite = await org.requestPost("/composite", {
  allOrNone: true,
  compositeRequest: [
    { method: "POST", url: `${base}/sobjects/Account`, referenceId: "acc", body: { Name: "Gamma" } },
    { method: "POST", url: `${base}/sobjects/Contact`, referenceId: "con", body: { LastName: "Go", AccountId: "@{acc.id}" } },
    { method: "GET", url: `${base}/sobjects/Contact/@{con.id}?fields=LastName,AccountId`, referenceId: "read" },
  ],
});
const batch = await org.requestPost("/composite/batch", {
  batchRequests: [
    { method: "GET", url: `v${version}/sobjects/Account/${account}?fields=Name` },
    { method: "GET", url: `v${version}/sobjects/Account/001000000000000AAA` },
  ],
});
const grown = await org.requestPost("/composite/tree/Account", {
  records: [{
    attributes: { type: "Account", referenceId: "a" }, Name: "Tree",
    Contacts: { records: [{ attributes: { type: "Contact", referenceId: "c" }, LastName: "Leaf" }] },
  }],
});
seen.composite = {
  statuses: composite.compositeResponse.map((one) => one.httpStatusCode),
  tied: composite.compositeResponse[2].body.AccountId === composite.compositeResponse[0].body.id,
  batch: [batch.hasErrors, batch.results.map((one) => one.statusCode)],
  tree: [grown.hasErrors, grown.results.map((one) => one.referenceId)],
};

// Bulk API 2.0, both ways.
org.bulk2.pollInterval = 20;
org.bulk2.pollTimeout = 10000;
const load = (operation, input, more = {}) =>
  org.bulk2.loadAndWaitForResults({ object: "Contact", operation, input, pollInterval: 20, pollTimeout: 10000, ...more });
const inserted = await load("insert", [
  { LastName: "Bulk1", FirstName: "A" }, { LastName: "Bulk2, \"quoted\"", FirstName: "B" }, { LastName: "", FirstName: "C" },
]);
const upserted = await load("upsert", [
  { HubSpot_Contact_Id__c: "U1", LastName: "Up" }, { HubSpot_Contact_Id__c: "U9", LastName: "Up" },
], { externalIdFieldName: "HubSpot_Contact_Id__c" });
const loaded = inserted.successfulResults.map((row) => row.sf__Id);
const renamed = await load("update", loaded.map((Id) => ({ Id, Title: "Loaded" })));
const extracted = await (await org.bulk2.query("SELECT Id, LastName FROM Contact WHERE Title = 'Loaded' ORDER BY LastName")).toArray();
const deleted = await load("delete", loaded.map((Id) => ({ Id })));
const job = org.bulk2.createJob({ object: "Contact", operation: "insert" });
await job.open();
await job.abort();
const aborted = (await job.check()).state;
await job.delete();
seen.bulk = {
  inserted: [inserted.successfulResults.length, inserted.failedResults.map((row) => row.sf__Error.split(":")[0])],
  upserted: upserted.successfulResults.map((row) => row.sf__Created),
  renamed: renamed.successfulResults.length,
  extracted: extracted.map((row) => row.LastName),
  deleted: deleted.successfulResults.length,
  unprocessed: deleted.unprocessedRecords.length,
  aborted,
};

// What changed and what went, by time.
const now = Date.now();
const span = [new Date(now - 3600e3).toISOString(), new Date(now + 120e3).toISOString()];
const updated = await contacts.updated(...span);
const went = await contacts.deleted(...span);
seen.changes = {
  updated: updated.ids.includes(contact),
  covered: Boolean(updated.latestDateCovered),
  deleted: went.deletedRecords.some((row) => row.id === binned),
};

// Limits, identity, users and reference data.
const limits = await org.limits();
const me = await org.identity();
seen.org = {
  limits: [limits.DailyApiRequests.Max > 0, limits.DailyApiRequests.Remaining > 0],
  used: org.limitInfo.apiUsage.used > 0,
  user: (await rows(`SELECT Username, IsActive FROM User WHERE Id = '${me.user_id}'`))[0].IsActive,
  stages: (await rows("SELECT ApiName FROM OpportunityStage WHERE IsWon = true")).map((row) => row.ApiName),
  statuses: (await rows("SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true")).length,
  searched: (await org.search("FIND {Acme} IN NAME FIELDS RETURNING Account(Id, Name)")).searchRecords.length > 0,
};

// Conversion, merge, undelete by SOAP.
const target = await id("Lead", { LastName: "Convert", Company: "Convert" });
const converted = await org.soap.convertLead({ leadId: target, convertedStatus: "Closed - Converted" });
const [keep, lose] = [await id("Contact", { LastName: "Keep" }), await id("Contact", { LastName: "Lose" })];
const merged = await org.soap.merge({ masterRecord: { type: "Contact", Id: keep }, recordToMergeIds: [lose] });
const gone = (await rows(`SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '${lose}'`, { scanAll: true }))[0];
const undeleted = await org.soap.undelete([binned]);
seen.soap = {
  converted: [converted.success, Boolean(converted.contactId), Boolean(converted.opportunityId)],
  frozen: await refusal(leads.update({ Id: target, Company: "Again" })),
  merged: [merged.success ?? merged[0]?.success, gone.IsDeleted, gone.MasterRecordId === keep],
  undeleted: [].concat(undeleted)[0].success,
};

// Tokens: client credentials, JWT, refresh, password; an ended one is refused and renewed.
const oauth2 = { clientId: "app", clientSecret: "secret", loginUrl: instanceUrl };
const { username } = me;
const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = { iss: "app", sub: username, aud: instanceUrl, exp: Math.floor(now / 1000) + 120 };
const assertion = `${text({ alg: "RS256" })}.${text(claims)}.c2lnbmVk`;
const grants = {
  credentials: { grant_type: "client_credentials" },
  jwt: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion },
};
seen.tokens = {};
for (const [name, grant] of Object.entries(grants)) {
  const fresh = new jsforce.Connection({ oauth2, instanceUrl, version });
  await fresh.authorize(grant);
  seen.tokens[name] = (await fresh.query("SELECT COUNT() FROM Account")).totalSize > 0;
}
const entered = new jsforce.Connection({ oauth2, loginUrl: instanceUrl, instanceUrl, version });
await entered.login(username, "any");
const app = new jsforce.OAuth2(oauth2);
const granted = await app.authenticate(username, "any").catch((error) => error);
seen.tokens.password = Boolean(entered.accessToken) && (granted.token_type ?? granted.message);
const refresher = new jsforce.Connection({
  oauth2, instanceUrl, version, accessToken: "00D000000000000!ended", refreshToken: env.SALESFORCE_REFRESH_TOKEN ?? "5Aep861any",
});
let renewals = 0;
refresher.on("refresh", () => { renewals += 1; });
seen.tokens.refreshed = await refresher.query("SELECT COUNT() FROM Account").then((told) => [told.totalSize > 0, renewals], (error) => error.message);
const stale = new jsforce.Connection({ instanceUrl, version, accessToken: "00D000000000000!ended" });
seen.tokens.refused = await refusal(stale.query("SELECT Id FROM Account"));
await entered.logout().catch((error) => { seen.tokens.logout = error.message; });

console.log(JSON.stringify(seen));
