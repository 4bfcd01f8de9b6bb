"""Fields a CRM does not show any more: paused on all records, with one error that says so (F20).

Nothing of such a field is read, so nothing is taken for emptied. Its shadows stay; once the field
is there again, what was edited meanwhile travels.
"""

from __future__ import annotations

import json

from mappings.bound import BoundPair
from sync.domain.record import Side
from sync.domain.store import Changes, NewError
from sync.engine.keep import commit_counted
from sync.engine.session import Session
from sync.engine.shapes import forget_shape
from sync.engine.tally import Tally

__all__ = ["CATEGORY", "forget_shapes", "note_paused"]

CATEGORY = "schema"


def note_paused(session: Session, pair: BoundPair, tally: Tally) -> None:
    """Open an error for each field that is paused now, and close those of fields that are back."""
    kept = session.store.runs.note(_note(pair))
    before, now = frozenset(json.loads(kept) if kept else ()), pair.paused
    if before == now:
        return
    changes = Changes(
        errors=[_error(pair, name) for name in sorted(now - before)],
        returned=[(pair.name, name) for name in sorted(before - now)],
    )
    commit_counted(session, pair, changes, tally)
    session.store.runs.keep_note(_note(pair), json.dumps(sorted(now)))


def forget_shapes(session: Session) -> None:
    """Forget what is known of all objects, so that the next run asks both CRMs what they have."""
    for pair in session.pairs:
        for side in Side:
            for object_name in pair.objects[side]:
                forget_shape(session.store, side, object_name)


def _error(pair: BoundPair, name: str) -> NewError:
    side, place = pair.lost[name]
    return NewError(
        pair=pair.name,
        side=side,
        ref=None,
        origin=None,
        field=name,
        category=CATEGORY,
        code="FIELD_MISSING",
        message=f"{place} is not there any more, or this user may not see it; {name} is paused on "
        "all records, and nothing of it is taken for emptied",
        fix="Put the field back or give the right to see it, and what was edited meanwhile "
        f"travels; or change {pair.place_of('fields', name)} to the name it has now.",
    )


def _note(pair: BoundPair) -> str:
    return f"paused:{pair.name}"
