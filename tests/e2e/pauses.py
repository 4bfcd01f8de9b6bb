"""Connectors whose pauses are told instead of made; how long they are has tests of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["connect_resting"]


def connect_resting(
    connect: Callable[..., Any], sleep: Callable[[float], None]
) -> Callable[..., Any]:
    """Give a connector's `connect` that rests by `sleep`, whatever it is asked to rest by."""

    def connect_so(*given: Any, **named: Any) -> Any:
        return connect(*given, **{**named, "sleep": sleep})

    return connect_so
