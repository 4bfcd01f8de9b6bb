"""The pair the machine works on: both schemas, and a mapping file that varies in its rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from hypothesis import strategies as st

from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.loader import load_mapping
from sync.domain.record import Native, Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

__all__ = [
    "EMAILS",
    "PAIR",
    "VALUES",
    "Lines",
    "Variant",
    "bound",
    "lines",
    "native",
    "shapes",
    "variants",
]

PAIR = "contacts"

#: Few addresses, so that people meet.
EMAILS = ("ada@example.com", "bob@example.com", "cy@example.com", "di@example.com")

#: What people enter, by field and side; `None` is a value emptied.
VALUES: dict[str, dict[Side, tuple[Native, ...]]] = {
    "email": dict.fromkeys(Side, (*EMAILS, None)),
    "first_name": dict.fromkeys(Side, ("Ada", "Bob", "Ada ", None)),
    "last_name": dict.fromkeys(Side, ("Lovelace", "Byron", "Babbage")),
    "job_title": dict.fromkeys(Side, ("Engineer", "Boss", "boss", None)),
    "city": dict.fromkeys(Side, ("Berlin", "Wien", "Zürich", None)),
    "company": dict.fromkeys(Side, ("Acme", "Globex", None)),
    "seniority": {
        Side.LEFT: ("exec", "vp", "manager", "odd", None),
        Side.RIGHT: ("C-Level", "Manager", "Strange", None),
    },
    "amount": {
        Side.LEFT: ("10", "2.5", "1.005", "1.01", "0.004", "12345678", None),
        Side.RIGHT: ("10", "2.5", "1.01", "99.99", None),
    },
    "score": dict.fromkeys(Side, ("1", "50", "75", None)),
    "note": dict.fromkeys(Side, ("called", "met", None)),
    "opted_out": dict.fromkeys(Side, ("true", "false")),
}

_NAMES = {
    Side.LEFT: {
        "email": "email",
        "first_name": "firstname",
        "last_name": "lastname",
        "job_title": "jobtitle",
        "city": "city",
        "company": "company",
        "seniority": "seniority",
        "amount": "amount",
        "score": "hubspotscore",
        "note": "sales_note",
        "opted_out": "optout",
        "marker": "marker",
    },
    Side.RIGHT: {
        "email": "Email",
        "first_name": "FirstName",
        "last_name": "LastName",
        "job_title": "Title",
        "city": "City",
        "company": "Company",
        "seniority": "Level__c",
        "amount": "Amount__c",
        "score": "Score__c",
        "note": "Note__c",
        "opted_out": "OptOut__c",
        "marker": "Marker__c",
    },
}

#: The fields whose rules vary, with what does not.
_VARYING = ("first_name", "job_title", "city", "seniority", "amount")
_FIXED = {
    "seniority": "type: choice, values: {exec: C-Level, vp: C-Level, manager: Manager}, "
    "otherwise: hold",
    "amount": "type: number",
}


_CROSSED = "type: choice, values: {exec: Manager, vp: C-Level, manager: C-Level}, otherwise: hold"


def native(side: Side, object_name: str, name: str, lines: Lines) -> str | None:
    """Give the CRM's own name of a field, None where the object does not hold it."""
    if name == "note" and side is Side.LEFT and lines.elsewhere:
        return "other_note"
    if name == "company" and object_name == "Contact":
        return None
    if name == "city" and object_name == "Contact":
        return "MailingCity"
    return _NAMES[side][name]


@dataclass(frozen=True)
class Rule:
    """How one field is settled, in the words of a mapping file."""

    wins: str = "newest"
    unsure: str = "hold"
    blank: str = "keep"
    protect: str | None = None

    def __str__(self) -> str:
        protect = f", protect: {self.protect}" if self.protect else ""
        return f"wins: {self.wins}, unsure: {self.unsure}, blank: {self.blank}{protect}"


@dataclass(frozen=True)
class Lines:
    """What of the mapping file changes while both CRMs are at work."""

    crossed: bool = False  # two entries of the value table stand the other way round
    job: str = "text"
    without: str = ""  # this field has no line
    elsewhere: bool = False  # the note is kept in another field on the left
    creates: bool = True


def lines() -> st.SearchStrategy[Lines]:
    """Give all that the mapping may say of what changes."""
    return st.builds(
        Lines,
        crossed=st.booleans(),
        job=st.sampled_from(["text", "multiline"]),
        without=st.sampled_from(["", "city", "first_name"]),
        elsewhere=st.booleans(),
        creates=st.booleans(),
    )


@dataclass(frozen=True)
class Variant:
    """One way to set up both CRMs and the mapping."""

    keys: bool = True
    first_sync: str = "salesforce"
    delete: str = "unlink"
    create_as: str = "Lead"
    rules: tuple[Rule, ...] = field(default=(Rule(),) * len(_VARYING))
    page: int = 3
    batch: int = 3
    chunk: int = 2
    edit_times: bool = True
    automation: str = "none"  # none, at_once, later
    lines: Lines = Lines()


_RULES = st.builds(
    Rule,
    wins=st.sampled_from(["newest", "hubspot", "salesforce", "hold"]),
    unsure=st.sampled_from(["hold", "hubspot", "salesforce"]),
    blank=st.sampled_from(["keep", "clear", "fill"]),
    protect=st.sampled_from([None, None, "hubspot", "salesforce"]),
)


