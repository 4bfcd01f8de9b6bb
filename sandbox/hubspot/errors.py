"""HubSpot's error answers: the one place that knows their bodies."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.jsontypes import Json, JsonObject
from sandbox.traffic import PlannedAnswer

__all__ = [
    "ApiError",
    "PropertyProblem",
    "batch_error",
    "conflict",
    "contact_exists",
    "daily_limit",
    "hubspot_faults",
    "invalid",
    "invalid_json",
    "invalid_object_ids",
    "locked",
    "missing_authentication",
    "missing_record",
    "missing_scopes",
    "name_taken",
    "no_such_object_type",
    "not_found",
    "properties_invalid",
    "required_properties",
    "secondly_limit",
    "ten_secondly_limit",
    "wrong_content_type",
]


class ApiError(Exception):
    """An answer other than success; `body` lacks only the correlation id."""

    def __init__(
        self, status: int, body: JsonObject, *, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(str(body.get("message", status)))
        self.status = status
        self.body = body
        self.headers = tuple(headers)

    def wire_body(self) -> JsonObject:
        """Give the body as it is sent for a call of its own."""
        body = dict(self.body)
        return {
            "status": body.pop("status", "error"),
            "message": body.pop("message", ""),
            "correlationId": str(uuid.uuid4()),
            **body,
        }


@dataclass(frozen=True, slots=True)
class PropertyProblem:
    """One property of one write that cannot be stored."""

    name: str
    code: str
    message: str


def invalid(
    message: str, *, context: dict[str, list[str]] | None = None, sub_category: str = ""
) -> ApiError:
    """Refuse a request that makes no sense (400)."""
    body: JsonObject = {"message": message, "category": "VALIDATION_ERROR"}
    if sub_category:
        body["subCategory"] = sub_category
    if context:
        body["context"] = _context(context)
    return ApiError(400, body)


def invalid_json(message: str) -> ApiError:
    """Refuse a body that cannot be read."""
    return invalid(f"Invalid input JSON: {message}")


def properties_invalid(problems: Sequence[PropertyProblem], *, portal_id: int) -> ApiError:
    """Refuse property values, in both forms: inside the message and as errors[]."""
    told = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": portal_id,
        }
        for problem in problems
    ]
    errors: list[Json] = [
        {
            "message": problem.message,
            "code": problem.code,
            "in": "properties",
            "context": {"propertyName": [problem.name]},
        }
        for problem in problems
    ]
    return ApiError(
        400,
        {
            "message": f"Property values were not valid: {json.dumps(told)}",
            "category": "VALIDATION_ERROR",
            "errors": errors,
        },
    )


def required_properties(names: Sequence[str], *, label: str) -> ApiError:
    """Refuse a create that lacks what the object or a portal rule demands."""
    listed = ", ".join(names)
    return ApiError(
        400,
        {
            "message": f"Error creating {label}. Some required properties were not set.",
            "category": "VALIDATION_ERROR",
            "errors": [
                {
                    "message": f"Required properties: {listed}",
                    "code": "MISSING_REQUIRED_PROPERTY",
                    "context": {"properties": list(names)},
                }
            ],
            "context": {"properties": list(names)},
        },
    )


def invalid_object_ids(ids: Sequence[str], *, label: str) -> ApiError:
    """Refuse an association to a record that does not exist."""
    told = ", ".join(f"{label}={one}" for one in ids)
    return invalid(f"{told} is not valid", context={"INVALID_OBJECT_IDS": list(ids)})


def contact_exists(existing: int) -> ApiError:
    """Refuse an e-mail address another contact has."""
    return ApiError(
        409,
        {
            "message": f"Contact already exists. Existing ID: {existing}",
            "category": "CONFLICT",
        },
    )


def conflict(message: str) -> ApiError:
    """Refuse a write that another record's value stands against."""
    return ApiError(409, {"message": message, "category": "CONFLICT"})


def name_taken(name: str) -> ApiError:
    """Refuse a property whose name is in use."""
    return ApiError(
        409,
        {
            "message": f"A property named '{name}' already exists.",
            "category": "OBJECT_ALREADY_EXISTS",
            "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
        },
    )


