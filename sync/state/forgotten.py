"""People who were forgotten: all about them erased, and a keyed hash kept in its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sync.state.database import Database, chunks
from sync.state.erasing import erase, look_anew
from sync.state.subject import About, Place, find_subject
from sync.state.tables import forgotten
from sync.state.wiping import wipe

__all__ = ["Erased", "SqlForgotten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased of a person: their records, and how many rows of each table.

    `was` is when the person was forgotten before, if ever.
    """

    records: tuple[Place, ...]
    rows: Mapping[str, int]
    was: datetime | None


class SqlForgotten:
    """Who was forgotten; satisfies `sync.domain.forgotten.Forgotten`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, int]:
        """Give every hash with the number of the person it is of."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(forgotten.c.hash, forgotten.c.person))
            return {row.hash: row.person for row in rows}

    def learn(self, found: Mapping[str, int]) -> None:
        """Keep further hashes of people who were forgotten."""
        statement = self._database.insert(forgotten).on_conflict_do_nothing()
        with self._database.write() as connection:
            for hash, person in sorted(found.items()):
                at = sa.select(sa.func.min(forgotten.c.at)).where(forgotten.c.person == person)
                since = connection.execute(at).scalar_one()
                connection.execute(statement, [{"hash": hash, "person": person, "at": since}])

    def since(self, hashes: Collection[str]) -> datetime | None:
        """Tell since when the person of one of these hashes is forgotten, if they are."""
        with self._database.read() as connection:
            statement = sa.select(sa.func.min(forgotten.c.at))
            return connection.execute(
                statement.where(forgotten.c.hash.in_(list(hashes)))
            ).scalar_one_or_none()

    def forget(
        self,
        about: About,
        hashes_of: Callable[[Iterable[Place]], Collection[str]],
        *,
        at: datetime,
    ) -> Erased:
        """Erase a person and keep the hashes of their address and records, all or nothing.

        What a database leaves behind of deleted rows is wiped after that.
        """
        with self._database.write() as connection:
            subject = find_subject(connection, about)
            hashes = sorted(hashes_of(subject.records))
            rows, beside = erase(connection, self._database, subject, about)
            look_anew(connection, beside)
            known = sa.select(forgotten.c.person, forgotten.c.at).where(
                forgotten.c.hash.in_(hashes)
            )
            before = connection.execute(known.order_by(forgotten.c.person)).first()
            highest = sa.select(sa.func.coalesce(sa.func.max(forgotten.c.person), 0))
            person = before.person if before else connection.execute(highest).scalar_one() + 1
            since = before.at if before else at
            again = self._database.upsert(forgotten, by=("hash",), sets=("person",))
            values = [{"hash": hash, "person": person, "at": since} for hash in hashes]
            connection.execute(again, values)
        wipe(self._database)
        return Erased(
            records=tuple(sorted(subject.records)), rows=rows, was=before.at if before else None
        )

    def allow(self, hashes: Collection[str], pairs: Collection[str]) -> bool:
        """Let a person be linked and made again; tell whether they were forgotten.

        The next run compares these pairs in full, since the person's records did not change.
        """
        with self._database.write() as connection:
            whose = sa.select(forgotten.c.person).where(forgotten.c.hash.in_(list(hashes)))
            people = sorted(set(connection.execute(whose).scalars()))
            for part in chunks(people):
                connection.execute(sa.delete(forgotten).where(forgotten.c.person.in_(part)))
            if people:
                look_anew(connection, pairs)
        return bool(people)
