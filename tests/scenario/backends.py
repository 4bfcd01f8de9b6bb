"""Both CRMs as a scenario meets them: two in memory, or two behind HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

from connectors.hubspot import ApiVersion, HubSpotSettings
from connectors.hubspot import connect as connect_hubspot
from connectors.memory import MemoryBench, MemoryCrm
from connectors.memory.table import Row
from connectors.salesforce import SalesforceSettings
from connectors.salesforce import connect as connect_salesforce
from console.wiring import Workshop, open_workshop
from mappings.loader import load_mappings
from mappings.project import load_project
from sandbox.hubspot.association_types import TypeRef
from sandbox.hubspot.custom_objects import associate
from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.rules import DuplicateRule
from sandbox.seeds import System, parse_lines
from sandbox.server import Sandbox
from sandbox.traffic import FaultRule
from sync.domain.errors import CredentialError, RateLimitedError, UnavailableError
from sync.domain.people import Person, PersonKind
from sync.domain.ports import Account, Crm
from sync.domain.record import Fields, Native, RecordRef, Side
from sync.domain.schema import FieldKind, ObjectShape
from sync.state import open_store
from tests.contract.sandboxes import StandingClock, no_sleep
from tests.postgres import blank_database, is_asked_for, let_lease_run_out
from tests.scenario.relation_shapes import HUBSPOT_ROWS, SALESFORCE_ROWS
from tests.scenario.sandbox_rows import SandboxRows, is_rows
from tests.scenario.shapes import HUBSPOT_SHAPES, SALESFORCE_SHAPES, SEED

__all__ = ["Backend", "Fault", "MemoryBackend", "Rule", "SandboxBackend", "Served"]

#: Automation of a scenario: sees all fields of a record, gives those to write over them.
Rule: TypeAlias = Callable[[Fields], Fields]

_SHAPES: Mapping[Side, Mapping[str, ObjectShape]] = {
    Side.LEFT: HUBSPOT_SHAPES,
    Side.RIGHT: SALESFORCE_SHAPES,
}


#: What Salesforce says of a record that is not shared with who writes it.
_UNSHARED = "INSUFFICIENT_ACCESS_OR_READONLY"


class Fault(StrEnum):
    """What can go wrong with a call, whatever the CRM."""

    TOO_MANY = "too many calls"
    DOWN = "down"
    NO_ANSWER_BEFORE = "no answer, nothing done"
    NO_ANSWER_AFTER = "no answer, all done"
    CREDENTIALS = "credentials refused"
    HTML = "a page instead of an answer"
    HALF_REFUSED = "every other record refused"


class Backend(Protocol):
    """One kind of CRM pair; values are natives, by the CRM's own names."""

    def crm(self, side: Side) -> Crm: ...
    def describe(self, side: Side, crm: Crm, name: str) -> ObjectShape: ...
    def workshop(self, folder: Path) -> AbstractContextManager[Workshop]: ...
    def add(self, side: Side, name: str, values: Fields, *, by: str) -> str: ...
    def edit(self, side: Side, name: str, id: str, values: Fields, *, by: str) -> None: ...
    def remove(self, side: Side, name: str, id: str) -> None: ...
    def vanish(self, side: Side, name: str, id: str) -> None: ...
    def reappear(self) -> None: ...
    def tie(self, name: str, id: str, field: str, other: str | None) -> None: ...
    def tie_too(self, name: str, id: str, field: str, other: str) -> None: ...
    def merge(self, side: Side, name: str, winner: str, loser: str) -> str: ...
    def restore(self, side: Side, name: str, id: str) -> None: ...
    def convert(self, lead: str, into: str | None, *, opportunity: bool) -> str: ...
    def employ(self, side: Side, person: Person) -> str: ...
    def all(self, side: Side, name: str) -> dict[str, dict[str, Native]]: ...
    def stamp(self, side: Side, name: str, id: str) -> object: ...
    def automate(self, name: str, rule: Rule) -> None: ...
    def forbid(self, name: str, field: str, value: str) -> None: ...
    def allow(self) -> None: ...
    def refuse_duplicates(self, name: str, field: str) -> None: ...
    def unshare(self, name: str, times: int) -> None: ...
    def lock(self, side: Side, name: str, times: int) -> None: ...
    def unlock(self, side: Side, name: str) -> None: ...
    def lose_state(self, folder: Path) -> None: ...
    def let_lock_grow_old(self) -> None: ...
    def fail(self, side: Side, fault: Fault, times: int, *, writes: bool) -> None: ...
    def recover(self) -> None: ...
    def switch_account(self, side: Side) -> None: ...


