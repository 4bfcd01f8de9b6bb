"""Settling held items: what was decided is kept in the state, and the next sync carries it out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.owner_names import OwnerNames, owner_names
from console.words import SIDES, TITLES, refs_json
from mappings.words import FieldType
from sync.domain.errors import UsageError
from sync.domain.funnel import STAGE
from sync.domain.record import RecordRef, Side, native_moment
from sync.domain.resolutions import Resolution, Take
from sync.domain.store import Conflict, ConflictKind

if TYPE_CHECKING:
    from console.wiring import Workshop
    from mappings.model import FieldMapping, PairMapping
    from sync.state import SqlStore

__all__ = ["Cannot", "resolve", "settle"]

_TAKES = {"hubspot": Take.LEFT, "salesforce": Take.RIGHT}


@dataclass(frozen=True, slots=True)
class Cannot:
    """Why an item cannot be resolved in this way, and what to do instead."""

    why: str


def resolve(
    folder: Path,
    ids: Sequence[int],
    *,
    as_json: bool,
    take: str | None,
    withdraw: bool = False,
    pairs: Sequence[str] = (),
    fields: Sequence[str] = (),
    every: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Keep what is taken for held items, or take it back; give the exit code.

    Which items: those named by `ids`, else all of some `pairs` and `fields`, else `every` one.
    """
    from console.wiring import Purpose, open_workshop

    if (take is None) is not withdraw:
        raise UsageError("say what is taken: --take hubspot, --take salesforce or --take VALUE")
    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        store = workshop.store
        items = _chosen(store.findings.conflicts(), ids, pairs=pairs, fields=fields, every=every)
        if take is None:
            return _withdraw(store, items, as_json=as_json)
        owners = owner_names(store, workshop.pairs)
        made = settle(workshop, items, take)
    _tell(made, owners, as_json=as_json)
    return int(any(isinstance(one, Cannot) for _, one in made))


def settle(
    workshop: Workshop, items: Sequence[Conflict], take: str
) -> list[tuple[Conflict, Resolution | Cannot]]:
    """Keep what is taken for held items, and give it by item, or why it cannot be."""
    store, at = workshop.store, workshop.clock()
    mappings = {one.pair: one for one in workshop.pairs}
    made = [(item, _decide(store, mappings.get(item.pair), item, take, at=at)) for item in items]
    store.resolutions.keep([one for _, one in made if isinstance(one, Resolution)])
    return made


def _chosen(
    conflicts: Sequence[Conflict],
    ids: Sequence[int],
    *,
    pairs: Sequence[str],
    fields: Sequence[str],
    every: bool,
) -> list[Conflict]:
    """Give the items that are meant; raises UsageError where there is no such one."""
    if not (ids or pairs or fields or every):
        raise UsageError(
            "say which items: their ids (`revloop conflicts list` shows them), --pair, --field or "
            "--all"
        )
    known = {one.id for one in conflicts}
    if missing := [str(id) for id in ids if id not in known]:
        raise UsageError(
            f"no held item has the id {', '.join(missing)}; it may be settled by now. "
            "`revloop conflicts list` shows those that wait"
        )
    return [
        one
        for one in conflicts
        if (not ids or one.id in ids)
        and (not pairs or one.pair in pairs)
        and (not fields or one.field in fields)
    ]


# --- what an item allows -------------------------------------------------------------------------


def _decide(
    store: SqlStore, pair: PairMapping | None, item: Conflict, take: str, *, at: datetime
) -> Resolution | Cannot:
    """Give what is kept of a decision on one item, or why it cannot be decided so."""
    if pair is None:
        return Cannot("its pair is not in the mapping any more; the next sync of it settles this")
    match item.kind:
        case ConflictKind.FIELD:
            return _field(pair, item, take, at=at)
        case ConflictKind.DELETED:
            return _deleted(store, item, take, at=at)
        case ConflictKind.DUPLICATE:
            return _duplicate(store, item, take, at=at)
        case ConflictKind.MERGED:
            return Cannot(f"revloop merges nothing by itself. {item.proposal}")


def _field(pair: PairMapping, item: Conflict, take: str, *, at: datetime) -> Resolution | Cannot:
    chosen = _TAKES.get(take, Take.VALUE)
    field = pair.fields.get(item.field)
    why = _not_by_value(field, item, take) if chosen is Take.VALUE else None
    if item.field == STAGE:
        why = (
            "a stage moves as lifecycle.yaml says, and not by its two values: set it in either CRM"
        )
    elif field is None:
        why = f"the mapping has no line {item.field!r} any more; the next sync settles this"
    if why is not None:
        return Cannot(why)
    return Resolution(
        conflict=item.id,
        pair=item.pair,
        link_id=item.link_id,
        field=item.field,
        group="",
        take=chosen,
        value=take if chosen is Take.VALUE else None,
        left=item.left,
        right=item.right,
        due=frozenset({chosen.side.other}) if chosen.side is not None else frozenset(Side),
        at=at,
    )


def _not_by_value(field: FieldMapping | None, item: Conflict, take: str) -> str | None:
    """Say why a value of one's own cannot be given."""
    if not take.strip():
        return "an empty value clears nothing: empty the field in the CRMs, or take one side"
    if field is None:
        return None
    if field.source is not None:
        source = TITLES[field.source]
        return (
            f"{item.field} travels from {source} only: enter the value there, or take "
            f"{SIDES[field.source]} (it is written) or {SIDES[field.source.other]} (it stays)"
        )
    if field.type is FieldType.OPT_OUT:
        return "an opt-out is taken from one side, never given as a value"
    return None


