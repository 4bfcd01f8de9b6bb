"""Owners by name wherever a person reads values, and what the doctor says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.memory import MemoryBench, MemoryCrm
from console.doctor.findings import Finding, Level
from console.doctor.people import check_people
from console.mapping_words import rows
from console.owner_names import OwnerNames
from mappings.loader import load_mappings
from mappings.model import PairMapping
from mappings.people import People
from sync.domain.errors import CredentialError, DailyQuotaError
from sync.domain.merge import Reason
from sync.domain.people import Person, PersonKind
from sync.domain.plan import FieldWrite, Held, Item, ItemKind
from sync.domain.record import RecordRef, Side
from tests.contract.sandboxes import StandingClock
from tests.scenario.shapes import HUBSPOT_SHAPES, SALESFORCE_SHAPES
from tests.scenario.world import people as people_mapping

L, R = Side.LEFT, Side.RIGHT
OWNER = "owner: {map: hubspot_owner_id %s OwnerId, type: user%s}"
ADA_LEFT = Person(id="41", name="Ada", email="Ada@example.com")
ADA_RIGHT = Person(id="005A", name="Ada", email="ada@example.com")
INBOUND = Person(id="00G1", name="Inbound", kind=PersonKind.QUEUE, owns=("Lead",))
NAMES = OwnerNames(
    fields=frozenset({("contacts", "owner")}),
    directory=People({L: [ADA_LEFT], R: [ADA_RIGHT, INBOUND]}),
)


def item(name: str, pair: str = "contacts") -> Item:
    return Item(
        pair=pair,
        kind=ItemKind.MERGE,
        link_id=1,
        left=RecordRef("contacts", "1"),
        right=RecordRef("Lead", "00Q1"),
        writes=(
            FieldWrite(
                side=R,
                name=name,
                native_name="OwnerId",
                old="00G1",
                new="005A",
                origin="41",
                reason=Reason.EDITED_ALONE,
            ),
        ),
        held=(Held(name=name, left="41", right="005X", reason=Reason.HOLD_SEVERAL),),
    )


def test_plan_shows_people_and_queues_by_name() -> None:
    shown = NAMES.item(item("owner"))

    [write], [held] = shown.writes, shown.held
    assert (write.old, write.new, write.origin) == (
        "queue Inbound",
        "ada@example.com",
        "ada@example.com",
    )
    assert (held.left, held.right) == ("ada@example.com", "005X"), "nobody known stays an id"


@pytest.mark.parametrize("other", [item("title"), item("owner", "companies")])
def test_other_fields_are_shown_as_they_are(other: Item) -> None:
    assert NAMES.item(other) is other


# --- the doctor ---------------------------------------------------------------------------------


def pair_with(folder: Path, *fields: str, more: str = "") -> PairMapping:
    text = people_mapping(*fields, objects="Contact | Lead", more=more)
    (folder / "contacts.yaml").write_text(text)
    return load_mappings(folder)[0]


def examined(
    pair: PairMapping, left: tuple[Person, ...], right: tuple[Person, ...], **faults: Exception
) -> list[Finding]:
    crms: dict[Side, MemoryCrm] = {}
    shapes = {L: HUBSPOT_SHAPES, R: SALESFORCE_SHAPES}
    for side, title, everybody in ((L, "HubSpot", left), (R, "Salesforce", right)):
        crms[side] = MemoryCrm(
            title,
            shapes[side],
            clock=StandingClock().now,
            shows_gone_in_changes=False,
        )
        bench = MemoryBench(crms[side])
        for one in everybody:
            bench.employ(one)
        if title in faults:
            bench.fail("before", faults[title], on="people")
    return list(check_people(crms, [pair], shapes))


def told(found: list[Finding]) -> list[tuple[Level, str]]:
    return [(one.level, one.about) for one in found]


def test_doctor_counts_owners_without_a_counterpart_and_names_nobody(tmp_path: Path) -> None:
    ben = Person(id="42", name="Ben", email="ben@example.com")
    pair = pair_with(tmp_path, OWNER % ("->", ""))

    [found] = examined(pair, (ADA_LEFT, ben), (ADA_RIGHT,))

    assert (found.check, found.level, found.about) == ("people", Level.NOTE, "HubSpot")
    assert found.message.startswith("1 of its active owners have no active user in Salesforce")
    assert "@" not in found.message + found.fix
    assert "revloop mappings check --live" in found.fix


def test_doctor_is_content_where_everybody_is_on_both_sides(tmp_path: Path) -> None:
    found = examined(pair_with(tmp_path, OWNER % ("<->", "")), (ADA_LEFT,), (ADA_RIGHT, INBOUND))

    assert told(found) == [(Level.GOOD, "HubSpot"), (Level.GOOD, "Salesforce")]


def test_doctor_finds_one_address_of_two_users(tmp_path: Path) -> None:
    twin = Person(id="005B", name="Ada B", email="ADA@example.com")

    found = examined(pair_with(tmp_path, OWNER % ("<-", "")), (ADA_LEFT,), (ADA_RIGHT, twin))

    assert told(found) == [(Level.GOOD, "Salesforce"), (Level.NOTE, "Salesforce")]
    assert "1 e-mail addresses belong to several active users" in found[1].message


def test_doctor_finds_a_fallback_that_is_nobody(tmp_path: Path) -> None:
    company = 'company: {map: company -> Lead.Company, if_blank: "-"}'
    more = "create: {salesforce: {as: Lead}}"
    pair = pair_with(tmp_path, OWNER % ("->", ", fallback: queue Outbound"), company, more=more)

    found = examined(pair, (ADA_LEFT,), (ADA_RIGHT, INBOUND))

    assert told(found)[0] == (Level.MEND, "contacts")
    assert "Salesforce has no queue Outbound" in found[0].message


def test_doctor_reads_nobody_where_no_field_names_people(tmp_path: Path) -> None:
    fault = CredentialError("nobody may read owners")

    assert examined(pair_with(tmp_path), (ADA_LEFT,), (), HubSpot=fault) == []


@pytest.mark.parametrize(
    ("fault", "level"),
    [
        (CredentialError("the token lacks a scope"), Level.MEND),
        (DailyQuotaError("the day's calls are used up"), Level.NOTE),
    ],
)
def test_owners_that_cannot_be_read_are_a_finding(
    tmp_path: Path, fault: Exception, level: Level
) -> None:
    found = examined(pair_with(tmp_path, OWNER % ("<->", "")), (), (), HubSpot=fault)

    assert told(found) == [(level, "HubSpot")]
    assert str(fault) in found[0].message


def test_mapping_as_a_table_says_who_owns_new_records(tmp_path: Path) -> None:
    company = 'company: {map: company -> Lead.Company, if_blank: "-"}'
    more = "create: {salesforce: {as: Lead}}"
    line = OWNER % ("->", ", fallback: queue Inbound")

    shown = {row.field: row.values for row in rows(pair_with(tmp_path, line, company, more=more))}

    assert shown["owner"] == ("new records nobody owns here: queue Inbound",)
