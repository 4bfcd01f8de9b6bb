"""Pairs of one pipeline, and of objects without keys, as `mappings show` tells of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli import cli
from console.mapping_words import about
from mappings.loader import load_mapping
from mappings.model import PairMapping


def pair(text: str) -> PairMapping:
    whole = f"{text}first_sync: salesforce\nmatch: [name]\nfields: {{name: a <-> B}}\n"
    return load_mapping(whole.encode(), file="m.yaml")


DEALS = "pair: deals\nhubspot: deals\nsalesforce: Opportunity\n"
MACHINES = "pair: m\nhubspot: machines\nsalesforce: Machine__c\n"


def test_the_part_a_pair_keeps_is_told() -> None:
    facts = dict(about(pair(f"{DEALS}pipeline: Renewals\nrecord_type: Renewal\n")))
    assert facts["Kept in HubSpot"] == "deals of the pipeline Renewals only"
    assert facts["Kept in Salesforce"] == "Opportunity of the record type Renewal only"
    assert not {"Kept in HubSpot", "Kept in Salesforce"} & dict(about(pair(DEALS))).keys()


def test_where_ids_are_kept_is_told_if_anywhere() -> None:
    assert dict(about(pair(MACHINES)))["Ids are kept in"] == "neither CRM"
    one_sided = pair(f"{MACHINES}keys: {{salesforce: Hub__c}}\n")
    assert dict(about(one_sided))["Ids are kept in"] == "Salesforce Hub__c"


def test_json_has_the_part_and_the_keys(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    rest = "first_sync: salesforce\nmatch: [name]\nfields: {name: a <-> B}\n"
    for name, text in (("deals", f"{DEALS}pipeline: Renewals\n"), ("m", MACHINES)):
        (tmp_path / "mappings" / f"{name}.yaml").write_text(text + rest, encoding="utf-8")

    told = {name: shown(tmp_path, name) for name in ("deals", "m")}

    assert (told["deals"]["pipeline"], told["deals"]["record_type"]) == ("Renewals", None)
    assert told["deals"]["keys"] == {
        "hubspot": "salesforce_id",
        "salesforce": "HubSpot_Deal_Id__c",
    }
    assert told["m"]["keys"] == {"hubspot": None, "salesforce": None}


def shown(project: Path, name: str) -> dict[str, Any]:
    command = ["mappings", "show", name, "--json", "--project", str(project)]
    result = CliRunner().invoke(cli, command)
    document: dict[str, Any] = json.loads(result.stdout)
    return document
