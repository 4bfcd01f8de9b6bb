"""When a person was handed over and handed back, to whom and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console

    from sync.domain.fact_reading import HandOver
    from sync.state import SqlStore

__all__ = ["HandingLine", "handing_lines", "handings_json", "print_handings"]

#: Later than anything that is kept.
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandingLine:
    """One hand-over or hand-back as people read it; `why` is how its owner was chosen.

    `again_at` is the day from which the person may be tried again, by the reason given.
    """

    at: datetime
    over: bool
    before: str | None
    after: str
    owner: str | None = None
    why: str = ""
    reason: str | None = None
    again_at: str | None = None


def handing_lines(store: SqlStore, link_id: int) -> tuple[HandingLine, ...]:
    """Give the hand-overs and hand-backs of a link, the oldest first."""
    from sync.engine.people import kept_people

    found = store.reading.hand_overs_of([link_id], _EVER)
    people = {one.id: one.name for one in kept_people(store, Side.RIGHT)} if found else {}
    return tuple(_line(one, people.get(one.owner or "", one.owner)) for one in found)


def _line(one: HandOver, owner: str | None) -> HandingLine:
    return HandingLine(
        at=one.at,
        over=one.over,
        before=one.stage_from,
        after=one.stage_to,
        owner=owner,
        why=one.rule,
        reason=one.reason,
        again_at=one.again_at,
    )


def handings_json(lines: Sequence[HandingLine]) -> list[dict[str, Any]]:
    """Give hand-overs and hand-backs as machines read them."""
    return [
        {
            "at": one.at.isoformat(),
            "kind": "over" if one.over else "back",
            "from": one.before,
            "to": one.after,
            "owner": one.owner,
            "why": one.why or None,
            "reason": one.reason,
            "again_at": one.again_at,
        }
        for one in lines
    ]


def print_handings(out: Console, lines: Sequence[HandingLine]) -> None:
    """Print each hand-over and hand-back in a line or two; nothing where there are none."""
    from rich.padding import Padding
    from rich.text import Text

    for one in lines:
        stages = f"from {one.before} to {one.after}" if one.before else f"to {one.after}"
        word = ("handed over", "green") if one.over else ("handed back", "yellow")
        out.print(Text.assemble(f"{one.at:%Y-%m-%d %H:%M}  ", word, f"  {stages}{_rest(one)}"))
        if one.why:
            out.print(Padding(Text(one.why), (0, 0, 0, 18)))


def _rest(one: HandingLine) -> str:
    if one.over:
        return f", to {one.owner}" if one.owner else ""
    reason = f": {one.reason}" if one.reason else ", with no reason given"
    again = f"; to be tried again from {one.again_at}" if one.again_at else ""
    return reason + again
