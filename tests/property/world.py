"""Two CRMs in memory, a state in memory, and runs over them, whole or cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import currently_in_test_context, note

from connectors.memory import Editor, Killed, MemoryBench, MemoryCrm, Operation
from mappings.guard import Guard, Limit
from sync.domain.errors import ConnectorError, RecordRejectedError
from sync.domain.plan import Item
from sync.domain.ports import Account, Write, WriteKind, WriteResult
from sync.domain.record import Fields, Native, RecordRef, Side
from sync.domain.store import Link, LinkState
from sync.engine.run import make_plan, sync
from sync.engine.session import Session, Settings
from tests.property.blank_state import blank_store
from tests.property.doom import Doom, mortal
from tests.property.ledger import Ledger
from tests.property.project import PAIR, Lines, Variant, bound, native, shapes

__all__ = ["Clock", "Ended", "World"]

_OBJECTS = {Side.LEFT: ("contacts",), Side.RIGHT: ("Contact", "Lead")}
_WIDE = Guard(
    changes=Limit(percent=Decimal(100), floor=10**6),
    creates=Limit(count=10**6),
    deletes=Limit(count=10**6),
    blanks=Limit(count=10**6),
)


class Clock:
    """A clock that moves when it is told to, and by `tick` whenever it is asked."""

    def __init__(self, tick: timedelta) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self._tick = tick

    def __call__(self) -> datetime:
        self.now += self._tick
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class WatchedCrm:
    """A memory CRM that notes updates which send what the record holds already."""

    def __init__(self, crm: MemoryCrm, bench: MemoryBench, doom: Doom) -> None:
        self._crm = crm
        self._bench = bench
        self._doom = doom
        self.wasted: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send one batch, after a look at what it would change."""
        _tell(f"  sends {[(one.kind.value, one.id, dict(one.values)) for one in writes]}")
        for write in writes:
            self._look_at(write)
        self._doom.step()
        results = self._crm.apply(writes)
        self._doom.step()
        return results

    def _look_at(self, write: Write) -> None:
        if write.kind is not WriteKind.UPDATE or not self._bench.exists(
            write.object_name, write.id or ""
        ):
            return
        now = self._bench.values(write.object_name, write.id or "")
        same = [name for name, value in write.values.items() if now[name] == value]
        if same or not write.values:
            self.wasted.append(f"{write.id} was sent {same or 'nothing'} without need")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    stopped: ConnectorError | Killed | None
    writes: int
    calls: dict[Side, dict[str, int]]

    @property
    def whole(self) -> bool:
        """True where the run came to its end."""
        return self.stopped is None


