"""The whole loop in small: both schemas of six pairs, and mapping files that vary in rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from connectors.memory import RowKind
from console.wiring import directories_of
from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.loader import load_mappings
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from tests.property.blank_state import blank_store

__all__ = [
    "KINDS",
    "REFERENCES",
    "ROW_KINDS",
    "ROW_NAMES",
    "SHAPES",
    "TEXTS",
    "Rules",
    "bound_pairs",
    "draw_rules",
]

_NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)

#: The objects of each pair; of people on the right the one before is preferred.
KINDS: Mapping[str, Mapping[Side, tuple[str, ...]]] = {
    "companies": {Side.LEFT: ("companies",), Side.RIGHT: ("Account",)},
    "contacts": {Side.LEFT: ("contacts",), Side.RIGHT: ("Contact", "Lead")},
    "deals": {Side.LEFT: ("deals",), Side.RIGHT: ("Opportunity",)},
    "campaigns": {Side.LEFT: ("campaigns",), Side.RIGHT: ("Campaign",)},
    "deals.people": {Side.LEFT: ("deals/contacts",), Side.RIGHT: ("OpportunityContactRole",)},
    "campaigns.members": {Side.LEFT: ("campaigns/contacts",), Side.RIGHT: ("CampaignMember",)},
}

#: What people enter: by object, field and the values they choose from; the first is the key.
TEXTS: Mapping[str, Mapping[str, tuple[str | None, ...]]] = {
    "companies": {"domain": (), "name": ("Acme", "Globex"), "city": ("Berlin", "Wien", None)},
    "Account": {"Website": (), "Name": ("Acme", "Globex"), "City": ("Berlin", "Wien", None)},
    "contacts": {
        "email": (),
        "lastname": ("Lovelace", "Byron"),
        "jobtitle": ("Boss", "Cook", None),
    },
    "Contact": {"Email": (), "LastName": ("Lovelace", "Byron"), "Title": ("Boss", "Cook", None)},
    "Lead": {"Email": (), "LastName": ("Lovelace", "Byron"), "Title": ("Boss", "Cook", None)},
    "deals": {"dealname": (), "dealstage": ("open", "won"), "amount": ("10", "2.5", None)},
    "Opportunity": {"Name": (), "StageName": ("open", "won"), "Amount": ("10", "2.5", None)},
    "campaigns": {"hs_name": (), "note": ("loud", "late", None)},
    "Campaign": {"Name": (), "Note": ("loud", "late", None)},
}

#: The fields of a record that name a company.
REFERENCES = {
    "companies": "parent company",
    "contacts": "associated company",
    "deals": "associated company",
    "Account": "ParentId",
    "Contact": "AccountId",
    "Opportunity": "AccountId",
}

#: Owner, member and word of a row, by object.
ROW_NAMES = {
    "deals/contacts": ("owner", "member", "label"),
    "OpportunityContactRole": ("OpportunityId", "ContactId", "Role"),
    "campaigns/contacts": ("owner", "member", "label"),
    "CampaignMember": ("CampaignId", "LeadOrContactId", "Status"),
}

ROW_KINDS: Mapping[Side, Mapping[str, RowKind]] = {
    Side.LEFT: {"deals/contacts": RowKind.SILENT, "campaigns/contacts": RowKind.NAMED},
    Side.RIGHT: {
        "OpportunityContactRole": RowKind.STANDS,
        "CampaignMember": RowKind.VANISHES,
    },
}


# --- the schemas ----------------------------------------------------------------------------------


def _field(name: str, kind: FieldKind = FieldKind.TEXT, *, unique: bool = False) -> FieldShape:
    folds = kind is FieldKind.EMAIL
    return FieldShape(name=name, label=name, kind=kind, unique=unique, folds_case=folds)


def _needed(name: str) -> FieldShape:
    return FieldShape(name=name, label=name, kind=FieldKind.TEXT, required=True, length=80)


def _reference(name: str, to: str, *, apart: bool = False) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=FieldKind.REFERENCE,
        creatable=not apart,
        refers_to=(to,),
        apart=apart,
    )


def _end(name: str, *to: str) -> FieldShape:
    return FieldShape(
        name=name,
        label=name,
        kind=FieldKind.REFERENCE,
        required=True,
        updatable=False,
        refers_to=to,
    )


def _word(name: str, *values: str) -> FieldShape:
    options = tuple(Option(value, value) for value in values)
    return FieldShape(
        name=name, label=name, kind=FieldKind.CHOICE, restricted=True, options=options
    )


def _object(name: str, *fields: FieldShape, owned_by: str = "") -> ObjectShape:
    return ObjectShape(
        name=name, label=name, fields={one.name: one for one in fields}, owned_by=owned_by
    )


def _named(*shapes: ObjectShape) -> Mapping[str, ObjectShape]:
    return {shape.name: shape for shape in shapes}


def _texts(*names: str) -> Iterable[FieldShape]:
    return (_field(name) for name in names)


def _person(name: str, *more: FieldShape) -> ObjectShape:
    return _object(
        name,
        _field("Email", FieldKind.EMAIL),
        _needed("LastName"),
        *_texts("Title", "Marker__c"),
        _field("HubSpot_Contact_Id__c", unique=True),
        *more,
    )


_KEY = _field("salesforce_id", unique=True)

SHAPES: Mapping[Side, Mapping[str, ObjectShape]] = {
    Side.LEFT: _named(
        _object(
            "companies",
            *_texts("domain", "name", "city", "marker"),
            _reference("parent company", "companies", apart=True),
            _KEY,
        ),
        _object(
            "contacts",
            _field("email", FieldKind.EMAIL, unique=True),
            *_texts("lastname", "jobtitle", "company", "marker"),
            _reference("associated company", "companies", apart=True),
            _KEY,
        ),
        _object(
            "deals",
            *_texts("dealname", "dealstage", "marker"),
            _field("amount", FieldKind.NUMBER),
            _reference("associated company", "companies", apart=True),
            _KEY,
        ),
        _object("campaigns", *_texts("hs_name", "note", "marker")),
        _object(
            "deals/contacts",
            _end("owner", "deals"),
            _end("member", "contacts"),
            _word("label", "buyer", "user"),
            owned_by="owner",
        ),
        _object(
            "campaigns/contacts",
            _end("owner", "campaigns"),
            _end("member", "contacts"),
            _word("label", "members", "responded"),
            owned_by="owner",
        ),
    ),
    Side.RIGHT: _named(
        _object(
            "Account",
            _needed("Name"),
            *_texts("Website", "City", "Marker__c"),
            _reference("ParentId", "Account"),
            _field("HubSpot_Company_Id__c", unique=True),
        ),
        _person("Contact", _reference("AccountId", "Account")),
        _person("Lead", _needed("Company")),
        _object(
            "Opportunity",
            _needed("Name"),
            *_texts("StageName", "Marker__c"),
            _field("Amount", FieldKind.NUMBER),
            _reference("AccountId", "Account"),
            _field("HubSpot_Deal_Id__c", unique=True),
        ),
        _object(
            "Campaign",
            _needed("Name"),
            *_texts("Note", "Marker__c"),
            _field("HubSpot_Campaign_Id__c", unique=True),
        ),
        _object(
            "OpportunityContactRole",
            _end("OpportunityId", "Opportunity"),
            _end("ContactId", "Contact"),
            _word("Role", "Buyer", "User"),
        ),
        _object(
            "CampaignMember",
            _end("CampaignId", "Campaign"),
            _end("LeadOrContactId", "Contact", "Lead"),
            _word("Status", "Sent", "Responded"),
        ),
    ),
}


# --- the mapping files ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What of the mapping files varies from story to story."""

    wins: str
    blank: str
    delete: str
    create_as: str
    first_sync: str
    chunk: int
    without: str  # no pair of that name in this story, nor the list that hangs on it


