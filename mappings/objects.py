"""What is special about single objects of the two CRMs, in one table; any other needs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mappings.findings import did_you_mean
from mappings.words import SIDE_NAMES
from sync.domain.record import Side

__all__ = [
    "KNOWN",
    "KnownObject",
    "across_problems",
    "default_key",
    "no_such_object",
    "object_across",
    "read_hubspot_object",
    "read_salesforce_objects",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownObject:
    """A HubSpot object that stands across from one kind of thing in Salesforce, and from it only.

    `salesforce` lists the objects that may stand there, several together where one thing may be
    either. The keys are the fields that keep the other CRM's id unless a mapping says otherwise;
    None where there can be none. `type_id` is HubSpot's number for the object.
    """

    hubspot: str
    type_id: str
    salesforce: tuple[str, ...]
    hubspot_key: str | None
    salesforce_key: str | None


KNOWN: tuple[KnownObject, ...] = (
    KnownObject(
        hubspot="contacts",
        type_id="0-1",
        salesforce=("Contact", "Lead"),
        hubspot_key="salesforce_id",
        salesforce_key="HubSpot_Contact_Id__c",
    ),
    KnownObject(
        hubspot="companies",
        type_id="0-2",
        salesforce=("Account",),
        hubspot_key="salesforce_id",
        salesforce_key="HubSpot_Company_Id__c",
    ),
    KnownObject(
        hubspot="deals",
        type_id="0-3",
        salesforce=("Opportunity",),
        hubspot_key="salesforce_id",
        salesforce_key="HubSpot_Deal_Id__c",
    ),
    KnownObject(
        hubspot="campaigns",
        type_id="0-35",
        salesforce=("Campaign",),
        hubspot_key=None,
        salesforce_key="HubSpot_Campaign_Id__c",
    ),
)

#: Objects the language keeps a place for; a file that names one is asked to wait.
_LATER = ("CampaignMember",)

#: HubSpot's numbers of further objects of its own, which stand across from any other.
_NAMES = {
    "0-5": "tickets",
    "0-7": "products",
    "0-8": "line_items",
    "0-14": "quotes",
    "0-123": "orders",
    "0-136": "leads",
}

_TYPE_ID = re.compile(r"\d{1,3}-\d{1,12}")
_NAME = re.compile(r"[A-Za-z]\w{0,99}", re.ASCII)


def read_hubspot_object(value: object) -> str:
    """Read the object on the left: a name, `p123_machines`, or a type id such as `2-345`."""
    if not isinstance(value, str):
        raise ValueError("must name a HubSpot object, like 'contacts', 'deals' or 'p123_machines'")
    name = value.strip()
    _refuse_later(name)
    if _TYPE_ID.fullmatch(name):
        known = {one.type_id: one.hubspot for one in KNOWN}
        return known.get(name) or _NAMES.get(name, name)
    if _NAME.fullmatch(name) is None:
        raise ValueError(
            f"{value!r} is no name of a HubSpot object; write one like 'deals', 'p123_machines' "
            "or '2-345'"
        )
    return name


def read_salesforce_objects(value: object) -> tuple[str, ...]:
    """Read the objects on the right: `Account`, `Machine__c` or `Contact | Lead`."""
    if not isinstance(value, str):
        raise ValueError("must name objects, like 'Account' or 'Contact | Lead'")
    names = [part.strip() for part in value.split("|")]
    for name in names:
        _refuse_later(name)
        if _NAME.fullmatch(name) is None:
            raise ValueError(
                f"{name!r} is no name of a Salesforce object; write one like 'Account', "
                "'Machine__c' or 'Contact | Lead'"
            )
    if len(set(names)) < len(names):
        raise ValueError(f"{value!r} names one object twice")
    return tuple(names)


def _refuse_later(name: str) -> None:
    if name in _LATER:
        raise ValueError(f"{name!r} is not supported yet; move this file out of the folder for now")


def default_key(hubspot: str, side: Side) -> str | None:
    """Give the field that keeps the other CRM's id where a mapping names none, if there is one."""
    known = _known(hubspot)
    if known is None:
        return None
    return known.hubspot_key if side is Side.LEFT else known.salesforce_key


def across_problems(hubspot: str, salesforce: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Say which objects cannot stand across from each other, each with the key it stands under."""
    known = _known(hubspot)
    if known is None:
        home = next((one for one in KNOWN if not set(one.salesforce).isdisjoint(salesforce)), None)
        if home is not None:
            guess = did_you_mean(hubspot, [home.hubspot]) or f"; write {home.hubspot}"
            across = " | ".join(salesforce)
            yield "hubspot", f"{hubspot!r} does not stand across from Salesforce's {across}{guess}"
        elif len(salesforce) > 1:
            written = " or ".join(salesforce)
            yield "salesforce", f"only Contact and Lead may stand together; write {written}"
        return
    for name in salesforce:
        if name not in known.salesforce:
            guess = did_you_mean(name, known.salesforce)
            guess = guess or f"; write {' | '.join(known.salesforce)}"
            problem = f"{name!r} does not stand across from HubSpot's {hubspot}{guess}"
            yield "salesforce", problem


def no_such_object(side: Side, name: str, known: Sequence[str] = ()) -> str:
    """Say that an account shows no object of a name, and the nearest it has."""
    guess = did_you_mean(name, known) or "; correct the name, or grant access to it"
    return f"{SIDE_NAMES[side]} shows no object {name!r} to this user{guess}"


def object_across(name: object, side: Side) -> str:
    """Give what may stand across from an object of one side, as a mapping writes it."""
    for one in KNOWN:
        if side is Side.LEFT and one.hubspot == name:
            return " | ".join(one.salesforce)
        parts = {part.strip() for part in str(name).split("|")}
        if side is Side.RIGHT and parts <= set(one.salesforce):
            return one.hubspot
    return "Other__c" if side is Side.LEFT else "others"


def _known(hubspot: str) -> KnownObject | None:
    return next((one for one in KNOWN if one.hubspot == hubspot), None)
