"""What a batch's answer means for each write in it: pure, no calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from connectors.hubspot.calls import Answer, Json
from connectors.hubspot.problems import Problem, problem_of, read_problem
from connectors.hubspot.refusals import blamed, refusal
from connectors.hubspot.values import is_record, native_of, record_of
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult

__all__ = ["Settlement", "settle"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """The results an answer gives, and the parts of the batch that are to be sent again.

    Sending again is safe: those writes were refused, HubSpot only did not say for which of them.
    """

    results: dict[str, WriteResult]
    again: tuple[Sequence[Write], ...] = ()


def settle(batch: Sequence[Write], answer: Answer) -> Settlement:
    """Match an answer to the writes of its batch; it keeps neither their order nor their number."""
    if not answer.good:
        return _settle_refused(batch, answer)
    if batch[0].kind is WriteKind.ARCHIVE:
        return _settle_archived(batch, answer)
    done, unmatched = _successes(batch, answer.results)
    rest = [write for write in batch if write.token not in done]
    refused, vague = _refusals(rest, [read_problem(error) for error in answer.errors])
    rest = [write for write in rest if write.token not in refused]
    if len(rest) == len(unmatched) == 1 and not vague and rest[0].kind is WriteKind.CREATE:
        return Settlement(done | refused | {rest[0].token: _stored(rest[0], unmatched[0])})
    if not vague or unmatched:
        return Settlement(done | refused | {write.token: _unmentioned(write) for write in rest})
    if len(rest) == 1:
        return Settlement(done | refused | {rest[0].token: refusal(rest[0], vague[0])})
    if rest and rest[0].kind is WriteKind.CREATE and _failures(answer) < len(batch) - len(done):
        # Some of the rest may be made without a word; a second time would make them twice.
        return Settlement(done | refused | {write.token: _unmentioned(write) for write in rest})
    return Settlement(done | refused, _halves(rest))


def _settle_archived(batch: Sequence[Write], answer: Answer) -> Settlement:
    """Settle archives: all that is not refused is done, since no word is said of it."""
    refused, vague = _refusals(batch, [read_problem(error) for error in answer.errors])
    rest = [write for write in batch if write.token not in refused]
    if not vague:
        return Settlement(refused | {write.token: _done(write, write.id) for write in rest})
    if len(rest) == 1:
        return Settlement(refused | {rest[0].token: refusal(rest[0], vague[0])})
    return Settlement(refused, _halves(rest))


def _failures(answer: Answer) -> int:
    """Count the writes an answer says have failed: one error may speak of several."""
    told = str(answer.body.get("numErrors"))
    return max(int(told) if told.isdecimal() else 0, len(answer.errors))


def _settle_refused(batch: Sequence[Write], answer: Answer) -> Settlement:
    """Settle a batch refused as a whole, so that one bad record stops no other."""
    problem = problem_of(answer)
    guilty = blamed(batch, problem) if len(batch) > 1 else batch
    results = {write.token: refusal(write, problem, status=answer.status) for write in guilty}
    rest = [write for write in batch if write.token not in results]
    if not guilty:
        return Settlement({}, _halves(rest))
    return Settlement(results, (rest,) if rest else ())


def _successes(
    batch: Sequence[Write], items: Sequence[Json]
) -> tuple[dict[str, WriteResult], list[Json]]:
    """Match the records of an answer to their writes; give those without a write apart."""
    by_token = {write.token: write for write in batch}
    by_id = {write.id: write for write in batch if write.id is not None}
    done: dict[str, WriteResult] = {}
    disputed: set[str] = set()
    unmatched = []
    for item in (item for item in items if is_record(item)):
        # The id first: whatever token stands beside it, these are that record's values.
        write = by_id.get(str(item["id"])) or by_token.get(str(item.get("objectWriteTraceId")))
        if write is None:
            write = _like(item, [w for w in batch if w.token not in done])
        if write is None:
            unmatched.append(item)
            continue
        result = _stored(write, item)
        rivals = {
            token for token, other in done.items() if _contradict(write, token, result, other)
        }
        disputed |= {write.token, *rivals} if rivals else set()
        done[write.token] = result
    return {token: result for token, result in done.items() if token not in disputed}, unmatched


def _contradict(write: Write, token: str, result: WriteResult, other: WriteResult) -> bool:
    """Tell whether two results cannot both be: two ids for one write, one id for two creates.

    Two updates may well end on one id: that of the record both were merged into.
    """
    if token == write.token:
        return other.id != result.id
    return write.kind is WriteKind.CREATE and other.id == result.id


def _like(item: Json, writes: Sequence[Write]) -> Write | None:
    """Find the one create whose unique key, or else all its values, the record holds."""
    creates = [write for write in writes if write.id is None]
    tests: tuple[Callable[[Write], bool], ...] = (
        lambda write: write.unique_key is not None and _holds(item, write, [write.unique_key]),
        lambda write: _holds(item, write, list(write.values)),
    )
    for test in tests:
        found = [write for write in creates if test(write)]
        if len(found) == 1:
            return found[0]
    return None


def _holds(item: Json, write: Write, names: Sequence[str]) -> bool:
    """Tell whether a record holds what was written, upper and lower case being one."""
    return all(
        (native_of(item["properties"].get(name)) or "").casefold()
        == (write.values.get(name) or "").casefold()
        for name in names
    )


def _refusals(
    writes: Sequence[Write], problems: Sequence[Problem]
) -> tuple[dict[str, WriteResult], list[Problem]]:
    """Give the results of writes that a problem names, and the problems that name none."""
    refused: dict[str, WriteResult] = {}
    vague = []
    for problem in problems:
        guilty = blamed([w for w in writes if w.token not in refused], problem)
        refused.update({write.token: refusal(write, problem) for write in guilty})
        if not guilty:
            vague.append(problem)
    return refused, vague


def _halves(writes: Sequence[Write]) -> tuple[Sequence[Write], ...]:
    middle = (len(writes) + 1) // 2
    return tuple(part for part in (writes[:middle], writes[middle:]) if part)


def _stored(write: Write, item: Json) -> WriteResult:
    record = record_of(write.object_name, item, write.read_back)
    return replace(_done(write, record.ref.id), stored=record)


def _done(write: Write, record_id: str | None) -> WriteResult:
    return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=record_id)


def _unmentioned(write: Write) -> WriteResult:
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.UNKNOWN,
        id=write.id,
        code="NO_RESULT",
        message="HubSpot's answer does not mention this record.",
    )
