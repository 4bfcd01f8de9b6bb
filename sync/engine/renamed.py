"""A pair that goes by another name: its links would not be known, and its records made twice."""

from __future__ import annotations

from mappings.bound import BoundPair
from sync.domain.errors import PairRenamedError
from sync.domain.record import Side
from sync.engine.session import Session

__all__ = ["check_names"]


def check_names(session: Session) -> None:
    """Stop where a pair knows no link while one that has gone linked records of its objects.

    Raises PairRenamedError.
    """
    named = session.known | {pair.name for pair in session.pairs}
    for pair in session.pairs:
        if session.store.links.has_any(pair.name):
            continue
        for earlier, left, right in session.store.links.kinds_beside(sorted(named)):
            if left in pair.objects[Side.LEFT] and right in pair.objects[Side.RIGHT]:
                raise PairRenamedError(_message(session, pair, earlier))


def _message(session: Session, pair: BoundPair, earlier: str) -> str:
    titles = " and ".join(session.title(side) for side in Side)
    return (
        f"nothing was written: {pair.place_of('pair')}: the pair is called {pair.name}, and the "
        f"state knows the links between these records of {titles} under the name {earlier}, which "
        f"no file has any more. Call the pair {earlier} again: what it knows hangs on that name. "
        f"If these links shall be forgotten, use another project folder, with a state of its own."
    )
