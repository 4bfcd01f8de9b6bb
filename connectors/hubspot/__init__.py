"""HubSpot: contacts, companies and any other object of its CRM, behind the `Crm` port."""

from __future__ import annotations

from connectors.hubspot.connector import HubSpot, connect
from connectors.hubspot.settings import ApiVersion, HubSpotSettings

__all__ = ["ApiVersion", "HubSpot", "HubSpotSettings", "connect"]
