"""One customer: what the state knows of the one record, without a call."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import paper, print_json
from console.owner_names import OwnerNames, owner_names
from console.record_handings import (
    HandingLine,
    handing_lines,
    handings_json,
    print_handings,
)
from console.record_moves import MoveLine, move_lines, moves_json, print_moves
from console.stage_history import StageLine, print_stages, stage_lines, stages_json
from console.words import SIDES, TITLES, reason_text, record_json
from sync.domain.errors import UsageError
from sync.domain.record import Native, RecordRef, Side
from sync.domain.store import LinkState
from sync.engine.moved_audit import OVERRULED
from sync.engine.undone import is_undo

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from mappings.bound import BoundPair
    from mappings.model import PairMapping
    from sync.domain.store import Link, Shadow
    from sync.state import SqlStore
    from sync.state.queries import AuditRow

__all__ = [
    "FieldStory",
    "RecordStory",
    "bound_as_kept",
    "hashes_of_key",
    "links_of_key",
    "print_story",
    "record",
    "stories",
]


#: The kinds of audit entries about single fields: writes, and edits that were lost in a merge.
_OF_FIELDS = ("write", OVERRULED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStory:
    """One field of the one record: both values, and how they came to be.

    `origin` is the side the value came from, None where both held it when they were linked.
    """

    name: str
    left: Native
    right: Native
    state: str
    origin: Side | None = None
    at: datetime | None = None
    run: int | None = None
    reason: str = ""
    overruled: tuple[tuple[Side, Native, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStory:
    """The one record."""

    pair: str
    left: RecordRef
    right: RecordRef
    state: str
    linked_at: datetime | None
    linked_run: int | None
    how: str
    fixes: tuple[str, ...] = ()
    fields: tuple[FieldStory, ...] = field(default_factory=tuple)
    stages: tuple[StageLine, ...] = ()
    moves: tuple[MoveLine, ...] = ()
    handings: tuple[HandingLine, ...] = ()


def record(
    folder: Path, key: str, *, as_json: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """Print the one record behind an e-mail address, a match key or an id; give the exit code."""
    from console.wiring import Purpose, open_workshop

    with open_workshop(folder, environment, purpose=Purpose.LOOK) as workshop:
        found = stories(workshop, key)
        alone = [] if found else _alone(workshop, key)
    if not found and not alone:
        raise UsageError(
            f"no record is known by {key!r}; it may be new since the last sync, or never looked at"
        )
    if as_json:
        print_json({"records": [_story_json(story) for story in found], "unlinked": alone})
        return 0
    out = paper()
    for story in found:
        print_story(out, story)
    for one in alone:
        out.print(
            f"{one['pair']}: {one['side']} {one['object']} {one['id']} is not linked: "
            f"{one['state']}{', ' + one['why'] if one['why'] else ''}"
        )
    return 0


def stories(workshop: Workshop, key: str) -> list[RecordStory]:
    """Give the records a key or an id stands for."""
    store = workshop.store
    found: list[RecordStory] = []
    for pair in workshop.pairs:
        links = links_of_key(workshop, pair, key)
        shown = [link for link in links if link.state is not LinkState.CLOSED]
        owners = owner_names(store, [pair])
        found.extend(_story(store, pair, link, owners) for link in shown or links)
    return found


def links_of_key(workshop: Workshop, pair: PairMapping, key: str) -> list[Link]:
    """Give the links of a pair that a key or an id stands for, closed ones included."""
    queries = workshop.store.queries
    links = {link.id: link for link in queries.find_links(key, pair=pair.pair)}
    for rule, value in hashes_of_key(workshop.store, pair, key):
        links.update((link.id, link) for link in queries.links_by_key(pair.pair, rule, value))
    return list(links.values())


def bound_as_kept(store: SqlStore, pair: PairMapping) -> BoundPair | None:
    """Bind a pair to both schemas as they were read last; None where one never was."""
    from mappings.bind import bind
    from sync.engine.shapes import kept_shapes

    left = kept_shapes(store, Side.LEFT, pair.objects(Side.LEFT))
    right = kept_shapes(store, Side.RIGHT, pair.objects(Side.RIGHT))
    return bind(pair, left, right) if left is not None and right is not None else None


def hashes_of_key(store: SqlStore, pair: PairMapping, key: str) -> Iterator[tuple[int, str]]:
    """Give what a key is kept as by each match rule it may be meant for."""
    from mappings.words import FieldType
    from sync.engine.session import hash_key

    bound = bound_as_kept(store, pair)
    if bound is None:
        return
    for number, names in enumerate(bound.match_rules):
        # An e-mail address is a person, though its domain would read as a company's, too.
        if len(names) == 1 and not ("@" in key and pair.fields[names[0]].type is FieldType.DOMAIN):
            value = bound.match_key(number, Side.LEFT, {names[0]: key})
            if value is not None:
                yield number, hash_key(store.runs.secret(), pair.pair, number, value)


def _story(store: SqlStore, pair: PairMapping, link: Link, owners: OwnerNames) -> RecordStory:
    shadows = store.links.shadows([link.id])
    rows = list(store.queries.audit_of_link(link.id))
    held = {one.field for one in store.findings.conflicts(link.pair) if one.link_id == link.id}
    first = next((row for row in rows if row.entry.kind in ("link", "create")), None)
    left, right = shadows.get((link.id, Side.LEFT)), shadows.get((link.id, Side.RIGHT))
    owned = _owned_by(link.pair, owners, shadows)
    errors = [
        one
        for one in store.findings.errors(link.pair)
        if one.link_id == link.id or (one.side.other, one.origin) in owned
    ]
    failed = {one.field for one in errors}
    waiting = {name for _, name in store.references.waiting([link.id])}
    fields = tuple(
        _field_story(
            name,
            owners.value(link.pair, name, Side.LEFT, left.seen.get(name) if left else None),
            owners.value(link.pair, name, Side.RIGHT, right.seen.get(name) if right else None),
            agreed=bool(left and right) and _agreed(name, left, right),
            rows=[row for row in rows if row.entry.field == name and row.entry.kind in _OF_FIELDS],
            held=name in held,
            failed=name in failed,
            waits=name in waiting,
            owners=owners,
        )
        for name in (*pair.fields, *_outcomes(left))
    )
    return RecordStory(
        pair=link.pair,
        left=link.left,
        right=link.right,
        state=link.state.value,
        linked_at=first.at if first else None,
        linked_run=first.run if first else None,
        how=_how(first),
        fixes=tuple(
            f"{one.id} {one.field}: {one.code}, {one.message} {one.fix}".strip() for one in errors
        ),
        fields=fields,
        stages=stage_lines(store, pair, link.id, owners),
        moves=tuple(move_lines(rows)),
        handings=handing_lines(store, link.id),
    )


def _outcomes(left: Shadow | None) -> list[str]:
    """Name a record's stage and outcomes of sales, which no line of the mapping carries."""
    from mappings.outcomes import is_outcome
    from sync.domain.funnel import STAGE

    if left is None:
        return []
    stage = [STAGE] if STAGE in left.seen else []
    return [*stage, *sorted(name for name in left.seen if is_outcome(name))]