# --- in memory ----------------------------------------------------------------------------------


class MemoryBackend:
    """A HubSpot-like and a Salesforce-like CRM in memory, the state in memory or on a server."""

    def __init__(self, clock: StandingClock) -> None:
        self._crms = {
            Side.LEFT: MemoryCrm(
                "HubSpot",
                HUBSPOT_SHAPES,
                clock=clock.now,
                shows_gone_in_changes=False,
                account=Account("1", "a portal"),
                rows=HUBSPOT_ROWS,
            ),
            Side.RIGHT: MemoryCrm(
                "Salesforce",
                SALESFORCE_SHAPES,
                clock=clock.now,
                shows_gone_in_changes=True,
                account=Account("1", "an org"),
                batch_size=200,
                resolution=timedelta(seconds=1),
                stamps_idle_writes=True,
                edit_times_kept=False,
                rows=SALESFORCE_ROWS,
            ),
        }
        self._benches = {side: MemoryBench(crm) for side, crm in self._crms.items()}
        self._benches[Side.RIGHT].on_save(_follow_stage, by="")
        self._server = blank_database() if is_asked_for() else ""
        self._store = open_store(self._server or "sqlite://")
        self._unseen: list[tuple[Side, str, Row]] = []

    def crm(self, side: Side) -> Crm:
        return self._crms[side]

    def describe(self, side: Side, crm: Crm, name: str) -> ObjectShape:
        return crm.describe(name)

    @contextmanager
    def workshop(self, folder: Path) -> Iterator[Workshop]:
        pairs = load_mappings(folder / "mappings")
        yield Workshop(
            project=load_project(folder, {}),
            pairs=pairs,
            known=frozenset(pair.pair for pair in pairs),
            store=self._store,
        )

    def add(self, side: Side, name: str, values: Fields, *, by: str) -> str:
        return self._benches[side].add(name, values, by=by)

    def edit(self, side: Side, name: str, id: str, values: Fields, *, by: str) -> None:
        self._benches[side].edit(name, id, values, by=by)

    def remove(self, side: Side, name: str, id: str) -> None:
        self._benches[side].remove(name, id)

    def vanish(self, side: Side, name: str, id: str) -> None:
        table = self._crms[side].records.table(name)
        row = table.rows[id]
        table.purge(row)
        self._unseen.append((side, name, row))

    def reappear(self) -> None:
        for side, name, row in self._unseen:
            table = self._crms[side].records.table(name)
            table.rows[row.id] = table.gone[row.id] = row
            table.set_gone(row, gone=False)
        self._unseen.clear()

    def tie(self, name: str, id: str, field: str, other: str | None) -> None:
        self._benches[Side.LEFT].edit(name, id, {field: other}, silently=True)

    def tie_too(self, name: str, id: str, field: str, other: str) -> None:
        held = self.all(Side.LEFT, name)[id][field]
        self.tie(name, id, field, f"{held};{other}")

    def merge(self, side: Side, name: str, winner: str, loser: str) -> str:
        return self._benches[side].merge(name, winner, loser, new_id=side is Side.LEFT)

    def restore(self, side: Side, name: str, id: str) -> None:
        self._benches[side].restore(name, id)

    def convert(self, lead: str, into: str | None, *, opportunity: bool) -> str:
        bench = self._benches[Side.RIGHT]
        if into is not None:
            return bench.convert("Lead", lead, into="Contact", existing_id=into)
        account = bench.add("Account", {"Name": bench.values("Lead", lead)["Company"]})
        if opportunity:
            deal = {"Name": "A deal", "StageName": "Prospecting", "CloseDate": "2030-01-31"}
            bench.add("Opportunity", {**deal, "AccountId": account})
        # Fields of an org's own are taken over only where an admin says so.
        own: dict[str, Native] = dict.fromkeys(
            name for name in SALESFORCE_SHAPES["Contact"].fields if name.endswith("__c")
        )
        return bench.convert("Lead", lead, into="Contact", values={**own, "AccountId": account})

    def employ(self, side: Side, person: Person) -> str:
        number = len(self._crms[side].records.people) + 1
        person = replace(person, id=person.id or f"{side.value}-owner-{number}")
        self._benches[side].employ(person)
        return person.id

    def all(self, side: Side, name: str) -> dict[str, dict[str, Native]]:
        return self._benches[side].all(name)

    def stamp(self, side: Side, name: str, id: str) -> object:
        return self._crms[side].records.table(name).rows[id].stamp

    def automate(self, name: str, rule: Rule) -> None:
        def hook(ref: RecordRef, before: Fields, after: Fields) -> Fields | None:
            return rule(after) if ref.object_name == name else None

        self._benches[Side.RIGHT].on_save(hook)

    def forbid(self, name: str, field: str, value: str) -> None:
        self._benches[Side.RIGHT].refuse(
            name, lambda write: write.values.get(field) == value, message=f"no {field} like that"
        )

    def allow(self) -> None:
        self._benches[Side.RIGHT].calm()

    def unshare(self, name: str, times: int) -> None:
        self._benches[Side.RIGHT].refuse(name, times, code=_UNSHARED, message="share it")

    def refuse_duplicates(self, name: str, field: str) -> None:
        shape = SALESFORCE_SHAPES[name]
        unique = replace(shape.fields[field], unique=True)
        fields = {**shape.fields, field: unique}
        self._benches[Side.RIGHT].reshape(ObjectShape(shape.name, shape.label, fields))

    def lock(self, side: Side, name: str, times: int) -> None:
        self._benches[side].lock(times)

    def unlock(self, side: Side, name: str) -> None:
        self._benches[side].calm()

    def lose_state(self, folder: Path) -> None:
        self._store.close()
        self._server = blank_database() if self._server else ""
        self._store = open_store(self._server or "sqlite://")

    def let_lock_grow_old(self) -> None:
        if self._server:
            let_lease_run_out(self._server)

    def fail(self, side: Side, fault: Fault, times: int, *, writes: bool) -> None:
        if fault is Fault.HALF_REFUSED:
            return  # it sends nothing again, so that nothing is refused the second time
        moment = "after" if fault is Fault.NO_ANSWER_AFTER else "before"
        for operation in ("apply",) if writes else ("peek", "read_changes", "fetch"):
            self._benches[side].fail(moment, _memory_error(fault), on=operation, times=times)

    def recover(self) -> None:
        for bench in self._benches.values():
            bench.calm()

    def switch_account(self, side: Side) -> None:
        self._benches[side].switch_account(Account("2", "another"))

    def close(self) -> None:
        self._store.close()


