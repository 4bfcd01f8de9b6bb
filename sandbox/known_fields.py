"""What both standard schemas have, for who writes seed lines from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.clock import Clock
from sandbox.hubspot.store import HubSpotStore
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import System

__all__ = ["KnownFields"]


class KnownFields:
    """Knows the fields a seed need not define."""

    def __init__(self) -> None:
        clock = Clock()
        self._hubspot = HubSpotStore(clock)
        self._salesforce = SalesforceStore(clock)

    def takes(self, system: str, name: str, field: str, values: Iterable[str]) -> bool:
        """Tell whether the standard field is there and knows all these picklist values."""
        known = self._options(system, name, field)
        return known is not None and known.issuperset(values)

    def _options(self, system: str, name: str, field: str) -> frozenset[str] | None:
        if system == System.SALESFORCE:
            spec = self._salesforce.database.schema.find(name)
            found = None if spec is None else spec.known(field)
            return None if found is None else frozenset(one.value for one in found.values)
        kind = self._hubspot.types.find(name)
        definition = None if kind is None else self._hubspot.schema(kind).find(field)
        return None if definition is None else frozenset(one.value for one in definition.options)
