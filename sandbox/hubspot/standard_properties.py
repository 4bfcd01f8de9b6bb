"""The properties every portal has, as rows: (name, label, type, fieldType, flags).

Flags: `r` the value is read-only for the API, `c` calculated, `u` unique, `h` hidden, `o` an owner.
"""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["STANDARD_OPTIONS", "STANDARD_PROPERTIES", "PropertyRow"]

PropertyRow: TypeAlias = tuple[str, str, str, str, str]

_EVERY_OBJECT: tuple[PropertyRow, ...] = (
    ("createdate", "Create Date", "datetime", "date", "r"),
    ("hs_created_by_user_id", "Created by user ID", "number", "number", "r"),
    ("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox", "r"),
    ("hs_object_id", "Record ID", "number", "number", "r"),
    ("hs_object_source", "Record creation source", "string", "text", "r"),
    ("hs_object_source_id", "Record creation source ID", "string", "text", "r"),
    ("hs_object_source_label", "Record source", "enumeration", "select", "r"),
    ("hs_updated_by_user_id", "Updated by user ID", "number", "number", "r"),
    ("hubspot_owner_id", "Owner", "enumeration", "select", "o"),
    ("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", ""),
    ("notes_last_updated", "Last Activity Date", "datetime", "date", "r"),
)

_CONTACT: tuple[PropertyRow, ...] = (
    ("address", "Street Address", "string", "text", ""),
    ("annualrevenue", "Annual Revenue", "string", "text", ""),
    ("associatedcompanyid", "Primary Associated Company ID", "number", "number", "r"),
    ("city", "City", "string", "text", ""),
    ("closedate", "Close Date", "datetime", "date", ""),
    ("company", "Company Name", "string", "text", ""),
    ("country", "Country/Region", "string", "text", ""),
    ("date_of_birth", "Date of birth", "string", "text", ""),
    ("email", "Email", "string", "text", "u"),
    ("fax", "Fax Number", "string", "phonenumber", ""),
    ("firstname", "First Name", "string", "text", ""),
    ("gender", "Gender", "string", "text", ""),
    ("hs_additional_emails", "Additional email addresses", "enumeration", "checkbox", "r"),
    ("hs_analytics_source", "Original Traffic Source", "enumeration", "select", "r"),
    ("hs_analytics_source_data_1", "Original Source Drill-Down 1", "string", "text", "r"),
    ("hs_analytics_source_data_2", "Original Source Drill-Down 2", "string", "text", "r"),
    ("hs_calculated_merged_vids", "Merged vids with timestamps", "enumeration", "text", "rc"),
    ("hs_country_region_code", "Country/Region Code", "string", "text", ""),
    ("hs_email_bounce", "Marketing emails bounced", "number", "number", "r"),
    ("hs_email_domain", "Email Domain", "string", "text", "r"),
    ("hs_email_optout", "Unsubscribed from all email", "bool", "booleancheckbox", ""),
    ("hs_full_name_or_email", "Full name or email", "string", "calculation_equation", "rch"),
    ("hs_language", "Preferred language", "enumeration", "select", ""),
    ("hs_lastmodifieddate", "Object last modified date/time", "datetime", "date", "rh"),
    ("hs_latest_source", "Latest Traffic Source", "enumeration", "select", "r"),
    ("hs_lead_status", "Lead Status", "enumeration", "radio", ""),
    ("hs_linkedin_url", "LinkedIn URL", "string", "text", ""),
    ("hs_marketable_status", "Marketing contact status", "enumeration", "select", "r"),
    ("hubspotscore", "HubSpot Score", "number", "number", "rc"),
    ("industry", "Industry", "string", "text", ""),
    ("jobtitle", "Job Title", "string", "text", ""),
    ("lastmodifieddate", "Last Modified Date", "datetime", "date", "r"),
    ("lastname", "Last Name", "string", "text", ""),
    ("message", "Message", "string", "textarea", ""),
    ("mobilephone", "Mobile Phone Number", "string", "phonenumber", ""),
    ("num_associated_deals", "Number of Associated Deals", "number", "number", "r"),
    ("numemployees", "Number of Employees", "enumeration", "select", ""),
    ("phone", "Phone Number", "string", "phonenumber", ""),
    ("salutation", "Salutation", "string", "text", ""),
    ("state", "State/Region", "string", "text", ""),
    ("website", "Website URL", "string", "text", ""),
    ("zip", "Postal Code", "string", "text", ""),
)

