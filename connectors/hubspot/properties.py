"""HubSpot's properties, made through its API where a project wants fields of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from connectors.flags import flag
from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import SYSTEM, fault_of_answer
from connectors.hubspot.schema import object_shape
from connectors.hubspot.settings import HubSpotSettings
from connectors.limits import Budget
from sync.domain.errors import DuplicateRejectedError
from sync.domain.new_fields import FieldMaker, Made, NewField
from sync.domain.schema import FieldKind

__all__ = ["PropertyMaker", "connect_properties"]

#: HubSpot's type and widget for each kind a project's own fields can be of.
_TYPES = {
    FieldKind.TEXT: ("string", "text"),
    FieldKind.NUMBER: ("number", "number"),
    FieldKind.MONEY: ("number", "number"),
    FieldKind.DATE: ("date", "date"),
    FieldKind.DATETIME: ("datetime", "date"),
    FieldKind.CHOICE: ("enumeration", "select"),
}

#: The group of properties that every portal has for an object.
_GROUPS = {
    "contacts": "contactinformation",
    "companies": "companyinformation",
    "deals": "dealinformation",
}


def connect_properties(
    settings: HubSpotSettings, *, sleep: Callable[[float], None] = time.sleep
) -> FieldMaker:
    """Build the maker of one portal's properties; nothing is called yet."""
    budget = Budget(SYSTEM, leave=settings.leave, sleep=sleep)
    client = HubSpotClient(settings, budget=budget, sleep=sleep, clock=lambda: datetime.now(UTC))
    return PropertyMaker(client)


class PropertyMaker:
    """Makes properties in one portal, behind the `FieldMaker` port."""

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def make_field(self, field: NewField) -> Made:
        """Make a property unless it is there; asking twice makes one."""
        answer = self._client.create_property(field.object_name, _definition(field))
        if answer.good:
            # One that was archived comes back as it was: unique or not is decided once.
            return Made.MADE if _is_fit(answer.body, field) else Made.UNFIT
        fault = fault_of_answer(answer, _operation(field))
        if isinstance(fault, DuplicateRejectedError):
            return self._look_at(field)
        assert fault is not None
        raise fault

    def close(self) -> None:
        """Give back connections."""
        self._client.close()

    def _look_at(self, field: NewField) -> Made:
        """Tell whether the property that has the name already will do."""
        found: Answer = self._client.properties(field.object_name)
        mine = next((one for one in found.results if one.get("name") == field.name), None)
        return Made.THERE if mine is not None and _is_fit(mine, field) else Made.UNFIT


def _operation(field: NewField) -> Operation:
    return Operation(name="make a property of", object_name=field.object_name, writes=True)


def _definition(field: NewField) -> Json:
    kind, widget = _TYPES[field.kind]
    definition = {
        "name": field.name,
        "label": field.label,
        "description": field.description,
        "type": kind,
        "fieldType": widget,
        "groupName": _GROUPS.get(field.object_name, f"{field.object_name}_information"),
        "hasUniqueValue": field.unique,
    }
    options = [
        {"label": one.label, "value": one.value, "displayOrder": order, "hidden": False}
        for order, one in enumerate(field.options)
    ]
    return definition | ({"options": options} if options else {})


def _is_fit(definition: Json, field: NewField) -> bool:
    """Tell whether a property as HubSpot has it is what was asked for."""
    shapes = object_shape(field.object_name, [definition]).fields
    shape = shapes.get(field.name)
    if shape is None or not shape.updatable:
        return False
    wanted = {FieldKind.NUMBER, FieldKind.MONEY} if field.kind is FieldKind.MONEY else {field.kind}
    return shape.kind in wanted and (flag(definition.get("hasUniqueValue")) or not field.unique)
