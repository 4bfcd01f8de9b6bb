"""HubSpot's error answers: the one place that knows their bodies."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.jsontypes import Json, JsonObject

__all__ = [
    "ApiError",
    "PropertyProblem",
    "batch_error",
    "campaign_name_taken",
    "campaign_not_found",
    "conflict",
    "contact_exists",
    "daily_limit",
    "expired_authentication",
    "group_taken",
    "invalid",
    "invalid_json",
    "invalid_object_ids",
    "list_name_taken",
    "list_not_found",
    "locked",
    "missing_authentication",
    "missing_record",
    "missing_scopes",
    "name_taken",
    "no_such_object_type",
    "not_found",
    "not_in_plan",
    "not_served",
    "oauth_refusal",
    "properties_invalid",
    "required_properties",
    "secondly_limit",
    "ten_secondly_limit",
    "too_many_labels",
    "too_many_merges",
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


def group_taken(name: str) -> ApiError:
    """Refuse a property group whose name is in use."""
    return ApiError(
        409,
        {
            "message": f"A property group named '{name}' already exists.",
            "category": "OBJECT_ALREADY_EXISTS",
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


def expired_authentication() -> ApiError:
    """Refuse a call whose OAuth token is too old."""
    return ApiError(
        401,
        {
            "message": "The OAuth token used to make this call expired.",
            "category": "EXPIRED_AUTHENTICATION",
        },
    )


def oauth_refusal(*, status: str, error: str, message: str) -> ApiError:
    """Refuse a token, in HubSpot's own form (`status`) or in OAuth's (`error`)."""
    if error:
        return ApiError(
            400,
            {
                "message": message,
                "category": "VALIDATION_ERROR",
                "error": error,
                "error_description": message,
            },
        )
    return ApiError(400, {"status": status, "message": message})


def not_in_plan(product: str) -> ApiError:
    """Refuse a call of a product the account has not bought."""
    return ApiError(
        403,
        {
            "message": f"The account does not have access to {product}.",
            "category": "FORBIDDEN",
        },
    )


def not_served(what: str) -> ApiError:
    """Say that the sandbox does not do this, as the API says that it has no such thing."""
    return not_found(f"The sandbox does not serve {what}")


def list_not_found(identifier: str) -> ApiError:
    """Say that there is no such list, or that it is deleted."""
    return not_found(f"List does not exist: {identifier}", context={"listId": [identifier]})


def list_name_taken(name: str, *, status: int) -> ApiError:
    """Refuse a name another list has."""
    category = "OBJECT_ALREADY_EXISTS" if status == 409 else "VALIDATION_ERROR"
    return ApiError(
        status,
        {"message": f"A list named '{name}' already exists.", "category": category},
    )


def campaign_not_found(identifier: str) -> ApiError:
    """Say that there is no such campaign."""
    return not_found(f"Campaign {identifier} does not exist", context={"id": [identifier]})


def campaign_name_taken(name: str) -> ApiError:
    """Refuse a name another campaign has."""
    return conflict(f"A campaign named '{name}' already exists.")


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


def too_many_merges() -> ApiError:
    """Refuse to merge more into a record than it can hold."""
    return ApiError(
        414,
        {
            "message": "Cannot have more than 250 identities on a profile",
            "category": "VALIDATION_ERROR",
        },
    )


def too_many_labels(most: int, from_object: str, to_object: str) -> ApiError:
    """Refuse one label more than a pair of objects can have; the status is the API's own."""
    return ApiError(
        437,
        {
            "message": f"No more than {most} association types are allowed between "
            f"{from_object} and {to_object}",
            "category": "VALIDATION_ERROR",
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