def variants() -> st.SearchStrategy[Variant]:
    """Give all ways to set up the pair."""
    return st.builds(
        Variant,
        keys=st.booleans(),
        first_sync=st.sampled_from(["salesforce", "hubspot", "newest", "hold"]),
        delete=st.sampled_from(["unlink", "archive", "ignore"]),
        create_as=st.sampled_from(["Lead", "Contact"]),
        rules=st.tuples(*[_RULES] * len(_VARYING)),
        page=st.sampled_from([3, 2, 50]),
        batch=st.sampled_from([3, 1, 5]),
        chunk=st.sampled_from([2, 1, 100]),
        edit_times=st.booleans(),
        automation=st.sampled_from(["none", "at_once", "later"]),
    )


def _mapping(variant: Variant) -> str:
    lines = [
        f"pair: {PAIR}",
        "hubspot: contacts",
        "salesforce: Contact | Lead",
        f"first_sync: {variant.first_sync}",
        "keys: {hubspot: salesforce_id, salesforce: HubSpot_Contact_Id__c}",
        "match: [email]",
        _create(variant),
        f"delete: {variant.delete}",
        "fields:",
        "  email: {map: email <-> Email, type: email, wins: hubspot, blank: clear}",
        "  last_name: {map: lastname <-> LastName, wins: salesforce, if_blank: '[not given]'}",
        "  company: {map: company <-> Lead.Company, wins: hubspot}",
        "  score: {map: hubspotscore -> Score__c, type: number, protect: hubspot}",
        f"  note: {'other_note' if variant.lines.elsewhere else 'sales_note'} <- Note__c",
        "  opted_out: {map: optout <-> OptOut__c, type: opt_out}",
        "  marker: {map: marker <-> Marker__c, wins: hubspot}",
    ]
    fixed = {**_FIXED, "job_title": f"type: {variant.lines.job}"}
    if variant.lines.crossed:
        fixed["seniority"] = _CROSSED
    for name, rule in zip(_VARYING, variant.rules, strict=True):
        if name == variant.lines.without:
            continue
        right = "Lead.City | Contact.MailingCity" if name == "city" else _NAMES[Side.RIGHT][name]
        more = f", {fixed[name]}" if name in fixed else ""
        lines.append(f"  {name}: {{map: {_NAMES[Side.LEFT][name]} <-> {right}, {rule}{more}}}")
    return "\n".join(lines) + "\n"


def _create(variant: Variant) -> str:
    """Without a field for the other's id, a new record is found again by its address only."""
    if not variant.lines.creates:
        return "create: {}"
    when = "" if variant.keys else "when: record.email != ''"
    comma = ", " if when else ""
    return f"create: {{salesforce: {{as: {variant.create_as}{comma}{when}}}, hubspot: {{{when}}}}}"


def _text(name: str, **more: object) -> FieldShape:
    kind = more.pop("kind", FieldKind.TEXT)
    return FieldShape(name=name, label=name, kind=kind, **more)  # type: ignore[arg-type]


def _options(*values: str) -> tuple[Option, ...]:
    return tuple(Option(value, value) for value in values)


def _object(name: str, *fields: FieldShape) -> ObjectShape:
    return ObjectShape(name, name, {one.name: one for one in fields})


def shapes(side: Side, *, keys: bool) -> dict[str, ObjectShape]:
    """Give the objects of one CRM, with or without the field for the other's id."""
    if side is Side.LEFT:
        left = [
            _text("email", kind=FieldKind.EMAIL, unique=True, folds_case=True),
            *(_text(one) for one in ("firstname", "lastname", "jobtitle", "city", "company")),
            _text(
                "seniority",
                kind=FieldKind.CHOICE,
                restricted=True,
                options=_options("exec", "vp", "manager", "odd"),
            ),
            _text("amount", kind=FieldKind.NUMBER),
            _text("hubspotscore", kind=FieldKind.NUMBER),
            _text("sales_note"),
            _text("other_note"),
            _text("optout", kind=FieldKind.BOOLEAN),
            _text("marker"),
        ]
        key = [_text("salesforce_id", unique=True)] if keys else []
        return {"contacts": _object("contacts", *left, *key)}
    found = {}
    for name in ("Contact", "Lead"):
        right = [
            _text("Email", kind=FieldKind.EMAIL),
            _text("FirstName"),
            _text("LastName", required=True, length=40),
            _text("Title"),
            _text("MailingCity" if name == "Contact" else "City"),
            *([_text("Company")] if name == "Lead" else []),
            _text(
                "Level__c",
                kind=FieldKind.CHOICE,
                restricted=True,
                options=_options("C-Level", "Manager", "Strange"),
            ),
            _text("Amount__c", kind=FieldKind.NUMBER, digits=6, scale=2),
            _text("Score__c", kind=FieldKind.NUMBER, digits=16, scale=0),
            _text("Note__c"),
            _text("OptOut__c", kind=FieldKind.BOOLEAN),
            _text("Marker__c"),
        ]
        key = [_text("HubSpot_Contact_Id__c", unique=True)] if keys else []
        found[name] = _object(name, *right, *key)
    return found


@lru_cache(maxsize=4096)
def bound(variant: Variant) -> BoundPair:
    """Bind the variant's mapping to its schemas."""
    mapping = load_mapping(_mapping(variant).encode(), file="mappings/contacts.yaml")
    return bind(
        mapping,
        shapes(Side.LEFT, keys=variant.keys),
        shapes(Side.RIGHT, keys=variant.keys),
    )
