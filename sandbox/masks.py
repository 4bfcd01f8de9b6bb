"""Made-up values in place of personal ones: equal ones stay equal, wherever they stand."""

from __future__ import annotations

import hmac
import re
import string
import unicodedata

__all__ = ["Masks"]

_EMAIL = re.compile(r"[^\s@<>,;:\"'()]+@[^\s@<>,;:\"'()]+")
#: A word, or a short form with dots such as S.L.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\w+")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?P<host>[^/?#\s:]+)(?P<rest>.*)", re.S)
#: Parts of a country's own second level, below which the names of companies begin.
_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})
#: What sort of company it is tells nobody who it is, and matching by name looks at it.
_LEGAL_FORMS = frozenset(
    "ab ag aps as asa bv co corp cv doo gbr gmbh inc kft kg kgaa limited llc llp lp ltd mbh nv "
    "og oy oyj plc sa sarl sas se sl spa srl sro und and".split()
)
_PHONE_TAIL = 6
_EXTENSION = re.compile(r"\s*(?:ext\.?|x|#)\s*\d+\s*$", re.IGNORECASE)


class Masks:
    """Replaces values under one secret; without it nobody can tell what they were.

    The same value gives the same replacement, in whatever capitals it is written, so records that
    could be matched before can be matched after. Letters give letters and digits give digits, so
    that lengths and forms stay.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def words(self, text: str) -> str:
        """Replace each word by another, for names and titles; a company's legal form stays."""
        if _EMAIL.search(text):
            return self.emails(text)
        return _WORD.sub(lambda found: self._word(found[0]), unicodedata.normalize("NFC", text))

    def prose(self, text: str) -> str:
        """Replace a text as a whole, so that frequent words do not show."""
        stream = self._letters("prose", text.strip().casefold(), len(text))
        return "".join(_shaped(one, made) for one, made in zip(text, stream, strict=True))

    def emails(self, text: str) -> str:
        """Replace the addresses in a text, which may be a list of them; other words too."""
        if not _EMAIL.search(text):
            return self.words(text)
        pieces: list[str] = []
        place = 0
        for found in _EMAIL.finditer(text):
            pieces += (self._between(text[place : found.start()]), self._email(found[0]))
            place = found.end()
        return "".join([*pieces, self._between(text[place:])])

    def host(self, text: str) -> str:
        """Replace the name of a computer; it ends in .example and keeps what stands before it."""
        parts = text.strip().strip(".").casefold().split(".")
        if parts[0] == "www" and len(parts) > 2:
            return f"www.{self.host('.'.join(parts[1:]))}"
        own = 3 if len(parts) > 2 and parts[-2] in _SECOND_LEVELS and len(parts[-1]) == 2 else 2
        before = [self._name("label", part, 6) for part in parts[:-own]]
        return ".".join([*before, self._name("host", ".".join(parts[-own:]), 10), "example"])

    def url(self, text: str) -> str:
        """Replace an address on the web, or a bare domain."""
        if "@" in text:
            return self.emails(text)
        found = _URL.fullmatch(text.strip())
        if found is None:
            return self.words(text)
        port_and_path = self.words(found["rest"])
        return f"{found['scheme'] or ''}{self.host(found['host'])}{port_and_path}"

    def hosts(self, text: str) -> str:
        """Replace domains or addresses that are joined by semicolons."""
        return ";".join(self.url(one) if one.strip() else one for one in text.split(";"))

    def phone(self, text: str) -> str:
        """Replace the last six digits; two ways to write one number stay the same number."""
        main = _EXTENSION.sub("", text)
        digits = [one for one in main if one.isdecimal()]
        tail = digits[-_PHONE_TAIL:]
        # The digit before the tail tells numbers apart that end alike, and has no country's zero.
        made = list(self._digits("phone", "".join(str(int(one)) for one in digits[-7:]), len(tail)))
        keep = len(digits) - len(tail)
        written: list[str] = []
        seen = 0
        for one in main:
            is_digit = one.isdecimal()
            written.append(made[seen - keep] if is_digit and seen >= keep else one)
            seen += is_digit
        return "".join(one if not one.isalpha() else "x" for one in written)

    def code(self, text: str) -> str:
        """Replace letters and digits one by one, for postal codes and numbers that name people."""
        stream = self._letters("code", text.strip().casefold(), len(text))
        digits = self._digits("code", text.strip().casefold(), len(text))
        return "".join(
            digit if one.isdecimal() else _shaped(one, letter)
            for one, letter, digit in zip(text, stream, digits, strict=True)
        )

    def _email(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        whole = f"{local}@{domain}".strip(".").casefold()
        return f"{self._name('email', whole, 10)}@{self.host(domain)}"

    def _between(self, text: str) -> str:
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, text: str) -> str:
        folded = text.casefold()
        if folded.replace(".", "") in _LEGAL_FORMS:
            return text
        if text.isdecimal():
            return self._digits("word", folded, len(text))
        stream = self._letters("word", folded, len(text))
        digits = self._digits("word", folded, len(text))
        return "".join(
            digit if one.isdecimal() else _shaped(one, letter)
            for one, letter, digit in zip(text, stream, digits, strict=True)
        )

    def _name(self, kind: str, text: str, length: int) -> str:
        return self._letters(kind, text, length)

    def _letters(self, kind: str, text: str, length: int) -> str:
        return "".join(string.ascii_lowercase[one % 26] for one in self._stream(kind, text, length))

    def _digits(self, kind: str, text: str, length: int) -> str:
        return "".join(str(one % 10) for one in self._stream(f"{kind}#", text, length))

    def _stream(self, kind: str, text: str, length: int) -> bytes:
        """Give as many bytes as wanted, which only the secret ties to the text."""
        blocks: list[bytes] = []
        for number in range(-(-length // 32)):
            said = f"{kind}\0{number}\0{text}".encode("utf-8", "replace")
            blocks.append(hmac.digest(self._secret, said, "sha256"))
        return b"".join(blocks)[:length]


def _shaped(old: str, made: str) -> str:
    """Give a made letter the capitals of the old one; what is neither letter nor digit stays."""
    if old.isalpha() or old.isnumeric():
        return made.upper() if old.isupper() else made
    return old
