"""Campaign, its members and the statuses a member can have."""

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
    sobject,
    text,
    whole,
)
from sandbox.salesforce.catalog.choices import LEAD_SOURCES, SALUTATIONS
from sandbox.salesforce.model import (
    Access,
    FieldSpec,
    FieldType,
    ObjectSpec,
    OnParentDelete,
    RollUp,
    Value,
)

__all__ = ["campaign", "campaign_member", "campaign_member_status"]

_TYPES = (
    "Conference",
    "Webinar",
    "Trade Show",
    "Public Relations",
    "Partners",
    "Referral Program",
    "Advertisement",
    "Banner Ads",
    "Direct Mail",
    "Email",
    "Telemarketing",
    "Other",
)
_STATUSES = ("Planned", "In Progress", "Completed", "Aborted")
_RO = Access.READ_ONLY


def campaign() -> ObjectSpec:
    """Make the Campaign object."""
    return sobject("Campaign", "701", _fields())


def _fields() -> list[FieldSpec]:
    return [
        *record_id("Campaign"),
        replace(text("Name", "Name", 80, required=True), name_field=True, id_lookup=True),
        reference("ParentId", "Parent Campaign ID", ("Campaign",), children="ChildCampaigns"),
        picklist("Type", "Type", _TYPES, length=40),
        replace(picklist("Status", "Status", _STATUSES, length=40), default="Planned"),
        date("StartDate", "Start Date"),
        date("EndDate", "End Date"),
        currency("ExpectedRevenue", "Expected Revenue in Campaign"),
        currency("BudgetedCost", "Budgeted Cost in Campaign"),
        currency("ActualCost", "Actual Cost in Campaign"),
        replace(percent("ExpectedResponse", "Expected Response (%)"), precision=10, scale=2),
        number("NumberSent", "Num Sent in Campaign", precision=18, scale=0),
        boolean("IsActive", "Active"),
        long_text("Description", "Description"),
        *_totals(),
        owner("User"),
        *audit_fields(),
        date("LastActivityDate", "Last Activity", access=_RO),
        moment("LastViewedDate", "Last Viewed Date"),
        moment("LastReferencedDate", "Last Referenced Date"),
    ]


def _totals() -> list[FieldSpec]:
    def counted(
        name: str, label: str, child: str, sum_of: str | None = None, **where: Value
    ) -> FieldSpec:
        field = whole(name, label) if sum_of is None else currency(name, label)
        roll_up = RollUp(
            child=child, reference="CampaignId", sum_of=sum_of, where=tuple(where.items())
        )
        return replace(field, access=_RO, nillable=False, defaulted=True, roll_up=roll_up)

    member, deal = "CampaignMember", "Opportunity"
    return [
        counted("NumberOfLeads", "Leads in Campaign", member, LeadId=True, ContactId=False),
        counted(
            "NumberOfConvertedLeads",
            "Converted Leads in Campaign",
            member,
            LeadId=True,
            ContactId=True,
        ),
        counted("NumberOfContacts", "Contacts in Campaign", member, ContactId=True),
        counted("NumberOfResponses", "Responses in Campaign", member, HasResponded=True),
        counted("NumberOfOpportunities", "Opportunities in Campaign", deal),
        counted("NumberOfWonOpportunities", "Won Opportunities in Campaign", deal, IsWon=True),
        counted("AmountAllOpportunities", "Value Opportunities in Campaign", deal, "Amount"),
        counted(
            "AmountWonOpportunities",
            "Value Won Opportunities in Campaign",
            deal,
            "Amount",
            IsWon=True,
        ),
    ]


def campaign_member() -> ObjectSpec:
    """Make the CampaignMember object: one row a campaign and person."""
    fields = [
        *record_id("Campaign Member"),
        replace(_tie("CampaignId", "Campaign ID", "Campaign"), nillable=False),
        _tie("LeadId", "Lead ID", "Lead"),
        _tie("ContactId", "Contact ID", "Contact"),
        replace(picklist("Status", "Status", (), length=40), permissionable=False),
        boolean("HasResponded", "Responded", access=_RO),
        *audit_fields(),
        date("FirstRespondedDate", "First Responded Date", access=_RO),
        *_copies(),
        reference(
            "LeadOrContactId",
            "Related Record ID",
            ("Contact", "Lead"),
            access=_RO,
            on_parent_delete=OnParentDelete.KEEP,
        ),
        reference(
            "LeadOrContactOwnerId",
            "Related Record Owner ID",
            ("Group", "User"),
            access=_RO,
            on_parent_delete=OnParentDelete.KEEP,
        ),
    ]
    spec = sobject("CampaignMember", "00v", fields, label="Campaign Member")
    spec.undeletable = False
    spec.searchable = False
    return spec


def _tie(name: str, label: str, refers_to: str) -> FieldSpec:
    return reference(
        name,
        label,
        (refers_to,),
        access=Access.CREATE_ONLY,
        on_parent_delete=OnParentDelete.CASCADE,
        children="CampaignMembers",
    )


def _copies() -> list[FieldSpec]:
    """Make the columns that repeat what the person's own record says."""
    fields = [
        picklist("Salutation", "Salutation", SALUTATIONS, length=40),
        replace(text("Name", "Full Name", 255), name_field=True),
        text("FirstName", "First Name", 40),
        text("LastName", "Last Name", 80),
        text("Title", "Title", 128),
        of_type(FieldType.TEXTAREA, "Street", "Street", 255),
        text("City", "City", 40),
        text("State", "State/Province", 80),
        text("PostalCode", "Zip/Postal Code", 20),
        text("Country", "Country", 80),
        of_type(FieldType.EMAIL, "Email", "Email", 80),
        of_type(FieldType.PHONE, "Phone", "Phone", 40),
        of_type(FieldType.PHONE, "Fax", "Fax", 40),
        of_type(FieldType.PHONE, "MobilePhone", "Mobile", 40),
        long_text("Description", "Description"),
        boolean("DoNotCall", "Do Not Call"),
        boolean("HasOptedOutOfEmail", "Email Opt Out"),
        boolean("HasOptedOutOfFax", "Fax Opt Out"),
        picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        text("CompanyOrAccount", "Company (Account)", 255),
        picklist("Type", "Type", ("Contact", "Lead"), length=40),
    ]
    return [replace(field, access=_RO) for field in fields]


def campaign_member_status() -> ObjectSpec:
    """Make the CampaignMemberStatus object: the choices of one campaign."""
    fields = [
        *record_id("Campaign Member Status"),
        replace(_tie("CampaignId", "Campaign ID", "Campaign"), nillable=False, children=None),
        text("Label", "Label", 765, required=True),
        replace(whole("SortOrder", "Sort Order"), defaulted=True),
        boolean("IsDefault", "Is Default"),
        boolean("HasResponded", "Has Responded"),
        *audit_fields(),
    ]
    spec = sobject(
        "CampaignMemberStatus",
        "01Y",
        fields,
        label="Campaign Member Status",
        plural="Campaign Member Statuses",
    )
    spec.undeletable = False
    spec.searchable = False
    spec.layoutable = False
    return spec
