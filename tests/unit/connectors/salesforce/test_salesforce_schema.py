from __future__ import annotations

from typing import Any

import pytest

from connectors.salesforce.schema import object_shape
from sync.domain.errors import NoSuchObjectError
from sync.domain.schema import FieldKind, FieldShape, Option
from tests.unit.connectors.salesforce.conftest import described


def shape_of(**told: Any) -> FieldShape:
    return object_shape(described("Lead", X=told)).fields["X"]


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        ("string", FieldKind.TEXT),
        ("textarea", FieldKind.MULTILINE),
        ("email", FieldKind.EMAIL),
        ("phone", FieldKind.PHONE),
        ("url", FieldKind.URL),
        ("double", FieldKind.NUMBER),
        ("int", FieldKind.INTEGER),
        ("currency", FieldKind.MONEY),
        ("percent", FieldKind.PERCENT),
        ("boolean", FieldKind.BOOLEAN),
        ("date", FieldKind.DATE),
        ("datetime", FieldKind.DATETIME),
        ("picklist", FieldKind.CHOICE),
        ("combobox", FieldKind.CHOICE),
        ("multipicklist", FieldKind.CHOICES),
        ("reference", FieldKind.REFERENCE),
        ("a type of next year", FieldKind.OTHER),
    ],
)
def test_type_becomes_our_kind(wire: str, kind: FieldKind) -> None:
    assert shape_of(type=wire).kind is kind


def test_precision_is_told_as_digits_before_and_after_the_point() -> None:
    shape = shape_of(type="currency", precision=18, scale=2)
    assert (shape.digits, shape.scale) == (16, 2)


def test_whole_numbers_have_no_digits_after_the_point() -> None:
    shape = shape_of(type="int", digits=8, precision=0, scale=0)
    assert (shape.digits, shape.scale) == (8, 0)


def test_length_counts_for_text_and_not_for_references() -> None:
    assert shape_of(type="string", length=80).length == 80
    assert shape_of(type="reference", length=18).length is None


@pytest.mark.parametrize(
    ("told", "required"),
    [
        ({"nillable": False}, True),
        ({"nillable": False, "defaultedOnCreate": True}, False),
        ({"nillable": False, "createable": False}, False),
        ({"nillable": True}, False),
    ],
)
def test_required_means_a_create_without_it_fails(told: dict[str, Any], required: bool) -> None:
    assert shape_of(type="string", **told).required is required


def test_restricted_picklist_keeps_its_options() -> None:
    values = [
        {"value": "Hot", "label": "Hei\u00df", "active": True},
        {"value": "Old", "label": None, "active": False},
    ]
    shape = shape_of(type="picklist", restrictedPicklist=True, picklistValues=values)
    assert shape.restricted
    assert shape.options == (Option("Hot", "Hei\u00df"), Option("Old", "Old", active=False))


def test_reference_names_its_objects() -> None:
    assert shape_of(type="reference", referenceTo=["Group", "User"]).refers_to == ("Group", "User")


def test_compound_fields_are_left_out() -> None:
    assert (
        "MailingAddress" not in object_shape(described("Contact", MailingAddress="address")).fields
    )


def test_unknown_object_is_schema_drift_and_tells_those_there_are(org: Any, crm: Any) -> None:
    org.answer(
        [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404
    )
    org.answer({"sobjects": [{"name": "Lead", "queryable": True}, {"name": "Odd"}]})
    with pytest.raises(NoSuchObjectError, match="Leda") as caught:
        crm.describe("Leda")
    assert caught.value.known == ("Lead",)


def test_record_types_are_the_parts_an_object_is_divided_into() -> None:
    infos = [
        {"recordTypeId": "012000000000001", "developerName": "New_Business", "active": True},
        {"recordTypeId": "012000000000002AAA", "developerName": "Old", "active": False},
        {"recordTypeId": "012000000000000AAA", "developerName": "Master", "master": True},
    ]
    answer = {**described("Opportunity", RecordTypeId="reference"), "recordTypeInfos": infos}
    shape = object_shape(answer)
    assert shape.divided_by == "RecordTypeId"
    assert [(one.id, one.name, one.active) for one in shape.divisions] == [
        ("012000000000001AAA", "New_Business", True),
        ("012000000000002AAA", "Old", False),
    ]


def test_object_that_knows_no_record_type_is_not_divided() -> None:
    shape = object_shape(described("Lead", Company="string"))
    assert (shape.divided_by, shape.divisions, shape.currency_field) == ("", (), "")


def test_currency_of_a_record_is_told_where_the_org_has_several() -> None:
    shape = object_shape(described("Opportunity", Amount="currency", CurrencyIsoCode="picklist"))
    assert shape.currency_field == "CurrencyIsoCode"


def test_describe_asks_the_object_itself(org: Any, crm: Any) -> None:
    org.answer(described("Lead", Company="string"))
    assert crm.describe("Lead").fields["Company"].kind is FieldKind.TEXT
    assert org.requests[0].url.endswith("/services/data/v64.0/sobjects/Lead/describe")
