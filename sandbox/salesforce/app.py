"""The org as a web application."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.jsontypes import Json
from sandbox.salesforce.api.dispatch import Dispatcher
from sandbox.salesforce.api.exchange import ApiRequest, ApiResponse, split_url
from sandbox.salesforce.api.identity import Identities
from sandbox.salesforce.api.oauth import Sessions
from sandbox.salesforce.api.soap import SoapApi
from sandbox.salesforce.api.usage import Usage
from sandbox.salesforce.api.versions import check_version, version_list
from sandbox.salesforce.api.xml import encode_xml, wants_xml
from sandbox.salesforce.errors import (
    ApiError,
    bad_json,
    not_found,
    request_limit_exceeded,
    session_expired,
)
from sandbox.salesforce.store import SalesforceStore
from sandbox.salesforce.wire import decode_json, encode_json

__all__ = ["build_app"]

_METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]
_JSON = "application/json;charset=UTF-8"
_XML = "application/xml;charset=UTF-8"
_LONGEST_ADDRESS = 16_384


def build_app(store: SalesforceStore, *, token: str, limits: bool) -> Starlette:
    """Make the application that serves one org.

    `token` is accepted from the start, others are issued by the OAuth endpoints. With `limits`
    the daily budget of calls is enforced; it is counted and shown in any case.
    """
    front = _Front(store, token=token, limits=limits)
    return Starlette(routes=[Route("/{path:path}", front.answer, methods=_METHODS)])


class _Front:
    """Turns HTTP into requests of the API, and its answers into HTTP."""

    def __init__(self, store: SalesforceStore, *, token: str, limits: bool) -> None:
        self._store = store
        self._limits = limits
        self._sessions = Sessions(store, token)
        self._usage = Usage(store.database.clock, store.switches)
        self._soap = SoapApi(store, self._sessions, self._usage)
        self._dispatcher = Dispatcher(store, self._usage)

    async def answer(self, request: Request) -> Response:
        """Answer any request; runs to its end without a pause, so nothing comes between."""
        body = await request.body()
        with self._store.database.lock:
            try:
                answer = self._answer(request, body)
            except ApiError as exc:
                answer = ApiResponse.of_error(exc)
        return _to_http(answer, as_xml=wants_xml(request.headers.get("accept", "")))

    def _answer(self, request: Request, body: bytes) -> ApiResponse:
        path = request.url.path.rstrip("/")
        if path == "/services/data":
            return ApiResponse(body=version_list())
        if path.startswith(("/services/oauth2/", "/id/")):
            return self._sign_in(request, path, body)
        if path.startswith("/services/data/"):
            return self._data(request, body)
        if path.startswith("/services/Soap/") and request.method == "POST":
            return self._soap.answer(path, body, _base_url(request))
        raise not_found()

    def _data(self, request: Request, body: bytes) -> ApiResponse:
        user_id = self._sessions.user_of(request.headers.get("authorization", ""))
        if user_id is None:
            raise session_expired()
        try:
            answer = self._authorised(request, body, user_id)
        except ApiError as exc:
            answer = ApiResponse.of_error(exc)
        answer.headers["Sforce-Limit-Info"] = self._usage.header()
        return answer

    def _authorised(self, request: Request, body: bytes, user_id: str) -> ApiResponse:
        if self._limits and self._usage.is_spent:
            raise request_limit_exceeded("TotalRequests Limit exceeded.")
        address = _address(request)
        if len(address) > _LONGEST_ADDRESS:
            raise ApiError("URI_TOO_LONG", "URI Too Long", status=414)
        version, path, query = split_url(address)
        check_version(version)
        method = "GET" if request.method == "HEAD" else request.method
        if method == "POST" and query.get("_HttpMethod"):
            method = query["_HttpMethod"].upper()
        sent = ApiRequest(
            method=method,
            version=version,
            path=path,
            query=query,
            headers=dict(request.headers),
            body=_parsed(request, body),
            user_id=user_id,
        )
        answer = self._dispatcher.answer(sent)
        self._usage.count(_calls_of(sent))
        return answer

    def _sign_in(self, request: Request, path: str, body: bytes) -> ApiResponse:
        base_url = _base_url(request)
        authorization = request.headers.get("authorization", "")
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if path == "/services/oauth2/token" and request.method == "POST":
            return self._sessions.token(form, authorization, base_url)
        if path == "/services/oauth2/revoke" and request.method in ("POST", "GET"):
            return self._sessions.revoke(form or dict(request.query_params))
        parts = path.split("/")
        is_identity = parts[1] == "id" and len(parts) == 4
        if not is_identity and path != "/services/oauth2/userinfo":
            raise not_found()
        user_id = self._sessions.user_of(authorization)
        if user_id is None:
            word = "Bad_OAuth_Token" if authorization else "Missing_OAuth_Token"
            return ApiResponse(status=403, text=word, media_type="text/html;charset=UTF-8")
        identities = Identities(self._store, base_url)
        if not is_identity:
            return ApiResponse(body=identities.user_info(user_id))
        identity = identities.identity(parts[2], parts[3])
        if identity is None:
            raise not_found()
        return ApiResponse(body=identity)


def _address(request: Request) -> str:
    """Give path and query as they were sent, nothing decoded."""
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    raw_query: bytes = request.scope.get("query_string", b"")
    path = raw_path.partition(b"?")[0].decode("latin-1")
    return f"{path}?{raw_query.decode('latin-1')}" if raw_query else path


def _parsed(request: Request, body: bytes) -> Json:
    if not body or request.method in ("GET", "HEAD", "DELETE"):
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/csv" and request.method == "PUT":
        return _csv(body)
    if kind not in ("application/json", ""):
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", f"Content type not supported: {kind}", status=415)
    try:
        return decode_json(body)
    except ValueError as exc:
        raise bad_json(f"Unexpected character in the request body: {exc}") from exc


def _csv(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise ApiError("CLIENTINPUTERROR", "The file is not in UTF-8") from exc


def _base_url(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _calls_of(request: ApiRequest) -> int:
    """Give what a request costs: each part of a batch counts, all else is one call."""
    is_batch = tuple(part.lower() for part in request.path) == ("composite", "batch")
    if is_batch and isinstance(request.body, dict):
        parts = request.body.get("batchRequests")
        return max(1, len(parts)) if isinstance(parts, list) else 1
    return 1


def _to_http(answer: ApiResponse, *, as_xml: bool) -> Response:
    if answer.text is not None:
        headers = {**answer.headers, "Content-Type": answer.media_type}
        return Response(answer.text, status_code=answer.status, headers=headers)
    if answer.status in (204, 304) or answer.body is None:
        return Response(status_code=answer.status, headers=answer.headers)
    content = encode_xml(answer.body) if as_xml else encode_json(answer.body)
    headers = {**answer.headers, "Content-Type": _XML if as_xml else _JSON}
    return Response(content, status_code=answer.status, headers=headers)
