"""Turns every way a call to Salesforce can fail into the project's errors; the one place for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from sync.domain.errors import (
    AccountFullError,
    ConfigError,
    ConnectorError,
    CredentialError,
    CrmSyncError,
    DailyQuotaError,
    GoneError,
    RateLimitedError,
    RecordLockedError,
    RecordRejectedError,
    SchemaDriftError,
    UnavailableError,
)

if TYPE_CHECKING:
    import requests

__all__ = [
    "Call",
    "Fault",
    "fault_error",
    "named_field",
    "read_fault",
    "token_error",
    "transport_error",
    "unreadable_error",
]

_SYSTEM = "Salesforce"

_NO_COLUMN = re.compile(r"No such column '([^']+)'")
_NOT_WRITABLE = re.compile(r"create/update fields: ([\w, ]+)")
_ERROR_ID = re.compile(r"ErrorId[^:]*:\s*([\d-]+(?: \(-?\d+\))?)")

_SCHEMA_CODES = frozenset({"INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE"})
_BUSY_CODES = frozenset(
    {"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG"}
)
_NO_API_CODES = frozenset(
    {"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "API_DISABLED", "FUNCTIONALITY_NOT_ENABLED"}
)
_GONE_CODES = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED"})
_SLOW_DOWN_STATUSES = frozenset({420, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was being done when a call failed, for the error that names it."""

    operation: str
    object_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A refusal as Salesforce worded it; `code` is empty where the body was no API answer.

    `message` may quote values and queries: it goes into results, never into an exception.
    `matches` holds the ids a duplicate rule named.
    """

    status: int
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()


class _Where(TypedDict):
    system: str
    object_name: str
    operation: str
    code: str


def read_fault(status: int, content: object) -> Fault:
    """Read an error body: a list, an object, text of either, a page of HTML, or nothing."""
    if isinstance(content, bytes | str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return Fault(status=status)
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, Mapping):
        return Fault(status=status)
    code = first.get("errorCode") or first.get("statusCode") or first.get("error")
    message = first.get("message") or first.get("error_description")
    return Fault(
        status=status,
        code=str(code or ""),
        message=str(message or ""),
        fields=_names(first.get("fields")),
    )


def named_field(fault: Fault) -> str | None:
    """Give the field a refusal is about, where it says."""
    if fault.fields:
        return fault.fields[0]
    found = _NO_COLUMN.search(fault.message) or _NOT_WRITABLE.search(fault.message)
    return found.group(1).split(",")[0].strip() if found else None


def fault_error(fault: Fault, call: Call) -> CrmSyncError:
    """Give the error for a call that Salesforce refused as a whole."""
    where = _where(fault, call)
    if fault.status == 401 or fault.code == "INVALID_SESSION_ID":
        return _rejected_token(fault, call)
    if fault.code == "REQUEST_LIMIT_EXCEEDED" or fault.status in _SLOW_DOWN_STATUSES:
        return _limit_error(fault, where)
    if fault.code == "UNABLE_TO_LOCK_ROW":
        return RecordLockedError(
            f"Salesforce: another process holds records of {_what(call)} for the moment "
            "(UNABLE_TO_LOCK_ROW). The next run tries again.",
            **where,
        )
    if fault.code in _BUSY_CODES or fault.status >= 500 or not fault.code:
        return _unavailable(fault, call)
    return _lasting_error(fault, call)


def token_error(fault: Fault, call: Call) -> CrmSyncError:
    """Give the error for a sign-in that was refused."""
    if fault.status >= 500 or fault.status < 400 or not fault.code:
        return _unavailable(fault, call)
    if fault.status in _SLOW_DOWN_STATUSES:
        return _limit_error(fault, _where(fault, call))
    return CredentialError(
        f"Salesforce refused the sign-in: {fault.code}"
        + (f", {fault.message}" if fault.message else "")
        + f". {_sign_in_advice(fault)}",
        system=_SYSTEM,
        operation=call.operation,
        code=fault.code,
    )


def transport_error(exc: requests.RequestException, call: Call) -> CrmSyncError:
    """Give the error for a call that got no answer, or one that cannot be read."""
    import requests

    if isinstance(exc, requests.exceptions.JSONDecodeError):
        return unreadable_error(call)
    if isinstance(exc, requests.exceptions.SSLError) and "CERTIFICATE" in str(exc).upper():
        return ConfigError(
            "Salesforce: the server's certificate is not trusted here. Set REQUESTS_CA_BUNDLE to "
            "your company's bundle, or check `domain` and `instance_url`."
        )
    if isinstance(exc, ValueError):  # InvalidURL, InvalidHeader and the like
        return ConfigError(
            "Salesforce: the address or the token holds characters that cannot be sent; check "
            "`domain`, `instance_url` and the token for line breaks and spaces."
        )
    return UnavailableError(
        f"Salesforce did not answer at {_address(exc)} ({type(exc).__name__}, {call.operation}). "
        "Nothing needs to be done if it stays the only time; otherwise check that address "
        "(`instance_url`, `domain`), the network and status.salesforce.com.",
        maybe_done=not _surely_unsent(exc),
        system=_SYSTEM,
        object_name=call.object_name,
        operation=call.operation,
    )


def unreadable_error(call: Call) -> UnavailableError:
    """Give the error for an answer that is not what the API gives: a page, half a body."""
    return UnavailableError(
        f"Salesforce answered with something that is no API answer ({call.operation}); a proxy "
        "or a maintenance page may stand between. The next run tries again.",
        maybe_done=True,
        system=_SYSTEM,
        object_name=call.object_name,
        operation=call.operation,
    )


def _limit_error(fault: Fault, where: _Where) -> ConnectorError:
    if fault.status in _SLOW_DOWN_STATUSES or "concurrent" in fault.message.lower():
        return RateLimitedError(
            "Salesforce asked to slow down for longer than a run waits: too many calls run at the "
            "same time. The next run goes on; look for programs that call it at the same time.",
            **where,
        )
    return DailyQuotaError(
        "Salesforce: the org's calls of the last 24 hours are used up (REQUEST_LIMIT_EXCEEDED). "
        "The run stops here; the next one goes on. Setup, 'System Overview' shows which programs "
        "use them.",
        **where,
    )


def _rejected_token(fault: Fault, call: Call) -> CredentialError:
    return CredentialError(
        "Salesforce turned down a fresh access token"
        f" ({fault.code or fault.status}). In Setup, see whether the integration user is active, "
        "the app is allowed for it, and IP ranges and session settings let this machine in.",
        system=_SYSTEM,
        operation=call.operation,
        code=fault.code,
    )


def _unavailable(fault: Fault, call: Call) -> CrmSyncError:
    """Give the error for a fault on Salesforce's own side, or of something in between."""
    if 300 <= fault.status < 400:
        return ConfigError(
            f"Salesforce answered with a redirect ({fault.status}): `domain` or `instance_url` is "
            "not the org's own address. Write the My Domain host, 'https://….my.salesforce.com'."
        )
    if not fault.code and fault.status < 500:
        error = unreadable_error(call)
        error.maybe_done = fault.status < 300
        return error
    named = f"{fault.status} {fault.code}".strip()
    error_id = _ERROR_ID.search(fault.message)
    return UnavailableError(
        f"Salesforce could not carry out a call just now ({named}, {call.operation}"
        + (f", error id {error_id.group(1)}" if error_id else "")
        + "). The next run tries again.",
        maybe_done=fault.status >= 500,
        **_where(fault, call),
    )


