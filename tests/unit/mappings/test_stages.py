"""Which fields of a pair say how far its records have come."""

from __future__ import annotations

from pathlib import Path

import pytest

from mappings.bind import bind
from mappings.lifecycle.reading import read_lifecycle
from mappings.loader import load_mapping
from mappings.model import PairMapping
from sync.domain.record import Side
from sync.domain.schema import FieldKind, ObjectShape
from sync.domain.stages import StageFields
from tests.scenario.object_shapes import HUBSPOT_OBJECTS, SALESFORCE_OBJECTS
from tests.unit.mappings.shapes import LEFT, RIGHT, contacts, shape, with_field

STAGED = with_field(
    LEFT,
    shape("lifecyclestage", FieldKind.CHOICE, options=("lead", "customer")),
    shape("hs_lead_status", FieldKind.CHOICE, options=("NEW", "OPEN")),
)
RULES = """
stages:
  - name: lead
    hubspot: {lifecyclestage: lead, hs_lead_status: NEW}
    salesforce: {Lead.Status: Open}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
"""
PEOPLE = (Side.LEFT, "contacts")
LEADS = (Side.RIGHT, "Lead")


def stages(pair: PairMapping, rules: Path | None = None) -> dict[tuple[Side, str], StageFields]:
    lifecycle = read_lifecycle(rules)[0] if rules is not None else None
    return dict(bind(pair, STAGED, RIGHT, lifecycle=lifecycle).stages)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "lifecycle.yaml"
    file.write_text(RULES, encoding="utf-8")
    return file


def test_stages_of_people_count_where_they_are_mapped() -> None:
    assert stages(contacts("first: firstname <-> FirstName")) == {}
    found = stages(contacts("far: lifecyclestage -> Lead.Status"))
    assert found[PEOPLE] == StageFields(
        fields=("lifecyclestage",), names={"lifecyclestage": "far"}, thorough=False
    )
    assert found[LEADS].names == {"Status": "far"}
    assert (Side.RIGHT, "Contact") not in found


def test_lifecycle_names_the_stages_of_people_mapped_or_not(rules: Path) -> None:
    found = stages(contacts("far: lifecyclestage <- Lead.Status"), rules)
    assert found[PEOPLE].fields == ("lifecyclestage", "hs_lead_status")
    # What no line reads is read as the stage it stands for, which tells whether it moved.
    assert found[PEOPLE].names == {"lifecyclestage": "far"}
    assert not found[PEOPLE].thorough
    assert found[LEADS].fields == ("Status",)


def test_lifecycle_is_about_people_only(rules: Path) -> None:
    text = b"pair: companies\nhubspot: companies\nsalesforce: Account\nfirst_sync: hubspot\n"
    pair = load_mapping(text + b"match: [name]\nfields: {name: name <-> Name}\n", file="c.yaml")
    assert stages(pair, rules) == {}


def test_stages_of_deals_count_mapped_or_not() -> None:
    text = b"pair: deals\nhubspot: deals\nsalesforce: Opportunity\nfirst_sync: hubspot\n"
    text += b"match: [name]\nfields: {name: dealname <-> Name}\n"
    pair = load_mapping(text, file="deals.yaml")
    left: dict[str, ObjectShape] = {"deals": HUBSPOT_OBJECTS["deals"]}
    right: dict[str, ObjectShape] = {"Opportunity": SALESFORCE_OBJECTS["Opportunity"]}
    found = bind(pair, left, right).stages
    assert found[Side.LEFT, "deals"].fields == ("dealstage",)
    assert found[Side.RIGHT, "Opportunity"].fields == ("StageName",)
    assert [one.of_all for one in found.values()] == [False, True]
    assert all(one.thorough for one in found.values())
