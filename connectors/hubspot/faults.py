"""HubSpot's failures in our own words: the one place that knows its status codes."""

from __future__ import annotations

from urllib3 import exceptions as urllib3_errors

from connectors.hubspot.calls import Answer, Operation
from connectors.hubspot.problems import Problem, problem_of
from sync.domain.errors import (
    AccountNotSupportedError,
    ConfigError,
    ConnectorError,
    CredentialError,
    CrmSyncError,
    DailyQuotaError,
    DuplicateRejectedError,
    ExhaustedError,
    GoneError,
    RateLimitedError,
    RecordLockedError,
    SchemaDriftError,
    UnavailableError,
    ValidationRejectedError,
)

__all__ = ["SYSTEM", "fault_of_answer", "fault_of_connection", "odd_answer"]

SYSTEM = "HubSpot"

#: Seconds to wait where a limit is named and no Retry-After is given.
_WAIT_BY_POLICY = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}

_POLICY_BY_WORD = {
    "daily": "DAILY",
    "ten_secondly": "TEN_SECONDLY_ROLLING",
    "secondly": "SECONDLY",
}

#: What a refused token asks of an admin, by whether it has run out.
_TOKEN = {
    False: "HubSpot does not accept the access token. Check that it is "
    "whole, not rotated, and of an app or service key that is still there.",
    True: "HubSpot's access token has run out, and there is no refresh token to get another one "
    "with. Use the token of a service key, or an app's HUBSPOT_REFRESH_TOKEN.",
}

#: What HubSpot's edge says of itself; all else is a fault on HubSpot's side.
_EDGE = {
    521: "its edge cannot reach it",
    522: "its edge waited for it in vain",
    523: "its edge cannot reach it",
    524: "it needed more than 100 seconds",
    525: "its edge cannot speak to it safely (TLS)",
    526: "its edge cannot speak to it safely (TLS)",
}

#: A pause asked for beyond this is left to the next run (HubSpot may ask for a day).
_LONGEST_WAIT = 120.0

#: Failures before anything was sent, so that HubSpot surely did nothing.
_NOT_SENT = (
    urllib3_errors.ConnectTimeoutError,
    urllib3_errors.NewConnectionError,
    urllib3_errors.NameResolutionError,
)


def fault_of_answer(answer: Answer, operation: Operation) -> CrmSyncError | None:
    """Give the error an answer stands for, None where it is a good one."""
    if answer.good:
        return _odd(answer, operation)
    problem = problem_of(answer)
    match answer.status:
        case 401:
            return _credentials(operation, problem, _TOKEN[problem.has("EXPIRED_AUTHENTICATION")])
        case 403:
            return _forbidden(operation, problem)
        case 423:
            return RecordLockedError(
                f"HubSpot holds a lock on a record for the moment ({operation.title}). The next "
                "run tries again; look for workflows and imports that write the same records.",
                **_about(operation, problem),
            )
        case 429:
            return _limited(answer, operation, problem)
        case 477:
            return _migrating(answer, operation, problem)
        case status if status >= 500 or status == 408:
            return UnavailableError(
                f"HubSpot answered {status} ({operation.title}): {_fault_of(status)}. The next run "
                "goes on; see status.hubspot.com if it stays.",
                maybe_done=operation.writes,
                **_about(operation, problem, code=str(status)),
            )
    return _refused(answer, operation, problem)


def fault_of_connection(
    error: urllib3_errors.HTTPError | UnicodeDecodeError, operation: Operation, *, address: str
) -> UnavailableError:
    """Give the error for an answer that never came, or came as no text at all.

    `address` is where the call went, scheme and host: a wrong one is seen by reading it.
    """
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, Exception) else error
    sent = not isinstance(cause, _NOT_SENT)
    what = "broke off the answer" if sent else "could not be reached"
    if isinstance(cause, urllib3_errors.ReadTimeoutError):
        what = "did not answer in time"
    elif isinstance(cause, urllib3_errors.SSLError):
        what = "could not be reached safely (TLS failed; check the certificates on this machine)"
    return UnavailableError(
        f"HubSpot {what} at {address} ({operation.title}, {type(cause).__name__}). The next run "
        "goes on; check that address (HUBSPOT_BASE_URL) and the network if it stays.",
        maybe_done=sent and operation.writes,
        system=SYSTEM,
        object_name=operation.object_name,
        operation=operation.name,
        code=type(cause).__name__,
    )


def odd_answer(operation: Operation, what: str) -> UnavailableError:
    """Give the error for a success that is none: a web page, or a body with parts missing."""
    return UnavailableError(
        f"HubSpot gave {what} to {operation.title}. Something between here and HubSpot may have "
        "answered in its place.",
        maybe_done=operation.writes,
        system=SYSTEM,
        object_name=operation.object_name,
        operation=operation.name,
        code="ODD_ANSWER",
    )


def _odd(answer: Answer, operation: Operation) -> UnavailableError | None:
    """Give the error for a success that does not hold what it must, None where it does."""
    if answer.foreign:
        return odd_answer(operation, f"an answer ({answer.status}) that is no JSON object")
    if not operation.holds:
        return None
    if answer.body.get(operation.holds) is None:
        return odd_answer(operation, f"an answer ({answer.status}) without {operation.holds!r}")
    if operation.holds == "results" and not _is_whole_list(answer.body["results"]):
        return odd_answer(operation, f"an answer ({answer.status}) whose results are no list")
    return None


