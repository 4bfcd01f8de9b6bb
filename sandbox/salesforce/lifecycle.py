"""What ends or moves a record: delete, restore, purge, merge, conversion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.jsontypes import Json
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import (
    ApiError,
    converted_lead,
    entity_is_deleted,
    invalid_cross_reference,
)
from sandbox.salesforce.model import ObjectSpec, OnParentDelete, Row
from sandbox.salesforce.saving import Saver, WriteContext

__all__ = ["CASCADED_WITH", "Conversion", "Lifecycle"]

CASCADED_WITH = "~deleted_with"
"""Kept in a row that went to the bin with its parent; no field has such a name."""

_LEAD_TO_CONTACT = (
    "FirstName LastName Salutation Title Phone MobilePhone Fax Email LeadSource Description "
    "HasOptedOutOfEmail HasOptedOutOfFax DoNotCall"
).split()
_LEAD_TO_ACCOUNT = "Phone Fax Website Industry AnnualRevenue NumberOfEmployees Rating".split()
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country", "CountryCode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a lead became."""

    lead_id: str
    account_id: str
    contact_id: str
    opportunity_id: str | None = None


class Lifecycle:
    """Deletes, restores, merges and converts records of one org."""

    def __init__(self, database: Database, saver: Saver) -> None:
        """Work on one org's records, saving through its rules."""
        self._database = database
        self._saver = saver
        self._cleared: dict[str, list[tuple[ObjectSpec, str, str]]] = defaultdict(list)

    def delete(self, spec: ObjectSpec, record_id: str, context: WriteContext) -> None:
        """Put a record in the recycle bin, and its dependent children with it."""
        self._live(spec, record_id)
        if not spec.deletable:
            raise ApiError("INSUFFICIENT_ACCESS_OR_READONLY", f"{spec.name} cannot be deleted")
        self._to_bin(spec, record_id, context, root=None)

    def restore(self, spec: ObjectSpec, record_id: str) -> None:
        """Bring a record and the children deleted with it back from the recycle bin."""
        row = self._database.table(spec.name).rows.get(record_id)
        if row is None or not row.get("IsDeleted"):
            raise ApiError("UNDELETE_FAILED", "Entity is not in the recycle bin", fields=())
        self._from_bin(spec, row)
        for child, field in self._database.schema.children_of(spec.name):
            index = self._database.table(child.name).index(field.name)
            for child_id in sorted(index.ids(record_id)) if index else ():
                child_row = self._database.table(child.name).rows[child_id]
                if child_row.get(CASCADED_WITH) == record_id:
                    self._from_bin(child, child_row)
        for child, child_id, name in self._cleared.pop(record_id, ()):
            orphan = self._database.table(child.name).live(child_id)
            if orphan is not None and orphan.get(name) is None:
                self._touch(child, orphan | {name: record_id})

    def purge(self, spec: ObjectSpec, record_id: str) -> None:
        """Remove a record for good: no query and no list of deletions shows it again."""
        for child, child_id, name, fate in self._children(spec, record_id):
            if fate is OnParentDelete.CASCADE:
                self.purge(child, child_id)
            elif fate is OnParentDelete.CLEAR:
                row = self._database.table(child.name).rows[child_id]
                self._touch(child, _without(row, name))
        self._database.put(spec, record_id, None)
        self._database.note_purge()

    def merge(
        self,
        spec: ObjectSpec,
        winner_id: str,
        loser_ids: Sequence[str],
        *,
        fields: Mapping[str, Json],
        context: WriteContext,
    ) -> None:
        """Merge up to two records into a third, which keeps its own values but for `fields`."""
        if not spec.mergeable or not 1 <= len(loser_ids) <= 2 or winner_id in loser_ids:
            raise ApiError("MERGE_FAILED", "invalid merge request", fields=())
        self._live(spec, winner_id)
        for loser_id in loser_ids:
            self._live(spec, loser_id)
            self._move_children(spec, loser_id, winner_id)
            loser = self._live(spec, loser_id)
            gone: Row = {"IsDeleted": True, "MasterRecordId": winner_id}
            self._touch(spec, loser | gone, context)
        self._saver.update(spec, winner_id, fields, context)

    def convert(
        self,
        lead_id: str,
        *,
        status: str,
        account_id: str | None,
        contact_id: str | None,
        owner_id: str | None,
        context: WriteContext,
    ) -> Conversion:
        """Turn a lead into a contact of an account, new ones unless they are named."""
        lead_spec = self._spec("Lead")
        lead = self._live(lead_spec, lead_id)
        if lead.get("IsConverted"):
            raise converted_lead()
        if contact_id is not None and account_id is None:
            raise ApiError("REQUIRED_FIELD_MISSING", "contactId requires accountId", fields=())
        owner = owner_id or str(lead["OwnerId"])
        if owner.startswith("00G"):
            raise ApiError("INVALID_OWNER", "a lead owned by a queue needs ownerId", fields=())
        account = self._account_for(lead, account_id, owner, context)
        contact = self._contact_for(lead, contact_id, account, owner, context)
        changed: Row = {
            "IsConverted": True,
            "Status": status,
            "ConvertedDate": self._database.now[:10],
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
        }
        self._touch(lead_spec, lead | changed, context)
        return Conversion(lead_id=lead_id, account_id=account, contact_id=contact)

    def _account_for(
        self, lead: Row, account_id: str | None, owner: str, context: WriteContext
    ) -> str:
        body: dict[str, Json] = {name: lead.get(name) for name in _LEAD_TO_ACCOUNT}
        body |= {f"Billing{part}": lead.get(part) for part in _ADDRESS}
        body |= {"Name": lead["Company"], "OwnerId": owner}
        return self._filled_or_new(self._spec("Account"), account_id, body, context)

    def _contact_for(
        self, lead: Row, contact_id: str | None, account: str, owner: str, context: WriteContext
    ) -> str:
        spec = self._spec("Contact")
        if contact_id is not None and self._live(spec, contact_id).get("AccountId") != account:
            raise ApiError(
                "INVALID_CROSS_REFERENCE_KEY", "contact is not of that account", fields=()
            )
        body: dict[str, Json] = {
            name: lead.get(name, spec.fields[name].null) for name in _LEAD_TO_CONTACT
        }
        body |= {f"Mailing{part}": lead.get(part) for part in _ADDRESS}
        body |= {"AccountId": account, "OwnerId": owner}
        return self._filled_or_new(spec, contact_id, body, context)

    def _filled_or_new(
        self, spec: ObjectSpec, record_id: str | None, body: dict[str, Json], context: WriteContext
    ) -> str:
        """Create a record, or fill what is empty in one that exists."""
        if record_id is None:
            given = {name: value for name, value in body.items() if value is not None}
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
            raise invalid_cross_reference(addressed=True)
        if row.get("IsDeleted"):
            raise entity_is_deleted()
        return row

    def _children(
        self, spec: ObjectSpec, record_id: str
    ) -> list[tuple[ObjectSpec, str, str, OnParentDelete]]:
        found: list[tuple[ObjectSpec, str, str, OnParentDelete]] = []
        for child, field in self._database.schema.children_of(spec.name):
            if field.on_parent_delete is OnParentDelete.KEEP:
                continue
            for child_id in self._database.table(child.name).holders(field.name, record_id):
                found.append((child, child_id, field.name, field.on_parent_delete))
        return found

    def _to_bin(
        self, spec: ObjectSpec, record_id: str, context: WriteContext, *, root: str | None
    ) -> None:
        for child, child_id, name, fate in self._children(spec, record_id):
            row = self._database.table(child.name).live(child_id)
            if row is None:
                continue
            if fate is OnParentDelete.CASCADE:
                self._to_bin(child, child_id, context, root=record_id)
            else:
                self._cleared[record_id].append((child, child_id, name))
                self._touch(child, _without(row, name))
        gone = self._live(spec, record_id) | {"IsDeleted": True}
        if root is not None:
            gone[CASCADED_WITH] = root
        self._touch(spec, gone, context)

    def _from_bin(self, spec: ObjectSpec, row: Row) -> None:
        self._touch(spec, _without(row, "IsDeleted", "MasterRecordId", CASCADED_WITH))

    def _move_children(self, spec: ObjectSpec, old_id: str, new_id: str) -> None:
        for child, child_id, name, _ in self._children(spec, old_id):
            row = self._database.table(child.name).rows[child_id]
            if child_id == new_id:
                self._touch(child, _without(row, name))
            elif not name.startswith("Converted") and name != "MasterRecordId":
                self._touch(child, row | {name: new_id})

    def _touch(self, spec: ObjectSpec, row: Row, context: WriteContext | None = None) -> None:
        stamp = self._database.now
        stamped = row | {"SystemModstamp": stamp}
        if context is not None and not context.by_automation:
            stamped |= {"LastModifiedDate": stamp, "LastModifiedById": context.user_id}
        self._database.put(spec, str(row["Id"]), stamped)


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
