from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError

from connectors.salesforce import AuthKind, SalesforceSettings, connect
from connectors.salesforce.auth import Token, TokenKeeper
from connectors.salesforce.schema import object_shape
from sync.domain.errors import (
    ConfigError,
    CredentialError,
    DailyQuotaError,
    RateLimitedError,
    RecordRejectedError,
    SchemaDriftError,
    UnavailableError,
)
from sync.domain.ports import Write, WriteKind, WriteOutcome
from tests.unit.connectors.salesforce.conftest import CONTACT, HOST, Org

ORG_ROW = {"Id": "00D000000000001", "Name": "Acme"}
ENDED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
LOGIN = "https://login.salesforce.com"


def refusal(code: str, message: str = "") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


def test_account_gives_the_org_with_its_long_id(org: Org, crm: Any) -> None:
    org.rows(ORG_ROW)
    account = crm.account()
    assert (account.id, account.name) == ("00D000000000001EAA", "Acme")


def test_usage_follows_the_header_wherever_it_stands_in_it(org: Org, crm: Any) -> None:
    header = "api-bursts=1/750; per-app-api-usage=17/250(appName=x); api-usage=18/5000"
    org.answer({"totalSize": 1, "done": True, "records": [ORG_ROW]}, Sforce_Limit_Info=header)
    crm.account()
    usage = crm.usage()
    assert (usage.calls, usage.quota, usage.left) == (1, 5000, 4982)


def test_usage_follows_answers_that_refuse_too(org: Org, crm: Any) -> None:
    org.answer(refusal("MALFORMED_QUERY"), 400, Sforce_Limit_Info="api-usage=4000/5000")
    with pytest.raises(RecordRejectedError):
        crm.account()
    assert crm.usage().left == 1000


def test_run_stops_at_the_share_left_to_others(org: Org, crm: Any) -> None:
    org.answer(
        {"totalSize": 1, "done": True, "records": [ORG_ROW]},
        Sforce_Limit_Info="api-usage=2500/5000",
    )
    crm.account()
    with pytest.raises(DailyQuotaError):
        crm.account()


def test_every_try_is_counted(org: Org, crm: Any, pauses: list[float]) -> None:
    org.answer(refusal("SERVER_UNAVAILABLE"), 503)
    org.rows(ORG_ROW)
    crm.account()
    assert crm.usage().calls == 2
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, "<html>down for maintenance</html>"),
        (200, "<html>down for maintenance</html>"),
        (403, "<html>proxy</html>"),
        (502, ""),
        (500, refusal("UNKNOWN_EXCEPTION", "ErrorId: 123-4 (5)")),
        (400, refusal("QUERY_TIMEOUT")),
        (200, ["not a query answer"]),
    ],
)
def test_outage_in_any_shape_is_unavailable(org: Org, crm: Any, status: int, body: object) -> None:
    for _ in range(5):
        org.answer(body, status)
    with pytest.raises(UnavailableError, match="Salesforce"):
        crm.account()


def test_outage_that_passes_is_not_noticed(org: Org, crm: Any) -> None:
    org.answer("<html>down</html>", 503)
    org.fail(requests.ReadTimeout("slow"))
    org.answer(refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), 403)
    org.rows(ORG_ROW)
    assert crm.account().name == "Acme"


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (
            403,
            refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            DailyQuotaError,
            "used up",
        ),
        (403, refusal("API_DISABLED_FOR_ORG"), CredentialError, "API Enabled"),
        (403, refusal("INSUFFICIENT_ACCESS_OR_READONLY"), CredentialError, "permission set"),
        (400, refusal("INVALID_TYPE", "sObject type"), SchemaDriftError, "Organization"),
        (410, refusal("UNSUPPORTED_API_VERSION"), ConfigError, "api_version"),
        (400, {"error": "odd", "error_description": "an object"}, RecordRejectedError, "odd"),
        (431, refusal("URI_TOO_LONG"), RecordRejectedError, "URI_TOO_LONG"),
    ],
)
def test_refusal_becomes_the_error_that_says_what_to_do(
    org: Org, crm: Any, status: int, body: object, error: type[Exception], words: str
) -> None:
    org.answer(body, status)
    with pytest.raises(error, match=words):
        crm.account()


