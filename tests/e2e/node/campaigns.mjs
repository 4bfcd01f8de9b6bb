// Drives lists, campaigns and tokens to their last operation with HubSpot's own client; prints what it saw.
import { Client } from "@hubspot/api-client";

const { env } = process;
const connect = (accessToken) => new Client({ accessToken, basePath: env.HUBSPOT_BASE_URL });
const client = connect(env.HUBSPOT_ACCESS_TOKEN);
const { listsApi, membershipsApi } = client.crm.lists;
const seen = {};
const code = async (call) => (await call.catch((error) => error)).code;

const people = await client.crm.contacts.batchApi.create({
  inputs: [1, 2, 3, 4].map((n) => ({ properties: { email: `m${n}@example.com` }, associations: [] })),
});
const ids = people.results.map((one) => one.id).sort();
const make = async (name, objectTypeId = "0-1") =>
  (await listsApi.create({ name, objectTypeId, processingType: "MANUAL" })).list.listId;
const members = async (list) => (await membershipsApi.getPage(list)).results.map((one) => one.recordId);

// Lists: of people, companies and deals; found, renamed, filled, emptied, deleted, restored.
const [source, target] = [await make("Source"), await make("Target")];
await make("Firms", "0-2");
await make("Deals", "0-3");
await membershipsApi.add(source, ids.slice(0, 3));
const change = await membershipsApi.addAndRemove(source, {
  recordIdsToAdd: [ids[3]], recordIdsToRemove: [ids[0]],
});
await membershipsApi.addAllFromList(target, source);
const page = await membershipsApi.getPage(target, undefined, undefined, 2);
const rest = await membershipsApi.getPage(target, page.paging.next.after, undefined, 2);
const ordered = await membershipsApi.getPageOrderedByAddedToListDate(target, undefined, undefined, 10);
const removed = await membershipsApi.remove(target, [ids[1]]);
seen.lists = {
  byId: (await listsApi.getById(source)).list.name,
  byName: (await listsApi.getByName("Firms", "0-2")).list.objectTypeId,
  several: (await listsApi.getAll([source, target])).lists.length,
  renamed: (await listsApi.updateName(source, "Origin")).updatedList.name,
  taken: await code(make("Target")),
  found: (await listsApi.doSearch({ query: "targ", offset: 0, count: 5, additionalProperties: ["hs_list_size"] })).lists
    .map((one) => [one.name, one.additionalProperties.hs_list_size]),
  changed: [change.recordsIdsAdded.length, change.recordsIdsRemoved?.length ?? change.recordIdsRemoved.length],
  members: (await members(source)).join() === ids.slice(1).join(),
  paged: [page.results.length, rest.results.length, ordered.results.length],
  removed: removed.recordIdsRemoved?.length ?? removed.recordsIdsRemoved?.length,
  ofRecord: (await membershipsApi.getLists("0-1", ids[2])).results.length,
};
await membershipsApi.removeAll(target);
await listsApi.remove(source);
seen.lists.emptied = (await members(target)).length;
seen.lists.gone = await code(listsApi.getById(source));
await listsApi.restore(source);
seen.lists.restored = (await listsApi.getById(source)).list.name;

// Campaigns, by the client's escape hatch: it has no methods for them.
const call = async (method, path, body, qs) => {
  const answer = await client.apiRequest({ method, path, body, qs });
  const text = await answer.text();
  return { ...(text ? JSON.parse(text) : {}), http: answer.status };
};
seen.campaigns = {};
for (const root of ["/marketing/v3/campaigns", "/marketing/campaigns/2026-03"]) {
  const made = await call("POST", root, { properties: { hs_name: "Fair", hs_start_date: "2026-11-01" } });
  const path = `${root}/${made.id}`;
  await call("PATCH", path, { properties: { hs_notes: "Hall 3" } });
  const budget = await call("POST", `${path}/budget`, { name: "Stand", amount: 1000.5, order: 0 });
  const spend = await call("POST", `${path}/spend`, { name: "Stand", amount: 700, order: 0 });
  await call("PUT", `${path}/spend/${spend.id}`, { name: "Stand", amount: 750, order: 0 });
  const totals = await call("GET", `${path}/budget/totals`);
  const item = await call("GET", `${path}/budget/${budget.id}`);
  const asset = await call("PUT", `${path}/assets/OBJECT_LIST/${target}`);
  const assets = await call("GET", `${path}/assets/OBJECT_LIST`);
  const read = await call("GET", path, undefined, { properties: "hs_name,hs_notes" });
  const listed = await call("GET", root, undefined, { limit: 10, properties: "hs_name" });
  const batch = await call("POST", `${root}/batch/read`, { inputs: [{ id: made.id }] });
  const metrics = await call("GET", `${path}/reports/metrics`);
  const revenue = await call("GET", `${path}/reports/revenue`);
  const contacts = await call("GET", `${path}/reports/contacts/influencedContacts`);
  const unasset = await call("DELETE", `${path}/assets/OBJECT_LIST/${target}`);
  const unspent = await call("DELETE", `${path}/spend/${spend.id}`);
  const gone = await call("DELETE", path);
  seen.campaigns[root] = {
    made: made.http,
    totals: [totals.budgetTotal, totals.spendTotal, totals.remainingBudget],
    item: [item.name, item.amount],
    assets: [asset.http, assets.results.map((one) => one.id).join() === target],
    read: read.properties,
    listed: listed.results.length,
    batch: batch.results.length,
    reports: [metrics.http, revenue.http, contacts.http],
    deleted: [unasset.http, unspent.http, gone.http],
    after: (await call("GET", path)).http,
  };
}

// Tokens: got, looked at, used, refused, deleted.
const { accessTokensApi, refreshTokensApi, tokensApi } = client.oauth;
const ask = (grant, secret = env.CLIENT_SECRET) =>
  tokensApi.create(grant, undefined, undefined, env.CLIENT_ID, secret, env.REFRESH_TOKEN);
const token = await ask("refresh_token");
const told = await accessTokensApi.get(token.accessToken);
const refresh = await refreshTokensApi.get(env.REFRESH_TOKEN);
seen.tokens = {
  portal: told.hubId === refresh.hubId,
  reads: (await connect(token.accessToken).crm.contacts.basicApi.getPage(1)).results.length,
  secret: await code(ask("refresh_token", "wrong")),
  grant: await code(ask("password")),
  unknown: await code(connect("nonsense").crm.contacts.basicApi.getPage(1)),
};
await refreshTokensApi.archive(env.REFRESH_TOKEN);
seen.tokens.ended = await code(ask("refresh_token"));

console.log(JSON.stringify(seen));