def _is_whole_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _limited(answer: Answer, operation: Operation, problem: Problem) -> ConnectorError:
    policy = _policy(problem)
    if policy == "DAILY":
        return DailyQuotaError(
            "HubSpot: the calls of this day are used up, by all apps of the account together. "
            "The next run goes on when HubSpot starts counting again at midnight of the account.",
            **_about(operation, problem),
        )
    asked = answer.wait
    return RateLimitedError(
        f"HubSpot asked to slow down for longer than a run waits ({operation.title}). The next run "
        "goes on; spread other integrations over the day if it stays.",
        retry_after=_WAIT_BY_POLICY.get(policy) if asked is None else asked,
        **_about(operation, problem),
    )


def _policy(problem: Problem) -> str:
    """Name the limit that was met; some answers tell it in their message only."""
    if problem.policy:
        return problem.policy.upper()
    words = problem.message.casefold()
    return next((policy for word, policy in _POLICY_BY_WORD.items() if word in words), "")


def _migrating(answer: Answer, operation: Operation, problem: Problem) -> ConnectorError:
    wait = answer.wait
    if wait is not None and wait > _LONGEST_WAIT:
        return ExhaustedError(
            "HubSpot is moving this account to another data centre and asks to come back in "
            f"{wait:.0f} seconds. The next run goes on.",
            **_about(operation, problem, code="477"),
        )
    return RateLimitedError(
        "HubSpot is moving this account to another data centre and asks to wait.",
        retry_after=wait,
        **_about(operation, problem, code="477"),
    )


def _forbidden(
    operation: Operation, problem: Problem
) -> CredentialError | AccountNotSupportedError:
    if operation.optional:
        return _not_included(operation, problem)
    if problem.has("MISSING_SCOPES") or problem.scopes:
        scopes = " or ".join(problem.scopes) or "one the answer does not name"
        return _credentials(
            operation,
            problem,
            f"HubSpot refused one call ({operation.title}): the token lacks the scope {scopes}. "
            "Add it to the app or service key and take over the new token.",
        )
    return _credentials(
        operation,
        problem,
        f"HubSpot refused one call ({operation.title}) to this token: a permission is missing, or "
        "the account's subscription does not include it.",
    )


def _not_included(operation: Operation, problem: Problem) -> AccountNotSupportedError:
    """Tell that the account, or the token, does without an object; the run goes on."""
    if problem.has("MISSING_SCOPES") or problem.scopes:
        scopes = " or ".join(problem.scopes) or "one the answer does not name"
        words = (
            f"HubSpot refused to {operation.title}: the token lacks the scope {scopes}. Add it to "
            "the app or service key and take over the new token."
        )
    else:
        words = (
            f"HubSpot refused to {operation.title}: the account's subscription does not include "
            f"{operation.object_name}, or a permission is missing."
        )
    return AccountNotSupportedError(
        words,
        system=SYSTEM,
        object_name=operation.object_name,
        code=problem.code or "FORBIDDEN",
        request_id=problem.request_id,
    )


def _refused(answer: Answer, operation: Operation, problem: Problem) -> CrmSyncError:
    """Tell a refusal for what the call held; HubSpot's text is left out, it may quote values."""
    if "unable to infer object type" in problem.message.casefold():
        return SchemaDriftError(
            f"HubSpot has no object {operation.object_name!r}. Correct the name in the mapping."
        )
    about = _about(operation, problem)
    words = _refusal_words(answer, operation, problem)
    match answer.status:
        case status if 300 <= status < 400:
            return ConfigError(
                f"HubSpot answered {operation.title} with a redirect ({status}): HUBSPOT_BASE_URL "
                "is not the address of its API. Leave it out, or write https://api.hubapi.com."
            )
        case 404 if not problem.category:
            return SchemaDriftError(
                f"HubSpot does not know the address for {operation.title}: the object "
                f"{operation.object_name!r} or this version of the API is not there."
            )
        case 400 if problem.has("PROPERTY_DOESNT_EXIST") and not operation.writes:
            return SchemaDriftError(
                f"{words}. The property is not there any more: correct the name in the mapping, "
                "or put it back."
            )
        case 404:
            return GoneError(words, **about)
        case 409:
            return DuplicateRejectedError(words, **about)
    return ValidationRejectedError(
        f"{words}. The next run would meet the same: please report this line as a fault of "
        "revloop, unless somebody is changing the account's set-up just now.",
        **about,
    )


def _refusal_words(answer: Answer, operation: Operation, problem: Problem) -> str:
    fields = f" for {', '.join(problem.fields)}" if problem.fields else ""
    reference = f" (reference {problem.request_id})" if problem.request_id else ""
    return f"HubSpot refused {operation.title}{fields}: {problem.code or answer.status}{reference}"


def _fault_of(status: int) -> str:
    """Say in words what a status of HubSpot's own trouble tells."""
    return _EDGE.get(status, "a fault on its side")


def _credentials(operation: Operation, problem: Problem, message: str) -> CredentialError:
    return CredentialError(
        message,
        system=SYSTEM,
        operation=operation.name,
        code=problem.code,
        request_id=problem.request_id,
    )


def _about(operation: Operation, problem: Problem, *, code: str = "") -> dict[str, str]:
    return {
        "system": SYSTEM,
        "object_name": operation.object_name,
        "operation": operation.name,
        "code": problem.code or code,
        "request_id": problem.request_id,
    }