def draw_rules(random: Random) -> Rules:
    """Draw one way to write the mapping files."""
    return Rules(
        wins=random.choice(["newest, unsure: hubspot", "newest, unsure: hold", "salesforce"]),
        blank=random.choice(["clear", "fill", "keep"]),
        delete=random.choice(["unlink", "archive", "ignore"]),
        create_as=random.choice(["Lead", "Contact"]),
        first_sync=random.choice(["salesforce", "hubspot"]),
        chunk=random.choice([2, 100, 100]),
        without=random.choice(["", "deals", "campaigns"]),
    )


def _files(rules: Rules) -> dict[str, str]:
    head = (
        f"first_sync: {rules.first_sync}\ndelete: {rules.delete}\n"
        f"defaults: {{wins: {rules.wins.split(',')[0]}, blank: {rules.blank}}}\n"
    )
    unsure = ", " + rules.wins.partition(", ")[2] if "," in rules.wins else ""
    both = "create: {salesforce: {when: 'true'}, hubspot: {when: 'true'}}\n"
    as_person = f"create: {{salesforce: {{as: {rules.create_as}}}, hubspot: {{when: 'true'}}}}\n"
    reference = "pair: companies, wins: salesforce"
    return {
        "companies": f"""\
pair: companies
hubspot: companies
salesforce: Account
match: [domain]
{head}{both}fields:
  domain: {{map: domain <-> Website, type: text{unsure}}}
  name: {{map: name <-> Name, if_blank: none{unsure}}}
  city: {{map: city <-> City{unsure}}}
  marker: {{map: marker <-> Marker__c, wins: hubspot}}
  parent: {{map: parent company <-> ParentId, {reference}}}
""",
        "contacts": f"""\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
match: [email]
{head}{as_person}fields:
  email: {{map: email <-> Email, type: email, wins: hubspot}}
  last_name: {{map: lastname <-> LastName, if_blank: none{unsure}}}
  title: {{map: jobtitle <-> Title{unsure}}}
  company: {{map: company -> Lead.Company, if_blank: none}}
  marker: {{map: marker <-> Marker__c, wins: hubspot}}
  account: {{map: associated company <-> Contact.AccountId, {reference}}}
""",
        "deals": f"""\
pair: deals
hubspot: deals
salesforce: Opportunity
match: [name]
{head}{both}fields:
  name: {{map: dealname <-> Name, if_blank: none{unsure}}}
  deal_stage: {{map: dealstage <-> StageName{unsure}}}
  amount: {{map: amount <-> Amount{unsure}}}
  marker: {{map: marker <-> Marker__c, wins: hubspot}}
  company: {{map: associated company <-> AccountId, {reference}}}
  people: {{map: associated contacts <-> OpportunityContactRole, pair: contacts, wins: salesforce,
    values: {{buyer: Buyer, user: User}}}}
""",
        "campaigns": f"""\
pair: campaigns
hubspot: campaigns
salesforce: Campaign
match: [name]
{head}{both}fields:
  name: {{map: hs_name <-> Name, if_blank: none{unsure}}}
  note: {{map: note <-> Note{unsure}}}
  marker: {{map: marker <-> Marker__c, wins: hubspot}}
members:
  pair: contacts
  wins: salesforce
  lists: {{members: [Sent], responded: [Responded]}}
""",
    }


@lru_cache(maxsize=256)
def bound_pairs(rules: Rules) -> tuple[BoundPair, ...]:
    """Bind the pairs of one way to write the files; they look records up in the blank state."""
    with TemporaryDirectory() as folder:
        for name, text in _files(rules).items():
            if name == rules.without:
                continue
            (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        pairs = load_mappings(Path(folder))
    directories = directories_of(blank_store(), {}, at=_NOW)
    return tuple(
        bind(pair, SHAPES[Side.LEFT], SHAPES[Side.RIGHT], directories=directories) for pair in pairs
    )
