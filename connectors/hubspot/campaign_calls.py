"""The calls to HubSpot's campaigns: dated paths, since the vendor's client has none for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.paths import CAMPAIGNS
from connectors.retry import ONCE_ONLY
from sync.domain.ports import WriteKind

__all__ = ["BATCH", "OBJECT", "PAGE", "CampaignCalls"]

#: The object's name, in mappings and in the API's paths.
OBJECT = "campaigns"

#: HubSpot's number for the object: what its property definitions are asked for by.
_TYPE_ID = "0-35"

#: What one batch, and one page of a list, can hold.
BATCH = 50
PAGE = 100

_READ = Operation(name="read", object_name=OBJECT, optional=True)
_WRITE = Operation(name="update", object_name=OBJECT, optional=True, writes=True)


class CampaignCalls:
    """Makes the calls; what an account's plan does not include raises AccountNotSupportedError."""

    def __init__(self, client: HubSpotClient) -> None:
        """Call through the connector's one client, its limits and its time-outs."""
        self._client = client

    def definitions(self) -> Answer:
        """Fetch the definitions of all properties, where the account gives them."""
        return self._client.properties(_TYPE_ID)

    def page(
        self,
        properties: Sequence[str],
        *,
        sort: str,
        after: str | None = None,
        name: str = "",
        limit: int = PAGE,
    ) -> Answer:
        """Fetch one page of all campaigns; `name` asks for those whose name holds it."""
        query = [("limit", str(limit)), ("sort", sort), *_properties(properties)]
        query += [("after", after)] if after is not None else []
        query += [("name", name)] if name else []
        return self._client.by_path(replace(_READ, name="list"), CAMPAIGNS, query_params=query)

    def read_batch(self, ids: Sequence[str], properties: Sequence[str]) -> Answer:
        """Read up to 50 campaigns by id; the properties are asked for beside the body."""
        return self._client.by_path(
            _READ,
            f"{CAMPAIGNS}/batch/read",
            "POST",
            query_params=_properties(properties),
            body={"inputs": [{"id": each} for each in ids]},
        )

    def write_batch(self, kind: WriteKind, inputs: Sequence[Json]) -> Answer:
        """Send one batch of up to 50 writes; a refusal of the whole batch is an answer, too."""
        operation = replace(_WRITE, name=kind.value)
        if kind is WriteKind.CREATE:
            operation = replace(operation, policy=ONCE_ONLY)
        if kind is WriteKind.ARCHIVE:
            operation = replace(operation, holds="")
        path = f"{CAMPAIGNS}/batch/{kind.value}"
        return self._client.by_path(operation, path, "POST", body={"inputs": list(inputs)})

    def totals(self, campaign_id: str) -> Answer:
        """Fetch the items of a campaign's budget and spend."""
        operation = replace(_READ, name="read the budget of", holds="budgetItems")
        path = f"{CAMPAIGNS}/{{campaign}}/budget/totals"
        return self._client.by_path(operation, path, path_params={"campaign": campaign_id})

    def add_item(self, campaign_id: str, part: str, item: Json) -> Answer:
        """Add an item to `budget` or `spend`; not sent again where the answer is lost."""
        operation = replace(_WRITE, name=f"add to the {part} of", holds="id", policy=ONCE_ONLY)
        path = f"{CAMPAIGNS}/{{campaign}}/{part}"
        whose = {"campaign": campaign_id}
        return self._client.by_path(operation, path, "POST", path_params=whose, body=item)

    def change_item(self, campaign_id: str, part: str, item_id: str, item: Json) -> Answer:
        """Replace an item of `budget` or `spend`."""
        operation = replace(_WRITE, name=f"change the {part} of", holds="id")
        path = f"{CAMPAIGNS}/{{campaign}}/{part}/{{item}}"
        which = {"campaign": campaign_id, "item": item_id}
        return self._client.by_path(operation, path, "PUT", path_params=which, body=item)

    def remove_item(self, campaign_id: str, part: str, item_id: str) -> Answer:
        """Take an item out of `budget` or `spend`."""
        operation = replace(_WRITE, name=f"take from the {part} of", holds="")
        path = f"{CAMPAIGNS}/{{campaign}}/{part}/{{item}}"
        which = {"campaign": campaign_id, "item": item_id}
        return self._client.by_path(operation, path, "DELETE", path_params=which)


def _properties(names: Sequence[str]) -> list[tuple[str, str]]:
    return [("properties", ",".join(names))] if names else []
