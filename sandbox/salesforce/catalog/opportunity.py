"""Opportunity, the people on it, its stages and the snapshots of it."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    audit_fields,
    boolean,
    currency,
    date,
    long_text,
    moment,
    number,
    of_type,
    owner,
    percent,
    picklist,
    record_id,
    reference,
    setup_object,
    sobject,
    text,
    whole,
)
from sandbox.salesforce.catalog.choices import FORECAST_CATEGORIES, FORECAST_NAMES, LEAD_SOURCES
from sandbox.salesforce.model import Access, FieldSpec, FieldType, ObjectSpec, OnParentDelete

__all__ = ["contact_role", "opportunity", "opportunity_history", "opportunity_stage"]

_TYPES = (
    "Existing Customer - Upgrade",
    "Existing Customer - Replacement",
    "Existing Customer - Downgrade",
    "New Customer",
)
_ROLES = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)
_RO = Access.READ_ONLY


def opportunity() -> ObjectSpec:
    """Make the Opportunity object."""
    return sobject("Opportunity", "006", _fields(), plural="Opportunities")


def _fields() -> list[FieldSpec]:
    return [
        *record_id("Opportunity"),
        reference(
            "AccountId",
            "Account ID",
            ("Account",),
            on_parent_delete=OnParentDelete.CASCADE,
            children="Opportunities",
        ),
        replace(boolean("IsPrivate", "Private"), permissionable=True),
        replace(text("Name", "Name", 120, required=True), name_field=True, id_lookup=True),
        long_text("Description", "Description"),
        # Its values are the rows of OpportunityStage, and follow them.
        replace(picklist("StageName", "Stage", ()), nillable=False),
        currency("Amount", "Amount", scale=2),
        replace(percent("Probability", "Probability (%)"), defaulted=True),
        replace(
            currency("ExpectedRevenue", "Expected Amount", scale=2, access=_RO),
            permissionable=True,
        ),
        number("TotalOpportunityQuantity", "Quantity", precision=18, scale=2),
        replace(date("CloseDate", "Close Date"), nillable=False),
        picklist("Type", "Opportunity Type", _TYPES),
        text("NextStep", "Next Step", 255),
        picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        boolean("IsClosed", "Closed", access=_RO),
        boolean("IsWon", "Won", access=_RO),
        replace(
            picklist(
                "ForecastCategory",
                "Forecast Category",
                FORECAST_CATEGORIES,
                length=40,
                restricted=True,
            ),
            access=_RO,
            nillable=False,
        ),
        replace(
            picklist("ForecastCategoryName", "Forecast Category", FORECAST_NAMES, restricted=True),
            defaulted=True,
            permissionable=False,
        ),
        reference("CampaignId", "Campaign ID", ("Campaign",), children="Opportunities"),
        boolean("HasOpportunityLineItem", "Has Line Item", access=_RO),
        owner("User"),
        *audit_fields(),
        date("LastActivityDate", "Last Activity", access=_RO),
        moment("LastStageChangeDate", "Last Stage Change Date"),
        replace(whole("FiscalQuarter", "Fiscal Quarter"), access=_RO, compound="Fiscal"),
        replace(whole("FiscalYear", "Fiscal Year"), access=_RO, compound="Fiscal"),
        text("Fiscal", "Fiscal Period", 6, access=_RO),
        replace(
            reference(
                "ContactId",
                "Contact ID",
                ("Contact",),
                access=Access.CREATE_ONLY,
                children="Opportunities",
            ),
            relationship=None,
            permissionable=False,
        ),
        moment("LastViewedDate", "Last Viewed Date"),
        moment("LastReferencedDate", "Last Referenced Date"),
        _snapshot("LastAmountChangedHistoryId"),
        _snapshot("LastCloseDateChangedHistoryId"),
    ]


def _snapshot(name: str) -> FieldSpec:
    return reference(
        name,
        "Opportunity History ID",
        ("OpportunityHistory",),
        access=_RO,
        on_parent_delete=OnParentDelete.KEEP,
    )


def contact_role() -> ObjectSpec:
    """Make the OpportunityContactRole object; its rows cannot be undeleted."""
    fields = [
        *record_id("Contact Role", deletable=False),
        replace(
            reference(
                "OpportunityId",
                "Opportunity ID",
                ("Opportunity",),
                access=Access.CREATE_ONLY,
                on_parent_delete=OnParentDelete.CASCADE,
                children="OpportunityContactRoles",
            ),
            nillable=False,
        ),
        replace(
            reference(
                "ContactId",
                "Contact ID",
                ("Contact",),
                on_parent_delete=OnParentDelete.CASCADE,
                children="OpportunityContactRoles",
            ),
            nillable=False,
        ),
        replace(picklist("Role", "Role", _ROLES, length=40), permissionable=False),
        boolean("IsPrimary", "Primary"),
        *audit_fields(),
        boolean("IsDeleted", "Deleted", access=_RO),
    ]
    spec = sobject(
        "OpportunityContactRole",
        "00K",
        fields,
        label="Opportunity Contact Role",
        plural="Opportunity Contact Role",
    )
    spec.undeletable = False
    spec.searchable = False
    return spec


def opportunity_stage() -> ObjectSpec:
    """Make the OpportunityStage object: read-only, one row a stage."""
    fields = [
        *record_id("Opportunity Stage", deletable=False),
        text("MasterLabel", "Master Label", 255, access=_RO),
        text("ApiName", "API Name", 255, access=_RO),
        boolean("IsActive", "Is Active", access=_RO),
        replace(whole("SortOrder", "Sort Order"), access=_RO),
        boolean("IsClosed", "Closed", access=_RO),
        boolean("IsWon", "Won", access=_RO),
        replace(
            picklist("ForecastCategory", "Forecast Category", FORECAST_CATEGORIES, length=40),
            access=_RO,
        ),
        replace(
            picklist("ForecastCategoryName", "Forecast Category Name", FORECAST_NAMES), access=_RO
        ),
        replace(percent("DefaultProbability", "Probability (%)"), access=_RO),
        text("Description", "Description", 255, access=_RO),
        *audit_fields(),
    ]
    return setup_object("OpportunityStage", "01J", fields, label="Opportunity Stage")


def opportunity_history() -> ObjectSpec:
    """Make the OpportunityHistory object: one row a change of stage, amount, date or odds."""
    fields = [
        *record_id("Opportunity History", deletable=False),
        replace(
            reference(
                "OpportunityId",
                "Opportunity ID",
                ("Opportunity",),
                access=_RO,
                on_parent_delete=OnParentDelete.CASCADE,
                children="OpportunityHistories",
            ),
            nillable=False,
        ),
        *audit_fields()[:2][::-1],
        replace(picklist("StageName", "To Stage", ()), access=_RO),
        currency("Amount", "Amount", scale=2, access=_RO),
        currency("ExpectedRevenue", "Expected Revenue", scale=2, access=_RO),
        date("CloseDate", "To Close Date", access=_RO),
        replace(percent("Probability", "Probability (%)"), access=_RO),
        of_type(FieldType.PICKLIST, "ForecastCategory", "To Forecast Category", 40, access=_RO),
        audit_fields()[4],
        boolean("IsDeleted", "Deleted", access=_RO),
        currency("PrevAmount", "Previous Amount", scale=2, access=_RO),
        date("PrevCloseDate", "Previous Close Date", access=_RO),
    ]
    return setup_object("OpportunityHistory", "008", fields, label="Opportunity History")
