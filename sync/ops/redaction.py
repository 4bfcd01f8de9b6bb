"""Keeps secrets and personal data out of logs: a last look at every event before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

__all__ = ["REMOVED", "mask", "redact"]

#: Stands where something was taken out.
REMOVED = "[removed]"

# A key is judged by its words: `hubspotAccessToken`, `x-api-key` and `old_email` are all caught.
_SECRET_WORDS = frozenset(
    "assertion authorization cookie cookies credential credentials jwt passphrase passwd password "
    "secret secrets token tokens".split()
)
_PERSONAL_WORDS = frozenset(
    "address addresses birthdate city email emails fax firstname fullname lastname mail mobile "
    "mobilephone phone phones postcode properties salutation street value values zip".split()
)
_PERSONAL_KEYS = frozenset(
    "account_name after api_key apikey before company_name display_name first_name from full_name "
    "last_name left name names new now old private_key right stored to user_name username "
    "x_api_key".split()
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# What a secret or an address looks like inside a longer text. Ids of records (digits, or 15 or 18
# letters and digits) and hashes (hexadecimal) stay readable: logs need them.
_TELLTALE = re.compile(
    r"""
      (?<=://)[^/\s@]+:[^/\s@]+(?=@)                          # user and password in an address
    | \bBearer\s+\S+
    | \bpat-[a-z0-9]+-[0-9a-fA-F-]{20,}                        # HubSpot private app token
    | \b00D[A-Za-z0-9]{12,15}![\w.]+                           # Salesforce session
    | \b5Aep[\w.!]{20,}                                        # Salesforce refresh token
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*                              # JSON web token
    | (?<=token=)[^&\s]+ | (?<=secret=)[^&\s]+ | (?<=password=)[^&\s]+ | (?<=assertion=)[^&\s]+
    | -----BEGIN\ [A-Z ]*KEY-----.*?(?:-----END\ [A-Z ]*KEY-----|\Z)
    | (?=[\w+=-]*[A-Z])(?=[\w+=-]*[a-z])(?=[\w+=-]*\d)\b[A-Za-z0-9_+=-]{40,}
    | [^\s@<>()"',;:=/\\]+(?:@|%40)[^\s@<>()"',;:=/\\&?]+\.[^\s@<>()"',;:=/\\&?.]+   # e-mail
    | (?<![\w+])\+\d[\d\ ()./-]{6,}\d                          # phone number
    """,
    re.VERBOSE | re.DOTALL,
)


def redact(
    _logger: object, _method_name: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Take secrets and personal data out of one event (a structlog processor).

    Values go by their key; any other text is kept with what looks like a secret, an e-mail
    address or a phone number masked. An object that is no plain value is named by its type only,
    so that nobody's record ends up in a log by way of its representation.
    """
    for key in list(event):
        event[key] = REMOVED if _is_sensitive(key) else _clean(event[key])
    return event


def mask(text: str) -> str:
    """Give a text with all that looks like a secret, an e-mail address or a phone number masked."""
    return _TELLTALE.sub(REMOVED, text)


def _is_sensitive(key: str) -> bool:
    words = [word.lower() for word in _WORD.findall(key)]
    return (
        "_".join(words) in _PERSONAL_KEYS
        or not _SECRET_WORDS.isdisjoint(words)
        or not _PERSONAL_WORDS.isdisjoint(words)
    )


def _clean(value: object) -> object:
    match value:
        case None | bool() | int() | float() | Decimal():
            return value
        case Enum():
            return _clean(value.value)
        case str():
            return mask(value)
        case datetime() | date():
            return value.isoformat()
        case BaseException():
            return f"{type(value).__name__}: {mask(str(value))}"
        case Mapping():
            return _clean_mapping(value)
        case list() | tuple() | set() | frozenset():
            return _clean_all(value)
    return f"<{type(value).__name__}>"


def _clean_mapping(values: Mapping[object, object]) -> dict[str, object]:
    return {
        mask(str(key)): REMOVED if _is_sensitive(str(key)) else _clean(value)
        for key, value in values.items()
    }


def _clean_all(values: Iterable[object]) -> list[object]:
    return [_clean(value) for value in values]
