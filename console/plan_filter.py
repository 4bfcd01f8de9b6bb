"""What of a plan is shown: filters that narrow the view, never the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from console.owner_names import OwnerNames, owner_names
from sync.domain.errors import UsageError
from sync.domain.plan import Item, ItemKind, OperationKind, operations

if TYPE_CHECKING:
    from console.wiring import Workshop
    from mappings.model import PairMapping
    from sync.domain.store import Plan, Store

__all__ = ["Narrowing", "ShownKind", "Sought", "Wanted"]


class ShownKind(StrEnum):
    """What `--kind` takes."""

    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    UNLINK = "unlink"
    ARCHIVE = "archive"
    HELD = "held"
    ERROR = "error"
    LEFT_OUT = "left-out"


_OF_OPERATION = {
    OperationKind.CREATE: ShownKind.CREATE,
    OperationKind.UPDATE: ShownKind.UPDATE,
    OperationKind.ASSOCIATE: ShownKind.UPDATE,
    OperationKind.ARCHIVE: ShownKind.ARCHIVE,
    OperationKind.LINK: ShownKind.LINK,
    OperationKind.UNLINK: ShownKind.UNLINK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters as they were typed; each may be given several times."""

    pairs: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def check(self, workshop: Workshop) -> None:
        """Refuse names the mapping does not have; raises UsageError."""
        fields = {name for pair in workshop.pairs for name in pair.fields}
        _check_names("pair", self.pairs, {pair.pair for pair in workshop.pairs})
        _check_names("field", self.fields, fields)

    def find(self, workshop: Workshop) -> Narrowing:
        """Give the filters with their records looked up in the state."""
        return Narrowing(
            wanted=self,
            pairs=frozenset(self.pairs),
            fields=frozenset(self.fields),
            kinds=frozenset(ShownKind(kind) for kind in self.kinds),
            records=tuple(_sought(workshop, key) for key in self.records),
            owners=owner_names(workshop.store, workshop.pairs),
        )


def _check_names(what: str, typed: tuple[str, ...], known: set[str]) -> None:
    from mappings.findings import did_you_mean

    for name in typed:
        if name not in known:
            guess = did_you_mean(name, known) or f"; it has {', '.join(sorted(known))}"
            raise UsageError(f"--{what}: the mapping has no {what} {name!r}{guess}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One record that is looked for: by an id, by its links, or by a match key.

    `keyed` names each pair's fields that are a match rule of their own.
    """

    key: str
    links: frozenset[int]
    groups: frozenset[tuple[str, str]]
    keyed: frozenset[tuple[str, str]]

    def is_of(self, item: Item) -> bool:
        """Tell whether an item is about this record."""
        refs = [item.left, item.right, *(ref for _, ref in item.others)]
        if self.key in {ref.id for ref in refs if ref is not None}:
            return True
        if item.link_id is not None and item.link_id in self.links:
            return True
        return (item.pair, item.group) in self.groups or self._holds_key(item)

    def _holds_key(self, item: Item) -> bool:
        """Tell whether a match field of the item holds the key to the letter, but for case."""
        values = [(one.name, value) for one in item.writes for value in (one.new, one.origin)]
        for kept in (item.seen, item.settled):
            values += [(name, value) for name, both in kept.items() for value in both]
        wanted = self.key.casefold()
        return any(
            value is not None
            and (item.pair, name) in self.keyed
            and value.strip().casefold() == wanted
            for name, value in values
        )


def _sought(workshop: Workshop, key: str) -> Sought:
    from console.one_record import hashes_of_key, links_of_key

    key = key.strip()
    links = {link.id for pair in workshop.pairs for link in links_of_key(workshop, pair, key)}
    groups = {
        (pair.pair, f"{rule}:{value}")
        for pair in workshop.pairs
        for rule, value in hashes_of_key(workshop.store, pair, key)
    }
    return Sought(
        key=key,
        links=frozenset(links),
        groups=frozenset(groups),
        keyed=frozenset(one for pair in workshop.pairs for one in _keyed(pair)),
    )


def _keyed(pair: PairMapping) -> Iterator[tuple[str, str]]:
    for names in pair.match:
        if len(names) == 1:
            yield pair.pair, names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Filters ready for use; empty ones let everything through but records left out."""

    wanted: Wanted = Wanted()
    pairs: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    kinds: frozenset[ShownKind] = frozenset()
    records: tuple[Sought, ...] = ()
    owners: OwnerNames = field(default_factory=OwnerNames)

    def __bool__(self) -> bool:
        return bool(self.pairs or self.fields or self.kinds or self.records)

    def items(self, store: Store, plan: Plan) -> Iterator[Item]:
        """Give what is shown of a plan, item by item."""
        only = next(iter(self.pairs)) if len(self.pairs) == 1 else None
        for item in store.plans.items(plan.id, pair=only):
            shown = self.narrowed(item)
            if shown is not None:
                yield self.owners.item(shown)

    def narrowed(self, item: Item) -> Item | None:
        """Give what is shown of an item; None where nothing is."""
        if self.pairs and item.pair not in self.pairs:
            return None
        if self.records and not any(one.is_of(item) for one in self.records):
            return None
        shown = self._of_fields(item)
        return self._of_kinds(shown) if shown is not None else None

    def allows(self, kind: OperationKind) -> bool:
        """Tell whether operations of a kind are shown."""
        return not self.kinds or _OF_OPERATION[kind] in self.kinds

    def words(self) -> str:
        """Name the filters as they were typed."""
        typed = {
            "pair": self.wanted.pairs,
            "record": self.wanted.records,
            "field": self.wanted.fields,
            "kind": self.wanted.kinds,
        }
        return " ".join(f"--{name} {value}" for name, values in typed.items() for value in values)

    def json(self) -> dict[str, Any]:
        """Give the filters as data."""
        return {
            "pair": list(self.wanted.pairs),
            "record": list(self.wanted.records),
            "field": list(self.wanted.fields),
            "kind": list(self.wanted.kinds),
        }

    def _of_fields(self, item: Item) -> Item | None:
        if not self.fields:
            return item
        shown = replace(
            item,
            writes=tuple(one for one in item.writes if one.name in self.fields),
            held=tuple(one for one in item.held if one.name in self.fields),
            refused=tuple(one for one in item.refused if one.name in self.fields),
            keys={},
        )
        return shown if shown.writes or shown.held or shown.refused else None

    def _of_kinds(self, item: Item) -> Item | None:
        if not self.kinds:
            return item if item.kind is not ItemKind.LEAVE_OUT else None
        mine = _kinds_of(item) & self.kinds
        if not mine:
            return None
        # What is written when records are made or linked belongs to making and linking.
        writes = mine & {ShownKind.UPDATE, ShownKind.CREATE, ShownKind.LINK}
        return replace(
            item,
            writes=item.writes if writes else (),
            keys=item.keys if writes else {},
            held=item.held if ShownKind.HELD in mine else (),
            refused=item.refused if ShownKind.ERROR in mine else (),
        )


def _kinds_of(item: Item) -> frozenset[ShownKind]:
    found = {_OF_OPERATION[kind] for kind, _, _ in operations(item)}
    if item.waiting and item.kind is not ItemKind.CREATE:
        found.add(ShownKind.UPDATE)
    if item.kind is ItemKind.HOLD or item.held:
        found.add(ShownKind.HELD)
    if item.refused:
        found.add(ShownKind.ERROR)
    if item.kind is ItemKind.LEAVE_OUT:
        found.add(ShownKind.LEFT_OUT)
    return frozenset(found)
