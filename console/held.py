"""Held items: what the rules cannot settle, from the state alone, without a call."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.mapping_lines import line_of
from console.output import paper, print_json
from console.owner_names import OwnerNames, owner_names
from console.words import SIDES, TITLES, refs_json
from mappings.words import FieldType
from sync.domain.errors import UsageError
from sync.domain.funnel import STAGE
from sync.domain.record import Native, Side
from sync.domain.resolutions import Resolution, Take
from sync.domain.store import Conflict, ConflictKind

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from mappings.model import PairMapping

__all__ = ["conflicts", "show_conflict", "take_word", "ways"]


@dataclass(frozen=True, slots=True)
class _Held:
    """A held item with names in place of ids, and what was decided on it, if anything was."""

    item: Conflict
    resolution: Resolution | None
    pair: PairMapping | None


def conflicts(
    folder: Path,
    *,
    as_json: bool,
    pairs: Sequence[str] = (),
    fields: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Print the held items with both values; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        items = [
            one
            for one in _all(workshop)
            if (not pairs or one.item.pair in pairs) and (not fields or one.item.field in fields)
        ]
    if as_json:
        print_json({"items": [_json(one) for one in items]})
    elif items:
        _print_list(paper(), items)
    else:
        paper().print("Nothing is held.")
    return 0


def show_conflict(
    folder: Path, id: int, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Print all that is known of one held item, and what can be done; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        held = next((one for one in _all(workshop) if one.item.id == id), None)
        if held is None:
            raise UsageError(
                f"no held item has the id {id}; it may be settled by now. `revloop conflicts list` "
                "shows those that wait"
            )
        agreed = _agreed(workshop, held.item)
    if as_json:
        print_json(_whole_json(held, agreed))
    else:
        _print_whole(paper(), held, agreed)
    return 0


def ways(item: Conflict, pair: PairMapping | None) -> list[tuple[str, str]]:
    """Give what can be taken for an item, with what each does, in words."""
    if pair is None or item.kind is ConflictKind.MERGED or item.field == STAGE:
        return []
    if item.kind is ConflictKind.DELETED:
        return [
            ("the side that deleted it", "the other record is archived, too"),
            ("the side that edited it", "that record is kept, and linked no more"),
        ]
    if item.kind is ConflictKind.DUPLICATE:
        sides = {side for side, _ in item.records}
        named = "ID" if len(sides) == len(Side) else None
        return [(named, "that record and its counterpart are linked")] if named else []
    field = pair.fields.get(item.field)
    if field is None:
        return []
    found = []
    for side, value in ((Side.LEFT, item.left), (Side.RIGHT, item.right)):
        stays = field.source is side.other
        does = "both stay as they are" if stays else f"{TITLES[side.other]} gets {_said(value)}"
        found.append((SIDES[side], does))
    if field.source is None and field.type is not FieldType.OPT_OUT:
        found.append(("VALUE", "both get it; in HubSpot's words, else in Salesforce's"))
    return found


def take_word(resolution: Resolution) -> str:
    """Give what was taken, in a word."""
    side = resolution.take.side
    return SIDES[side] if side is not None else resolution.take.value


# --- reading -------------------------------------------------------------------------------------


def _all(workshop: Workshop) -> list[_Held]:
    store = workshop.store
    owners = owner_names(store, workshop.pairs)
    decided = {one.conflict: one for one in store.resolutions.all()}
    mappings = {one.pair: one for one in workshop.pairs}
    return [
        _Held(_named(item, owners), decided.get(item.id), mappings.get(item.pair))
        for item in store.findings.conflicts()
    ]


def _named(item: Conflict, owners: OwnerNames) -> Conflict:
    """Give a held item with its owners by name."""
    return replace(
        item,
        left=owners.value(item.pair, item.field, Side.LEFT, item.left),
        right=owners.value(item.pair, item.field, Side.RIGHT, item.right),
    )


def _agreed(workshop: Workshop, item: Conflict) -> dict[Side, Native] | None:
    """Give what each side held when both last agreed on the field; None where they never did."""
    if item.link_id is None or not item.field:
        return None
    shadows = workshop.store.links.shadows([item.link_id])
    found = {
        side: shadow.base[item.field]
        for (_, side), shadow in shadows.items()
        if item.field in shadow.base
    }
    return found if len(found) == len(Side) else None


def _why(item: Conflict) -> str:
    """Say why an item waits, and what people may do in the CRM where that is all there is."""
    if item.kind is not ConflictKind.MERGED:
        return item.reason
    return f"{item.reason}. {item.proposal}"


# --- for machines --------------------------------------------------------------------------------


def _json(held: _Held) -> dict[str, Any]:
    item, decided = held.item, held.resolution
    return {
        "id": item.id,
        "kind": item.kind.value,
        "pair": item.pair,
        "records": refs_json(item.records),
        "field": item.field or None,
        "hubspot": item.left,
        "salesforce": item.right,
        "reason": item.reason,
        "proposal": {Side.LEFT.value: "hubspot", Side.RIGHT.value: "salesforce"}.get(
            item.proposal, item.proposal or None
        ),
        "resolution": None
        if decided is None
        else {
            "take": take_word(decided),
            "value": decided.value,
            "at": decided.at.isoformat(),
        },
    }


def _whole_json(held: _Held, agreed: Mapping[Side, Native] | None) -> dict[str, Any]:
    item = held.item
    return {
        **_json(held),
        "opened": {"run": f"r{item.opened_run}", "at": item.opened_at.isoformat()},
        "agreed": None if agreed is None else {SIDES[side]: agreed[side] for side in Side},
        "line": line_of(held.pair, item.field),
        "ways": [{"take": take, "does": does} for take, does in ways(item, held.pair)],
    }


# --- for people ----------------------------------------------------------------------------------


def _print_list(out: Console, items: Sequence[_Held]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("id", "pair", "records", "field", "HubSpot", "Salesforce", "why"):
        table.add_column(column, overflow="fold", no_wrap=column == "records")
    for held in items:
        item = held.item
        table.add_row(
            str(item.id),
            item.pair,
            "\n".join(f"{TITLES[side]} {escape(ref.id)}" for side, ref in item.records),
            escape(item.field),
            escape(item.left or ""),
            escape(item.right or ""),
            escape(_why(item)) + _decided(held),
        )
    out.print(table)
    out.print(
        "[dim]`revloop conflicts show ID` tells all of one; `revloop conflicts resolve ID --take "
        "hubspot`, `salesforce` or a value settles it.[/]"
    )


def _decided(held: _Held) -> str:
    if held.resolution is None:
        return ""
    return f"\n[green]resolved ({take_word(held.resolution)}): the next sync does it[/]"


def _print_whole(out: Console, held: _Held, agreed: Mapping[Side, Native] | None) -> None:
    from rich.markup import escape

    item = held.item
    out.print(f"[bold]{item.id}[/] {item.pair} {escape(item.field)}".rstrip())
    out.print(f"  held since r{item.opened_run}, {item.opened_at:%Y-%m-%d %H:%M} UTC")
    for side, ref in item.records:
        out.print(f"  {TITLES[side]} {escape(ref.object_name)} {escape(ref.id)}")
    out.print(f"  why: {escape(_why(item))}", soft_wrap=True)
    if item.kind is ConflictKind.FIELD:
        for side, value in ((Side.LEFT, item.left), (Side.RIGHT, item.right)):
            before = f" (agreed on before: {_said(agreed[side])})" if agreed is not None else ""
            out.print(f"  {TITLES[side]}: {escape(_said(value) + before)}", soft_wrap=True)
    if line := line_of(held.pair, item.field):
        out.print(f"  its line: {escape(line)}")
    if item.proposal and item.kind is ConflictKind.FIELD:
        out.print(f"  proposed: {escape(_proposed(item))}", soft_wrap=True)
    if held.resolution is not None:
        out.print(f"  resolved: {_resolved(held.resolution)}; the next sync does it")
    found = ways(item, held.pair)
    for take, does in found:
        out.print(f"  `--take {escape(take)}`: {escape(does)}", soft_wrap=True)
    if not found:
        out.print("  It is settled in the CRMs; the next sync sees that and closes the item.")


def _proposed(item: Conflict) -> str:
    if item.proposal in (Side.LEFT.value, Side.RIGHT.value):
        side = Side(item.proposal)
        return f"{SIDES[side]}, whose record was changed last"
    return item.proposal


def _resolved(one: Resolution) -> str:
    if one.take is Take.VALUE:
        return "a value that was given"
    return "two of them are one" if one.take is Take.LINK else take_word(one)


def _said(value: Native) -> str:
    return "a blank" if value is None else repr(value)
