"""Good requests for every endpoint of the sandbox, to be mutated."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.server import Sandbox
from tests.integration.garbage import Sent

__all__ = ["SEED", "control_requests", "hubspot_requests", "salesforce_requests"]

_APP = ("client_id", "client_secret", "refresh_token")
_H = {"system": "hubspot"}
_S = {"system": "salesforce"}
_STAGES = [
    {"id": "met", "label": "Met", "displayOrder": 0, "metadata": {"probability": "0.1"}},
    {"id": "won", "label": "Won", "displayOrder": 1, "metadata": {"probability": "1.0"}},
]
SEED: list[dict[str, Any]] = [
    {**_S, "object": "Contact", "field": {"name": "Key__c", "type": "string", "externalId": True}},
    {
        **_H,
        "object": "contacts",
        "field": {"name": "ext", "type": "string", "hasUniqueValue": True},
    },
    {
        **_H,
        "object": "schemas",
        "key": "car",
        "properties": {
            "name": "car",
            "labels": {"singular": "Car", "plural": "Cars"},
            "primaryDisplayProperty": "plate",
        },
    },
    {**_H, "object": "car", "field": {"name": "plate", "type": "string"}},
    {
        **_H,
        "object": "groups",
        "key": "g",
        "properties": {"object": "contacts", "name": "ours", "label": "Ours"},
    },
    {
        **_H,
        "object": "pipelines",
        "key": "p",
        "properties": {"object": "deals", "id": "partners", "label": "P", "stages": _STAGES},
    },
    {**_H, "object": "owners", "key": "o", "id": "71", "properties": {"email": "anna@example.com"}},
    *(
        {
            **_H,
            "object": name,
            "key": f"{name}{number}",
            "id": str(first + number),
            "properties": {label: f"{label} {number}"},
        }
        for name, label, first in (
            ("companies", "name", 500),
            ("contacts", "lastname", 100),
            ("deals", "dealname", 900),
        )
        for number in range(12)
    ),
    {
        **_H,
        "object": "lists",
        "key": "l",
        "id": "31",
        "properties": {
            "name": "Invited",
            "objectTypeId": "0-1",
            "processingType": "MANUAL",
            "members": [{"id": {"key": "contacts0"}, "added": "2026-01-05T09:00:00Z"}],
        },
    },
    {
        **_H,
        "object": "lists",
        "key": "l2",
        "id": "32",
        "properties": {"name": "Came", "objectTypeId": "0-1", "processingType": "MANUAL"},
    },
    {
        **_H,
        "object": "campaigns",
        "key": "k",
        "properties": {
            "hs_name": "Fair",
            "budget": [{"name": "Stand", "amount": "1500"}],
            "spend": [{"name": "Stand", "amount": "1200"}],
            "assets": {"OBJECT_LIST": [{"key": "l"}]},
        },
    },
]


# HubSpot


def hubspot_requests(sandbox: Sandbox) -> list[Sent]:
    """Give a good request for each path and verb HubSpot's stand-in has."""
    ids = _hubspot_ids(sandbox)
    bodies = _hubspot_bodies(ids)
    headers = {
        "Authorization": f"Bearer {sandbox.hubspot_token}",
        "Content-Type": "application/json",
    }
    requests: list[Sent] = []
    for method, template in _hubspot_paths(sandbox):
        path = template
        if "assets" in template:
            path = path.replace("{type}", "OBJECT_LIST")
        if "reports" in template:
            path = path.replace("{type}", "contactFirstTouch")
        if "spend" in template:
            path = path.replace("{item}", "2")
        if "/name/" in template:
            path = path.replace("{name:path}", "Invited")
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
        path = path.replace("{object}", _object_of(template)).replace("{id}", _id_of(template))
        more = dict(headers)
        body = b"" if method in ("GET", "DELETE") else _hubspot_body(method, template, bodies)
        if "/oauth/" in path:
            more["Content-Type"] = "application/x-www-form-urlencoded"
        query = "?limit=2&properties=email" if method == "GET" else ""
        if "unsubscribe-all" in template:
            query = "?channel=EMAIL&verbose=true"
        requests.append(Sent(method=method, target=path + query, headers=more, body=body))
    return requests


