"""HubSpot's own answers to calls that are planned to fail."""

from __future__ import annotations

import json

from sandbox.hubspot.errors import (
    ApiError,
    daily_limit,
    expired_authentication,
    locked,
    missing_scopes,
    secondly_limit,
    ten_secondly_limit,
)
from sandbox.hubspot.known_errors import known_error
from sandbox.traffic import PlannedAnswer

__all__ = ["hubspot_faults"]


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
            return expired_authentication()
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
    return known_error(kind)
