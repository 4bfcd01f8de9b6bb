"""The fixed words of the mapping language and what they mean in the domain's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from mappings.findings import did_you_mean
from sync.domain.match import Prefer
from sync.domain.record import Side
from sync.domain.rules import BlankRule, DeleteRule, FirstSync, Unsure, Wins

__all__ = [
    "BLANK_WORDS",
    "DELETE_WORDS",
    "FIRST_SYNC_WORDS",
    "LEAVE_WORDS",
    "ONLY_WORDS",
    "PREFER_WORDS",
    "SIDE_KEYS",
    "SIDE_NAMES",
    "SIDE_WORDS",
    "TYPES_MEANT",
    "TYPE_WORDS",
    "UNSURE_WORDS",
    "WINS_WORDS",
    "FieldType",
    "OnLeave",
    "one_of",
]

T = TypeVar("T")


class FieldType(StrEnum):
    """How the values of a field are read, compared and written."""

    TEXT = "text"
    MULTILINE = "multiline"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    DOMAIN = "domain"
    NUMBER = "number"
    INTEGER = "integer"
    MONEY = "money"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    COUNTRY = "country"
    OPT_OUT = "opt_out"
    USER = "user"


class OnLeave(StrEnum):
    """What happens to a link whose record leaves `include`."""

    KEEP = "keep"
    UNLINK = "unlink"


WINS_WORDS: Mapping[str, Wins] = {
    "newest": Wins.NEWEST,
    "hubspot": Wins.LEFT,
    "salesforce": Wins.RIGHT,
    "hold": Wins.HOLD,
}
UNSURE_WORDS: Mapping[str, Unsure] = {
    "hold": Unsure.HOLD,
    "hubspot": Unsure.LEFT,
    "salesforce": Unsure.RIGHT,
}
FIRST_SYNC_WORDS: Mapping[str, FirstSync] = {
    "hubspot": FirstSync.LEFT,
    "salesforce": FirstSync.RIGHT,
    "newest": FirstSync.NEWEST,
    "hold": FirstSync.HOLD,
}
SIDE_WORDS: Mapping[str, Side] = {"hubspot": Side.LEFT, "salesforce": Side.RIGHT}
ONLY_WORDS: Mapping[str, Side] = {"to_hubspot": Side.LEFT, "to_salesforce": Side.RIGHT}
BLANK_WORDS: Mapping[str, BlankRule] = {rule.value: rule for rule in BlankRule}
DELETE_WORDS: Mapping[str, DeleteRule] = {rule.value: rule for rule in DeleteRule}
LEAVE_WORDS: Mapping[str, OnLeave] = {rule.value: rule for rule in OnLeave}
PREFER_WORDS: Mapping[str, Prefer] = {rule.value: rule for rule in Prefer}
TYPE_WORDS: Mapping[str, FieldType] = {kind.value: kind for kind in FieldType}

#: What both CRMs and others call the types.
TYPES_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("string", "str", "varchar", "id"), "text"),
    **dict.fromkeys(("textarea", "longtext", "html"), "multiline"),
    **dict.fromkeys(("bool", "checkbox", "booleancheckbox"), "boolean"),
    **dict.fromkeys(("int", "long"), "integer"),
    **dict.fromkeys(("float", "double", "decimal"), "number"),
    **dict.fromkeys(("currency", "amount"), "money"),
    **dict.fromkeys(("picklist", "enum", "enumeration", "select", "radio", "dropdown"), "choice"),
    **dict.fromkeys(("multipicklist", "multiselect", "checkboxes"), "choices"),
    **dict.fromkeys(("tel", "phonenumber", "phone_number"), "phone"),
    **dict.fromkeys(("time", "timestamp"), "datetime"),
    **dict.fromkeys(("owner", "lookup"), "user"),
}

#: How people call the two sides.
SIDE_NAMES: Mapping[Side, str] = {Side.LEFT: "HubSpot", Side.RIGHT: "Salesforce"}

#: How mapping files call them, as keys.
SIDE_KEYS: Mapping[Side, str] = {side: word for word, side in SIDE_WORDS.items()}


def one_of(
    words: Mapping[str, T],
    *,
    later: Mapping[str, str] | None = None,
    meant: Mapping[str, str] | None = None,
) -> Callable[[object], T]:
    """Make a reader of one of some words; `later` names those that are not supported yet.

    `meant` holds words of other languages, with the word that says the same here.
    """

    def read(value: object) -> T:
        if not isinstance(value, str):
            raise ValueError(f"must be one of {', '.join(words)}")
        if value in words:
            return words[value]
        if later and value in later:
            raise ValueError(f"{value!r} is not supported yet; {later[value]}")
        same = (meant or {}).get(value.casefold())
        guess = f"; did you mean {same!r}?" if same else did_you_mean(value, words)
        raise ValueError(f"{value!r} is not one of {', '.join(words)}{guess}")

    return read
