"""One person between two CRMs in memory, of which one lets stages only go forward, and a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from connectors.hubspot.stage_steps import StageSteps
from connectors.memory import Killed, MemoryBench, MemoryCrm
from console.wiring import directories_of
from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.lifecycle.reading import read_lifecycle
from mappings.loader import load_mappings
from mappings.outcomes import PairOutcomes, agreement_of
from sync.domain.money import Rates
from sync.domain.outcomes import DEAL_STATES, Opportunity
from sync.domain.people import Person
from sync.domain.ports import Account, Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Native, RecordRef, Side
from sync.domain.sales import SalesNames
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from sync.domain.store import Link
from sync.engine.run import sync
from sync.engine.sales_desk import SalesDesk
from sync.engine.session import Session, Settings
from sync.state.tables import audit, funnel, hand_overs
from tests.property.blank_state import blank_store
from tests.property.doom import Doom, mortal
from tests.property.loop_world import _WIDE
from tests.property.world import Clock

__all__ = ["ANNA", "BEN", "EMAIL", "LADDER", "LEFT_ORDER", "FunnelWorld"]

EMAIL = "ada@example.com"
ANNA, BEN = "user-anna", "user-ben"
LADDER = ("lead", "mql", "sal", "sql", "opportunity", "customer")
#: HubSpot's own order of its stages, by which it takes none that comes before.
LEFT_ORDER = (
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
_FILES = {
    "contacts": """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
