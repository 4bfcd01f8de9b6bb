"""The org: what tests and the demo do to it from outside the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sandbox.clock import Clock
from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.behaviour import behaviours
from sandbox.salesforce.conversion import Conversion, Converter, Wanted
from sandbox.salesforce.currencies import Currencies
from sandbox.salesforce.database import Database
from sandbox.salesforce.defaults import OrgDefaults
from sandbox.salesforce.errors import ApiError, invalid_cross_reference
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.lifecycle import Lifecycle
from sandbox.salesforce.model import ObjectSpec, Row
from sandbox.salesforce.org_setup import OrgSetup
from sandbox.salesforce.rollups import Totals
from sandbox.salesforce.rules import (
    AssignmentRule,
    DuplicateRule,
    Rules,
    SaveHook,
    Switches,
    ValidationRule,
)
from sandbox.salesforce.saving import Saver, WriteContext
from sandbox.salesforce.seed_history import SeedHistory
from sandbox.salesforce.seeding import Seeding
from sandbox.salesforce.wire import to_stamp
from sandbox.seeds import Seed

__all__ = ["SalesforceStore"]

Editor = Literal["person", "automation"]

_ORG_ID = "00DdM0000000001"
_ORG_NAME = "Sandbox Org"


class SalesforceStore:
    """One org's records, users and rules."""

    def __init__(self, clock: Clock) -> None:
        """Start an empty org: itself, its three users, and no record."""
        self.database = Database(clock)
        self.rules = Rules()
        self.switches = Switches()
        self.database.shows_deleted = self._shows_deleted
        self.org_id = to_18(_ORG_ID) or _ORG_ID
        self.org_name = _ORG_NAME
        mint = self.database.mint
        self.api_user_id, self.person_id, self.automation_id = (
            mint.next_id("005") for _ in range(3)
        )
        self._add_users()
        self._add_organization()
        OrgDefaults(self.database, self.api_user_id).fill()
        own_ways = behaviours(self.database, self.switches)
        totals = Totals(self.database)
        currencies = Currencies(self.database, self.switches, self.api_user_id)
        self.setup = OrgSetup(self.database, self.rules, currencies)
        self.saver = Saver(self.database, self.rules, self.switches, own_ways)
        self.lifecycle = Lifecycle(self.database, self.saver, self.switches, own_ways)
        self.converter = Converter(self.database, self.saver, self.rules, own_ways)
        self.api_lag = timedelta(0)
        """How old the stamps are of rows that the API writes now."""
        self._forget: list[Callable[[], None]] = []
        self._seeding = Seeding(
            self.database,
            setup=self.setup,
            behaviours=own_ways,
            totals=totals,
            history=SeedHistory(self.database, self.rules, self.saver.trail, self.api_user_id),
            default_user=self.api_user_id,
        )

    def load(self, seeds: Sequence[Seed]) -> None:
        """Add what seed lines describe; SeedError names the line of what cannot be used."""
        with self.database.lock:
            account = self._seeding.load(seeds)
            if account is not None:
                self._name_org(account.id, account.name)

    def export(self) -> Iterator[JsonObject]:
        """Write the org as seed lines that load as the same records, ids and stamps."""
        yield {"system": "salesforce", "account": {"id": self.org_id, "name": self.org_name}}
        yield from self._seeding.export()

    def create(self, sobject: str, fields: Mapping[str, Json], by: Editor = "person") -> str:
        """Create a record as a person or an automation does; gives its id."""
        with self.database.transaction():
            return self.saver.create(self._spec(sobject), fields, self._context(by))

    def edit(
        self,
        sobject: str,
        record_id: str,
        fields: Mapping[str, Json],
        by: Editor = "person",
        *,
        stamped: datetime | None = None,
    ) -> None:
        """Edit a record as a person or an automation does.

        An automation moves SystemModstamp only. `stamped` gives an earlier stamp, as a slow
        transaction does whose rows appear behind a reader's cursor.
        """
        stamp = None if stamped is None else to_stamp(stamped)
        with self.database.transaction():
            self.saver.update(
                self._spec(sobject), self._id(record_id), fields, self._context(by, stamp)
            )

    def get(self, sobject: str, record_id: str) -> dict[str, Json]:
        """Give a record as it is stored, deleted or not; what it lacks is null."""
        spec = self._spec(sobject)
        row = self.database.table(spec.name).rows.get(self._id(record_id))
        if row is None:
            raise invalid_cross_reference(addressed=True)
        fields = {**spec.fields, **spec.hidden}
        return {name: row.get(name, field.null) for name, field in fields.items()}

    def remove(self, sobject: str, record_id: str) -> None:
        """Put a record in the recycle bin, as a person does."""
        with self.database.transaction():
            self.lifecycle.delete(self._spec(sobject), self._id(record_id), self._context("person"))

    def restore(self, sobject: str, record_id: str) -> None:
        """Bring a record back from the recycle bin."""
        with self.database.transaction():
            self.lifecycle.restore(self._spec(sobject), self._id(record_id))

    def purge(self, sobject: str, record_id: str) -> None:
        """Remove a record without a trace."""
        with self.database.transaction():
            self.lifecycle.purge(self._spec(sobject), self._id(record_id))

    def merge(
        self,
        sobject: str,
        winner: str,
        losers: Sequence[str],
        fields: Mapping[str, Json] | None = None,
    ) -> None:
        """Merge up to two records into a third, as a person does."""
        with self.database.transaction():
            self.lifecycle.merge(
                self._spec(sobject),
                self._id(winner),
                [self._id(loser) for loser in losers],
                fields=fields or {},
                context=self._context("person"),
            )

    def convert_lead(
        self,
        lead_id: str,
        *,
        status: str = "Closed - Converted",
        account_id: str | None = None,
        contact_id: str | None = None,
        owner_id: str | None = None,
        opportunity: bool = False,
        opportunity_name: str | None = None,
        by: Editor = "person",
    ) -> Conversion:
        """Convert a lead, as a person does; without ids a new account and contact are made.

        An opportunity is made if `opportunity` or its name says so.
        """
        wanted = Wanted(
            status=status,
            account_id=None if account_id is None else self._id(account_id),
            contact_id=None if contact_id is None else self._id(contact_id),
            owner_id=None if owner_id is None else self._id(owner_id),
            makes_opportunity=opportunity or opportunity_name is not None,
            opportunity_name=opportunity_name,
        )
        with self.database.transaction():
            return self.converter.convert(self._id(lead_id), wanted, self._context(by))

    def set_up(self, line: JsonObject) -> None:
        """Change the org's set-up as an admin does; ValueError says what is wrong with a line."""
        with self.database.lock:
            self.setup.add(line, self._known_id)

    def on_save(self, hook: SaveHook) -> None:
        """Let automation overwrite fields in every save of a record."""
        self.rules.hooks.append(hook)

    def validate(self, sobject: str, rule: ValidationRule) -> None:
        """Refuse records with the message a validation rule gives."""
        self.rules.validations[self._spec(sobject).name].append(rule)

    def assign(self, sobject: str, rule: AssignmentRule | None) -> None:
        """Turn an assignment rule on; it runs on writes unless Sforce-Auto-Assign is false."""
        name = self._spec(sobject).name
        if rule is None:
            self.rules.assignments.pop(name, None)
        else:
            self.rules.assignments[name] = rule

    def detect_duplicates(self, sobject: str, rule: DuplicateRule | None) -> None:
        """Turn a duplicate rule on, or off with None."""
        spec = self._spec(sobject)
        if rule is None:
            self.rules.duplicates.pop(spec.name, None)
            return
        for name in rule.fields:
            self.database.table(spec.name).ensure_index(name)
        self.rules.duplicates[spec.name] = rule

    def refuse_next(
        self,
        sobject: str,
        count: int,
        status_code: str,
        message: str,
        fields: Sequence[str] = (),
    ) -> None:
        """Refuse the next rows of an object that are written through the API."""
        error = ApiError(status_code, message, fields=tuple(fields))
        self.rules.refuse(self._spec(sobject).name, count, error)

    def lock_next(self, sobject: str, count: int) -> None:
        """Answer the next rows of an object with UNABLE_TO_LOCK_ROW."""
        self.rules.lock(self._spec(sobject).name, count)

    def lagging_stamp(self) -> str | None:
        """Give the stamp of rows whose transaction is slow to end, or None for the time now."""
        return to_stamp(self.database.clock.now() - self.api_lag) if self.api_lag else None

    def forget_locators(self) -> None:
        """Make every open query locator a dead one."""
        with self.database.lock:
            for forget in self._forget:
                forget()

    def on_forget_locators(self, forget: Callable[[], None]) -> None:
        """Be told when locators are to be forgotten."""
        self._forget.append(forget)

    def _shows_deleted(self, sobject: str) -> bool:
        return sobject != "CampaignMember" or self.switches.deleted_members_show

    def _spec(self, sobject: str) -> ObjectSpec:
        spec = self.database.schema.find(sobject)
        if spec is None:
            raise ValueError(f"the org has no object {sobject}")
        return spec

    def _id(self, record_id: str) -> str:
        full = to_18(record_id)
        if full is None:
            raise ValueError(f"{record_id!r} is no record id")
        return full

    def _known_id(self, written: Json) -> str:
        given = written.get("key") if isinstance(written, dict) else written
        return self._id(str(given))

    def _context(self, by: Editor, stamp: str | None = None) -> WriteContext:
        return WriteContext(
            user_id=self.person_id if by == "person" else self.automation_id,
            by_automation=by == "automation",
            through_api=False,
            stamp=stamp,
        )

    def _name_org(self, org_id: str, name: str) -> None:
        full = to_18(org_id)
        if full is not None and full != self.org_id:
            self.database.put(self._spec("Organization"), self.org_id, None)
            self.org_id = full
        self.org_name = name or self.org_name
        self._add_organization()

    def _add_organization(self) -> None:
        self._add_setup(
            "Organization",
            self.org_id,
            {
                "Name": self.org_name,
                "InstanceName": "SBX1",
                "OrganizationType": "Developer Edition",
                "DefaultLocaleSidKey": "en_US",
                "TimeZoneSidKey": "UTC",
            },
        )

    def _add_users(self) -> None:
        self._add_user(self.api_user_id, "Integration", "User", "integration@sandbox.invalid")
        self._add_user(self.person_id, "Sam", "Seller", "sam.seller@sandbox.invalid")
        self._add_user(self.automation_id, "Automated", "Process", "autoproc@sandbox.invalid")

    def _add_user(self, user_id: str, first: str, last: str, email: str) -> None:
        automated = user_id == self.automation_id
        self._add_setup(
            "User",
            user_id,
            {
                "Username": email,
                "FirstName": first,
                "LastName": last,
                "Name": f"{first} {last}",
                "Email": email,
                "Alias": last.lower()[:8],
                "IsActive": True,
                "UserType": "AutomatedProcess" if automated else "Standard",
                "TimeZoneSidKey": "UTC",
                "LocaleSidKey": "en_US",
                "LanguageLocaleKey": "en_US",
            },
        )

    def _add_setup(self, sobject: str, record_id: str, values: Row) -> None:
        now = self.database.now
        row: Row = {
            "Id": record_id,
            **values,
            "CreatedDate": now,
            "CreatedById": self.api_user_id,
            "LastModifiedDate": now,
            "LastModifiedById": self.api_user_id,
            "SystemModstamp": now,
        }
        self.database.put(self._spec(sobject), record_id, row)
