"""The one way a transform says that a value is not of its type."""

from __future__ import annotations

__all__ = ["UnreadableError"]


class UnreadableError(ValueError):
    """The value is not what the type says; the message says what is expected, never the value."""
