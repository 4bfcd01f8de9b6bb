"""The portal's data and every way to change it, for the API, for tests and for control."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from sandbox.clock import Clock
from sandbox.hubspot.account import Account
from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.associations import RecordRef, Tie
from sandbox.hubspot.campaigns import CampaignBook
from sandbox.hubspot.errors import (
    ApiError,
    invalid,
    missing_record,
    required_properties,
    too_many_merges,
)
from sandbox.hubspot.linking import deal_moved, reattach, tie, untie
from sandbox.hubspot.lists import ListBook
from sandbox.hubspot.merging import merged_record
from sandbox.hubspot.numbers import is_number
from sandbox.hubspot.oauth import TokenBook
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.opt_outs import OPT_OUT, OptOuts
from sandbox.hubspot.owners import OwnerBook
from sandbox.hubspot.record import By, Record, source_of
from sandbox.hubspot.refusals import Refusals
from sandbox.hubspot.saving import Reservation, WriteCheck
from sandbox.hubspot.seeding import export_lines, load_seeds
from sandbox.hubspot.shelves import Shelves
from sandbox.hubspot.stage_rules import settle_stage
from sandbox.hubspot.switches import Switches
from sandbox.hubspot.table import Table
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import Seed

__all__ = ["HubSpotStore", "Link", "SaveHook", "Saved"]


@dataclass(frozen=True, slots=True)
class Saved:
    """One change of one record, as hooks are told of it."""

    object: str
    id: str
    changes: dict[str, str]
    by: By
    created: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A tie wanted for a record: to which record, by which kinds."""

    to_object: str
    to_id: int
    kinds: tuple[AssociationType, ...]


KEPT_ARCHIVED = 90 * 86_400_000
MOST_MERGED = 250

SaveHook: TypeAlias = Callable[[Saved], None]