def _follow_stage(ref: RecordRef, before: Fields, after: Fields) -> Fields | None:
    """Let an opportunity be closed and won as its stage says."""
    if ref.object_name != "Opportunity":
        return None
    stage = after.get("StageName")
    closed = stage in ("Closed Won", "Closed Lost")
    return {"IsClosed": str(closed).lower(), "IsWon": str(stage == "Closed Won").lower()}


def _memory_error(fault: Fault) -> Exception:
    match fault:
        case Fault.TOO_MANY:
            return RateLimitedError("too many calls", system="memory")
        case Fault.CREDENTIALS:
            return CredentialError("the credentials are refused", system="memory")
        case Fault.NO_ANSWER_AFTER | Fault.NO_ANSWER_BEFORE:
            return UnavailableError("no answer came", maybe_done=True, system="memory")
        case Fault.DOWN | Fault.HTML | Fault.HALF_REFUSED:
            return UnavailableError("the CRM is down", system="memory")


# --- behind HTTP --------------------------------------------------------------------------------

_SYSTEMS = {Side.LEFT: System.HUBSPOT, Side.RIGHT: System.SALESFORCE}

#: The property that shows an association, and the number of its kind.
_TIES = {
    ("contacts", "associated company"): ("associatedcompanyid", 1),
    ("companies", "parent company"): ("hs_parent_company_id", 14),
    ("deals", "associated company"): ("hs_primary_associated_company", 5),
}
_FAULTS: Mapping[Fault, tuple[str, str]] = {
    Fault.TOO_MANY: ("rate_limit", "concurrent_limit"),
    Fault.DOWN: ("503", "503"),
    Fault.NO_ANSWER_BEFORE: ("drop_before", "drop_before"),
    Fault.NO_ANSWER_AFTER: ("drop_after", "drop_after"),
    Fault.CREDENTIALS: ("expired_token", "expired_token"),
    Fault.HTML: ("html_503", "html_503"),
    Fault.HALF_REFUSED: ("half_refused", "half_refused"),
}


