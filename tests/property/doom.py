"""The process ended at any step: before or after any change of the state, before or after a call.

What has been committed to the state and to the CRMs stays, everything else is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.memory import Killed

__all__ = ["Doom", "mortal"]

#: What changes the state, by part of the store; the rest reads.
_CHANGES = {
    "": {"commit"},
    "runs": {"keep_note"},
    "marks": {"set"},
    "staging": {"clear", "add", "keep"},
    "lines": {"turn_to"},
    "plans": {"open", "add", "drop"},
    "journal": {"intend"},
}


class Doom:
    """Counts steps, and ends the process at the one it is set to."""

    def __init__(self) -> None:
        self.steps = 0
        self._at: int | None = None

    def set(self, steps: int | None) -> None:
        """End the process after so many steps, or never."""
        self.steps = 0
        self._at = steps

    def step(self) -> None:
        """Pass one point at which a process may end."""
        self.steps += 1
        if self._at is not None and self.steps > self._at:
            self._at = None
            raise Killed


class _Mortal:
    """Passes everything on; what changes something passes a point of doom before and after."""

    def __init__(self, inner: Any, doom: Doom, changes: set[str], parts: dict[str, Any]) -> None:
        self._inner = inner
        self._doom = doom
        self._changes = changes
        self._parts = parts

    def __getattr__(self, name: str) -> Any:
        if name in self._parts:
            return self._parts[name]
        found = getattr(self._inner, name)
        return self._watched(found) if name in self._changes else found

    def _watched(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:
            self._doom.step()
            done = change(*args, **named)
            self._doom.step()
            return done

        return watched


def mortal(store: Any, doom: Doom) -> Any:
    """Give the store with points of doom around every change."""
    parts = {
        name: _Mortal(getattr(store, name), doom, changes, {})
        for name, changes in _CHANGES.items()
        if name
    }
    return _Mortal(store, doom, _CHANGES[""], parts)
