"""One field of every type between both CRMs, from what each says of it and what each sends.

`HUBSPOT` and `SALESFORCE` hold fields as the two describe them, by a short name; a `TypedField`
reads what they really send (JSON) and gives what they would really be sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.hubspot.schema import object_shape as hubspot_shape
from connectors.hubspot.values import native_of, wire_of
from connectors.salesforce.schema import object_shape as salesforce_shape
from connectors.salesforce.values import to_native, to_wire
from mappings.bind import bind
from sync.domain.merge import FieldView, SideView, Verdict, link_field
from sync.domain.record import Native, Side
from sync.domain.rules import Carried, Codec, FieldRule, FirstSync, Trouble
from sync.domain.schema import FieldShape, ObjectShape
from tests.unit.mappings.shapes import pair_of

__all__ = ["HUBSPOT", "SALESFORCE", "USUAL", "TypedField", "typed"]


def _options(*values: str, **labelled: str) -> list[dict[str, object]]:
    pairs = [*((value, value) for value in values), *labelled.items()]
    return [{"value": value, "label": label, "hidden": False} for value, label in pairs]


def _property(kind: str, widget: str, **more: object) -> dict[str, object]:
    return {"type": kind, "fieldType": widget, **more}


#: Properties as HubSpot's definitions say them.
HUBSPOT: Mapping[str, dict[str, object]] = {
    "text": _property("string", "text"),
    "textarea": _property("string", "textarea"),
    "phone": _property("string", "phonenumber"),
    "phone_number": _property("phone_number", "phonenumber"),
    "number": _property("number", "number", numberDisplayHint="formatted"),
    "money": _property("number", "number", showCurrencySymbol=True),
    "percent": _property("number", "number", numberDisplayHint="percentage"),
    "bool": _property("bool", "booleancheckbox"),
    "checkbox": _property(
        "enumeration", "booleancheckbox", options=_options(true="Yes", false="No")
    ),
    "yes_no": _property("enumeration", "radio", options=_options(Y="Yes", N="No")),
    "labelled": _property("enumeration", "radio", options=_options(option_1="Yes", option_2="No")),
    "places": _property(
        "enumeration", "select", options=_options(a1="Germany", a2="Austria", a3="Elsewhere")
    ),
    "date": _property("date", "date"),
    "datetime": _property("datetime", "date"),
    "level": _property("enumeration", "select", options=_options("exec", "vp", "manager")),
    "topics": _property("enumeration", "checkbox", options=_options("Fair", "Mail", "Web")),
    "country": _property(
        "enumeration", "select", options=_options("Germany", "Austria", "United States")
    ),
}


def _picklist(*values: str, restricted: bool = True, **labelled: str) -> dict[str, object]:
    pairs = [*((value, value) for value in values), *labelled.items()]
    return {
        "type": "picklist",
        "length": 255,
        "restrictedPicklist": restricted,
        "picklistValues": [{"value": one, "label": name, "active": True} for one, name in pairs],
    }


#: Fields as Salesforce's describe says them.
SALESFORCE: Mapping[str, dict[str, object]] = {
    "text": {"type": "string", "length": 40},
    "textarea": {"type": "textarea", "length": 60},
    "email": {"type": "email", "length": 80},
    "phone": {"type": "phone", "length": 40},
    "url": {"type": "url", "length": 255},
    "double": {"type": "double", "precision": 9, "scale": 3},
    "whole": {"type": "double", "precision": 18, "scale": 0},
    "int": {"type": "int", "digits": 8},
    "currency": {"type": "currency", "precision": 18, "scale": 2},
    "yen": {"type": "currency", "precision": 18, "scale": 0},
    "percent": {"type": "percent", "precision": 5, "scale": 2},
    "boolean": {"type": "boolean"},
    "date": {"type": "date"},
    "datetime": {"type": "datetime"},
    "level": _picklist("C-Level", "Manager", "Specialist"),
    "open_level": _picklist("C-Level", "Manager", restricted=False),
    "topics": {**_picklist("Fair", "Mail", "Web"), "type": "multipicklist", "length": 4099},
    "country": _picklist(DE="Germany", AT="Austria", US="United States"),
}

#: The two fields each type stands between as a rule.
USUAL: Mapping[str, tuple[str, str]] = {
    "text": ("text", "text"),
    "multiline": ("textarea", "textarea"),
    "email": ("email", "email"),
    "phone": ("phone", "phone"),
    "url": ("text", "url"),
    "domain": ("text", "url"),
    "number": ("number", "double"),
    "integer": ("number", "int"),
    "money": ("money", "currency"),
    "percent": ("percent", "percent"),
    "boolean": ("bool", "boolean"),
    "date": ("date", "date"),
    "datetime": ("datetime", "datetime"),
    "choice": ("level", "level"),
    "choices": ("topics", "topics"),
    "country": ("text", "country"),
    "opt_out": ("bool", "boolean"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedField:
    """A field of one type, mapped both ways between a HubSpot contact and a Salesforce lead.

    `required` is what a new lead gets where the value is blank and the field has `if_blank`.
    """

    rule: FieldRule
    shape: FieldShape
    required: Native

    @property
    def codec(self) -> Codec:
        """Give the field's codec."""
        return self.rule.codec

    def native(self, side: Side, wire: Any) -> Native:
        """Give what the connector makes of a value as the CRM sends it."""
        if side is Side.LEFT:
            return native_of(wire)
        return to_native(self.shape, json.loads(json.dumps(wire), parse_float=Decimal))

    def canonical(self, side: Side, wire: Any, region: str | None = None) -> Native:
        """Give what the team calls a value that a CRM sends."""
        return self.codec.canonical(side, self.native(side, wire), region=region)

    def normal(self, side: Side, wire: Any, region: str | None = None) -> Native:
        """Give a side's own one form of a value it sends."""
        return self.codec.normal(side, self.native(side, wire), region=region)

    def carried(self, origin: Side, wire: Any, region: str | None = None) -> Carried:
        """Give a value that a CRM sends as the other side will store it."""
        target = "Lead" if origin is Side.LEFT else "contacts"
        value = self.native(origin, wire)
        return self.codec.carry(origin, value, object_name=target, region=region)

    def sent(self, origin: Side, wire: Any, region: str | None = None) -> Any:
        """Give what the other CRM is sent for a value of this one; the code of a trouble."""
        carried = self.carried(origin, wire, region)
        if isinstance(carried, Trouble):
            return carried.code
        if origin is Side.RIGHT:
            return wire_of(carried)
        made = to_wire(self.shape, carried)
        return float(made) if isinstance(made, Decimal) else made

    def agree(self, left: Any, right: Any) -> bool:
        """Tell whether a first linking finds nothing to do between two values as they are sent."""
        view = FieldView(
            left=SideView(object_name="contacts", now=self.native(Side.LEFT, left)),
            right=SideView(object_name="Lead", now=self.native(Side.RIGHT, right)),
        )
        decision = link_field(self.rule, view, first_sync=FirstSync.HOLD)
        return decision.verdict is Verdict.NOTHING and decision.settled


