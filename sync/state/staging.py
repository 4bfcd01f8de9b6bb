"""What a run pulled, kept until it is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from sync.domain.record import Record, RecordRef, Side
from sync.domain.store import Sighting, SightingKind
from sync.state.database import Database, chunks
from sync.state.keeping import keep_staged
from sync.state.lines import waiting_after
from sync.state.rows import SIDES, Words, among, by_object, of_records
from sync.state.tables import staged, staged_keys

__all__ = ["SqlStaging"]

_REF = ("pair", "side", "object", "record_id")
_KINDS = Words(SightingKind)

#: What a sighting is read of.
_SIGHTING = (
    staged.c.side,
    staged.c.object,
    staged.c.record_id,
    staged.c.kind,
    staged.c.link_id,
    staged.c.included,
    staged.c.why,
    staged.c.counterpart,
    staged.c.stamp,
    staged.c.created,
    staged.c.body,
)
_MOVED = (SightingKind.CHANGED.value, SightingKind.GONE.value)
_SET_AGAIN = (
    "kind",
    "link_id",
    "included",
    "why",
    "counterpart",
    "stamp",
    "created",
    "gone",
    "body",
)

_AFTER = ("after_side", "after_object", "after_id")

_OF_PAIR = staged.c.pair == sa.bindparam("of_pair")
_OF_OBJECTS = (
    _OF_PAIR,
    staged.c.side == sa.bindparam("of_side"),
    staged.c.object == sa.bindparam("of_object"),
)
_CLEAR = (sa.delete(staged_keys), sa.delete(staged))
_DROP_KEYS = sa.delete(staged_keys).where(of_records(staged_keys))
_ANY = sa.select(staged.c.record_id).where(_OF_PAIR).limit(1)
_OF_REFS = sa.select(*_SIGHTING).where(
    *_OF_OBJECTS, staged.c.record_id.in_(sa.bindparam("ids", expanding=True))
)
_OF_OBJECT = (
    sa.select(*_SIGHTING)
    .where(*_OF_OBJECTS, staged.c.record_id > sa.bindparam("after"))
    .order_by(staged.c.record_id)
    .limit(sa.bindparam("size"))
)
_BY_LINK = (staged.c.link_id, staged.c.side, staged.c.object, staged.c.record_id)
_OF_LINKS = (
    sa.select(*_SIGHTING)
    .where(_OF_PAIR, staged.c.link_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(*_BY_LINK)
)
_LIVING_ON = (
    sa.select(*_SIGHTING)
    .where(
        _OF_PAIR,
        staged.c.kind.in_(_MOVED),
        staged.c.link_id.is_not(None),
        # Narrows it down to those that hold the word; which is looked at where it is read.
        sa.type_coerce(staged.c.body, sa.Text).contains('"successor"'),
    )
    .order_by(*_BY_LINK)
)


class SqlStaging:
    """What this run pulled, until it is applied."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def clear(self) -> None:
        """Forget all that was staged."""
        with self._database.write() as connection:
            for statement in _CLEAR:
                connection.execute(statement)

    def add(self, pair: str, sightings: Sequence[Sighting]) -> None:
        """Stage records; one staged before is replaced, its keys too."""
        newest = {(one.side, one.record.ref): one for one in sightings}
        if not newest:
            return
        rows = [_row(pair, one) for one in newest.values()]
        key_rows = [
            {**_ref_columns(pair, one), "rule": rule, "hash": value}
            for one in newest.values()
            for rule, value in dict.fromkeys(one.keys)
        ]
        with self._database.write() as connection:
            again = self._database.upsert(staged, by=_REF, sets=_SET_AGAIN)
            self._database.put(connection, again, rows)
            for narrowed in among(rows):
                connection.execute(_DROP_KEYS, narrowed)
            self._database.put(connection, self._database.insert(staged_keys), key_rows)

    def of(self, pair: str, side: Side, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Sighting]:
        """Give what was staged of records."""
        found: dict[RecordRef, Sighting] = {}
        for name, ids in by_object(refs).items():
            for part in chunks(ids):
                values = {"of_side": side.value, "of_object": name, "ids": part}
                for sighting in self._read(_OF_REFS, pair, values):
                    found[sighting.record.ref] = sighting
        return found

    def of_links(self, pair: str, link_ids: Sequence[int]) -> Mapping[tuple[int, Side], Sighting]:
        """Give what was staged of links, by link and side."""
        found: dict[tuple[int, Side], Sighting] = {}
        for part in chunks(link_ids):
            for sighting in self._read(_OF_LINKS, pair, {"ids": part}):
                if sighting.link_id is not None:
                    found[sighting.link_id, sighting.side] = sighting
        return found

    def changed_links(
        self, pair: str, *, size: int, outdated: bool = False
    ) -> Iterator[Sequence[int]]:
        """Give the links with a changed or gone record, ascending, each once.

        With `outdated` also the open ones that are to be looked at under a changed line.
        """
        after = 0
        statement = self._database.prepared(_changed_links, size, outdated=outdated)
        while True:
            values = {"of_pair": pair, "after": after}
            with self._database.read() as connection:
                part = list(connection.execute(statement, values).scalars())
            if not part:
                return
            yield part
            after = part[-1]

    def moved(self, pair: str) -> Sequence[Sighting]:
        """Give the sightings of linked records that live on as another one, by link and side."""
        found = self._read(_LIVING_ON, pair)
        return [one for one in found if one.record.successor is not None]

    def gone_links(self, pair: str, *, size: int) -> Iterator[Sequence[Sighting]]:
        """Give the sightings of linked records that are gone, by side, object and id."""
        yield from self._paged(pair, SightingKind.GONE, size, linked=True)

    def unlinked(self, pair: str, *, size: int) -> Iterator[Sequence[Sighting]]:
        """Give the new records without a link, by side, object and id."""
        yield from self._paged(pair, SightingKind.NEW, size, linked=False)

    def _paged(
        self, pair: str, kind: SightingKind, size: int, *, linked: bool
    ) -> Iterator[Sequence[Sighting]]:
        statement = self._database.prepared(_page, size, linked=linked)
        after = ("", "", "")
        while True:
            values = dict(zip(_AFTER, after, strict=True))
            part = self._read(statement, pair, {"of_kind": kind.value, **values})
            if not part:
                return
            yield part
            last = part[-1]
            after = (last.side.value, last.record.ref.object_name, last.record.ref.id)

    def of_object(
        self, pair: str, side: Side, object_name: str, *, size: int
    ) -> Iterator[Sequence[Sighting]]:
        """Give what was staged of an object's records, linked or not, by id."""
        after = ""
        while True:
            values = {
                "of_side": side.value,
                "of_object": object_name,
                "after": after,
                "size": size,
            }
            part = self._read(_OF_OBJECT, pair, values)
            if part:
                yield part
            if len(part) < size:
                return
            after = part[-1].record.ref.id

    def holds(self, pair: str) -> bool:
        """Tell whether anything of a pair is staged."""
        with self._database.read() as connection:
            return connection.execute(_ANY, {"of_pair": pair}).first() is not None

    def any_counterpart(self) -> tuple[Side, RecordRef] | None:
        """Give one staged record that carries the other side's id, if any does."""
        statement = (
            sa.select(staged.c.side, staged.c.object, staged.c.record_id)
            .where(staged.c.counterpart.is_not(None))
            .order_by(staged.c.pair, staged.c.side, staged.c.object, staged.c.record_id)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        side, object_name, record_id = row
        return Side(side), RecordRef(object_name, record_id)

    def keep(self, pair: str) -> None:
        """Turn what was staged of a pair into what is known: stamps, states and keys."""
        with self._database.write() as connection:
            keep_staged(connection, self._database, pair)

    def _read(
        self,
        statement: Select[*tuple[object, ...]],
        pair: str,
        values: Mapping[str, object] | None = None,
    ) -> list[Sighting]:
        named = {"of_pair": pair, **(values or {})}
        with self._database.read() as connection:
            return [_sighting(row) for row in self._database.fetch(connection, statement, named)]


def _page(size: int, *, linked: bool) -> Select[*tuple[object, ...]]:
    """Give sightings of one kind behind the last one, of linked records or of others."""
    order = (staged.c.side, staged.c.object, staged.c.record_id)
    return (
        sa.select(*_SIGHTING)
        .where(
            _OF_PAIR,
            staged.c.kind == sa.bindparam("of_kind"),
            staged.c.link_id.is_not(None) if linked else staged.c.link_id.is_(None),
            sa.tuple_(*order) > sa.tuple_(*(sa.bindparam(name, type_=sa.Text) for name in _AFTER)),
        )
        .order_by(*order)
        .limit(size)
    )


def _changed_links(size: int, *, outdated: bool) -> Select[int]:
    """Give the links behind the last one that are to be merged."""
    kinds = [_moved_after()]
    if outdated:
        kinds.append(waiting_after())
    # Each cut short by itself, so that no page costs as much as all that are left.
    first = [_first(kind, size) for kind in kinds]
    ids = sa.union(*first).subquery()
    return sa.select(ids.c.link_id).order_by(ids.c.link_id).limit(size)


def _moved_after() -> Select[int]:
    """Give the links beyond one that have a changed or gone record."""
    return sa.select(staged.c.link_id).where(
        _OF_PAIR, staged.c.link_id > sa.bindparam("after"), staged.c.kind.in_(_MOVED)
    )


def _first(ids: Select[int], size: int) -> Select[int]:
    """Give the lowest of some ids, each once."""
    lowest = ids.distinct().order_by(sa.literal_column("link_id")).limit(size).subquery()
    return sa.select(lowest.c.link_id)


def _ref_columns(pair: str, one: Sighting) -> dict[str, object]:
    return {
        "pair": pair,
        "side": one.side.value,
        "object": one.record.ref.object_name,
        "record_id": one.record.ref.id,
    }


def _row(pair: str, one: Sighting) -> dict[str, object]:
    return {
        **_ref_columns(pair, one),
        "kind": one.kind.value,
        "link_id": one.link_id,
        "included": one.included,
        "why": one.why,
        "counterpart": one.counterpart,
        "stamp": one.record.stamp,
        "created": one.record.created,
        "gone": one.record.gone or one.kind is SightingKind.GONE,
        "body": _body(one),
        "decided": False,
    }


def _body(one: Sighting) -> dict[str, object]:
    """Give what has no column of its own; the rare things only where they are.

    The keys are here, too, so that a sighting is read from one table.
    """
    record = one.record
    body: dict[str, object] = {"fields": dict(record.fields), "keys": one.keys}
    if record.gone:
        body["gone"] = True
    if record.frozen:
        body["frozen"] = True
    if record.successor:
        body["successor"] = [record.successor.object_name, record.successor.id]
    if record.editor is not None:
        body["editor"] = record.editor
    if record.aliases:
        body["aliases"] = list(record.aliases)
    return body


def _sighting(row: Sequence[Any]) -> Sighting:
    side, object_name, record_id, kind, link_id, included, why, counterpart, *rest = row
    stamp, created, body = rest
    successor = body.get("successor")
    return Sighting(
        side=SIDES[side],
        record=Record(
            ref=RecordRef(object_name, record_id),
            fields=body["fields"],
            stamp=stamp,
            created=created,
            gone=body.get("gone", False),
            frozen=body.get("frozen", False),
            successor=RecordRef(*successor) if successor else None,
            editor=body.get("editor"),
            aliases=tuple(body.get("aliases", ())),
        ),
        kind=_KINDS[kind],
        link_id=link_id,
        included=included,
        why=why,
        keys=tuple((rule, value) for rule, value in body["keys"]),
        counterpart=counterpart,
    )
