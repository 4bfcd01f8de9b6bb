"""What ends or moves a record: delete, restore, purge, merge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sandbox.jsontypes import Json
from sandbox.salesforce.behaviour import Behaviour
from sandbox.salesforce.behaviour.members import Members
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import (
    ApiError,
    converted_lead,
    entity_is_deleted,
    invalid_cross_reference,
)
from sandbox.salesforce.model import ObjectSpec, OnParentDelete, Row
from sandbox.salesforce.rules import Switches
from sandbox.salesforce.saving import Saver, WriteContext

__all__ = ["CASCADED_WITH", "Lifecycle"]

CASCADED_WITH = "~deleted_with"
"""Kept in a row that went to the bin with its parent; no field has such a name."""


class Lifecycle:
    """Deletes, restores and merges records of one org."""

    def __init__(
        self,
        database: Database,
        saver: Saver,
        switches: Switches,
        behaviours: Mapping[str, Behaviour],
    ) -> None:
        """Work on one org's records, saving through its rules."""
        self._database = database
        self._saver = saver
        self._switches = switches
        self._behaviours = behaviours
        self._cleared: dict[str, list[tuple[ObjectSpec, str, str]]] = defaultdict(list)

    def delete(self, spec: ObjectSpec, record_id: str, context: WriteContext) -> None:
        """Put a record in the recycle bin, and its dependent children with it."""
        row = self._live(spec, record_id)
        if not spec.deletable:
            raise ApiError("INSUFFICIENT_ACCESS_OR_READONLY", f"{spec.name} cannot be deleted")
        behaviour = self._behaviours.get(spec.name)
        if behaviour is not None:
            behaviour.check_delete(row)
        if "IsDeleted" not in spec.fields:
            # Such objects have no recycle bin.
            self.purge(spec, record_id)
            return
        self._to_bin(spec, record_id, context, root=None)

    def restore(self, spec: ObjectSpec, record_id: str) -> None:
        """Bring a record and the children deleted with it back from the recycle bin."""
        row = self._database.table(spec.name).rows.get(record_id)
        if row is None or not row.get("IsDeleted"):
            raise ApiError("UNDELETE_FAILED", "Entity is not in the recycle bin", fields=())
        if not spec.undeletable:
            raise ApiError("UNDELETE_FAILED", f"{spec.name} cannot be undeleted", fields=())
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
            if self._outlives(child, name):
                continue
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
        winner = self._live(spec, winner_id)
        for loser_id in loser_ids:
            loser = self._live(spec, loser_id)
            if winner.get("IsConverted") or loser.get("IsConverted"):
                raise converted_lead()
            self._check_cycle(spec, winner, loser_id)
            self._move_children(spec, loser_id, winner_id, context)
            loser = self._live(spec, loser_id)
            gone: Row = {"IsDeleted": True, "MasterRecordId": winner_id}
            self._touch(spec, loser | gone, context)
        self._saver.update(spec, winner_id, fields, context)

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

    def _check_cycle(self, spec: ObjectSpec, winner: Row, loser_id: str) -> None:
        """Refuse to make a record its own parent, if the switch says so."""
        own = (field for field in spec.fields.values() if field.refers_to == (spec.name,))
        points_at = [f.name for f in own if winner.get(f.name) == loser_id]
        if points_at and self._switches.merge_cycle_fails:
            raise ApiError(
                "MERGE_FAILED",
                f"merging these records would make {points_at[0]} point at the record itself",
                fields=(),
            )

    def _to_bin(
        self, spec: ObjectSpec, record_id: str, context: WriteContext, *, root: str | None
    ) -> None:
        for child, child_id, name, fate in self._children(spec, record_id):
            row = self._database.table(child.name).live(child_id)
            if row is None or self._outlives(child, name):
                continue
            if fate is OnParentDelete.CASCADE and "IsDeleted" in child.fields:
                self._to_bin(child, child_id, context, root=record_id)
            else:
                self._cleared[record_id].append((child, child_id, name))
                self._touch(child, _without(row, name))
        gone = self._live(spec, record_id) | {"IsDeleted": True}
        if root is not None:
            gone[CASCADED_WITH] = root
        self._touch(spec, gone, context)

    def _outlives(self, child: ObjectSpec, name: str) -> bool:
        """Say whether a contact role stays when its contact goes, which is a switch."""
        is_role = child.name == "OpportunityContactRole" and name == "ContactId"
        return is_role and self._switches.roles_outlive_contacts

    def _from_bin(self, spec: ObjectSpec, row: Row) -> None:
        gone = ["IsDeleted", CASCADED_WITH]
        if self._switches.undelete_clears_master:
            gone.append("MasterRecordId")
        self._touch(spec, _without(row, *gone))

    def _move_children(
        self, spec: ObjectSpec, old_id: str, new_id: str, context: WriteContext
    ) -> None:
        members = self._behaviours["CampaignMember"]
        for child, child_id, name, _ in self._children(spec, old_id):
            row = self._database.table(child.name).rows[child_id]
            if row.get("IsDeleted"):
                continue
            if (
                isinstance(members, Members)
                and child.name == members.sobject
                and members.merged(name, row, new_id, context)
            ):
                continue
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
