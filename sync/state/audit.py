"""What was done, run by run, as the engine asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from sync.domain.audit import AuditRow, Written
from sync.domain.record import Side
from sync.state.database import Database, chunks
from sync.state.rows import audit_of
from sync.state.tables import audit

__all__ = ["SqlAudit"]

_WRITE = "write"


class SqlAudit:
    """What was done, run by run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pairs_of_run(self, run: int) -> Sequence[str]:
        """Name the pairs a run did anything in."""
        statement = sa.select(audit.c.pair).where(audit.c.run == run).distinct()
        with self._database.read() as connection:
            return sorted(connection.execute(statement).scalars())

    def of_run(self, run: int, pair: str, *, size: int) -> Iterator[Sequence[AuditRow]]:
        """Give all a run did to the links of a pair, in chunks of so many links.

        All rows of a link come together, the oldest first.
        """
        mine = (audit.c.run == run, audit.c.pair == pair)
        named = sa.select(audit.c.link_id).where(*mine, audit.c.link_id.is_not(None)).distinct()
        with self._database.read() as connection:
            link_ids = sorted(connection.execute(named).scalars())
        for start in range(0, len(link_ids), size):
            found: list[AuditRow] = []
            with self._database.read() as connection:
                for part in chunks(link_ids[start : start + size]):
                    statement = (
                        sa.select(audit)
                        .where(*mine, audit.c.link_id.in_(part))
                        .order_by(audit.c.link_id, audit.c.id)
                    )
                    found.extend(
                        AuditRow(id=row["id"], run=run, at=row["at"], entry=audit_of(row))
                        for row in connection.execute(statement).mappings()
                    )
            yield found

    def newest_writes(self, link_ids: Sequence[int]) -> Mapping[Written, int]:
        """Give the run that wrote each field of these links last, by side."""
        found: dict[Written, int] = {}
        place = (audit.c.link_id, audit.c.field, audit.c.side)
        with self._database.read() as connection:
            for part in chunks(link_ids):
                statement = (
                    sa.select(*place, sa.func.max(audit.c.run))
                    .where(audit.c.link_id.in_(part), audit.c.kind == _WRITE)
                    .group_by(*place)
                )
                for link_id, field, side, run in connection.execute(statement):
                    if side is not None:
                        found[link_id, field, Side(side)] = run
        return found
