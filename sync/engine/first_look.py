"""Whether this is the first run that looks at the stages of a pair's people: nothing fires then."""

from __future__ import annotations

from mappings.bound import BoundPair
from sync.domain.funnel import FunnelNote, Holding
from sync.engine.session import Session

__all__ = ["is_first_look", "note_looked", "unlooked"]


def is_first_look(session: Session, pair: BoundPair) -> bool:
    """Tell whether no whole run has looked at the stages of these people yet."""
    if pair.name not in session.finds_first:
        session.finds_first[pair.name] = not session.store.runs.note(_note(pair))
    return session.finds_first[pair.name]


def note_looked(session: Session, pair: BoundPair) -> None:
    """Note that everybody there was at first has been found."""
    if is_first_look(session, pair):
        session.store.runs.keep_note(_note(pair), session.clock().isoformat())


def unlooked(session: Session, pair: BoundPair) -> list[tuple[int, FunnelNote]]:
    """Give what is kept of somebody whom a run that was cut off has made, for link -1.

    Nobody has looked at them yet, so that they are handed over as anybody new; without it they
    would count as somebody who was there before there were stages.
    """
    if pair.funnel is None or is_first_look(session, pair):
        return []
    return [(-1, FunnelNote(holding=Holding()))]


def _note(pair: BoundPair) -> str:
    return f"funnel:{pair.name}"