def _hubspot_paths(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    web: Any = sandbox.fronts[0].app
    for route in web.routes:
        if not route.path.endswith("/"):
            for method in sorted(route.methods - {"HEAD"}):
                yield method, route.path


def _hubspot_ids(sandbox: Sandbox) -> dict[str, str]:
    app = sandbox.hubspot.tokens.app
    campaign = next(line for line in sandbox.export() if line.get("object") == "campaigns")
    values = campaign["properties"]
    assert isinstance(values, dict)
    return {
        "from": "contacts",
        "to": "companies",
        "to_id": "501",
        "type_id": "279",
        "group": "ours",
        "name": "lastname",
        "pipeline": "partners",
        "stage": "met",
        "association": "1",
        "type": "0-1",
        "record": "100",
        "source": "32",
        "subscriber": "a@b.co",
        "guid": str(campaign["id"]),
        "item": "1",
        "asset": "31",
        "app": urlencode({name: getattr(app, name) for name in _APP}),
        "token": sandbox.hubspot.tokens.app.refresh_token,
    }


def _object_of(template: str) -> str:
    return "deals" if "pipelines" in template else "p_car" if "schemas" in template else "contacts"


def _id_of(template: str) -> str:
    return "71" if "owners" in template else "31" if "lists" in template else "101"


def _hubspot_body(method: str, template: str, bodies: list[tuple[str, str, Any]]) -> bytes:
    plain = re.sub(r"/(v\d+|\d{4}-\d{2})(?=/|$)", "", template)
    for verb, part, body in bodies:
        if verb in ("", method) and part in plain:
            return body.encode() if isinstance(body, str) else json.dumps(body).encode()
    raise AssertionError(f"no body for {method} {template}")


def _hubspot_bodies(ids: dict[str, str]) -> list[tuple[str, str, Any]]:
    """Give bodies by verb and a part of the path; the first that fits is taken."""
    tie = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
    two = {"from": {"id": "102"}, "to": {"id": "502"}}
    category = {"category": "HUBSPOT_DEFINED", "maxToObjectIds": 3, "typeId": 279}
    label = {"label": "Buyer", "name": "buyer", "inverseLabel": "Bought"}
    option = {"label": "A", "value": "a", "displayOrder": 0, "hidden": False}
    prop = {
        "name": "tier",
        "label": "Tier",
        "groupName": "ours",
        "type": "enumeration",
        "fieldType": "select",
        "options": [option],
    }
    contact = {
        "email": "ada@example.com",
        "lastname": "Lovelace",
        "lifecyclestage": "lead",
        "hubspot_owner_id": "71",
    }
    search = {
        "filterGroups": [
            {
                "filters": [
                    {"propertyName": "lastname", "operator": "IN", "values": ["a", "b"]},
                    {
                        "propertyName": "createdate",
                        "operator": "BETWEEN",
                        "value": "1",
                        "highValue": "1893456000000",
                    },
                    {"propertyName": "email", "operator": "HAS_PROPERTY"},
                ]
            },
            {"filters": [{"propertyName": "hs_object_id", "operator": "GTE", "value": "100"}]},
        ],
        "sorts": [{"propertyName": "lastname", "direction": "DESCENDING"}],
        "query": "lovelace",
        "properties": ["email"],
        "limit": 5,
        "after": "0",
    }
    money = {"name": "Stand", "amount": 5, "order": 0, "description": "x"}
    values = {"hs_name": "Fair 2", "hs_start_date": "2026-01-05", "hs_campaign_status": "planned"}
    token = f"grant_type=refresh_token&token={ids['token']}&{ids['app']}"
    rule = {"category": "HUBSPOT_DEFINED", "typeId": 279, "maxToObjectIds": 5}
    return [
        ("", "/oauth/", token),
        ("", "configurations/{from}/{to}/batch/purge", {"inputs": [{**category}]}),
        ("", "configurations", {"inputs": [rule]}),
        ("POST", "/{to}/labels", label),
        ("PUT", "/{to}/labels", {"associationTypeId": 1, "label": "Seller"}),
        ("PUT", "associations/default", None),
        ("PUT", "/associations/", [tie]),
        ("", "batch/labels/archive", {"inputs": [{**two, "types": [tie]}]}),
        ("", "associations/{from}/{to}/batch/read", {"inputs": [{"id": "101", "after": "0"}]}),
        ("", "batch/associate/default", {"inputs": [two]}),
        ("", "/{to}/batch/archive", {"inputs": [{"from": {"id": "102"}, "to": [{"id": "5"}]}]}),
        ("", "/{to}/batch", {"inputs": [{**two, "types": [tie]}]}),
        (
            "",
            "/objects/{object}/batch/create",
            {
                "inputs": [
                    {
                        "properties": contact,
                        "associations": [{"to": {"id": "501"}, "types": [tie]}],
                        "objectWriteTraceId": "t1",
                    }
                ]
            },
        ),
        (
            "",
            "/objects/{object}/batch/read",
            {
                "inputs": [{"id": "101"}, {"id": "102"}],
                "properties": ["email"],
                "propertiesWithHistory": ["lastname"],
                "idProperty": "hs_object_id",
            },
        ),
        ("", "{object}/batch/update", {"inputs": [{"id": "103", "properties": contact}]}),
        (
            "",
            "{object}/batch/upsert",
            {"inputs": [{"id": "e1", "idProperty": "ext", "properties": {"lastname": "Ng"}}]},
        ),
        ("", "/objects/{object}/batch/archive", {"inputs": [{"id": "109"}]}),
        ("", "/objects/{object}/search", search),
        ("", "/merge", {"primaryObjectId": "106", "objectIdToMerge": "107"}),
        ("", "/gdpr-delete", {"objectId": "108", "idProperty": "hs_object_id"}),
        (
            "",
            "/objects/{object}",
            {
                "properties": {**contact, "email": "bob@example.com"},
                "associations": [{"to": {"id": "501"}, "types": [tie]}],
            },
        ),
        ("PATCH", "/properties/{object}/{name}", {"label": "Surname", "description": "x"}),
        ("PATCH", "/schemas", {"labels": {"singular": "Car", "plural": "Autos"}}),
        ("", "/groups", {"name": "more", "label": "More", "displayOrder": 1}),
        ("", "properties/{object}/batch/create", {"inputs": [{**prop, "name": "tier2"}]}),
        ("", "properties/{object}/batch", {"inputs": [{"name": "tier2"}], "archived": False}),
        ("", "/properties/", prop),
        (
            "POST",
            "/stages",
            {"label": "New", "displayOrder": 2, "metadata": {"probability": "0.3"}},
        ),
        ("", "/stages", {"label": "Old", "displayOrder": 0, "metadata": {"probability": "0.3"}}),
        ("PUT", "/pipelines/", {"label": "Q", "displayOrder": 2, "stages": _STAGES}),
        ("PATCH", "/pipelines/", {"label": "R"}),
        (
            "",
            "/pipelines/",
            {"label": "N", "displayOrder": 2, "stages": [{**_STAGES[0], "id": "n", "label": "n"}]},
        ),
        ("", "schemas/batch/read", {"inputs": ["p_car"], "includeAuditMetadata": True}),
        (
            "",
            "/associations",
            {"fromObjectTypeId": "p_car", "toObjectTypeId": "0-1", "name": "c2c"},
        ),
        (
            "",
            "/schemas",
            {
                "name": "boat",
                "labels": {"singular": "Boat", "plural": "Boats"},
                "properties": [
                    {"name": "name", "label": "Name", "type": "string", "fieldType": "text"}
                ],
                "requiredProperties": ["name"],
                "searchableProperties": [],
                "secondaryDisplayProperties": [],
                "primaryDisplayProperty": "name",
                "associatedObjects": ["CONTACT"],
            },
        ),
        ("", "statuses/batch/", {"inputs": ["a@b.co", "c@b.co"]}),
        ("", "/unsubscribe-all", None),
        ("", "memberships/batch/read", {"inputs": [{"objectTypeId": "0-1", "recordId": "100"}]}),
        ("", "add-and-remove", {"recordIdsToAdd": ["101"], "recordIdsToRemove": ["100"]}),
        ("", "/memberships/", ["101", "102"]),
        ("", "/lists/search", {"query": "in", "processingTypes": ["MANUAL"], "count": 5}),
        ("", "/restore", None),
        ("", "/update-list-name", {"listName": "x", "includeFilters": False}),
        ("", "/lists", {"name": "New", "objectTypeId": "0-1", "processingType": "MANUAL"}),
        ("", "/budget", money),
        ("", "/spend", money),
        ("", "/assets/", None),
        ("", "campaigns/batch/create", {"inputs": [{"properties": {**values, "hs_name": "F3"}}]}),
        (
            "",
            "campaigns/batch/update",
            {"inputs": [{"id": ids["guid"], "properties": {**values, "hs_name": "F4"}}]},
        ),
        ("", "campaigns/batch", {"inputs": [{"id": ids["guid"]}]}),
        ("", "/campaigns", {"properties": values}),
    ]


# Salesforce


def salesforce_requests(sandbox: Sandbox) -> list[Sent]:
    """Give good requests for all that Salesforce's stand-in answers."""
    made = _salesforce_ids(sandbox)
    made["job"] = _job(sandbox, "ingest", object="Contact", operation="insert")
    made["extract"] = _job(sandbox, "query", query="SELECT Id FROM Account", operation="query")
    headers = {
        "Authorization": f"Bearer {sandbox.salesforce_token}",
        "Content-Type": "application/json",
    }
    data = "/services/data/v64.0"
    requests = [
        Sent(
            method=method,
            target=data + target,
            headers=headers,
            body=b"" if body is None else json.dumps(body).encode(),
        )
        for method, target, body in (*_rows(made), *_composites(made), *_other_data(made))
    ]
    csv = {**headers, "Content-Type": "text/csv"}
    table = b"LastName,Email,Key__c\r\nLi,li@example.com,k1\r\n"
    upload = Sent(
        method="PUT", target=f"{data}/jobs/ingest/{made['job']}/batches", headers=csv, body=table
    )
    return [*requests, upload, *_sign_ins(sandbox), *_soap_calls(sandbox, made)]


def _salesforce_ids(sandbox: Sandbox) -> dict[str, str]:
    add = sandbox.salesforce.create
    account = add("Account", {"Name": "Acme"})
    names = {"account": account}
    for key, name, fields in (
        ("contact", "Contact", {"LastName": "Li", "AccountId": account, "Key__c": "k0"}),
        ("other", "Contact", {"LastName": "Ng", "AccountId": account}),
        ("lead", "Lead", {"LastName": "Oh", "Company": "Acme"}),
        (
            "deal",
            "Opportunity",
            {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-31"},
        ),
        ("campaign", "Campaign", {"Name": "Fair"}),
        ("task", "Task", {"Subject": "Call"}),
    ):
        names[key] = add(name, fields)
    return names


def _job(sandbox: Sandbox, kind: str, **body: str) -> str:
    """Make a bulk job and give its id."""
    request = urllib.request.Request(
        f"{sandbox.salesforce_url}/services/data/v64.0/jobs/{kind}",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {sandbox.salesforce_token}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return str(json.load(answer)["id"])


def _rows(made: dict[str, str]) -> Iterator[tuple[str, str, Any]]:
    contact, person = made["contact"], {"LastName": "Li", "Email": "li@example.com"}
    rows = "/sobjects/Contact"
    now = datetime.now(UTC)
    today, yesterday = (
        quote((now - timedelta(days=days)).isoformat(timespec="seconds")) for days in (0, 1)
    )
    yield "GET", "", None
    yield "GET", "/sobjects", None
    yield "GET", rows, None
    yield "GET", f"{rows}/describe", None
    yield "GET", f"{rows}/updated?start={yesterday}&end={today}", None
    yield "GET", f"{rows}/deleted?start={yesterday}&end={today}", None
    yield "GET", f"{rows}/{contact}?fields=Id,Name", None
    yield "GET", f"{rows}/Key__c/k0", None
    yield "POST", rows, person
    yield "PATCH", f"{rows}/{contact}", {"Title": "CEO", "AccountId": made["account"]}
    yield "PATCH", f"{rows}/Key__c/k1", person
    yield "PATCH", f"{rows}/Key__c/k2", {**person, "Title": None}
    yield "POST", "/sobjects/Lead", {"LastName": "Oh", "Company": "Acme", "Status": "New"}
    yield "PATCH", f"/sobjects/Lead/{made['lead']}", {"NumberOfEmployees": 5, "Status": "New"}
    deal = {"Name": "B", "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": 12.5}
    yield "POST", "/sobjects/Opportunity", {**deal, "AccountId": made["account"]}
    yield "PATCH", f"/sobjects/Opportunity/{made['deal']}", deal
    role = {"OpportunityId": made["deal"], "ContactId": contact, "IsPrimary": True}
    yield "POST", "/sobjects/OpportunityContactRole", role
    member = {"CampaignId": made["campaign"], "ContactId": contact, "Status": "Sent"}
    yield "POST", "/sobjects/CampaignMember", member
    yield "POST", "/sobjects/CampaignMemberStatus", {"CampaignId": made["campaign"], "Label": "X"}
    yield "POST", "/sobjects/Task", {"Subject": "x", "WhoId": contact, "ActivityDate": "2026-01-05"}
    event = {"Subject": "x", "StartDateTime": "2026-01-05T09:00:00Z", "DurationInMinutes": 30}
    yield "POST", "/sobjects/Event", event
    yield "DELETE", f"/sobjects/Task/{made['task']}", None


def _composites(made: dict[str, str]) -> Iterator[tuple[str, str, Any]]:
    contact = made["contact"]
    row = {"attributes": {"type": "Contact"}, "LastName": "Li", "Key__c": "k3"}
    yield "POST", "/composite/sobjects", {"allOrNone": False, "records": [row, row]}
    yield "PATCH", "/composite/sobjects", {"allOrNone": True, "records": [{**row, "Id": contact}]}
    yield "DELETE", f"/composite/sobjects?ids={made['other']},{contact}&allOrNone=false", None
    yield "GET", f"/composite/sobjects/Contact?ids={contact}&fields=Id,Name", None
    yield "POST", "/composite/sobjects/Contact", {"ids": [contact], "fields": ["Id", "Name"]}
    yield "PATCH", "/composite/sobjects/Contact/Key__c", {"allOrNone": False, "records": [row]}
    url = "/services/data/v64.0/sobjects/Account"
    parts = [
        {"method": "POST", "url": url, "referenceId": "a", "body": {"Name": "New"}},
        {
            "method": "PATCH",
            "url": f"{url}/@{{a.id}}",
            "referenceId": "b",
            "httpHeaders": {"If-Match": "x"},
            "body": {"Site": "x"},
        },
        {"method": "GET", "url": f"{url}/@{{a.id}}?fields=Name", "referenceId": "c"},
    ]
    body = {"allOrNone": True, "collateSubrequests": False, "compositeRequest": parts}
    yield "POST", "/composite", body
    graph = {"graphs": [{"graphId": "g", "compositeRequest": parts}]}
    yield "POST", "/composite/graph", graph
    batch = [
        {"method": "GET", "url": f"v64.0/sobjects/Contact/{contact}"},
        {
            "method": "PATCH",
            "url": f"v64.0/sobjects/Contact/{contact}",
            "richInput": {"Title": "x"},
        },
    ]
    yield "POST", "/composite/batch", {"haltOnError": False, "batchRequests": batch}
    child = {"attributes": {"type": "Contact", "referenceId": "r2"}, "LastName": "Kid"}
    tree = {
        "attributes": {"type": "Account", "referenceId": "r1"},
        "Name": "Tree",
        "Contacts": {"records": [child]},
    }
    yield "POST", "/composite/tree/Account", {"records": [tree]}


_SOQL = (
    "SELECT Id, Name, Account.Parent.Name FROM Contact WHERE LastName LIKE 'L%' ORDER BY Name",
    "SELECT Id, (SELECT Id FROM Contacts WHERE Email != null LIMIT 2) FROM Account OFFSET 0",
    "SELECT COUNT(Id) n, Industry FROM Account GROUP BY Industry HAVING COUNT(Id) > 0",
    "SELECT Id FROM Contact WHERE CreatedDate = LAST_N_DAYS:3 AND (NOT Name IN ('a','b'))",
    "SELECT TYPEOF Owner WHEN User THEN Email ELSE Name END FROM Lead",
    "SELECT FIELDS(STANDARD) FROM Lead WHERE Id IN (SELECT LeadId FROM CampaignMember) LIMIT 3",
    "SELECT COUNT() FROM Opportunity WHERE Amount >= 1.5 AND CloseDate > 2020-01-01",
    "SELECT DAY_ONLY(CreatedDate), MAX(Amount) FROM Opportunity GROUP BY DAY_ONLY(CreatedDate)",
)


def _other_data(made: dict[str, str]) -> Iterator[tuple[str, str, Any]]:
    for text in _SOQL:
        yield "GET", f"/query?q={quote(text)}", None
    yield "GET", f"/queryAll?q={quote(_SOQL[0])}", None
    yield "GET", "/query/0r8xx0000000001-2000", None
    yield "GET", "/limits", None
    yield "GET", "/limits/recordCount?sObjects=Contact,Lead", None
    sosl = quote("FIND {Li*} IN ALL FIELDS RETURNING Contact(Id, Name WHERE Name != null LIMIT 2)")
    yield "GET", f"/search?q={sosl}", None
    yield (
        "GET",
        "/parameterizedSearch?q=Li&sobject=Contact&Contact.fields=Id,Name&Contact.limit=2",
        None,
    )
    asked = {
        "q": "Li",
        "fields": ["Id"],
        "sobjects": [{"name": "Contact", "limit": 2}],
        "in": "NAME",
    }
    yield "POST", "/parameterizedSearch", asked
    ingest = {"object": "Contact", "operation": "upsert", "externalIdFieldName": "Key__c"}
    yield "POST", "/jobs/ingest", {**ingest, "contentType": "CSV", "lineEnding": "CRLF"}
    yield "GET", "/jobs/ingest?isPkChunkingEnabled=false", None
    job = f"/jobs/ingest/{made['job']}"
    yield "GET", job, None
    yield "PATCH", job, {"state": "UploadComplete"}
    yield "GET", f"{job}/successfulResults", None
    yield "DELETE", job, None
    yield "POST", "/jobs/query", {"operation": "query", "query": _SOQL[0]}
    yield "GET", f"/jobs/query/{made['extract']}/results?maxRecords=2", None


def _sign_ins(sandbox: Sandbox) -> Iterator[Sent]:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    token = {"Authorization": f"Bearer {sandbox.salesforce_token}"}
    for body in (
        "grant_type=client_credentials&client_id=x&client_secret=y",
        "grant_type=refresh_token&client_id=x&client_secret=y&refresh_token=z",
        "grant_type=password&client_id=x&client_secret=y&username=u&password=p",
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=e30.e30.e30",
    ):
        target = "/services/oauth2/token"
        yield Sent(method="POST", target=target, headers=form, body=body.encode())
    yield Sent(method="POST", target="/services/oauth2/revoke", headers=form, body=b"token=x")
    yield Sent(method="GET", target="/services/oauth2/userinfo", headers=token)
    yield Sent(method="GET", target="/id/00DdM0000000001AAA/005dM0000000001AAA", headers=token)
    yield Sent(method="GET", target="/services/data")


def _soap_calls(sandbox: Sandbox, made: dict[str, str]) -> Iterator[Sent]:
    lead, account, contact = made["lead"], made["account"], made["contact"]
    merge = (
        "<merge><request><masterRecord><type>Contact</type>"
        f"<Id>{contact}</Id></masterRecord><recordToMergeIds>{made['other']}</recordToMergeIds>"
        "</request></merge>"
    )
    convert = (
        f"<convertLead><leadConverts><leadId>{lead}</leadId><accountId>{account}</accountId>"
        "<convertedStatus>Closed - Converted</convertedStatus>"
        "<doNotCreateOpportunity>true</doNotCreateOpportunity></leadConverts></convertLead>"
    )
    calls = (
        merge,
        convert,
        f"<delete><ids>{made['task']}</ids></delete>",
        f"<undelete><ids>{made['task']}</ids></undelete>",
        f"<emptyRecycleBin><ids>{made['task']}</ids></emptyRecycleBin>",
        "<getUserInfo/>",
        "<getServerTimestamp/>",
        "<login><username>x</username><password>y</password></login>",
    )
    for call in calls:
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
            f"<SessionHeader><sessionId>{sandbox.salesforce_token}</sessionId></SessionHeader>"
            f"</e:Header><e:Body>{call}</e:Body></e:Envelope>"
        )
        yield Sent(
            method="POST",
            target="/services/Soap/u/64.0",
            headers={"Content-Type": "text/xml", "SOAPAction": '""'},
            body=body.encode(),
        )


# The control page


def control_requests(sandbox: Sandbox) -> list[Sent]:
    """Give good requests for the control page."""
    made = _salesforce_ids(sandbox)
    lead, contact = made["lead"], made["contact"]
    rule = {"system": "hubspot", "kind": "500", "path": "x", "times": 1, "skip": 0, "seconds": 0.1}
    setup = {"kind": "object", "name": "Project__c", "label": "Project", "autoNumber": "P-{0000}"}
    locked = {"count": 2, "code": "UNABLE_TO_LOCK_ROW", "message": "x", "fields": []}
    calls: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/", None),
        ("GET", "/clock", None),
        ("POST", "/clock", {"seconds": 1}),
        ("GET", "/faults", None),
        ("POST", "/faults", rule),
        ("DELETE", "/faults", None),
        ("GET", "/calls?system=hubspot&path=search", None),
        ("GET", "/calls/counts", None),
        ("DELETE", "/calls", None),
        ("GET", "/switches", None),
        ("POST", "/switches", {"hubspot": {"backward_stage": "accept", "index_delay": 5}}),
        ("POST", "/switches", {"salesforce": {"rows_per_page": 200, "session_life": 60}}),
        ("POST", "/hubspot/contacts", {"properties": {"lastname": "Li"}, "by": "person"}),
        ("GET", "/hubspot/contacts/101", None),
        ("PATCH", "/hubspot/contacts/101", {"properties": {"city": "Bonn"}, "by": "automation"}),
        ("DELETE", "/hubspot/contacts/102", None),
        ("POST", "/hubspot/contacts/105/restore", None),
        ("POST", "/hubspot/contacts/103/merge", {"losers": ["104"]}),
        ("POST", "/hubspot/contacts/106/purge", None),
        ("POST", "/hubspot/contacts/refusals", {"count": 2, "every": 2}),
        ("POST", "/hubspot/lists", {"properties": {"name": "N", "objectTypeId": "0-1"}}),
        ("PATCH", "/hubspot/lists/31", {"properties": {"members": ["101"]}}),
        ("POST", "/hubspot/campaigns", {"properties": {"hs_name": "x", "budget": []}}),
        ("POST", "/hubspot/owners", {"properties": {"email": "x@example.com"}}),
        ("POST", "/hubspot/oauth_codes", {"properties": {"redirect_uri": "http://localhost"}}),
        ("POST", "/salesforce/Contact", {"fields": {"LastName": "Li"}, "by": "person"}),
        ("PATCH", f"/salesforce/Contact/{contact}", {"fields": {"Title": "x"}, "by": "person"}),
        ("POST", f"/salesforce/Lead/{lead}/convert", {"status": "Closed - Converted"}),
        (
            "POST",
            f"/salesforce/Contact/{contact}/merge",
            {"losers": [made["other"]], "fields": {"Title": "x"}},
        ),
        ("POST", f"/salesforce/Task/{made['task']}/purge", None),
        ("POST", "/salesforce/Contact/refusals", locked),
        ("GET", "/salesforce/setup", None),
        ("POST", "/salesforce/setup", setup),
        ("DELETE", "/salesforce/setup", None),
        ("GET", "/export?system=hubspot", None),
    )
    return [
        Sent(
            method=method,
            target=target,
            headers={"Content-Type": "application/json"},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        for method, target, body in calls
    ]
