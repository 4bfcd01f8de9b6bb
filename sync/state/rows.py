"""The project's values read from rows and turned into rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, RowMapping, Table

from sync.domain.record import RecordRef, Side
from sync.domain.store import AuditEntry, Link, LinkState, RecordState, TrackedRecord
from sync.state.database import chunks

__all__ = [
    "NOT_CLOSED",
    "among",
    "audit_of",
    "by_object",
    "link_of",
    "maybe_ref",
    "maybe_side",
    "of_records",
    "ref_columns",
    "tracked_of",
]

#: Spelled out in the SQL: a database uses a partial index only when it sees its condition.
NOT_CLOSED = sa.text("links.state <> 'closed'")


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


def tracked_of(row: RowMapping) -> TrackedRecord:
    """Read what is known of a record."""
    return TrackedRecord(
        side=Side(row["side"]),
        ref=RecordRef(row["object"], row["record_id"]),
        stamp=row["stamp"],
        created=row["created"],
        state=RecordState(row["state"]),
        included=row["included"],
        why=row["why"],
    )


def audit_of(row: RowMapping) -> AuditEntry:
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
