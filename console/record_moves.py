"""How one record came by its ids: the merges and conversions its link has followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.words import SIDES, TITLES
from sync.domain.plan import Move
from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console

    from sync.state.queries import AuditRow

__all__ = ["MoveLine", "move_lines", "move_text", "moves_json", "print_moves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    """One record that lives on as another one; both with the name of their object."""

    side: Side
    before: str
    after: str
    why: str
    at: datetime
    run: int


def move_lines(rows: Iterable[AuditRow]) -> Iterator[MoveLine]:
    """Give what of a link's audit tells of merges and conversions, oldest first."""
    from sync.engine.moved_audit import MOVED

    for row in rows:
        entry = row.entry
        if entry.kind == MOVED and entry.side is not None:
            yield MoveLine(
                side=entry.side,
                before=entry.before or "",
                after=entry.after or "",
                why=entry.reason,
                at=row.at,
                run=row.run,
            )


def moves_json(moves: Sequence[MoveLine]) -> list[dict[str, Any]]:
    """Give moves as JSON data."""
    return [
        {
            "side": SIDES[one.side],
            "from": one.before,
            "to": one.after,
            "reason": one.why,
            "at": one.at.isoformat(),
            "run": f"r{one.run}",
        }
        for one in moves
    ]


def print_moves(out: Console, moves: Sequence[MoveLine]) -> None:
    """Print moves as sentences."""
    for one in moves:
        out.print(
            f"  {TITLES[one.side]} {one.before} was {one.why} into {one.after}; seen on "
            f"{one.at:%Y-%m-%d %H:%M} r{one.run}, and the link went over."
        )


def move_text(move: Move) -> str:
    """Say in a plan what became of a record, and that its link follows."""
    return (
        f"{TITLES[move.side]} {move.former.object_name} {move.former.id} was {move.why} into "
        f"{move.heir.object_name} {move.heir.id}; the link goes over to it"
    )
