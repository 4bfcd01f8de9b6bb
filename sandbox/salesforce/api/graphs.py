"""Composite graphs: several groups of requests in one call, each all or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.composite import CompositeHandlers, reference_names
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse, list_of_objects
from sandbox.salesforce.errors import ApiError, bad_json, processing_halted

__all__ = ["GraphHandlers"]

_MOST_GRAPHS = 75
_MOST_NODES = 500
_DEEPEST = 15
_MOST_KINDS = 15
_MOST_FAILURES = 14
_ROW = re.compile(r"/services/data/(v\d+\.0)/sobjects/(\w+)(/[^/?]+){0,2}/?(\?.*)?", re.IGNORECASE)
_USED = re.compile(r"@\{\s*(\w+)")


class GraphHandlers:
    """Answers `/composite/graph`."""

    def __init__(self, composite: CompositeHandlers) -> None:
        """Run the parts of graphs as those of a composite request are run."""
        self._composite = composite

    def graph(self, request: ApiRequest) -> ApiResponse:
        """Run graphs one after the other; after 14 failed ones the rest is not run."""
        graphs = list_of_objects(request.object_body(), "graphs")
        parts = [list_of_objects(graph, "compositeRequest") for graph in graphs]
        ids = _checked_ids(graphs)
        names = [_checked_names(one) for one in parts]
        _check_size(parts)
        answers: list[Json] = []
        failures = 0
        for graph_id, its_names, its_parts in zip(ids, names, parts, strict=True):
            if failures >= _MOST_FAILURES:
                shown, succeeded = _halted(its_names), False
            else:
                shown, succeeded = self._composite.run_all(
                    request, its_names, its_parts, all_or_none=True
                )
            failures += not succeeded
            answers.append(
                {
                    "graphId": graph_id,
                    "graphResponse": {"compositeResponse": shown},
                    "isSuccessful": succeeded,
                }
            )
        return ApiResponse(body={"graphs": answers})


def _checked_ids(graphs: Sequence[JsonObject]) -> list[str]:
    if not 1 <= len(graphs) <= _MOST_GRAPHS:
        raise ApiError("LIMIT_EXCEEDED", f"a payload has 1 to {_MOST_GRAPHS} graphs")
    ids = [graph.get("graphId") for graph in graphs]
    texts = [one for one in ids if isinstance(one, str) and one]
    if len(texts) != len(graphs) or len(set(texts)) != len(texts):
        raise bad_json("each graph needs a graphId of its own")
    return texts


def _checked_names(parts: Sequence[JsonObject]) -> list[str]:
    """Give the reference ids of a graph's parts; refuse what a graph may not do."""
    names = reference_names(parts)
    depths: dict[str, int] = {}
    for name, part in zip(names, parts, strict=True):
        _check_part(part)
        used = _USED.findall(f"{part.get('url')} {part.get('body')}")
        depths[name] = 1 + max((depths.get(one, 0) for one in used), default=0)
    if max(depths.values(), default=0) > _DEEPEST:
        raise ApiError("LIMIT_EXCEEDED", f"a graph can be {_DEEPEST} levels deep")
    return names


def _check_part(part: JsonObject) -> None:
    url, method = str(part.get("url", "")), str(part.get("method", "")).upper()
    found = _ROW.fullmatch(url)
    addresses_row = found is not None and found[3] is not None
    if found is None or method not in (
        ("GET", "PATCH", "DELETE", "POST") if addresses_row else ("POST",)
    ):
        raise ApiError("INVALID_INPUT", f"{method} {url} is not supported in a graph")


def _check_size(graphs: Sequence[Sequence[JsonObject]]) -> None:
    parts = [part for graph in graphs for part in graph]
    if len(parts) > _MOST_NODES:
        raise ApiError("LIMIT_EXCEEDED", f"a payload has at most {_MOST_NODES} nodes")
    kinds = set()
    for part in parts:
        found = _ROW.fullmatch(str(part["url"]))
        assert found is not None
        kinds.add((str(part["method"]).upper(), found[1].lower(), found[2].lower()))
    if len(kinds) > _MOST_KINDS:
        raise ApiError("LIMIT_EXCEEDED", f"a payload has at most {_MOST_KINDS} kinds of nodes")


def _halted(names: Sequence[str]) -> list[Json]:
    body: Json = processing_halted(
        "The request was halted because too many graphs in the payload failed."
    ).body()
    return [
        {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}
        for name in names
    ]
