"""Checking of a write before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.hubspot.errors import (
    ApiError,
    PropertyProblem,
    contact_exists,
    properties_invalid,
)
from sandbox.hubspot.opt_outs import OPT_OUT
from sandbox.hubspot.owners import OwnerBook
from sandbox.hubspot.record import By, Record
from sandbox.hubspot.schema import ObjectSchema, PropertyDefinition
from sandbox.hubspot.switches import BackwardStage, NullValue, Switches, UniqueClash
from sandbox.hubspot.table import Table, claimed_values
from sandbox.hubspot.values import InvalidValueError, stored_form
from sandbox.jsontypes import Json

__all__ = ["Reservation", "WriteCheck"]


@dataclass(slots=True)
class Reservation:
    """Unique values that writes of the same batch have spoken for."""

    taken: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCheck:
    """Turns the properties of a write into the values to store, or refuses them."""

    schema: ObjectSchema
    table: Table
    owners: OwnerBook
    switches: Switches
    portal_id: int

    def changes(
        self, properties: Mapping[str, Json], *, record: Record | None, by: By
    ) -> dict[str, str]:
        """Give the values that differ from the record's; ApiError names all that is wrong."""
        problems: list[PropertyProblem] = []
        changes: dict[str, str] = {}
        for name, raw in properties.items():
            if raw is None and self.switches.null_value is NullValue.IGNORE:
                continue
            old = "" if record is None else record.properties.get(name, "")
            try:
                value = self._value(name, raw, old=old, by=by)
            except InvalidValueError as problem:
                problems.append(PropertyProblem(name, problem.code, problem.message))
                continue
            if value != old:
                changes[name] = value
        if problems:
            raise properties_invalid(problems, portal_id=self.portal_id)
        if by is By.API:
            self._hold_stage(changes, record)
        return changes

    def claim(
        self, changes: Mapping[str, str], *, record_id: int | None, reserved: Reservation
    ) -> None:
        """Refuse unique values that another record or an earlier write of the batch holds."""
        for name in self.schema.unique_names():
            value = changes.get(name, "")
            if not value:
                continue
            holder = self.table.holder(name, value)
            if holder is not None and holder != record_id:
                raise self._clash(name, value, holder)
            if (name, value) in reserved.taken:
                raise self._clash(name, value, holder or 0)
            reserved.taken.add((name, value))

    def free_to_return(self, record: Record) -> None:
        """Refuse to restore a record whose unique values others hold by now."""
        for name, value in claimed_values(record, self.schema.unique_names()):
            holder = self.table.holder(name, value)
            if holder is not None:
                raise self._clash(name, value, holder)

    def _value(self, name: str, raw: Json, *, old: str, by: By) -> str:
        definition = self.schema.find(name)
        if definition is None:
            raise InvalidValueError("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if by is By.API and self._is_read_only(definition):
            raise InvalidValueError(
                "READ_ONLY_VALUE",
                f'"{name}" is a read only property; its value cannot be set.',
            )
        return stored_form(definition, raw, old=old, owner_exists=self.owners.exists)

    def _is_read_only(self, definition: PropertyDefinition) -> bool:
        if definition.name == OPT_OUT:
            return not self.switches.opt_out_writable
        return definition.read_only or definition.calculated

    def _hold_stage(self, changes: dict[str, str], record: Record | None) -> None:
        """Apply the rule that a lifecycle stage only moves forward."""
        new = changes.get("lifecyclestage", "")
        old = "" if record is None else record.properties.get("lifecyclestage", "")
        if not new or not old or not self._is_backward(old, new):
            return
        match self.switches.backward_stage:
            case BackwardStage.IGNORE:
                del changes["lifecyclestage"]
            case BackwardStage.REFUSE:
                problem = PropertyProblem(
                    "lifecyclestage", "INVALID_OPTION", f"The stage cannot go back from {old}"
                )
                raise properties_invalid([problem], portal_id=self.portal_id)
            case BackwardStage.ACCEPT:
                return

    def _is_backward(self, old: str, new: str) -> bool:
        definition = self.schema.find("lifecyclestage")
        if definition is None:
            return False
        order = {option.value: option.order for option in definition.options}
        return order.get(new, 0) < order.get(old, 0)

    def _clash(self, name: str, value: str, holder: int) -> ApiError:
        if name == "email":
            return contact_exists(holder)
        told = f"{holder} already has that value."
        if self.switches.unique_clash is UniqueClash.CONFLICT:
            return ApiError(409, {"message": told, "category": "CONFLICT"})
        problem = PropertyProblem(name, "CONFLICTING_UNIQUE_VALUE", told)
        return properties_invalid([problem], portal_id=self.portal_id)
