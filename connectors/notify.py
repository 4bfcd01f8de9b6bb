"""Messages to an address of the admin's: JSON by https, given up soon, never a reason to fail."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sync.domain.errors import ConfigError

if TYPE_CHECKING:
    import requests

__all__ = ["check_address", "deliver"]

#: Seconds to connect, and to wait for the answer: five in all.
_TIMEOUTS = (2.0, 3.0)

#: Pauses before the message is sent again, in seconds.
_PAUSES = (0.5, 1.0)

_TOO_MANY = 429


def check_address(address: str) -> None:
    """Raise ConfigError for an address that is none, or would show messages on their way."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or not address.isprintable() or " " in address:
        # It may hold a secret, so it is not repeated.
        raise ConfigError(
            "`notify` is not an address; write https://…, or set REVLOOP_NOTIFY or "
            "REVLOOP_NOTIFY_FILE"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return
    raise ConfigError(
        f"`notify` leads to {host} and must begin with https://; plain http is for addresses of "
        "this machine only"
    )


def deliver(
    address: str,
    document: Mapping[str, Any],
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> str | None:
    """Send one message, at most three times; give why it was not taken, None where it was.

    Redirects are not followed: nobody else is told. What is given does not hold the address.
    """
    import requests

    try:
        check_address(address)
    except ConfigError:
        return "it is no address that may be used"
    why = ""
    with requests.Session() as session:
        session.auth = _nobody
        session.trust_env = not _is_loopback(urlsplit(address).hostname or "")
        for pause in (*_PAUSES, None):
            try:
                answer = session.post(
                    address, json=dict(document), timeout=_TIMEOUTS, allow_redirects=False
                )
            except requests.RequestException as fault:
                # Its own words hold the address.
                why = type(fault).__name__
            else:
                if answer.ok and not answer.is_redirect:
                    return None
                why = f"it was answered with {answer.status_code}"
                if answer.status_code < 500 and answer.status_code != _TOO_MANY:
                    break
            if pause is not None:
                sleep(pause)
    return why


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials: those of a file for other programs are none of this address's."""
    return request


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
