"""Who writes, and what the request's headers allow."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WriteContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContext:
    """Who writes, and what the request's headers allow."""

    user_id: str
    by_automation: bool = False
    through_api: bool = True
    allow_duplicates: bool = False
    duplicate_details: bool = False
    auto_assign: bool = True
    stamp: str | None = None
    version: str = "59.0"
