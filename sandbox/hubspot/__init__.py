"""The stand-in for HubSpot: CRM objects, properties, associations, owners, account."""
