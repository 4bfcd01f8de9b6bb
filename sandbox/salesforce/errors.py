"""The API's own errors: status, code and the text an admin would read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sandbox.salesforce.wire import Json, JsonObject, encode_json

__all__ = [
    "ApiError",
    "Fault",
    "bad_json",
    "bad_picklist_value",
    "converted_lead",
    "entity_is_deleted",
    "external_id_not_found",
    "fault_body",
    "inactive_owner",
    "invalid_cross_reference",
    "invalid_field",
    "locked_row",
    "malformed_query",
    "no_such_column",
    "not_found",
    "processing_halted",
    "read_only_fields",
    "request_limit_exceeded",
    "required_fields_missing",
    "session_expired",
    "wrong_id_type",
]

_JSON = {"Content-Type": "application/json;charset=UTF-8"}
_HTML = {"Content-Type": "text/html;charset=UTF-8"}
_CUSTOM_FIELD_ADVICE = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom "
    "field name. Please reference your WSDL or the describe call for the appropriate names."
)


class ApiError(ValueError):
    """A request or a row was refused; carries what the answer says."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: Sequence[str] | None = None,
        extra: JsonObject | None = None,
    ) -> None:
        """Keep the code and text; `extra` holds further keys of the body."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        self.extra = extra or {}

    def body(self) -> list[Json]:
        """Give the answer to a request that fails: a list of one error."""
        body: JsonObject = {**self.extra, "message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = list(self.fields)
        return [body]

    def row_body(self) -> JsonObject:
        """Give the error as a row of a collection reports it: `statusCode`, not `errorCode`."""
        return {
            "statusCode": self.code,
            "message": self.message,
            "fields": list(self.fields or ()),
        }


def session_expired() -> ApiError:
    """A token that is unknown or has run out."""
    return ApiError("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def not_found() -> ApiError:
    """An address that leads nowhere."""
    return ApiError("NOT_FOUND", "The requested resource does not exist", status=404)


def external_id_not_found(name: str) -> ApiError:
    """A field that cannot be used to address a record."""
    return ApiError(
        "NOT_FOUND",
        f"Provided external ID field does not exist or is not accessible: {name}",
        status=404,
    )


def entity_is_deleted() -> ApiError:
    """The record is in the recycle bin."""
    return ApiError("ENTITY_IS_DELETED", "entity is deleted", status=404, fields=())


def invalid_cross_reference(*, addressed: bool = False) -> ApiError:
    """An id of the right kind that is nobody's; `addressed` when it is in the path."""
    return ApiError(
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        status=404 if addressed else 400,
        fields=(),
    )


def wrong_id_type(label: str, value: str, field: str) -> ApiError:
    """An id of another object, or a text that is no id."""
    message = f"{label}: id value of incorrect type: {value}"
    return ApiError("MALFORMED_ID", message, fields=(field,))


def bad_json(message: str) -> ApiError:
    """A body or a value that cannot be read."""
    return ApiError("JSON_PARSER_ERROR", message)


def no_such_column(name: str, sobject: str) -> ApiError:
    """A body names a field the object lacks."""
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def invalid_field(name: str, sobject: str, *, where: str = "") -> ApiError:
    """A query names a field the object lacks; `where` quotes the query."""
    message = f"{where}No such column '{name}' on entity '{sobject}'. {_CUSTOM_FIELD_ADVICE}"
    return ApiError("INVALID_FIELD", message)


def malformed_query(message: str) -> ApiError:
    """A query that cannot be read."""
    return ApiError("MALFORMED_QUERY", message)


def required_fields_missing(names: Sequence[str]) -> ApiError:
    """A record lacks what it must have."""
    listed = ", ".join(names)
    message = f"Required fields are missing: [{listed}]"
    return ApiError("REQUIRED_FIELD_MISSING", message, fields=tuple(names))


def read_only_fields(names: Sequence[str]) -> ApiError:
    """A write names fields that nobody may write."""
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings "
        "of this field and verify that it is read/write for your profile or permission set."
    )
    return ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=tuple(names))


def bad_picklist_value(label: str, value: str, field: str) -> ApiError:
    """A value that is not in a restricted picklist."""
    return ApiError(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{label}: bad value for restricted picklist field: {value}",
        fields=(field,),
    )


def converted_lead() -> ApiError:
    """A lead that was converted is frozen."""
    return ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=())


def inactive_owner(user_id: str, sobject: str) -> ApiError:
    """A record is given to somebody who has left."""
    message = f"operation performed with inactive user [{user_id}] as owner of {sobject.lower()}"
    return ApiError("INACTIVE_OWNER_OR_USER", message, fields=())


def locked_row(record_id: str | None) -> ApiError:
    """Somebody else is writing the record or its parent."""
    tail = f" or 1 records: {record_id}" if record_id else ""
    message = f"unable to obtain exclusive access to this record{tail}"
    return ApiError("UNABLE_TO_LOCK_ROW", message, fields=())


def processing_halted(message: str) -> ApiError:
    """A sub-request that falls with another one."""
    return ApiError("PROCESSING_HALTED", message)


class Fault(StrEnum):
    """What a test can make the whole org answer, in place of the real answer."""

    EXPIRED_TOKEN = "expired_token"  # noqa: S105 (the name of a fault)
    DAILY_LIMIT = "daily_limit"
    CONCURRENT_LIMIT = "concurrent_limit"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    MAINTENANCE_PAGE = "maintenance_page"
    LOCKED_ROW = "locked_row"
    QUERY_TIMEOUT = "query_timeout"
    DEAD_LOCATOR = "dead_locator"


def fault_body(kind: str) -> tuple[int, dict[str, str], bytes]:
    """Give status, headers and body of a fault; an unknown kind raises ValueError."""
    fault = Fault(kind)
    if fault is Fault.MAINTENANCE_PAGE:
        return 503, dict(_HTML), _MAINTENANCE
    error = _error_of(fault)
    return error.status, dict(_JSON), encode_json(error.body())


def _error_of(fault: Fault) -> ApiError:
    match fault:
        case Fault.EXPIRED_TOKEN:
            return session_expired()
        case Fault.DAILY_LIMIT:
            return request_limit_exceeded("TotalRequests Limit exceeded.")
        case Fault.CONCURRENT_LIMIT:
            text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            return request_limit_exceeded(text)
        case Fault.SERVER_ERROR:
            text = "An unexpected error occurred. Please include this ErrorId: 1234567890-1 (5)"
            return ApiError("UNKNOWN_EXCEPTION", text, status=500)
        case Fault.LOCKED_ROW:
            return locked_row(None)
        case Fault.QUERY_TIMEOUT:
            return ApiError("QUERY_TIMEOUT", "Your query request was running for too long.")
        case Fault.DEAD_LOCATOR:
            return ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        case _:
            return ApiError("SERVER_UNAVAILABLE", "Service unavailable", status=503)


def request_limit_exceeded(message: str) -> ApiError:
    """The budget of calls is used up; only the text tells which."""
    return ApiError("REQUEST_LIMIT_EXCEEDED", message, status=403)


_MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>We are down for maintenance.</title></head>"
    b"<body><h1>We are down for maintenance.</h1><p>Please try again later.</p></body></html>"
)
