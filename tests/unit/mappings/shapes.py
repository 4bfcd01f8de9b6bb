"""Live schemas as the two CRMs describe them, small enough to read, and mappings over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import dedent

from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.loader import load_mapping
from mappings.model import PairMapping
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

__all__ = [
    "CONTACTS",
    "LEFT",
    "RIGHT",
    "bound",
    "contacts",
    "pair_of",
    "shape",
    "shapes",
    "with_field",
    "without",
]

HEAD = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
"""

#: A mapping with one field, for tests that are about something else.
CONTACTS = HEAD + "fields: {email: email <-> Email}\n"


def shape(name: str, kind: FieldKind = FieldKind.TEXT, **more: object) -> FieldShape:
    """Make one field as a CRM describes it; `options` may be plain texts."""
    options = more.pop("options", ())
    assert isinstance(options, tuple)
    made = tuple(one if isinstance(one, Option) else Option(one, one) for one in options)
    return FieldShape(name=name, label=name, kind=kind, options=made, **more)  # type: ignore[arg-type]


def shapes(objects: Mapping[str, tuple[FieldShape, ...]]) -> dict[str, ObjectShape]:
    """Make objects as a CRM describes them."""
    return {
        name: ObjectShape(name, name, {one.name: one for one in fields})
        for name, fields in objects.items()
    }


_LEVELS = ("C-Level", "Manager")
_COUNTRIES = (Option("DE", "Germany"), Option("AT", "Austria"))
_PERSON = (
    shape("Email", FieldKind.EMAIL, length=80),
    shape("FirstName", length=40),
    shape("LastName", length=80, required=True),
    shape("MobilePhone", FieldKind.PHONE, length=40),
    shape("Level__c", FieldKind.CHOICE, restricted=True, options=_LEVELS),
    shape("HubSpot_Score__c", FieldKind.NUMBER, digits=6, scale=1),
    shape("HasOptedOutOfEmail", FieldKind.BOOLEAN),
    shape("Margin__c", FieldKind.PERCENT, digits=3, scale=2),
    shape("Born__c", FieldKind.DATE),
    shape("Met__c", FieldKind.DATETIME),
    shape("Topics__c", FieldKind.CHOICES, restricted=True, options=("A", "B", "C")),
    shape("Notes__c", FieldKind.MULTILINE, length=20),
    shape("Formula__c", updatable=False, creatable=False),
    shape("OwnerId", FieldKind.REFERENCE),
    shape("HubSpot_Contact_Id__c", unique=True, length=20),
)

LEFT = shapes(
    {
        "contacts": (
            shape("email", FieldKind.EMAIL, unique=True, folds_case=True),
            shape("hs_additional_emails"),
            shape("firstname"),
            shape("lastname"),
            shape("company"),
            shape("mobilephone", FieldKind.PHONE),
            shape("country"),
            shape(
                "seniority", FieldKind.CHOICE, restricted=True, options=("VP", "Exec", "Manager")
            ),
            shape("hubspotscore", FieldKind.NUMBER, updatable=False, creatable=False),
            shape("opted_out", FieldKind.BOOLEAN),
            shape("margin", FieldKind.PERCENT, percent_as_fraction=True),
            shape("born", FieldKind.DATE),
            shape("met", FieldKind.DATETIME),
            shape("topics", FieldKind.CHOICES, restricted=True, options=("A", "B", "C")),
            shape("notes", FieldKind.MULTILINE),
            shape("salesforce_id", unique=True),
        ),
        "companies": (
            shape("name"),
            shape("domain"),
            shape("country"),
            shape("salesforce_id", unique=True),
        ),
    }
)
RIGHT = shapes(
    {
        "Contact": (
            *_PERSON,
            shape("MailingCountryCode", FieldKind.CHOICE, restricted=True, options=_COUNTRIES),
        ),
        "Lead": (
            *_PERSON,
            shape("Company", length=255, required=True),
            shape("Status"),
            shape("CountryCode", FieldKind.CHOICE, restricted=True, options=_COUNTRIES),
        ),
        "Account": (
            shape("Name", length=255, required=True),
            shape("Website", FieldKind.URL, length=255),
            shape("BillingCountryCode", FieldKind.CHOICE, restricted=True, options=_COUNTRIES),
        ),
    }
)


def pair_of(text: str) -> PairMapping:
    """Load one pair from the text of a file."""
    return load_mapping(dedent(text).encode(), file="mappings/contacts.yaml")


def contacts(fields: str, more: str = "") -> PairMapping:
    """Load a contacts pair with these lines under `fields` and these further keys."""
    body = "".join(f"  {line}\n" for line in dedent(fields).strip().splitlines())
    extra = f"{dedent(more).rstrip()}\n" if more else ""
    return pair_of(HEAD + extra + "fields:\n  email: email <-> Email\n" + body)


def with_field(objects: Mapping[str, ObjectShape], *fields: FieldShape) -> dict[str, ObjectShape]:
    """Give the same objects with these fields in the place of others of their names."""
    more = {one.name: one for one in fields}
    return {
        name: replace(found, fields={**found.fields, **more}) for name, found in objects.items()
    }


def without(
    objects: Mapping[str, ObjectShape], name: str, *, of: str = ""
) -> dict[str, ObjectShape]:
    """Give the same objects without a field, on one object or on all."""
    return {
        key: replace(found, fields={k: v for k, v in found.fields.items() if k != name})
        if of in ("", key)
        else found
        for key, found in objects.items()
    }


def bound(
    fields: str,
    more: str = "",
    *,
    left: Mapping[str, ObjectShape] = LEFT,
    right: Mapping[str, ObjectShape] = RIGHT,
) -> BoundPair:
    """Bind a contacts pair to the live schemas of this module."""
    return bind(contacts(fields, more), left, right)
