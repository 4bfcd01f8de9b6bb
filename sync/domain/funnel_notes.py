"""What is kept of a turn in the funnel, as data that a plan can hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sync.domain.funnel import FunnelNote, Handed, HandKind, Holding
from sync.domain.record import Side
from sync.domain.routing import turns_of, turns_text

__all__ = ["note_json", "note_of"]


def note_json(note: FunnelNote) -> dict[str, Any]:
    """Give a note as JSON data."""
    one, event = note.holding, note.event
    return {
        "stage": one.stage,
        "handed_over": one.handed_over,
        "over_held": one.over_held,
        "back_held": list(one.back_held),
        "due": sorted(one.due),
        "over_at": one.over_at.isoformat() if one.over_at else None,
        "back_at": one.back_at.isoformat() if one.back_at else None,
        "again_at": one.again_at.isoformat() if one.again_at else None,
        "reason": one.reason,
        "event": _event_json(event) if event is not None else None,
        "owner": note.owner,
        "rule": note.rule,
        "rule_key": note.rule_key,
        "task": note.task,
        "turns": turns_text(note.turns) if note.turns is not None else None,
        "assign": note.assign,
    }


def note_of(data: Mapping[str, Any]) -> FunnelNote:
    """Read a note back; raises KeyError, TypeError or ValueError on foreign data."""
    holding = Holding(
        stage=data["stage"],
        handed_over=bool(data["handed_over"]),
        over_held=bool(data["over_held"]),
        back_held=tuple(bool(one) for one in data["back_held"]),
        due=frozenset(Side(one) for one in data["due"]),
        over_at=_moment(data["over_at"]),
        back_at=_moment(data["back_at"]),
        again_at=_day(data["again_at"]),
        reason=data["reason"],
    )
    event = data["event"]
    return FunnelNote(
        holding=holding,
        event=_event(event) if event is not None else None,
        owner=data["owner"],
        rule=data["rule"],
        rule_key=data["rule_key"],
        task=bool(data["task"]),
        turns=turns_of(data["turns"]) if data["turns"] is not None else None,
        assign=bool(data["assign"]),
    )


def _event_json(event: Handed) -> list[Any]:
    again = event.again.isoformat() if event.again else None
    return [event.kind.value, event.came_from, event.to, event.rule, event.reason, again]


def _event(data: list[Any]) -> Handed:
    kind, came_from, to, rule, reason, again = data
    return Handed(
        kind=HandKind(kind),
        came_from=came_from,
        to=to,
        rule=int(rule),
        reason=reason,
        again=_day(again),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None
