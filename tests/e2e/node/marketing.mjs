// Drives lists, tokens and campaigns with HubSpot's own client; prints what it saw as JSON.
import { Client } from "@hubspot/api-client";

const { env } = process;
const connect = (accessToken) => new Client({ accessToken, basePath: env.HUBSPOT_BASE_URL });
const client = connect(env.HUBSPOT_ACCESS_TOKEN);
const { lists, contacts } = client.crm;
const seen = {};

const eve = await contacts.basicApi.create({
  properties: { email: "eve@example.com" },
  associations: [],
});

const { list } = await lists.listsApi.create({
  name: "Invited",
  objectTypeId: "0-1",
  processingType: "MANUAL",
});
seen.list = { name: list.name, type: list.processingType };

const added = await lists.membershipsApi.add(list.listId, [eve.id, "999"]);
seen.added = { added: added.recordsIdsAdded.length, missing: added.recordIdsMissing };

const page = await lists.membershipsApi.getPage(list.listId);
seen.members = {
  count: page.results.length,
  dated: page.results[0].membershipTimestamp instanceof Date,
};
seen.listsOfRecord = (await lists.membershipsApi.getLists("0-1", eve.id)).results.length;
const found = await lists.listsApi.doSearch({ query: "invit", offset: 0, count: 5, additionalProperties: [] });
seen.found = found.lists.map((one) => one.name);
await lists.listsApi.remove(list.listId);
seen.gone = (await lists.listsApi.getById(list.listId).catch((error) => error)).code;

const ask = (refreshToken) =>
  client.oauth.tokensApi.create(
    "refresh_token", undefined, undefined, env.CLIENT_ID, env.CLIENT_SECRET, refreshToken,
  );
const token = await ask(env.REFRESH_TOKEN);
const app = connect(token.accessToken);
const mine = await app.crm.contacts.basicApi.getById(eve.id);
seen.token = { type: token.tokenType, seconds: token.expiresIn, reads: mine.id === eve.id };
const refused = await ask("nonsense").catch((error) => error);
seen.refusedToken = { code: refused.code, status: refused.body?.status };

const call = (method, path, body) => client.apiRequest({ method, path, body });
const made = await call("POST", "/marketing/v3/campaigns", { properties: { hs_name: "Fair" } });
const campaign = `/marketing/v3/campaigns/${(await made.json()).id}`;
await call("POST", `${campaign}/budget`, { name: "Stand", amount: 1000.5, order: 0 });
await call("POST", `${campaign}/spend`, { name: "Stand", amount: 750, order: 0 });
const totals = await (await call("GET", `${campaign}/budget/totals`)).json();
seen.campaign = { status: made.status, left: totals.remainingBudget };

await contacts.basicApi.archive(eve.id);
console.log(JSON.stringify(seen));
