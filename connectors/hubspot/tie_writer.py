"""Writing associations that stand for one reference: set, moved and taken away, in batches.

A new primary takes the old one's place by itself, and the old company stays tied without a label.
Of a company's parents the old one is let go first. What has no kind of its own is tied, and the
one record it was tied to before is let go. Labels a portal gave are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.hubspot.association_batches import (
    ARCHIVE,
    BATCH_SIZE,
    CREATE,
    DEFAULT,
    UNLABEL,
    Pair,
    PairBatches,
)
from connectors.hubspot.association_calls import AssociationCalls
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.problems import Problem
from connectors.hubspot.refusals import tie_refusal
from connectors.hubspot.ties import Tie, Ties, tie_of
from connectors.hubspot.writer import not_settled
from sync.domain.errors import ConfigError, ConnectorError, RecordLockedError
from sync.domain.ports import Write, WriteOutcome, WriteResult

__all__ = ["BATCH_SIZE", "TieWriter"]

#: The kind of tie whose old end HubSpot is not sure to let go by itself.
_PARENT_TYPE = 14


@dataclass(slots=True)
class _Step:
    """What one field of a batch asks for, and which writes met a problem on the way."""

    tie: Tie
    writes: Sequence[Write]
    refused: dict[str, WriteResult] = field(default_factory=dict)

    def open(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Give the pairs whose write has met no problem yet."""
        return [pair for pair in pairs if pair.write.token not in self.refused]

    def refuse(self, write: Write, problem: Problem, status: int) -> None:
        """Note the refusal of a write; it is about this field, whatever HubSpot names."""
        result = tie_refusal(write, problem, status=status)
        words = problem.message or f"HubSpot refused the {self.tie.field}"
        self.refused[write.token] = replace(result, message=words, fields=(self.tie.field,))


class TieWriter:
    """Sends batches of ties to one portal."""

    def __init__(self, client: HubSpotClient, ties: Ties) -> None:
        """Write through a client; `ties` tells what records are tied to now."""
        self._calls = AssociationCalls(client)
        self._ties = ties

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send ties of one object; one result each, in their order.

        All of it may be sent again without harm, and is where no answer came.
        """
        refused: dict[str, WriteResult] = {}
        doubted: set[str] = set()
        known = False
        object_name = writes[0].object_name
        for name in dict.fromkeys(name for write in writes for name in write.values):
            step = _Step(tie_of(object_name, name), [one for one in writes if name in one.values])
            try:
                self._take(object_name, step, doubted)
            except (ConnectorError, ConfigError) as error:
                if not known and not isinstance(error, RecordLockedError):
                    raise
                refused.update({one.token: not_settled(one, error) for one in step.writes})
            refused.update(step.refused)
            known = True
        refused.update(
            (token, replace(result, perhaps_done=True))
            for token, result in refused.items()
            if token in doubted
        )
        return [refused.get(one.token) or _done(one) for one in writes]

    def _take(self, object_name: str, step: _Step, doubted: set[str]) -> None:
        """Set one field; to `doubted` come the writes an attempt may have carried out before."""
        tie = step.tie
        wanted = {write.token: write.values[tie.field] for write in step.writes}
        standing = self._standing(object_name, step)
        parted: list[Pair] = []
        for write in step.writes:
            others = [end for end in standing.get(write.id or "", ()) if end != wanted[write.token]]
            if tie.type_id is None and len(others) > 1:
                step.refuse(write, _several(tie, len(others)), 400)
                continue
            parted += [Pair(write=write, start=write.id or "", end=end) for end in others]
        tied = [
            Pair(write=write, start=write.id or "", end=end)
            for write in step.writes
            if (end := wanted[write.token]) is not None
        ]
        batches = PairBatches(
            self._calls, object_name, tie.to_object, about=object_name, doubted=doubted
        )
        if tie.type_id is not None:
            parted, tied = _typed(parted, tie), _typed(tied, tie)
            batches.send(UNLABEL, step.open(parted), step.refuse)
            batches.send(CREATE, step.open(tied), step.refuse)
            return
        # What is new comes first: if it is refused, the old one is still there.
        batches.send(DEFAULT, step.open(tied), step.refuse)
        batches.send(ARCHIVE, step.open(parted), step.refuse)

    def _standing(self, object_name: str, step: _Step) -> Mapping[str, tuple[str, ...]]:
        """Read what is to be let go; a new primary takes the old one's place by itself."""
        needed = [
            write.id
            for write in step.writes
            if write.id is not None
            and (write.values[step.tie.field] is None or step.tie.type_id in (None, _PARENT_TYPE))
        ]
        return self._ties.ends(object_name, step.tie, needed) if needed else {}


def _typed(pairs: Sequence[Pair], tie: Tie) -> list[Pair]:
    return [replace(one, types=tie.types) for one in pairs]


def _several(tie: Tie, count: int) -> Problem:
    return Problem(
        codes=("SEVERAL_ASSOCIATIONS",),
        message=f"the record is tied to {count} other {tie.to_object}, and which of them is meant "
        "cannot be told; take all but one away in HubSpot",
    )


def _done(write: Write) -> WriteResult:
    return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=write.id)
