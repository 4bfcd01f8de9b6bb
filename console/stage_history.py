"""How far a record has come, step by step, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.words import SIDES, TITLES
from sync.domain.record import Native, Side
from sync.domain.stages import Cause, StageEvent

if TYPE_CHECKING:
    from rich.console import Console

    from console.owner_names import OwnerNames
    from mappings.model import PairMapping
    from sync.domain.store import Store

__all__ = ["StageLine", "print_stages", "stage_lines", "stages_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    """One change of a stage as people read it; `who` is a name, or what the CRM names instead."""

    at: datetime
    side: Side
    field: str
    before: Native
    after: Native
    cause: Cause
    who: str


def stage_lines(
    store: Store, pair: PairMapping, link_id: int, owners: OwnerNames
) -> tuple[StageLine, ...]:
    """Give the stage changes of a link on both sides, the oldest first."""
    events = store.stages.of_links([link_id]).get(link_id, ())
    people = _people(store) if events else {}
    return tuple(_line(pair, event, owners, people) for event in events)


def _people(store: Store) -> Mapping[tuple[Side, str], str]:
    from sync.engine.people import kept_people

    return {(side, one.id): one.name for side in Side for one in kept_people(store, side)}


def _line(
    pair: PairMapping,
    event: StageEvent,
    owners: OwnerNames,
    people: Mapping[tuple[Side, str], str],
) -> StageLine:
    name = _name(pair, event)
    before, after = (
        owners.value(pair.pair, name, event.side, value) for value in (event.before, event.after)
    )
    return StageLine(
        at=event.at,
        side=event.side,
        field=event.field,
        before=before,
        after=after,
        cause=event.cause,
        who=_who(event, people),
    )


def _name(pair: PairMapping, event: StageEvent) -> str:
    """Give the pair's own name of the field; the CRM's where the pair does not map it."""
    named = (
        name
        for name, field in pair.fields.items()
        if field.name_on(event.side, event.ref.object_name) == event.field
    )
    return next(named, event.field)


def _who(event: StageEvent, people: Mapping[tuple[Side, str], str]) -> str:
    match event.cause:
        case Cause.REVLOOP:
            return "revloop"
        case Cause.PERSON:
            editor = event.editor or ""
            return people.get((event.side, editor), f"user {editor}")
        case Cause.AUTOMATION:
            return event.source or "automation"


def stages_json(lines: Sequence[StageLine]) -> list[dict[str, Any]]:
    """Give stage changes as machines read them."""
    return [
        {
            "at": one.at.isoformat(),
            "side": SIDES[one.side],
            "field": one.field,
            "from": one.before,
            "to": one.after,
            "by": one.cause.value,
            "who": one.who,
        }
        for one in lines
    ]


def print_stages(out: Console, lines: Sequence[StageLine]) -> None:
    """Print stage changes as a table; nothing where there are none."""
    if not lines:
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("stage changed", "in", "field", "from", "to", "by"):
        table.add_column(column, overflow="fold")
    for one in lines:
        when = f"{one.at:%Y-%m-%d %H:%M}"
        came, went = one.before or "·", one.after or "·"
        table.add_row(when, TITLES[one.side], one.field, came, went, one.who)
    out.print(table)
