"""What a run intends to do, as data that can be kept, printed, compared and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sync.domain.merge import Reason
from sync.domain.record import Native, RecordRef, Side

__all__ = ["FieldWrite", "Held", "Item", "ItemKind", "OperationKind", "Refused", "operations"]


class ItemKind(StrEnum):
    """What an item of a plan is about; one item for each link or unlinked record."""

    MERGE = "merge"  # an existing link
    LINK = "link"  # two records become one link
    CREATE = "create"  # a record is made on the other side and linked
    HOLD = "hold"  # unlinked records wait for a person
    LEAVE_OUT = "leave_out"  # an unlinked record stays alone, by rule
    UNLINK = "unlink"  # a link is closed; `archive` tells what becomes of the other record
    SLEEP = "sleep"  # a link is kept but no field travels
    WAKE = "wake"  # a sleeping or closed link is opened again


class OperationKind(StrEnum):
    """The operations a plan is printed as."""

    CREATE = "create"
    UPDATE = "update"
    ASSOCIATE = "associate"
    ARCHIVE = "archive"
    LINK = "link"
    UNLINK = "unlink"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWrite:
    """One field that is to be written on one side: from `old` to `new`, both as that side has it.

    `origin` is the value of the other side it was made from; `raw` what that side holds to the
    letter (not the same where the mapping computes the value). `overruled` is the side whose own
    edit loses by this write, if any.
    """

    side: Side
    name: str
    native_name: str
    old: Native
    new: Native
    origin: Native
    reason: Reason
    raw: Native = None
    overruled: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One field that waits for a person, with both values and what is proposed."""

    name: str
    left: Native
    right: Native
    reason: Reason
    why: str = ""
    proposal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One value the target cannot take."""

    side: Side
    name: str
    native_name: str
    code: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a run does for one link or one unlinked record.

    `settled` holds the values (left, right) of fields whose shadows move without a write; `seen`
    what both sides hold to the letter of every field that is looked at and not written. `keys`
    holds values of the fields in which each side keeps the other's id.
    """

    pair: str
    kind: ItemKind
    left: RecordRef | None = None
    right: RecordRef | None = None
    link_id: int | None = None
    side: Side | None = None
    object_name: str = ""
    writes: tuple[FieldWrite, ...] = ()
    keys: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    settled: Mapping[str, tuple[Native, Native]] = field(default_factory=dict)
    seen: Mapping[str, tuple[Native, Native]] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    refused: tuple[Refused, ...] = ()
    why: str = ""
    group: str = ""
    others: tuple[tuple[Side, RecordRef], ...] = ()
    archive: bool = False

    def ref(self, side: Side) -> RecordRef | None:
        """Give the record on one side."""
        return self.left if side is Side.LEFT else self.right

    def writes_on(self, side: Side) -> tuple[FieldWrite, ...]:
        """Give the field writes on one side."""
        return tuple(write for write in self.writes if write.side is side)

    @property
    def touches(self) -> frozenset[Side]:
        """Tell on which sides a record that exists is updated."""
        if self.kind is ItemKind.CREATE:
            return frozenset()
        return frozenset(write.side for write in self.writes) | frozenset(
            side for side, values in self.keys.items() if values
        )

    @property
    def blanks(self) -> int:
        """Count the fields that are emptied."""
        return sum(1 for write in self.writes if write.new is None and write.old is not None)

    @property
    def identity(self) -> tuple[object, ...]:
        """Give what makes two items the same intention, whatever run they were planned in."""
        return (
            self.pair,
            self.kind,
            self.left,
            self.right,
            self.side,
            self.object_name,
            self.archive,
            tuple(
                sorted(
                    (write.side, write.name, write.old or "", write.new or "", write.origin or "")
                    for write in self.writes
                )
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Give the item as JSON data."""
        return {
            "pair": self.pair,
            "kind": self.kind.value,
            "left": _ref_json(self.left),
            "right": _ref_json(self.right),
            "link": self.link_id,
            "side": self.side.value if self.side else None,
            "object": self.object_name,
            "writes": [
                [
                    write.side.value,
                    write.name,
                    write.native_name,
                    write.old,
                    write.new,
                    write.origin,
                    write.reason.name,
                    write.overruled.value if write.overruled else None,
                    write.raw,
                ]
                for write in self.writes
            ],
            "keys": {side.value: dict(values) for side, values in self.keys.items()},
            "settled": {name: list(values) for name, values in self.settled.items()},
            "seen": {name: list(values) for name, values in self.seen.items()},
            "held": [
                [one.name, one.left, one.right, one.reason.name, one.why, one.proposal]
                for one in self.held
            ],
            "refused": [
                [one.side.value, one.name, one.native_name, one.code, one.message, one.fix]
                for one in self.refused
            ],
            "why": self.why,
            "group": self.group,
            "others": [[side.value, ref.object_name, ref.id] for side, ref in self.others],
            "archive": self.archive,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Item:
        """Read an item back; raises KeyError, TypeError or ValueError on foreign data."""
        return Item(
            pair=data["pair"],
            kind=ItemKind(data["kind"]),
            left=_ref(data["left"]),
            right=_ref(data["right"]),
            link_id=data["link"],
            side=Side(data["side"]) if data["side"] else None,
            object_name=data["object"],
            writes=tuple(
                FieldWrite(
                    side=Side(side),
                    name=name,
                    native_name=native_name,
                    old=old,
                    new=new,
                    origin=origin,
                    reason=Reason[reason],
                    overruled=Side(overruled) if overruled else None,
                    raw=raw,
                )
                for side, name, native_name, old, new, origin, reason, overruled, raw in data[
                    "writes"
                ]
            ),
            keys={Side(side): dict(values) for side, values in data["keys"].items()},
            settled={name: (left, right) for name, (left, right) in data["settled"].items()},
            seen={name: (left, right) for name, (left, right) in data["seen"].items()},
            held=tuple(
                Held(
                    name=name,
                    left=left,
                    right=right,
                    reason=Reason[reason],
                    why=why,
                    proposal=proposal,
                )
                for name, left, right, reason, why, proposal in data["held"]
            ),
            refused=tuple(
                Refused(
                    side=Side(side),
                    name=name,
                    native_name=native_name,
                    code=code,
                    message=message,
                    fix=fix,
                )
                for side, name, native_name, code, message, fix in data["refused"]
            ),
            why=data["why"],
            group=data["group"],
            others=tuple((Side(side), RecordRef(name, id)) for side, name, id in data["others"]),
            archive=bool(data["archive"]),
        )


def operations(item: Item) -> Sequence[tuple[OperationKind, Side | None, tuple[FieldWrite, ...]]]:
    """Give an item as the operations people and machines read, in the order they are applied."""
    match item.kind:
        case ItemKind.CREATE:
            return [(OperationKind.CREATE, item.side, item.writes)]
        case ItemKind.UNLINK if item.archive:
            return [
                (OperationKind.ARCHIVE, item.side, ()),
                (OperationKind.UNLINK, None, ()),
            ]
        case ItemKind.UNLINK:
            return [(OperationKind.UNLINK, None, ())]
        case ItemKind.LINK | ItemKind.MERGE | ItemKind.WAKE:
            linked = [] if item.kind is ItemKind.MERGE else [(OperationKind.LINK, None, ())]
            return [
                *linked,
                *(
                    (OperationKind.UPDATE, side, item.writes_on(side))
                    for side in Side
                    if side in item.touches
                ),
            ]
        case ItemKind.HOLD | ItemKind.LEAVE_OUT | ItemKind.SLEEP:
            return []


def _ref_json(ref: RecordRef | None) -> list[str] | None:
    return [ref.object_name, ref.id] if ref else None


def _ref(data: Sequence[str] | None) -> RecordRef | None:
    return RecordRef(data[0], data[1]) if data else None
