"""Record ids in their 18-character form, and which object an id belongs to."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase, digits

__all__ = ["find_id", "known_object", "normal_id"]

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
#: Turns what an id is made of into bits: a capital letter is a one.
_CAPITALS = str.maketrans(ascii_uppercase + ascii_lowercase + digits, "1" * 26 + "0" * (26 + 10))
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ID_IN_TEXT = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?(?![A-Za-z0-9_])")

#: First three characters of the ids of objects that are alike in every org.
_PREFIXES = {
    "001": "Account",
    "003": "Contact",
    "005": "User",
    "006": "Opportunity",
    "00K": "OpportunityContactRole",
    "00Q": "Lead",
    "00v": "CampaignMember",
    "701": "Campaign",
}


def normal_id(text: str) -> str | None:
    """Give an id's 18-character form; None for what is no id.

    The last three characters say which letters are capitals, so an id that lost its case on the
    way (a spreadsheet, a lower-casing field) is mended, not taken for another.
    """
    text = text.strip()
    if not _ID.fullmatch(text):
        return None
    whole = text[:15] + _checksum(text[:15])
    if len(text) == 15 or text == whole:
        return whole
    cased = _with_case(text[:15], text[15:].upper())
    return None if cased is None else cased + text[15:].upper()


def find_id(message: str) -> str | None:
    """Give the record id a message of Salesforce's names, the last where there are several."""
    candidates = [
        token for token in _ID_IN_TEXT.findall(message) if sum(map(str.isdigit, token)) >= 3
    ]
    ids = [found for found in map(normal_id, candidates) if found is not None]
    return ids[-1] if ids else None


def known_object(record_id: str) -> str | None:
    """Give the standard object an id belongs to, by its prefix."""
    return _PREFIXES.get(record_id[:3])


def _checksum(fifteen: str) -> str:
    """Give the three characters that keep the case of the fifteen before them."""
    # Backwards, since the first of five characters counts for the lowest bit.
    bits = fifteen.translate(_CAPITALS)[::-1]
    return "".join(_CHECKSUM[int(bits[start : start + 5], 2)] for start in (10, 5, 0))


def _with_case(fifteen: str, checksum: str) -> str | None:
    """Give the fifteen characters in the case their checksum says, None if it cannot be so."""
    cased = []
    for index, char in enumerate(fifteen):
        bits = _CHECKSUM.find(checksum[index // 5])
        capital = bits >> (index % 5) & 1
        if bits < 0 or (capital and not char.isalpha()):
            return None
        cased.append(char.upper() if capital else char.lower())
    return "".join(cased)
