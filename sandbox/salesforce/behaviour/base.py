"""What a behaviour may do, and when."""

from __future__ import annotations

from typing import ClassVar

from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.database import Database
from sandbox.salesforce.model import ObjectSpec, Row
from sandbox.salesforce.stamps import audit_values
from sandbox.salesforce.switches import Switches

__all__ = ["Behaviour"]


class Behaviour:
    """One object's own ways; by itself it does nothing."""

    sobject: ClassVar[str] = ""

    def __init__(self, database: Database, switches: Switches) -> None:
        """Work on one org."""
        self.database = database
        self.switches = switches

    def complete(self, before: Row, row: Row, values: Row) -> None:
        """Set in `row` what follows from its values; `values` were written just now.

        Seeds are completed too, once all of them are there.
        """

    def check(self, before: Row, row: Row, context: WriteContext) -> None:
        """Refuse a record that the platform would not store; may put right what it would."""

    def saved(self, before: Row, row: Row, context: WriteContext) -> None:
        """Do what the platform does to other records after a save."""

    def check_delete(self, row: Row) -> None:
        """Refuse to delete what the platform would keep."""

    def _spec(self, name: str | None = None) -> ObjectSpec:
        return self.database.table(name or self.sobject).spec

    def _stamp(self, spec: ObjectSpec, row: Row, context: WriteContext) -> None:
        """Store another record's change, stamped as the save that caused it."""
        stamp = context.stamp or self.database.now
        stamped = {**row, "SystemModstamp": stamp}
        if not context.by_automation:
            stamped |= {"LastModifiedDate": stamp, "LastModifiedById": context.user_id}
        self.database.put(spec, str(row["Id"]), stamped)

    def _insert(self, spec: ObjectSpec, values: Row, context: WriteContext) -> str:
        """Store a record that the platform makes by itself."""
        stamp = context.stamp or self.database.now
        record_id = self.database.mint.next_id(spec.prefix)
        audit = audit_values(spec, stamp, context.user_id)
        kept = {name: value for name, value in values.items() if value is not None}
        self.database.put(spec, record_id, {"Id": record_id, **kept, **audit})
        return record_id
