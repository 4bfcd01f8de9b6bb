"""Records that references name, by the name people know them by, wherever a person reads values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.record import Native, RecordRef, Side

if TYPE_CHECKING:
    from mappings.model import PairMapping
    from sync.domain.store import Link, Store

__all__ = ["RecordNames", "record_names"]

#: The field of a pair that names its records, unless there is none of it.
_NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNames:
    """Gives the records that references name as `Example (77)`; `fields` hold the pair of each.

    A record that is not linked stays as its id.
    """

    fields: Mapping[tuple[str, str], PairMapping] = field(default_factory=dict)
    store: Store | None = None
    _known: dict[tuple[str, Side, str], str] = field(default_factory=dict)

    def holds(self, pair: str, name: str) -> bool:
        """Tell whether a field names a record of another pair."""
        return (pair, name) in self.fields

    def value(self, pair: str, name: str, side: Side, value: str) -> Native:
        """Give a side's value of such a field as people read it."""
        other = self.fields[pair, name]
        at = (other.pair, side, value)
        if at not in self._known:
            self._known[at] = self._named(other, side, value)
        return self._known[at]

    def _named(self, other: PairMapping, side: Side, value: str) -> str:
        assert self.store is not None
        refs = [RecordRef(object_name, value) for object_name in other.objects(side)]
        link = next(iter(self.store.links.of(other.pair, side, refs).values()), None)
        name = self._name_of(link, side) if link is not None else None
        return f"{name} ({value})" if name else value

    def _name_of(self, link: Link, side: Side) -> Native:
        assert self.store is not None
        shadow = self.store.links.shadows([link.id], side).get((link.id, side))
        return shadow.seen.get(_NAME) if shadow is not None else None


def record_names(store: Store, pairs: Sequence[PairMapping]) -> RecordNames:
    """Give the names of the records that the references of these pairs name, as read last."""
    fields = {
        (pair.pair, name): other
        for pair in pairs
        for name, one in pair.fields.items()
        if one.pair is not None and (other := pair.partner(one.pair)) is not None
    }
    return RecordNames(fields=fields, store=store)