def test_redirect_is_not_followed_with_the_token(org: Org, crm: Any) -> None:
    org.answer("", 302, Location="https://login.example/")
    with pytest.raises(ConfigError, match="My Domain"):
        crm.account()
    assert len(org.requests) == 1


def test_too_many_calls_at_once_is_waited_for_and_told_at_last(org: Org, crm: Any) -> None:
    for _ in range(5):
        org.answer(refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), 403)
    with pytest.raises(RateLimitedError):
        crm.account()


def test_values_in_a_query_do_not_reach_the_error(org: Org, crm: Any) -> None:
    quoted = "WHERE Email IN ('ada@example.com') ^ No such column 'Emial' on entity 'Contact'."
    org.answer(refusal("INVALID_FIELD", quoted), 400)
    with pytest.raises(SchemaDriftError, match="Emial") as error:
        crm.account()
    assert "ada@" not in str(error.value)


@pytest.mark.parametrize(
    ("broken", "maybe_done"),
    [
        (requests.ReadTimeout("slow"), True),
        (requests.ConnectionError(ProtocolError("Connection aborted.")), True),
        (requests.ConnectTimeout("slow"), False),
        (requests.ConnectionError(NewConnectionError(None, "refused")), False),  # type: ignore[arg-type]
        (requests.exceptions.ProxyError("no"), False),
    ],
)
def test_broken_call_says_whether_it_may_have_been_carried_out(
    org: Org, crm: Any, broken: Exception, maybe_done: bool
) -> None:
    for _ in range(5):
        org.fail(broken)
    with pytest.raises(UnavailableError) as error:
        crm.account()
    assert error.value.maybe_done is maybe_done


def test_untrusted_certificate_is_a_setting_to_mend(org: Org, crm: Any) -> None:
    org.fail(requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]"))
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"):
        crm.account()


def test_given_session_that_ended_is_told_at_once(org: Org, crm: Any) -> None:
    org.answer(ENDED, 401)
    with pytest.raises(CredentialError, match="SALESFORCE_ACCESS_TOKEN"):
        crm.account()
    assert len(org.requests) == 1


def token(name: str, **more: str) -> dict[str, str]:
    return {"access_token": name, "instance_url": HOST, "token_type": "Bearer", **more}


def signed_in(**settings: Any) -> Any:
    given = {"auth": AuthKind.REFRESH_TOKEN, "client_id": "app", "refresh_token": "r"} | settings
    return connect(SalesforceSettings(**given), sleep=lambda _: None)


def form(org: Org, number: int = 0) -> dict[str, str]:
    fields = parse_qs(str(org.requests[number].body))
    return {name: values[0] for name, values in fields.items()}


def test_ended_session_is_renewed_once_and_the_call_repeated(org: Org) -> None:
    org.answer(token("first"))
    org.answer(ENDED, 401)
    org.answer(token("second"))
    org.rows(ORG_ROW)
    signed_in().account()
    sent = [request.headers.get("Authorization") for request in org.requests]
    assert sent == [None, "Bearer first", None, "Bearer second"]


def test_second_refusal_after_renewal_ends_the_run(org: Org) -> None:
    org.answer(token("first"))
    org.answer(ENDED, 401)
    org.answer(token("second"))
    org.answer({"odd": "an object, not a list"}, 401)
    with pytest.raises(CredentialError, match="fresh access token"):
        signed_in().account()


def test_calls_go_to_the_host_the_token_names(org: Org) -> None:
    org.answer(token("first"))
    org.rows(ORG_ROW)
    signed_in().account()
    assert org.requests[0].url == f"{LOGIN}/services/oauth2/token"
    assert org.requests[1].url.startswith(f"{HOST}/services/data/v64.0/query/")


