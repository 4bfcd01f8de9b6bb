"""What is not read and written as records are: campaigns, and relations between records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connectors.hubspot.association_rows import AssociationRows
from connectors.hubspot.campaign_calls import OBJECT as CAMPAIGNS
from connectors.hubspot.campaign_members import OBJECT as CAMPAIGN_MEMBERS
from connectors.hubspot.campaign_members import CampaignMembers
from connectors.hubspot.campaigns import Campaigns
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.reader import HubSpotReader
from connectors.hubspot.relations import relation_of
from sync.domain.ports import ChangeQuery, Peek, Write, WriteResult
from sync.domain.record import Native, Record
from sync.domain.schema import ObjectShape

__all__ = ["OwnApi", "OwnApis"]


class OwnApi(Protocol):
    """One object that has an API of its own; each method is that of the `Crm` port."""

    @property
    def batch_size(self) -> int:
        """How many writes of one kind one call takes."""
        ...

    def describe(self) -> ObjectShape:
        """Describe the object."""
        ...

    def peek(self, query: ChangeQuery) -> Peek:
        """Fetch the newest page."""
        ...

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read what changed, in pages."""
        ...

    def read_all(self, fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Read all there is, in pages."""
        ...

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Fetch records by id; one proven not to be there comes back as gone."""
        ...

    def find(
        self, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find records by a field."""
        ...

    def read_ties(
        self, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read what stands apart from the records, by (id, field)."""
        ...

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind; one result each, in order."""
        ...


class OwnApis:
    """The objects of one portal that have APIs of their own, each made when it is first named."""

    def __init__(
        self,
        client: HubSpotClient,
        *,
        reader: HubSpotReader,
        clock: Callable[[], datetime],
        is_property: Callable[[str, str], bool],
        learn: Callable[[str], object],
    ) -> None:
        """Work through the portal's one client; `reader` reads its records.

        `clock` stands in where answers carry no time; `is_property` tells of an object's name and
        a property's; `learn` lets calls know a custom object by the name it has in files.
        """
        self._client = client
        self._reader = reader
        self._clock = clock
        self._is_property = is_property
        self._learn = learn
        self._made: dict[str, OwnApi] = {}

    def of(self, object_name: str) -> OwnApi | None:
        """Give what stands behind an object, None for one whose records are CRM records."""
        if object_name not in self._made:
            made = self._make(object_name)
            if made is None:
                return None
            self._made[object_name] = made
        return self._made[object_name]

    def _make(self, object_name: str) -> OwnApi | None:
        if object_name == CAMPAIGNS:
            return Campaigns(self._client, clock=self._clock, is_property=self._is_property)
        if object_name == CAMPAIGN_MEMBERS:
            return CampaignMembers(self._client, clock=self._now)
        relation = relation_of(object_name)
        if relation is None:
            return None
        return AssociationRows(
            self._client,
            relation,
            reader=self._reader,
            clock=self._now,
            learn=self._learn,
        )

    def _now(self) -> datetime:
        """Give HubSpot's time as it last told it: rows have no time of their own."""
        return self._client.answered_at or self._clock()
