"""The standard objects of the org, as data."""

from __future__ import annotations

from sandbox.salesforce.catalog.account import account
from sandbox.salesforce.catalog.contact import contact
from sandbox.salesforce.catalog.lead import lead
from sandbox.salesforce.catalog.setup import group, organization, record_type, user
from sandbox.salesforce.model import ObjectSpec

__all__ = ["standard_objects"]


def standard_objects() -> list[ObjectSpec]:
    """Give a fresh copy of every standard object, parents before children."""
    return [organization(), user(), group(), record_type(), account(), contact(), lead()]
