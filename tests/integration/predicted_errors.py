"""Errors of both APIs a mapping can cause: the line, what the check says, what the run does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.jsontypes import Json, JsonObject

__all__ = ["FIELDS", "ROWS", "UNFORESEEN", "Row"]

_EMAIL = "ada@example.com"


def _options(*values: str) -> list[Json]:
    return [{"label": value, "value": value} for value in values]


def _property(**said: Json) -> JsonObject:
    return {"system": "hubspot", "object": "contacts", "field": said}


def _field(**said: Json) -> JsonObject:
    return {"system": "salesforce", "object": "Contact", "field": said}


#: Fields of people that are narrow in every way a field can be.
FIELDS: tuple[JsonObject, ...] = (
    _property(name="salesforce_id", type="string", hasUniqueValue=True),
    _property(name="free", type="string"),
    _property(name="level", type="enumeration", options=_options("Boss", "Aide")),
    _property(name="count", type="number"),
    _property(name="born", type="date"),
    _property(name="flag", type="bool", options=_options("true", "false")),
    _property(name="fixed", type="string", readOnlyValue=True),
    _property(name="badge", type="string", hasUniqueValue=True),
    _field(name="HubSpot_Contact_Id__c", type="string", length=40, unique=True, externalId=True),
    _field(name="Code__c", type="string", length=5),
    _field(name="Level__c", type="picklist", values=["Boss", "Clerk"], restricted=True),
    _field(name="Amount__c", type="double", precision=5, scale=0),
    _field(name="Born__c", type="date"),
    _field(name="Flag__c", type="boolean"),
    _field(name="Mail__c", type="email"),
    _field(name="Badge__c", type="string", length=40, unique=True),
    _field(name="Long__c", type="textarea", length=131_072),
    _field(name="Formula__c", type="string", calculated=True, formula="'x'"),
    {
        "system": "hubspot",
        "object": "owners",
        "key": "kim",
        "id": "501",
        "properties": {"email": "kim@example.com", "firstName": "Kim"},
    },
    # Machines: an object of HubSpot's portal, and one of the org.
    {
        "system": "hubspot",
        "object": "schemas",
        "key": "machine",
        "properties": {
            "name": "machine",
            "labels": {"singular": "Machine", "plural": "Machines"},
            "primaryDisplayProperty": "plate",
            "requiredProperties": ["plate"],
        },
    },
    {"system": "hubspot", "object": "machine", "field": {"name": "plate", "type": "string"}},
    {"system": "hubspot", "object": "machine", "field": {"name": "note", "type": "string"}},
    {"system": "salesforce", "setup": {"kind": "object", "name": "Machine__c"}},
    {
        "system": "salesforce",
        "object": "Machine__c",
        "field": {"name": "Note__c", "type": "string", "length": 40},
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One error: `code` is the API's, `met` what the run puts with the errors.

    `met` is empty where the run does not start at all. `value` written to `native` of the target
    draws the error from the API itself, or `sent` to `path`; {beside} stands for the id of the
    record `beside`. `hubspot` and `salesforce` are the records in each. `mapping` stands in the
    place of the one of people.
    """

    code: str
    target: str
    line: str
    says: str
    met: str = ""
    native: str = ""
    value: Json = ""
    hubspot: Mapping[str, Json] = field(default_factory=dict)
    salesforce: Mapping[str, Json] = field(default_factory=dict)
    later: Mapping[str, Json] | None = None
    beside: Mapping[str, Json] | None = None
    beside_at: str = ""
    path: str = ""
    sent: JsonObject | None = None
    mapping: str = ""
    head: str = "create: {}"
    setup: JsonObject | None = None
    match: str = "[email]"
    email: str = "email <-> Email"
    last_name: str = "{map: lastname <-> LastName, if_blank: '?'}"

    @property
    def name(self) -> str:
        """Name the row as tests are named."""
        return f"{self.target}-{self.code}-{self.line[:40]}"


