"""When both sides edited a field: what tells which edit was later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from mappings.bound import BoundPair
from sync.domain.merge import Reason
from sync.domain.record import Side
from sync.domain.rules import Arrow, FieldRule, Wins
from sync.engine.both import Both
from sync.engine.session import Session

__all__ = ["find_edit_times", "unseen_since"]

#: Two-way fields that came out so are decided by which edit was later.
_CONTESTS = (
    Reason.HOLD_UNSURE,
    Reason.UNSURE_WINNER,
    Reason.NEWER,
    Reason.HOLD_FIRST_UNSURE,
    Reason.FIRST_NEWER,
)


def unseen_since(session: Session, pair: BoundPair) -> Mapping[tuple[Side, str], datetime | None]:
    """Give, by object, until when a record that the pull did not bring was as it is known."""
    marks = {
        (side, name): session.store.marks.get(pair.name, side, name)
        for side in Side
        for name in pair.objects[side]
    }
    return {at: mark.proven_at if mark else None for at, mark in marks.items()}


def find_edit_times(session: Session, pair: BoundPair, contested: Sequence[Both]) -> None:
    """Ask both CRMs when fields were edited that both sides edited and the newest edit wins."""
    wanted: dict[tuple[Side, str], dict[str, set[str]]] = {}
    asked: dict[tuple[Side, str], list[tuple[Both, FieldRule]]] = {}
    by_newest = [
        rule for rule in pair.rules if rule.arrow is Arrow.BOTH and rule.wins is Wins.NEWEST
    ]
    for both in contested:
        for rule in by_newest:
            if rule.name not in both.moved or both.decide(rule).reason not in _CONTESTS:
                continue
            for side in Side:
                record = both.record(side)
                native_name = both.native_name(rule, side)
                if native_name is not None:
                    ids = wanted.setdefault((side, record.ref.object_name), {})
                    ids.setdefault(native_name, set()).add(record.ref.id)
                    asked.setdefault((side, record.ref.object_name), []).append((both, rule))
    for (side, object_name), fields in wanted.items():
        edited = sorted({id for found in fields.values() for id in found})
        times = session.crms[side].edit_times(object_name, edited, sorted(fields))
        for both, rule in asked[side, object_name]:
            record = both.record(side)
            native_name = rule.native_name(side, object_name)
            if native_name is not None and (record.ref.id, native_name) in times:
                both.learn(rule, side, times[record.ref.id, native_name])
