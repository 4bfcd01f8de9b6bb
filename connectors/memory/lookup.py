"""Finding records by the value of one field."""

from __future__ import annotations

__all__ = ["Lookup"]


class Lookup:
    """Names the records that hold a value, whatever its case, in the order they came to it.

    Most values of a key have one holder, which is kept bare; a set costs ten times as much.
    """

    def __init__(self) -> None:
        """Start with no values."""
        self._holders: dict[str, str | dict[str, None]] = {}

    def note(self, value: str, record_id: str) -> None:
        """Add a holder of a value."""
        key = value.casefold()
        held = self._holders.get(key)
        if held is None:
            self._holders[key] = record_id
        elif isinstance(held, str):
            self._holders[key] = {held: None, record_id: None}
        else:
            held[record_id] = None

    def forget(self, value: str, record_id: str) -> None:
        """Remove a holder of a value."""
        key = value.casefold()
        held = self._holders.get(key)
        if isinstance(held, dict):
            held.pop(record_id, None)
        if held == record_id or not held:
            self._holders.pop(key, None)

    def holders(self, value: str) -> tuple[str, ...]:
        """Name the holders of a value."""
        held = self._holders.get(value.casefold(), ())
        return (held,) if isinstance(held, str) else tuple(held)
