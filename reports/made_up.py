"""Reports to share: made-up names in the place of people's, companies', deals' and users'."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace

from reports.frame import Cell, Line, Note, Report, Total, Trace
from reports.later import LaterNotes, LaterTotals

__all__ = ["MadeUp"]

_EMAIL = re.compile(r"[^\s@<>(),;:\"']+@[^\s@<>(),;:\"']+\.[^\s@<>(),;:\"']+")
#: Salesforce's ids, 15 or 18 letters that begin with the three of their object.
_ID = re.compile(
    r"(?<![0-9A-Za-z])[0a][0-9A-Za-z]{2}[0-9A-Za-z]{12}(?:[0-9A-Z]{3})?(?![0-9A-Za-z])"
)
#: HubSpot's, which are nothing but digits; years and counts are shorter.
_LONG_NUMBER = re.compile(r"(?<![\d.,-])\d{6,}(?![\d.,-]\d)")

_FIRST = (
    "Amber Ashen Azure Blue Brisk Bright Calm Cedar Clear Copper Coral Crisp Dawn Early Fair Fern "
    "Gentle Golden Green Hazel Ivory Jade Keen Light Linen Maple Mellow Misty Noble Ochre Olive "
    "Opal Pearl Plain Quiet Rapid Rosy Rustic Sandy Sage Silver Slate Snowy Soft Solar Spring "
    "Still Sunny Swift Tawny Teal Topaz Vivid Warm Wide Wild Windy Young"
).split()
_LAST = {
    "user": (
        "Badger Bittern Curlew Dipper Dunlin Egret Falcon Finch Grebe Heron Ibis Jackdaw Kestrel "
        "Lark Linnet Martin Merlin Osprey Ouzel Owl Petrel Plover Raven Robin Siskin Swift Tern "
        "Thrush Wagtail Warbler Wren Yaffle"
    ).split(),
    "company": ["Works", "Mills", "Yards", "Foundry", "Trading", "Freight", "Labs", "Partners"],
    "deal": ["Bridge", "Harbour", "Meadow", "Orchard", "Ridge", "River", "Valley", "Wharf"],
}

#: What columns and keys hold, by what they are called; each in made-up words of its own.
_KINDS = (
    (("email", "mail"), "email"),
    (("company", "account"), "company"),
    (("opportunity", "deal"), "deal"),
)
#: Values of records that name nobody, by their keys; every other text is taken for a name.
_PUBLIC = frozenset(
    "line kind what verdict customer problem stage stage_from stage_to from to came_from next "
    "source reason status campaign type "
    "channel model band score quarter month week year currency outcome result business level side "
    "product sector industry country region segment agreed why_apart counted role state answer "
    "met pair category touch first_touch last_touch by part".split()
)


class MadeUp:
    """Gives the same made-up name for the same name, as long as the secret is the same."""

    def __init__(self, secret: bytes, users: Mapping[str, str]) -> None:
        """Keep a secret to be thrown away, and the users' names by id, wherever they turn up."""
        self._secret = secret
        self._users = frozenset(users) | frozenset(one for one in users.values() if one.strip())
        names = sorted((re.escape(one) for one in self._users), key=len, reverse=True)
        self._named = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if names else None

    def report(self, report: Report) -> Report:
        """Give a report in which nobody is named."""
        private = {one.key: _kind(one.key) for one in report.columns if one.private}
        label = private.get(report.label)
        return replace(
            report,
            lines=(
                {key: self._cell(key, one, private) for key, one in line.items()}
                for line in report.lines
            ),
            totals=LaterTotals(lambda: self._totals(report.totals)),
            notes=LaterNotes(lambda: [self._note(one) for one in report.notes]),
            traces=(self._trace(one, label) for one in report.traces),
        )

    def name(self, kind: str, text: str) -> str:
        """Give a made-up name for a name: of a user, a company, a deal, an e-mail, a record."""
        digest = hmac.new(self._secret, f"{kind}:{text}".encode(), hashlib.sha256).digest()
        tag = digest[8:12].hex()
        if kind == "id":
            return f"id-{tag}"
        first = _FIRST[digest[0] % len(_FIRST)]
        lasts = _LAST.get(kind, _LAST["user"])
        last = lasts[digest[1] % len(lasts)]
        if kind == "email":
            return f"{first}.{last}.{tag}@example.com".lower()
        return f"{first} {last} {tag[:4]}"

    def text(self, text: str) -> str:
        """Give a text in which users, addresses and ids are made up, the rest as it was."""
        if text in self._users:
            return self.name("user", text)
        if self._named is not None:
            text = self._named.sub(lambda found: self.name("user", found[0]), text)
        text = _EMAIL.sub(lambda found: self.name("email", found[0]), text)
        text = _ID.sub(self._id, text)
        return _LONG_NUMBER.sub(lambda found: self.name("id", found[0]), text)

    def _totals(self, totals: Mapping[str, Total]) -> Mapping[str, Total]:
        return {key: self.text(one) if isinstance(one, str) else one for key, one in totals.items()}

    def _note(self, note: Note) -> Note:
        return replace(note, text=self.text(note.text))

    def _id(self, found: re.Match[str]) -> str:
        """Replace an id; a long word of letters is none."""
        text = found[0]
        return self.name("id", text) if any(one.isdigit() for one in text) else text

    def _cell(self, key: str, cell: Cell, private: Mapping[str, str]) -> Cell:
        if not isinstance(cell, str) or not cell:
            return cell
        kind = private.get(key)
        return self.text(cell) if kind is None or cell in self._users else self.name(kind, cell)

    def _trace(self, trace: Trace, label: str | None) -> Trace:
        named = {key: _kind(key) for key in trace.values if key not in _PUBLIC}
        values: Line = {key: self._cell(key, one, named) for key, one in trace.values.items()}
        line = self.text(trace.line) if label is None else self.name(label, trace.line)
        return replace(
            trace,
            line=line,
            hubspot=self.name("id", trace.hubspot) if trace.hubspot else trace.hubspot,
            salesforce=self.name("id", trace.salesforce) if trace.salesforce else trace.salesforce,
            values=values,
        )


def _kind(key: str) -> str:
    """Tell what a column of names holds, by its key."""
    for words, kind in _KINDS:
        if any(word in key for word in words):
            return kind
    return "user"