def test_refresh_token_is_sent_with_its_app(org: Org) -> None:
    org.answer(token("first"))
    org.rows(ORG_ROW)
    signed_in(client_secret="s").account()
    assert form(org) == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "app",
        "client_secret": "s",
    }


def test_client_credentials_go_to_my_domain(org: Org) -> None:
    org.answer(token("first"))
    org.rows(ORG_ROW)
    crm = signed_in(
        auth=AuthKind.CLIENT_CREDENTIALS, domain="acme.my.salesforce.com", client_secret="s"
    )
    crm.account()
    assert org.requests[0].url == f"{HOST}/services/oauth2/token"
    assert form(org)["grant_type"] == "client_credentials"


def test_jwt_says_who_we_are_for_three_minutes(org: Org) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    org.answer(token("first"))
    org.rows(ORG_ROW)
    signed_in(auth=AuthKind.JWT, username="sync@acme.example", private_key=pem).account()
    claims = jwt.decode(
        form(org)["assertion"], key.public_key(), algorithms=["RS256"], audience=LOGIN
    )
    assert (claims["iss"], claims["sub"]) == ("app", "sync@acme.example")


def test_key_that_cannot_sign_is_a_setting_to_mend(org: Org) -> None:
    crm = signed_in(auth=AuthKind.JWT, username="sync@acme.example", private_key="geheim")
    with pytest.raises(ConfigError, match="PEM") as error:
        crm.account()
    assert "geheim" not in str(error.value)


def test_refused_sign_in_says_what_to_set(org: Org) -> None:
    body = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    org.answer(body, 400)
    with pytest.raises(CredentialError, match="app's policies"):
        signed_in().account()


def test_sign_in_during_an_outage_is_tried_again(org: Org) -> None:
    org.answer("<html>down</html>", 503)
    org.answer(token("first"))
    org.rows(ORG_ROW)
    assert signed_in().account().name == "Acme"


def test_creates_wait_for_a_sign_in_that_is_out_of_order(org: Org) -> None:
    org.fail(requests.ReadTimeout("slow"))
    org.answer(token("first"))
    org.parts([{"id": "003000000000001AAA", "success": True, "errors": []}])
    crm = signed_in()
    crm.remember([object_shape(CONTACT)])
    write = Write(
        token="a", kind=WriteKind.CREATE, object_name="Contact", values={"LastName": "Li"}
    )
    [result] = crm.apply([write])
    assert result.outcome is WriteOutcome.DONE


class _Source:
    def __init__(self) -> None:
        self.fetched = 0

    def fetch(self) -> Token:
        self.fetched += 1
        return Token(f"token {self.fetched}", HOST)

    renew = fetch


def test_threads_that_meet_the_end_together_renew_once() -> None:
    source = _Source()
    keeper = TokenKeeper(source)
    ended = keeper.current()
    got: list[Token] = []
    threads = [
        threading.Thread(target=lambda: got.append(keeper.renewed(after=ended))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.fetched == 2
    assert {each.access_token for each in got} == {"token 2"}


def test_netrc_does_not_replace_the_token(
    org: Org, crm: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.my.salesforce.com login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    org.rows(ORG_ROW)
    crm.account()
    assert org.requests[0].headers["Authorization"] == "Bearer 00Dxx!session"


class _Loopback(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"totalSize": 1, "done": True, "records": [ORG_ROW]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def loopback() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Loopback) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_loopback_is_reached_by_plain_http_past_any_proxy(
    loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    crm = connect(SalesforceSettings(instance_url=loopback, access_token="t"))
    assert crm.account().name == "Acme"
    crm.close()


def test_every_call_carries_its_time_outs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def send(self: HTTPAdapter, request: Any, **how: Any) -> requests.Response:
        seen.append(how["timeout"])
        raise requests.exceptions.InvalidURL("seen enough")

    monkeypatch.setattr(HTTPAdapter, "send", send)
    crm = connect(
        SalesforceSettings(instance_url=HOST, access_token="t", connect_timeout=3, read_timeout=9)
    )
    with pytest.raises(ConfigError):
        crm.account()
    assert seen == [(3, 9)]
