"""Campaign members: one row a campaign and person, which repeats what the person's record says."""

from __future__ import annotations

from typing import ClassVar

from sandbox.salesforce.behaviour.base import Behaviour
from sandbox.salesforce.behaviour.campaigns import statuses_of
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, bad_picklist_value
from sandbox.salesforce.model import Row, Value
from sandbox.salesforce.switches import MemberAfterConversion, Switches, UnknownMemberStatus

__all__ = ["Members"]

_OF_PERSON = (
    "Salutation FirstName LastName Name Title Email Phone Fax MobilePhone Description DoNotCall "
    "HasOptedOutOfEmail HasOptedOutOfFax LeadSource"
).split()
_OF_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_WATCHED = {
    "Lead": (*_OF_PERSON, *_OF_ADDRESS, "Company", "OwnerId"),
    "Contact": (*_OF_PERSON, *(f"Mailing{one}" for one in _OF_ADDRESS), "AccountId", "OwnerId"),
}


class Members(Behaviour):
    """Status decides whether a member has responded; unknown statuses are a switch."""

    sobject: ClassVar[str] = "CampaignMember"

    def __init__(self, database: Database, switches: Switches) -> None:
        """Follow leads and contacts from now on."""
        super().__init__(database, switches)
        database.follow("Lead", lambda before, row: self._person_changed("Lead", before, row))
        database.follow("Contact", lambda before, row: self._person_changed("Contact", before, row))
        database.follow("Account", self._account_changed)

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Settle the status, what it means, and the person's columns."""
        statuses = statuses_of(self, row.get("CampaignId"))
        default = next((one for one in statuses if one.get("IsDefault")), None)
        if row.get("Status") is None and default is not None:
            row["Status"] = default.get("Label")
        status = _named(statuses, row.get("Status"))
        if status is None and default is not None and row.get("Status") != before.get("Status"):
            if self.switches.unknown_member_status is UnknownMemberStatus.DEFAULT:
                row["Status"], status = default.get("Label"), default
        elif status is not None:
            row["Status"] = status.get("Label")
        row["HasResponded"] = bool(status and status.get("HasResponded"))
        if row["HasResponded"] and row.get("FirstRespondedDate") is None:
            row["FirstRespondedDate"] = str(row.get("LastModifiedDate") or self.database.now)[:10]
        row |= self._columns(row)

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse a member without a person, a second one of the same person, an unknown status."""
        if not before:
            self._check_person(row)
        known = _named(statuses_of(self, row.get("CampaignId")), row.get("Status"))
        refuses = self.switches.unknown_member_status is UnknownMemberStatus.REFUSE
        if refuses and known is None:
            raise bad_picklist_value("Status", str(row.get("Status")), "Status")

    def after_conversion(self, lead_id: str, contact_id: str, context: WriteContext) -> None:
        """Let a converted lead's memberships follow it, as the switch says."""
        how = self.switches.member_after_conversion
        if how is MemberAfterConversion.STAYS:
            return
        for row in self._of("LeadId", lead_id):
            if self._has(row.get("CampaignId"), "ContactId", contact_id):
                self._stamp(self._spec(), {**row, "IsDeleted": True}, context)
                continue
            moved: Row = {**row, "ContactId": contact_id}
            if how is MemberAfterConversion.MOVES:
                moved.pop("LeadId")
            self._stamp(self._spec(), self._with_columns(moved), context)

    def merged(self, name: str, member: Row, winner_id: str, context: WriteContext) -> bool:
        """Say whether a loser's membership goes because the winner has one of its own."""
        if not self._has(member.get("CampaignId"), name, winner_id):
            return False
        self._stamp(self._spec(), {**member, "IsDeleted": True}, context)
        return True

    def _check_person(self, row: Row) -> None:
        # Both may be sent: the contact alone is kept, as the object's reference says.
        if row.get("ContactId") is not None:
            row["LeadId"] = None
        name = "ContactId" if row.get("ContactId") is not None else "LeadId"
        if row.get(name) is None:
            raise ApiError(
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [LeadId]",
                fields=("LeadId",),
            )
        if self._has(row.get("CampaignId"), name, row[name]):
            raise ApiError("DUPLICATE_VALUE", "Already a campaign member.", fields=())

    def _has(self, campaign_id: Value, name: str, person_id: Value) -> bool:
        return any(one.get("CampaignId") == campaign_id for one in self._of(name, person_id))

    def _of(self, name: str, person_id: Value) -> list[Row]:
        table = self.database.table(self.sobject)
        return [table.rows[one] for one in table.holders(name, person_id)]

    def _columns(self, row: Row) -> Row:
        person_id = row.get("ContactId") or row.get("LeadId")
        found = None if person_id is None else self.database.row_of(str(person_id))
        if found is None:
            return {}
        spec, person = found
        is_contact = spec.name == "Contact"
        columns: Row = {name: person.get(name) for name in _OF_PERSON}
        lead = "Mailing" if is_contact else ""
        columns |= {name: person.get(f"{lead}{name}") for name in _OF_ADDRESS}
        company = self._account_name(person) if is_contact else person.get("Company")
        return columns | {
            "CompanyOrAccount": company,
            "Type": spec.name,
            "LeadOrContactId": person_id,
            "LeadOrContactOwnerId": person.get("OwnerId"),
        }

    def _account_name(self, person: Row) -> Value:
        account_id = person.get("AccountId")
        if account_id is None:
            return None
        row = self.database.table("Account").rows.get(str(account_id))
        return None if row is None else row.get("Name")

    def _person_changed(self, sobject: str, before: Row | None, row: Row | None) -> None:
        if before is None or row is None:
            return
        if any(before.get(name) != row.get(name) for name in _WATCHED[sobject]):
            self._refresh(f"{sobject}Id", str(row["Id"]))

    def _account_changed(self, before: Row | None, row: Row | None) -> None:
        if before is None or row is None or before.get("Name") == row.get("Name"):
            return
        for contact_id in self.database.table("Contact").holders("AccountId", row["Id"]):
            self._refresh("ContactId", contact_id)

    def _refresh(self, name: str, person_id: str) -> None:
        """Copy a person's columns anew; no stamp moves, nobody wrote the member."""
        for member in self._of(name, person_id):
            self.database.put(self._spec(), str(member["Id"]), self._with_columns(member))

    def _with_columns(self, member: Row) -> Row:
        changed = member | self._columns(member)
        return {key: value for key, value in changed.items() if value is not None}


def _named(statuses: list[Row], label: Value) -> Row | None:
    wanted = str(label).casefold()
    return next((one for one in statuses if str(one.get("Label")).casefold() == wanted), None)
