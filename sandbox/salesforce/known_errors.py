"""Every code the API is known to refuse a call or a row with, and the words it uses."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.salesforce.errors import ApiError

__all__ = ["KNOWN_CODES", "SIGN_IN_REFUSALS", "known_error"]

_ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header"
)
_NOT_WRITABLE = (
    "Unable to create/update fields: {field}. Please check the security settings of this "
    "field and verify that it is read/write for your profile or permission set."
)
_UNEXPECTED = (
    "An unexpected error occurred. Please include this ErrorId if you contact support: "
    "1234567890-1 (5)"
)
_TRIGGER = (
    "KeepCompany: execution of BeforeUpdate caused by: System.NullPointerException: "
    "Attempt to de-reference a null object Trigger.KeepCompany: line 7, column 1"
)
_FLOW = (
    "We can't save this record because the “Notify sales” process failed. Give your Salesforce "
    "admin these details. An unhandled fault has occurred in this flow."
)

#: Code, then status of a call refused with it, then words; `{field}` is a field of the object.
_KNOWN: Mapping[str, tuple[int, str]] = {
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (400, _ROLLED_BACK),
    "API_CURRENTLY_DISABLED": (403, "API is currently disabled for this User"),
    "API_DISABLED_FOR_ORG": (403, "API is disabled for this Organization"),
    "BATCH_PROCESSING_HALTED": (412, "The batch was halted by an earlier request that failed"),
    "CANNOT_EXECUTE_FLOW_TRIGGER": (400, _FLOW),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (400, _TRIGGER),
    "CANNOT_UPDATE_CONVERTED_LEAD": (400, "cannot reference converted lead"),
    "DELETE_FAILED": (400, "Your attempt to delete this record failed: others depend on it"),
    "DUPLICATES_DETECTED": (400, "Use one of these records?"),
    "DUPLICATE_EXTERNAL_ID": (300, "external id: more than one record found for the value"),
    "DUPLICATE_VALUE": (
        400,
        "duplicate value found: {field} duplicates value on record with id: 00QdM0000000001",
    ),
    "ENTITY_IS_DELETED": (404, "entity is deleted"),
    "ENTITY_IS_LOCKED": (400, "the entity is locked for editing"),
    "EXCEEDED_ID_LIMIT": (400, "The number of ids of the request is too large"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (400, "A lead of the trade fair needs its booth"),
    "FIELD_INTEGRITY_EXCEPTION": (
        400,
        "There's a problem with this state, even though it may appear correct.",
    ),
    "INACTIVE_OWNER_OR_USER": (
        400,
        "operation performed with inactive user [005dM0000000001] as owner of lead",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
        400,
        "insufficient access rights on cross-reference id",
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": (400, "insufficient access rights on object id"),
    "INVALID_CROSS_REFERENCE_KEY": (400, "invalid cross reference id"),
    "INVALID_EMAIL_ADDRESS": (400, "{field}: invalid email address: nobody"),
    "INVALID_FIELD": (400, "No such column '{field}' on sobject of this type"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (400, _NOT_WRITABLE),
    "INVALID_LOGIN": (
        500,
        "Invalid username, password, security token; or user locked out.",
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
        400,
        "{field}: bad value for restricted picklist field: Elsewhere",
    ),
    "INVALID_QUERY_LOCATOR": (400, "invalid query locator"),
    "INVALID_REPLICATION_DATE": (400, "startDate cannot be more than 30 days ago"),
    "INVALID_SESSION_ID": (401, "Session expired or invalid"),
    "INVALID_TYPE": (400, "sObject type 'Lead' is not supported."),
    "JSON_PARSER_ERROR": (400, "Cannot deserialize instance of date from VALUE_STRING value"),
    "MALFORMED_ID": (400, "{field}: id value of incorrect type: 00QdM0000000001"),
    "MALFORMED_QUERY": (400, "unexpected token: 'FROM'"),
    "MERGE_FAILED": (400, "The merge failed: the accounts would form a cycle"),
    "NOT_FOUND": (404, "The requested resource does not exist"),
    "NUMBER_OUTSIDE_VALID_RANGE": (400, "{field}: value outside of valid range on numeric field"),
    "PROCESSING_HALTED": (
        400,
        "The transaction was rolled back since another operation in the same transaction failed.",
    ),
    "QUERY_TIMEOUT": (400, "Your query request was running for too long."),
    "QUERY_TOO_COMPLICATED": (400, "Query is either selecting too many fields or is too complex"),
    "REQUEST_LIMIT_EXCEEDED": (403, "TotalRequests Limit exceeded."),
    "REQUEST_RUNNING_TOO_LONG": (400, "Your request was running for too long, and was stopped."),
    "REQUIRED_FIELD_MISSING": (400, "Required fields are missing: [{field}]"),
    "SERVER_UNAVAILABLE": (503, "The server is temporarily unavailable"),
    "STORAGE_LIMIT_EXCEEDED": (403, "storage limit exceeded"),
    "STRING_TOO_LONG": (400, "{field}: data value too large: (max length=40)"),
    "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET": (400, "The text holds characters that are not kept"),
    "TOO_MANY_ENUM_VALUE": (400, "{field}: too many values in a multi-select picklist"),
    "UNABLE_TO_LOCK_ROW": (400, "unable to obtain exclusive access to this record"),
    "UNDELETE_FAILED": (400, "The record is not in the recycle bin"),
    "UNKNOWN_EXCEPTION": (500, _UNEXPECTED),
    "UNSUPPORTED_API_VERSION": (410, "The requested API version is retired"),
}

#: Codes about a value of the row, which name its field.
_OF_A_FIELD = frozenset(code for code, (_, words) in _KNOWN.items() if "{field}" in words)

#: Statuses the API answers with and no more than a word of its own.
_STATUSES: Mapping[int, str] = {
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    412: "PRECONDITION_FAILED",
    414: "URI_TOO_LONG",
    415: "UNSUPPORTED_MEDIA_TYPE",
    428: "PRECONDITION_REQUIRED",
    431: "REQUEST_HEADER_FIELDS_TOO_LARGE",
}

KNOWN_CODES = frozenset(_KNOWN)

#: Refusals of a sign-in, whose bodies are of another form, with what they say.
SIGN_IN_REFUSALS: Mapping[str, str] = {
    "invalid_client": "invalid client credentials",
    "invalid_client_id": "client identifier invalid",
    "invalid_grant": "no client credentials user enabled",
}


def known_error(code: str, *, field: str = "Company") -> ApiError | None:
    """Give the API's refusal with a code, or with a status that has no code of its own."""
    if code.isdecimal() and int(code) in _STATUSES:
        word = _STATUSES[int(code)]
        return ApiError(word, word.replace("_", " ").capitalize(), status=int(code))
    if code not in _KNOWN:
        return None
    status, words = _KNOWN[code]
    fields = (field,) if code in _OF_A_FIELD else None
    return ApiError(code, words.format(field=field), status=status, fields=fields)
