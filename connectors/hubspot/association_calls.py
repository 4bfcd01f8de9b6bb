"""The calls to HubSpot's associations: which kinds there are, who is tied to whom, ties changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.paths import ASSOCIATIONS

__all__ = ["READ_BATCH", "AssociationCalls", "after_of", "start_of", "tied_ends"]

#: How many records one call reads the associations of.
READ_BATCH = 1_000


class AssociationCalls:
    """Makes the calls for the associations of two objects; `about` names what they are for."""

    def __init__(self, client: HubSpotClient) -> None:
        """Call through the connector's one client, its limits and its time-outs."""
        self._client = client

    def kinds(self, start: str, end: str, *, about: str) -> Answer:
        """Fetch the kinds of association between two objects, labels among them."""
        operation = Operation(name="read the association labels of", object_name=about)
        path = f"{ASSOCIATIONS}/labels"
        return self._client.by_path(operation, path, path_params=self._ends(start, end))

    def read(self, start: str, end: str, inputs: Sequence[Json], *, about: str) -> Answer:
        """Read what up to a thousand records are tied to, a page of each."""
        operation = Operation(name="read the associations of", object_name=about)
        answer = self._client.by_path(
            operation,
            f"{ASSOCIATIONS}/batch/read",
            "POST",
            path_params=self._ends(start, end),
            body={"inputs": list(inputs)},
        )
        if any(not start_of(item) for item in answer.results):
            raise odd_answer(operation, "associations of nothing")
        return answer

    def write(
        self, start: str, end: str, what: str, inputs: Sequence[Json], *, about: str
    ) -> Answer:
        """Send one batch, `what` being the end of its path; a refusal is an answer, too."""
        removes = what.endswith("archive")
        operation = Operation(
            name="part" if removes else "tie",
            object_name=about,
            writes=True,
            holds="" if removes else "results",
        )
        return self._client.by_path(
            operation,
            f"{ASSOCIATIONS}/{what}",
            "POST",
            path_params=self._ends(start, end),
            body={"inputs": list(inputs)},
        )

    def _ends(self, start: str, end: str) -> Json:
        """Give the two objects as paths name them."""
        return {"from": self._client.address_of(start), "to": self._client.address_of(end)}


def start_of(item: Json) -> str:
    """Give the record an item of an answer is about."""
    end = item.get("from")
    return str(end.get("id") or "") if isinstance(end, dict) else ""


def after_of(item: Json) -> str:
    """Give where the next page of a record's ties begins, empty on the last one."""
    paging = item.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return str(following.get("after") or "") if isinstance(following, dict) else ""


def tied_ends(item: Json) -> Iterator[tuple[str, Sequence[Json]]]:
    """Give the records an item of an answer names as tied, and by which kinds."""
    ends = item.get("to")
    for end in ends if isinstance(ends, list) else ():
        if isinstance(end, dict) and end.get("toObjectId"):
            kinds = end.get("associationTypes")
            listed = kinds if isinstance(kinds, list) else ()
            yield str(end["toObjectId"]), [kind for kind in listed if isinstance(kind, dict)]
