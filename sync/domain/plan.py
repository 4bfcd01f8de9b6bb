"""What a run intends to do, as data that can be kept, printed, compared and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sync.domain.advice import Category
from sync.domain.funnel import FunnelNote
from sync.domain.funnel_notes import note_json, note_of
from sync.domain.merge import Reason
from sync.domain.record import Native, RecordRef, Side

__all__ = [
    "FieldWrite",
    "Held",
    "Item",
    "ItemKind",
    "Move",
    "OperationKind",
    "Refused",
    "Waiting",
    "is_part_of",
    "operations",
]


#: What tells when somebody was handed over or back, and when to try again.
_MOMENTS = frozenset(
    f"outcomes.{name}" for name in ("handed_over_at", "returned_at", "try_again_date")
)


def is_part_of(pair: str, whole: str = "") -> bool:
    """Tell whether a pair is a list of another: its records tie members to records of that pair.

    Such a pair is called by both their names, with a dot between; no other name has one.
    """
    return pair.startswith(f"{whole}.") if whole else "." in pair


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
    edit loses by this write, if any. `apart` means it is written beside the record, by itself.
    `cause` names the line of the mapping that changed, where that is why it is written.
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
    apart: bool = False
    cause: str = ""

    @property
    def takes_back(self) -> bool:
        """Tell whether an undo writes it."""
        return self.reason in (Reason.UNDONE, Reason.RESTORED)

    @property
    def lasting(self) -> str:
        """Give what is written, save a moment, which is another one whenever it is planned."""
        return "" if self.name in _MOMENTS else self.new or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One reference that is written once the record it names is on the other side.

    `side` is where it will be written, in the place of `old`; `id` is the record it names on the
    side across, of the pair `refers`. `new` is what will be written, where that is known already
    and only the record itself is yet to be made.
    """

    side: Side
    name: str
    native_name: str
    refers: str
    id: str
    reason: Reason
    old: Native = None
    new: Native = None
    overruled: Side | None = None
    apart: bool = False

    def written(self, new: str) -> FieldWrite:
        """Give the write it becomes once the record's id on that side is known."""
        return FieldWrite(
            side=self.side,
            name=self.name,
            native_name=self.native_name,
            old=self.old,
            new=new,
            origin=self.id,
            raw=self.id,
            reason=self.reason,
            overruled=self.overruled,
            apart=self.apart,
        )


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
    category: str = Category.VALUE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A record of a link that lives on as another one; `why` says how that came about.

    `lost` holds the edits of the former record, by field, that never were sent and that the record
    it lives on as does not hold.
    """

    side: Side
    former: RecordRef
    heir: RecordRef
    why: str
    lost: Mapping[str, Native] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a run does for one link or one unlinked record.

    `settled` holds the values (left, right) of fields whose shadows move without a write (for a
    new record: what both sides agree on, whatever its CRM fills in by itself); `seen`
    what both sides hold to the letter of every field that is looked at and not written. `keys`
    holds values of the fields in which each side keeps the other's id. `carried` names the fields
    that without a write stand as a changed line says, `put_off` those that were looked at and stay
    as an earlier line left them. `moves` are records of the link that live on as others: the link
    goes over to these, unless it is joined with the link `into`, which has them already. `rebased`
    are the fields on which both sides last agreed otherwise than was known (left, right), or never
    did (None), since a record of the link is another one now. `funnel` says where the person stands
    in the funnel from now on.
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
    waiting: tuple[Waiting, ...] = ()
    why: str = ""
    group: str = ""
    others: tuple[tuple[Side, RecordRef], ...] = ()
    archive: bool = False
    carried: tuple[str, ...] = ()
    put_off: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    into: int | None = None
    rebased: Mapping[str, tuple[Native, Native] | None] = field(default_factory=dict)
    funnel: FunnelNote | None = None

    def ref(self, side: Side) -> RecordRef | None:
        """Give the record on one side."""
        return self.left if side is Side.LEFT else self.right

    def writes_on(self, side: Side, *, apart: bool | None = None) -> tuple[FieldWrite, ...]:
        """Give the field writes on one side: all, those beside the record, or those in it."""
        return tuple(
            write for write in self.writes if write.side is side and apart in (None, write.apart)
        )

    def updates(self, side: Side) -> bool:
        """Tell whether a record of this side is updated itself, and not only tied otherwise."""
        if side not in self.touches:
            return False
        return bool(self.keys.get(side)) or bool(self.writes_on(side, apart=False))

    @property
    def touches(self) -> frozenset[Side]:
        """Tell on which sides a record that exists is updated."""
        if self.kind is ItemKind.CREATE:
            return frozenset()
        return frozenset(write.side for write in self.writes) | frozenset(
            side for side, values in self.keys.items() if values
        )

    @property
    def follows(self) -> tuple[Move, ...]:
        """Give the moves by which the link goes over to other records."""
        return tuple(one for one in self.moves if self.ref(one.side) == one.heir)

    @property
    def takes_back(self) -> bool:
        """Tell whether this takes back what a run did, which says nothing of what failed."""
        return any(write.takes_back for write in self.writes)

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing but what is known of a link changes, and nobody is to be told."""
        handed = self.funnel is not None and self.funnel.event is not None
        asks = self.touches or self.held or self.refused or self.waiting or self.moves or handed
        return self.kind is ItemKind.MERGE and not asks

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
                    (write.side, write.name, write.old or "", write.lasting, write.origin or "")
                    for write in self.writes
                )
            ),
            tuple(sorted((one.side, one.name, one.id) for one in self.waiting)),
            tuple(sorted((one.side, one.former, one.heir) for one in self.moves)),
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
                    write.apart,
                    write.cause,
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
            "waiting": [_waiting_json(one) for one in self.waiting],
            "why": self.why,
            "group": self.group,
            "others": [[side.value, ref.object_name, ref.id] for side, ref in self.others],
            "archive": self.archive,
            "carried": list(self.carried),
            "put_off": list(self.put_off),
            "moves": [_move_json(one) for one in self.moves],
            "into": self.into,
            "rebased": {
                name: list(values) if values else None for name, values in self.rebased.items()
            },
            "funnel": note_json(self.funnel) if self.funnel is not None else None,
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
            writes=tuple(_write(one) for one in data["writes"]),
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
            waiting=tuple(_waiting(one) for one in data.get("waiting", ())),
            why=data["why"],
            group=data["group"],
            others=tuple((Side(side), RecordRef(name, id)) for side, name, id in data["others"]),
            archive=bool(data["archive"]),
            carried=tuple(data.get("carried", ())),
            put_off=tuple(data.get("put_off", ())),
            moves=tuple(_move(one) for one in data.get("moves", ())),
            into=data.get("into"),
            rebased={
                name: (values[0], values[1]) if values else None
                for name, values in data.get("rebased", {}).items()
            },
            funnel=note_of(data["funnel"]) if data.get("funnel") else None,
        )


