"""Several requests in one call: `/composite` with references, `/composite/batch` without."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse, list_of_objects, split_url
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, bad_json, processing_halted

__all__ = ["CompositeHandlers", "Dispatch", "reference_names"]

Dispatch = Callable[[ApiRequest], ApiResponse]

_MOST_PARTS = 25
_MOST_HEAVY = 5
_REFERENCE = re.compile(r"@\{\s*(\w+)((?:\.\w+|\[\d+\])*)\s*\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed."
)


class _RollBackError(Exception):
    """A part failed where all must succeed; never leaves this module."""


class CompositeHandlers:
    """Runs the parts of a composite request through the same dispatch as single ones."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        """Run parts by `dispatch`, in one org's transactions."""
        self._database = database
        self._dispatch = dispatch

    def composite(self, request: ApiRequest) -> ApiResponse:
        """Run up to 25 parts in order; later ones may use the answers of earlier ones."""
        body = request.object_body()
        parts = list_of_objects(body, "compositeRequest")
        names = _checked_names(parts)
        shown, _ = self.run_all(request, names, parts, all_or_none=body.get("allOrNone") is True)
        return ApiResponse(body={"compositeResponse": shown})

    def run_all(
        self,
        request: ApiRequest,
        names: Sequence[str],
        parts: Sequence[JsonObject],
        *,
        all_or_none: bool,
    ) -> tuple[list[Json], bool]:
        """Run parts in order; gives their answers, and whether all of them succeeded."""
        responses: dict[str, ApiResponse] = {}
        try:
            with self._database.transaction():
                for name, part in zip(names, parts, strict=True):
                    responses[name] = self._run(request, part, responses)
                    if all_or_none and responses[name].is_error:
                        raise _RollBackError
        except _RollBackError:
            halted = ApiResponse.of_error(processing_halted(_ROLLED_BACK))
            failed = next(name for name in names if responses[name].is_error)
            responses = {name: responses[failed] if name == failed else halted for name in names}
        succeeded = not any(response.is_error for response in responses.values())
        return [_shown(name, responses[name]) for name in names], succeeded

    def batch(self, request: ApiRequest) -> ApiResponse:
        """Run up to 25 independent parts."""
        body = request.object_body()
        parts = list_of_objects(body, "batchRequests")
        if not 1 <= len(parts) <= _MOST_PARTS:
            raise ApiError("LIMIT_EXCEEDED", f"a batch has 1 to {_MOST_PARTS} subrequests")
        halt = body.get("haltOnError") is True
        results: list[Json] = []
        failed = False
        for part in parts:
            if failed and halt:
                error = ApiError(
                    "BATCH_PROCESSING_HALTED",
                    "Batch processing halted per request.",
                    status=412,
                )
                response = ApiResponse.of_error(error)
            else:
                response = self._run_batch_part(request, part)
            failed = failed or response.is_error
            results.append({"statusCode": response.status, "result": response.body})
        return ApiResponse(body={"hasErrors": failed, "results": results})

    def _run_batch_part(self, request: ApiRequest, part: JsonObject) -> ApiResponse:
        url = str(part.get("url", "")).lstrip("/")
        address = f"/{url}" if url.startswith("services/") else f"/services/data/{url}"
        return self._send(request, part, address, part.get("richInput"), {})

    def _run(
        self, request: ApiRequest, part: JsonObject, before: Mapping[str, ApiResponse]
    ) -> ApiResponse:
        try:
            references = _References(before)
            url = references.in_url(str(part.get("url", "")))
            body = references.in_value(part.get("body"))
            headers = references.in_value(part.get("httpHeaders"))
        except ApiError as exc:
            return ApiResponse.of_error(exc)
        return self._send(request, part, url, body, headers if isinstance(headers, dict) else {})

    def _send(
        self,
        request: ApiRequest,
        part: JsonObject,
        url: str,
        body: Json,
        headers: Mapping[str, Json],
    ) -> ApiResponse:
        method = str(part.get("method", "")).upper()
        try:
            if method not in _METHODS:
                raise ApiError("METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed")
            version, path, query = split_url(url)
            lowered = tuple(part.lower() for part in path[:2])
            if lowered[:1] == ("jobs",) or (
                lowered[:1] == ("composite",) and lowered[1:] not in (("sobjects",), ("tree",))
            ):
                raise ApiError("INVALID_INPUT", f"{url} cannot be a subrequest")
        except ApiError as exc:
            return ApiResponse.of_error(exc)
        sent = replace(
            request,
            method=method,
            version=version,
            path=path,
            query=query,
            headers={name.lower(): str(value) for name, value in headers.items()},
            body=body,
        )
        return self._dispatch(sent)


class _References:
    """Puts the answers of earlier parts where `@{name.field}` stands."""

    def __init__(self, responses: Mapping[str, ApiResponse]) -> None:
        self._responses = responses

    def in_url(self, url: str) -> str:
        """Replace references in an address."""
        return _REFERENCE.sub(lambda found: quote(str(self._value(found)), safe=""), url)

    def in_value(self, value: Json) -> Json:
        """Replace references in a body, at any depth; a lone one keeps its type."""
        if isinstance(value, str):
            whole = _REFERENCE.fullmatch(value)
            if whole:
                return self._value(whole)
            return _REFERENCE.sub(lambda found: str(self._value(found)), value)
        if isinstance(value, list):
            return [self.in_value(one) for one in value]
        if isinstance(value, dict):
            return {name: self.in_value(one) for name, one in value.items()}
        return value

    def _value(self, found: re.Match[str]) -> Json:
        name, steps = found[1], found[2]
        response = self._responses.get(name)
        missing = processing_halted(
            f"Invalid reference specified. No value for {name}{steps} found in {name}"
        )
        if response is None or response.is_error:
            raise missing
        value: Json = response.body
        for key, place in _STEP.findall(steps):
            if key and isinstance(value, dict) and key in value:
                value = value[key]
            elif place and isinstance(value, list) and int(place) < len(value):
                value = value[int(place)]
            else:
                raise missing
        return value


def _checked_names(parts: list[JsonObject]) -> list[str]:
    if not 1 <= len(parts) <= _MOST_PARTS:
        raise ApiError("LIMIT_EXCEEDED", f"a composite request has 1 to {_MOST_PARTS} subrequests")
    texts = reference_names(parts)
    heavy = sum(1 for part in parts if _is_heavy(str(part.get("url", ""))))
    if heavy > _MOST_HEAVY:
        raise ApiError(
            "LIMIT_EXCEEDED",
            f"at most {_MOST_HEAVY} subrequests can be query or sObject Collections operations",
        )
    return texts


def reference_names(parts: Sequence[JsonObject]) -> list[str]:
    """Give the reference ids of parts; raises when one is missing, bad or given twice."""
    names = [part.get("referenceId") for part in parts]
    texts = [name for name in names if isinstance(name, str) and re.fullmatch(r"\w+", name)]
    if len(texts) != len(parts):
        raise bad_json("each subrequest needs a referenceId of letters, digits and underscores")
    if len(set(texts)) != len(texts):
        raise bad_json("referenceId values must be unique")
    return texts


def _is_heavy(url: str) -> bool:
    path = url.partition("?")[0].lower()
    return "/query" in path or "/composite/sobjects" in path


def _shown(name: str, response: ApiResponse) -> JsonObject:
    headers: JsonObject = {**response.headers}
    return {
        "body": response.body,
        "httpHeaders": headers,
        "httpStatusCode": response.status,
        "referenceId": name,
    }
