"""What of a plan a changed mapping causes: counted by field, and the records looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mappings.bound import BoundPair
from sync.domain.plan import Item
from sync.domain.record import Side
from sync.engine.session import Revision

__all__ = ["Backfill", "watched"]


@dataclass(slots=True, kw_only=True)
class _Field:
    """What becomes of one field: links looked at, values written to each side, held, in error."""

    line: str
    links: int = 0
    writes: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    held: int = 0
    errors: int = 0


class Backfill:
    """What one pair's plan holds because its mapping changed."""

    def __init__(self, pair: BoundPair, revision: Revision) -> None:
        """Start with what is known before anything is read."""
        self._pair = pair
        self._revision = revision
        self._fields = {
            name: _Field(line=pair.place_of("fields", name), links=links)
            for name, links in revision.waiting.items()
        }
        self._records = dict.fromkeys(Side, 0)

    def add(self, item: Item) -> None:
        """Count one item."""
        caused = [write for write in item.writes if write.cause]
        for write in caused:
            self._of(write.name).writes[write.side] += 1
        for side in {write.side for write in caused}:
            self._records[side] += 1
        for name in item.put_off:
            self._of(name).held += any(one.name == name for one in item.held)
            self._of(name).errors += all(one.name != name for one in item.held)

    def summary(self) -> dict[str, Any]:
        """Give it as data; empty where the mapping is the one the last whole run went by."""
        said: dict[str, Any] = {}
        if self._fields:
            said["backfill"] = {
                "fields": {name: _as_data(one) for name, one in sorted(self._fields.items())},
                "records": {side.value: number for side, number in self._records.items()},
            }
        rules = self._revision.everything or self._revision.unlinked
        if rules:
            said["again"] = {
                "rules": [[name, self._pair.place_of(*name.split("."))] for name in rules],
                "records": None if self._revision.everything else self._revision.looked_at,
            }
        if self._pair.paused:
            lost = self._pair.lost
            said["paused"] = {name: lost[name][1] for name in sorted(self._pair.paused)}
        return said

    def _of(self, name: str) -> _Field:
        if name not in self._fields:
            self._fields[name] = _Field(line=self._pair.place_of("fields", name))
        return self._fields[name]


def watched(items: Iterable[Item], backfill: Backfill) -> Iterator[Item]:
    """Pass items on and count what of them the changed mapping causes."""
    for item in items:
        backfill.add(item)
        yield item


def _as_data(one: _Field) -> dict[str, Any]:
    return {
        "line": one.line,
        "links": one.links,
        **{side.value: number for side, number in one.writes.items()},
        "held": one.held,
        "errors": one.errors,
    }
