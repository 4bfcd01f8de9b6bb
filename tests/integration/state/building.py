"""Values the tests of the state are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Item, ItemKind
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import (
    AuditEntry,
    Changes,
    ConflictKind,
    NewConflict,
    NewError,
    NewLink,
    RecordState,
    ShadowUpdate,
    Sighting,
    SightingKind,
    TrackedRecord,
)
from sync.state import SqlStore

PAIR = "contacts"
NOW = datetime(2026, 3, 31, 22, 14, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def left(number: int | str) -> RecordRef:
    """Give a record of the left side."""
    return RecordRef("contacts", str(number))


def right(number: int | str) -> RecordRef:
    """Give a record of the right side."""
    return RecordRef("Contact", f"003{number}")


def ref(side: Side, number: int | str) -> RecordRef:
    """Give a record of either side."""
    return left(number) if side is Side.LEFT else right(number)


def sighting(
    number: int | str,
    *,
    side: Side = Side.LEFT,
    kind: SightingKind = SightingKind.NEW,
    link_id: int | None = None,
    fields: Mapping[str, Native] | None = None,
    stamp: datetime = NOW,
    included: bool = True,
    why: str = "",
    keys: tuple[tuple[int, str], ...] = (),
    counterpart: str | None = None,
) -> Sighting:
    """Give a record as pulled."""
    return Sighting(
        side=side,
        record=Record(
            ref=ref(side, number),
            fields=fields or {"email": f"{number}@example.com"},
            stamp=stamp,
            created=NOW - MINUTE,
            gone=kind is SightingKind.GONE,
        ),
        kind=kind,
        link_id=link_id,
        included=included,
        why=why,
        keys=keys,
        counterpart=counterpart,
    )


def tracked(
    number: int | str,
    state: RecordState,
    *,
    side: Side = Side.LEFT,
    stamp: datetime = NOW,
    why: str = "",
) -> TrackedRecord:
    """Give what is known of a record."""
    return TrackedRecord(
        side=side, ref=ref(side, number), stamp=stamp, created=None, state=state, why=why
    )


def shadow(link_id: int, side: Side, **base: Native) -> ShadowUpdate:
    """Give a shadow whose values are those last seen."""
    return ShadowUpdate(link_id=link_id, side=side, base=base, seen=base, read_at=NOW)


def write(link_id: int, field: str, after: Native) -> AuditEntry:
    """Give the audit of a field write."""
    return AuditEntry(
        pair=PAIR, link_id=link_id, kind="write", field=field, side=Side.RIGHT, after=after
    )


def held(
    link_id: int | None, field: str = "phone", *, group: str = "", **values: Native
) -> NewConflict:
    """Give a held field of a link, or a held group."""
    return NewConflict(
        pair=PAIR,
        kind=ConflictKind.DUPLICATE if group else ConflictKind.FIELD,
        records=((Side.LEFT, left(1)), (Side.RIGHT, right(1))),
        link_id=link_id,
        field="" if group else field,
        group=group,
        left=values.get("left"),
        right=values.get("right"),
        reason="both edited",
        proposal="take left",
    )


def failed(
    number: int | str = 1,
    *,
    field: str = "phone",
    link_id: int | None = None,
    code: str = "INVALID",
    creating: bool = False,
) -> NewError:
    """Give a refused value on the right, or a refused create there."""
    return NewError(
        pair=PAIR,
        side=Side.RIGHT,
        ref=None if creating else right(number),
        origin=left(number),
        link_id=link_id,
        field=field,
        category="validation",
        code=code,
        message="the value is too long",
        fix="shorten it",
    )


def item(number: int, *, pair: str = PAIR, kind: ItemKind = ItemKind.MERGE) -> Item:
    """Give an item of a plan that writes one field."""
    return Item(
        pair=pair,
        kind=kind,
        left=left(number),
        right=right(number),
        writes=(
            FieldWrite(
                side=Side.RIGHT,
                name="phone",
                native_name="Phone",
                old="1",
                new=str(number),
                origin="2",
                reason=Reason.EDITED_ALONE,
            ),
        ),
    )


def link(store: SqlStore, number: int | str = 1, *, pair: str = PAIR) -> int:
    """Make a link and give its id."""
    new = NewLink(token=-1, pair=pair, left=left(number), right=right(number))
    return store.commit(Changes(links=[new]), run=1, at=NOW).link_ids[-1]


def keep(store: SqlStore, *sightings: Sighting) -> None:
    """Stage records and keep them, as a run without a commit does."""
    store.staging.add(PAIR, sightings)
    store.staging.keep(PAIR)
