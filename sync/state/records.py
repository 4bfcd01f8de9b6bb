"""Every record seen, with its match keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, CompoundSelect, Select, Table

from sync.domain.record import RecordRef, Side
from sync.domain.store import KeyedRecord, RecordState, SightingKind, TrackedRecord
from sync.state.database import CHUNK, Database, chunks
from sync.state.rows import NOT_CLOSED, SIDES, by_object, read_tracked
from sync.state.tables import keys, links, records, staged, staged_keys

__all__ = ["SqlRecords"]

_REF = ("pair", "side", "object", "record_id")

_KNOWN, _KEYS = (
    sa.select(*wanted).where(
        table.c.pair == sa.bindparam("of_pair"),
        table.c.side == sa.bindparam("of_side"),
        table.c.object == sa.bindparam("of_object"),
        table.c.record_id.in_(sa.bindparam("ids", expanding=True)),
    )
    for table, wanted in ((records, records.c), (keys, (keys.c.rule, keys.c.hash)))
)
_PAGE = (
    sa.select(records)
    .where(
        records.c.pair == sa.bindparam("of_pair"),
        records.c.side == sa.bindparam("of_side"),
        records.c.object == sa.bindparam("of_object"),
        records.c.record_id > sa.bindparam("after"),
    )
    .order_by(records.c.record_id)
    .limit(CHUNK)
)


class SqlRecords:
    """Every record seen, linked or not, with its match keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Mapping[RecordRef, TrackedRecord]:
        """Give what is known of records, those ever seen."""
        found: dict[RecordRef, TrackedRecord] = {}
        with self._database.read() as connection:
            for name, ids in by_object(refs).items():
                for part in chunks(ids):
                    values = {
                        "of_pair": pair,
                        "of_side": side.value,
                        "of_object": name,
                        "ids": part,
                    }
                    for row in self._database.fetch(connection, _KNOWN, values):
                        record = read_tracked(row)
                        found[record.ref] = record
        return found

    def count_since(self, pair: str, side: Side, object_name: str, since: datetime) -> int:
        """Count the kept records of an object stamped `since` or later, in whatever state."""
        statement = sa.select(sa.func.count()).where(
            records.c.pair == pair,
            records.c.side == side.value,
            records.c.object == object_name,
            records.c.stamp >= since,
        )
        with self._database.read() as connection:
            return connection.execute(statement).scalar_one()

    def by_keys(
        self, pair: str, keys: Sequence[tuple[int, str]]
    ) -> Mapping[tuple[int, str], Sequence[KeyedRecord]]:
        """Give all records that carry these keys, by side, object and id.

        A staged record counts as it was staged, with its staged keys only; one that is gone
        does not count.
        """
        found: defaultdict[tuple[int, str], list[KeyedRecord]] = defaultdict(list)
        with self._database.read() as connection:
            for rule, hashes in _by_rule(keys).items():
                for part in chunks(hashes):
                    values = {"of_pair": pair, "of_rule": rule, "hashes": part}
                    for carriers in (_KEPT_CARRIERS, _STAGED_CARRIERS):
                        for row in self._database.fetch(connection, carriers, values):
                            one = _keyed(row)
                            found[rule, one.hash].append(one)
        for same in found.values():
            same.sort(key=lambda one: (one.side, one.ref.object_name, one.ref.id))
        return dict(found)

    def of_refs_keys(
        self, pair: str, side: Side, refs: Sequence[RecordRef]
    ) -> Sequence[tuple[int, str]]:
        """Give the kept keys of records in order, whether staged anew or not."""
        found: set[tuple[int, str]] = set()
        with self._database.read() as connection:
            for name, ids in by_object(refs).items():
                for part in chunks(ids):
                    values = {
                        "of_pair": pair,
                        "of_side": side.value,
                        "of_object": name,
                        "ids": part,
                    }
                    rows = self._database.fetch(connection, _KEYS, values)
                    found.update((rule, value) for rule, value in rows)
        return sorted(found)

    def beside_staged(
        self, pair: str, side: Side, vacated: Sequence[tuple[int, str]]
    ) -> Sequence[RecordRef]:
        """Give the kept records, neither linked nor staged, that share a key with a staged one.

        The keys it carried before count too, and so do those of `vacated`.
        """
        values = {"of_pair": pair, "of_side": side.value}
        of_staged = self._database.prepared(_waiting, side, _staged_anew)
        with self._database.read() as connection:
            found = [RecordRef(*row) for row in connection.execute(of_staged, values)]
        return list(dict.fromkeys([*found, *self.beside(pair, side, vacated)]))

    def beside(
        self, pair: str, side: Side, wanted: Sequence[tuple[int, str]]
    ) -> Sequence[RecordRef]:
        """Give the kept records, neither linked nor staged, that carry one of some keys."""
        of_kept = self._database.prepared(_waiting, side, _kept)
        found: dict[RecordRef, None] = {}
        with self._database.read() as connection:
            for rule, hashes in _by_rule(wanted).items():
                for part in chunks(hashes):
                    named = {
                        "of_pair": pair,
                        "of_side": side.value,
                        "of_rule": rule,
                        "hashes": part,
                    }
                    for row in connection.execute(of_kept, named):
                        found[RecordRef(*row)] = None
        return list(found)

    def tally(self, pair: str) -> Mapping[tuple[Side, RecordState, str], int]:
        """Count the records of a pair by side, state and reason."""
        groups = (records.c.side, records.c.state, records.c.why)
        statement = (
            sa.select(*groups, sa.func.count())
            .where(records.c.pair == pair)
            .group_by(*groups)
            .order_by(*groups)
        )
        with self._database.read() as connection:
            return {
                (Side(side), RecordState(state), why): count
                for side, state, why, count in connection.execute(statement)
            }

    def iterate(self, pair: str, side: Side, object_name: str) -> Iterator[Sequence[TrackedRecord]]:
        """Give the records of an object by id, some hundred at a time."""
        after = ""
        while True:
            values = {
                "of_pair": pair,
                "of_side": side.value,
                "of_object": object_name,
                "after": after,
            }
            with self._database.read() as connection:
                rows = self._database.fetch(connection, _PAGE, values)
                part = [read_tracked(row) for row in rows]
            if not part:
                return
            yield part
            after = part[-1].ref.id


