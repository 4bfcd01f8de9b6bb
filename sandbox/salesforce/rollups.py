"""Totals over children, kept as rows are stored; they move no stamp."""

from __future__ import annotations

from functools import partial

from sandbox.salesforce.database import Database
from sandbox.salesforce.model import FieldSpec, ObjectSpec, RollUp, Row, Value

__all__ = ["Totals"]


class Totals:
    """Keeps every roll-up field of the org."""

    def __init__(self, database: Database) -> None:
        """Follow the children of all roll-ups there are."""
        self._database = database
        self._followed: set[tuple[str, str]] = set()
        for spec in list(database.schema):
            for field in list(spec.fields.values()):
                self.add(spec, field)

    def add(self, spec: ObjectSpec, field: FieldSpec) -> None:
        """Keep a field's total from now on, if it is one; the child object must be there."""
        key = (spec.name, field.name)
        if field.roll_up is None or key in self._followed:
            return
        if not self._database.schema.has(field.roll_up.child):
            raise ValueError(f"{field.name} rolls up {field.roll_up.child}, which is no object")
        self._followed.add(key)
        follow = partial(self._child_stored, spec, field.name, field.roll_up)
        self._database.follow(field.roll_up.child, follow)
        self._database.follow(spec.name, partial(self._parent_stored, spec, field))
        for row in list(self._database.table(spec.name).rows.values()):
            self._parent_stored(spec, field, None, row)

    def _child_stored(
        self, spec: ObjectSpec, name: str, roll_up: RollUp, before: Row | None, row: Row | None
    ) -> None:
        was, now = roll_up.share(before), roll_up.share(row)
        if was == now:
            return
        for share, sign in ((was, -1), (now, 1)):
            if share is not None:
                parent_id, amount = share
                parent = self._database.table(spec.name).rows.get(parent_id)
                if parent is not None:
                    self._move(spec, name, parent, sign * amount)

    def _move(self, spec: ObjectSpec, name: str, parent: Row, by: float) -> None:
        if not by:
            return
        held = parent.get(name)
        total = (held if isinstance(held, (int, float)) else 0) + by
        field = spec.known(name)
        shown: Value = int(total) if field is not None and field.scale == 0 else round(total, 6)
        if field is not None and field.roll_up is not None and field.roll_up.sum_of:
            shown = round(total, 6)
        self._database.put(spec, str(parent["Id"]), parent | {name: shown})

    def _parent_stored(
        self, spec: ObjectSpec, field: FieldSpec, before: Row | None, row: Row | None
    ) -> None:
        """Count from scratch for a parent that is new; its children may be there already."""
        if before is not None or row is None or field.roll_up is None:
            return
        roll_up = field.roll_up
        children = self._database.table(roll_up.child)
        shares = [
            share
            for one in children.holders(roll_up.reference, row["Id"])
            if (share := roll_up.share(children.rows[one])) is not None
        ]
        total = sum(amount for _, amount in shares)
        shown: Value = float(total) if roll_up.sum_of else int(total)
        stored = self._database.table(spec.name).rows[str(row["Id"])]
        if stored.get(field.name) != shown:
            self._database.put(spec, str(row["Id"]), stored | {field.name: shown})
