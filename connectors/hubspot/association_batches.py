"""Batches of associations, sent in parts where the whole is refused, until each has its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.hubspot.association_calls import AssociationCalls
from connectors.hubspot.calls import Answer, Json
from connectors.hubspot.problems import Problem, problem_of, read_problem
from sync.domain.ports import Write

__all__ = ["ARCHIVE", "BATCH_SIZE", "CREATE", "DEFAULT", "UNLABEL", "Pair", "PairBatches"]

#: How many pairs one call takes; it takes twice as many, but reads no more.
BATCH_SIZE = 1_000

#: From how many records one call takes all associations with others away.
_ARCHIVE_BATCH = 100

CREATE = "batch/create"
DEFAULT = "batch/associate/default"
UNLABEL = "batch/labels/archive"
ARCHIVE = "batch/archive"

#: Takes the refusal of a write: what was said, and in an answer of which status.
Refuse = Callable[[Write, Problem, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records to be tied or parted for a write; `types` are the kinds, as calls name them."""

    write: Write
    start: str
    end: str
    types: Sequence[Json] = ()

    def wire(self) -> Json:
        """Give the pair as one input of a batch."""
        kinds = {"types": list(self.types)} if self.types else {}
        return {"from": {"id": self.start}, "to": {"id": self.end}, **kinds}


class PairBatches:
    """Sends pairs of two objects; `about` names what they are for.

    To `doubted` come the tokens of writes that an attempt without an answer may have carried out.
    """

    def __init__(
        self,
        calls: AssociationCalls,
        start: str,
        end: str,
        *,
        about: str,
        doubted: set[str] | None = None,
    ) -> None:
        """Send by these calls, from one object to another."""
        self._calls = calls
        self._start = start
        self._end = end
        self._about = about
        self._doubted = set() if doubted is None else doubted

    def send(
        self, what: str, pairs: Sequence[Pair], refuse: Refuse
    ) -> Mapping[tuple[str, str], Sequence[str]]:
        """Send pairs to one of the batch paths; give the labels of those answered as tied."""
        told: dict[tuple[str, str], Sequence[str]] = {}
        waiting = list(_archived(pairs) if what == ARCHIVE else _cut(pairs))
        while waiting:
            batch = waiting.pop(0)
            inputs = _by_start(batch) if what == ARCHIVE else [one.wire() for one in batch]
            answer = self._calls.write(self._start, self._end, what, inputs, about=self._about)
            told.update(_tied(answer))
            if answer.doubted:
                self._doubted.update(one.write.token for one in batch)
            waiting[:0] = _settled(batch, answer, refuse)
        return told


def _cut(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    for at in range(0, len(pairs), BATCH_SIZE):
        yield pairs[at : at + BATCH_SIZE]


def _archived(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    """Cut so that each batch parts pairs of no more records than one call takes."""
    by_start = _grouped(pairs)
    batch: list[Pair] = []
    starts = 0
    for group in by_start.values():
        if batch and (starts == _ARCHIVE_BATCH or len(batch) + len(group) > BATCH_SIZE):
            yield batch
            batch, starts = [], 0
        batch += group
        starts += 1
    if batch:
        yield batch


def _by_start(pairs: Sequence[Pair]) -> list[Json]:
    return [
        {"from": {"id": start}, "to": [{"id": one.end} for one in group]}
        for start, group in _grouped(pairs).items()
    ]


def _grouped(pairs: Sequence[Pair]) -> Mapping[str, Sequence[Pair]]:
    groups: dict[str, list[Pair]] = {}
    for one in pairs:
        groups.setdefault(one.start, []).append(one)
    return groups


def _settled(batch: Sequence[Pair], answer: Answer, refuse: Refuse) -> list[Sequence[Pair]]:
    """Note what was refused; give the parts of a batch that must be asked once more."""
    if not answer.good:
        if len(batch) == 1:
            refuse(batch[0].write, problem_of(answer), answer.status)
            return []
        return _halves(batch)
    problems = [read_problem(error) for error in answer.errors]
    if not problems:
        return []
    done = {ends for ends, _ in _tied(answer)}
    left = [pair for pair in batch if (pair.start, pair.end) not in done]
    if len(left) == 1:
        refuse(left[0].write, problems[0], answer.status)
        return []
    for problem in problems:
        named = [one for one in left if {one.start, one.end} & set(problem.ids)]
        if len(named) == 1:
            refuse(named[0].write, problem, answer.status)
            left.remove(named[0])
    # Whom the other problems are about is seen by asking in smaller parts: it does no harm.
    return _halves(left)


def _tied(answer: Answer) -> Iterator[tuple[tuple[str, str], Sequence[str]]]:
    """Give the pairs an answer says are tied, in either of the two forms it may have."""
    for item in answer.results:
        if "fromObjectId" in item:
            labels = item.get("labels")
            listed = labels if isinstance(labels, list) else ()
            ends = (str(item["fromObjectId"]), str(item.get("toObjectId")))
            yield ends, [str(one) for one in listed if one]
        elif isinstance(item.get("from"), dict) and isinstance(item.get("to"), dict):
            yield (str(item["from"].get("id")), str(item["to"].get("id"))), ()


def _halves(pairs: Sequence[Pair]) -> list[Sequence[Pair]]:
    middle = (len(pairs) + 1) // 2
    return [part for part in (pairs[:middle], pairs[middle:]) if part]
