"""The standard objects of the org, as data."""

from __future__ import annotations

from sandbox.salesforce.catalog.account import account
from sandbox.salesforce.catalog.activity import event, task
from sandbox.salesforce.catalog.campaign import campaign, campaign_member, campaign_member_status
from sandbox.salesforce.catalog.contact import contact
from sandbox.salesforce.catalog.history import field_histories
from sandbox.salesforce.catalog.lead import lead
from sandbox.salesforce.catalog.opportunity import (
    contact_role,
    opportunity,
    opportunity_history,
    opportunity_stage,
)
from sandbox.salesforce.catalog.setup import (
    currency_type,
    dated_conversion_rate,
    group,
    group_member,
    lead_status,
    organization,
    queue_sobject,
    record_type,
    user,
)
from sandbox.salesforce.model import ObjectSpec

__all__ = ["currency_objects", "standard_objects"]


def standard_objects() -> list[ObjectSpec]:
    """Give a fresh copy of every standard object, parents before children."""
    return [
        organization(),
        user(),
        group(),
        group_member(),
        queue_sobject(),
        record_type(),
        opportunity_stage(),
        lead_status(),
        account(),
        contact(),
        lead(),
        campaign(),
        campaign_member_status(),
        campaign_member(),
        opportunity(),
        contact_role(),
        task(),
        event(),
        opportunity_history(),
        *field_histories(),
    ]


def currency_objects() -> list[ObjectSpec]:
    """Give the objects that only an org with several currencies has."""
    return [currency_type(), dated_conversion_rate()]