_TO_SALESFORCE = (
    Row(
        code="STRING_TOO_LONG",
        target="salesforce",
        line="x: free -> Code__c",
        hubspot={"free": "abcdefg"},
        native="Code__c",
        value="abcdefg",
        says="10:6: fields.x.map: at most 5 characters fit Salesforce's Contact.Code__c; "
        "HubSpot's contacts.free may hold 65,536",
        met="too_long",
    ),
    Row(
        code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        target="salesforce",
        line="x: free -> Level__c",
        hubspot={"free": "Chief"},
        native="Level__c",
        value="Chief",
        says="10:6: fields.x.map: Salesforce's Contact.Level__c takes the values of its picklist "
        "only, and free text goes there; add a table under 'values', as '…: Boss'",
        met="not_in_picklist",
    ),
    Row(
        code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        target="salesforce",
        line="x: level -> Level__c",
        hubspot={"level": "Aide"},
        native="Level__c",
        value="Aide",
        says="10:6: fields.x.map: nothing in Salesforce's Contact.Level__c stands for 'Aide'; "
        "write a line for each under fields.x.values, as 'Aide: …'",
        met="not_in_picklist",
    ),
    Row(
        code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        target="salesforce",
        line="x: {map: country -> MailingCountryCode, type: country}",
        hubspot={"country": "Atlantis"},
        native="MailingCountryCode",
        value="Atlantis",
        says="10:12: fields.x.map: only a country fits Salesforce's Contact.MailingCountryCode; "
        "HubSpot's contacts.country may hold any text",
        met="not_in_picklist",
    ),
    Row(
        code="NUMBER_OUTSIDE_VALID_RANGE",
        target="salesforce",
        line="x: count -> Amount__c",
        hubspot={"count": "1234567"},
        native="Amount__c",
        value=1234567,
        says="10:6: fields.x.map: at most 5 digits before the point fit Salesforce's "
        "Contact.Amount__c; HubSpot's contacts.count may hold more",
        met="too_many_digits",
    ),
    Row(
        code="REQUIRED_FIELD_MISSING",
        target="salesforce",
        line="x: free -> Title",
        head="create: {salesforce: {}}",
        native="FirstName",
        value="Ada",
        last_name="lastname <- LastName",
        says="6:10: create.salesforce: a new Contact needs LastName (Last Name), which no field "
        "writes; map one to Contact.LastName with 'if_blank', such as 'lastname: {map: lastname -> "
        'Contact.LastName, if_blank: "[not given]"}\'',
    ),
    Row(
        code="REQUIRED_FIELD_MISSING",
        target="salesforce",
        line="x: free -> Title",
        head="create: {salesforce: {}}",
        native="FirstName",
        value="Ada",
        last_name="lastname <-> LastName",
        hubspot={"email": "new@example.com", "lastname": ""},
        says="9:14: fields.last_name.map: Salesforce's Contact.LastName must have a value, and a "
        "new one without it is refused; add 'if_blank', as in if_blank: \"[not given]\"",
        met="REQUIRED_FIELD_MISSING",
    ),
    Row(
        code="REQUIRED_FIELD_MISSING",
        target="salesforce",
        line="x: free -> Title",
        native="FirstName",
        value="Ada",
        last_name="{map: lastname <-> LastName, blank: clear}",
        later={"lastname": ""},
        says="9:20: fields.last_name.map: Salesforce's Contact.LastName must have a value, and "
        "emptying it is refused; add 'if_blank', as in if_blank: \"[not given]\"",
        met="REQUIRED_FIELD_MISSING",
    ),
    Row(
        code="INVALID_FIELD_FOR_INSERT_UPDATE",
        target="salesforce",
        line="x: free -> Formula__c",
        native="Formula__c",
        value="y",
        says="10:6: fields.x.map: Salesforce's Contact.Formula__c is read-only for this user; use "
        "the one-way arrow '<-', or grant access; write 'free <- Formula__c'",
    ),
    Row(
        code="INVALID_FIELD",
        target="salesforce",
        line="x: free -> Code_c",
        native="Code_c",
        value="y",
        says="10:6: fields.x.map: Salesforce's Contact has no field 'Code_c' this user can see; "
        "did you mean 'Code__c'? Write 'free -> Code__c'",
    ),
    Row(
        code="JSON_PARSER_ERROR",
        target="salesforce",
        line="x: free -> Born__c",
        hubspot={"free": "tomorrow"},
        native="Born__c",
        value="tomorrow",
        says="10:6: fields.x.map: only a date fits Salesforce's Contact.Born__c; HubSpot's "
        "contacts.free may hold any text",
        met="wrong_type",
    ),
    Row(
        code="INVALID_EMAIL_ADDRESS",
        target="salesforce",
        line="x: free -> Mail__c",
        hubspot={"free": "nobody"},
        native="Mail__c",
        value="nobody",
        says="10:6: fields.x.map: only an e-mail address fits Salesforce's Contact.Mail__c; "
        "HubSpot's contacts.free may hold any text",
        met="wrong_type",
    ),
    Row(
        code="INVALID_TYPE_ON_FIELD_IN_RECORD",
        target="salesforce",
        line="x: {map: flag -> Flag__c, blank: clear}",
        hubspot={"flag": "true"},
        later={"flag": ""},
        native="Flag__c",
        value=None,
        says="10:12: fields.x.map: Salesforce's Contact.Flag__c is true or false and is never "
        "blank, and HubSpot's contacts.flag may be; write 'blank: keep'",
        met="INVALID_TYPE_ON_FIELD_IN_RECORD",
    ),
    Row(
        code="FIELD_INTEGRITY_EXCEPTION",
        target="salesforce",
        line="x: country -> MailingCountry",
        hubspot={"country": "Atlantis"},
        native="MailingCountry",
        value="Atlantis",
        says="10:6: fields.x.map: only names in the list of MailingCountryCode fit Salesforce's "
        "Contact.MailingCountry; HubSpot's contacts.country may hold any text; map it to "
        "Contact.MailingCountryCode with 'type: country'",
        met="FIELD_INTEGRITY_EXCEPTION",
    ),
    Row(
        code="DUPLICATE_VALUE",
        target="salesforce",
        line="x: free -> Badge__c",
        hubspot={"free": "7"},
        beside={"LastName": "Other", "Badge__c": "7"},
        native="Badge__c",
        value="7",
        says="10:6: fields.x.map: a value fits Salesforce's Contact.Badge__c in one record only, "
        "and may stand in several of HubSpot's contacts.free",
        met="DUPLICATE_VALUE",
    ),
)

