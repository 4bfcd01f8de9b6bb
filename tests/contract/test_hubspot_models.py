"""The models hold: what keeps to them passes, what strays is told, exceptions are needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.traffic import Spoken
from tests.conftest import ROOT
from tests.contract.hubspot_exceptions import EXCEPTIONS
from tests.contract.hubspot_models import Listener
from tests.contract.hubspot_spec import Spec

CONTACTS = "/crm/v3/objects/contacts"
DOCS = ROOT / "docs" / "sandbox.md"
RECORD = {
    "id": "1",
    "properties": {"email": None},
    "createdAt": "2026-01-05T09:00:00.000Z",
    "updatedAt": "2026-01-05T09:00:00.000Z",
    "archived": False,
}


@pytest.fixture
def spec(hubspot_spec: Spec | None) -> Spec:
    if hubspot_spec is None:
        pytest.skip("no models: the folder of HubSpot's operations and models is missing")
    return hubspot_spec


def heard(
    spec: Spec,
    method: str = "GET",
    path: str = f"{CONTACTS}/1",
    *,
    status: int = 200,
    answer: object = RECORD,
    body: object = None,
    query: str = "",
) -> list[str]:
    listener = Listener(spec)
    listener(
        Spoken(
            method=method,
            path=path,
            query=query,
            headers=(),
            body=b"" if body is None else json.dumps(body).encode(),
            status=status,
            answer_headers=(("content-type", "application/json;charset=utf-8"),),
            answer=b"" if answer is None else json.dumps(answer).encode(),
            fault="",
        )
    )
    return listener.violations()


def test_call_as_published_passes(spec: Spec) -> None:
    assert heard(spec, query="properties=a&properties=b&archived=False") == []
    assert heard(spec, path="/crm/objects/2026-09/contacts/1") == []
    assert heard(spec, "DELETE", status=204, answer=None) == []


@pytest.mark.parametrize(
    "answer",
    [
        {**RECORD, "id": 1},
        {**RECORD, "createdAt": "2026-01-05"},
        {**RECORD, "updatedAt": 1767603600000},
        {**RECORD, "extra": 1},
        {name: value for name, value in RECORD.items() if name != "properties"},
        {**RECORD, "properties": {"email": 1}},
        [],
        None,
    ],
)
def test_answer_that_strays_is_told(spec: Spec, answer: object) -> None:
    assert heard(spec, answer=answer)


@pytest.mark.parametrize(
    "call",
    [
        {"status": 201},
        {"query": "colour=red"},
        {"query": "archived=true&archived=true"},
        {"body": {"properties": {}}},
        {"method": "DELETE", "status": 204},
        {"method": "DELETE", "status": 200},
        {"method": "PATCH", "body": {"values": {}}},
        {"path": "/crm/v3/poems/1"},
        {"path": "/crm/v9/objects/contacts/1"},
        {"status": 404, "answer": {"message": "no", "category": "OBJECT_NOT_FOUND"}},
    ],
)
def test_call_that_strays_is_told(spec: Spec, call: dict) -> None:
    assert heard(spec, **call)


def test_refused_call_may_be_anything_but_its_error_is_hubspots(spec: Spec) -> None:
    error = {"status": "error", "message": "no", "correlationId": "1", "category": "X"}
    assert heard(spec, "POST", CONTACTS, status=400, body={"nope": 1}, answer=error) == []


@pytest.mark.data
def test_recorded_answers_keep_to_the_same_models(spec: Spec, hubspot_recordings: Path) -> None:
    wrong = []
    for name in (
        "get-contact",
        "get-company",
        "list-contacts",
        "list-companies",
        "create-property",
    ):
        recorded = json.loads((hubspot_recordings / f"{name}.json").read_text(encoding="utf-8"))
        for method, paths in recorded.items():
            for path, exchange in paths.items():
                kept = method.upper(), path if path.startswith("/") else f"/{path}"
                status = 201 if name.startswith("create") else 200
                body = None if method == "get" else {"name": "n", "label": "l", "type": "string"}
                if body is not None:
                    body |= {"fieldType": "text", "groupName": "contactinformation"}
                answer = exchange["response"]
                told = heard(spec, *kept, status=status, answer=answer, body=body)
                wrong += [f"{name}: {one}" for one in told]
    assert wrong == []


def test_every_exception_is_in_the_documentation() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [each.field for each in EXCEPTIONS if f"`{each.field}`" not in text] == []
