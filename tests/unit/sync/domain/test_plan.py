"""Items of a plan: what they touch, how they are kept and what they are printed as."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Held, Item, ItemKind, OperationKind, Refused, operations
from sync.domain.record import Native, RecordRef, Side

ADA = RecordRef("people", "1")
LOVELACE = RecordRef("Contact", "2")


def write(side: Side = Side.RIGHT, name: str = "title", *, old: Native, new: Native) -> FieldWrite:
    return FieldWrite(
        side=side,
        name=name,
        native_name=name.title(),
        old=old,
        new=new,
        origin=new,
        raw=new,
        reason=Reason.EDITED_ALONE,
        overruled=Side.RIGHT,
    )


def item(kind: ItemKind = ItemKind.MERGE, **more: Any) -> Item:
    return Item(pair="contacts", kind=kind, left=ADA, right=LOVELACE, link_id=7, **more)


FULL = item(
    side=Side.RIGHT,
    object_name="Contact",
    writes=(write(old="CEO", new=None), write(Side.LEFT, "city", old=None, new="Bonn")),
    keys={Side.LEFT: {"salesforce_id": "2"}},
    settled={"level": ("VP", "C-Level")},
    seen={"score": ("1.5", None)},
    held=(Held(name="email", left="a", right="b", reason=Reason.HOLD_UNSURE, why="w"),),
    refused=(
        Refused(side=Side.RIGHT, name="code", native_name="Code", code="c", message="m", fix="f"),
    ),
    why="because",
    group="0:abc",
    others=((Side.LEFT, RecordRef("people", "3")),),
    archive=True,
)


@pytest.mark.parametrize(
    "one",
    [FULL, Item(pair="contacts", kind=ItemKind.HOLD)],
    ids=["full", "bare"],
)
def test_item_comes_back_from_json_as_it_was(one: Item) -> None:
    assert Item.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.parametrize("spoil", ["kind", "writes", "archive"])
def test_foreign_data_is_no_item(spoil: str) -> None:
    data = FULL.to_json()
    data[spoil] = "?" if spoil != "archive" else data.pop("pair")

    with pytest.raises((KeyError, TypeError, ValueError)):
        Item.from_json(data)


def test_item_tells_its_records_and_writes_by_side() -> None:
    assert (FULL.ref(Side.LEFT), FULL.ref(Side.RIGHT)) == (ADA, LOVELACE)
    assert [one.name for one in FULL.writes_on(Side.LEFT)] == ["city"]
    assert [one.name for one in FULL.writes_on(Side.RIGHT)] == ["title"]


def test_item_touches_the_sides_it_writes_fields_or_ids_to() -> None:
    assert item().touches == frozenset()
    assert item(writes=(write(old="a", new="b"),)).touches == {Side.RIGHT}
    assert item(keys={Side.LEFT: {"id": "2"}, Side.RIGHT: {}}).touches == {Side.LEFT}


def test_create_touches_no_record_that_exists() -> None:
    made = item(ItemKind.CREATE, side=Side.RIGHT, writes=(write(old=None, new="b"),))

    assert made.touches == frozenset()


def test_only_values_that_are_emptied_count_as_blanks() -> None:
    writes = (write(old="a", new=None), write(old=None, new=None), write(old="a", new="b"))

    assert item(writes=writes).blanks == 1


def test_identity_does_not_depend_on_run_or_order() -> None:
    first, second = write(old="a", new="b"), write(name="city", old="a", new="b")

    one = item(writes=(first, second), why="x")
    other = Item(
        pair="contacts", kind=ItemKind.MERGE, left=ADA, right=LOVELACE, writes=(second, first)
    )
    assert one.identity == other.identity


@pytest.mark.parametrize(
    "changed",
    [
        item(writes=(write(old="a", new="c"),)),
        item(writes=(write(old="x", new="b"),)),
        item(),
        item(archive=True, writes=(write(old="a", new="b"),)),
        item(ItemKind.LINK, writes=(write(old="a", new="b"),)),
    ],
)
def test_identity_differs_where_the_intention_does(changed: Item) -> None:
    assert changed.identity != item(writes=(write(old="a", new="b"),)).identity


LEFT_WRITE = write(Side.LEFT, "city", old=None, new="Bonn")
RIGHT_WRITE = write(old="a", new="b")
BOTH = (RIGHT_WRITE, LEFT_WRITE)
UPDATES = [
    (OperationKind.UPDATE, Side.LEFT, (LEFT_WRITE,)),
    (OperationKind.UPDATE, Side.RIGHT, (RIGHT_WRITE,)),
]
LINKED = [(OperationKind.LINK, None, ())]
UNLINKED = [(OperationKind.UNLINK, None, ())]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (item(writes=BOTH), UPDATES),
        (item(ItemKind.LINK, writes=BOTH), LINKED + UPDATES),
        (item(ItemKind.WAKE), LINKED),
        (
            item(ItemKind.CREATE, side=Side.RIGHT, writes=(RIGHT_WRITE,)),
            [(OperationKind.CREATE, Side.RIGHT, (RIGHT_WRITE,))],
        ),
        (item(ItemKind.UNLINK), UNLINKED),
        (
            item(ItemKind.UNLINK, side=Side.RIGHT, archive=True),
            [(OperationKind.ARCHIVE, Side.RIGHT, ()), *UNLINKED],
        ),
        (item(ItemKind.HOLD), []),
        (item(ItemKind.LEAVE_OUT), []),
        (item(ItemKind.SLEEP), []),
    ],
)
def test_item_is_printed_as_operations_in_the_order_they_are_applied(
    one: Item, expected: list[object]
) -> None:
    assert list(operations(one)) == expected
