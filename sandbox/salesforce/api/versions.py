"""The versions of the API."""

from __future__ import annotations

from sandbox.jsontypes import Json
from sandbox.salesforce.errors import ApiError, not_found

__all__ = ["check_version", "version_list"]

_OLDEST, _NEWEST = 31, 68
_FIRST_RETIRED = 21
_CURLY = 42
_SEASONS = ("Summer", "Winter", "Spring")


def version_list() -> list[Json]:
    """List the versions that are served, each with its release."""
    return [_version(number) for number in range(_OLDEST, _NEWEST + 1)]


def check_version(version: str) -> None:
    """Refuse a version that is retired or was never there."""
    number = int(version.partition(".")[0])
    if _FIRST_RETIRED <= number < _OLDEST:
        raise ApiError(
            "UNSUPPORTED_API_VERSION", f"API version {version} is no longer supported", status=410
        )
    if not _OLDEST <= number <= _NEWEST:
        raise not_found()


def _version(number: int) -> Json:
    since = number - _OLDEST
    year = 14 + (since + 2) // 3
    # One label has a curly apostrophe, in real orgs too.
    apostrophe = "\u2019" if number == _CURLY else "'"
    return {
        "label": f"{_SEASONS[since % 3]} {apostrophe}{year}",
        "url": f"/services/data/v{number}.0",
        "version": f"{number}.0",
    }