def _owned_by(
    pair: str, owners: OwnerNames, shadows: Mapping[tuple[int, Side], Shadow]
) -> set[tuple[Side, RecordRef | None]]:
    """Give the owners a record's sides name and never agreed on, as they are listed."""
    from sync.engine.absent import OWNER

    return {
        (side, RecordRef(OWNER, value))
        for (_, side), shadow in shadows.items()
        for name, value in shadow.seen.items()
        if value is not None and (pair, name) in owners.fields and shadow.base.get(name) != value
    }


def _agreed(name: str, left: Any, right: Any) -> bool:
    return all(
        name in shadow.base and shadow.base[name] == shadow.seen.get(name)
        for shadow in (left, right)
    )


def _how(first: AuditRow | None) -> str:
    if first is None:
        return "linked"
    if first.entry.kind == "create" and first.entry.side is not None:
        return f"made in {TITLES[first.entry.side]} from {TITLES[first.entry.side.other]}"
    return "both were there and were linked"


def _field_story(
    name: str,
    left: Native,
    right: Native,
    *,
    agreed: bool,
    rows: Sequence[AuditRow],
    held: bool,
    failed: bool,
    waits: bool,
    owners: OwnerNames,
) -> FieldStory:
    last = next((row for row in reversed(rows) if row.entry.kind == "write"), None)
    apart = "waits" if waits else "kept apart"
    state = "held" if held else "in error" if failed else "agrees" if agreed else apart
    overruled = tuple(
        (side, owners.value(row.entry.pair, name, side, row.entry.overruled), row.at)
        for row in rows
        if (side := row.entry.overruled_side) is not None
    )
    if last is None or last.entry.side is None:
        return FieldStory(name=name, left=left, right=right, state=state, overruled=overruled)
    undone = is_undo(last.entry)
    return FieldStory(
        name=name,
        left=left,
        right=right,
        state=state,
        origin=None if undone else last.entry.side.other,
        at=last.at,
        run=last.run,
        reason=reason_text(last.entry.reason, last.entry.side),
        overruled=overruled,
    )


