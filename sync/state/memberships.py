"""Who took part in campaigns, as it was read last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from sync.domain.facts import Due
from sync.domain.memberships import Membership
from sync.domain.sales import Bearer
from sync.state.database import Database, chunks
from sync.state.due import mark_due
from sync.state.tables import campaign_members
from sync.state.touches import Touches

__all__ = ["SqlMemberships"]


class SqlMemberships:
    """What the state knows of members; satisfies `sync.domain.memberships.Memberships`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._touches = Touches(database)

    def take(self, rows: Sequence[Membership]) -> None:
        """Keep memberships as they are now; whom a changed one concerns is touched."""
        known = self.get([one.id for one in rows])
        changed = {one.id: one for one in rows if known.get(one.id) != one}
        if not changed:
            return
        before = [known[id] for id in changed if id in known]
        with self._database.write() as connection:
            again = self._database.upsert(
                campaign_members,
                by=("id",),
                sets=("person", "status", "made", "campaign", "responded"),
            )
            values = [
                {
                    "id": one.id,
                    "person": one.person,
                    "status": one.status,
                    "made": one.made,
                    "campaign": one.campaign,
                    "responded": one.responded,
                }
                for one in changed.values()
            ]
            self._database.put(connection, again, values)
            mark_due(connection, self._database, Due.MEMBER, changed)
            people = [one.person for one in (*before, *changed.values())]
            self._touches.touch(connection, Bearer.PERSON, people)

    def drop(self, ids: Sequence[str]) -> None:
        """Forget memberships that are there no more."""
        known = self.get(ids)
        if not known:
            return
        with self._database.write() as connection:
            for part in chunks(known):
                connection.execute(
                    sa.delete(campaign_members).where(campaign_members.c.id.in_(part))
                )
            mark_due(connection, self._database, Due.MEMBER, known)
            people = [one.person for one in known.values()]
            self._touches.touch(connection, Bearer.PERSON, people)

    def hand_over(self, successors: Mapping[str, str]) -> None:
        """Let people who were merged or converted pass theirs on, by their ids."""
        having = self.of_people(list(successors))
        if not having:
            return
        with self._database.write() as connection:
            heirs = {person: _heir(person, successors) for person in having}
            for person, heir in heirs.items():
                moved = sa.update(campaign_members).where(campaign_members.c.person == person)
                connection.execute(moved.values(person=heir))
            passed_on = [one.id for rows in having.values() for one in rows]
            mark_due(connection, self._database, Due.MEMBER, passed_on)
            self._touches.touch(connection, Bearer.PERSON, [*heirs, *heirs.values()])

    def of_people(self, ids: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        """Give the memberships of people, of those who have any."""
        found: dict[str, list[Membership]] = {}
        for part in chunks(ids):
            for one in self._where(campaign_members.c.person.in_(part)):
                found.setdefault(one.person, []).append(one)
        return found

    def get(self, ids: Iterable[str]) -> Mapping[str, Membership]:
        """Give memberships by id."""
        return {
            one.id: one
            for part in chunks(ids)
            for one in self._where(campaign_members.c.id.in_(part))
        }

    def _where(self, condition: sa.ColumnElement[bool]) -> list[Membership]:
        statement = sa.select(campaign_members).where(condition)
        with self._database.read() as connection:
            return [
                Membership(
                    id=row["id"],
                    person=row["person"],
                    status=row["status"],
                    made=row["made"],
                    campaign=row["campaign"],
                    responded=bool(row["responded"]),
                )
                for row in connection.execute(statement).mappings()
            ]


def _heir(person: str, successors: Mapping[str, str]) -> str:
    """Follow people who were merged into one that was merged itself."""
    passed = {person}
    while person in successors and successors[person] not in passed:
        person = successors[person]
        passed.add(person)
    return person
