"""Lists of any length are read in the same memory, and what is missing from them is found."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.identity import Directories
from mappings.loader import load_mapping
from mappings.relations import with_relations
from sync.domain.ports import ChangeQuery, Crm
from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import RowEnds
from sync.engine.owned import read_owned
from sync.engine.pull import Reading
from sync.engine.references import LinkedPair
from sync.engine.session import Session, Settings
from sync.state import SqlStore, open_store
from tests.scenario.relation_shapes import HUBSPOT_RELATIONS, SALESFORCE_RELATIONS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = "campaigns/contacts"
OWNER = "a-campaign"
FILE = b"""
pair: campaigns
hubspot: campaigns
salesforce: Campaign
first_sync: hubspot
match: [name]
fields: {name: hs_name <-> Name}
members: {pair: contacts, lists: {members: [Sent], responded: [Responded]}}
"""
#: What references have looked up stays so for a while, which is little beside the rows.
_MOST = 2


class _Lists:
    """A CRM that has one list, made up as it is read."""

    title = "HubSpot"

    def __init__(self, rows: range) -> None:
        self.rows = rows

    def find(
        self, object_name: str, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        for owner in values:
            for number in self.rows:
                member = f"person-{number:06}"
                yield Record(
                    ref=RecordRef(object_name, f"{owner}:{member}"),
                    fields={"owner": owner, "member": member, "label": "members"},
                    stamp=NOW,
                )


def members(store: SqlStore) -> BoundPair:
    (_, pair) = with_relations([load_mapping(FILE, file="campaigns.yaml")])

    def records(name: str, objects: object) -> LinkedPair:
        known = {
            Side.LEFT: (name,),
            Side.RIGHT: ("Campaign" if name == "campaigns" else "Contact",),
        }
        return LinkedPair(name, known, links=store.links)

    return bind(
        pair, HUBSPOT_RELATIONS, SALESFORCE_RELATIONS, directories=Directories(records=records)
    )


def session(store: SqlStore, pair: BoundPair, rows: range) -> Session:
    crm = cast(Crm, _Lists(rows))
    return Session(
        pairs=(pair,),
        crms=dict.fromkeys(Side, crm),
        store=store,
        settings=Settings(chunk=200),
        clock=lambda: NOW,
        sleep=lambda seconds: None,
        run=store.runs.begin("sync", NOW),
    )


def reading(pair: BoundPair) -> Reading:
    query = ChangeQuery(object_name=ROWS, fields=("label", "member", "owner"), since=None)
    return Reading(
        pair=pair,
        side=Side.LEFT,
        object_name=ROWS,
        mark=None,
        query=query,
        read_at=NOW,
        owners=(OWNER,),
    )


def peak_of(rows: int) -> int:
    """Give the most memory that reading a list takes."""
    with open_store("sqlite://") as store:
        pair = members(store)
        at_work = session(store, pair, range(rows))
        tracemalloc.start()
        read_owned(at_work, [reading(pair)])
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        (page,) = store.staging.of_object(pair.name, Side.LEFT, ROWS, size=rows)
        assert len(page) == rows
    return peak


def test_peak_memory_does_not_grow_with_the_length_of_a_list() -> None:
    peak_of(200)

    assert peak_of(2_500) <= _MOST * peak_of(500)


def test_rows_that_a_list_lacks_by_now_are_gone() -> None:
    with open_store("sqlite://") as store:
        pair = members(store)
        first = session(store, pair, range(30))
        read_owned(first, [reading(pair)])
        store.staging.keep(pair.name)
        store.staging.clear()
        left = RowEnds(ref=RecordRef(ROWS, "b:person"), owner="b", member="person", waits=True)
        store.ends.note(pair.name, Side.LEFT, [left], run=first.run)

        read_owned(session(store, pair, range(3, 30)), [reading(pair)])

        (page,) = store.staging.of_object(pair.name, Side.LEFT, ROWS, size=100)
        gone = {one.record.ref.id for one in page if one.record.gone}
    assert gone == {f"{OWNER}:person-{number:06}" for number in range(3)}
