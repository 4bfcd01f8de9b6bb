"""SOAP: signing in, and what REST has no verb for: converting, merging, undeleting."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError, XMLParser, fromstring
from xml.sax.saxutils import escape

from sandbox.salesforce.api.exchange import ApiResponse
from sandbox.salesforce.api.oauth import Sessions
from sandbox.salesforce.api.soap_calls import SoapCalls, child_text
from sandbox.salesforce.api.usage import Usage
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.store import SalesforceStore

__all__ = ["SoapApi"]

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_MEDIA = "text/xml;charset=UTF-8"
_FIRST_WITHOUT_LOGIN = 65
_OLDEST = 31


class SoapApi:
    """Answers `/services/Soap/u/<version>`; faults come with status 500."""

    def __init__(self, store: SalesforceStore, sessions: Sessions, usage: Usage) -> None:
        """Serve one org."""
        self._store = store
        self._sessions = sessions
        self._usage = usage
        self._calls = SoapCalls(store)

    def answer(self, path: str, body: bytes, base_url: str) -> ApiResponse:
        """Answer one call."""
        try:
            version = _version(path)
            envelope = _parsed(body)
            call = _first(_part(envelope, "Body"))
            name = _local(call)
            if name == "login":
                return self._ok(self._login(call, version, base_url))
            content = self._called(name, call, envelope, version)
        except ApiError as exc:
            return _fault(exc)
        self._usage.count(1)
        return self._ok(content)

    def _called(self, name: str, call: Element, envelope: Element, version: str) -> str:
        header = _part(envelope, "Header", required=False)
        session = None if header is None else _within(header, "SessionHeader")
        token = "" if session is None else child_text(session, "sessionId")
        user_id = self._sessions.user_of_token(token)
        if user_id is None:
            raise ApiError(
                "INVALID_SESSION_ID",
                "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, "
                "missing session key",
            )
        if name == "logout":
            self._sessions.close(token)
            return "<logoutResponse/>"
        with self._store.database.transaction():
            return self._calls.answer(name, call, user_id, version)

    def _login(self, call: Element, version: str, base_url: str) -> str:
        if int(version.partition(".")[0]) >= _FIRST_WITHOUT_LOGIN:
            raise ApiError(
                "UNSUPPORTED_API_VERSION", f"login() is not available in API version {version}"
            )
        user_id = self._sessions.user_named(child_text(call, "username"))
        if user_id is None or not child_text(call, "password"):
            raise ApiError(
                "INVALID_LOGIN",
                "Invalid username, password, security token; or user locked out.",
            )
        token = self._sessions.open(user_id)
        server = f"{base_url}/services/Soap/u/{version}/{self._store.org_id[:15]}"
        return (
            "<loginResponse><result>"
            f"<metadataServerUrl>{escape(server.replace('/u/', '/m/'))}</metadataServerUrl>"
            "<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
            f"<serverUrl>{escape(server)}</serverUrl><sessionId>{escape(token)}</sessionId>"
            f"<userId>{user_id}</userId>{self._calls.user_info(user_id)}"
            "</result></loginResponse>"
        )

    def _ok(self, content: str) -> ApiResponse:
        limits = (
            "<LimitInfoHeader><limitInfo>"
            f"<current>{self._usage.used}</current><limit>{self._usage.total}</limit>"
            "<type>API REQUESTS</type></limitInfo></LimitInfoHeader>"
        )
        return ApiResponse(text=_envelope(content, limits), media_type=_MEDIA)


def _version(path: str) -> str:
    """Read the version out of `/services/Soap/u/59.0/...`; raises on one that is not served."""
    parts = path.split("/")
    version = parts[4] if len(parts) > 4 and parts[3] == "u" else ""
    number = version.removesuffix(".0")
    if not number.isdecimal() or len(number) > 3 or int(number) < _OLDEST:
        raise ApiError(
            "UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}"
        )
    return f"{number}.0"


def _parsed(body: bytes) -> Element:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ApiError("soapenv:Client", "DOCTYPE is not allowed")
    try:
        root = fromstring(body, parser=XMLParser())  # noqa: S314 - no entities get this far
    except (ParseError, ValueError) as exc:
        raise ApiError("soapenv:Client", f"The request is not XML: {exc}") from exc
    if root.tag != f"{{{_ENVELOPE}}}Envelope":
        raise ApiError("soapenv:Client", "The request is not a SOAP envelope")
    return root


def _part(envelope: Element, name: str, *, required: bool = True) -> Element | None:
    found = envelope.find(f"{{{_ENVELOPE}}}{name}")
    if found is None and required:
        raise ApiError("soapenv:Client", f"The envelope has no {name}")
    return found


def _first(body: Element | None) -> Element:
    for child in () if body is None else body:
        return child
    raise ApiError("soapenv:Client", "The body has no call")


def _within(parent: Iterable[Element], name: str) -> Element | None:
    return next((child for child in parent if _local(child) == name), None)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _fault(error: ApiError) -> ApiResponse:
    """Give a fault; its code and text carry the prefix that clients look for."""
    kind = "LoginFault" if error.code == "INVALID_LOGIN" else "UnexpectedErrorFault"
    code = error.code if ":" in error.code else f"sf:{error.code}"
    text = escape(error.message)
    bare = code.rpartition(":")[2]
    content = (
        f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{bare}: {text}</faultstring>"
        f'<detail><sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{bare}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{text}</sf:exceptionMessage></sf:{kind}></detail></soapenv:Fault>"
    )
    return ApiResponse(status=500, text=_envelope(content, ""), media_type=_MEDIA)


def _envelope(content: str, header: str) -> str:
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns="urn:partner.soap.sforce.com" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{head}<soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
    )