@dataclass(slots=True)
class Served:
    """A sandbox that serves all scenarios, and what stays the same from one to the next."""

    sandbox: Sandbox
    state: bytes
    shapes: dict[tuple[Side, str], ObjectShape] = field(default_factory=dict)
    has_moved: bool = False

    def start_over(self) -> None:
        """Let there be no record and no rule. To put all back takes longer than most tests."""
        for box in self.sandbox.fault_boxes:
            box.clear()
        if self.has_moved:
            self.sandbox.reset()
            self.has_moved = False
            return
        self.sandbox.hubspot.clear()
        self.sandbox.hubspot.load(list(parse_lines(enumerate(SEED, start=1))))
        SandboxRows(self.sandbox.hubspot).lay_out()
        org = self.sandbox.salesforce
        for name in SALESFORCE_SHAPES:
            for id in list(org.database.table(name).rows):
                org.purge(name, id)
            org.detect_duplicates(name, None)
            while org.rules.next_refusal(name, None) is not None:
                pass
        org.rules.hooks.clear()
        org.rules.validations.clear()


class SandboxBackend:
    """The real connectors against both stand-ins, the state in a file of the project folder.

    The state is `on_server`, on PostgreSQL, where that or `REVLOOP_TEST_STATE` asks for it.
    """

    def __init__(
        self,
        served: Served,
        paths: ApiVersion = ApiVersion.NUMBERED,
        *,
        on_server: bool = False,
    ) -> None:
        self._server = blank_database() if on_server or is_asked_for() else ""
        self._served = served
        self._paths = paths
        self._sandbox = served.sandbox
        portal = served.sandbox.hubspot
        associate(portal, portal.kind("machines"), portal.kind("companies"))
        self._rows = SandboxRows(portal)
        self._row_shapes: dict[tuple[Side, str], ObjectShape] = {}
        self._hired: list[tuple[str, str]] = []
        self._unseen: list[Callable[[], object]] = []

    def crm(self, side: Side) -> Crm:
        sandbox = self._sandbox
        if side is Side.LEFT:
            return connect_hubspot(
                HubSpotSettings(
                    access_token=sandbox.hubspot_token,
                    base_url=sandbox.hubspot_url,
                    api_version=self._paths,
                ),
                sleep=no_sleep,
                clock=sandbox.clock.now,
            )
        return connect_salesforce(
            SalesforceSettings(
                instance_url=sandbox.salesforce_url, access_token=sandbox.salesforce_token
            ),
            sleep=no_sleep,
            clock=sandbox.clock.now,
        )

    def describe(self, side: Side, crm: Crm, name: str) -> ObjectShape:
        # All scenarios share one schema: it is asked for once. Most of it are picklists, above
        # all the countries, which no scenario maps. Rows are asked for in each, since its connector
        # learns their labels from the answer: spared that, it would ask at the first row it
        # writes, a call more or less by what ran before.
        shapes = self._row_shapes if is_rows(name) else self._served.shapes
        if (side, name) not in shapes:
            shape = crm.describe(name)
            kept = _SHAPES[side][name].fields if name in _SHAPES[side] else {}
            fields = {
                field.name: field
                for field in shape.fields.values()
                if field.name in kept or not field.options
            }
            shapes[side, name] = replace(shape, fields=fields)
        return shapes[side, name]

    @contextmanager
    def workshop(self, folder: Path) -> Iterator[Workshop]:
        if not self._server:
            self._lay_out(folder / "state")
        with open_workshop(folder, self.environment()) as workshop:
            yield workshop

    def environment(self) -> dict[str, str]:
        """Give what a command finds in its environment: both CRMs, and a state on a server."""
        state = {"REVLOOP_STATE": self._server} if self._server else {}
        return self._sandbox.environment() | state

    def _lay_out(self, folder: Path) -> None:
        """Put an empty state there, as a first run makes it; making it anew costs far more."""
        file = folder / "revloop.db"
        if not file.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
            file.touch(mode=0o600)
            file.write_bytes(self._served.state)

    def add(self, side: Side, name: str, values: Fields, *, by: str) -> str:
        if is_rows(name):
            ends = str(values["owner"]), str(values["member"])
            return self._rows.put(name, *ends, values.get("label"))
        wire = _wire(side, name, values)
        if (person := wire.pop("LeadOrContactId", None)) is not None:
            # People enter a lead or a contact; the field for both is read only.
            wire["LeadId" if str(person).startswith("00Q") else "ContactId"] = person
        return self._sandbox.add(_SYSTEMS[side], name, wire, by=by)

    def edit(self, side: Side, name: str, id: str, values: Fields, *, by: str) -> None:
        if is_rows(name):
            owner, _, member = id.partition(":")
            self._rows.put(name, owner, member, values["label"])
            return
        self._sandbox.edit(_SYSTEMS[side], name, id, _wire(side, name, values), by=by)

    def remove(self, side: Side, name: str, id: str) -> None:
        if is_rows(name):
            self._rows.remove(name, id)
            return
        self._sandbox.remove(_SYSTEMS[side], name, id)

    def vanish(self, side: Side, name: str, id: str) -> None:
        if side is Side.LEFT:
            portal = self._sandbox.hubspot
            kind = portal.kind(name)
            found = portal.table(kind).take(int(id), unique=("salesforce_id",), due=0, now=0)
            self._unseen.append(partial(portal.put, kind, found))
        else:
            database = self._sandbox.salesforce.database
            row = database.table(name).rows[id]
            spec = database.table(name).spec
            database.put(spec, id, None)
            self._unseen.append(partial(database.put, spec, id, row))

    def reappear(self) -> None:
        while self._unseen:
            self._unseen.pop()()

    def tie(self, name: str, id: str, field: str, other: str | None) -> None:
        portal = self._sandbox.hubspot
        start = (portal.kind(name).name, int(id))
        held = self._values(Side.LEFT, name, id)[field]
        if (name, field) not in _TIES:
            if held is not None:
                portal.unlink(start, ("companies", int(held)))
            if other is not None:
                portal.link(start, ("companies", int(other)))
            return
        _, type_id = _TIES[name, field]
        kind = portal.associations.types.get(name, "companies", TypeRef("HUBSPOT_DEFINED", type_id))
        if other is not None:
            portal.link(start, ("companies", int(other)), [kind])
        elif held is not None:
            portal.unlink(start, ("companies", int(held)))

    def tie_too(self, name: str, id: str, field: str, other: str) -> None:
        del field
        portal = self._sandbox.hubspot
        portal.link((portal.kind(name).name, int(id)), ("companies", int(other)))

    def merge(self, side: Side, name: str, winner: str, loser: str) -> str:
        if side is Side.LEFT:
            portal = self._sandbox.hubspot
            return str(portal.merge(portal.kind(name), int(winner), int(loser)).id)
        self._sandbox.salesforce.merge(name, winner, [loser], {})
        return winner

    def restore(self, side: Side, name: str, id: str) -> None:
        self._sandbox.restore(_SYSTEMS[side], name, id)

    def convert(self, lead: str, into: str | None, *, opportunity: bool) -> str:
        org = self._sandbox.salesforce
        account = None
        if into is not None:
            account = str(org.database.table("Contact").rows[into]["AccountId"])
        made = org.convert_lead(lead, account_id=account, contact_id=into, opportunity=opportunity)
        return made.contact_id

    def employ(self, side: Side, person: Person) -> str:
        if side is Side.LEFT:
            values: JsonObject = {
                "email": person.email or "",
                "lastName": person.name,
                "archived": not person.active,
            }
            return self._kept(System.HUBSPOT, "owners", person.id, values)
        if person.kind is PersonKind.QUEUE:
            queue: JsonObject = {"Name": person.name, "Type": "Queue"}
            id = self._kept(System.SALESFORCE, "Group", person.id, queue)
            for name in person.owns:
                taken: JsonObject = {"QueueId": id, "SobjectType": name}
                self._kept(System.SALESFORCE, "QueueSobject", "", taken)
            return id
        user: JsonObject = {
            "LastName": person.name,
            "Alias": person.name[:8],
            "Email": person.email,
            "IsActive": person.active,
        }
        if not person.id:
            user["Username"] = f"{person.name}.{len(self._hired)}@org.example"
        return self._kept(System.SALESFORCE, "User", person.id, user)

    def _kept(self, system: System, name: str, id: str, values: JsonObject) -> str:
        if id:
            self._sandbox.edit(system, name, id, values, by="person")
            return id
        id = self._sandbox.add(system, name, values, by="person")
        if system is System.SALESFORCE:
            self._hired.append((name, id))
        return id

    def all(self, side: Side, name: str) -> dict[str, dict[str, Native]]:
        if is_rows(name):
            return self._rows.all(name)
        return {id: self._values(side, name, id) for id in self._ids(side, name)}

    def stamp(self, side: Side, name: str, id: str) -> object:
        found = {} if is_rows(name) else self._sandbox.read(_SYSTEMS[side], name, id) or {}
        names = ("SystemModstamp", "lastmodifieddate", "hs_lastmodifieddate")
        return [found[stamp] for stamp in names if stamp in found]

    def automate(self, name: str, rule: Rule) -> None:
        def hook(
            sobject: str, record: Mapping[str, object], changed: frozenset[str]
        ) -> dict[str, Json] | None:
            if sobject != name:
                return None
            return _wire(Side.RIGHT, name, rule(_natives(Side.RIGHT, name, record)))

        self._sandbox.salesforce.on_save(hook)

    def forbid(self, name: str, field: str, value: str) -> None:
        self._sandbox.salesforce.validate(
            name, lambda record: f"no {field} like that" if record.get(field) == value else None
        )

    def allow(self) -> None:
        self._sandbox.salesforce.rules.validations.clear()

    def unshare(self, name: str, times: int) -> None:
        self._sandbox.salesforce.refuse_next(name, times, _UNSHARED, "insufficient access rights")

    def refuse_duplicates(self, name: str, field: str) -> None:
        rule = DuplicateRule(fields=(field,), allow_save=False)
        self._sandbox.salesforce.detect_duplicates(name, rule)

    def lock(self, side: Side, name: str, times: int) -> None:
        assert side is Side.RIGHT, "HubSpot locks whole calls"
        self._sandbox.salesforce.lock_next(name, times)

    def unlock(self, side: Side, name: str) -> None:
        while self._sandbox.salesforce.rules.next_refusal(name, None) is not None:
            pass

    def lose_state(self, folder: Path) -> None:
        if self._server:
            self._server = blank_database()
            return
        for file in (folder / "state").iterdir():
            file.unlink()

    def let_lock_grow_old(self) -> None:
        if self._server:
            let_lease_run_out(self._server)

    def fail(self, side: Side, fault: Fault, times: int, *, writes: bool) -> None:
        kind = _FAULTS[fault][0 if side is Side.LEFT else 1]
        rule = FaultRule(system=_SYSTEMS[side], kind=kind, times=times)
        self._sandbox.add_fault(rule)

    def recover(self) -> None:
        for box in self._sandbox.fault_boxes:
            box.clear()

    def switch_account(self, side: Side) -> None:
        self._served.has_moved = True
        if side is Side.LEFT:
            line: JsonObject = {"system": "hubspot", "account": {"id": 999, "name": "another"}}
            self._sandbox.hubspot.load(list(parse_lines([(1, line)])))
        else:
            line = {"system": "salesforce", "account": {"id": "00DdM0000000009", "name": "another"}}
            self._sandbox.salesforce.load(list(parse_lines([(1, line)])))

    def close(self) -> None:
        self.recover()
        org = self._sandbox.salesforce
        for name in SALESFORCE_SHAPES if self._hired else ():
            for id in list(org.database.table(name).rows):
                org.purge(name, id)
        for name, id in reversed(self._hired):
            org.purge(name, id)

    def _ids(self, side: Side, name: str) -> list[str]:
        if name == "campaigns":
            return [one.id for one in self._sandbox.hubspot.campaigns]
        if side is Side.LEFT:
            return self._sandbox.hubspot.ids(name)
        rows = self._sandbox.salesforce.database.table(name).rows
        return [id for id, row in rows.items() if not row.get("IsDeleted")]

    def _values(self, side: Side, name: str, id: str) -> dict[str, Native]:
        found = dict(self._sandbox.read(_SYSTEMS[side], name, id) or {})
        for (_, tied), (mirror, _) in _TIES.items():
            if mirror in found:
                found[tied] = found[mirror]
        if side is Side.LEFT and name == "machines":
            portal = self._sandbox.hubspot
            ties = portal.associations.ties_of((portal.kind(name).name, int(id)), "companies")
            found["associated company"] = ";".join(str(tie.end[1]) for tie in ties)
        return _natives(side, name, found)


def _natives(side: Side, name: str, found: Mapping[str, object]) -> dict[str, Native]:
    """Give what a stand-in holds in native form, for the fields scenarios know."""
    return {
        shape.name: _native(shape.kind, found.get(shape.name))
        for shape in _SHAPES[side][name].fields.values()
    }


def _native(kind: FieldKind, value: object) -> Native:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        text = f"{Decimal(str(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if kind is FieldKind.DATETIME:
        moment = datetime.fromisoformat(str(value)).astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def _wire(side: Side, name: str, values: Fields) -> dict[str, Json]:
    fields = _SHAPES[side][name].fields
    if side is Side.LEFT:
        return {field: value or "" for field, value in values.items()}
    return {field: _to_json(fields[field].kind, value) for field, value in values.items()}


def _to_json(kind: FieldKind, value: Native) -> Json:
    if value is None:
        return None
    if kind is FieldKind.BOOLEAN:
        return value == "true"
    if kind in (FieldKind.NUMBER, FieldKind.MONEY, FieldKind.PERCENT):
        return float(value)
    return int(value) if kind is FieldKind.INTEGER else value
