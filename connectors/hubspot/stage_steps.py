"""Taking a lifecycle stage back: HubSpot lets it go forward only, and from blank to any stage.

So it is emptied, and set by a second call; an answer tells of each what is stored. Whoever is cut
off between the two finds a blank, which is no stage, and sends the stage again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult

__all__ = ["LIFECYCLE_STAGE", "StageSteps"]

LIFECYCLE_STAGE = "lifecyclestage"


class StageSteps:
    """Sends writes, those that take a stage back in two steps."""

    def __init__(self, send: Callable[[Sequence[Write]], Sequence[WriteResult]]) -> None:
        """Send each step by `send`."""
        self._send = send

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind and object; one result each, in order.

        What could not be emptied is not set, and its result says why.
        """
        falling = [one for one in writes if _falls(one)]
        if not falling:
            return self._send(writes)
        emptied = self._send([_emptying(one) for one in falling])
        results = {one.token: one for one in emptied if one.outcome is not WriteOutcome.DONE}
        rest = [one for one in writes if one.token not in results]
        results |= {one.token: one for one in (self._send(rest) if rest else ())}
        return [results[one.token] for one in writes]


def _falls(write: Write) -> bool:
    stage = write.values.get(LIFECYCLE_STAGE)
    return write.backward and write.kind is WriteKind.UPDATE and stage is not None


def _emptying(write: Write) -> Write:
    return replace(write, values={LIFECYCLE_STAGE: None}, read_back=(LIFECYCLE_STAGE,))
