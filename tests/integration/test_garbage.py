"""Ten thousand pieces of garbage over real sockets: every one is answered, none with a bug."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPResponse

import pytest

from sandbox.server import Sandbox
from tests.integration.garbage import Sent, garbage
from tests.integration.good_requests import (
    SEED,
    control_requests,
    hubspot_requests,
    salesforce_requests,
)

SEED_NUMBER = 20260311
PATIENCE = 5.0
#: The data is put back so often, because garbage that hits takes the good requests' ground away.
ROUND = 1000


class Wire:
    """One connection at a time to an address; opened anew when the server closes it."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address = (host, int(port))
        self._socket: socket.socket | None = None

    def say(self, sent: Sent) -> tuple[int, bytes]:
        """Send one request; gives status and body. No answer in time is a failure."""
        try:
            return self._once(sent)
        except (ConnectionError, HTTPException):
            # The server may close a connection between two requests, never twice in a row.
            self.close()
            return self._once(sent)

    def _once(self, sent: Sent) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=PATIENCE)
        self._socket.sendall(sent.wire())
        answer = HTTPResponse(self._socket, method=sent.method)
        answer.begin()
        body = answer.read()
        if answer.will_close:
            self.close()
        answer.close()
        return answer.status, body

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def throw(url: str, requests: Sequence[Sent]) -> list[str]:
    """Send all and say which were answered with a bug, or not at all."""
    wire, fallen = Wire(url), []
    for sent in requests:
        try:
            status, body = wire.say(sent)
        except (OSError, HTTPException) as exc:
            fallen.append(f"{type(exc).__name__}: {show(sent)}")
            wire.close()
            continue
        if status >= 500 and not is_soap_fault(sent, body):
            fallen.append(f"{status}: {show(sent)}")
    wire.close()
    return fallen


def is_soap_fault(sent: Sent, body: bytes) -> bool:
    """Tell whether this 500 is SOAP's own way of refusing."""
    return sent.target.lower().startswith("/services/soap/") and b"<faultcode>" in body


def show(sent: Sent) -> str:
    text = f"{sent.method} {sent.target[:300]} {dict(sent.headers)} {sent.body[:600]!r}"
    return text.encode("ascii", "backslashreplace").decode()


@pytest.mark.parametrize(
    ("place", "good_of", "count"),
    [
        ("hubspot_url", hubspot_requests, 5_000),
        ("salesforce_url", salesforce_requests, 4_000),
        ("control_url", control_requests, 1_000),
    ],
    ids=["hubspot", "salesforce", "control"],
)
def test_garbage_is_always_answered_and_never_with_a_bug(
    place: str, good_of: Callable[[Sandbox], list[Sent]], count: int
) -> None:
    fallen: list[str] = []
    with Sandbox(SEED, limits=False) as sandbox:
        for start in range(0, count, ROUND):
            good = good_of(sandbox)
            seed = SEED_NUMBER + start
            fallen += throw(getattr(sandbox, place), list(garbage(good, count=ROUND, seed=seed)))
            sandbox.reset()
    assert fallen == []


@pytest.mark.parametrize(
    ("place", "good_of", "most_refused"),
    [
        ("hubspot_url", hubspot_requests, 28),
        ("salesforce_url", salesforce_requests, 6),
        ("control_url", control_requests, 1),
    ],
    ids=["hubspot", "salesforce", "control"],
)
def test_the_requests_that_are_mutated_are_good_ones(
    place: str, good_of: Callable[[Sandbox], list[Sent]], most_refused: int
) -> None:
    with Sandbox(SEED, limits=False) as sandbox:
        good = good_of(sandbox)
        wire = Wire(getattr(sandbox, place))
        # Deletes come last, so that they take nothing away from the others.
        good.sort(key=lambda sent: sent.method == "DELETE" or "archive" in sent.target)
        answers = [(sent, wire.say(sent)) for sent in good]
        wire.close()
    taken = {kind(sent) for sent, (status, _) in answers if status < 400}
    refused = [
        f"{status} {body[:200]!r}: {show(sent)}"
        for sent, (status, body) in answers
        if kind(sent) not in taken
    ]
    assert len(refused) <= most_refused, "\n".join(refused)


def kind(sent: Sent) -> str:
    """Give what a request asks for, whichever version of the API it asks."""
    path = re.sub(r"/(v\d+(\.\d)?|\d{4}-\d{2})(?=/|$)", "", sent.target)
    return f"{sent.method} {path} {sent.body!r}"
