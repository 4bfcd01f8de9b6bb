"""Proposing mappings from what two CRMs say of their fields: pure, nothing is asked or written."""