def not_found(
    message: str, *, context: dict[str, list[str]] | None = None, sub_category: str = ""
) -> ApiError:
    """Say that something named in the path does not exist (404)."""
    body: JsonObject = {"message": message, "category": "OBJECT_NOT_FOUND"}
    if sub_category:
        body["subCategory"] = sub_category
    if context:
        body["context"] = _context(context)
    return ApiError(404, body)


def missing_record(label: str, identifier: str) -> ApiError:
    """Say that a record does not exist, is archived, or was merged away."""
    return not_found(
        f"Could not get some {label} objects, they may be deleted or not exist. "
        "Check that ids are valid.",
        context={"ids": [identifier]},
    )


def no_such_object_type(name: str) -> ApiError:
    """Refuse an object type nobody knows."""
    return invalid(f"Unable to infer object type from: {name}")


def missing_authentication() -> ApiError:
    """Refuse a call without a token, or with one that is not known."""
    return ApiError(
        401,
        {
            "message": "Authentication credentials not found. This API supports OAuth 2.0 "
            "authentication and you can find more details at "
            "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            "category": "INVALID_AUTHENTICATION",
        },
    )


def missing_scopes(scopes: Sequence[str]) -> ApiError:
    """Refuse a call the token was not granted."""
    return ApiError(
        403,
        {
            "message": "This app hasn't been granted all required scopes to make this call. "
            "Read more about required scopes here: https://developers.hubspot.com/scopes.",
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": list(scopes)},
                }
            ],
            "links": {"scopes": "https://developers.hubspot.com/scopes"},
            "category": "MISSING_SCOPES",
        },
    )


def wrong_content_type() -> ApiError:
    """Refuse a body that is not JSON by its own word."""
    return ApiError(415, {"message": "HTTP 415 Unsupported Media Type"})


def locked() -> ApiError:
    """Say that another write has the record."""
    return ApiError(
        423,
        {"message": "This object is locked. Please try again.", "category": "LOCKED"},
    )


def ten_secondly_limit() -> ApiError:
    """Refuse a call beyond the burst limit."""
    return _policy_limit("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")


def daily_limit() -> ApiError:
    """Refuse a call beyond the day's quota."""
    return _policy_limit("daily", "DAILY")


def secondly_limit() -> ApiError:
    """Refuse a search beyond five a second; its body is unlike the others'."""
    return ApiError(
        429, {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
    )


def batch_error(error: ApiError, context: dict[str, list[str]]) -> JsonObject:
    """Put an error into the form it has inside a batch answer."""
    body: JsonObject = {"status": "error", **error.body}
    body["context"] = {**_mapping(error.body.get("context")), **_context(context)}
    return body


def hubspot_faults(kind: str) -> PlannedAnswer | None:
    """Give the answer of a planned fault, by name: a status, or what went wrong."""
    error = _fault(kind)
    if error is None:
        return None
    return PlannedAnswer(
        status=error.status,
        body=json.dumps(error.wire_body()).encode(),
        headers=error.headers,
    )


def _fault(kind: str) -> ApiError | None:
    match kind:
        case "rate_limit" | "rate_limit_burst" | "429":
            return ten_secondly_limit()
        case "rate_limit_daily":
            return daily_limit()
        case "rate_limit_search":
            return secondly_limit()
        case "rate_limit_retry_after":
            error = ten_secondly_limit()
            return ApiError(429, error.body, headers=[("Retry-After", "1")])
        case "expired_token" | "401":
            return ApiError(
                401,
                {
                    "message": "The OAuth token used to make this call expired.",
                    "category": "EXPIRED_AUTHENTICATION",
                },
            )
        case "missing_scopes" | "403":
            return missing_scopes(["crm.objects.contacts.write"])
        case "locked" | "423":
            return locked()
        case "migrating" | "477":
            return ApiError(
                477,
                {"message": "This portal is being migrated.", "category": "MIGRATION_IN_PROGRESS"},
                headers=[("Retry-After", "1")],
            )
        case "500" | "502" | "503" | "504" | "524":
            return ApiError(int(kind), {"message": "internal error", "category": "INTERNAL_ERROR"})
    return None


def _policy_limit(word: str, policy: str) -> ApiError:
    return ApiError(
        429,
        {
            "message": f"You have reached your {word} limit.",
            "errorType": "RATE_LIMIT",
            "policyName": policy,
            "requestId": str(uuid.uuid4()),
        },
    )


def _context(context: dict[str, list[str]]) -> JsonObject:
    return {name: list(values) for name, values in context.items()}


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