class World:
    """Both CRMs, the state between them, and all that people entered."""

    def __init__(
        self,
        variant: Variant,
        *,
        tick: timedelta = timedelta(milliseconds=1),
        trust: timedelta = timedelta(0),
    ) -> None:
        self.variant = variant
        # On pages of two or three records, trust in their number would hide most edits.
        self.trust = trust
        self.pair = bound(variant)
        self.clock = Clock(tick)
        self.doom = Doom()
        self.store = blank_store()
        self.store.runs.keep_note("secret", "5e" * 32)
        self.crms = {side: self._crm(side) for side in Side}
        self.benches = {side: MemoryBench(crm) for side, crm in self.crms.items()}
        self.watched = {
            side: WatchedCrm(self.crms[side], self.benches[side], self.doom) for side in Side
        }
        self.ledger = Ledger()
        self._people = 0
        # Without a field for the other's id, a record whose creation was never answered is found
        # by its address: until then, nobody changes addresses.
        self._is_in_doubt = False
        if variant.automation != "none":
            self.benches[Side.RIGHT].on_save(_tidy, later=variant.automation == "later")

    # --- people at work ---------------------------------------------------------------------

    def records(self, side: Side) -> list[RecordRef]:
        """List the live records of one side."""
        return [
            RecordRef(name, id) for name in _OBJECTS[side] for id in self.benches[side].all(name)
        ]

    def add(self, side: Side, object_name: str, values: Fields) -> None:
        """Let a person enter a record, if the CRM takes it."""
        marker = f"{side.value}-{self._people}"
        entered = {"last_name": "Nobody", **values, "marker": marker}
        natives = self._natives(side, object_name, entered)
        try:
            id = self.benches[side].add(object_name, natives)
        except RecordRejectedError:
            return
        self._people += 1
        _tell(f"> {id} is entered as {dict(entered)}")
        ref = RecordRef(object_name, id)
        self.ledger.add(side, ref, marker)
        # A field left blank is none that was emptied.
        self._note(side, ref, {name: value for name, value in entered.items() if value})

    def edit(self, side: Side, ref: RecordRef, values: Fields) -> None:
        """Let a person edit a record, if the CRM takes it."""
        natives = self._natives(side, ref.object_name, values)
        before = self.benches[side].values(ref.object_name, ref.id)
        changes = {name: value for name, value in natives.items() if before[name] != value}
        if not changes or (self._is_in_doubt and "email" in values):
            return
        try:
            self.benches[side].edit(ref.object_name, ref.id, changes, by=Editor.PERSON)
        except RecordRejectedError:
            return
        _tell(f"> {ref.id} is edited: {dict(values)}")
        self._note(side, ref, values)

    def remove(self, side: Side, ref: RecordRef) -> None:
        """Let a person delete a record."""
        self.benches[side].remove(ref.object_name, ref.id)
        _tell(f"> {ref.id} is deleted")

    def turn(self, lines: Lines) -> None:
        """Change the mapping file."""
        if lines.elsewhere is not self.variant.lines.elsewhere:
            self.ledger.leave_behind(Side.LEFT, "note")
        self.variant = replace(self.variant, lines=lines)
        self.pair = bound(self.variant)
        _tell(f"> the mapping says {lines} now")

    def value(self, side: Side, ref: RecordRef, name: str) -> Native:
        """Give what a record holds in a field of the mapping."""
        at = native(side, ref.object_name, name, self.variant.lines)
        return self.benches[side].values(ref.object_name, ref.id)[at] if at else None

    def lives(self, side: Side, ref: RecordRef) -> bool:
        """Tell whether a record is live."""
        return self.benches[side].exists(ref.object_name, ref.id)

    # --- runs -------------------------------------------------------------------------------

    def sync(self, *, full: bool = False, doomed_at: int | None = None) -> Ended:
        """Run once; a run may be stopped by trouble with a CRM, or killed at a step."""
        for bench in self.benches.values():
            bench.forget_calls()
        session = self._session("sync")
        self.doom.set(doomed_at)
        stopped: ConnectorError | Killed | None = None
        lease = self.store.runs.lease("here", now=self.clock.now, ttl=timedelta(seconds=60))
        try:
            sync(session, full=full)
        except ConnectorError as error:
            stopped = error
        except Killed as death:
            stopped = death
            self.clock.sleep(61)
        self.doom.set(None)
        self._is_in_doubt = stopped is not None and not self.variant.keys
        if not isinstance(stopped, Killed):
            lease.release()
            self.store.runs.end(
                session.run, at=self.clock(), exit=3 if stopped else 0, stopped=None, summary={}
            )
        self.ledger.look(self)
        calls = {side: dict(bench.count_calls()) for side, bench in self.benches.items()}
        writes = sum(
            call.operation is Operation.APPLY
            for bench in self.benches.values()
            for call in bench.calls
        )
        _tell(f"> run {session.run}: {stopped!r}, {writes} writes at {self.clock.now:%d %H:%M:%S}")
        return Ended(stopped, writes, calls)

    def plan(self) -> list[Item]:
        """Plan, and forget the plan again."""
        session = self._session("plan")
        planned = make_plan(session)
        items = list(self.store.plans.items(planned.plan))
        self.store.plans.drop(planned.plan)
        return items

    def links(self) -> list[Link]:
        """List all links that are not closed."""
        refs = [(side, ref) for side in Side for ref in self.records(side)]
        found = {
            link.id: link
            for side, ref in refs
            for link in self.store.links.of(PAIR, side, [ref]).values()
        }
        return [link for _, link in sorted(found.items())]

    def open_links(self) -> list[Link]:
        """List the links over which fields travel."""
        return [link for link in self.links() if link.state is LinkState.OPEN]

    def loose(self) -> bool:
        """Tell whether a live record has no open link."""
        linked = {(side, link.ref(side)) for link in self.open_links() for side in Side}
        gone = any(not self.lives(*one) for one in linked)
        return gone or any((side, ref) not in linked for side in Side for ref in self.records(side))

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        for bench in self.benches.values():
            bench.calm()

    def _session(self, kind: str) -> Session:
        crms: Any = self.watched
        return Session(
            pairs=(self.pair,),
            crms=crms,
            store=mortal(self.store, self.doom),
            settings=Settings(guard=_WIDE, chunk=self.variant.chunk, trust_count_for=self.trust),
            clock=self.clock,
            sleep=self.clock.sleep,
            run=self.store.runs.begin(kind, self.clock()),
        )

    def _crm(self, side: Side) -> MemoryCrm:
        left = side is Side.LEFT
        return MemoryCrm(
            "HubSpot" if left else "Salesforce",
            shapes(side, keys=self.variant.keys),
            clock=self.clock,
            shows_gone_in_changes=not left,
            account=Account("1" if left else "2", "memory"),
            batch_size=self.variant.batch,
            page_size=self.variant.page,
            resolution=timedelta(milliseconds=1) if left else timedelta(seconds=1),
            stamps_idle_writes=not left,
            edit_times_kept=self.variant.edit_times,
        )

    def _natives(self, side: Side, object_name: str, values: Fields) -> dict[str, Native]:
        return {
            at: value
            for name, value in values.items()
            if (at := native(side, object_name, name, self.variant.lines)) is not None
        }

    def _note(self, side: Side, ref: RecordRef, values: Fields) -> None:
        """Note what a person entered, as the CRM took it."""
        for name in values:
            if native(side, ref.object_name, name, self.variant.lines) is not None:
                self.ledger.note(self, side, ref, name, self.value(side, ref, name))


def _tell(what: str) -> None:
    """Say what happens, where a search would tell it of a failing example."""
    if currently_in_test_context():
        note(what)


def _tidy(ref: RecordRef, before: Fields, after: Fields) -> Fields | None:
    """Rewrite a title, as an automation of the right CRM does."""
    return {"Title": "Boss"} if after.get("Title") == "boss" else None
