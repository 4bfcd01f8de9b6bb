"""The Contact object."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    address,
    audit_fields,
    boolean,
    date,
    long_text,
    moment,
    of_type,
    owner,
    person_name,
    picklist,
    record_id,
    reference,
    sobject,
    text,
)
from sandbox.salesforce.catalog.choices import CLEAN_STATUSES, LEAD_SOURCES
from sandbox.salesforce.model import Access, FieldSpec, FieldType, ObjectSpec, OnParentDelete

__all__ = ["contact"]


def contact() -> ObjectSpec:
    """Make the Contact object."""
    return sobject("Contact", "003", _fields(), mergeable=True)


def _fields() -> list[FieldSpec]:
    return [
        *record_id("Contact"),
        reference("MasterRecordId", "Master Record ID", ("Contact",), access=Access.READ_ONLY),
        reference(
            "AccountId",
            "Account ID",
            ("Account",),
            on_parent_delete=OnParentDelete.CASCADE,
            children="Contacts",
        ),
        *person_name(),
        *address("Other", "Other"),
        *address("Mailing", "Mailing"),
        of_type(FieldType.PHONE, "Phone", "Business Phone", 40),
        of_type(FieldType.PHONE, "Fax", "Business Fax", 40),
        of_type(FieldType.PHONE, "MobilePhone", "Mobile Phone", 40),
        of_type(FieldType.PHONE, "HomePhone", "Home Phone", 40),
        of_type(FieldType.PHONE, "OtherPhone", "Other Phone", 40),
        of_type(FieldType.PHONE, "AssistantPhone", "Asst. Phone", 40),
        reference("ReportsToId", "Reports To ID", ("Contact",)),
        of_type(FieldType.EMAIL, "Email", "Email", 80, id_lookup=True),
        text("Title", "Title", 128),
        text("Department", "Department", 80),
        text("AssistantName", "Assistant's Name", 40),
        picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        date("Birthdate", "Birthdate"),
        long_text("Description", "Contact Description"),
        owner("User"),
        boolean("HasOptedOutOfEmail", "Email Opt Out"),
        boolean("HasOptedOutOfFax", "Fax Opt Out"),
        boolean("DoNotCall", "Do Not Call"),
        *audit_fields(),
        date("LastActivityDate", "Last Activity", access=Access.READ_ONLY),
        moment("LastViewedDate", "Last Viewed Date"),
        moment("LastReferencedDate", "Last Referenced Date"),
        replace(text("EmailBouncedReason", "Email Bounced Reason", 255), permissionable=False),
        replace(
            moment("EmailBouncedDate", "Email Bounced Date", access=Access.WRITE),
            permissionable=False,
        ),
        boolean("IsEmailBounced", "Is Email Bounced", access=Access.READ_ONLY),
        of_type(FieldType.URL, "PhotoUrl", "Photo URL", 255, access=Access.READ_ONLY),
        text("Jigsaw", "Data.com Key", 20),
        picklist("CleanStatus", "Clean Status", CLEAN_STATUSES, length=40, restricted=True),
    ]
