"""The calls to HubSpot's lists, and those that make a list part of a campaign."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot.calls import Answer, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.paths import CAMPAIGNS, LISTS, MEMBERSHIPS_OF_RECORDS

__all__ = [
    "CAMPAIGNS_AT_ONCE",
    "LISTS_AT_ONCE",
    "MEMBERS_AT_ONCE",
    "RECORDS_AT_ONCE",
    "ListCalls",
]

#: What one search, one call for lists, one page of members and one call about records can hold.
_SEARCH_PAGE = 500
LISTS_AT_ONCE = 100
_MEMBER_PAGE = 250
RECORDS_AT_ONCE = 1_000

#: How many members one call adds or removes; HubSpot is said to take ten times as many.
MEMBERS_AT_ONCE = 10_000

#: How calls name contacts, and lists that are filled by calls.
_CONTACTS = "0-1"
_STATIC = "MANUAL"

_ASSET = "OBJECT_LIST"
CAMPAIGNS_AT_ONCE = 50


class ListCalls:
    """Makes the calls; what a token may not do raises AccountNotSupportedError."""

    def __init__(self, client: HubSpotClient, *, about: str) -> None:
        """Call through the connector's one client; `about` is the object the lists stand for."""
        self.about = about
        self._client = client

    def search(self, words: str, *, offset: int) -> Answer:
        """Search lists by words in their names; sizes and times come with them."""
        body = {"query": words, "count": _SEARCH_PAGE, "offset": offset}
        operation = self._reads("search the lists of", holds="lists")
        return self._client.by_path(operation, f"{LISTS}/search", "POST", body=body)

    def by_ids(self, ids: Sequence[str]) -> Answer:
        """Fetch up to a hundred lists by id, without the delay a search may have."""
        query = [("listIds", each) for each in ids]
        operation = self._reads("read the lists of", holds="lists")
        return self._client.by_path(operation, LISTS, query_params=query)

    def by_name(self, name: str) -> Answer:
        """Fetch a list of contacts by its name."""
        path = f"{LISTS}/object-type-id/{{type}}/name/{{name}}"
        params = {"type": _CONTACTS, "name": name}
        operation = self._reads("read a list of", holds="list")
        return self._client.by_path(operation, path, path_params=params)

    def create(self, name: str) -> Answer:
        """Make a static list of contacts; a taken name is an answer, too."""
        body = {"name": name, "objectTypeId": _CONTACTS, "processingType": _STATIC}
        operation = self._writes("make a list of", holds="list")
        return self._client.by_path(operation, LISTS, "POST", body=body)

    def members(self, list_id: str, after: str | None) -> Answer:
        """Fetch one page of a list's members, in the order of their ids."""
        query = [("limit", str(_MEMBER_PAGE))]
        query += [("after", after)] if after is not None else []
        operation = self._reads("read the members of", holds="results")
        path = f"{LISTS}/{{list}}/memberships"
        params = {"list": list_id}
        return self._client.by_path(operation, path, path_params=params, query_params=query)

    def lists_of(self, record_ids: Sequence[str]) -> Answer:
        """Fetch the lists that up to a thousand contacts are on."""
        inputs = [{"objectTypeId": _CONTACTS, "recordId": each} for each in record_ids]
        operation = self._reads("read the memberships of", holds="results")
        return self._client.by_path(
            operation, f"{MEMBERSHIPS_OF_RECORDS}/batch/read", "POST", body={"inputs": inputs}
        )

    def change(self, list_id: str, what: str, record_ids: Sequence[str]) -> Answer:
        """Put contacts on a list (`add`) or take them off (`remove`); a refusal is an answer."""
        operation = self._writes(f"{what} members of", holds="recordIdsMissing")
        path = f"{LISTS}/{{list}}/memberships/{{what}}"
        params = {"list": list_id, "what": what}
        return self._client.by_path(
            operation, path, "PUT", path_params=params, body=list(record_ids)
        )

    def attach(self, campaign_id: str, list_id: str) -> Answer:
        """Make a list an asset of a campaign; a refusal is an answer, too."""
        operation = self._writes("attach a list to", holds="")
        path = f"{CAMPAIGNS}/{{campaign}}/assets/{_ASSET}/{{list}}"
        params = {"campaign": campaign_id, "list": list_id}
        return self._client.by_path(operation, path, "PUT", path_params=params)

    def campaigns(self, campaign_ids: Sequence[str]) -> Answer:
        """Read up to fifty campaigns with their names and assets."""
        operation = self._reads("read", holds="results")
        return self._client.by_path(
            operation,
            f"{CAMPAIGNS}/batch/read",
            "POST",
            query_params=[("properties", "hs_name")],
            body={"inputs": [{"id": each} for each in campaign_ids]},
        )

    def any_campaign(self) -> Answer:
        """Ask for one campaign, to see whether the account has campaigns at all."""
        query = [("limit", "1"), ("sort", "hs_name")]
        return self._client.by_path(
            self._reads("list", holds="results"), CAMPAIGNS, query_params=query
        )

    def _reads(self, name: str, *, holds: str) -> Operation:
        return Operation(name=name, object_name=self.about, holds=holds, optional=True)

    def _writes(self, name: str, *, holds: str) -> Operation:
        return Operation(name=name, object_name=self.about, holds=holds, optional=True, writes=True)
