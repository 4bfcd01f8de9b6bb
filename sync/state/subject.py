"""All that the state knows of one person: their records, the links of these, and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Table

from sync.domain.record import RecordRef, Side
from sync.state.database import chunks
from sync.state.tables import former_ids, keys, links, row_ends

__all__ = ["About", "Subject", "at_records", "find_subject"]

#: A record of one side.
Place = tuple[Side, RecordRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom to look for: the address, and by which keys, rows and fields people are known.

    `keys` are (pair, rule, hash). `ends` tells, by pair of rows, whether its owners and whether
    its members are people; `references` names, by pair, the fields that name people.
    """

    address: str
    keys: tuple[tuple[str, int, str], ...]
    ends: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Subject:
    """One person: `records` are theirs, `rows` tie these to others; `links` are of both."""

    records: set[Place] = field(default_factory=set)
    rows: set[Place] = field(default_factory=set)
    links: set[int] = field(default_factory=set)

    @property
    def all(self) -> list[Place]:
        """Give all records and rows, in order."""
        return sorted(self.records | self.rows)

    @property
    def ids(self) -> frozenset[str]:
        """Give the ids of the person's records."""
        return frozenset(ref.id for _, ref in self.records)


def find_subject(connection: Connection, about: About) -> Subject:
    """Give all records that are kept under an address, and whatever they were linked to."""
    subject = Subject()
    for pair, rule, hash in about.keys:
        found = sa.select(keys.c.side, keys.c.object, keys.c.record_id).where(
            keys.c.pair == pair, keys.c.rule == rule, keys.c.hash == hash
        )
        subject.records |= _places(connection.execute(found))
    _follow_links(connection, subject, subject.records)
    for pair, (owners, members) in about.ends.items():
        subject.rows |= _rows_of(connection, pair, subject, owners=owners, members=members)
    _follow_links(connection, subject, subject.rows)
    return subject


def at_records(table: Table, places: Iterable[Place]) -> list[ColumnElement[bool]]:
    """Give conditions that find a table's rows about records, each for some of these."""
    columns = sa.tuple_(table.c.side, table.c.object, table.c.record_id)
    named = [(side.value, *ref) for side, ref in places]
    return [columns.in_(part) for part in chunks(named, 100)]


def _follow_links(connection: Connection, subject: Subject, places: set[Place]) -> None:
    """Add the links of records, closed ones too, with all records these ever were of."""
    while True:
        before = len(places), len(subject.links)
        subject.links |= _links_of(connection, places)
        for part in chunks(sorted(subject.links)):
            for side in Side:
                ends = sa.select(links.c[f"{side}_object"], links.c[f"{side}_id"])
                for row in connection.execute(ends.where(links.c.id.in_(part))):
                    places.add((side, RecordRef(*row)))
            led = sa.select(former_ids.c.side, former_ids.c.object, former_ids.c.record_id)
            rows = connection.execute(led.where(former_ids.c.link_id.in_(part)))
            places |= _places(rows)
        if before == (len(places), len(subject.links)):
            return


def _links_of(connection: Connection, places: Iterable[Place]) -> set[int]:
    found: set[int] = set()
    named = sorted(places)
    for condition in at_records(former_ids, named):
        rows = connection.execute(sa.select(former_ids.c.link_id).where(condition))
        found |= set(rows.scalars())
    for side in Side:
        columns = sa.tuple_(links.c[f"{side}_object"], links.c[f"{side}_id"])
        mine = [tuple(ref) for at, ref in named if at is side]
        for part in chunks(mine, 100):
            found |= set(
                connection.execute(sa.select(links.c.id).where(columns.in_(part))).scalars()
            )
    return found


def _rows_of(
    connection: Connection, pair: str, subject: Subject, *, owners: bool, members: bool
) -> set[Place]:
    found: set[Place] = set()
    for side in Side:
        ids = sorted(ref.id for at, ref in subject.records if at is side)
        for part in chunks(ids):
            named: list[ColumnElement[bool]] = []
            if owners:
                named.append(row_ends.c.owner_id.in_(part))
            if members:
                named.append(row_ends.c.member_id.in_(part))
            rows = sa.select(row_ends.c.side, row_ends.c.object, row_ends.c.record_id).where(
                row_ends.c.pair == pair, row_ends.c.side == side.value, sa.or_(sa.false(), *named)
            )
            found |= _places(connection.execute(rows))
    return found


def _places(rows: Iterable[Sequence[str]]) -> set[Place]:
    return {(Side(side), RecordRef(name, id)) for side, name, id in rows}