_COMPANY: tuple[PropertyRow, ...] = (
    ("address", "Street Address", "string", "text", ""),
    ("address2", "Street Address 2", "string", "text", ""),
    ("annualrevenue", "Annual Revenue", "number", "number", ""),
    ("city", "City", "string", "text", ""),
    ("country", "Country/Region", "string", "text", ""),
    ("description", "Description", "string", "textarea", ""),
    ("domain", "Company Domain Name", "string", "text", ""),
    ("founded_year", "Year Founded", "string", "text", ""),
    ("hs_additional_domains", "Additional Domains", "enumeration", "checkbox", "r"),
    ("hs_country_code", "Country/Region code", "string", "text", ""),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime", "date", "r"),
    ("hs_lead_status", "Lead Status", "enumeration", "radio", ""),
    ("hs_num_child_companies", "Number of child companies", "number", "number", "rc"),
    ("hs_parent_company_id", "Parent Company", "number", "number", "r"),
    ("is_public", "Is Public", "bool", "booleancheckbox", ""),
    ("name", "Company name", "string", "text", ""),
    ("num_associated_contacts", "Number of Associated Contacts", "number", "number", "rc"),
    ("numberofemployees", "Number of Employees", "number", "number", ""),
    ("phone", "Phone Number", "string", "phonenumber", ""),
    ("state", "State/Region", "string", "text", ""),
    ("timezone", "Time Zone", "string", "text", ""),
    ("type", "Type", "enumeration", "select", ""),
    ("website", "Website URL", "string", "text", ""),
    ("zip", "Postal Code", "string", "text", ""),
)

STANDARD_PROPERTIES: dict[str, tuple[PropertyRow, ...]] = {
    "contacts": (*_EVERY_OBJECT, *_CONTACT),
    "companies": (*_EVERY_OBJECT, *_COMPANY),
}

_SOURCES = (
    ("ORGANIC_SEARCH", "Organic Search"),
    ("PAID_SEARCH", "Paid Search"),
    ("EMAIL_MARKETING", "Email Marketing"),
    ("SOCIAL_MEDIA", "Organic Social"),
    ("REFERRALS", "Referrals"),
    ("OTHER_CAMPAIGNS", "Other Campaigns"),
    ("DIRECT_TRAFFIC", "Direct Traffic"),
    ("OFFLINE", "Offline Sources"),
    ("PAID_SOCIAL", "Paid Social"),
)

STANDARD_OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "hs_analytics_source": _SOURCES,
    "hs_language": (("de", "German"), ("en", "English"), ("fr", "French")),
    "hs_latest_source": _SOURCES,
    "hs_lead_status": (
        ("NEW", "New"),
        ("OPEN", "Open"),
        ("IN_PROGRESS", "In Progress"),
        ("OPEN_DEAL", "Open Deal"),
        ("UNQUALIFIED", "Unqualified"),
        ("ATTEMPTED_TO_CONTACT", "Attempted to Contact"),
        ("CONNECTED", "Connected"),
        ("BAD_TIMING", "Bad Timing"),
    ),
    "hs_marketable_status": (
        ("true", "Marketing contact"),
        ("false", "Non-marketing contact"),
    ),
    "hs_object_source_label": (
        ("CRM_UI", "CRM UI"),
        ("IMPORT", "Import"),
        ("INTEGRATION", "Integration"),
        ("AUTOMATION_PLATFORM", "Workflows"),
        ("MERGE_OBJECTS", "Merge"),
    ),
    "lifecyclestage": (
        ("subscriber", "Subscriber"),
        ("lead", "Lead"),
        ("marketingqualifiedlead", "Marketing Qualified Lead"),
        ("salesqualifiedlead", "Sales Qualified Lead"),
        ("opportunity", "Opportunity"),
        ("customer", "Customer"),
        ("evangelist", "Evangelist"),
        ("other", "Other"),
    ),
    "numemployees": (
        ("1-5", "1-5"),
        ("5-25", "5-25"),
        ("25-50", "25-50"),
        ("50-100", "50-100"),
        ("100-500", "100-500"),
        ("500-1000", "500-1000"),
        ("1000+", "1000+"),
    ),
    "type": (
        ("PROSPECT", "Prospect"),
        ("PARTNER", "Partner"),
        ("RESELLER", "Reseller"),
        ("VENDOR", "Vendor"),
        ("OTHER", "Other"),
    ),
}
