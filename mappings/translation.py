"""The `values` table of a field, both ways, and what is done with a value that has no entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mappings.findings import shortened
from sync.domain.record import Side
from sync.domain.rules import Trouble, TroubleKind

__all__ = ["Translation", "make_translation"]


@dataclass(frozen=True, slots=True)
class Translation:
    """A table of values: left column to right, and the first line of several on the way back."""

    tables: Mapping[Side, Mapping[str, str]]
    otherwise: str  # hold, keep, or the value to write
    several: bool
    field: str
    table: str
    place: str
    picklists: Mapping[Side, str]

    def has(self, side: Side, value: str) -> bool:
        """Tell whether the table has an entry for a side's value."""
        return value in self.tables[side]

    def translate(self, origin: Side, value: str) -> str | Trouble:
        """Give what the other side calls this value."""
        table = self.tables[origin]
        if not self.several:
            return table[value] if value in table else self._without_entry(origin, value)
        found: list[str] = []
        for part in value.split(";"):
            other = table[part] if part in table else self._without_entry(origin, part)
            if isinstance(other, Trouble):
                return other
            found.append(other)
        return ";".join(sorted(set(found)))

    def to_left(self, value: str) -> str:
        """Give the left column's word for a right value; one without an entry stays as it is."""
        table = self.tables[Side.RIGHT]
        if not self.several:
            return table.get(value, value)
        return ";".join(sorted({table.get(part, part) for part in value.split(";")}))

    def _without_entry(self, origin: Side, value: str) -> str | Trouble:
        if self.otherwise not in ("hold", "keep"):
            return self.otherwise
        word = shortened(value)
        line = f"{word}: …" if origin is Side.LEFT else f"…: {word}"
        kind = TroubleKind.HOLD if self.otherwise == "hold" else TroubleKind.KEEP
        return Trouble(
            kind=kind,
            code="value_without_entry",
            message=(
                f"{word!r} of {self.picklists[origin]} has no entry in the values table of "
                f"{self.field}"
            ),
            fix=f"add the line {line!r} under {self.table} in {self.place}",
        )


def make_translation(
    values: Mapping[str, str],
    *,
    otherwise: str | None,
    several: bool,
    field: str,
    table: str,
    place: str,
    picklists: Mapping[Side, str],
    read: Callable[[str], str],
    read_too: Mapping[str, str] | None = None,
) -> Translation:
    """Make the tables of both directions; `read` gives a value's one form.

    `read_too` are further words of the right side, which are read and never written.
    """
    left: dict[str, str] = {}
    right: dict[str, str] = {}
    for mine, theirs in values.items():
        left.setdefault(read(mine), read(theirs))
        right.setdefault(read(theirs), read(mine))
    for theirs, mine in (read_too or {}).items():
        right.setdefault(read(theirs), read(mine))
    return Translation(
        {Side.LEFT: left, Side.RIGHT: right},
        otherwise or "hold",
        several,
        field,
        table,
        place,
        picklists,
    )