_TO_HUBSPOT = (
    Row(
        code="PROPERTY_DOESNT_EXIST",
        target="hubspot",
        line="x: fre <- Title",
        native="fre",
        value="y",
        says="10:6: fields.x.map: HubSpot's contacts has no field 'fre' this user can see; did you "
        "mean 'free'? Write 'free <- Title'",
    ),
    Row(
        code="READ_ONLY_VALUE",
        target="hubspot",
        line="x: fixed <- Title",
        native="fixed",
        value="y",
        says="10:6: fields.x.map: HubSpot's contacts.fixed is read-only for this user; use the "
        "one-way arrow '->', or grant access; write 'fixed -> Title'",
    ),
    Row(
        code="INVALID_OPTION",
        target="hubspot",
        line="x: level <- Title",
        salesforce={"Title": "Chief"},
        native="level",
        value="Chief",
        says="10:6: fields.x.map: HubSpot's contacts.level takes the values of its picklist only, "
        "and free text goes there; add a table under 'values', as 'Boss: …'",
        met="not_in_picklist",
    ),
    Row(
        code="INVALID_OPTION",
        target="hubspot",
        line="x: level <- Level__c",
        salesforce={"Level__c": "Clerk"},
        native="level",
        value="Clerk",
        says="10:6: fields.x.map: nothing in HubSpot's contacts.level stands for 'Clerk'; write a "
        "line for each under fields.x.values, as '…: Clerk'",
        met="not_in_picklist",
    ),
    Row(
        code="INVALID_OPTION",
        target="hubspot",
        line="x: flag <- Title",
        salesforce={"Title": "perhaps"},
        native="flag",
        value="perhaps",
        says="10:6: fields.x.map: only true or false fits HubSpot's contacts.flag; Salesforce's "
        "Contact.Title may hold any text",
        met="wrong_type",
    ),
    Row(
        code="INVALID_INTEGER",
        target="hubspot",
        line="x: count <- Title",
        salesforce={"Title": "many"},
        native="count",
        value="many",
        says="10:6: fields.x.map: only a number fits HubSpot's contacts.count; Salesforce's "
        "Contact.Title may hold any text",
        met="wrong_type",
    ),
    Row(
        code="INVALID_DATE",
        target="hubspot",
        line="x: born <- Title",
        salesforce={"Title": "soon"},
        native="born",
        value="soon",
        says="10:6: fields.x.map: only a date fits HubSpot's contacts.born; Salesforce's "
        "Contact.Title may hold any text",
        met="wrong_type",
    ),
    Row(
        code="INVALID_STRING",
        target="hubspot",
        line="x: free <- Long__c",
        salesforce={"Long__c": "y" * 70_000},
        native="free",
        value="y" * 70_000,
        says="10:6: fields.x.map: at most 65,536 characters fit HubSpot's contacts.free; "
        "Salesforce's Contact.Long__c may hold 131,072",
        met="too_long",
    ),
    Row(
        code="CONFLICTING_UNIQUE_VALUE",
        target="hubspot",
        line="x: badge <- Title",
        salesforce={"Title": "7"},
        beside={"email": "other@example.com", "badge": "7"},
        native="badge",
        value="7",
        says="10:6: fields.x.map: a value fits HubSpot's contacts.badge in one record only, and "
        "may stand in several of Salesforce's Contact.Title",
        met="CONFLICTING_UNIQUE_VALUE",
    ),
)