def _lasting_error(fault: Fault, call: Call) -> CrmSyncError:
    """Give the error for a refusal that the same call would meet again."""
    where = _where(fault, call)
    if fault.code in _SCHEMA_CODES or (fault.code == "NOT_FOUND" and call.operation == "describe"):
        return _schema_error(fault, call)
    if fault.code in _NO_API_CODES:
        return _permission(
            f"Salesforce: the API is not open to this user ({fault.code}). The edition must offer "
            "it, and the user needs the permission 'API Enabled'.",
            fault,
            call,
        )
    if fault.code == "STORAGE_LIMIT_EXCEEDED":
        return AccountFullError(
            "Salesforce: the org's storage is full (STORAGE_LIMIT_EXCEEDED). Delete what is not "
            "needed, or buy storage; Setup, 'Storage Usage' shows what fills it.",
            **where,
        )
    if fault.code == "OPERATION_TOO_LARGE":
        return _permission(
            f"Salesforce cannot work out for so many of {_what(call)} which ones this user may "
            "see (OPERATION_TOO_LARGE). Give the integration user 'View All' of that object, or "
            "'View All Data': then there is nothing to work out.",
            fault,
            call,
        )
    if fault.code.startswith("INSUFFICIENT_ACCESS") or fault.status == 403:
        return _permission(
            f"Salesforce does not allow this user: {call.operation} {_what(call)} ({fault.code}). "
            "Give the integration user's permission set that access.",
            fault,
            call,
        )
    if fault.code == "UNSUPPORTED_API_VERSION" or fault.status == 410:
        return ConfigError(
            "Salesforce does not serve this API version; leave `salesforce.api_version` out of "
            "revloop.yaml, or write a newer one."
        )
    if fault.code in _GONE_CODES:
        return GoneError(
            f"Salesforce: {_what(call)} is deleted or not visible ({fault.code}). The next run "
            "looks again.",
            **where,
        )
    if fault.code == "INVALID_QUERY_LOCATOR":
        return GoneError(
            f"Salesforce lost its place in a long list of {_what(call)} (INVALID_QUERY_LOCATOR). "
            "The next run reads it from where this one came to.",
            **where,
        )
    if fault.code == "QUERY_TOO_COMPLICATED":
        return SchemaDriftError(
            f"Salesforce cannot work out all fields of {_what(call)} in one query "
            "(QUERY_TOO_COMPLICATED). Map fewer formula fields of it, or simplify them in Setup."
        )
    return RecordRejectedError(
        f"Salesforce refused a call as it was made: {call.operation} {_what(call)} ({fault.code}). "
        "The next run would meet the same: please report this line as a fault of revloop, unless "
        "somebody is changing the org's set-up just now.",
        **where,
    )


