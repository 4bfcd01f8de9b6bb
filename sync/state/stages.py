"""Stage changes of records, as reports and the engine read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, RowMapping

from sync.domain.facts import Due
from sync.domain.record import RecordRef, Side
from sync.domain.stages import OwnWrite, StageEvent
from sync.state.database import CHUNK, Database, chunks
from sync.state.due import mark_due
from sync.state.links import WRITE
from sync.state.rows import NOT_CLOSED, by_object
from sync.state.tables import audit, former_ids, links, stage_events

__all__ = ["SqlStageEvents"]

_IDENTITY = ("pair", "side", "object", "record_id", "field", "at", "to_value")


class SqlStageEvents:
    """The stage changes kept, of records with a link and without."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, events: Sequence[StageEvent]) -> None:
        """Keep events; one that is kept already stays as it is, one with an id is replaced."""
        new = [_row(one) for one in events if one.id is None]
        replaced = [{**_row(one), "of_id": one.id} for one in events if one.id is not None]
        if not events:
            return
        with self._database.write() as connection:
            insert = self._database.insert(stage_events)
            statement = insert.on_conflict_do_nothing(index_elements=list(_IDENTITY))
            self._database.put(connection, statement, new)
            touched = {one.link_id for one in events if one.link_id is not None}
            mark_due(connection, self._database, Due.LINK, touched)
            if replaced:
                of_id = stage_events.c.id == sa.bindparam("of_id")
                connection.execute(sa.update(stage_events).where(of_id), replaced)

    def of_links(self, link_ids: Sequence[int]) -> Mapping[int, Sequence[StageEvent]]:
        """Give the events of links, the oldest first, those of records they had before too."""
        found: dict[int, list[StageEvent]] = {}
        for part in chunks(link_ids):
            for event in self._read(stage_events.c.link_id.in_(part)):
                if event.link_id is not None:
                    found.setdefault(event.link_id, []).append(event)
        return found

    def of_records(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Mapping[RecordRef, Sequence[StageEvent]]:
        """Give the events of records, the oldest first."""
        found: dict[RecordRef, list[StageEvent]] = {}
        for name, ids in by_object(refs).items():
            for part in chunks(ids):
                for event in self._read(
                    stage_events.c.pair == pair,
                    stage_events.c.side == side.value,
                    stage_events.c.object == name,
                    stage_events.c.record_id.in_(part),
                ):
                    found.setdefault(event.ref, []).append(event)
        return found

    def between(
        self, pair: str, since: datetime, until: datetime
    ) -> Iterator[Sequence[StageEvent]]:
        """Give a pair's events from `since` until just before `until`, the oldest first."""
        place = sa.tuple_(stage_events.c.at, stage_events.c.id)
        last: tuple[datetime, int] = (since, 0)
        while True:
            statement = (
                sa.select(stage_events)
                .where(
                    stage_events.c.pair == pair,
                    stage_events.c.at < until,
                    place > sa.tuple_(sa.literal(last[0], stage_events.c.at.type), last[1]),
                )
                .order_by(stage_events.c.at, stage_events.c.id)
                .limit(CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(statement).mappings().all()
            if rows:
                yield [_event(row) for row in rows]
            if len(rows) < CHUNK:
                return
            last = rows[-1]["at"], rows[-1]["id"]

    def attach(self, pair: str) -> None:
        """Give the events of records that have, or had, a link by now to that link."""
        with self._database.write() as connection:
            for side in Side:
                now = (
                    links.c.pair == stage_events.c.pair,
                    links.c[f"{side}_object"] == stage_events.c.object,
                    links.c[f"{side}_id"] == stage_events.c.record_id,
                    NOT_CLOSED,
                )
                before = (
                    former_ids.c.pair == stage_events.c.pair,
                    former_ids.c.side == stage_events.c.side,
                    former_ids.c.object == stage_events.c.object,
                    former_ids.c.record_id == stage_events.c.record_id,
                )
                for column, of_record in ((links.c.id, now), (former_ids.c.link_id, before)):
                    link = sa.select(column).where(*of_record).limit(1).scalar_subquery()
                    connection.execute(
                        sa.update(stage_events)
                        .where(
                            stage_events.c.pair == pair,
                            stage_events.c.side == side.value,
                            stage_events.c.link_id.is_(None),
                            sa.exists().where(*of_record),
                        )
                        .values(link_id=link)
                    )

    def own_writes(
        self, pair: str, fields: Collection[str], *, after: int
    ) -> Iterator[Sequence[OwnWrite]]:
        """Give our writes of fields of a pair that the audit numbers beyond `after`, in order."""
        while True:
            statement = (
                sa.select(audit)
                .where(
                    audit.c.id > after,
                    audit.c.pair == pair,
                    audit.c.kind == WRITE,
                    audit.c.field.in_(list(fields)),
                )
                .order_by(audit.c.id)
                .limit(CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(statement).mappings().all()
            if rows:
                yield [_own_write(row) for row in rows if _names_a_record(row)]
            if len(rows) < CHUNK:
                return
            after = rows[-1]["id"]

    def last_audit(self) -> int:
        """Give the number of the newest entry of the audit, 0 where there is none."""
        with self._database.read() as connection:
            return connection.execute(sa.select(sa.func.max(audit.c.id))).scalar_one() or 0

    def links_beyond(
        self, pair: str, side: Side, object_name: str, *, after: int, but_made_in: int, size: int
    ) -> Iterator[Sequence[tuple[int, RecordRef]]]:
        """Give the open links numbered beyond `after` with their records of an object, in order.

        Those are left out whose record was made by the run `but_made_in`.
        """
        made_by_it = sa.exists().where(
            audit.c.link_id == links.c.id,
            audit.c.field == "",
            audit.c.kind == "create",
            audit.c.side == side.value,
            audit.c.run == but_made_in,
        )
        record_id = links.c[f"{side}_id"]
        while True:
            statement = (
                sa.select(links.c.id, record_id)
                .where(
                    links.c.pair == pair,
                    links.c[f"{side}_object"] == object_name,
                    links.c.id > after,
                    NOT_CLOSED,
                    ~made_by_it,
                )
                .order_by(links.c.id)
                .limit(size)
            )
            with self._database.read() as connection:
                rows = connection.execute(statement).all()
            if rows:
                yield [(link_id, RecordRef(object_name, of_record)) for link_id, of_record in rows]
            if len(rows) < size:
                return
            after = rows[-1][0]

    def last_link(self, pair: str) -> int:
        """Give the number of a pair's newest link, 0 where there is none."""
        statement = sa.select(sa.func.max(links.c.id)).where(links.c.pair == pair)
        with self._database.read() as connection:
            return connection.execute(statement).scalar_one() or 0

    def _read(self, *where: ColumnElement[bool]) -> Iterator[StageEvent]:
        statement = (
            sa.select(stage_events).where(*where).order_by(stage_events.c.at, stage_events.c.id)
        )
        with self._database.read() as connection:
            yield from [_event(row) for row in connection.execute(statement).mappings()]


def _row(event: StageEvent) -> dict[str, object]:
    return {
        "pair": event.pair,
        "link_id": event.link_id,
        "side": event.side.value,
        "object": event.ref.object_name,
        "record_id": event.ref.id,
        "at": event.at,
        "field": event.field,
        "from_value": event.before,
        # A blank is no NULL here: two of them would not be the same to an index.
        "to_value": event.after or "",
        "editor": event.editor,
        "source": event.source,
        "by_us": event.by_us,
    }


def _event(row: RowMapping) -> StageEvent:
    return StageEvent(
        pair=row["pair"],
        side=Side(row["side"]),
        ref=RecordRef(row["object"], row["record_id"]),
        field=row["field"],
        at=row["at"],
        before=row["from_value"],
        after=row["to_value"] or None,
        link_id=row["link_id"],
        editor=row["editor"],
        source=row["source"],
        by_us=row["by_us"],
        id=row["id"],
    )


def _names_a_record(row: RowMapping) -> bool:
    side = row["side"]
    return bool(side and row["link_id"] and row[f"{side}_id"])


def _own_write(row: RowMapping) -> OwnWrite:
    side = Side(row["side"])
    return OwnWrite(
        number=row["id"],
        at=row["at"],
        link_id=row["link_id"],
        side=side,
        ref=RecordRef(row[f"{side}_object"], row[f"{side}_id"]),
        field=row["field"],
        before=row["before"],
        after=row["after"],
    )
