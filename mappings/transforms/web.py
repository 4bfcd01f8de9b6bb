"""Web addresses and the domains in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from mappings.transforms.reading import UnreadableError

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["domain_reader", "read_url"]

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.ASCII | re.IGNORECASE)
#: `mailto:` and the like; `example.com:8080` is a host with its port.
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:(?!//|\d)", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}", re.ASCII)
_LONGEST_HOST = 253
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_url(text: str) -> str:
    """Give an address with scheme and host in lower case, `https` where it names none.

    A word without a point is an address only with its scheme: `n/a` is none.
    """
    written = text.strip()
    if not written or any(sign.isspace() for sign in written):
        raise UnreadableError("a web address like https://example.com is expected")
    if _OTHER_SCHEME.match(written):
        raise UnreadableError("a web address like https://example.com is expected")
    bare = _SCHEME.match(written) is None
    if bare:
        written = f"https://{written.lstrip('/')}"
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as exc:
        raise UnreadableError("a web address like https://example.com is expected") from exc
    if not parts.hostname or (bare and "." not in parts.hostname.strip(".")):
        raise UnreadableError("a web address like https://example.com is expected")
    host = _bracketed(parts.hostname)
    if port is not None and port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    path = "" if parts.path == "/" and not parts.query and not parts.fragment else parts.path
    return urlunsplit((parts.scheme, f"{user}{host}", path, parts.query, parts.fragment))


def domain_reader() -> Callable[[str], str]:
    """Make a reader of domains; it holds the list of public suffixes, so make it once.

    The list is read with the first domain: a run that meets none does without.
    """

    @cache
    def suffix_list() -> PublicSuffixList:
        from publicsuffixlist import PublicSuffixList

        return PublicSuffixList()

    def read_domain(text: str) -> str:
        """Give the host of an address or e-mail: lower case, IDNA, without `www.`."""
        suffixes = suffix_list()
        written = _host_of(text.strip())
        host = _ascii(written) if len(written) <= _LONGEST_HOST else written
        if _HOST.fullmatch(host) is None or len(host) > _LONGEST_HOST:
            raise UnreadableError("a domain like example.com is expected")
        # `www.com` is a domain of its own, `com` or `co.uk` are nobody's.
        while host.startswith("www.") and suffixes.privatesuffix(host[4:]) is not None:
            host = host[4:]
        if suffixes.privatesuffix(host) is None:
            raise UnreadableError("a domain below a public suffix, like example.com, is expected")
        return host

    return read_domain


def _host_of(text: str) -> str:
    if not _SCHEME.match(text):
        text = f"//{text.lstrip('/')}"
    try:
        return (urlsplit(text).hostname or "").rstrip(".")
    except ValueError as exc:
        raise UnreadableError("a domain like example.com is expected") from exc


def _ascii(host: str) -> str:
    """Give the host as name servers spell it; `ß` stays a letter of its own (IDNA 2008)."""
    if host.isascii():
        return host.lower()
    labels = unicodedata.normalize("NFKC", host.lower()).replace("\u3002", ".").split(".")
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
        for label in labels
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
