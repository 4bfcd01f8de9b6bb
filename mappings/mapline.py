"""The line that says what goes where: `email <-> Email`, `a -> Lead.X | Contact.Y`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync.domain.rules import Arrow

__all__ = [
    "PARENT_COMPANY",
    "ROLES",
    "MapLine",
    "Target",
    "is_tie",
    "read_map_line",
    "tied_object",
]

_ARROWS = {"<->": Arrow.BOTH, "->": Arrow.TO_RIGHT, "<-": Arrow.TO_LEFT}
#: Signs of word processors and programming languages, the longer ones first.
_OTHER_ARROWS = {
    "<=>": "<->", "<-->": "<->", "<~>": "<->", "↔": "<->", "⇔": "<->", "⟷": "<->",
    "-->": "->", "=>": "->", "→": "->", "⇒": "->", "⟶": "->",
    "<--": "<-", "<=": "<-", "←": "<-", "⇐": "<-", "⟵": "<-",
}  # fmt: skip
_LINE = re.compile(r"\s*(?P<left>[^<>]*?)\s*(?P<arrow><->|->|<-)\s*(?P<right>[^<>]*?)\s*")
_LEFT_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_RIGHT_NAME = re.compile(r"(?:(?P<object>[A-Za-z]\w*)\.)?(?P<field>[A-Za-z]\w*)", re.ASCII)
_TIE = re.compile(r"associated (?P<name>[A-Za-z0-9][\w-]*)", re.ASCII)
_SHAPES = "'a <-> B', 'a -> B', 'a <- B' (HubSpot's name on the left, Salesforce's on the right)"


#: HubSpot's word for the company above a company; all other associations begin with `associated`.
PARENT_COMPANY = "parent company"

#: The Salesforce object whose rows say who stands on a deal; a line names all of them at once.
ROLES = "OpportunityContactRole"

#: How HubSpot's own objects are called where one record is meant, and where all are.
_PLURALS = {"company": "companies", "contact": "contacts", "deal": "deals", "ticket": "tickets"}
_SINGULARS = {plural: singular for singular, plural in _PLURALS.items()}


@dataclass(frozen=True, slots=True)
class Target:
    """A Salesforce field; `object_name` is None where the same name is meant on every object."""

    object_name: str | None
    field: str


@dataclass(frozen=True, slots=True)
class MapLine:
    """What goes where, and which way; nothing on one end means read only (or computed)."""

    left: str | None
    arrow: Arrow
    right: tuple[Target, ...]

    def right_name(self, object_name: str) -> str | None:
        """Give the Salesforce field's name on one object, None where it is not held there."""
        for target in self.right:
            if target.object_name in (None, object_name):
                return target.field
        return None

    @property
    def is_list(self) -> bool:
        """Tell whether the line names all records a record is tied to, and not one of them."""
        return any(target.field == ROLES for target in self.right)

    def __str__(self) -> str:
        """Write the line in one fixed form."""
        arrow = next(text for text, arrow in _ARROWS.items() if arrow is self.arrow)
        right = " | ".join(
            f"{one.object_name}.{one.field}" if one.object_name else one.field
            for one in sorted(self.right, key=lambda one: (one.object_name or "", one.field))
        )
        return f"{self.left or ''} {arrow} {right}".strip()


def read_map_line(text: str) -> MapLine:
    """Read a map line; raises ValueError saying what to write instead."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} has no arrow that can be read; {_meant(text)}")
    arrow = _ARROWS[found["arrow"]]
    right = _read_right(found["right"])
    of_list = any(one.field == ROLES for one in right)
    line = MapLine(_read_left(found["left"], of_list=of_list), arrow, right)
    if line.left is None and not line.right:
        raise ValueError(f"{text!r} names no field; write {_SHAPES}")
    if arrow is Arrow.BOTH and (line.left is None or not line.right):
        raise ValueError(f"{text!r} has nothing on one end; a two-way arrow needs a field on both")
    return line


def _meant(text: str) -> str:
    """Say what line was meant, where another sign stands for the arrow."""
    for sign, arrow in _OTHER_ARROWS.items():
        line = text.replace(sign, arrow) if text.count(sign) == 1 else text
        if line != text and _LINE.fullmatch(line) is not None:
            return f"did you mean '{line}'?"
    return f"write {_SHAPES}"


def is_tie(left: str) -> bool:
    """Tell whether the left end of a line is an association, and no property."""
    return left == PARENT_COMPANY or _TIE.fullmatch(left) is not None


def tied_object(left: str) -> str | None:
    """Give the HubSpot object an association names records of; None for a property."""
    if left == PARENT_COMPANY:
        return "companies"
    tie = _TIE.fullmatch(left)
    return _PLURALS.get(tie["name"], tie["name"]) if tie is not None else None


def _read_left(text: str, *, of_list: bool) -> str | None:
    if not text:
        return None
    words = " ".join(text.split())
    if words == PARENT_COMPANY:
        return words
    if (tie := _TIE.fullmatch(words)) is not None:
        return _read_tie(tie["name"], words, of_list=of_list)
    if _LEFT_NAME.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no HubSpot property name; write one name, like 'firstname'")
    return text


def _read_tie(name: str, words: str, *, of_list: bool) -> str:
    """Read an association: of the one record it names, or of all of them."""
    if of_list:
        if name not in _SINGULARS:
            all_of_them = f"associated {_PLURALS.get(name.lower(), 'contacts')}"
            raise ValueError(f"{ROLES} holds several people; write {all_of_them!r}")
        return words
    if name.lower() in _SINGULARS:
        one = f"associated {_SINGULARS[name.lower()]}"
        raise ValueError(
            f"{words!r} are several records, and the other end names one; for the one (primary) "
            f"record write {one!r}. All people of a deal: 'associated contacts <-> {ROLES}'"
        )
    return words


def _read_right(text: str) -> tuple[Target, ...]:
    if not text:
        return ()
    targets = tuple(_read_target(part.strip()) for part in text.split("|"))
    names = [target.object_name for target in targets]
    if len(targets) > 1 and None in names:
        raise ValueError(f"{text!r}: with '|' each field needs its object, as 'Lead.X | Contact.Y'")
    if len(set(names)) < len(names):
        raise ValueError(f"{text!r} names one object twice")
    return targets


def _read_target(text: str) -> Target:
    found = _RIGHT_NAME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no Salesforce field; write 'Email' or 'Lead.Email'")
    return Target(found["object"], found["field"])
