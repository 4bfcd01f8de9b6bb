from __future__ import annotations

import pytest

from connectors.hubspot.schema import object_shape
from sync.domain.schema import FieldKind, Option


def field(object_name="contacts", name="a_field", **definition):
    shape = object_shape(object_name, [{"name": name, "label": "A field", **definition}])
    return shape.fields[name]


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ({"type": "string", "fieldType": "text"}, FieldKind.TEXT),
        ({"type": "string", "fieldType": "textarea"}, FieldKind.MULTILINE),
        ({"type": "string", "fieldType": "phonenumber"}, FieldKind.PHONE),
        ({"type": "phone_number", "fieldType": "phonenumber"}, FieldKind.PHONE),
        ({"type": "number", "fieldType": "number"}, FieldKind.NUMBER),
        (
            {"type": "number", "fieldType": "number", "numberDisplayHint": "percentage"},
            FieldKind.PERCENT,
        ),
        ({"type": "number", "fieldType": "number", "showCurrencySymbol": True}, FieldKind.MONEY),
        ({"type": "bool", "fieldType": "booleancheckbox"}, FieldKind.BOOLEAN),
        ({"type": "enumeration", "fieldType": "booleancheckbox"}, FieldKind.BOOLEAN),
        ({"type": "enumeration", "fieldType": "select"}, FieldKind.CHOICE),
        ({"type": "enumeration", "fieldType": "checkbox"}, FieldKind.CHOICES),
        ({"type": "date", "fieldType": "date"}, FieldKind.DATE),
        ({"type": "datetime", "fieldType": "date"}, FieldKind.DATETIME),
        ({"type": "json", "fieldType": "text"}, FieldKind.OTHER),
        ({"type": "something_new", "fieldType": "widget"}, FieldKind.OTHER),
    ],
)
def test_type_and_widget_make_the_kind(definition, kind):
    assert field(**definition).kind is kind


def test_percentages_are_stored_as_fractions():
    shown = {"type": "number", "fieldType": "number", "numberDisplayHint": "percentage"}

    assert field(**shown).percent_as_fraction
    assert not field(type="number", fieldType="number").percent_as_fraction


def test_email_of_contacts_is_unique_and_folds_case():
    email = field(name="email", type="string", fieldType="text")

    assert (email.kind, email.unique, email.folds_case) == (FieldKind.EMAIL, True, True)


def test_email_of_other_objects_is_a_text():
    email = field("companies", "email", type="string", fieldType="text")

    assert (email.kind, email.unique, email.folds_case) == (FieldKind.TEXT, False, False)


def test_owner_refers_to_owners():
    owner = field(
        type="enumeration", fieldType="select", externalOptions=True, referencedObjectType="OWNER"
    )

    assert (owner.kind, owner.refers_to) == (FieldKind.REFERENCE, ("owners",))


@pytest.mark.parametrize(
    "rule", [{"modificationMetadata": {"readOnlyValue": True}}, {"calculated": True}]
)
def test_values_hubspot_makes_itself_take_no_writes(rule):
    shape = field(type="string", fieldType="text", **rule)

    assert not shape.creatable
    assert not shape.updatable


def test_own_unique_property_is_unique():
    assert field(type="string", fieldType="text", hasUniqueValue=True).unique


def test_options_stand_in_their_order_and_hidden_ones_are_not_active():
    options = [
        {"value": "other", "label": "Other", "displayOrder": -1, "hidden": False},
        {"value": "customer", "label": "Customer", "displayOrder": 1, "hidden": False},
        {"value": "lead", "label": "Lead", "displayOrder": 0, "hidden": True},
    ]
    stage = field(type="enumeration", fieldType="radio", options=options)

    assert stage.restricted
    assert stage.options == (
        Option("lead", "Lead", active=False),
        Option("customer", "Customer"),
        Option("other", "Other"),
    )


def test_archived_properties_are_not_there():
    shape = object_shape("contacts", [{"name": "old", "type": "string", "archived": True}])

    assert shape.fields == {}


def test_deal_needs_name_and_stage():
    name = field("deals", "dealname", type="string", fieldType="text")

    assert name.required
    assert not field("contacts", "dealname", type="string", fieldType="text").required


def test_describe_reads_all_definitions_in_one_call(wire, crm):
    definition = {"name": "city", "label": "City", "type": "string", "fieldType": "text"}
    wire.on("GET", "/crm/v3/properties/contacts", (200, {"results": [definition]}))

    shape = crm.describe("contacts")

    assert shape.fields["city"].length == 65_536
    assert len(wire.requests) == 1
