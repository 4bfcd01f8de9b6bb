"""Lead conversion: a lead becomes a contact of an account and, if wanted, an opportunity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.jsontypes import Json
from sandbox.salesforce.behaviour import Behaviour
from sandbox.salesforce.behaviour.members import Members
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import (
    ApiError,
    converted_lead,
    entity_is_deleted,
    inactive_owner,
    invalid_cross_reference,
)
from sandbox.salesforce.model import ObjectSpec, Row, Value
from sandbox.salesforce.rules import Rules
from sandbox.salesforce.saving import Saver, WriteContext

__all__ = ["Conversion", "Converter", "Wanted"]

_LEAD_TO_CONTACT = (
    "FirstName LastName Salutation Title Phone MobilePhone Fax Email LeadSource Description "
    "HasOptedOutOfEmail HasOptedOutOfFax DoNotCall"
).split()
_LEAD_TO_ACCOUNT = "Phone Fax Website Industry AnnualRevenue NumberOfEmployees Rating".split()
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country", "CountryCode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a conversion is to make of a lead; an id names a record to use instead of a new one."""

    status: str
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    opportunity_name: str | None = None
    makes_opportunity: bool = True
    owner_id: str | None = None
    overwrites_lead_source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a lead became."""

    lead_id: str
    account_id: str
    contact_id: str
    opportunity_id: str | None = None


class Converter:
    """Converts the leads of one org."""

    def __init__(
        self,
        database: Database,
        saver: Saver,
        rules: Rules,
        behaviours: Mapping[str, Behaviour],
    ) -> None:
        """Save through the org's rules."""
        self._database = database
        self._saver = saver
        self._rules = rules
        self._behaviours = behaviours

    def convert(self, lead_id: str, wanted: Wanted, context: WriteContext) -> Conversion:
        """Turn a lead into a contact of an account, new ones unless they are named."""
        spec = self._spec("Lead")
        lead = self._live(spec, lead_id)
        owner = self._check(lead, wanted)
        account = self._account(lead, wanted, owner, context)
        contact = self._contact(lead, wanted, account, owner, context)
        deal = self._opportunity(lead, wanted, account, contact, owner, context)
        # Read again: what the new records set off may have touched the lead.
        lead = self._live(spec, lead_id)
        changed: Row = {
            "IsConverted": True,
            "Status": wanted.status,
            "ConvertedDate": self._database.now[:10],
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
        }
        if deal is not None:
            changed["ConvertedOpportunityId"] = deal
        after = self._touch(spec, lead | changed, context)
        stamp = str(after["SystemModstamp"])
        trail = self._saver.trail
        trail.changed(spec, lead, after, user_id=context.user_id, stamp=stamp)
        trail.noted(spec, after, "leadConverted", user_id=context.user_id, stamp=stamp)
        self._move_ties(lead_id, contact, deal or account, context)
        return Conversion(
            lead_id=lead_id, account_id=account, contact_id=contact, opportunity_id=deal
        )

    def _check(self, lead: Row, wanted: Wanted) -> str:
        """Refuse what cannot be converted; gives the owner of what is made."""
        if lead.get("IsConverted"):
            raise converted_lead()
        if wanted.contact_id is not None and wanted.account_id is None:
            raise ApiError("REQUIRED_FIELD_MISSING", "contactId requires accountId", fields=())
        statuses = self._database.table("LeadStatus").rows.values()
        if not any(s.get("ApiName") == wanted.status and s.get("IsConverted") for s in statuses):
            raise ApiError("INVALID_STATUS", f"invalid convertedStatus: {wanted.status}", fields=())
        owner = wanted.owner_id or str(lead["OwnerId"])
        if owner.startswith("00G"):
            raise ApiError("INVALID_OWNER", "a lead owned by a queue needs ownerId", fields=())
        found = self._database.row_of(owner)
        if found is None or found[0].name != "User":
            raise invalid_cross_reference()
        if not found[1].get("IsActive"):
            raise inactive_owner(owner, "Lead")
        return owner

    def _account(self, lead: Row, wanted: Wanted, owner: str, context: WriteContext) -> str:
        body: dict[str, Json] = {name: lead.get(name) for name in _LEAD_TO_ACCOUNT}
        body |= {f"Billing{part}": lead.get(part) for part in _ADDRESS}
        body |= {"Name": lead["Company"], "OwnerId": owner, "AccountSource": lead.get("LeadSource")}
        body |= self._mapped(lead, "Account")
        return self._filled_or_new("Account", wanted.account_id, body, context)

    def _contact(
        self, lead: Row, wanted: Wanted, account: str, owner: str, context: WriteContext
    ) -> str:
        spec, known = self._spec("Contact"), wanted.contact_id
        if known is not None and self._live(spec, known).get("AccountId") != account:
            raise ApiError(
                "INVALID_CROSS_REFERENCE_KEY", "contact is not of that account", fields=()
            )
        body: dict[str, Json] = {name: lead.get(name) for name in _LEAD_TO_CONTACT}
        body |= {f"Mailing{part}": lead.get(part) for part in _ADDRESS}
        body |= {"AccountId": account, "OwnerId": owner}
        body |= self._mapped(lead, "Contact")
        contact = self._filled_or_new("Contact", known, body, context)
        source = lead.get("LeadSource")
        if known is not None and wanted.overwrites_lead_source and source is not None:
            self._saver.update(spec, contact, {"LeadSource": source}, context)
        return contact

    def _opportunity(
        self,
        lead: Row,
        wanted: Wanted,
        account: str,
        contact: str,
        owner: str,
        context: WriteContext,
    ) -> str | None:
        if wanted.opportunity_id is not None:
            self._live(self._spec("Opportunity"), wanted.opportunity_id)
            deal = wanted.opportunity_id
        elif wanted.makes_opportunity:
            body: dict[str, Json] = {
                "Name": wanted.opportunity_name or lead["Company"],
                "AccountId": account,
                "OwnerId": owner,
                "StageName": self._first_stage(),
                "CloseDate": _end_of_quarter(self._database.clock.now().date()).isoformat(),
                "LeadSource": lead.get("LeadSource"),
                "CampaignId": self._last_campaign(str(lead["Id"])),
            }
            body |= self._mapped(lead, "Opportunity")
            deal = self._filled_or_new("Opportunity", None, body, context)
        else:
            return None
        role: dict[str, Json] = {"OpportunityId": deal, "ContactId": contact, "IsPrimary": True}
        self._saver.create(self._spec("OpportunityContactRole"), role, context)
        return deal

    def _mapped(self, lead: Row, sobject: str) -> dict[str, Json]:
        """Give the custom fields that the org's lead mapping sends to an object."""
        return {
            field: lead.get(name)
            for name, (target, field) in self._rules.lead_map.items()
            if target == sobject and lead.get(name) is not None
        }

    def _first_stage(self) -> Value:
        rows = self._database.table("OpportunityStage").rows.values()
        open_ones = [one for one in rows if one.get("IsActive") and not one.get("IsClosed")]
        first = min(open_ones, key=lambda one: (int(one.get("SortOrder") or 0), str(one["Id"])))
        return first.get("ApiName")

    def _last_campaign(self, lead_id: str) -> Value:
        """Give the campaign the lead was added to last."""
        table = self._database.table("CampaignMember")
        rows = [table.rows[one] for one in table.holders("LeadId", lead_id)]
        if not rows:
            return None
        newest = max(rows, key=lambda one: (str(one["CreatedDate"]), str(one["Id"])))
        return newest.get("CampaignId")

    def _move_ties(self, lead_id: str, contact: str, what: str, context: WriteContext) -> None:
        """Let activities and memberships follow the lead."""
        for name in ("Task", "Event"):
            table = self._database.table(name)
            for activity_id in table.holders("WhoId", lead_id):
                row = table.rows[activity_id] | {"WhoId": contact}
                row.setdefault("WhatId", what)
                self._behaviours[name].complete(table.rows[activity_id], row, {})
                kept: Row = {key: value for key, value in row.items() if value is not None}
                self._touch(table.spec, kept, context)
        members = self._behaviours["CampaignMember"]
        if isinstance(members, Members):
            members.after_conversion(lead_id, contact, context)

    def _filled_or_new(
        self, name: str, record_id: str | None, body: dict[str, Json], context: WriteContext
    ) -> str:
        """Create a record, or fill what is empty in one that exists."""
        spec = self._spec(name)
        if record_id is None:
            given = {
                key: value
                for key, value in body.items()
                if value is not None and spec.known(key) is not None
            }
            return self._saver.create(spec, given, context)
        row = self._live(spec, record_id)
        blank = {n: v for n, v in body.items() if row.get(n) is None and v not in (None, False)}
        if blank:
            self._saver.update(spec, record_id, blank, context)
        return record_id

    def _spec(self, name: str) -> ObjectSpec:
        return self._database.table(name).spec

    def _live(self, spec: ObjectSpec, record_id: str) -> Row:
        row = self._database.table(spec.name).rows.get(record_id)
        if row is None:
            raise invalid_cross_reference()
        if row.get("IsDeleted"):
            raise entity_is_deleted()
        return row

    def _touch(self, spec: ObjectSpec, row: Row, context: WriteContext) -> Row:
        stamp = context.stamp or self._database.now
        stamped = row | {"SystemModstamp": stamp}
        if not context.by_automation:
            stamped |= {"LastModifiedDate": stamp, "LastModifiedById": context.user_id}
        self._database.put(spec, str(row["Id"]), stamped)
        return stamped


def _end_of_quarter(day: date) -> date:
    month = (day.month + 2) // 3 * 3
    first_after = date(day.year + month // 12, month % 12 + 1, 1)
    return first_after - timedelta(days=1)
