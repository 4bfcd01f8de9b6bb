"""Who in sales gets those who are handed over: what the choice is made by, collected.

Users are read at most once an hour, and only when somebody is handed over; whose turn it is stands
in the state, and moves there with the hand-over itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from mappings.lifecycle.routing import BoundRouting
from mappings.people import People
from sync.domain.people import Person, PersonKind
from sync.domain.record import Native, Side
from sync.domain.routing import (
    By,
    Choice,
    ChoiceKind,
    Receiver,
    Rule,
    SellerRecord,
    Staff,
    ToRoute,
    Turns,
    choose,
    turns_note,
    turns_of,
)
from sync.domain.rules import Trouble
from sync.engine.hourly import fresh, keep
from sync.engine.people import read_people
from sync.engine.session import Session

__all__ = ["Router", "account_of"]


class Router:
    """Chooses for one run; each choice sees the turns those before it left."""

    def __init__(self, session: Session, routing: BoundRouting) -> None:
        self._session = session
        self._routing = routing
        self._people: People | None = None
        self._names: Mapping[str, str] = {}
        self._known: Mapping[str, Receiver] = {}
        self._active: Mapping[str, Receiver] = {}
        self._staff: dict[str, Staff] = {}
        self._turns: dict[str, Turns] = {}
        self._records: dict[str, Mapping[str, SellerRecord]] = {}
        self._owners: dict[str, str | None] = {}

    def route(self, people: Iterable[ToRoute]) -> Mapping[str, Choice]:
        """Choose who gets each of them, by key; one after the other as they come."""
        ordered = list(people)
        self._read_owners([one.account for one in ordered if one.account is not None])
        return {one.key: self._choice(one) for one in ordered}

    def _choice(self, one: ToRoute) -> Choice:
        try:
            rules = self._routing.fitting(one.canonical)
        except ExpressionFailedError as fault:
            return Choice(kind=ChoiceKind.NOBODY, why=f"{fault}; the owner stays as is")
        choice = choose(
            rules,
            self._staff_for(one.object_name),
            account_owner=self._owners.get(one.account) if one.account is not None else None,
            records={rule.key: self._records_of(rule) for rule in rules if rule.by is By.WON_RATE},
            turns={rule.key: self._turns_of(rule) for rule in rules},
        )
        if choice.rule is not None and choice.turns is not None:
            self._turns[choice.rule] = choice.turns
        return choice

    def _turns_of(self, rule: Rule) -> Turns:
        if rule.key not in self._turns:
            kept = self._session.store.runs.note(turns_note(rule.key))
            self._turns[rule.key] = turns_of(kept)
        return self._turns[rule.key]

    def _records_of(self, rule: Rule) -> Mapping[str, SellerRecord]:
        """Give sellers' records by address."""
        if rule.key not in self._records:
            by_id = self._session.store.sales.sellers.records(rule.key)
            self._records[rule.key] = {
                self._names[id]: record for id, record in by_id.items() if id in self._names
            }
        return self._records[rule.key]

    def _staff_for(self, object_name: str) -> Staff:
        if object_name not in self._staff:
            people = self._everybody()
            able: dict[str, Receiver] = {}
            unable: dict[str, str] = {}
            for name in self._routing.receivers:
                found = people.find(Side.RIGHT, name, object_name)
                if isinstance(found, Trouble):
                    unable[name] = found.message
                else:
                    able[name] = self._known[found]
            self._staff[object_name] = Staff(
                title=self._session.title(Side.RIGHT),
                able=able,
                unable=unable,
                by_id=self._active,
                org_rules=object_name in self._routing.org_assigns,
            )
        return self._staff[object_name]

    def _everybody(self) -> People:
        if self._people is None:
            session = self._session
            crm = session.crms[Side.RIGHT]
            all_ = read_people(session.store, crm, Side.RIGHT, now=session.clock())
            self._people = People({Side.RIGHT: all_})
            users = [one for one in all_ if one.kind is PersonKind.PERSON and one.active]
            self._known = {one.id: Receiver(id=one.id, name=_title(one)) for one in all_}
            self._active = {one.id: self._known[one.id] for one in users}
            self._names = {one.id: one.email.strip().lower() for one in users if one.email}
        return self._people

    def _read_owners(self, accounts: Sequence[str]) -> None:
        """Read whose accounts these are. Those made by the sync itself belong to nobody yet."""
        wanted = sorted(set(accounts) - self._owners.keys())
        if not wanted:
            return
        object_name, field = self._routing.account, self._routing.account_owner
        found = self._session.crms[Side.RIGHT].fetch(object_name, wanted, (field,))
        owners = {one.ref.id: one.fields.get(field) for one in found if not one.gone}
        me = self._own_user() if any(owners.values()) else None
        for id in wanted:
            owner = owners.get(id)
            self._owners[id] = owner if owner != me else None

    def _own_user(self) -> str | None:
        """Give the user the sync works as, asked for at most once an hour."""
        store, crm = self._session.store, self._session.crms[Side.RIGHT]
        note = f"own_user:{Side.RIGHT.value}"
        kept = fresh(store, note, crm, now=self._session.clock())
        if kept is None:
            keep(store, note, crm, now=self._session.clock(), user=crm.own_user())
            kept = fresh(store, note, crm, now=self._session.clock())
        user: str | None = kept["user"] if kept is not None else None
        return user


def _title(one: Person) -> str:
    return f"queue {one.name}" if one.kind is PersonKind.QUEUE else one.name


def account_of(
    pair: BoundPair, values: Mapping[Side, Mapping[str, Native]], *, account: str
) -> str | None:
    """Give the account somebody belongs to, by the field of the pair that leads to accounts.

    `values` are raw ones by field name; where the sales side knows none yet, it is the account
    the other side's company is linked to. `account` is what the sales CRM calls accounts.
    """
    for rule in pair.rules:
        if rule.refers is None or account not in rule.refers.objects[Side.RIGHT]:
            continue
        mine = values.get(Side.RIGHT, {}).get(rule.name)
        theirs = values.get(Side.LEFT, {}).get(rule.name)
        found = mine or (rule.refers.counterpart(Side.LEFT, theirs) if theirs else None)
        if found is not None:
            return found
    return None
