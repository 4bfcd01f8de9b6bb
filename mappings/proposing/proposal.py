"""What is proposed for a pair of objects, before it is written as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from sync.domain.record import Side
from sync.domain.rules import Arrow
from sync.domain.schema import ObjectShape

__all__ = [
    "Choices",
    "LeftOut",
    "ProposedExample",
    "ProposedField",
    "ProposedPair",
    "Shapes",
    "ValueLine",
    "Why",
]

_SIGNS = {Arrow.BOTH: "<->", Arrow.TO_RIGHT: "->", Arrow.TO_LEFT: "<-"}


@dataclass(frozen=True, slots=True)
class Shapes:
    """The objects of a pair as both CRMs describe them; of Salesforce those the user can see."""

    left: ObjectShape
    right: Mapping[str, ObjectShape]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the admin chose for all pairs: who wins at first linking, and where phones are from."""

    first_sync: str = "salesforce"
    region: str = ""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One line of a table of values; one that is not sure is written as a comment."""

    mine: str
    theirs: str
    sure: bool = True


class Why(Enum):
    """Why a field is left out, as people read it."""

    NO_COUNTERPART = "nothing on the other side means the same"
    BOOKKEEPING = "kept by the CRM for itself"
    NATIVE_SYNC = "belongs to HubSpot's own Salesforce integration"
    KEY = "keeps the id of a record elsewhere"
    LATER = "stages of people are agreed on in lifecycle.yaml"
    OUTCOME = "filled with outcomes of sales, without a line"
    PART = "says which pipeline or record type; a pair may keep one of them"
    REFERENCE = "points to another record"
    READ_ONLY = "can be written on neither side by this user"
    UNLIKE = "means the same, but the two hold values of different kinds"
    COVERED = "another field says the same already"
    CHOSEN = "you said: Don't sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A field that is not mapped, and why; `detail` says more of this one."""

    side: Side
    object_name: str
    native: str
    label: str
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedField:
    """One field of the pair: its ends, its rules, and why it is proposed.

    `right` names the Salesforce field on each object that holds it. `settings` are the keys of the
    mapping language in the order they are written. `sureness` is a percentage; a `suggested`
    field is written as a comment. `standard` tells that it is of both CRMs' own fields.
    """

    name: str
    left: str | None
    arrow: Arrow
    right: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    values: tuple[ValueLine, ...] = ()
    open_values: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    why: str = ""
    sureness: int = 100
    note: str = ""
    suggested: bool = False
    standard: bool = False
    native_default: bool = False

    def map_line(self, objects: tuple[str, ...]) -> str:
        """Give the line that says what goes where, for a pair of these Salesforce objects."""
        names = set(self.right.values())
        if len(names) == 1 and self.right.keys() == set(objects):
            right = next(iter(names))
        else:
            right = " | ".join(f"{one}.{self.right[one]}" for one in objects if one in self.right)
        return f"{self.left or ''} {_SIGNS[self.arrow]} {right}".strip()

    def as_suggestion(self, because: str) -> ProposedField:
        """Give the same field as one to be decided by the admin."""
        return replace(self, suggested=True, note=because)

    def travels_to(self, side: Side) -> bool:
        """Tell whether values go to a side."""
        away = Arrow.TO_LEFT if side is Side.RIGHT else Arrow.TO_RIGHT
        return self.arrow is not away


@dataclass(frozen=True, slots=True)
class ProposedExample:
    """One record as it should look on both sides."""

    name: str
    left: Mapping[str, str]
    right: Mapping[str, str]
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPair:
    """A whole pair as it is proposed.

    `include` and `create` are the conditions of each side as they are written; a side that is not
    among `create` gets no new records. `remarks` are what the admin should know of the pair.
    """

    name: str
    hubspot: str
    salesforce: tuple[str, ...]
    choices: Choices
    keys: Mapping[Side, str]
    match: tuple[str, ...]
    include: Mapping[Side, str]
    create: Mapping[Side, str]
    create_as: str = ""
    fields: tuple[ProposedField, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    examples: tuple[ProposedExample, ...] = ()
    remarks: tuple[str, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def mapped(self) -> tuple[ProposedField, ...]:
        """Give the fields that travel."""
        return tuple(one for one in self.fields if not one.suggested)

    @property
    def suggested(self) -> tuple[ProposedField, ...]:
        """Give the fields that are written as comments."""
        return tuple(one for one in self.fields if one.suggested)

    def has(self, *names: str) -> bool:
        """Tell whether all of these fields travel."""
        return set(names) <= {one.name for one in self.mapped}
