"""HubSpot's marketing campaigns: an object with an API of its own, behind the same port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.hubspot.calls import Operation
from connectors.hubspot.campaign_calls import OBJECT, CampaignCalls
from connectors.hubspot.campaign_money import CampaignMoney
from connectors.hubspot.campaign_reader import CampaignReader
from connectors.hubspot.campaign_shape import CURRENCY, NAME, campaign_shape
from connectors.hubspot.campaign_writer import CampaignWriter
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import odd_answer
from sync.domain.errors import ConfigError, RecordRejectedError
from sync.domain.ports import ChangeQuery, Peek, Write, WriteResult
from sync.domain.record import Native, Record
from sync.domain.schema import ObjectShape

__all__ = ["OBJECT", "Campaigns"]


class Campaigns:
    """The campaigns of one portal.

    Without Marketing Hub, or without the scopes, every reading call raises
    AccountNotSupportedError; nothing else of the portal is concerned.
    """

    batch_size = 100

    def __init__(
        self,
        client: HubSpotClient,
        *,
        clock: Callable[[], datetime],
        is_property: Callable[[str, str], bool],
    ) -> None:
        """Work through the portal's one client.

        `clock` stands in where answers carry no time; `is_property` tells of an object's name and
        a property's.
        """
        self._client = client
        self._calls = CampaignCalls(client)
        self._money = CampaignMoney(self._calls)
        self._reader = CampaignReader(self._calls, clock=clock, is_property=is_property)
        self._writer = CampaignWriter(self._calls, self._reader)

    def describe(self) -> ObjectShape:
        """Describe campaigns, once a first one could be asked for."""
        self._calls.page([NAME], sort=NAME, limit=1)
        try:
            definitions = self._calls.definitions().results
        except (ConfigError, RecordRejectedError):
            # Not every account describes its campaigns, nor every token may ask.
            definitions = ()
        currency = CURRENCY if self._client.account().body.get("additionalCurrencies") else ""
        try:
            return replace(campaign_shape(definitions), currency_field=currency)
        except ValueError as error:
            asked = Operation(name="read the properties of", object_name=OBJECT)
            raise odd_answer(asked, "definitions that cannot be read") from error

    def peek(self, query: ChangeQuery) -> Peek:
        """Fetch the newest page."""
        return self._reader.peek(query)

    def read_changes(self, query: ChangeQuery) -> Iterator[Sequence[Record]]:
        """Read what changed, in pages."""
        return self._reader.changed(query)

    def read_all(self, fields: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Read all campaigns, in pages."""
        return self._reader.all(fields)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Fetch campaigns by id; one HubSpot says it has not comes back as gone."""
        return self._reader.by_ids(ids, fields)

    def find(
        self, field_name: str, values: Sequence[str], fields: Sequence[str]
    ) -> Iterator[Record]:
        """Find campaigns by a field."""
        return self._reader.by_value(field_name, values, fields)

    def read_ties(
        self, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[tuple[str, str], Native]:
        """Read what campaigns cost as it is now, by (id, field), fifty to a call.

        HubSpot may add up late what was written a moment ago: what this connector wrote itself is
        read item by item.
        """
        found = {each: self._money.read(each) for each in dict.fromkeys(ids) if self._wrote(each)}
        others = [each for each in ids if each not in found]
        for record in self._reader.by_ids(others, fields):
            if not record.gone:
                found[record.ref.id] = record.fields
        return {
            (each, name): sums[name]
            for each, sums in found.items()
            for name in fields
            if name in sums
        }

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind; one result each, in order."""
        return self._writer.apply(writes)

    def _wrote(self, campaign_id: str) -> bool:
        return campaign_id in self._writer.paid
