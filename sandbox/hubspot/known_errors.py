"""Every code the API is known to refuse a call or a record with, and the words it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.hubspot.errors import (
    ApiError,
    PropertyProblem,
    contact_exists,
    expired_authentication,
    invalid,
    invalid_object_ids,
    locked,
    missing_authentication,
    missing_record,
    missing_scopes,
    name_taken,
    no_such_object_type,
    not_in_plan,
    oauth_refusal,
    properties_invalid,
    secondly_limit,
    ten_secondly_limit,
)

__all__ = ["KNOWN_CODES", "known_error"]

_PORTAL = 24681012

#: Codes of single properties, with the words that go with them.
_OF_A_PROPERTY: Mapping[str, str] = {
    "CONFLICTING_UNIQUE_VALUE": "1000001 already has that value.",
    "COULD_NOT_FIND_OWNER": "There is no such owner.",
    "DUPLICATE_UNIQUE_PROPERTY_VALUE": "Another record has that value.",
    "GDPR_BLACKLISTED_EMAIL": "This address was deleted for privacy and cannot be used again.",
    "INVALID_DATE": "1767229200001 is not at midnight UTC.",
    "INVALID_DOUBLE": "Elsewhere was not a valid number.",
    "INVALID_EMAIL": "Email address nobody is invalid",
    "INVALID_ENUMERATION_OPTION": "Elsewhere was not one of the allowed options",
    "INVALID_INTEGER": "Elsewhere was not a valid integer.",
    "INVALID_LONG": "Elsewhere was not a valid long.",
    "INVALID_OPTION": "Elsewhere was not one of the allowed options: [Here, There]",
    "INVALID_OWNER_ID": "The owner does not exist.",
    "INVALID_REQUIRED_PROPERTY": "The property is required.",
    "INVALID_STRING": "The text has more than 65536 characters.",
    "LIMIT_EXCEEDED": "The limit of the account is reached.",
    "PROPERTY_DOESNT_EXIST": "The property does not exist",
    "READ_ONLY_VALUE": "This is a read only property; its value cannot be set.",
}

_DEMANDS = ("MISSING_CONDITIONAL_REQUIRED_PROPERTY", "MISSING_REQUIRED_PROPERTY")
_IN_USE = (
    "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
    "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
)
_OAUTH = (
    "BAD_AUTH_CODE",
    "BAD_CLIENT_ID",
    "BAD_CLIENT_SECRET",
    "BAD_REDIRECT_URI",
    "BAD_REFRESH_TOKEN",
)

_OTHERS: Mapping[str, Callable[[], ApiError]] = {
    "CONFLICT": lambda: contact_exists(1000001),
    "EXPIRED_AUTHENTICATION": expired_authentication,
    "FORBIDDEN": lambda: not_in_plan("this feature"),
    "INTERNAL_ERROR": lambda: ApiError(
        500, {"message": "internal error", "category": "INTERNAL_ERROR"}
    ),
    "INVALID_AUTHENTICATION": missing_authentication,
    "INVALID_OBJECT_IDS": lambda: invalid_object_ids(["999"], label="COMPANY"),
    "LOCKED": locked,
    "MISSING_SCOPES": lambda: missing_scopes(["crm.objects.contacts.write"]),
    "OBJECT_ALREADY_EXISTS": lambda: name_taken("city"),
    "OBJECT_NOT_FOUND": lambda: missing_record("CONTACT", "999"),
    "RATE_LIMIT": ten_secondly_limit,
    "RATE_LIMITS": secondly_limit,
    "UNKNOWN_OBJECT_TYPE": lambda: no_such_object_type("persons"),
    "VALIDATION_ERROR": lambda: invalid("The request is not valid"),
    "invalid_grant": lambda: oauth_refusal(
        status="", error="invalid_grant", message="missing or invalid refresh token"
    ),
}

#: Statuses the API answers with and hardly a word.
_STATUSES: Mapping[int, str] = {
    405: "HTTP 405 Method Not Allowed",
    414: "HTTP 414 URI Too Long",
    415: "HTTP 415 Unsupported Media Type",
}

#: Statuses of HubSpot's own trouble, and of the edge in front of it.
_TROUBLE = (500, 502, 503, 504, 521, 522, 523, 524, 525, 526)

KNOWN_CODES = frozenset({*_OF_A_PROPERTY, *_DEMANDS, *_IN_USE, *_OAUTH, *_OTHERS})


def known_error(code: str, *, field: str = "city") -> ApiError | None:
    """Give the API's refusal with a code, or with a status that has no code of its own."""
    if code.isdecimal():
        return _of_status(int(code))
    if code in _OF_A_PROPERTY:
        problem = PropertyProblem(field, code, _OF_A_PROPERTY[code])
        return properties_invalid([problem], portal_id=_PORTAL)
    if code in _DEMANDS:
        return _demanding(code, "closed_lost_reason")
    if code in _IN_USE:
        return invalid("It is still in use.", sub_category=code)
    if code in _OAUTH:
        return oauth_refusal(status=code, error="", message="missing or invalid")
    make = _OTHERS.get(code)
    return None if make is None else make()


def _of_status(status: int) -> ApiError | None:
    if status in _TROUBLE:
        return ApiError(status, {"message": "internal error", "category": "INTERNAL_ERROR"})
    if status in _STATUSES:
        return ApiError(status, {"message": _STATUSES[status]})
    return None


def _demanding(code: str, name: str) -> ApiError:
    """Refuse a record that lacks what the object, or a rule of the portal's, demands."""
    return ApiError(
        400,
        {
            "message": "Some required properties were not set.",
            "category": "VALIDATION_ERROR",
            "errors": [
                {
                    "message": f"Required properties: {name}",
                    "code": code,
                    "context": {"properties": [name]},
                }
            ],
            "context": {"properties": [name]},
        },
    )
