"""The Account object."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    address,
    audit_fields,
    currency,
    date,
    long_text,
    moment,
    of_type,
    owner,
    picklist,
    record_id,
    reference,
    sobject,
    text,
    whole,
)
from sandbox.salesforce.catalog.choices import CLEAN_STATUSES, INDUSTRIES, LEAD_SOURCES, RATINGS
from sandbox.salesforce.model import Access, FieldSpec, FieldType, ObjectSpec

__all__ = ["account"]

_TYPES = (
    "Prospect",
    "Customer - Direct",
    "Customer - Channel",
    "Channel Partner / Reseller",
    "Installation Partner",
    "Technology Partner",
    "Other",
)
_OWNERSHIPS = ("Public", "Private", "Subsidiary", "Other")


def account() -> ObjectSpec:
    """Make the Account object."""
    return sobject("Account", "001", _fields(), mergeable=True)


def _fields() -> list[FieldSpec]:
    return [
        *record_id("Account"),
        reference("MasterRecordId", "Master Record ID", ("Account",), access=Access.READ_ONLY),
        replace(text("Name", "Account Name", 255, required=True), name_field=True),
        picklist("Type", "Account Type", _TYPES, length=40),
        reference("ParentId", "Parent Account ID", ("Account",), children="ChildAccounts"),
        *address("Billing", "Billing"),
        *address("Shipping", "Shipping"),
        of_type(FieldType.PHONE, "Phone", "Account Phone", 40),
        of_type(FieldType.PHONE, "Fax", "Account Fax", 40),
        text("AccountNumber", "Account Number", 40),
        of_type(FieldType.URL, "Website", "Website", 255),
        of_type(FieldType.URL, "PhotoUrl", "Photo URL", 255, access=Access.READ_ONLY),
        text("Sic", "SIC Code", 20),
        picklist("Industry", "Industry", INDUSTRIES, length=40),
        currency("AnnualRevenue", "Annual Revenue"),
        whole("NumberOfEmployees", "Employees"),
        picklist("Ownership", "Ownership", _OWNERSHIPS, length=40),
        text("TickerSymbol", "Ticker Symbol", 20),
        long_text("Description", "Account Description"),
        picklist("Rating", "Account Rating", RATINGS, length=40),
        text("Site", "Account Site", 80),
        owner("User"),
        *audit_fields(),
        date("LastActivityDate", "Last Activity", access=Access.READ_ONLY),
        moment("LastViewedDate", "Last Viewed Date"),
        moment("LastReferencedDate", "Last Referenced Date"),
        text("Jigsaw", "Data.com Key", 20),
        picklist("CleanStatus", "Clean Status", CLEAN_STATUSES, length=40, restricted=True),
        picklist("AccountSource", "Account Source", LEAD_SOURCES, length=40),
        text("DunsNumber", "D-U-N-S Number", 9),
        text("Tradestyle", "Tradestyle", 255),
        text("NaicsCode", "NAICS Code", 8),
        text("NaicsDesc", "NAICS Description", 120),
        text("YearStarted", "Year Started", 4),
        text("SicDesc", "SIC Description", 80),
    ]
