"""Records as the two CRMs hold them, and proof that one is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

__all__ = ["SIDES", "Fields", "Native", "Record", "RecordRef", "Side", "native_moment"]

#: A value in a CRM's own form, as text: "true", "12.50", "2026-03-31",
#: "2026-03-31T22:14:05.000Z" (always UTC, always three decimals), "A;B;C"; None is a blank.
#: Connectors turn the wire's types into this form and back; an empty text never occurs.
Native: TypeAlias = str | None

#: Values by the name the CRM gives the field.
Fields: TypeAlias = Mapping[str, Native]


def native_moment(moment: datetime) -> str:
    """Write an aware moment in native form; parts of a millisecond go."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Side(StrEnum):
    """The two sides of a pair; which CRM stands on which is known to the edges only."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """Give the side across."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


#: Both, for where very many records go by: an enum takes its time to tell what it holds.
SIDES = (Side.LEFT, Side.RIGHT)


class RecordRef(NamedTuple):
    """One record of one CRM: the object it belongs to and its id.

    A tuple, since most of what is looked up is looked up by it.
    """

    object_name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as a CRM held it at one moment.

    `stamp` is the CRM's own modification time, `created` its creation time (UTC, aware).
    `fields` holds the asked fields that exist, None for a blank.
    `gone` is True for a record that is deleted or archived, with proof.
    `successor` names the record this one was merged or converted into, where the CRM says so.
    `frozen` is True where the CRM will never take another write (a converted lead).
    `editor` names who changed the record last, as the CRM's own id, where it says so.
    """

    ref: RecordRef
    fields: Fields
    stamp: datetime
    created: datetime | None = None
    gone: bool = False
    frozen: bool = False
    successor: RecordRef | None = None
    editor: str | None = None
    aliases: tuple[str, ...] = field(default=())
    """Ids merged into this record, where the CRM tells."""
