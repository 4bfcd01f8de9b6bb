"""A copy of two accounts with objects of their own, pipelines and record types."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.copying import copied_lines
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from tests.integration.admin import at_work
from tests.scenario.object_shapes import OBJECT_SEED
from tests.scenario.test_objects import IN_RENEWALS, MACHINES, deals

_MAPPING = deals(
    more="pipeline: Renewals\nrecord_type: Renewal\ncreate: {hubspot: {when: 'true'}}",
    stages=IN_RENEWALS,
)


def _records() -> list[JsonObject]:
    opportunity: JsonObject = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
    opportunities: list[JsonObject] = [
        {
            "system": "salesforce",
            "object": "Opportunity",
            "key": name,
            "fields": {**opportunity, "Name": name, "RecordTypeId": {"key": kind}},
        }
        for name, kind in (("one", "Renewal"), ("two", "Renewal"), ("three", "New_Business"))
    ]
    return [
        *opportunities,
        {
            "system": "hubspot",
            "object": "deals",
            "key": "d",
            "properties": {"dealname": "two", "pipeline": "renewals", "dealstage": "7102"},
        },
        {
            "system": "hubspot",
            "object": "machines",
            "key": "m",
            "properties": {"serial": "A1", "state": "running"},
        },
    ]


@pytest.mark.parametrize("name", ["machines", "p_machines", "2-50000001"])
def test_copy_is_worked_with_as_the_accounts_are(tmp_path: Path, name: str) -> None:
    machines = MACHINES.replace("hubspot: machines", f"hubspot: {name}")
    with at_work(
        tmp_path / "project", Sandbox([*OBJECT_SEED, *_records()]), mapping=_MAPPING
    ) as admin:
        (admin.folder / "mappings" / "machines.yaml").write_text(machines, encoding="utf-8")
        lines = list(copied_lines(admin.folder, admin.sandbox.environment()))
        planned = admin.type("plan").document["operations"]

    with at_work(tmp_path / "again", Sandbox(lines), mapping=_MAPPING) as copy:
        (copy.folder / "mappings" / "machines.yaml").write_text(machines, encoding="utf-8")
        assert [_said(one) for one in copy.type("plan").document["operations"]] == [
            _said(one) for one in planned
        ]
        done = copy.sync()
        assert done.exit == 0, done.document
        assert done.document["pairs"]["deals"]["hubspot"]["linked"] == 1
        assert done.document["pairs"]["deals"]["hubspot"]["created"] == 1
        assert done.document["pairs"]["deals"]["salesforce"]["left_out"] == 1
        assert done.document["pairs"]["machines"]["salesforce"]["created"] == 1
        assert copy.sync().saved == 0


def _said(operation: dict[str, object]) -> object:
    return operation["pair"], operation["kind"], operation["side"], operation["fields"]
