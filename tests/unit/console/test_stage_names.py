"""Stages and pipelines as people read them in plans and stories."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from console.owner_names import owner_names
from mappings.model import PairMapping
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Item, ItemKind
from sync.domain.record import RecordRef, Side
from sync.engine.shapes import shape_to_json
from sync.state import SqlStore, open_store
from tests.unit.mappings.test_objects import LEFT, RIGHT, deals

STAGE = "at: {map: dealstage <-> StageName, values: {%s}}"


@pytest.fixture
def store() -> Iterator[SqlStore]:
    with closing(open_store("sqlite://")) as store:
        for side, name, shape in (
            (Side.LEFT, "deals", LEFT["deals"]),
            (Side.RIGHT, "Opportunity", RIGHT["Opportunity"]),
        ):
            note = json.dumps({"shape": shape_to_json(shape)})
            store.runs.keep_note(f"shape:{side.value}:{name}", note)
        yield store


def read(store: SqlStore, pair: PairMapping, name: str, side: Side, value: str) -> str | None:
    return owner_names(store, [pair]).value("deals", name, side, value)


def test_a_stage_is_read_by_its_label(store: SqlStore) -> None:
    pair = deals(STAGE % "Offer out: Open", more="pipeline: Renewals\n")
    assert read(store, pair, "at", Side.LEFT, "7101") == "Offer out"
    assert read(store, pair, "at", Side.LEFT, "gone long ago") == "gone long ago"
    assert read(store, pair, "at", Side.RIGHT, "7101") == "7101"


def test_a_stage_the_file_writes_by_its_id_is_read_by_it(store: SqlStore) -> None:
    pair = deals(STAGE % "7101: Open", more="pipeline: Renewals\n")
    assert read(store, pair, "at", Side.LEFT, "7101") == "7101"
    assert read(store, pair, "at", Side.LEFT, "won") == "Closed won"


def test_parts_of_both_sides_are_read_by_their_names(store: SqlStore) -> None:
    pair = deals(more="pipeline: 77\nrecord_type: Renewal\n")
    assert read(store, pair, "hubspot.pipeline", Side.LEFT, "77") == "Renewals"
    assert read(store, pair, "salesforce.record_type", Side.RIGHT, "012B") == "Renewal"
    assert read(store, deals(), "name", Side.LEFT, "77") == "77"


def test_a_plan_is_shown_with_names_and_stays_as_it_is(store: SqlStore) -> None:
    pair = deals(STAGE % "Offer out: Open", more="pipeline: Renewals\n")
    write = FieldWrite(
        side=Side.LEFT,
        name="at",
        native_name="dealstage",
        old="7102",
        new="7101",
        origin="Open",
        reason=Reason.EDITED_ALONE,
    )
    item = Item(pair="deals", kind=ItemKind.MERGE, left=RecordRef("deals", "1"), writes=(write,))

    shown = owner_names(store, [pair]).item(item).writes[0]

    assert (shown.old, shown.new, shown.origin) == ("Closed won", "Offer out", "Open")
    assert item.writes[0].new == "7101"
