"""Erasing one person from every table, in one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Table

from sync.domain.facts import Due
from sync.domain.record import Side
from sync.domain.store import RecordState
from sync.state.database import Database, chunks
from sync.state.due import mark_due
from sync.state.mentions import erase_mentions, erase_references
from sync.state.subject import About, Subject, at_records
from sync.state.tables import (
    audit,
    campaign_members,
    conflicts,
    due,
    errors,
    journal,
    keys,
    links,
    member_versions,
    metadata,
    opportunity_people,
    outcome_touches,
    person_accounts,
    records,
    resolutions,
    waiting,
    watermarks,
)

__all__ = ["erase", "look_anew"]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

#: Where people stand by their id alone, which no record of another object shares.
_BY_PERSON = (opportunity_people, person_accounts, campaign_members, member_versions)


def erase(
    connection: Connection, database: Database, subject: Subject, about: About
) -> tuple[Mapping[str, int], frozenset[str]]:
    """Delete all that is about a person; give the rows deleted by table, and the pairs to compare.

    Those are the pairs in which records waited beside the person's: they are looked at anew.
    """
    erased: Counter[str] = Counter()
    beside = _erase_conflicts(connection, subject, erased)
    _mark_sales(connection, database, subject)
    _erase_linked(connection, subject, erased)
    _erase_named(connection, subject, erased)
    _erase_by_id(connection, subject, about, erased)
    for part in chunks(sorted(subject.links)):
        _delete(connection, erased, links, links.c.id.in_(part))
    erase_references(connection, subject, about)
    erase_mentions(connection, subject, about, erased)
    return dict(erased), beside


def look_anew(connection: Connection, pairs: Collection[str]) -> None:
    """Have all records of pairs compared in full by the next run."""
    for part in chunks(sorted(pairs)):
        connection.execute(
            sa.update(watermarks).where(watermarks.c.pair.in_(part)).values(compared_at=_NEVER)
        )


def _erase_linked(connection: Connection, subject: Subject, erased: Counter[str]) -> None:
    """Delete what stands under one of the person's links."""
    for part in chunks(sorted(subject.links)):
        for table in _by_link():
            _delete(connection, erased, table, table.c.link_id.in_(part))
        is_link = due.c.kind == Due.LINK.value
        keys = [str(one) for one in part]
        _delete(connection, erased, due, sa.and_(is_link, due.c.key.in_(keys)))


def _erase_named(connection: Connection, subject: Subject, erased: Counter[str]) -> None:
    """Delete what stands under one of the person's records, or names one in its columns."""
    for table in _by_record():
        for condition in at_records(table, subject.all):
            _delete(connection, erased, table, condition)
    for table, prefix in (
        (audit, "left"),
        (audit, "right"),
        (journal, "origin"),
        (errors, "origin"),
    ):
        for condition in _at_columns(table, prefix, subject):
            _delete(connection, erased, table, condition)


def _erase_by_id(
    connection: Connection, subject: Subject, about: About, erased: Counter[str]
) -> None:
    """Delete what names people by an id alone."""
    pairs = sorted({pair for pair, _, _ in about.keys})
    for part in chunks(sorted(subject.ids)):
        for table in _BY_PERSON:
            _delete(connection, erased, table, table.c.person.in_(part))
        touched = outcome_touches.c
        _delete(connection, erased, outcome_touches, touched.record_id.in_(part))
        waits = sa.and_(waiting.c.refers.in_(pairs), waiting.c.record_id.in_(part))
        _delete(connection, erased, waiting, waits)


def _delete(
    connection: Connection, erased: Counter[str], table: Table, condition: ColumnElement[bool]
) -> None:
    deleted = connection.execute(sa.delete(table).where(condition)).rowcount
    if deleted > 0:
        erased[table.name] += deleted


def _by_link() -> Iterable[Table]:
    return [table for table in metadata.sorted_tables if "link_id" in table.c]


def _by_record() -> Iterable[Table]:
    wanted = {"side", "object", "record_id"}
    return [table for table in metadata.sorted_tables if wanted <= set(table.c.keys())]


def _at_columns(table: Table, prefix: str, subject: Subject) -> list[ColumnElement[bool]]:
    """Give conditions that find rows which name a record in two columns of their own."""
    columns = sa.tuple_(table.c[f"{prefix}_object"], table.c[f"{prefix}_id"])
    sides = [Side(prefix)] if prefix in tuple(Side) else list(Side)
    named = sorted({tuple(ref) for side, ref in subject.all if side in sides})
    return [columns.in_(part) for part in chunks(named, 100)]


# --- items that name several records --------------------------------------------------------------


def _erase_conflicts(
    connection: Connection, subject: Subject, erased: Counter[str]
) -> frozenset[str]:
    """Delete held items that name the person; others they held are forgotten to be known."""
    gone: list[int] = []
    beside: set[tuple[str, str, str, str]] = set()
    mine = {(side.value, *ref) for side, ref in subject.all}
    for row in connection.execute(_naming(subject)).mappings():
        named = {tuple(one) for one in row["records"]}
        if not named & mine:
            continue
        gone.append(row["id"])
        beside |= {(row["pair"], *one) for one in named - mine}
    for part in chunks(gone):
        _delete(connection, erased, resolutions, resolutions.c.conflict_id.in_(part))
        _delete(connection, erased, conflicts, conflicts.c.id.in_(part))
    pairs = set()
    for pair, side, name, id in sorted(beside):
        for table in (records, keys):
            at = [
                table.c.pair == pair,
                table.c.side == side,
                table.c.object == name,
                table.c.record_id == id,
            ]
            if table is records:
                held = sa.select(records.c.state).where(*at)
                if connection.execute(held).scalar() != RecordState.HELD.value:
                    break
            connection.execute(sa.delete(table).where(*at))
            pairs.add(pair)
    return frozenset(pairs)


def _naming(subject: Subject) -> sa.Select[int, str, object]:
    """Give held items that may name one of the person's records."""
    text = sa.type_coerce(conflicts.c.records, sa.Text)
    quoted = {json.dumps(ref.id) for _, ref in subject.all}
    return sa.select(conflicts.c.id, conflicts.c.pair, conflicts.c.records).where(
        sa.or_(sa.false(), *(text.contains(one, autoescape=True) for one in sorted(quoted)))
    )


def _mark_sales(connection: Connection, database: Database, subject: Subject) -> None:
    """Have the opportunities the person stood behind looked at: nobody may stand there now."""
    concerned: list[str] = []
    for part in chunks(sorted(subject.ids)):
        found = sa.select(opportunity_people.c.opportunity).where(
            opportunity_people.c.person.in_(part)
        )
        concerned += connection.execute(found).scalars()
    mark_due(connection, database, Due.SALE, concerned)
