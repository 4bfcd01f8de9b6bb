"""Two CRMs in memory with all that people do in them, a state in memory, and runs between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.memory import Killed, MemoryBench, MemoryCrm, Operation
from mappings.bound import BoundPair
from mappings.guard import Guard, Limit
from sync.domain.errors import ConnectorError
from sync.domain.ports import Account, Write, WriteKind, WriteResult
from sync.domain.record import Native, RecordRef, Side
from sync.domain.store import Link
from sync.engine.run import sync
from sync.engine.session import Session, Settings
from tests.property.blank_state import blank_store
from tests.property.doom import Doom, mortal
from tests.property.loop_project import KINDS, ROW_KINDS, ROW_NAMES, SHAPES, Rules, bound_pairs
from tests.property.world import Clock

__all__ = ["MARKERS", "End", "Entry", "LoopWorld", "ends_of"]

#: The field by which a copy is known for what it was made from.
MARKERS = {Side.LEFT: "marker", Side.RIGHT: "Marker__c"}

#: One record: the side it stands on, and what that side calls it.
End = tuple[Side, RecordRef]

_WIDE = Guard(
    changes=Limit(percent=Decimal(100), floor=10**6),
    creates=Limit(count=10**6),
    deletes=Limit(count=10**6),
    blanks=Limit(count=10**6),
)
_BATCH, _PAGE = 3, 4
_LEASE = timedelta(seconds=60)


@dataclass(slots=True)
class Entry:
    """The last value people entered in a field; `since` is the last audit row written before.

    `link` is the record's link then, if it had one; `ids` are those of the record it was entered in
    and of those it lived on as.
    """

    value: Native
    since: int
    link: int | None
    ids: tuple[str, ...]
    reached: bool = False


@dataclass(slots=True)
class _Watched:
    """A CRM whose writes are looked at before they are carried out."""

    crm: MemoryCrm
    bench: MemoryBench
    doom: Doom
    log: list[str]
    faults: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.crm, name)

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch, after a look at what it would change."""
        for write in writes:
            self._look_at(write)
        self.doom.step()
        results = self.crm.apply(writes)
        self.doom.step()
        self.log += [
            f"    sent {write.kind} {write.object_name} {write.id or ''} {dict(write.values)}: "
            f"{result.outcome} {result.id or ''} {result.message}"
            for write, result in zip(writes, results, strict=True)
        ]
        return results

    def _look_at(self, write: Write) -> None:
        row = self.crm.records.table(write.object_name).rows.get(write.id or "")
        if row is None:
            return
        if row.frozen:
            self.faults.append(f"{write.id} was converted, and is written to: {write.values}")
        if row.gone or write.kind not in (WriteKind.UPDATE, WriteKind.ASSOCIATE):
            return
        now = self.bench.values(write.object_name, row.id)
        same = [name for name, value in write.values.items() if now[name] == value]
        if same or not write.values:
            self.faults.append(f"{write.id} was sent {same or 'nothing'} without need")


