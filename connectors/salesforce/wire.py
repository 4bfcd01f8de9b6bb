"""The HTTP session under the vendor's client: time-outs, loopback, nothing borrowed."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from connectors.salesforce.settings import (
    SalesforceSettings,
    instance_address,
    is_loopback,
    login_address,
)

__all__ = ["Wire", "open_session", "reach"]


class Wire(HTTPAdapter):
    """Gives every call its time-outs, and reaches plain-http addresses where that is allowed.

    The vendor's client writes `https://` before every host, whatever address it was given. It
    is put right for hosts that were allowed, loopback ones; nothing else is ever rewritten.
    """

    def __init__(self, *, timeouts: tuple[float, float]) -> None:
        super().__init__(max_retries=0)
        self._timeouts = timeouts
        self._plain: set[str] = set()

    def allow(self, address: str) -> None:
        """Reach an address as it is written: by plain http where it says so, on loopback."""
        parts = urlsplit(address)
        if parts.scheme == "http" and is_loopback(parts.hostname):
            self._plain.add(parts.netloc)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the vendor's signature
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 - the vendor's signature
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request once; trying again is for connectors/retry.py."""
        parts = urlsplit(request.url or "")
        if parts.scheme == "https" and parts.netloc in self._plain:
            request.url = urlunsplit(parts._replace(scheme="http"))
        return super().send(
            request,
            stream=stream,
            timeout=timeout or self._timeouts,
            verify=verify,
            cert=cert,
            proxies=proxies,
        )


class _OurTokenOnly(AuthBase):
    """Keeps a machine's .netrc from putting its own password in place of our token."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def open_session(settings: SalesforceSettings) -> requests.Session:
    """Open the session all calls to one org go through.

    Proxies and certificate bundles of the environment are honoured, save on loopback, where a
    proxy could only be in the way.
    """
    addresses = [login_address(settings.domain)]
    if settings.instance_url:
        addresses.append(instance_address(settings.instance_url))
    session = requests.Session()
    session.auth = _OurTokenOnly()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = not is_loopback(urlsplit(addresses[-1]).hostname)
    wire = Wire(timeouts=(settings.connect_timeout, settings.read_timeout))
    session.mount("https://", wire)
    session.mount("http://", wire)
    for address in addresses:
        reach(session, address)
    return session


def reach(session: requests.Session, address: str) -> None:
    """Let a session reach an org at the address it gave."""
    wire = session.get_adapter(address)
    if isinstance(wire, Wire):
        wire.allow(address)
