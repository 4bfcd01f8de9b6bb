"""A project between two CRMs, with people at work on both sides and runs in between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from connectors.memory import Killed
from console.planning import let_through, make_kept
from console.plans import find_plan
from console.syncing import run_once
from console.undoing import undo_once
from console.verifying import verify_once
from console.wiring import Workshop
from console.words import SIDES, operations_json, plan_of, stop_word
from sync.domain.errors import CrmSyncError, SchemaDriftError
from sync.domain.people import Person, PersonKind
from sync.domain.plan import Item
from sync.domain.ports import ChangeQuery, Crm, Peek, Write, WriteResult
from sync.domain.record import Native, Record, Side
from sync.domain.schema import ObjectShape
from sync.domain.store import AuditEntry, Conflict, ErrorItem, Link, LinkState
from tests.contract.sandboxes import StandingClock
from tests.scenario.backends import Backend, Fault, Rule
from tests.scenario.funnel_shapes import FUNNEL_NAMES
from tests.scenario.object_shapes import OBJECT_KEYS
from tests.scenario.outcome_shapes import OUTCOME_NAMES
from tests.scenario.shapes import HUBSPOT_SHAPES, SALESFORCE_SHAPES

__all__ = [
    "HUBSPOT",
    "SALESFORCE",
    "Couple",
    "Result",
    "World",
    "companies",
    "people",
]

HUBSPOT = Side.LEFT
SALESFORCE = Side.RIGHT

_OBJECTS = {HUBSPOT: tuple(HUBSPOT_SHAPES), SALESFORCE: tuple(SALESFORCE_SHAPES)}

#: The fields in which each side keeps the other's id.
_KEYS = ("salesforce_id", "HubSpot_Contact_Id__c", "HubSpot_Company_Id__c", *OBJECT_KEYS)

#: The fields of a record that name another one.
_REFERENCES = {
    HUBSPOT: {
        "contacts": "associated company",
        "companies": "parent company",
        "deals": "associated company",
        "machines": "associated company",
    },
    SALESFORCE: {
        "Contact": "AccountId",
        "Account": "ParentId",
        "Opportunity": "AccountId",
        "Machine__c": "Site__c",
    },
}

#: Nothing a scenario does goes over these, unless it says so.
_WIDE_GUARD = "guard: {changes: 10000, creates: 10000, deletes: 10000, blanks: 10000}"


def people(
    *fields: str, objects: str = "Contact", first_sync: str = "salesforce", more: str = ""
) -> str:
    """Write a mapping of people who are matched by e-mail; `more` are further keys of the pair."""
    return _mapping(
        f"""
        pair: contacts
        hubspot: contacts
        salesforce: {objects}
        first_sync: {first_sync}
        match: [email]
        """,
        more,
        "email: {map: email <-> Email, type: email}",
        "last_name: lastname <-> LastName",
        *fields,
    )


def companies(*fields: str, first_sync: str = "salesforce", more: str = "") -> str:
    """Write a mapping of companies that are matched by domain."""
    return _mapping(
        f"""
        pair: companies
        hubspot: companies
        salesforce: Account
        first_sync: {first_sync}
        match: [domain]
        """,
        more,
        "name: name <-> Name",
        "domain: {map: domain <-> Website, type: domain}",
        *fields,
    )


def _mapping(head: str, more: str, *fields: str) -> str:
    lines = "\n".join(dedent(each).strip() for each in fields)
    return f"{dedent(head).strip()}\n{dedent(more).strip()}\nfields:\n{indent(lines, '  ')}\n"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave: the document of `sync --json`, or the error that stopped it."""

    exit: int
    document: Mapping[str, Any] = field(default_factory=dict)
    error: CrmSyncError | None = None

    @property
    def stopped(self) -> str | None:
        """The stable word for what stopped the run."""
        return stop_word(self.error) if self.error else None

    @property
    def plan(self) -> str | None:
        """The plan a stopped run kept."""
        return plan_of(self.error) if self.error else None

    @property
    def moved(self) -> Sequence[Mapping[str, Any]]:
        """What was left out because it had moved."""
        return tuple(self.document["moved"])

    def count(self, side: Side, what: str) -> int:
        """Give one count over all pairs."""
        return sum(pair[SIDES[side]][what] for pair in self.document["pairs"].values())


