"""The objects behind the data: the org, its users, queues and record types."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    audit_fields,
    boolean,
    moment,
    of_type,
    person_name,
    picklist,
    record_id,
    text,
)
from sandbox.salesforce.model import Access, FieldSpec, FieldType, ObjectSpec

__all__ = ["group", "organization", "record_type", "user"]

_USER_TYPES = ("Standard", "AutomatedProcess", "CloudIntegrationUser", "Guest")
_GROUP_TYPES = ("Regular", "Role", "Queue", "Organization", "AllCustomerPortal")


def user() -> ObjectSpec:
    """Make the User object: users are made and changed, never deleted."""
    fields = [
        *record_id("User", deletable=False),
        replace(text("Username", "Username", 80, required=True), id_lookup=True, unique=True),
        *[replace(field, compound=None) for field in person_name() if field.name != "Salutation"],
        text("CompanyName", "Company Name", 80),
        text("Department", "Department", 80),
        text("Title", "Title", 80),
        of_type(FieldType.EMAIL, "Email", "Email", 128, required=True),
        text("Alias", "Alias", 8, required=True),
        replace(boolean("IsActive", "Active"), default=True),
        picklist("UserType", "User Type", _USER_TYPES, length=40, default="Standard"),
        picklist("TimeZoneSidKey", "Time Zone", ("UTC", "Europe/Berlin"), default="UTC"),
        picklist("LocaleSidKey", "Locale", ("en_US", "en_GB", "de_DE"), default="en_US"),
        picklist("LanguageLocaleKey", "Language", ("en_US", "de"), default="en_US"),
        *audit_fields(),
    ]
    return _setup_object("User", "005", fields, createable=True, updateable=True)


def group() -> ObjectSpec:
    """Make the Group object; a queue is a group of type Queue."""
    fields = [
        *record_id("Group", deletable=False),
        _name("Name", 40),
        text("DeveloperName", "Developer Name", 80),
        picklist("Type", "Type", _GROUP_TYPES, length=40, restricted=True, default="Regular"),
        of_type(FieldType.EMAIL, "Email", "Email", 255),
        *audit_fields(),
    ]
    return _setup_object("Group", "00G", fields, createable=True, updateable=True)


def record_type() -> ObjectSpec:
    """Make the RecordType object."""
    fields = [
        *record_id("Record Type", deletable=False),
        _name("Record Type Name", 80),
        text("DeveloperName", "Record Type Name", 80, required=True),
        text("Description", "Description", 255),
        text("SobjectType", "SObject Type Name", 40, required=True),
        boolean("IsActive", "Active"),
        *audit_fields(),
    ]
    return _setup_object(
        "RecordType", "012", fields, label="Record Type", createable=True, updateable=True
    )


def organization() -> ObjectSpec:
    """Make the Organization object: one record, the org itself."""
    read_only = Access.READ_ONLY
    fields = [
        *record_id("Organization", deletable=False),
        replace(_name("Name", 80), access=read_only),
        text("Country", "Country", 80, access=read_only),
        text("InstanceName", "Instance Name", 5, access=read_only),
        boolean("IsSandbox", "Is Sandbox", access=read_only),
        text("OrganizationType", "Edition", 40, access=read_only),
        text("DefaultLocaleSidKey", "Locale", 40, access=read_only),
        text("TimeZoneSidKey", "Time Zone", 40, access=read_only),
        text("NamespacePrefix", "Namespace Prefix", 15, access=read_only),
        moment("TrialExpirationDate", "Trial Expiration Date"),
        *audit_fields(),
    ]
    return _setup_object("Organization", "00D", fields)


def _name(label: str, length: int) -> FieldSpec:
    return replace(text("Name", label, length, required=True), name_field=True)


def _setup_object(
    name: str,
    prefix: str,
    fields: list[FieldSpec],
    *,
    label: str | None = None,
    createable: bool = False,
    updateable: bool = False,
) -> ObjectSpec:
    return ObjectSpec(
        name=name,
        label=label or name,
        label_plural=f"{label or name}s",
        prefix=prefix,
        fields={field.name: field for field in fields},
        createable=createable,
        updateable=updateable,
        deletable=False,
        undeletable=False,
        triggerable=False,
        layoutable=False,
    )
