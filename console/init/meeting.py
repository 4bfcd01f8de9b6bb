"""Asking both CRMs who they are and what they have; nothing is written to either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.words import TITLES
from sync.domain.errors import (
    AccountNotSupportedError,
    ConfigError,
    CredentialError,
    CrmSyncError,
    SchemaDriftError,
)
from sync.domain.ports import ChangeQuery
from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.project import Project
    from mappings.proposing.pairs import PairKind
    from mappings.proposing.proposal import Shapes
    from sync.domain.ports import Account, Crm
    from sync.domain.schema import ObjectShape

__all__ = ["Crms", "Missing", "Region", "accounts", "connected", "describe", "guess_region"]

Crms = Mapping[Side, "Crm"]

_SET = {
    Side.LEFT: (
        "set HUBSPOT_ACCESS_TOKEN to the token of a private app or service key (or "
        "HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET and HUBSPOT_REFRESH_TOKEN of an OAuth app)"
    ),
    Side.RIGHT: (
        "set SALESFORCE_AUTH=client_credentials with SALESFORCE_DOMAIN, SALESFORCE_CLIENT_ID and "
        "SALESFORCE_CLIENT_SECRET, or SALESFORCE_INSTANCE_URL and SALESFORCE_ACCESS_TOKEN"
    ),
}

#: Fields that say where people are, the most telling first.
_COUNTRIES = {
    Side.LEFT: (("contacts", "country"),),
    Side.RIGHT: (
        ("Contact", "MailingCountryCode"),
        ("Contact", "MailingCountry"),
        ("Lead", "CountryCode"),
        ("Lead", "Country"),
    ),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """An object that could not be read, and why."""

    object_name: str
    why: str


@dataclass(frozen=True, slots=True)
class Region:
    """A country proposed for phone numbers, and what speaks for it."""

    code: str
    because: str


@contextmanager
def connected(project: Project) -> Iterator[Crms]:
    """Give both CRMs, connected; raises CredentialError that names all that is missing."""
    from console.wiring import hubspot_crm, salesforce_crm

    crms: dict[Side, Crm] = {}
    wrong: list[str] = []
    with ExitStack() as stack:
        for side, connect in ((Side.LEFT, hubspot_crm), (Side.RIGHT, salesforce_crm)):
            try:
                crms[side] = connect(project)
            except ConfigError as error:
                wrong.append(f"{TITLES[side]}: {_SET[side]}.\n  ({error})")
            else:
                stack.callback(crms[side].close)
        if wrong:
            raise CredentialError(
                "\n".join(
                    (
                        "init asks both CRMs what they have, and cannot yet. Nothing is written.",
                        *wrong,
                        "Each of these may also be NAME_FILE, naming a file that holds the value.",
                    )
                )
            )
        yield crms


def accounts(crms: Crms) -> dict[Side, Account]:
    """Fetch which portal and org these are; a refusal says what the credentials lack."""
    return {side: crm.account() for side, crm in crms.items()}


def describe(crms: Crms, kind: PairKind) -> tuple[Shapes | None, list[Missing]]:
    """Fetch the objects of a pair; None where one CRM shows none of them, with each reason."""
    from mappings.proposing.proposal import Shapes

    missing: list[Missing] = []
    left = _object(crms, Side.LEFT, kind.hubspot, missing)
    right = {
        name: shape
        for name in kind.salesforce
        if (shape := _object(crms, Side.RIGHT, name, missing)) is not None
    }
    if left is None or not right:
        return None, missing
    return Shapes(left, right), missing


def _object(crms: Crms, side: Side, name: str, missing: list[Missing]) -> ObjectShape | None:
    """Fetch an object; one that these credentials may not see is named, not an error."""
    try:
        return crms[side].describe(name)
    except (AccountNotSupportedError, CredentialError, SchemaDriftError) as error:
        missing.append(Missing(name, f"{TITLES[side]} does not show {name} to you: {error}"))
    return None


def guess_region(crms: Crms, shapes: Sequence[Shapes], environment: Mapping[str, str]) -> Region:
    """Propose a country for phone numbers: that of most people, else this machine's own."""
    counted: Counter[str] = Counter()
    for side, object_name, native in _places(shapes):
        counted.update(_countries(crms[side], object_name, native))
    if counted:
        code, count = counted.most_common(1)[0]
        return Region(code, f"of {counted.total()} people with a country, {count} are there")
    for name in ("LC_ALL", "LC_TELEPHONE", "LANG"):
        territory = environment.get(name, "").partition(".")[0].partition("_")[2]
        if len(territory) == 2 and territory.isalpha():
            return Region(territory.upper(), f"from {name} of this machine")
    return Region("", "neither the records nor this machine say")


def _places(shapes: Sequence[Shapes]) -> Iterator[tuple[Side, str, str]]:
    """Give one field of each side that holds a country, where there is one."""
    for side, wanted in _COUNTRIES.items():
        for object_name, native in wanted:
            found = _shape(shapes, side, object_name)
            if found is not None and native in found.fields:
                yield side, object_name, native
                break


def _shape(shapes: Sequence[Shapes], side: Side, object_name: str) -> ObjectShape | None:
    for one in shapes:
        if side is Side.LEFT and one.left.name == object_name:
            return one.left
        if side is Side.RIGHT and object_name in one.right:
            return one.right[object_name]
    return None


def _countries(crm: Crm, object_name: str, native: str) -> Iterator[str]:
    """Read the countries of the people who changed last; a CRM that refuses says nothing."""
    from mappings.transforms.country import country_reader
    from mappings.transforms.reading import UnreadableError

    query = ChangeQuery(object_name=object_name, fields=(native,), since=None)
    read = country_reader()
    try:
        records = crm.peek([query])[0].records
    except CrmSyncError:
        return
    for record in records:
        value = record.fields.get(native)
        if value:
            try:
                yield read(value)
            except UnreadableError:
                continue
