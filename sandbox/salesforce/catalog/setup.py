"""The objects behind the data: the org, its users, queues and record types."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    audit_fields,
    boolean,
    date,
    moment,
    number,
    of_type,
    person_name,
    picklist,
    record_id,
    reference,
    setup_object,
    text,
    whole,
)
from sandbox.salesforce.catalog.choices import CURRENCIES
from sandbox.salesforce.model import Access, FieldSpec, FieldType, ObjectSpec, OnParentDelete

__all__ = [
    "currency_type",
    "dated_conversion_rate",
    "group",
    "group_member",
    "lead_status",
    "organization",
    "queue_sobject",
    "record_type",
    "user",
]

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
    spec = setup_object("User", "005", fields, createable=True, updateable=True)
    spec.layoutable = spec.searchable = spec.triggerable = True
    return spec


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
    return setup_object("Group", "00G", fields, createable=True, updateable=True)


def record_type() -> ObjectSpec:
    """Make the RecordType object."""
    fields = [
        *record_id("Record Type", deletable=False),
        _name("Record Type Name", 80),
        text("DeveloperName", "Record Type Name", 80, required=True),
        text("Description", "Description", 255),
        text("SobjectType", "SObject Type Name", 40, required=True),
        replace(boolean("IsActive", "Active"), default=True),
        *audit_fields(),
    ]
    return setup_object(
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
    return setup_object("Organization", "00D", fields, updateable=True)


def lead_status() -> ObjectSpec:
    """Make the LeadStatus object: read-only, one row a status of a lead."""
    read_only = Access.READ_ONLY
    fields = [
        *record_id("Lead Status", deletable=False),
        text("MasterLabel", "Master Label", 255, access=read_only),
        text("ApiName", "API Name", 255, access=read_only),
        replace(whole("SortOrder", "Sort Order"), access=read_only),
        boolean("IsDefault", "Is Default", access=read_only),
        boolean("IsConverted", "Converted", access=read_only),
        *audit_fields(),
    ]
    return setup_object(
        "LeadStatus", "01J", fields, label="Lead Status Value", plural="Lead Status Value"
    )


def group_member() -> ObjectSpec:
    """Make the GroupMember object: who is in a group or a queue."""
    fields = [
        *record_id("Group Member", deletable=False),
        replace(
            reference(
                "GroupId",
                "Group ID",
                ("Group",),
                access=Access.CREATE_ONLY,
                on_parent_delete=OnParentDelete.CASCADE,
                children="GroupMembers",
            ),
            nillable=False,
        ),
        replace(
            reference(
                "UserOrGroupId",
                "User/Group ID",
                ("Group", "User"),
                access=Access.CREATE_ONLY,
                on_parent_delete=OnParentDelete.KEEP,
            ),
            nillable=False,
            relationship=None,
        ),
        audit_fields()[4],
    ]
    return setup_object(
        "GroupMember", "011", fields, label="Group Member", createable=True, deletable=True
    )


def queue_sobject() -> ObjectSpec:
    """Make the QueueSobject object: which objects a queue may own."""
    fields = [
        *record_id("Queue Sobject", deletable=False),
        replace(
            reference(
                "QueueId",
                "Group ID",
                ("Group",),
                on_parent_delete=OnParentDelete.CASCADE,
                children="QueueSobjects",
            ),
            nillable=False,
        ),
        text("SobjectType", "Sobject Type", 40, required=True),
        *audit_fields()[1:2],
        audit_fields()[4],
    ]
    return setup_object(
        "QueueSobject",
        "03g",
        fields,
        label="Queue Sobject",
        createable=True,
        updateable=True,
        deletable=True,
    )


def currency_type() -> ObjectSpec:
    """Make the CurrencyType object of an org with several currencies."""
    fields = [
        *record_id("Currency Type", deletable=False),
        replace(
            picklist("IsoCode", "Currency ISO Code", CURRENCIES, length=3, restricted=True),
            nillable=False,
            unique=True,
            access=Access.CREATE_ONLY,
        ),
        replace(number("ConversionRate", "Conversion Rate", precision=18, scale=6), nillable=False),
        replace(whole("DecimalPlaces", "Decimal Places"), nillable=False),
        boolean("IsActive", "Active"),
        boolean("IsCorporate", "Corporate Currency", access=Access.READ_ONLY),
        *audit_fields(),
    ]
    return setup_object(
        "CurrencyType", "01L", fields, label="Currency Type", createable=True, updateable=True
    )


def dated_conversion_rate() -> ObjectSpec:
    """Make the DatedConversionRate object: a currency's rate from one day to another."""
    fields = [
        *record_id("Dated Conversion Rate", deletable=False),
        replace(
            picklist("IsoCode", "Currency ISO Code", CURRENCIES, length=3, restricted=True),
            nillable=False,
            access=Access.CREATE_ONLY,
        ),
        replace(date("StartDate", "Start Date"), nillable=False),
        date("NextStartDate", "Next Start Date", access=Access.READ_ONLY),
        replace(number("ConversionRate", "Conversion Rate", precision=18, scale=6), nillable=False),
        *audit_fields(),
    ]
    return setup_object(
        "DatedConversionRate",
        "04w",
        fields,
        label="Dated Conversion Rate",
        createable=True,
        updateable=True,
        deletable=True,
    )


def _name(label: str, length: int) -> FieldSpec:
    return replace(text("Name", label, length, required=True), name_field=True)