def _schema_error(fault: Fault, call: Call) -> SchemaDriftError:
    name = named_field(fault)
    if fault.code == "INVALID_FIELD_FOR_INSERT_UPDATE":
        return SchemaDriftError(
            f"Salesforce: the field '{name or '?'}' of {_what(call)} cannot be written "
            f"({fault.code}). Give the integration user edit access, or map it read only."
        )
    if fault.code == "INVALID_FIELD":
        return SchemaDriftError(
            f"Salesforce: {_what(call)} has no field '{name or '?'}' that this user may use so "
            f"({fault.code}). Correct the name in the mapping, or give the integration user "
            "access to the field."
        )
    return SchemaDriftError(
        f"Salesforce: there is no object {_what(call)} that this user can see ({fault.code}). "
        "Correct the name in the mapping, or give the integration user access to the object."
    )


def _permission(message: str, fault: Fault, call: Call) -> CredentialError:
    return CredentialError(message, system=_SYSTEM, operation=call.operation, code=fault.code)


def _sign_in_advice(fault: Fault) -> str:
    text = fault.message.lower()
    if "no client credentials user" in text:
        return "In the app's policies, name the user to run client credentials as."
    if "hasn't approved" in text:
        return "In the app's policies, allow it for the user's profile or permission set."
    if fault.code in {"invalid_client_id", "invalid_client"}:
        return "Check client_id and client_secret, and that `domain` is this org's."
    if "audience" in text:
        return "`domain` must be login.salesforce.com, test.salesforce.com or the org's My Domain."
    return "Check the app's settings, the user it runs as, and `domain`."


def _address(exc: requests.RequestException) -> str:
    """Give scheme and host a call went to; the rest of an address may quote values."""
    parts = urlsplit(getattr(exc.request, "url", None) or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "its address"


def _surely_unsent(exc: requests.RequestException) -> bool:
    """Tell whether the call broke before anything could reach Salesforce."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(exc, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    inner = getattr(exc.args[0], "reason", exc.args[0]) if exc.args else None
    return isinstance(inner, NewConnectionError | ConnectTimeoutError)


def _where(fault: Fault, call: Call) -> _Where:
    return {
        "system": _SYSTEM,
        "object_name": call.object_name,
        "operation": call.operation,
        "code": fault.code,
    }


def _what(call: Call) -> str:
    return call.object_name or "the org"


def _names(fields: Any) -> tuple[str, ...]:  # JSON of the vendor's, of any shape
    return tuple(map(str, fields)) if isinstance(fields, list) else ()
