"""Fields that are nobody's data: what each CRM, or another program, keeps for itself."""

from __future__ import annotations

import re

from mappings.lifecycle.model import FUNNEL_OUTCOMES
from mappings.outcomes import OUTCOME_PROPERTIES
from mappings.proposing.proposal import Why
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["is_custom", "why_ignored"]

_NATIVE_SYNC = re.compile(r"(hs_)?salesforce(?!_id$)\w*", re.ASCII)

#: HubSpot's analytics, activity figures and internals. Some can be written, none is people's data.
_HUBSPOT_OWN = re.compile(
    r"""hs_(?!(linkedin_url|language|persona|lead_status|next_step|priority|audience|goal)$).*
    |notes_.*|num_.*|engagements_.*|ip_.*|.*_timestamp_.*|.*lastupdated|.*_cardinality_.*
    |(first|recent)_(conversion|deal|contact)_.*
    |createdate|lastmodifieddate|closedate|days_to_close|currentlyinworkflow|owner(email|name)
    |hubspot_(team_id|owner_assigneddate)|associatedcompany\w*|total_revenue
    |followercount|kloutscoregeneral|linkedin(bio|connections)|photo|message
    |(twitter|facebook|linkedin|googleplus|instagram)\w*|web_technologies""",
    re.VERBOSE,
)

_LATER = frozenset({"lifecyclestage", "hs_lead_status", "Status"})
#: What says to which part of an object a record belongs.
_PARTS = frozenset({"pipeline", "hs_pipeline", "RecordTypeId"})

#: Salesforce's bookkeeping. `Name` of people is made of first and last name.
_SALESFORCE_OWN = re.compile(
    r"""Id|Is[A-Z]\w*|Has(Open|Overdue|Opportunity)\w*|\w*Date(?<!CloseDate)(?<!Birthdate)
    |(Created|LastModified)\w*|SystemModstamp|PhotoUrl|Jigsaw\w*|CleanStatus|\w*Latitude
    |\w*Longitude|\w*GeocodeAccuracy|EmailBounced\w*|\w*D[Uu]ns\w*|Fiscal\w*|Last\w+Id
    |MasterRecordId|RecordTypeId|Naics\w*|Sic\w*|Tradestyle|CurrencyIsoCode|Channel\w*""",
    re.VERBOSE,
)

_KEY = re.compile(r"(external|source|legacy|salesforce|hubspot|sfdc|crm|erp|netsuite|sap)\w*_?id")


def why_ignored(side: Side, shape: FieldShape) -> Why | None:
    """Tell why nobody would want this field mapped, None where somebody might."""
    name = shape.name
    if name in _LATER:
        return Why.LATER
    if name in _PARTS:
        return Why.PART
    if side is Side.LEFT and name in {*OUTCOME_PROPERTIES, *FUNNEL_OUTCOMES.values()}:
        return Why.OUTCOME
    if side is Side.LEFT and _NATIVE_SYNC.fullmatch(name):
        return Why.NATIVE_SYNC
    own = _HUBSPOT_OWN if side is Side.LEFT else _SALESFORCE_OWN
    if own.fullmatch(name) and not is_custom(side, shape):
        return Why.BOOKKEEPING
    if _KEY.search(name.casefold()):
        return Why.KEY
    if shape.kind is FieldKind.REFERENCE:
        return Why.REFERENCE
    return Why.BOOKKEEPING if shape.kind is FieldKind.OTHER else None


def is_custom(side: Side, shape: FieldShape) -> bool:
    """Tell whether a field was made in this account; HubSpot's names do not say."""
    return side is Side.RIGHT and shape.name.endswith("__c")
