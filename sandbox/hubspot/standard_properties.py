"""The properties every portal has, as rows: (name, label, type, fieldType, flags).

Flags: `r` the value is read-only for the API, `c` calculated, `u` unique, `h` hidden, `o` an owner.
"""

from __future__ import annotations

from typing import TypeAlias

__all__ = [
    "CUSTOM_OBJECT_PROPERTIES",
    "STAGED_OBJECT_PROPERTIES",
    "STANDARD_OPTIONS",
    "STANDARD_PROPERTIES",
    "PropertyRow",
]

PropertyRow: TypeAlias = tuple[str, str, str, str, str]

_EVERY_OBJECT: tuple[PropertyRow, ...] = (
    ("hs_created_by_user_id", "Created by user ID", "number", "number", "r"),
    ("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox", "r"),
    ("hs_object_id", "Record ID", "number", "number", "r"),
    ("hs_object_source", "Record creation source", "string", "text", "r"),
    ("hs_object_source_id", "Record creation source ID", "string", "text", "r"),
    ("hs_object_source_label", "Record source", "enumeration", "select", "r"),
    ("hs_updated_by_user_id", "Updated by user ID", "number", "number", "r"),
    ("hubspot_owner_id", "Owner", "enumeration", "select", "o"),
)

_STANDARD_OBJECT: tuple[PropertyRow, ...] = (
    *_EVERY_OBJECT,
    ("createdate", "Create Date", "datetime", "date", "r"),
    ("notes_last_updated", "Last Activity Date", "datetime", "date", "r"),
)

_LIFECYCLE: tuple[PropertyRow, ...] = (
    ("hs_v2_date_entered_current_stage", "Date entered current stage", "datetime", "date", "rc"),
    ("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", ""),
    ("num_associated_deals", "Number of Associated Deals", "number", "number", "rc"),
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
    ("hs_email_optout", "Unsubscribed from all email", "bool", "booleancheckbox", "r"),
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

_DEAL: tuple[PropertyRow, ...] = (
    ("amount", "Amount", "number", "number", ""),
    ("amount_in_home_currency", "Amount in company currency", "number", "number", "rc"),
    ("closed_lost_reason", "Closed Lost Reason", "string", "textarea", ""),
    ("closed_won_reason", "Closed Won Reason", "string", "textarea", ""),
    ("closedate", "Close Date", "datetime", "date", ""),
    ("days_to_close", "Days to Close", "number", "calculation_equation", "rc"),
    ("dealname", "Deal Name", "string", "text", ""),
    ("dealstage", "Deal Stage", "enumeration", "radio", ""),
    ("dealtype", "Deal Type", "enumeration", "radio", ""),
    ("description", "Deal Description", "string", "textarea", ""),
    ("hs_closed_amount", "Closed Deal Amount", "number", "calculation_equation", "rc"),
    ("hs_createdate", "HubSpot Create Date", "datetime", "date", "rh"),
    ("hs_deal_stage_probability", "Deal probability", "number", "number", "rc"),
    ("hs_forecast_amount", "Forecast amount", "number", "calculation_equation", "rc"),
    ("hs_is_closed", "Is Deal Closed?", "bool", "calculation_equation", "rc"),
    ("hs_is_closed_lost", "Is Closed Lost", "bool", "calculation_equation", "rc"),
    ("hs_is_closed_won", "Is Closed Won", "bool", "calculation_equation", "rc"),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime", "date", "r"),
    ("hs_next_step", "Next step", "string", "text", ""),
    (
        "hs_num_of_associated_line_items",
        "Number of Associated Line Items",
        "number",
        "number",
        "rc",
    ),
    (
        "hs_primary_associated_company",
        "Primary Associated Company",
        "number",
        "number",
        "r",
    ),
    ("hs_priority", "Priority", "enumeration", "select", ""),
    ("hs_projected_amount", "Weighted amount", "number", "calculation_equation", "rc"),
    ("hs_v2_date_entered_current_stage", "Date entered current stage", "datetime", "date", "rc"),
    ("num_associated_contacts", "Number of Associated Contacts", "number", "number", "rc"),
    ("pipeline", "Pipeline", "enumeration", "select", ""),
)

_TICKET: tuple[PropertyRow, ...] = (
    ("closed_date", "Close date", "datetime", "date", ""),
    ("content", "Ticket description", "string", "textarea", ""),
    ("hs_is_closed", "Is closed", "bool", "calculation_equation", "rc"),
    ("hs_lastmodifieddate", "Last modified date", "datetime", "date", "r"),
    ("hs_pipeline", "Pipeline", "enumeration", "select", ""),
    ("hs_pipeline_stage", "Ticket status", "enumeration", "select", ""),
    ("hs_ticket_category", "Category", "enumeration", "checkbox", ""),
    ("hs_ticket_priority", "Priority", "enumeration", "select", ""),
    ("hs_v2_date_entered_current_stage", "Date entered current stage", "datetime", "date", "rc"),
    ("subject", "Ticket name", "string", "text", ""),
)

_LINE_ITEM: tuple[PropertyRow, ...] = (
    ("amount", "Net price", "number", "calculation_equation", "rc"),
    ("description", "Description", "string", "textarea", ""),
    ("discount", "Unit discount", "number", "number", ""),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime", "date", "r"),
    ("hs_product_id", "Product ID", "number", "number", ""),
    ("hs_sku", "SKU", "string", "text", ""),
    ("name", "Name", "string", "text", ""),
    ("price", "Unit price", "number", "number", ""),
    ("quantity", "Quantity", "number", "number", ""),
)

STANDARD_PROPERTIES: dict[str, tuple[PropertyRow, ...]] = {
    "contacts": (*_STANDARD_OBJECT, *_LIFECYCLE, *_CONTACT),
    "companies": (*_STANDARD_OBJECT, *_LIFECYCLE, *_COMPANY),
    "deals": (*_STANDARD_OBJECT, *_DEAL),
    "tickets": (*_STANDARD_OBJECT, *_TICKET),
    "line_items": (*_STANDARD_OBJECT, *_LINE_ITEM),
}

CUSTOM_OBJECT_PROPERTIES: tuple[PropertyRow, ...] = (
    *_EVERY_OBJECT,
    ("hs_createdate", "Object create date/time", "datetime", "date", "r"),
    ("hs_lastmodifieddate", "Object last modified date/time", "datetime", "date", "rh"),
    ("hs_unique_creation_key", "Unique creation key", "string", "text", "ruh"),
)

STAGED_OBJECT_PROPERTIES: tuple[PropertyRow, ...] = (
    ("hs_pipeline", "Pipeline", "enumeration", "select", ""),
    ("hs_pipeline_stage", "Pipeline stage", "enumeration", "select", ""),
    ("hs_v2_date_entered_current_stage", "Date entered current stage", "datetime", "date", "rc"),
)

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

_PRIORITIES = (("low", "Low"), ("medium", "Medium"), ("high", "High"))

STANDARD_OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "dealtype": (("newbusiness", "New Business"), ("existingbusiness", "Existing Business")),
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
    "hs_priority": _PRIORITIES,
    "hs_ticket_category": (
        ("PRODUCT_ISSUE", "Product issue"),
        ("BILLING_ISSUE", "Billing issue"),
        ("FEATURE_REQUEST", "Feature request"),
        ("GENERAL_INQUIRY", "General inquiry"),
    ),
    "hs_ticket_priority": (
        ("LOW", "Low"),
        ("MEDIUM", "Medium"),
        ("HIGH", "High"),
        ("URGENT", "Urgent"),
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
