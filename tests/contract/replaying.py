"""Replays recorded exchanges against the sandbox, whose ids are others than the recorded ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_plus

import requests

from sandbox.errors import SandboxError
from sandbox.jsontypes import JsonObject
from sandbox.salesforce.errors import ApiError
from sandbox.seeds import parse_lines
from sandbox.server import Sandbox
from tests.contract.recordings import Exchange, differences

__all__ = ["Replay"]

_HUBSPOT = re.compile(r"/crm/v3/objects/(?P<object>[A-Za-z]+)(/|$)")
_TICKET = {"subject": "Help", "hs_pipeline": "0", "hs_pipeline_stage": "1"}
_MATCHED_BY = ("domain", "email", "name")


class Replay:
    """Sends what was sent, after making the records that were there, and compares the answers."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._session = requests.Session()
        self._session.trust_env = False
        self._ids: dict[str, str] = {}

    def close(self) -> None:
        self._session.close()

    def replay(self, one: Exchange) -> list[str]:
        """Send one request and name the differences of the answers."""
        is_hubspot = not one.path.startswith("/services/")
        self._furnish(one, is_hubspot=is_hubspot)
        answer = self._send(one, is_hubspot=is_hubspot)
        try:
            said = answer.json() if answer.content else None
        except ValueError:
            said = answer.text
        self._learn(one.answer, said)
        found = list(differences(one.answer, said))
        if answer.status_code != one.status:
            found.insert(0, f"status: {answer.status_code} instead of {one.status}")
        return list(dict.fromkeys(found))

    def _send(self, one: Exchange, *, is_hubspot: bool) -> requests.Response:
        sandbox = self._sandbox
        url = sandbox.hubspot_url if is_hubspot else sandbox.salesforce_url
        token = sandbox.hubspot_token if is_hubspot else sandbox.salesforce_token
        headers = {"Authorization": f"Bearer {token}"}
        if one.body is None or one.method in ("GET", "DELETE"):
            target = self._known(one.target)
            return self._session.request(one.method, url + target, headers=headers, timeout=5)
        headers["Content-Type"] = "application/json"
        body = self._known(json.dumps(one.body)).encode()
        target = self._known(one.target)
        return self._session.request(
            one.method, url + target, headers=headers, data=body, timeout=5
        )

    def _known(self, text: str) -> str:
        """Put our ids in place of the recorded ones."""
        for theirs, ours in self._ids.items():
            text = text.replace(theirs, ours)
            if len(theirs) == 18:
                text = text.replace(theirs[:15], ours[:15])
        return text

    # What was there before the call

    def _furnish(self, one: Exchange, *, is_hubspot: bool) -> None:
        if is_hubspot:
            self._furnish_portal(one)
            return
        self._define_custom_fields(one)
        if one.method != "POST" or "query" in one.path:
            for record in _salesforce_records(one.answer):
                self._make_row(record)
            self._furnish_addressed(one)

    def _furnish_portal(self, one: Exchange) -> None:
        found = _HUBSPOT.search(one.path)
        if found is None:
            return
        name = found["object"].lower()
        name = {"company": "companies", "contact": "contacts"}.get(name, name)
        for text in _properties(one) if one.method != "GET" else ():
            self._define(name, text)
        if one.path.endswith(("batch/create", name)) and one.method == "POST":
            return
        for record in _hubspot_records(one.answer):
            self._make(name, record["id"], record["properties"])
        last = one.path.rsplit("/", 1)[-1]
        if last.isdecimal():
            self._make(name, last, {})

    def _define(self, name: str, text: str) -> None:
        hubspot = self._sandbox.hubspot
        kind = hubspot.types.find(name)
        if kind is None or hubspot.schema(kind).find(text) is not None:
            return
        body = {"name": text, "label": text, "type": "string", "fieldType": "text"}
        group = next(iter(hubspot.schema(kind).groups())).name
        self._session.post(
            f"{self._sandbox.hubspot_url}/crm/v3/properties/{name}",
            json={**body, "groupName": group},
            headers={"Authorization": f"Bearer {self._sandbox.hubspot_token}"},
            timeout=5,
        )

    def _make(self, name: str, theirs: str, values: dict[str, Any]) -> None:
        if theirs in self._ids:
            return
        unwanted = re.compile(r"^(hs_|createdate|lastmodifieddate|num_|hubspot_owner_id)")
        kept = {key: one for key, one in values.items() if one and not unwanted.match(key)}
        try:
            self._ids[theirs] = self._sandbox.add("hubspot", name, kept, by="person")
        except SandboxError:
            needed = {"companies": {"name": "Acme"}, "tickets": _TICKET}.get(name, {})
            known = ("name", "email", "subject")
            kept = {**needed, **{key: kept[key] for key in known if key in kept}}
            self._ids[theirs] = self._sandbox.add("hubspot", name, kept, by="person")

    def _define_custom_fields(self, one: Exchange) -> None:
        """Define the fields of the recorded org's own that a call is about, by their values."""
        schema = self._sandbox.salesforce.database.schema
        for name, field, value in _custom_fields(one):
            spec = schema.find(name)
            if spec is not None and spec.known(field) is None:
                line: JsonObject = {
                    "system": "salesforce",
                    "object": spec.name,
                    "field": {"name": field, **_defined(field, value)},
                }
                self._sandbox.salesforce.load(list(parse_lines([(1, line)])))

    def _furnish_addressed(self, one: Exchange) -> None:
        """Make the rows that a call names and its answer does not hold."""
        converted = "converted lead" in json.dumps(one.answer)
        for record in _written(one.body):
            about = record.get("attributes")
            kind = about.get("type") if isinstance(about, dict) else None
            theirs = record.get("Id") or record.get("id")
            if kind and theirs:
                self._make_row({**record, "Id": theirs, "attributes": {"type": kind}})
            if kind == "Lead" and converted and theirs in self._ids:
                self._sandbox.salesforce.convert_lead(self._ids[theirs])
        if "/Organization/" in one.path:
            self._ids[one.path.rsplit("/", 1)[-1]] = self._sandbox.salesforce.org_id
        found = re.search(r"/sobjects/(\w+)(?:/Id)?/([0-9a-zA-Z]{18})$", one.path)
        if found is not None and one.status < 400:
            self._make_row({"attributes": {"type": found[1]}, "Id": found[2]})
        for theirs in re.findall(r"(?:ids=|%2C|,)([0-9a-zA-Z]{18})", one.target):
            kind = self._sandbox.salesforce.database.schema.of_id(theirs)
            if kind is not None:
                self._make_row({"attributes": {"type": kind.name}, "Id": theirs})

    def _make_row(self, record: dict[str, Any]) -> None:
        theirs = record.get("Id")
        name = record["attributes"]["type"]
        store = self._sandbox.salesforce
        spec = store.database.schema.find(name)
        if theirs is None or theirs in self._ids or spec is None:
            return
        if name == "Organization":
            self._ids[theirs] = store.org_id
        if not spec.createable:
            return
        needed = {"LastName": "Li", "Company": "Acme", "Name": "Acme", "Status": "Open"}
        stage = {"StageName": "Prospecting", "CloseDate": "2026-12-31"}
        values = {
            key: value
            for key, value in {**needed, **stage, **record}.items()
            if (field := spec.fields.get(key)) is not None
            and field.access.createable
            and field.type.value != "reference"
            and not isinstance(value, dict | list)
            and (key in record or key in spec.required)
        }
        try:
            self._ids[theirs] = store.create(spec.name, values)
        except ApiError:  # a value of another org's picklist, say: then without it
            least = {key: value for key, value in values.items() if key in spec.required}
            with suppress(ApiError):  # what nobody can make from what was told of it
                self._ids[theirs] = store.create(spec.name, least)

    # What the answers told

    def _learn(self, real: Any, made: Any) -> None:
        """Pair the ids of both answers: by what records hold, else by their places."""
        if isinstance(real, dict) and isinstance(made, dict):
            for name in ("id", "Id"):
                theirs, ours = real.get(name), made.get(name)
                if isinstance(theirs, str) and isinstance(ours, str) and len(theirs) > 4:
                    self._ids.setdefault(theirs, ours)
            for name in real.keys() & made.keys():
                self._learn(real[name], made[name])
        elif isinstance(real, list) and isinstance(made, list):
            by_name = {_mark(one): one for one in made}
            for place, one in enumerate(real):
                usual = made[place] if place < len(made) else None
                self._learn(one, by_name.get(_mark(one) or "", usual))