@dataclass(slots=True)
class _Arms:
    """What is to happen when something is written to a side."""

    faults: list[tuple[Fault, int]] = field(default_factory=list)
    kill_before: bool = False
    kill_after: bool = False
    spared: int = 0
    happenings: list[Callable[[], object]] = field(default_factory=list)


class _Watched:
    """A connector whose writes are noted, and may go wrong at the moment they are sent."""

    def __init__(
        self,
        crm: Crm,
        arms: _Arms,
        fail: Callable[[Fault, int], None],
        describe: Callable[[str], ObjectShape],
        note_read: Callable[[str, int], None],
        check_visible: Callable[[str, Sequence[str]], None],
    ) -> None:
        self._crm = crm
        self._note_read = note_read
        self._check_visible = check_visible
        self.describe = describe
        self._arms = arms
        self._fail = fail
        self.written: list[Write] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    def close(self) -> None:
        """Stay open for the next run."""

    def peek(self, queries: Sequence[ChangeQuery]) -> Sequence[Peek]:
        for query in queries:
            self._check_visible(query.object_name, query.fields)
        return self._crm.peek(queries)

    def fetch(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        self._check_visible(object_name, fields)
        self._note_read("by id", len(ids))
        self._note_read(f"by id {object_name}", len(ids))
        return self._crm.fetch(object_name, ids, fields)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        for page in self._crm.read_changes(query):
            self._note_read("in lists", len(page))
            yield page

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        self.written.extend(writes)
        spared = self._arms.spared > 0
        self._arms.spared -= spared
        if self._arms.kill_before and not spared:
            self._arms.kill_before = False
            raise Killed
        while self._arms.happenings:
            self._arms.happenings.pop(0)()
        while self._arms.faults:
            self._fail(*self._arms.faults.pop(0))
        results = self._crm.apply(writes)
        if self._arms.kill_after and not spared:
            self._arms.kill_after = False
            raise Killed
        return results


class World:
    """Two CRMs, a project folder, and time that passes between whatever happens."""

    def __init__(self, backend: Backend, folder: Path, clock: StandingClock) -> None:
        self.clock = clock
        self._backend = backend
        self._folder = folder
        self._arms = {side: _Arms() for side in Side}
        self._watched: dict[Side, _Watched] = {}
        self._crms: dict[Side, Crm] = {}
        self._open: ExitStack | None = None
        self._workshop: Workshop | None = None
        self._read: Counter[str] = Counter()
        # Most scenarios are about something else than outcomes of sales.
        self._hidden = {(HUBSPOT, name) for name in (*OUTCOME_NAMES, *FUNNEL_NAMES)}
        (folder / "mappings").mkdir()

    # --- the project --------------------------------------------------------------------------

    def use(self, *mappings: str, settings: str = _WIDE_GUARD) -> None:
        """Write the project's files; a pair's file is replaced, others stay."""
        self.close()
        (self._folder / "revloop.yaml").write_text(dedent(settings) + "\n")
        for text in mappings:
            found = re.search(r"^pair: (\w+)", text, re.MULTILINE)
            assert found is not None
            (self._folder / "mappings" / f"{found[1]}.yaml").write_text(text)

    def agree(self, text: str) -> None:
        """Write what marketing and sales agreed on."""
        self.close()
        (self._folder / "mappings" / "lifecycle.yaml").write_text(dedent(text))

    def hide(self, side: Side, name: str, *, since: timedelta = timedelta(hours=2)) -> None:
        """Let a field of a CRM be out of sight, as one that is removed or not permitted is."""
        self._hidden.add((side, name))
        self.pass_time(since)

    def show(self, side: Side, *names: str) -> None:
        """Let fields of a CRM be seen again."""
        self._hidden -= {(side, name) for name in names}
        self.pass_time(timedelta(hours=2))

    def _check_visible(self, side: Side, name: str, fields: Sequence[str]) -> None:
        """Refuse to be asked for what is out of sight, as a CRM does."""
        if hidden := [one for one in fields if (side, one) in self._hidden]:
            raise SchemaDriftError(f"{name} has no field {hidden[0]!r}")

    def _seen(self, side: Side, shape: ObjectShape) -> ObjectShape:
        fields = {
            name: one for name, one in shape.fields.items() if (side, name) not in self._hidden
        }
        return replace(shape, fields=fields)

    def drop(self, pair: str) -> None:
        """Take a pair's file out of the project."""
        self.close()
        (self._folder / "mappings" / f"{pair}.yaml").unlink()

    # --- people at work -----------------------------------------------------------------------

    def pass_time(self, span: timedelta = timedelta(minutes=1)) -> None:
        """Let time go by in both CRMs and here."""
        self.clock.move(span)

    def add(self, side: Side, name: str, /, *, by: str = "person", **values: Native) -> str:
        """Add a record, a minute later; gives its id."""
        return self._add(side, name, values, by=by)

    def _add(self, side: Side, name: str, values: Mapping[str, Native], *, by: str) -> str:
        self.pass_time()
        return self._backend.add(side, name, values, by=by)

    def edit(
        self, side: Side, name: str, id: str, /, *, by: str = "person", **values: Native
    ) -> None:
        """Edit a record, a minute later."""
        self.pass_time()
        self._backend.edit(side, name, id, values, by=by)

    def remove(self, side: Side, name: str, id: str) -> None:
        """Delete or archive a record, a minute later."""
        self.pass_time()
        self._backend.remove(side, name, id)

    def vanish(self, side: Side, name: str, *ids: str) -> None:
        """Let records be out of sight: not deleted, and shown by no call; a minute later."""
        self.pass_time()
        for id in ids:
            self._backend.vanish(side, name, id)

    def reappear(self) -> None:
        """Let everything that vanished be seen again, as it was; a minute later."""
        self.pass_time()
        self._backend.reappear()

    def employ(self, side: Side, email: str, *, active: bool = True, id: str = "") -> str:
        """Take in a user or owner, or let what is known of one change; gives the id."""
        name = email.partition("@")[0]
        return self._backend.employ(side, Person(id=id, name=name, email=email, active=active))

    def queue(self, name: str, *owns: str) -> str:
        """Make a queue in Salesforce that takes records of these objects; gives its id."""
        return self._backend.employ(
            SALESFORCE, Person(id="", name=name, kind=PersonKind.QUEUE, owns=owns)
        )

    def refer(self, side: Side, name: str, id: str, other: str | None) -> None:
        """Let a contact name another company, or a company another parent, a minute later."""
        if side is HUBSPOT:
            self.pass_time()
            self._backend.tie(name, id, _REFERENCES[HUBSPOT][name], other)
        else:
            self.pass_time()
            values = {_REFERENCES[SALESFORCE][name]: other}
            self._backend.edit(side, name, id, values, by="person")

    def tie_too(self, name: str, id: str, other: str) -> None:
        """Associate a HubSpot record with one more company, a minute later."""
        self.pass_time()
        self._backend.tie_too(name, id, _REFERENCES[HUBSPOT][name], other)

    def named(self, side: Side, name: str, id: str) -> Native:
        """Give the company a contact names, or the parent a company has."""
        return self.values(side, name, id)[_REFERENCES[side][name]]

    def merge(self, side: Side, name: str, winner: str, loser: str) -> str:
        """Merge one record into another, a minute later; gives the id of what survives."""
        self.pass_time()
        return self._backend.merge(side, name, winner, loser)

    def restore(self, side: Side, name: str, id: str) -> None:
        """Bring a deleted record back, a minute later."""
        self.pass_time()
        self._backend.restore(side, name, id)

    def convert(self, lead: str, *, into: str | None = None, opportunity: bool = False) -> str:
        """Convert a Lead, a minute later, into a new Contact or one there is; gives its id.

        A new one gets an Account of the Lead's company, and an Opportunity if asked for.
        """
        self.pass_time()
        return self._backend.convert(lead, into, opportunity=opportunity)

    def all(self, side: Side, name: str) -> dict[str, dict[str, Native]]:
        """Give all live records of an object, by id."""
        return self._backend.all(side, name)

    def only(self, side: Side, name: str) -> tuple[str, dict[str, Native]]:
        """Give id and values of the one live record of an object."""
        found = self.all(side, name)
        assert len(found) == 1, f"{len(found)} {name} records"
        return next(iter(found.items()))

    def values(self, side: Side, name: str, id: str) -> dict[str, Native]:
        """Give all fields of a live record."""
        return self.all(side, name)[id]

    def couple(
        self,
        hubspot: Mapping[str, Native] | None = None,
        salesforce: Mapping[str, Native] | None = None,
        *,
        email: str = "ada@example.com",
        objects: tuple[str, str] = ("contacts", "Contact"),
    ) -> Couple:
        """Add the same person on both sides and let a run link them."""
        left = self._add(
            HUBSPOT,
            objects[0],
            {"email": email, "lastname": "Lovelace", **(hubspot or {})},
            by="person",
        )
        right = self._add(
            SALESFORCE,
            objects[1],
            {"Email": email, "LastName": "Lovelace", **(salesforce or {})},
            by="person",
        )
        return self._coupled(left, right, objects)

    def company(
        self,
        hubspot: Mapping[str, Native] | None = None,
        salesforce: Mapping[str, Native] | None = None,
        *,
        domain: str = "example.com",
    ) -> Couple:
        """Add the same company on both sides and let a run link them."""
        objects = ("companies", "Account")
        left = self._add(
            HUBSPOT,
            objects[0],
            {"domain": domain, "name": "Example", **(hubspot or {})},
            by="person",
        )
        right = self._add(
            SALESFORCE,
            objects[1],
            {"Website": domain, "Name": "Example", **(salesforce or {})},
            by="person",
        )
        return self._coupled(left, right, objects)

    def _coupled(self, left: str, right: str, objects: tuple[str, str]) -> Couple:
        result = self.sync()
        assert result.error is None, result.error
        couple = Couple(
            world=self,
            ids={HUBSPOT: left, SALESFORCE: right},
            objects={HUBSPOT: objects[0], SALESFORCE: objects[1]},
        )
        assert couple.link.state is LinkState.OPEN
        return couple

    # --- what goes wrong ----------------------------------------------------------------------

    def automate(self, name: str, rule: Rule) -> None:
        """Let automation on the Salesforce side rewrite fields in every save."""
        self._backend.automate(name, rule)

    def forbid(self, name: str, field: str, value: str) -> None:
        """Let Salesforce refuse records that hold a value, naming no field."""
        self._backend.forbid(name, field, value)

    def allow(self) -> None:
        """Let Salesforce take everything again."""
        self._backend.allow()

    def refuse_duplicates(self, name: str, field: str) -> None:
        """Let Salesforce refuse a record that shares a value with another, naming that one."""
        self._backend.refuse_duplicates(name, field)

    def unshare(self, name: str, times: int = 1) -> None:
        """Let the next records of a Salesforce object that are written be shared with nobody."""
        self._backend.unshare(name, times)

    def lock(self, name: str, times: int = 1) -> None:
        """Let the next rows written to a Salesforce object meet a lock."""
        self._backend.lock(SALESFORCE, name, times)

    def unlock(self, name: str) -> None:
        """Let the locks of a Salesforce object open."""
        self._backend.unlock(SALESFORCE, name)

    def lose_state(self) -> None:
        """Lose all the state knows; both CRMs stay as they are."""
        self.close()
        self._backend.lose_state(self._folder)

    def fail(self, side: Side, fault: Fault, *, times: int = 10_000) -> None:
        """Let the next calls to a side go wrong."""
        self._backend.fail(side, fault, times, writes=False)

    def fail_write(self, side: Side, fault: Fault, *, times: int = 1) -> None:
        """Let the next calls that write to a side go wrong."""
        self._arms[side].faults.append((fault, times))

    def kill(self, side: Side, *, before: bool = False, spared: int = 0) -> None:
        """Let the process be killed once a batch was written to a side (or before it is).

        So many batches are `spared` first.
        """
        self._arms[side].spared = spared
        if before:
            self._arms[side].kill_before = True
        else:
            self._arms[side].kill_after = True

    def before_write(self, side: Side, happening: Callable[[], object]) -> None:
        """Let something happen after a run has read and just before it writes to a side."""
        self._arms[side].happenings.append(happening)

    def recover(self) -> None:
        """Let all go well again."""
        self._backend.recover()
        self._arms.update({side: _Arms() for side in Side})

    def switch_account(self, side: Side) -> None:
        """Let the credentials lead to another account; what was known of it is old by now."""
        self._backend.switch_account(side)
        self.pass_time(timedelta(hours=2))

    # --- runs ---------------------------------------------------------------------------------

    def connect(self, side: Side) -> Crm:
        """Give a connector of one side whose writes are noted."""
        if side not in self._crms:
            self._crms[side] = self._backend.crm(side)
        watched = _Watched(
            self._crms[side],
            self._arms[side],
            lambda fault, times: self._backend.fail(side, fault, times, writes=True),
            lambda name: self._seen(side, self._backend.describe(side, self._crms[side], name)),
            self._note_read,
            lambda name, fields: self._check_visible(side, name, fields),
        )
        self._watched[side] = watched
        return watched

    def _note_read(self, how: str, count: int) -> None:
        self._read[how] += count

    def fetched(self, name: str = "") -> int:
        """Count the records that were read by their ids so far, of one object or on both sides."""
        return self._read[f"by id {name}".strip()]

    def listed(self) -> int:
        """Count the records that were read in lists of changes so far, on both sides together."""
        return self._read["in lists"]

    def sync(self, **options: Any) -> Result:
        """Run once, a minute later."""
        self.pass_time()
        with self.workshop() as workshop:
            try:
                document = run_once(workshop, as_json=True, **options)
            except CrmSyncError as error:
                return Result(exit=error.exit_code, error=error)
        return Result(exit=document["exit"], document=document)

    def undo(self, run: str, **options: Any) -> Result:
        """Take a run back, a minute later."""
        self.pass_time()
        with self.workshop() as workshop:
            try:
                document = undo_once(workshop, run, as_json=True, **options)
            except CrmSyncError as error:
                return Result(exit=error.exit_code, error=error)
        return Result(exit=document["exit"], document=document)

    def verify(self, **options: Any) -> Result:
        """Check that both sides agree, a minute later."""
        self.pass_time()
        with self.workshop() as workshop:
            try:
                document = verify_once(workshop, as_json=True, **options)
            except CrmSyncError as error:
                return Result(exit=error.exit_code, error=error)
        return Result(exit=document["exit"], document=document)

    def last_run(self) -> str:
        """Give the name of the newest run."""
        with self.workshop() as workshop:
            return workshop.store.runs.latest(1)[0].name

    def killed_undo(self, run: str) -> None:
        """Take a run back until the process is killed, and let its lock grow old."""
        self.pass_time()
        with self.workshop() as workshop:
            try:
                undo_once(workshop, run, as_json=True)
            except Killed:
                self.close()
                self.pass_time(timedelta(minutes=2))
                self._backend.let_lock_grow_old()
                return
        raise AssertionError("nothing was written, so nothing killed the undo")

    def killed_sync(self, *, full: bool = False) -> None:
        """Run until the process is killed, and let its lock grow old."""
        self.pass_time()
        with self.workshop() as workshop:
            try:
                run_once(workshop, as_json=True, full=full)
            except Killed:
                self.close()
                self.pass_time(timedelta(minutes=2))
                self._backend.let_lock_grow_old()
                return
        raise AssertionError("nothing was written, so nothing killed the run")

    def plan(self, *, full: bool = False) -> list[dict[str, Any]]:
        """Plan a run, keep the plan, and give its operations as `plan --json` does."""
        self.pass_time()
        with self.workshop() as workshop:
            plan = make_kept(workshop, as_json=True, full=full)
            items: list[Item] = list(workshop.store.plans.items(plan.id))
        return [operation for item in items for operation in operations_json(item)]

    def approve(self, name: str | None = None) -> None:
        """Approve a kept plan, or the newest."""
        with self.workshop() as workshop:
            let_through(workshop.store, find_plan(workshop.store, name))

    def settles(self) -> None:
        """Show that another run writes nothing, one that reads and compares everything."""
        before = self.snapshot()
        result = self.sync(full=True)
        assert result.error is None, result.error
        assert self.written() == [], "a run with no edits wrote"
        assert self.snapshot() == before

    def written(self, side: Side | None = None) -> list[Write]:
        """Give the writes the last run sent, to one side or both."""
        return [
            write
            for at, watched in self._watched.items()
            if side in (None, at)
            for write in watched.written
        ]

    def carried(self) -> list[tuple[Side, str, Native]]:
        """Give the values the last run sent, the ids both sides keep of each other left out."""
        return [
            (side, name, value)
            for side in Side
            for write in self.written(side)
            for name, value in write.values.items()
            if name not in _KEYS
        ]

    def snapshot(self) -> dict[tuple[Side, str, str], object]:
        """Give all that both CRMs hold, with the stamps of all records."""
        return {
            (side, name, id): (values, self._backend.stamp(side, name, id))
            for side, names in _OBJECTS.items()
            for name in names
            for id, values in self.all(side, name).items()
        }

    # --- what the state says ------------------------------------------------------------------

    @contextmanager
    def workshop(self) -> Iterator[Workshop]:
        """Open the project; it stays open until its files change or the process is killed."""
        if self._workshop is None:
            self._open = ExitStack()
            self._workshop = self._open.enter_context(self._backend.workshop(self._folder))
        yield self._workshop

    def close(self) -> None:
        """Close the project and the connectors, as the end of a process does."""
        if self._open is not None:
            self._open.close()
        for crm in self._crms.values():
            crm.close()
        self._open, self._workshop = None, None
        self._crms.clear()

    def conflicts(self) -> Sequence[Conflict]:
        """Give the held items that are open."""
        with self.workshop() as workshop:
            return workshop.store.findings.conflicts()

    def errors(self) -> Sequence[ErrorItem]:
        """Give the error items that are open."""
        with self.workshop() as workshop:
            return workshop.store.findings.errors()

    def waiting(self, pair: str = "contacts") -> int:
        """Count the references of a pair that wait for their record."""
        with self.workshop() as workshop:
            return workshop.store.references.count(pair)

    def link_count(self, pair: str = "contacts", state: LinkState = LinkState.OPEN) -> int:
        """Count the links of a pair in one state."""
        with self.workshop() as workshop:
            return workshop.store.links.count(pair, state)

    def links_of(self, id: str) -> Sequence[Link]:
        """Give the links of a record by its id, closed ones too."""
        with self.workshop() as workshop:
            return workshop.store.queries.find_links(id)

    def audit(self, link: Link) -> list[AuditEntry]:
        """Give all that was done to a link, oldest first."""
        with self.workshop() as workshop:
            return [row.entry for row in workshop.store.queries.audit_of_link(link.id)]


@dataclass(frozen=True, slots=True)
class Couple:
    """A record of each side that are linked."""

    world: World
    ids: Mapping[Side, str]
    objects: Mapping[Side, str]

    @property
    def link(self) -> Link:
        """The newest link of the two."""
        return self.world.links_of(self.ids[HUBSPOT])[-1]

    def on(self, side: Side) -> dict[str, Native]:
        """Give what one side holds now."""
        return self.world.values(side, self.objects[side], self.ids[side])

    def edit(self, side: Side, *, by: str = "person", **values: Native) -> None:
        """Edit one side's record, a minute later."""
        self.world.edit(side, self.objects[side], self.ids[side], by=by, **values)

    def remove(self, side: Side) -> None:
        """Delete one side's record, a minute later."""
        self.world.remove(side, self.objects[side], self.ids[side])

    def overruled(self, name: str) -> list[tuple[Side | None, Native]]:
        """Give the values of a field the audit keeps as overruled, oldest first."""
        return [
            (entry.overruled_side, entry.overruled)
            for entry in self.world.audit(self.link)
            if entry.field == name and entry.overruled_side is not None
        ]
