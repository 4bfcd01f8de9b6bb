"""Doing without what an account does not give: its pairs are left out, the run goes on."""

from __future__ import annotations

from sync.domain.errors import AccountNotSupportedError
from sync.domain.record import Side
from sync.engine.session import Session
from sync.engine.shapes import forget_shape

__all__ = ["go_without"]


def go_without(session: Session, fault: AccountNotSupportedError) -> None:
    """Leave the pairs of an object out of this run, with the reason.

    What is known of the object is forgotten, so that the next run asks whether it is there again.
    Raises the fault where no pair of the run has the object.
    """
    lacking = [
        (pair, side)
        for pair in session.pairs
        for side in Side
        if session.title(side) == fault.system and fault.object_name in pair.objects[side]
    ]
    if not lacking:
        raise fault
    for pair, side in lacking:
        session.without[pair.name] = str(fault)
        forget_shape(session.store, side, fault.object_name)
    session.pairs = tuple(pair for pair in session.pairs if pair.name not in session.without)
    # The others are read again from the start.
    session.failures.clear()
    session.vacated.clear()
    session.departed.clear()
