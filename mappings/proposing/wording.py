"""How much two fields are called the same, by their labels and their own names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sync.domain.schema import FieldShape

__all__ = ["Called", "called", "is_generic", "likeness", "squashed", "words"]

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


@dataclass(frozen=True, slots=True)
class _Text:
    """A label or name: its letters, its words, and how much those say."""

    plain: str
    words: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Called:
    """What a field is called: by its label, and by its own name."""

    label: _Text
    name: _Text

    @property
    def marks(self) -> frozenset[str]:
        """Give what another field must share to be called alike at all."""
        return self.label.words | self.name.words | {self.label.plain, self.name.plain}


def called(shape: FieldShape) -> Called:
    """Take apart what a field is called."""
    return Called(_text(shape.label), _text(shape.name))


def likeness(left: Called, right: Called) -> int:
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
    return "".join(one for one in _unaccented(text).casefold() if one.isalnum())


def words(text: str) -> frozenset[str]:
    """Give the words of a name or label, each in one form."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", _unaccented(text))
    found = re.findall(r"[^\W\d_]+|\d+", parted.casefold())
    kept = {_singular(_SAME.get(one, one)) for word in found for one in _parts(word)}
    return frozenset(kept - _FILLERS)


def _unaccented(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parts if not unicodedata.combining(one))


def _parts(word: str) -> list[str]:
    return _SAME.get(word, word).split()


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _text(text: str) -> _Text:
    bare = re.sub(r"__c$", "", text)
    found = words(bare)
    return _Text(squashed(bare), found, _weight(found))


def _score(one: _Text, other: _Text) -> int:
    if one.plain and one.plain == other.plain:
        return 100
    shared = _weight(one.words & other.words)
    if not shared:
        return 0
    # The very same name is more than the same words in another order.
    return round(97 * shared / (one.weight + other.weight - shared))


def _weight(found: frozenset[str]) -> float:
    return sum(0.3 if word in _GENERIC else 1.0 for word in found)
