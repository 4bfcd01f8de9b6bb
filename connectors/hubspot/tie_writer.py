"""Writing associations that stand for one reference: set, moved and taken away, in batches.

A new primary takes the old one's place by itself, and the old company stays tied without a label.
Of a company's parents the old one is let go first. What has no kind of its own is tied, and the
one record it was tied to before is let go. Labels a portal gave are never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.paths import ASSOCIATIONS
from connectors.hubspot.problems import Problem, problem_of, read_problem
from connectors.hubspot.refusals import refusal
from connectors.hubspot.ties import Tie, Ties, tie_of
from connectors.hubspot.writer import not_settled
from sync.domain.errors import ConfigError, ConnectorError, RecordLockedError
from sync.domain.ports import Write, WriteOutcome, WriteResult

__all__ = ["BATCH_SIZE", "TieWriter"]

#: How many ties one call takes; it takes twice as many, but reads no more.
BATCH_SIZE = 1_000

#: How many records one call takes all associations with another away from.
_ARCHIVE_BATCH = 100

#: The kind of tie whose old end HubSpot is not sure to let go by itself.
_PARENT_TYPE = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two records to be tied or parted, for one field of a write."""

    write: Write
    start: str
    end: str

    def wire(self, types: Sequence[Json]) -> Json:
        """Give the pair as one input of a batch."""
        kinds = {"types": list(types)} if types else {}
        return {"from": {"id": self.start}, "to": {"id": self.end}, **kinds}


@dataclass(slots=True)
class _Step:
    """What one field of a batch asks for, and which writes met a problem on the way."""

    tie: Tie
    writes: Sequence[Write]
    refused: dict[str, WriteResult] = field(default_factory=dict)

    def open(self, pairs: Sequence[_Pair]) -> list[_Pair]:
        """Give the pairs whose write has met no problem yet."""
        return [pair for pair in pairs if pair.write.token not in self.refused]

    def refuse(self, write: Write, problem: Problem, *, status: int) -> None:
        """Note the refusal of a write; it is about this field, whatever HubSpot names."""
        result = refusal(write, problem, status=status)
        words = problem.message or f"HubSpot refused the {self.tie.field}"
        self.refused[write.token] = WriteResult(
            token=write.token,
            outcome=WriteOutcome.LOCKED
            if result.outcome is WriteOutcome.LOCKED
            else WriteOutcome.REJECTED,
            id=write.id,
            code=result.code,
            message=words,
            fields=(self.tie.field,),
            request_id=result.request_id,
        )


