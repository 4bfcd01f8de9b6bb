"""Salesforce as the engine sees it: `connect` gives a connector for one org."""

from __future__ import annotations

from connectors.salesforce.connection import connect
from connectors.salesforce.settings import AuthKind, SalesforceSettings

__all__ = ["AuthKind", "SalesforceSettings", "connect"]