@lru_cache(maxsize=256)
def typed(
    kind: str | None,
    *,
    hubspot: str = "",
    salesforce: str = "",
    more: str = "",
    region: str = "",
    zone: str = "UTC",
) -> TypedField:
    """Map a field of a type; the fields are the usual ones where none are named.

    `more` holds further keys of the field; `zone` is where HubSpot's days begin.
    """
    usual = USUAL.get(kind or "", ("", ""))
    left, right = hubspot or usual[0], salesforce or usual[1]
    keys = ", ".join(part for part in (f"type: {kind}" if kind else "", more) if part)
    # HubSpot's only address field is the contact's `email`; it is a text to its schema.
    name = "email" if left == "email" else "x"
    text = (
        "pair: contacts\nhubspot: contacts\nsalesforce: Lead\nfirst_sync: hold\n"
        "match: [id]\ncreate: {salesforce: {}, hubspot: {}}\n"
        + (f"defaults: {{region: {region}}}\n" if region else "")
        + "fields:\n  id: id_text <-> Id_Text__c\n"
        + f"  x: {{map: {name} <-> X__c{', ' + keys if keys else ''}}}\n"
    )
    org = _org(right, required="if_blank" in more)
    portal = _portal(name, "text" if left == "email" else left, zone)
    pair = bind(pair_of(text), portal, org)
    required = pair.required_values(Side.RIGHT, "Lead").get("x")
    return TypedField(rule=pair.rule("x"), shape=org["Lead"].fields["X__c"], required=required)


def _portal(name: str, which: str, zone: str) -> dict[str, ObjectShape]:
    definitions: list[Any] = [
        {"name": "id_text", "label": "Id", **HUBSPOT["text"]},
        {"name": name, "label": "X", **HUBSPOT[which]},
    ]
    return {"contacts": replace(hubspot_shape("contacts", definitions), zone=zone)}


def _org(which: str, *, required: bool) -> dict[str, ObjectShape]:
    access = {"label": "X", "createable": True, "updateable": True}
    fields = [
        {"name": "X__c", **access, "nillable": not required, **SALESFORCE[which]},
        {"name": "Id_Text__c", **access, "nillable": True, **SALESFORCE["text"]},
    ]
    return {"Lead": salesforce_shape({"name": "Lead", "label": "Lead", "fields": fields})}
