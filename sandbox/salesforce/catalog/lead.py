"""The Lead object."""

from __future__ import annotations

from sandbox.salesforce.catalog.build import (
    address,
    audit_fields,
    boolean,
    currency,
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
    whole,
)
from sandbox.salesforce.catalog.choices import CLEAN_STATUSES, INDUSTRIES, LEAD_SOURCES, RATINGS
from sandbox.salesforce.model import Access, FieldSpec, FieldType, ObjectSpec, OnParentDelete

__all__ = ["lead"]

_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)


def lead() -> ObjectSpec:
    """Make the Lead object."""
    return sobject("Lead", "00Q", _fields(), mergeable=True)


def _fields() -> list[FieldSpec]:
    return [
        *record_id("Lead"),
        reference("MasterRecordId", "Master Record ID", ("Lead",), access=Access.READ_ONLY),
        *person_name(),
        text("Title", "Title", 128),
        text("Company", "Company", 255, required=True),
        *address(),
        of_type(FieldType.PHONE, "Phone", "Phone", 40),
        of_type(FieldType.PHONE, "MobilePhone", "Mobile Phone", 40),
        of_type(FieldType.PHONE, "Fax", "Fax", 40),
        of_type(FieldType.EMAIL, "Email", "Email", 80, id_lookup=True),
        of_type(FieldType.URL, "Website", "Website", 255),
        of_type(FieldType.URL, "PhotoUrl", "Photo URL", 255, access=Access.READ_ONLY),
        long_text("Description", "Description"),
        picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        picklist("Status", "Status", _STATUSES, default=_STATUSES[0]),
        picklist("Industry", "Industry", INDUSTRIES),
        picklist("Rating", "Rating", RATINGS),
        currency("AnnualRevenue", "Annual Revenue"),
        whole("NumberOfEmployees", "Employees"),
        owner("Group", "User"),
        boolean("HasOptedOutOfEmail", "Email Opt Out"),
        boolean("HasOptedOutOfFax", "Fax Opt Out"),
        boolean("DoNotCall", "Do Not Call"),
        *_conversion(),
        boolean("IsUnreadByOwner", "Unread By Owner"),
        *audit_fields(),
        date("LastActivityDate", "Last Activity", access=Access.READ_ONLY),
        moment("LastViewedDate", "Last Viewed Date"),
        moment("LastReferencedDate", "Last Referenced Date"),
        text("Jigsaw", "Data.com Key", 20),
        picklist("CleanStatus", "Clean Status", CLEAN_STATUSES, length=40, restricted=True),
        text("CompanyDunsNumber", "Company D-U-N-S Number", 9),
        text("EmailBouncedReason", "Email Bounced Reason", 255, access=Access.UPDATE_ONLY),
        moment("EmailBouncedDate", "Email Bounced Date", access=Access.UPDATE_ONLY),
    ]


def _conversion() -> list[FieldSpec]:
    def target(name: str, label: str, refers_to: str) -> FieldSpec:
        return reference(
            name,
            label,
            (refers_to,),
            access=Access.READ_ONLY,
            on_parent_delete=OnParentDelete.CLEAR,
        )

    return [
        boolean("IsConverted", "Converted", access=Access.READ_ONLY),
        date("ConvertedDate", "Converted Date", access=Access.READ_ONLY),
        target("ConvertedAccountId", "Converted Account ID", "Account"),
        target("ConvertedContactId", "Converted Contact ID", "Contact"),
        target("ConvertedOpportunityId", "Converted Opportunity ID", "Opportunity"),
    ]