def _deleted(store: SqlStore, item: Conflict, take: str, *, at: datetime) -> Resolution | Cannot:
    chosen = _TAKES.get(take)
    if chosen is None:
        return Cannot(
            "one record is deleted and the other was edited: take the side that deleted it (the "
            "other is archived, too) or the side that edited it (it is kept, unlinked)"
        )
    stamps = {side: _last_change(store, item, side) for side in Side}
    return Resolution(
        conflict=item.id,
        pair=item.pair,
        link_id=item.link_id,
        field="",
        group=item.group,
        take=chosen,
        value=None,
        left=stamps[Side.LEFT],
        right=stamps[Side.RIGHT],
        due=frozenset(),
        at=at,
    )


def _last_change(store: SqlStore, item: Conflict, side: Side) -> str | None:
    refs = [ref for at, ref in item.records if at is side]
    known = store.records.get(item.pair, side, refs)
    return native_moment(max(one.stamp for one in known.values())) if known else None


def _duplicate(store: SqlStore, item: Conflict, take: str, *, at: datetime) -> Resolution | Cannot:
    """Link two records of a group: the one named, or one of each side."""
    two = _two_of(item, take)
    if isinstance(two, Cannot):
        return two
    for side, ref in two.items():
        if store.links.of(item.pair, side, [ref]):
            return Cannot(
                f"{TITLES[side]} {ref.id} is linked already. Merge the duplicates in the CRM, or "
                "give them different match keys; the next sync follows"
            )
    return Resolution(
        conflict=item.id,
        pair=item.pair,
        link_id=None,
        field="",
        group=item.group,
        take=Take.LINK,
        value=None,
        left=Resolution.named(two[Side.LEFT]),
        right=Resolution.named(two[Side.RIGHT]),
        due=frozenset(),
        at=at,
    )


def _two_of(item: Conflict, take: str) -> dict[Side, RecordRef] | Cannot:
    """Give which two records of a group are meant by the ids a person gave."""
    by_side = {side: [ref for at, ref in item.records if at is side] for side in Side}
    alone = [side for side in Side if not by_side[side]]
    if alone:
        return Cannot(
            f"all of them are in {TITLES[alone[0].other]}: merge them there, or give them "
            "different match keys; the next sync follows"
        )
    named = [part.strip() for part in take.split(",")]
    two = {
        side: found
        for side, refs in by_side.items()
        if (found := [ref for ref in refs if ref.id in named] or refs) and len(found) == 1
    }
    ids = {ref.id for refs in by_side.values() for ref in refs}
    if not set(named) <= ids or len(two) < len(Side):
        return Cannot(
            "say which two are one: --take ID where one side has a single record, else --take "
            f"HUBSPOT_ID,SALESFORCE_ID. Its records: {', '.join(sorted(ids))}"
        )
    return {side: found[0] for side, found in two.items()}


# --- taking back, and telling --------------------------------------------------------------------


def _withdraw(store: SqlStore, items: Sequence[Conflict], *, as_json: bool) -> int:
    waiting = {one.conflict for one in store.resolutions.all()}
    taken = [one.id for one in items if one.id in waiting]
    store.resolutions.forget(taken)
    if as_json:
        print_json({"withdrawn": taken, "exit": 0})
    else:
        paper().print(f"{len(taken)} taken back: they wait again, and nothing of them is written.")
    return 0


def _tell(
    made: Sequence[tuple[Conflict, Resolution | Cannot]], owners: OwnerNames, *, as_json: bool
) -> None:
    if as_json:
        print_json(_document(made))
        return
    from rich.markup import escape

    out = paper()
    kept = 0
    for item, one in made:
        if isinstance(one, Cannot):
            out.print(f"[yellow]not resolved[/] {_named(item)}: {escape(one.why)}.", soft_wrap=True)
        else:
            kept += 1
            told = _outcome(item, one, owners)
            out.print(f"resolved {_named(item)}: {escape(told)}.", soft_wrap=True)
    if kept:
        out.print(
            "The next sync does this, if no side has been edited by then; `revloop plan` shows it "
            "first, `--withdraw` takes it back."
        )
    elif not made:
        out.print("Nothing like that is held.")


def _document(made: Sequence[tuple[Conflict, Resolution | Cannot]]) -> dict[str, Any]:
    left = [(item, one) for item, one in made if isinstance(one, Cannot)]
    return {
        "resolved": [
            {
                "id": item.id,
                "pair": item.pair,
                "field": item.field or None,
                "records": refs_json(item.records),
                "take": (one.take.side and SIDES[one.take.side]) or one.take.value,
                "value": one.value,
            }
            for item, one in made
            if isinstance(one, Resolution)
        ],
        "not_resolved": [{"id": item.id, "pair": item.pair, "why": one.why} for item, one in left],
        "exit": 1 if left else 0,
    }


def _named(item: Conflict) -> str:
    records = ", ".join(f"{TITLES[side]} {ref.id}" for side, ref in item.records)
    return f"{item.id} ({' '.join(filter(None, (item.pair, item.field)))}; {records})"


def _outcome(item: Conflict, one: Resolution, owners: OwnerNames) -> str:
    side = one.take.side
    if one.take is Take.LINK:
        two = " and ".join(f"{TITLES[at]} {ref.id}" for at in Side if (ref := one.chosen(at)))
        return f"{two} are linked"
    if item.kind is ConflictKind.DELETED:
        assert side is not None
        return f"as {TITLES[side]} has it: archived on both sides, or kept and unlinked"
    if side is None:
        return f"both sides get {one.value!r}"
    value = owners.value(item.pair, item.field, side, one.seen(side))
    return f"{TITLES[side]}'s value, {value or 'a blank'}"
