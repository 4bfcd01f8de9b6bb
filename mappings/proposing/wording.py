"""How much two fields are called the same, by their labels and their own names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sync.domain.schema import FieldShape

__all__ = ["is_generic", "likeness", "squashed", "words"]

#: Words that say nothing of what a field holds.
_FILLERS = frozenset("the of a an is has for in on by to and or custom field our their c".split())

#: Different words for one thing.
_SAME = {
    "nr": "number",
    "no": "number",
    "num": "number",
    "qty": "quantity",
    "tel": "phone",
    "telephone": "phone",
    "cell": "mobile",
    "cellphone": "mobile",
    "mob": "mobile",
    "zip": "postal",
    "postcode": "postal",
    "zipcode": "postal",
    "mail": "email",
    "organisation": "organization",
    "expiry": "expiration",
    "expires": "expiration",
    "dept": "department",
    "desc": "description",
    "amt": "amount",
    "acct": "account",
    "lang": "language",
    "languages": "language",
    "optout": "opt out",
    "birthday": "birthdate",
    "firstname": "first name",
    "lastname": "last name",
    "jobtitle": "job title",
    "url": "link",
    "web": "website",
}

#: Words so common that sharing them alone proves nothing.
_GENERIC = frozenset(
    """account active amount category code comment comments company contact count customer date
    description email first id key last lead level link name note notes number other owner phone
    picklist primary priority rating reason region score size source stage status text time title
    type user value address""".split()
)


def likeness(left: FieldShape, right: FieldShape) -> int:
    """Give from 0 to 100 how much two fields are called the same; words count, not letters.

    Words common to many fields count little: `renewal date` and `contract date` share next to
    nothing.
    """
    labels, names = _score(left.label, right.label), _score(left.name, right.name)
    across = max(_score(left.label, right.name), _score(left.name, right.label))
    best = max(labels, names, across)
    # Labels are copied and go stale: one that stands alone against the names is a hint only.
    return min(best, 80) if best == labels > 0 == max(names, across) else best


def is_generic(text: str) -> bool:
    """Tell whether a name is made of words that many fields share."""
    return words(text) <= _GENERIC


def squashed(text: str) -> str:
    """Give the letters and digits of a name, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if one.isalnum())


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """Give the words of a name or label, each in one form."""
    plain = unicodedata.normalize("NFKD", re.sub(r"__c$", "", text))
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    found = re.findall(r"[a-z]+|\d+", parted.casefold().replace("\u0301", ""))
    kept = {_singular(_SAME.get(one, one)) for word in found for one in _parts(word)}
    return frozenset(kept - _FILLERS)


def _parts(word: str) -> list[str]:
    return _SAME.get(word, word).split()


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _score(one: str, other: str) -> int:
    plain = squashed(re.sub(r"__c$", "", one)), squashed(re.sub(r"__c$", "", other))
    if plain[0] and plain[0] == plain[1]:
        return 100
    mine, theirs = words(one), words(other)
    together = _weight(mine | theirs)
    if not together:
        return 0
    return round(100 * _weight(mine & theirs) / together)


def _weight(found: frozenset[str]) -> float:
    return sum(0.3 if word in _GENERIC else 1.0 for word in found)
