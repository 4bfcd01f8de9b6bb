"""A run that is asked to end before it is through."""

from __future__ import annotations

from sync.domain.errors import RunTerminatedError

__all__ = ["STOPPED", "Stop"]

STOPPED = "stopped from outside; the next run goes on from here"


class Stop:
    """Says whether a run was asked to end.

    Whoever runs looks where a batch or a page begins: what was sent before is answered and
    written down by then. Safe to ask from a signal handler and to look at from threads.
    """

    __slots__ = ("asked",)

    def __init__(self) -> None:
        """Start with nobody having asked."""
        self.asked = False

    def ask(self) -> None:
        """Ask the run to end at its next border."""
        self.asked = True

    def ensure_going(self) -> None:
        """Raise RunTerminatedError where the run was asked to end."""
        if self.asked:
            raise RunTerminatedError(STOPPED)