class LoopWorld:
    """Both CRMs, the state between them, and the last values people entered."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.log: list[str] = [f"rules: {rules}"]
        self.pairs: dict[str, BoundPair] = {pair.name: pair for pair in bound_pairs(rules)}
        self.clock = Clock(timedelta(milliseconds=1))
        self.doom = Doom()
        self.store = blank_store()
        self.store.runs.keep_note("secret", "5e" * 32)
        self._forget_names()
        crms = {side: self._crm(side) for side in Side}
        self.benches = {side: MemoryBench(crm) for side, crm in crms.items()}
        self.watched = {
            side: _Watched(crms[side], self.benches[side], self.doom, self.log) for side in Side
        }
        self.entries: dict[tuple[Side, RecordRef, str], Entry] = {}
        self.markers: set[str] = set()
        #: The pairs a record of which left no trace: nobody can tell that it is not there.
        self.purged: set[str] = set()
        self.runs = 0
        self.made: Counter[tuple[str, Side, Native]] = Counter()
        self.twice: list[str] = []

    # --- what is there ------------------------------------------------------------------------

    def records(self, pair: str, side: Side) -> list[RecordRef]:
        """List the live records of a side that may still be worked on."""
        if pair not in self.pairs:
            return []
        return [
            RecordRef(name, row.id)
            for name in KINDS[pair][side]
            for row in self.rows(side, name).values()
            if not row.gone and not row.frozen
        ]

    def objects(self, side: Side) -> frozenset[str]:
        """Name the objects of a side."""
        return frozenset(SHAPES[side])

    def rows(self, side: Side, name: str) -> dict[str, Any]:
        """Give all records of an object there ever were, save those that were purged."""
        return self.watched[side].crm.records.table(name).rows

    def lives(self, side: Side, ref: RecordRef) -> bool:
        """Tell whether a record is live, and no lead that was converted."""
        row = self.rows(side, ref.object_name).get(ref.id)
        return row is not None and not row.gone and not row.frozen

    def values(self, side: Side, ref: RecordRef) -> dict[str, Native]:
        """Give all fields of a record."""
        return self.benches[side].values(ref.object_name, ref.id)

    def value(self, side: Side, ref: RecordRef, rule: Any) -> Native:
        """Give what a record holds in a field of the mapping."""
        at = rule.native_name(side, ref.object_name)
        return self.values(side, ref)[at] if at else None

    def links(self, pair: str) -> dict[End, Link]:
        """Give the links of a pair that are not closed, by the live records they are of."""
        return {
            (side, ref): link
            for side in Side
            for ref, link in self.store.links.of(pair, side, self.records(pair, side)).items()
        }

    def note(self, pair: str, side: Side, ref: RecordRef, name: str, value: Native) -> None:
        """Note what a person entered in a field of the mapping."""
        link = self.store.links.of(pair, side, [ref]).get(ref)
        self.entries[side, ref, name] = Entry(
            value,
            since=self._newest_audit(),
            link=link.id if link is not None else None,
            ids=(ref.id,),
            reached=link is not None and self._was_agreed(pair, link, side, name, value),
        )

    def _newest_audit(self) -> int:
        with self.store._database.read() as connection:
            found = connection.exec_driver_sql("SELECT max(id) FROM audit").scalar()
        return found or 0

    def _was_agreed(self, pair: str, link: Link, side: Side, name: str, value: Native) -> bool:
        """Tell whether a value is what both sides agreed on last: entering it is no edit."""
        shadow = self.store.links.shadows([link.id]).get((link.id, side))
        if shadow is None or name not in shadow.base:
            return False
        codec = self.pairs[pair].rule(name).codec
        return codec.normal(side, shadow.base[name]) == codec.normal(side, value)

    # --- runs -----------------------------------------------------------------------------------

    def sync(self, *, full: bool = False, doomed_at: int | None = None) -> tuple[bool, int]:
        """Run once; tells whether the run came to its end, and how many batches it wrote."""
        for bench in self.benches.values():
            bench.forget_calls()
        self.runs += 1
        session = self.session()
        before = {side: self._ids(side) for side in Side}
        self.doom.set(doomed_at)
        stopped: ConnectorError | Killed | None = None
        lease = self.store.runs.lease("here", now=self.clock.now, ttl=_LEASE)
        try:
            sync(session, full=full)
        except ConnectorError as error:
            stopped = error
        except Killed as death:
            stopped = death
            self.clock.sleep(61)
        self.doom.set(None)
        if not isinstance(stopped, Killed):
            lease.release()
            code = 3 if stopped else 0
            self.store.runs.end(session.run, at=self.clock(), exit=code, stopped=None, summary={})
        for side in Side:
            self._note_made(side, before[side])
        writes = sum(
            call.operation is Operation.APPLY
            for bench in self.benches.values()
            for call in bench.calls
        )
        self.log.append(f"  run {session.run}{' in full' if full else ''}: {stopped!r}, {writes}")
        return stopped is None, writes

    def _ids(self, side: Side) -> set[tuple[str, str]]:
        tables = self.watched[side].crm.records.tables
        return {(name, id) for name, table in tables.items() for id in table.rows}

    def _note_made(self, side: Side, before: set[tuple[str, str]]) -> None:
        """Note which records a run made, by the mark they carry of what they were made from.

        Of rows those are noted that stand beside one of the same two that was there before.
        """
        for pair, names in KINDS.items():
            for name, id in self._ids(side) - before:
                if name in names[side] and name in ROW_NAMES:
                    ends = ends_of(self, side, RecordRef(name, id))
                    twins = [
                        row.id
                        for row in self.rows(side, name).values()
                        if not row.gone
                        and (row.id == id or (name, row.id) in before)
                        and ends_of(self, side, RecordRef(name, row.id)) == ends
                    ]
                    if len(twins) > 1:
                        self.twice.append(f"{ends} stands twice in {name}: {twins}")
                elif name in names[side]:
                    values = self.benches[side].values(name, id)
                    self.made[pair, side, values[MARKERS[side]]] += 1

    def forget_unknown(self, pair: str, side: Side, ref: RecordRef) -> bool:
        """Let a record no longer count as made that is about to go and tells nobody what it was.

        Only one whose making was never answered: of it no run knows, nor can. One that goes up in
        another on the left is shown as the survivor, with an id among its former ones that says
        nothing to anybody; one that leaves no trace is not shown; and of one that is deleted it is
        not told what it was made from where no field keeps that, as with campaigns of the left; one
        of these that is given another match key is as unknown. Tells whether it was such a one.
        """
        if self.store.records.get(pair, side, [ref]):
            return False
        made = (pair, side, self.values(side, ref)[MARKERS[side]])
        if not self.made[made]:
            return False
        self.made[made] -= 1
        return True

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        for bench in self.benches.values():
            bench.calm()

    def session(self) -> Session:
        """Begin a run."""
        crms: Any = self.watched
        self._forget_names()
        return Session(
            pairs=tuple(self.pairs.values()),
            crms=crms,
            store=mortal(self.store, self.doom),
            # On pages of four records, trust in their number would hide most edits.
            settings=Settings(guard=_WIDE, chunk=self.rules.chunk, trust_count_for=timedelta(0)),
            clock=self.clock,
            sleep=self.clock.sleep,
            run=self.store.runs.begin("sync", self.clock()),
            known=frozenset(self.pairs),
        )

    def _forget_names(self) -> None:
        """Let references look their records up again, as a new process does."""
        for pair in self.pairs.values():
            for rule in pair.rules:
                if rule.refers is not None:
                    rule.refers.forget()

    def _crm(self, side: Side) -> MemoryCrm:
        left = side is Side.LEFT
        return MemoryCrm(
            "HubSpot" if left else "Salesforce",
            SHAPES[side],
            clock=self.clock,
            shows_gone_in_changes=not left,
            account=Account("1" if left else "2", "memory"),
            batch_size=_BATCH,
            page_size=_PAGE,
            resolution=timedelta(milliseconds=1) if left else timedelta(seconds=1),
            stamps_idle_writes=not left,
            rows=ROW_KINDS[side],
        )


def ends_of(world: LoopWorld, side: Side, ref: RecordRef) -> tuple[str, str]:
    """Give the ids of owner and member of a row."""
    owner, member, _ = ROW_NAMES[ref.object_name]
    values = world.values(side, ref)
    return str(values[owner]), str(values[member])
