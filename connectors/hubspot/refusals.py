"""Refusals of single records in our words: what became of a write, and which fields it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.hubspot.advice import advice_on, own_advice
from connectors.hubspot.problems import Problem
from connectors.hubspot.values import CONTACTS
from sync.domain.errors import AccountNotSupportedError
from sync.domain.ports import Write, WriteOutcome, WriteResult
from sync.domain.record import RecordRef

__all__ = ["blamed", "in_our_words", "is_gone", "not_given", "refusal", "tie_refusal"]

#: A value that must be unique is taken. The second spelling is not confirmed by HubSpot's pages.
_TAKEN = ("CONFLICT", "CONFLICTING_UNIQUE_VALUE", "OBJECT_ALREADY_EXISTS")
_GONE = ("OBJECT_NOT_FOUND", "NOT_FOUND")
_LOCKED = ("LOCKED", "OBJECT_LOCKED")

#: Refusals every record that carries the property will meet, whatever its value.
_FOR_ALL_VALUES = ("PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE")


def refusal(write: Write, problem: Problem, *, status: int = 207) -> WriteResult:
    """Give the result of a refused write; `status` is that of the answer it came in."""
    outcome = _outcome(problem, status)
    taken = outcome is WriteOutcome.DUPLICATE
    existing = problem.existing if taken and problem.existing != write.id else None
    return WriteResult(
        token=write.token,
        outcome=outcome,
        id=write.id,
        existing=RecordRef(write.object_name, existing) if existing else None,
        code=problem.code or str(status),
        message=problem.words,
        fields=problem.fields or (_key_fields(write) if taken else ()),
        request_id=problem.request_id,
        advice=advice_on((*problem.codes, problem.category), outcome),
    )


def blamed(writes: Sequence[Write], problem: Problem) -> list[Write]:
    """Pick the writes of a batch that a problem is about, as far as it says so."""
    named = [w for w in writes if w.token in problem.traces]
    named = named or [w for w in writes if w.id is not None and w.id in problem.ids]
    if named or not problem.has(*_FOR_ALL_VALUES):
        return named
    return [
        w for w in writes if not problem.fields or not w.values.keys().isdisjoint(problem.fields)
    ]


def is_gone(problem: Problem) -> bool:
    """Tell whether a problem says that there is no such record."""
    return problem.has(*_GONE)


def _outcome(problem: Problem, status: int) -> WriteOutcome:
    if problem.has(*_TAKEN) or status == 409 or problem.existing is not None:
        return WriteOutcome.DUPLICATE
    if is_gone(problem) or status == 404:
        return WriteOutcome.GONE
    if problem.has(*_LOCKED) or status == 423:
        return WriteOutcome.LOCKED
    return WriteOutcome.REJECTED


def _key_fields(write: Write) -> tuple[str, ...]:
    """Name the field a bare 'already exists' is about: the e-mail of a contact, else our key."""
    if write.object_name in CONTACTS and "email" in write.values:
        return ("email",)
    return (write.unique_key,) if write.unique_key else ()


def not_given(write: Write, fault: AccountNotSupportedError) -> WriteResult:
    """Give the result of a write to what the account does not have."""
    result = in_our_words(write, WriteOutcome.REJECTED, fault.code, str(fault))
    return replace(result, request_id=fault.request_id)


def in_our_words(
    write: Write, outcome: WriteOutcome, code: str, message: str, *, fields: tuple[str, ...] = ()
) -> WriteResult:
    """Give the result of a write that came to nothing for a reason HubSpot has no words for."""
    return WriteResult(
        token=write.token,
        outcome=outcome,
        id=write.id,
        code=code,
        message=message,
        fields=fields,
        advice=own_advice(code, outcome),
    )


def tie_refusal(write: Write, problem: Problem, *, status: int) -> WriteResult:
    """Give the result of a refused tie: none is in its way, and what is gone is what it ties."""
    result = refusal(write, problem, status=status)
    locked = result.outcome is WriteOutcome.LOCKED
    outcome = WriteOutcome.LOCKED if locked else WriteOutcome.REJECTED
    advice = advice_on((*problem.codes, problem.category), outcome)
    return replace(result, outcome=outcome, existing=None, fields=(), advice=advice)
