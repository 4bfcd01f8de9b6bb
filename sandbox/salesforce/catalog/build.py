"""Short ways to write a field down."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.salesforce.catalog.choices import SALUTATIONS
from sandbox.salesforce.catalog.countries import countries
from sandbox.salesforce.model import (
    Access,
    FieldSpec,
    FieldType,
    ObjectSpec,
    OnParentDelete,
    PicklistValue,
    Value,
)

__all__ = [
    "address",
    "audit_fields",
    "boolean",
    "currency",
    "date",
    "listed",
    "long_text",
    "moment",
    "number",
    "of_type",
    "owner",
    "percent",
    "person_name",
    "picklist",
    "record_id",
    "reference",
    "setup_object",
    "sobject",
    "text",
    "whole",
]

_GEOCODES = (
    "Address NearAddress Block Street ExtendedZip Zip Neighborhood City County State Unknown"
).split()


def sobject(
    name: str,
    prefix: str,
    fields: Iterable[FieldSpec],
    *,
    plural: str | None = None,
    mergeable: bool = False,
    label: str | None = None,
) -> ObjectSpec:
    """Make an object of business data: it can be written, deleted and restored."""
    return ObjectSpec(
        name=name,
        label=label or name,
        label_plural=plural or f"{label or name}s",
        prefix=prefix,
        fields={field.name: field for field in fields},
        mergeable=mergeable,
    )


def setup_object(
    name: str,
    prefix: str,
    fields: Iterable[FieldSpec],
    *,
    label: str | None = None,
    plural: str | None = None,
    createable: bool = False,
    updateable: bool = False,
    deletable: bool = False,
) -> ObjectSpec:
    """Make an object behind the data: no layout, no bin, read-only unless said otherwise."""
    return ObjectSpec(
        name=name,
        label=label or name,
        label_plural=plural or f"{label or name}s",
        prefix=prefix,
        fields={field.name: field for field in fields},
        createable=createable,
        updateable=updateable,
        deletable=deletable,
        undeletable=False,
        searchable=False,
        triggerable=False,
        layoutable=False,
    )


def text(
    name: str, label: str, length: int, *, access: Access = Access.WRITE, required: bool = False
) -> FieldSpec:
    """Make a text field of one line."""
    return of_type(FieldType.STRING, name, label, length, access=access, required=required)


def of_type(
    kind: FieldType,
    name: str,
    label: str,
    length: int,
    *,
    access: Access = Access.WRITE,
    required: bool = False,
    id_lookup: bool = False,
) -> FieldSpec:
    """Make a field of any kind of text."""
    return FieldSpec(
        name=name,
        label=label,
        type=kind,
        length=length,
        access=access,
        nillable=not required,
        id_lookup=id_lookup,
    )


def long_text(name: str, label: str) -> FieldSpec:
    """Make a text field of 32,000 characters."""
    return FieldSpec(name=name, label=label, type=FieldType.TEXTAREA, length=32_000)


def whole(name: str, label: str) -> FieldSpec:
    """Make a whole number of up to eight digits."""
    return FieldSpec(name=name, label=label, type=FieldType.INT, precision=8)


def number(
    name: str, label: str, *, precision: int, scale: int, compound: str | None = None
) -> FieldSpec:
    """Make a number with decimals."""
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.DOUBLE,
        precision=precision,
        scale=scale,
        compound=compound,
    )


def currency(name: str, label: str, *, scale: int = 0, access: Access = Access.WRITE) -> FieldSpec:
    """Make an amount of 18 digits, `scale` of them behind the point."""
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.CURRENCY,
        precision=18,
        scale=scale,
        access=access,
    )


def percent(name: str, label: str) -> FieldSpec:
    """Make a percentage of up to three digits."""
    return FieldSpec(name=name, label=label, type=FieldType.PERCENT, precision=3)


def boolean(name: str, label: str, *, access: Access = Access.WRITE) -> FieldSpec:
    """Make a checkbox, off by default."""
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.BOOLEAN,
        access=access,
        nillable=False,
        default=False,
        defaulted=True,
    )


def date(name: str, label: str, *, access: Access = Access.WRITE) -> FieldSpec:
    """Make a calendar day."""
    return FieldSpec(name=name, label=label, type=FieldType.DATE, access=access)


def moment(name: str, label: str, *, access: Access = Access.READ_ONLY) -> FieldSpec:
    """Make a point in time, read-only unless said otherwise."""
    return FieldSpec(name=name, label=label, type=FieldType.DATETIME, access=access)


def listed(*values: str) -> tuple[PicklistValue, ...]:
    """Make picklist values whose labels are the values."""
    return tuple(PicklistValue(value=value, label=value) for value in values)


def picklist(
    name: str,
    label: str,
    values: Iterable[str],
    *,
    length: int = 255,
    default: Value = None,
    restricted: bool = False,
) -> FieldSpec:
    """Make a picklist; one with a default never stays empty."""
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.PICKLIST,
        length=length,
        values=listed(*values),
        restricted=restricted,
        default=default,
        defaulted=default is not None,
        nillable=default is None,
    )


def reference(
    name: str,
    label: str,
    refers_to: tuple[str, ...],
    *,
    access: Access = Access.WRITE,
    on_parent_delete: OnParentDelete = OnParentDelete.CLEAR,
    children: str | None = None,
) -> FieldSpec:
    """Make a reference; `children` is the name of the list on the parent's side."""
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.REFERENCE,
        length=18,
        access=access,
        refers_to=refers_to,
        relationship=name.removesuffix("Id"),
        on_parent_delete=on_parent_delete,
        children=children,
    )