def _kept_carriers() -> Select[*tuple[object, ...]]:
    same = sa.and_(*(keys.c[name] == records.c[name] for name in _REF))
    anew = sa.exists().where(*(staged.c[name] == keys.c[name] for name in _REF))
    return (
        sa.select(
            keys.c.rule,
            keys.c.hash,
            keys.c.side,
            keys.c.object,
            keys.c.record_id,
            records.c.stamp,
            records.c.created,
            records.c.included,
        )
        .join_from(keys, records, same)
        .where(*_carries(keys), records.c.state != RecordState.GONE.value, ~anew)
    )


def _staged_carriers() -> Select[*tuple[object, ...]]:
    same = sa.and_(*(staged_keys.c[name] == staged.c[name] for name in _REF))
    return (
        sa.select(
            staged_keys.c.rule,
            staged_keys.c.hash,
            staged_keys.c.side,
            staged_keys.c.object,
            staged_keys.c.record_id,
            staged.c.stamp,
            staged.c.created,
            staged.c.included,
        )
        .join_from(staged_keys, staged, same)
        .where(*_carries(staged_keys), staged.c.gone.is_(False))
    )


def _carries(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.pair == sa.bindparam("of_pair"),
        table.c.rule == sa.bindparam("of_rule"),
        table.c.hash.in_(sa.bindparam("hashes", expanding=True)),
    )


_KEPT_CARRIERS, _STAGED_CARRIERS = _kept_carriers(), _staged_carriers()


def _staged_anew() -> CompoundSelect[int, str]:
    """Give the keys, staged and kept, of staged records that are new or whose link changed."""
    pair: sa.BindParameter[str] = sa.bindparam("of_pair")
    moved = (SightingKind.CHANGED.value, SightingKind.GONE.value)
    changed = sa.select(staged.c.link_id).where(staged.c.pair == pair, staged.c.kind.in_(moved))
    is_new = sa.and_(staged.c.kind == SightingKind.NEW.value, staged.c.link_id.is_(None))
    looked_at = sa.select(*(staged.c[name] for name in _REF[1:])).where(
        staged.c.pair == pair, sa.or_(is_new, staged.c.link_id.in_(changed))
    )
    # As a list, so that the few staged lead to their keys, and not all keys to the staged.
    return sa.union(
        *(
            sa.select(table.c.rule, table.c.hash).where(
                table.c.pair == pair,
                sa.tuple_(*(table.c[name] for name in _REF[1:])).in_(looked_at),
            )
            for table in (staged_keys, keys)
        )
    )


def _kept() -> Select[int, str]:
    """Give those of some keys that are kept of some record."""
    return sa.select(keys.c.rule, keys.c.hash).where(*_carries(keys))


def _by_rule(wanted: Sequence[tuple[int, str]]) -> Mapping[int, Sequence[str]]:
    hashes: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for rule, value in wanted:
        hashes[rule][value] = None
    return {rule: list(values) for rule, values in hashes.items()}


def _waiting(
    side: Side, touching: Callable[[], Select[int, str] | CompoundSelect[int, str]]
) -> Select[str, str]:
    """Give the kept records of a side that carry a key, and are neither linked nor staged."""
    pair: sa.BindParameter[str] = sa.bindparam("of_pair")
    touched = touching().subquery()
    same = sa.and_(*(keys.c[name] == records.c[name] for name in _REF))
    anew = sa.exists().where(*(staged.c[name] == keys.c[name] for name in _REF))
    linked = sa.exists().where(
        links.c.pair == pair,
        links.c[f"{side}_object"] == keys.c.object,
        links.c[f"{side}_id"] == keys.c.record_id,
        NOT_CLOSED,
    )
    return (
        sa.select(keys.c.object, keys.c.record_id)
        .distinct()
        .join_from(
            touched, keys, sa.and_(keys.c.rule == touched.c.rule, keys.c.hash == touched.c.hash)
        )
        .join(records, same)
        .where(
            keys.c.pair == pair,
            keys.c.side == sa.bindparam("of_side"),
            records.c.state != RecordState.GONE.value,
            ~anew,
            ~linked,
        )
    )


def _keyed(row: Sequence[Any]) -> KeyedRecord:
    rule, value, side, object_name, record_id, stamp, created, included = row
    return KeyedRecord(
        rule=rule,
        hash=value,
        side=SIDES[side],
        ref=RecordRef(object_name, record_id),
        stamp=stamp,
        created=created,
        included=included,
    )