def _alone(workshop: Workshop, key: str) -> list[dict[str, str]]:
    """Give the records a key or an id stands for that have no link, and why."""
    store = workshop.store
    found: list[dict[str, str]] = []
    for pair in workshop.pairs:
        refs: set[tuple[Side, RecordRef]] = {
            (side, RecordRef(name, key)) for side in Side for name in pair.objects(side)
        }
        keyed = store.records.by_keys(pair.pair, list(hashes_of_key(store, pair, key)))
        refs.update((one.side, one.ref) for carriers in keyed.values() for one in carriers)
        for side in Side:
            mine = [ref for at, ref in refs if at is side]
            for ref, tracked in store.records.get(pair.pair, side, mine).items():
                found.append(
                    {
                        "pair": pair.pair,
                        "side": TITLES[side],
                        "object": ref.object_name,
                        "id": ref.id,
                        "state": tracked.state.value.replace("_", " "),
                        "why": tracked.why,
                    }
                )
    return found


def _story_json(story: RecordStory) -> dict[str, Any]:
    return {
        "pair": story.pair,
        "record": record_json(story.left, story.right),
        "objects": {"hubspot": story.left.object_name, "salesforce": story.right.object_name},
        "state": story.state,
        "linked": {
            "at": story.linked_at.isoformat() if story.linked_at else None,
            "run": f"r{story.linked_run}" if story.linked_run else None,
            "how": story.how,
        },
        "fields": [
            {
                "name": one.name,
                "hubspot": one.left,
                "salesforce": one.right,
                "state": one.state.replace(" ", "_"),
                "from": SIDES[one.origin] if one.origin else None,
                "at": one.at.isoformat() if one.at else None,
                "run": f"r{one.run}" if one.run else None,
                "reason": one.reason or None,
                "overruled": [
                    {"side": SIDES[side], "value": value, "at": at.isoformat()}
                    for side, value, at in one.overruled
                ],
            }
            for one in story.fields
        ],
        "stages": stages_json(story.stages),
        "moves": moves_json(story.moves),
        "handings": handings_json(story.handings),
    }


def print_story(out: Console, story: RecordStory) -> None:
    """Print the one record as a table a colleague can read."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from mappings.outcomes import is_outcome

    when = f"{story.linked_at:%Y-%m-%d %H:%M} UTC" if story.linked_at else "?"
    out.print(
        Text.assemble(
            (f"{story.pair}", "bold"),
            f"  HubSpot {story.left.object_name} {story.left.id}  =  Salesforce "
            f"{story.right.object_name} {story.right.id}   ({story.how}, {when}, run "
            f"r{story.linked_run})",
        )
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("field", "HubSpot", "Salesforce", "came from", "when", "why"):
        table.add_column(column, overflow="fold", no_wrap=column == "field")
    for one in story.fields:
        if is_outcome(one.name) and _is_plain_blank(one):
            continue
        came = TITLES[one.origin] if one.origin else "both" if one.state == "agrees" else ""
        at = f"{one.at:%Y-%m-%d %H:%M} r{one.run}" if one.at else ""
        why = one.state if one.state in ("held", "in error") else one.reason
        table.add_row(one.name, one.left or "·", one.right or "·", came, at, why or _plain(one))
    out.print(table)
    print_stages(out, story.stages)
    print_handings(out, story.handings)
    print_moves(out, story.moves)
    for text in story.fixes:
        out.print(f"  [red]error[/] {text}")
    for one in story.fields:
        for side, value, when_ruled in one.overruled:
            out.print(
                f"  {one.name}: {TITLES[side]}'s {value!r} was overruled on "
                f"{when_ruled:%Y-%m-%d %H:%M}; it is kept here."
            )


def _is_plain_blank(one: FieldStory) -> bool:
    return one.left is None and one.right is None and one.state == "agrees"


def _plain(one: FieldStory) -> str:
    if one.left is None and one.right is None:
        return ""
    if one.state == "agrees":
        return "agreed when linked"
    if one.state == "waits":
        return "waits for the record it names"
    return "kept apart by rule" if one.left or one.right else ""