create: {salesforce: {as: Lead, when: handed_over}}
fields:
  email: {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  score: {map: fit_score -> Score__c, type: number}
  sales_status: <- Lead.Status
  funnel: <- Contact.Funnel__c
  return_reason: <- Reason__c
""",
    "lifecycle": """\
stages:
  - {name: lead, hubspot: {lifecyclestage: lead}, salesforce: {Lead.Status: New}}
  - {name: mql, hubspot: {lifecyclestage: marketingqualifiedlead, hs_lead_status: OPEN},
     salesforce: {Lead.Status: Open - Not Contacted, Contact.Funnel__c: MQL}}
  - {name: sal, hubspot: {lifecyclestage: marketingqualifiedlead, hs_lead_status: IN_PROGRESS},
     salesforce: {Lead.Status: [Working - Contacted, Attempting], Contact.Funnel__c: SAL}}
  - {name: sql, hubspot: {lifecyclestage: salesqualifiedlead}, salesforce: {Contact.Funnel__c: SQL}}
  - {name: opportunity, hubspot: {lifecyclestage: opportunity}, salesforce: opportunity open}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
reasons:
  no_budget: {means: later, salesforce: [No Budget], hubspot: no_budget, again_after: 30 days}
  bad_data: {means: never, salesforce: [Bad Data], hubspot: bad_data}
hand_over: {to: mql, when: record.score >= 50}
hand_back:
  - {when: record.sales_status == "Closed - Not Converted", from: [mql, sal], to: lead,
     reason: return_reason}
  - {when: record.funnel == "Returned", from: [sql], to: mql, reason: return_reason}
routing:
  - {to: anna@example.com}
""",
}


def _field(name: str, kind: FieldKind = FieldKind.TEXT, **more: Any) -> FieldShape:
    return FieldShape(name=name, label=name, kind=kind, **more)


def _word(name: str, *values: str) -> FieldShape:
    options = tuple(Option(value, value) for value in values)
    return _field(name, FieldKind.CHOICE, restricted=True, options=options)


def _object(name: str, *fields: FieldShape) -> ObjectShape:
    return ObjectShape(name, name, {one.name: one for one in fields})


_FUNNEL = _word("Funnel__c", "MQL", "SAL", "SQL", "Returned", "Odd")
_STATUS = _word(
    "Status",
    "New",
    "Open - Not Contacted",
    "Working - Contacted",
    "Attempting",
    "Closed - Not Converted",
    "Odd",
)


def _person(name: str, *more: FieldShape) -> ObjectShape:
    return _object(
        name,
        _field("Email", FieldKind.EMAIL),
        _field("LastName", required=True, length=80),
        _word("Reason__c", "No Budget", "Bad Data", "Else"),
        _field("Score__c", FieldKind.NUMBER, digits=16, scale=0),
        _field("OwnerId", FieldKind.REFERENCE, refers_to=("User",)),
        _field("HubSpot_Contact_Id__c", unique=True),
        *more,
    )


_TOLD = ("stage", "returned_reason")
SHAPES = {
    Side.LEFT: {
        "contacts": _object(
            "contacts",
            _field("email", FieldKind.EMAIL, unique=True, folds_case=True),
            _field("lastname"),
            _field("fit_score", FieldKind.NUMBER),
            _word("lifecyclestage", *LEFT_ORDER),
            _word("hs_lead_status", "OPEN", "IN_PROGRESS", "UNQUALIFIED"),
            _field("salesforce_id", unique=True),
            *(_field(f"revloop_{name}") for name in _TOLD),
            *(
                _field(f"revloop_{name}", FieldKind.DATETIME)
                for name in ("handed_over_at", "returned_at")
            ),
            _field("revloop_try_again_date", FieldKind.DATE),
        )
    },
    Side.RIGHT: {
        "Lead": _person("Lead", _STATUS),
        "Contact": _person("Contact", _FUNNEL, _field("AccountId")),
        "Task": _object(
            "Task",
            _field("WhoId"),
            _field("OwnerId"),
            _field("Subject"),
            _field("Description"),
            _field("ActivityDate", FieldKind.DATE),
        ),
    },
}
_NAMES = SalesNames(
    side=Side.RIGHT,
    opportunity="Opportunity",
    facts={},
    role="",
    role_opportunity="",
    role_person="",
    role_main="",
    person="Contact",
    person_account="AccountId",
    account="Account",
    campaign="Campaign",
    campaign_name="Name",
    lead="Lead",
)


@lru_cache(maxsize=1)
def _bound() -> tuple[BoundPair, Any]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in _FILES.items():
            (folder / f"{file}.yaml").write_text(text, encoding="utf-8")
        (pair,) = load_mappings(folder)
        lifecycle, findings = read_lifecycle(folder / "lifecycle.yaml")
    assert lifecycle is not None, findings
    outcomes = PairOutcomes(
        carries={"Contact": (DEAL_STATES,)}, extras={"Contact": frozenset({"AccountId"})}
    )
    bound = bind(
        pair,
        SHAPES[Side.LEFT],
        SHAPES[Side.RIGHT],
        directories=directories_of(blank_store(), {}, at=Clock(timedelta(0)).now),
        lifecycle=lifecycle,
        outcomes=outcomes,
    )
    return bound, agreement_of(lifecycle, currency="EUR", rates=Rates())


@dataclass(slots=True)
class Watched:
    """A CRM whose writes are noted; `forward` ones take stages as HubSpot does."""

    crm: MemoryCrm
    bench: MemoryBench
    doom: Doom
    forward: bool
    sent: list[Write]
    wasted: list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.crm, name)

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes, those that take a stage back in two steps."""
        return StageSteps(self._send).apply(writes) if self.forward else self._send(writes)

    def _send(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        self.sent += writes
        self.doom.step()
        results = self.crm.apply([self._as_taken(one) for one in writes])
        self.doom.step()
        return [self._with_stage(write, one) for write, one in zip(writes, results, strict=True)]

    def _as_taken(self, write: Write) -> Write:
        """Give a write without the stage, where the CRM says it took it and did not."""
        if write.kind is not WriteKind.UPDATE or not self.bench.exists(
            write.object_name, write.id or ""
        ):
            return write
        now = self.bench.values(write.object_name, write.id or "")
        same = [name for name, value in write.values.items() if now[name] == value]
        if same or not write.values:
            self.wasted.append(f"{write.id} was sent {dict(write.values)} with {same} in place")
        stage, held = write.values.get("lifecyclestage"), now.get("lifecyclestage")
        if not self.forward or stage is None or held is None:
            return write
        if LEFT_ORDER.index(stage) >= LEFT_ORDER.index(held):
            return write
        rest = {name: value for name, value in write.values.items() if name != "lifecyclestage"}
        return replace(write, values=rest)

    def _with_stage(self, write: Write, result: WriteResult) -> WriteResult:
        """Give an answer that holds what is stored now."""
        if result.outcome is not WriteOutcome.DONE or result.stored is None or not self.forward:
            return result
        now = self.bench.values(write.object_name, result.stored.ref.id)
        stored = {name: now[name] for name in {*result.stored.fields, "lifecyclestage"}}
        return replace(result, stored=replace(result.stored, fields=stored))


class FunnelWorld:
    """Both CRMs, the state between them, and one person in them."""

    def __init__(self) -> None:
        self.pair, self.agreement = _bound()
        self.clock = Clock(timedelta(milliseconds=1))
        self.doom = Doom()
        self.store = blank_store()
        self.store.runs.keep_note("secret", "5e" * 32)
        crms = {side: self._crm(side) for side in Side}
        self.benches = {side: MemoryBench(crm) for side, crm in crms.items()}
        for id, name in ((ANNA, "anna"), (BEN, "ben")):
            person = Person(id=id, name=name, email=f"{name}@example.com")
            self.benches[Side.RIGHT].employ(person)
        self.watched = {
            side: Watched(crms[side], self.benches[side], self.doom, side is Side.LEFT, [], [])
            for side in Side
        }

    def _crm(self, side: Side) -> MemoryCrm:
        left = side is Side.LEFT
        return MemoryCrm(
            "HubSpot" if left else "Salesforce",
            SHAPES[side],
            clock=self.clock,
            shows_gone_in_changes=not left,
            account=Account("1" if left else "2", "memory"),
            resolution=timedelta(milliseconds=1) if left else timedelta(seconds=1),
            stamps_idle_writes=not left,
        )

    def sync(self, *, doomed_at: int | None = None) -> int | None:
        """Run once; gives how many writes were sent, None where the run was killed."""
        session = self.session()
        for one in self.watched.values():
            one.sent.clear()
        self.doom.set(doomed_at)
        lease = self.store.runs.lease("here", now=self.clock.now, ttl=timedelta(seconds=60))
        try:
            sync(session)
        except Killed:
            self.clock.sleep(61)
            return None
        finally:
            self.doom.set(None)
        lease.release()
        self.store.runs.end(session.run, at=self.clock(), exit=0, stopped=None, summary={})
        return sum(len(one.sent) for one in self.watched.values())

    def session(self) -> Session:
        """Begin a run."""
        crms: Any = self.watched
        return Session(
            pairs=(self.pair,),
            crms=crms,
            store=mortal(self.store, self.doom),
            settings=Settings(guard=_WIDE, trust_count_for=timedelta(0)),
            clock=self.clock,
            sleep=self.clock.sleep,
            run=self.store.runs.begin("sync", self.clock()),
            known=frozenset({self.pair.name}),
            sales=SalesDesk(names=_NAMES, agreement=self.agreement),
        )

    def sell(self, id: str, *, closed: bool, won: bool) -> None:
        """Let sales open an opportunity of the account, or say what became of it."""
        one = Opportunity(id=id, name=id, closed=closed, won=won, account="account-1")
        self.store.sales.take([one])

    def person(self, side: Side) -> tuple[str, str] | None:
        """Give object and id of the person on a side."""
        for name in ("contacts",) if side is Side.LEFT else ("Contact", "Lead"):
            table = self.watched[side].crm.records.table(name)
            for row in table.rows.values():
                if not row.gone and not row.frozen:
                    return name, row.id
        return None

    def values(self, side: Side) -> dict[str, Native]:
        """Give what the person's record on a side holds."""
        at = self.person(side)
        return self.benches[side].values(*at) if at else {}

    def edit(self, side: Side, **values: Native) -> None:
        """Let somebody edit the person's record on a side."""
        at = self.person(side)
        assert at is not None
        now = self.benches[side].values(*at)
        changes = {name: value for name, value in values.items() if now[name] != value}
        if changes:
            self.benches[side].edit(*at, changes)

    def link(self) -> Link | None:
        """Give the link of the person."""
        at = self.person(Side.LEFT)
        if at is None:
            return None
        ref = RecordRef(*at)
        return self.store.links.of(self.pair.name, Side.LEFT, [ref]).get(ref)

    def handings(self) -> list[tuple[str, str | None, str, str | None]]:
        """Give all hand-overs and hand-backs: kind, from, to and reason, oldest first."""
        return [
            (row.kind, row.stage_from, row.stage_to, row.reason)
            for row in self._rows(sa.select(hand_overs).order_by(hand_overs.c.id))
        ]

    def kept(self) -> Any:
        """Give what is kept of where the person stands; None where nothing is."""
        return next(iter(self._rows(sa.select(funnel))), None)

    def audited(self, name: str) -> list[Any]:
        """Give the audit of a field."""
        return self._rows(sa.select(audit).where(audit.c.field == name).order_by(audit.c.id))

    def _rows(self, statement: Any) -> list[Any]:
        with self.store._database.read() as connection:
            return list(connection.execute(statement))