class HubSpotStore(Shelves):
    """One portal. Every method that changes it holds `lock`."""

    def __init__(
        self, clock: Clock, *, account: Account | None = None, switches: Switches | None = None
    ) -> None:
        super().__init__(clock)
        self.switches = switches or Switches()
        self._first_account = account or Account()
        self._hooks: list[SaveHook] = []
        self._in_hook = False
        self.clear()

    def clear(self) -> None:
        """Forget all records, properties, owners and planned refusals; hooks stay."""
        with self.lock:
            self.account = self._first_account
            self.owners = OwnerBook()
            self.lists = ListBook()
            self.campaigns = CampaignBook()
            self.opt_outs = OptOuts()
            self.tokens = TokenBook(self.clock)
            self.empty()
            self.blocked_emails: set[str] = set()
            self.required_on_create: dict[str, tuple[str, ...]] = {}
            self._refusals = Refusals()
            self._cut_ties: dict[RecordRef, list[Tie]] = {}

    # Looking

    @property
    def index_delay(self) -> timedelta:
        """How long search lags behind."""
        return self.switches.index_delay

    @index_delay.setter
    def index_delay(self, delay: timedelta) -> None:
        self.switches.index_delay = delay

    def get(self, object_name: str, record_id: str | int) -> dict[str, str] | None:
        """Give all values of a live record, or None; for tests and control."""
        with self.lock:
            kind = self.kind(object_name)
            record = self.table(kind).live.get(int(record_id))
            return None if record is None else self._all_values(kind, record)

    def ids(self, object_name: str) -> list[str]:
        """Give the ids of all live records, ascending."""
        with self.lock:
            return [str(one) for one in self.table(self.kind(object_name)).ids]

    def find(
        self,
        kind: ObjectType,
        identifier: str,
        *,
        id_property: str = "",
        follow_merges: bool = True,
    ) -> Record | None:
        """Find a live record by id or by a unique property's value."""
        table = self.table(kind)
        if id_property in ("", "hs_object_id"):
            if not is_number(identifier):
                return None
            record_id = int(identifier)
            return table.live.get(table.survivor(record_id) if follow_merges else record_id)
        holder = self._holder(kind, id_property, identifier)
        return None if holder is None else table.live.get(holder)

    def archive_of(self, kind: ObjectType) -> Table:
        """Give the table of an object once what was archived too long ago is gone."""
        table = self.table(kind)
        for record_id in table.expire(self.now() - KEPT_ARCHIVED):
            self._cut_ties.pop((kind.name, record_id), None)
        return table

    # Changing, as the API and others do

    def create(
        self,
        kind: ObjectType,
        properties: Mapping[str, Json],
        *,
        by: By = By.API,
        links: Sequence[Link] = (),
        reserved: Reservation | None = None,
        strict: bool = False,
    ) -> Record:
        """Store a new record, or raise the API's refusal."""
        with self.lock:
            changes = self.check_create(
                kind, properties, by=by, reserved=reserved or Reservation(), strict=strict
            )
            return self.commit_create(kind, changes, by=by, links=links)

    def check_create(
        self,
        kind: ObjectType,
        properties: Mapping[str, Json],
        *,
        by: By,
        reserved: Reservation,
        strict: bool = False,
    ) -> dict[str, str]:
        """Give the values a new record would have, or raise the API's refusal."""
        self._refusals.meet(kind.name)
        check = self._check(kind)
        changes = check.changes(properties, record=None, by=by)
        self._settle_stage(kind, changes, None)
        self._require(kind, changes, strict=strict)
        if changes.get("email", "") in self.blocked_emails:
            raise invalid("The e-mail address is on the blocklist of deleted contacts")
        check.claim(changes, record_id=None, reserved=reserved)
        return changes

    def commit_create(
        self, kind: ObjectType, changes: Mapping[str, str], *, by: By, links: Sequence[Link] = ()
    ) -> Record:
        """Store a new record whose values were checked."""
        now, table = self.now(), self.table(kind)
        properties = dict(changes)
        self._carry_opt_out(kind, properties, {})
        if kind.has_lifecycle and self.switches.default_stage:
            properties.setdefault("lifecyclestage", self.switches.default_stage)
        record = Record(
            id=table.new_id(),
            properties=properties,
            created=now,
            modified=now,
            source=source_of(by),
        )
        self.put(kind, record)
        for link in links:
            self.link((kind.name, record.id), (link.to_object, link.to_id), link.kinds)
        self._tell(Saved(kind.name, str(record.id), properties, by, created=True))
        return table.live.get(record.id, record)

    def update(
        self,
        kind: ObjectType,
        record_id: int,
        properties: Mapping[str, Json],
        *,
        by: By = By.API,
        reserved: Reservation | None = None,
    ) -> Record:
        """Change a live record, or raise the API's refusal."""
        with self.lock:
            table = self.table(kind)
            record = table.live.get(record_id)
            if record is None:
                raise missing_record(kind.label, str(record_id))
            if by is By.API:
                self._refusals.meet(kind.name)
            check = self._check(kind)
            changes = check.changes(properties, record=record, by=by)
            self._settle_stage(kind, changes, record)
            check.claim(changes, record_id=record_id, reserved=reserved or Reservation())
            self._carry_opt_out(kind, changes, record.properties)
            if not changes and not self.switches.same_value_moves_stamp:
                return record
            changed = record.changed(
                changes,
                stamp=self.now(),
                source=source_of(by),
                depth=self.switches.history_depth,
            )
            self.put(kind, changed)
            self._tell(Saved(kind.name, str(record_id), changes, by))
            if kind.name == "deals" and kind.stage in changes:
                deal_moved(self, record_id)
            return table.live.get(record_id, changed)

    def archive(self, object_name: str, record_id: str | int) -> bool:
        """Archive a record and cut its ties; tell whether it was there."""
        with self.lock:
            kind = self.kind(object_name)
            table, number = self.table(kind), int(record_id)
            if number not in table.live:
                return False
            now = self.now()
            self._carry_opt_out(kind, {}, table.live[number].properties)
            record = table.take(number, unique=self._unique(kind), due=self._due(now), now=now)
            table.put_archived(replace(record, archived_at=now))
            self._cut_ties[(kind.name, number)] = self.associations.detach((kind.name, number))
            self.lists.leave_all((kind.name, number))
            return True

    def restore(self, object_name: str, record_id: str | int) -> Record:
        """Bring an archived record back, with the ties whose other end still lives."""
        with self.lock:
            kind = self.kind(object_name)
            table, number = self.table(kind), int(record_id)
            if number not in table.archived:
                raise missing_record(kind.label, str(record_id))
            self._check(kind).free_to_return(table.archived[number])
            record = table.take_archived(number)
            back = replace(record, archived_at=None, modified=self.now())
            self.put(kind, back)
            ties = self._cut_ties.pop((kind.name, number), [])
            self.associations.attach(tie for tie in ties if self.is_live(tie.end))
            wanted = self.switches.restored_record_returns_to_lists
            self.lists.return_to_all((kind.name, number), wanted=wanted)
            return back

    def purge(self, kind: ObjectType, record_id: int) -> None:
        """Delete a record for good, as the right to be forgotten demands."""
        with self.lock:
            if self.archive(kind.name, record_id):
                self.table(kind).take_archived(record_id)
            self._cut_ties.pop((kind.name, record_id), None)
            self.lists.forget((kind.name, record_id))

    def merge(self, kind: ObjectType, primary: int, loser: int) -> Record:
        """Merge two live records into one, which usually gets a new id."""
        with self.lock:
            table, now = self.table(kind), self.now()
            for one in (primary, loser):
                if one not in table.live:
                    raise missing_record(kind.label, str(one))
            if primary == loser:
                raise invalid("A record cannot be merged with itself")
            if sum(1 + len(table.live[one].merged_ids) for one in (primary, loser)) > MOST_MERGED:
                raise too_many_merges()
            new_id = primary if self.switches.merge_keeps_primary_id else table.new_id()
            kept, lost = (
                table.take(one, unique=self._unique(kind), due=self._due(now), now=now)
                for one in (primary, loser)
            )
            ties = [
                *self.associations.detach((kind.name, primary)),
                *self.associations.detach((kind.name, loser)),
            ]
            record = merged_record(kept, lost, new_id=new_id, now=now)
            self.put(kind, record)
            table.merged.update({one: new_id for one in (primary, loser) if one != new_id})
            reattach(self, kind, ties, gone={primary, loser}, new_id=new_id)
            self.lists.merge(kind.name, (primary, loser), new_id)
            return record

    def link(self, start: RecordRef, end: RecordRef, kinds: Sequence[AssociationType] = ()) -> None:
        """Tie two live records; ApiError if one is not there."""
        with self.lock:
            tie(self, start, end, kinds)

    def unlink(
        self, start: RecordRef, end: RecordRef, kinds: Sequence[AssociationType] | None = None
    ) -> None:
        """Cut a tie, or only some kinds of it."""
        with self.lock:
            untie(self, start, end, kinds)

    # Opt-outs, which belong to addresses

    def opt_out(self, address: str, *, at: int) -> bool:
        """Opt an address out of all e-mail, with its contact; tell whether it was not before."""
        return self._set_opt_out(address, "true", at=at)

    def opt_in(self, address: str) -> None:
        """Let an address have e-mail again, as only the person can."""
        self._set_opt_out(address, "", at=self.now())

    def has_address(self, address: str) -> bool:
        """Tell whether a live contact's first address is this one."""
        return self._of_address(address) is not None

    # For tests and control

    def edit(
        self,
        object_name: str,
        record_id: str | int,
        properties: Mapping[str, Json],
        *,
        by: str = "person",
    ) -> dict[str, str]:
        """Change a record as a person or an automation does, read-only properties too."""
        with self.lock:
            kind = self.kind(object_name)
            record = self.update(kind, int(record_id), properties, by=By(by))
            return self._all_values(kind, record)

    def add(self, object_name: str, properties: Mapping[str, Json], *, by: str = "person") -> str:
        """Make a record as a person or an automation does and give its id."""
        return str(self.create(self.kind(object_name), properties, by=By(by)).id)

    def on_save(self, hook: SaveHook) -> None:
        """Call `hook` after each change; what the hook itself changes calls none."""
        self._hooks.append(hook)

    def refuse_next(
        self, object_name: str, count: int, *, every: int = 1, error: ApiError | None = None
    ) -> None:
        """Refuse the next `count` rows written through the API; `every=2` takes each second."""
        with self.lock:
            self._refusals.plan(self.kind(object_name).name, count, every=every, error=error)

    def refusing_half(self) -> AbstractContextManager[None]:
        """Refuse every second row written through the API while this is open."""
        return self._refusals.half()

    def load(self, seeds: Sequence[Seed]) -> None:
        """Fill the portal from seed lines; those of the other system are left out."""
        with self.lock:
            load_seeds(self, seeds)

    def export(self) -> Iterator[JsonObject]:
        """Write the portal as seed lines."""
        with self.lock:
            return iter(list(export_lines(self)))

    # Inside

    def _set_opt_out(self, address: str, value: str, *, at: int) -> bool:
        with self.lock:
            record = self._of_address(address)
            known = self.opt_outs.since(address) is not None
            if record is not None:
                known = record.properties.get(OPT_OUT, "") == "true"
            if value:
                self.opt_outs.add(address, now=at)
            else:
                self.opt_outs.remove(address)
            if record is not None and known is not (value == "true"):
                kind = self.kind("contacts")
                self.update(kind, record.id, {OPT_OUT: value}, by=By.PREFERENCES)
            return known is not (value == "true")

    def _of_address(self, address: str) -> Record | None:
        table, wanted = self.table(self.kind("contacts")), address.strip().lower()
        holder = table.holder("email", wanted)
        record = None if holder is None else table.live.get(holder)
        if record is None or record.properties.get("email") != wanted:
            return None
        return record

    def _carry_opt_out(
        self, kind: ObjectType, changes: dict[str, str], old: Mapping[str, str]
    ) -> None:
        if kind.name == "contacts":
            changes.update(self.opt_outs.carried(changes, old, now=self.now()))

    def _all_values(self, kind: ObjectType, record: Record) -> dict[str, str]:
        names = {one.name for one in self.schema(kind)} | set(record.properties)
        values = {name: self.value(kind, record, name) for name in sorted(names)}
        return {name: value for name, value in values.items() if value is not None}

    def _check(self, kind: ObjectType) -> WriteCheck:
        return WriteCheck(
            schema=self.schema(kind),
            table=self.table(kind),
            owners=self.owners,
            switches=self.switches,
            portal_id=self.account.id,
        )

    def _unique(self, kind: ObjectType) -> tuple[str, ...]:
        return self.schema(kind).unique_names()

    def _due(self, now: int) -> int:
        return now + self.index_delay // timedelta(milliseconds=1)

    def put(self, kind: ObjectType, record: Record) -> None:
        """Store a record as it is, for what happens to records by themselves."""
        now = self.now()
        self.table(kind).put(record, unique=self._unique(kind), due=self._due(now), now=now)

    def _holder(self, kind: ObjectType, name: str, value: str) -> int | None:
        definition = self.schema(kind).find(name)
        if definition is None or not definition.unique:
            raise invalid(f"Property {name} is not a unique property of {kind.name}")
        if name != "email":
            return self.table(kind).holder(name, value)
        address = value.strip().lower()
        holder = self.table(kind).holder(name, address)
        if holder is None or self.switches.secondary_email_finds:
            return holder
        primary = self.table(kind).live[holder].properties.get("email")
        return holder if primary == address else None

    def _require(self, kind: ObjectType, changes: Mapping[str, str], *, strict: bool) -> None:
        if kind.one_of and not any(changes.get(name) for name in kind.one_of):
            raise required_properties(kind.one_of, label=kind.label)
        required = [*kind.required]
        if kind.name == "deals" and self.switches.deal_needs_stage:
            required += ["dealname", "dealstage"]
        if strict:
            required += self.required_on_create.get(kind.name, ())
        missing = [name for name in dict.fromkeys(required) if not changes.get(name)]
        if missing:
            raise required_properties(missing, label=kind.label)

    def _settle_stage(
        self, kind: ObjectType, changes: dict[str, str], record: Record | None
    ) -> None:
        settle_stage(
            kind,
            self.pipelines.find(kind) if kind.pipeline else None,
            changes,
            record,
            switches=self.switches,
            portal_id=self.account.id,
            now=self.now(),
        )

    def _tell(self, saved: Saved) -> None:
        if self._in_hook:
            return
        self._in_hook = True
        try:
            for hook in self._hooks:
                hook(saved)
        finally:
            self._in_hook = False