def _custom_fields(one: Exchange) -> Iterator[tuple[str, str, Any]]:
    """Give object, field and a value of it for every name that ends in __c."""
    records = [*_salesforce_records(one.answer), *_written(one.body)]
    for record in records:
        name = (record.get("attributes") or {}).get("type")
        for field, value in record.items():
            if name and field.endswith("__c"):
                yield name, field, value
    text = unquote_plus(one.target)
    asked = re.search(r"SELECT (.*) FROM (\w+)(.*)", text, re.IGNORECASE | re.DOTALL)
    if asked is not None:
        for field in re.findall(r"\b\w+__c\b", asked[1] + asked[3]):
            yield asked[2], field, None
    path = re.search(r"/sobjects/(\w+)", one.path)
    if path is not None and isinstance(one.body, dict):
        for field in (name for name in one.body if name.endswith("__c")):
            yield path[1], field, one.body[field]


def _defined(field: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int | float):
        return {"type": "double", "precision": 18, "scale": 2}
    return {"type": "string", "externalId": "xternal" in field}


def _mark(record: Any) -> str | None:
    values = record.get("properties") if isinstance(record, dict) else None
    if not isinstance(values, dict):
        return None
    return next((str(values[name]) for name in _MATCHED_BY if values.get(name)), None)


def _properties(one: Exchange) -> set[str]:
    """Give the names of all properties a request speaks of."""
    names: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("properties"), dict):
                names.update(value["properties"])
            if isinstance(value.get("properties"), list):
                names.update(value["properties"])
            if isinstance(value.get("propertyName"), str):
                names.add(value["propertyName"])
            for inside in value.values():
                walk(inside)
        elif isinstance(value, list):
            for inside in value:
                walk(inside)

    walk(one.body)
    found = re.search(r"properties=([^&]*)", one.target)
    if found is not None:
        names.update(name for name in found[1].split("%2C") if name)
    return {name for name in names if re.fullmatch(r"[a-z][a-z0-9_]*", name)}


def _hubspot_records(answer: Any) -> list[dict[str, Any]]:
    listed = answer.get("results", [answer]) if isinstance(answer, dict) else []
    return [one for one in listed if isinstance(one, dict) and "id" in one and "properties" in one]


def _salesforce_records(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, list):
        return [record for one in answer for record in _salesforce_records(one)]
    if not isinstance(answer, dict):
        return []
    own = [answer] if isinstance(answer.get("attributes"), dict) and "Id" in answer else []
    inside = [record for one in answer.values() for record in _salesforce_records(one)]
    return [one for one in (*own, *inside) if isinstance(one["attributes"].get("type"), str)]


def _written(body: Any) -> list[dict[str, Any]]:
    records = body.get("records") if isinstance(body, dict) else None
    return [one for one in records or [] if isinstance(one, dict)]