#: HubSpot's own key of a person: people are known by their names here.
_OF_ADDRESSES = (
    Row(
        code="INVALID_EMAIL",
        target="hubspot",
        line="x: free <- Description",
        match="[last_name]",
        email="email <- Title",
        salesforce={"Title": "nobody"},
        native="email",
        value="nobody",
        says="8:10: fields.email.map: only an e-mail address fits HubSpot's contacts.email; "
        "Salesforce's Contact.Title may hold any text",
        met="wrong_type",
    ),
    Row(
        code="Contact already exists",
        target="hubspot",
        line="x: free <- Description",
        match="[last_name]",
        email="email <- Email",
        salesforce={"Email": "taken@example.com"},
        beside={"email": "taken@example.com"},
        native="email",
        value="taken@example.com",
        says="8:10: fields.email.map: a value fits HubSpot's contacts.email in one record only, "
        "and may stand in several of Salesforce's Contact.Email",
        met="CONFLICT",
    ),
)

_OF_PEOPLE = (
    Row(
        code="MALFORMED_ID",
        target="salesforce",
        line="x: free -> OwnerId",
        native="OwnerId",
        value="nobody",
        says="10:6: fields.x.map: Salesforce's Contact.OwnerId holds a user or owner; map it to a "
        "field that does, too",
    ),
    Row(
        code="INACTIVE_OWNER_OR_USER",
        target="salesforce",
        line="x: {map: hubspot_owner_id -> OwnerId, type: user, fallback: gone@example.com}",
        head="create: {salesforce: {}}",
        hubspot={"email": "new@example.com", "hubspot_owner_id": "501"},
        beside={
            "Email": "gone@example.com",
            "LastName": "Gone",
            "Username": "gone@example.com",
            "Alias": "gone",
            "IsActive": False,
        },
        beside_at="User",
        native="OwnerId",
        value="{beside}",
        says="10:63: fields.x.fallback: the user gone@example.com is no longer active in "
        "Salesforce; name an active user",
        met="NO_COUNTERPART",
    ),
    Row(
        code="INVALID_OWNER_ID",
        target="hubspot",
        line="x: hubspot_owner_id <- Title",
        native="hubspot_owner_id",
        value="77",
        says="10:6: fields.x.map: HubSpot's contacts.hubspot_owner_id holds a user or owner; map "
        "it to a field that does, too",
    ),
    Row(
        code="INVALID_CROSS_REFERENCE_KEY",
        target="salesforce",
        line="x: free -> AccountId",
        native="AccountId",
        value="001000000000001",
        says="10:6: fields.x.map: Salesforce's Contact.AccountId names a record of Account; say "
        "which pair keeps those records: 'pair: ...'",
    ),
)


