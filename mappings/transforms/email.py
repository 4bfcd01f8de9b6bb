"""E-mail addresses: lower case, no space at either end, checked without asking any server."""

from __future__ import annotations

import re

from mappings.transforms.reading import UnreadableError

__all__ = ["read_email"]

#: Addresses that are plainly fine need no closer look, which costs far more.
_PLAIN = re.compile(
    r"[a-z0-9_+%-]+(?:\.[a-z0-9_+%-]+)*@"
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}",
    re.ASCII,
)

#: No server takes a longer address.
_LONGEST = 254


def read_email(text: str) -> str:
    """Give the address in lower case."""
    address = text.strip().lower()
    if len(address) > _LONGEST:
        raise UnreadableError("an e-mail address like name@example.com is expected")
    if len(address) <= 64 and _PLAIN.fullmatch(address):
        return address
    return _looked_at_closely(address)


def _looked_at_closely(address: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as exc:
        raise UnreadableError("an e-mail address like name@example.com is expected") from exc
    return found.normalized.lower()