def operations(item: Item) -> Sequence[tuple[OperationKind, Side | None, tuple[FieldWrite, ...]]]:
    """Give an item as the operations people and machines read, in the order they are applied."""
    tied = is_part_of(item.pair)
    made, changed, taken = (
        (OperationKind.ASSOCIATE,) * 3
        if tied
        else (OperationKind.CREATE, OperationKind.UPDATE, OperationKind.ARCHIVE)
    )
    match item.kind:
        case ItemKind.CREATE:
            assert item.side is not None
            created = (made, item.side, item.writes_on(item.side, apart=False))
            later = (
                *item.writes_on(item.side, apart=True),
                *(one.written(one.new) for one in item.waiting if one.new is not None),
            )
            return [created, *([(OperationKind.ASSOCIATE, item.side, later)] if later else [])]
        case ItemKind.UNLINK if item.archive:
            return [
                (taken, item.side, item.writes),
                (OperationKind.UNLINK, None, ()),
            ]
        case ItemKind.UNLINK:
            return [(OperationKind.UNLINK, None, ())]
        case ItemKind.LINK | ItemKind.MERGE | ItemKind.WAKE:
            is_new = item.kind is not ItemKind.MERGE or item.follows
            linked = [(OperationKind.LINK, None, ())] if is_new else []
            return [
                *linked,
                *(
                    (changed, side, item.writes_on(side, apart=False))
                    for side in Side
                    if item.updates(side)
                ),
                *(
                    (OperationKind.ASSOCIATE, side, ties)
                    for side in Side
                    if (ties := item.writes_on(side, apart=True))
                ),
            ]
        case ItemKind.SLEEP if item.follows:
            return [(OperationKind.LINK, None, ())]
        case ItemKind.HOLD | ItemKind.LEAVE_OUT | ItemKind.SLEEP:
            return []


def _write(data: Sequence[Any]) -> FieldWrite:
    side, name, native_name, old, new, origin, reason, overruled, raw, *later = data
    # A plan that an earlier release kept ends sooner.
    return FieldWrite(
        side=Side(side),
        name=name,
        native_name=native_name,
        old=old,
        new=new,
        origin=origin,
        reason=Reason[reason],
        overruled=Side(overruled) if overruled else None,
        raw=raw,
        apart=bool(later and later[0]),
        cause=str(later[1]) if len(later) > 1 else "",
    )


def _waiting_json(one: Waiting) -> list[Any]:
    return [
        one.side.value,
        one.name,
        one.native_name,
        one.refers,
        one.id,
        one.reason.name,
        one.old,
        one.new,
        one.overruled.value if one.overruled else None,
        one.apart,
    ]


def _waiting(data: Sequence[Any]) -> Waiting:
    side, name, native_name, refers, id, reason, old, new, overruled, apart = data
    return Waiting(
        side=Side(side),
        name=name,
        native_name=native_name,
        refers=refers,
        id=id,
        reason=Reason[reason],
        old=old,
        new=new,
        overruled=Side(overruled) if overruled else None,
        apart=bool(apart),
    )


def _move_json(one: Move) -> list[Any]:
    ends = [one.former.object_name, one.former.id, one.heir.object_name, one.heir.id]
    return [one.side.value, *ends, one.why, dict(one.lost)]


def _move(data: Sequence[Any]) -> Move:
    side, former_object, former_id, heir_object, heir_id, why, lost = data
    return Move(
        side=Side(side),
        former=RecordRef(former_object, former_id),
        heir=RecordRef(heir_object, heir_id),
        why=why,
        lost=dict(lost),
    )


def _ref_json(ref: RecordRef | None) -> list[str] | None:
    return [ref.object_name, ref.id] if ref else None


def _ref(data: Sequence[str] | None) -> RecordRef | None:
    return RecordRef(data[0], data[1]) if data else None