def _machines(hubspot: str = "machine", salesforce: str = "Machine__c") -> str:
    return (
        "pair: machines\n"
        f"hubspot: {hubspot}\n"
        f"salesforce: {salesforce}\n"
        "first_sync: salesforce\n"
        "match: [note]\n"
        "create: {hubspot: {}}\n"
        "fields:\n"
        "  note: note <-> Note__c\n"
    )


_OF_OBJECTS = (
    Row(
        code="INVALID_TYPE",
        target="salesforce",
        line="salesforce: Gadget__c",
        mapping=_machines(salesforce="Gadget__c"),
        path="/services/data/v66.0/query?q=SELECT+Id+FROM+Gadget__c",
        says="3:13: salesforce: Salesforce shows no object 'Gadget__c' to this user; correct the "
        "name, or grant access to it",
    ),
    Row(
        code="Unable to infer object type",
        target="hubspot",
        line="hubspot: gadgetry",
        mapping=_machines(hubspot="gadgetry"),
        path="/crm/v3/objects/gadgetry",
        says="2:10: hubspot: HubSpot shows no object 'gadgetry' to this user; correct the name, or "
        "grant access to it",
    ),
    Row(
        code="MISSING_REQUIRED_PROPERTY",
        target="hubspot",
        line="create: {hubspot: {}}",
        mapping=_machines(),
        path="/crm/v3/objects/p24681012_machine",
        sent={"properties": {"note": "x"}},
        says="6:10: create.hubspot: a new machine needs plate (plate), which no field writes; map "
        "one to machine.plate with 'if_blank'",
    ),
)

ROWS = _TO_SALESFORCE + _TO_HUBSPOT + _OF_ADDRESSES + _OF_PEOPLE + _OF_OBJECTS

#: What no schema tells: the check has nothing to say, and the run puts the CRM's words on record.
UNFORESEEN = (
    Row(
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        target="salesforce",
        line="x: free -> Title",
        hubspot={"free": "Chief"},
        says="",
        met="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        setup={
            "kind": "validation_rule",
            "object": "Contact",
            "name": "No chiefs",
            "when": [{"field": "Title", "operator": "=", "value": "Chief"}],
            "message": "No chiefs, please",
            "field": "Title",
        },
    ),
    Row(
        code="DUPLICATES_DETECTED",
        target="salesforce",
        line="x: free -> Title",
        head="create: {salesforce: {}}",
        hubspot={"email": "new@example.com", "lastname": "Lovelace"},
        says="",
        met="DUPLICATES_DETECTED",
        setup={
            "kind": "duplicate_rule",
            "object": "Contact",
            "fields": ["LastName"],
            "allowSave": False,
            "message": "Use one of these records?",
        },
    ),
)
