"""The project's values read from rows and turned into rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import ColumnElement, RowMapping, Table

from sync.domain.record import RecordRef, Side
from sync.domain.store import AuditEntry, Link, LinkState, RecordState, TrackedRecord
from sync.state.database import chunks
from sync.state.tables import links

__all__ = [
    "LINK",
    "NOT_CLOSED",
    "SIDES",
    "Words",
    "among",
    "audit_of",
    "by_object",
    "link_of",
    "maybe_ref",
    "maybe_side",
    "of_records",
    "read_link",
    "read_tracked",
    "ref_columns",
]

#: Spelled out in the SQL: a database uses a partial index only when it sees its condition.
NOT_CLOSED = sa.text("links.state <> 'closed'")

#: What `read_link` reads.
LINK = (
    links.c.id,
    links.c.pair,
    links.c.left_object,
    links.c.left_id,
    links.c.right_object,
    links.c.right_id,
    links.c.state,
)

W = TypeVar("W", bound=StrEnum)


class Words(dict[str, W]):
    """The members of an enum by their words; ValueError for any other word.

    A look-up is several times as fast as asking the enum.
    """

    def __init__(self, members: type[W]) -> None:
        super().__init__((one.value, one) for one in members)

    def __missing__(self, word: str) -> W:
        raise ValueError(f"{word!r} is none of {', '.join(self)}")


_LINK_STATES = Words(LinkState)
_RECORD_STATES = Words(RecordState)

#: The sides by their words.
SIDES = Words(Side)


def by_object(refs: Sequence[RecordRef]) -> Mapping[str, list[str]]:
    """Give the ids of records by object, each once."""
    ids: dict[str, dict[str, None]] = {}
    for ref in refs:
        ids.setdefault(ref.object_name, {})[ref.id] = None
    return {name: list(found) for name, found in ids.items()}


def of_records(table: Table) -> ColumnElement[bool]:
    """Give the condition that finds rows about the records that `among` names."""
    return sa.and_(
        table.c.pair == sa.bindparam("of_pair"),
        table.c.side == sa.bindparam("of_side"),
        table.c.object == sa.bindparam("of_object"),
        table.c.record_id.in_(sa.bindparam("of_ids", expanding=True)),
    )


def among(rows: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """Give what to bind, one after the other, to find what is about the same records."""
    ids: dict[tuple[object, ...], list[object]] = {}
    for row in rows:
        place = (row["pair"], row["side"], row["object"])
        ids.setdefault(place, []).append(row["record_id"])
    for (pair, side, object_name), found in ids.items():
        for part in chunks(found):
            yield {"of_pair": pair, "of_side": side, "of_object": object_name, "of_ids": part}


def maybe_side(text: str | None) -> Side | None:
    """Give the side a column names, if any."""
    return Side(text) if text else None


def maybe_ref(object_name: str | None, record_id: str | None) -> RecordRef | None:
    """Give the record two columns name, if any."""
    if object_name is None or record_id is None:
        return None
    return RecordRef(object_name, record_id)


def ref_columns(prefix: str, ref: RecordRef | None) -> dict[str, str | None]:
    """Give the two columns that name a record."""
    return {
        f"{prefix}_object": ref.object_name if ref else None,
        f"{prefix}_id": ref.id if ref else None,
    }


def link_of(row: RowMapping) -> Link:
    """Read a link."""
    return Link(
        row["id"],
        row["pair"],
        RecordRef(row["left_object"], row["left_id"]),
        RecordRef(row["right_object"], row["right_id"]),
        LinkState(row["state"]),
    )


def read_link(row: Sequence[Any]) -> Link:
    """Read a link of a row that begins with the columns of LINK."""
    id, pair, left_object, left_id, right_object, right_id, state = row[:7]
    return Link(
        id,
        pair,
        RecordRef(left_object, left_id),
        RecordRef(right_object, right_id),
        _LINK_STATES[state],
    )


def read_tracked(row: Sequence[Any]) -> TrackedRecord:
    """Read what is known of a record of a row with all columns of `records`."""
    _pair, side, object_name, record_id, stamp, created, state, included, why = row
    return TrackedRecord(
        side=SIDES[side],
        ref=RecordRef(object_name, record_id),
        stamp=stamp,
        created=created,
        state=_RECORD_STATES[state],
        included=included,
        why=why,
    )


def audit_of(row: RowMapping | Mapping[str, Any]) -> AuditEntry:
    """Read an audit entry."""
    return AuditEntry(
        pair=row["pair"],
        link_id=row["link_id"],
        kind=row["kind"],
        field=row["field"],
        side=maybe_side(row["side"]),
        before=row["before"],
        after=row["after"],
        origin=row["origin"],
        reason=row["reason"],
        overruled=row["overruled"],
        overruled_side=maybe_side(row["overruled_side"]),
        left=maybe_ref(row["left_object"], row["left_id"]),
        right=maybe_ref(row["right_object"], row["right_id"]),
    )