class TieWriter:
    """Sends batches of ties to one portal."""

    def __init__(self, client: HubSpotClient, ties: Ties) -> None:
        """Write through a client; `ties` tells what records are tied to now."""
        self._client = client
        self._ties = ties

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send ties of one object; one result each, in their order.

        All of it may be sent again without harm, and is where no answer came.
        """
        refused: dict[str, WriteResult] = {}
        known = False
        object_name = writes[0].object_name
        for name in dict.fromkeys(name for write in writes for name in write.values):
            step = _Step(tie_of(object_name, name), [one for one in writes if name in one.values])
            try:
                self._take(object_name, step)
            except (ConnectorError, ConfigError) as error:
                if not known and not isinstance(error, RecordLockedError):
                    raise
                refused.update({one.token: not_settled(one, error) for one in step.writes})
            refused.update(step.refused)
            known = True
        return [refused.get(one.token) or _done(one) for one in writes]

    def _take(self, object_name: str, step: _Step) -> None:
        tie = step.tie
        wanted = {write.token: write.values[tie.field] for write in step.writes}
        standing = self._standing(object_name, step)
        parted: list[_Pair] = []
        for write in step.writes:
            others = [end for end in standing.get(write.id or "", ()) if end != wanted[write.token]]
            if tie.type_id is None and len(others) > 1:
                step.refuse(write, _several(tie, len(others)), status=400)
                continue
            parted += [_Pair(write=write, start=write.id or "", end=end) for end in others]
        tied = [
            _Pair(write=write, start=write.id or "", end=end)
            for write in step.writes
            if (end := wanted[write.token]) is not None
        ]
        if tie.type_id is not None:
            self._send(object_name, step, step.open(parted), "batch/labels/archive")
            self._send(object_name, step, step.open(tied), "batch/create")
            return
        # What is new comes first: if it is refused, the old one is still there.
        self._send(object_name, step, step.open(tied), "batch/associate/default")
        self._send(object_name, step, step.open(parted), "batch/archive")

    def _standing(self, object_name: str, step: _Step) -> Mapping[str, tuple[str, ...]]:
        """Read what is to be let go; a new primary takes the old one's place by itself."""
        needed = [
            write.id
            for write in step.writes
            if write.id is not None
            and (write.values[step.tie.field] is None or step.tie.type_id in (None, _PARENT_TYPE))
        ]
        return self._ties.ends(object_name, step.tie, needed) if needed else {}

    def _send(self, object_name: str, step: _Step, pairs: Sequence[_Pair], what: str) -> None:
        size = _ARCHIVE_BATCH if what == "batch/archive" else BATCH_SIZE
        waiting = [pairs[at : at + size] for at in range(0, len(pairs), size)]
        while waiting:
            batch = waiting.pop(0)
            answer = self._call(object_name, step.tie, batch, what)
            waiting[:0] = _settled(step, batch, answer)

    def _call(self, object_name: str, tie: Tie, batch: Sequence[_Pair], what: str) -> Answer:
        types = tie.types if what in ("batch/create", "batch/labels/archive") else ()
        removes = what.endswith("archive")
        if what == "batch/archive":
            inputs = [{"from": {"id": one.start}, "to": [{"id": one.end}]} for one in batch]
        else:
            inputs = [dict(one.wire(types)) for one in batch]
        operation = Operation(
            name="part" if removes else "tie",
            object_name=object_name,
            writes=True,
            holds="" if removes else "results",
        )
        return self._client.by_path(
            operation,
            f"{ASSOCIATIONS}/{what}",
            "POST",
            path_params=self._ties.path(object_name, tie),
            body={"inputs": inputs},
        )


def _settled(step: _Step, batch: Sequence[_Pair], answer: Answer) -> list[Sequence[_Pair]]:
    """Note what was refused; give the parts of a batch that must be asked once more."""
    if not answer.good:
        if len(batch) == 1:
            step.refuse(batch[0].write, problem_of(answer), status=answer.status)
            return []
        return _halves(batch)
    problems = [read_problem(error) for error in answer.errors]
    if not problems:
        return []
    done = set(_tied(answer))
    left = [pair for pair in batch if (pair.start, pair.end) not in done]
    if len(left) == 1:
        step.refuse(left[0].write, problems[0], status=answer.status)
        return []
    for problem in problems:
        named = [one for one in left if {one.start, one.end} & set(problem.ids)]
        if len(named) == 1:
            step.refuse(named[0].write, problem, status=answer.status)
            left.remove(named[0])
    # Whom the other problems are about is seen by asking in smaller parts: it does no harm.
    return _halves(left)


def _tied(answer: Answer) -> Iterator[tuple[str, str]]:
    """Give the pairs an answer says are tied, in either of the two forms it may have."""
    for item in answer.results:
        if "fromObjectId" in item:
            yield str(item["fromObjectId"]), str(item.get("toObjectId"))
        elif isinstance(item.get("from"), dict) and isinstance(item.get("to"), dict):
            yield str(item["from"].get("id")), str(item["to"].get("id"))


def _halves(pairs: Sequence[_Pair]) -> list[Sequence[_Pair]]:
    middle = (len(pairs) + 1) // 2
    return [part for part in (pairs[:middle], pairs[middle:]) if part]


def _several(tie: Tie, count: int) -> Problem:
    return Problem(
        codes=("SEVERAL_ASSOCIATIONS",),
        message=f"the record is tied to {count} other {tie.to_object}, and which of them is meant "
        "cannot be told; take all but one away in HubSpot",
    )


def _done(write: Write) -> WriteResult:
    return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=write.id)