def owner(*refers_to: str) -> FieldSpec:
    """Make the owner field, filled with the calling user when a create leaves it out."""
    return FieldSpec(
        name="OwnerId",
        label="Owner ID",
        type=FieldType.REFERENCE,
        length=18,
        nillable=False,
        defaulted=True,
        refers_to=refers_to,
        relationship="Owner",
        on_parent_delete=OnParentDelete.KEEP,
    )


def record_id(label: str, *, deletable: bool = True) -> list[FieldSpec]:
    """Make Id, and IsDeleted where records can be deleted."""
    fields = [
        FieldSpec(
            name="Id",
            label=f"{label} ID",
            type=FieldType.ID,
            length=18,
            access=Access.READ_ONLY,
            nillable=False,
            defaulted=True,
            id_lookup=True,
        )
    ]
    if deletable:
        fields.append(boolean("IsDeleted", "Deleted", access=Access.READ_ONLY))
    return fields


def audit_fields() -> list[FieldSpec]:
    """Make the fields that say who wrote a record and when."""
    return [
        _system_moment("CreatedDate", "Created Date"),
        _system_user("CreatedById", "Created By ID"),
        _system_moment("LastModifiedDate", "Last Modified Date"),
        _system_user("LastModifiedById", "Last Modified By ID"),
        _system_moment("SystemModstamp", "System Modstamp"),
    ]


def _system_moment(name: str, label: str) -> FieldSpec:
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.DATETIME,
        access=Access.READ_ONLY,
        nillable=False,
        defaulted=True,
    )


def _system_user(name: str, label: str) -> FieldSpec:
    return FieldSpec(
        name=name,
        label=label,
        type=FieldType.REFERENCE,
        length=18,
        access=Access.READ_ONLY,
        nillable=False,
        defaulted=True,
        refers_to=("User",),
        relationship=name.removesuffix("Id"),
        on_parent_delete=OnParentDelete.KEEP,
    )


def person_name() -> list[FieldSpec]:
    """Make the parts of a person's name, and the name computed from them."""
    return [
        FieldSpec(
            name="LastName",
            label="Last Name",
            type=FieldType.STRING,
            length=80,
            nillable=False,
            compound="Name",
        ),
        FieldSpec(
            name="FirstName", label="First Name", type=FieldType.STRING, length=40, compound="Name"
        ),
        FieldSpec(
            name="Salutation",
            label="Salutation",
            type=FieldType.PICKLIST,
            length=40,
            values=listed(*SALUTATIONS),
            compound="Name",
        ),
        FieldSpec(
            name="Name",
            label="Full Name",
            type=FieldType.STRING,
            length=121,
            access=Access.READ_ONLY,
            nillable=False,
            name_field=True,
        ),
    ]


def address(part: str = "", label: str = "") -> list[FieldSpec]:
    """Make the fields of one address, say `Mailing`, and the compound that shows them."""
    compound = f"{part}Address"
    lead = f"{label} " if label else ""

    def line(name: str, field_label: str, kind: FieldType, length: int) -> FieldSpec:
        return FieldSpec(
            name=f"{part}{name}",
            label=f"{lead}{field_label}",
            type=kind,
            length=length,
            compound=compound,
        )

    def coded(
        name: str, field_label: str, length: int, values: Iterable[PicklistValue]
    ) -> FieldSpec:
        return FieldSpec(
            name=f"{part}{name}",
            label=f"{lead}{field_label}",
            type=FieldType.PICKLIST,
            length=length,
            values=tuple(values),
            restricted=True,
            compound=compound,
        )

    return [
        line("Street", "Street", FieldType.TEXTAREA, 255),
        line("City", "City", FieldType.STRING, 40),
        line("State", "State/Province", FieldType.STRING, 80),
        line("PostalCode", "Zip/Postal Code", FieldType.STRING, 20),
        line("Country", "Country", FieldType.STRING, 80),
        coded("CountryCode", "Country Code", 10, countries()),
        number(f"{part}Latitude", f"{lead}Latitude", precision=18, scale=15, compound=compound),
        number(f"{part}Longitude", f"{lead}Longitude", precision=18, scale=15, compound=compound),
        coded("GeocodeAccuracy", "Geocode Accuracy", 40, listed(*_GEOCODES)),
        FieldSpec(
            name=compound, label=f"{lead}Address", type=FieldType.ADDRESS, access=Access.READ_ONLY
        ),
    ]
