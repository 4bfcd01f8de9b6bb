"""Every key of a mapping file in an admin's words: what it means, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mappings.words import FieldType, OnLeave
from sync.domain.match import Prefer
from sync.domain.rules import BlankRule, DeleteRule

__all__ = ["EXPLAINED", "TYPES_IN_WORDS", "Key"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it says, and the texts or the fixed words it takes (each with its meaning)."""

    says: str
    words: Mapping[str, str] = field(default_factory=dict)
    pattern: str = ""
    wanted: str = ""


#: A condition, or a text: anything but nothing.
_FILLED = r"\S"
_LIMIT = r"^\s*(\d{1,9}|\d{1,3}(\.\d{1,3})?\s*%(\s*,\s*at\s+least\s+\d{1,9})?)\s*$"

_LEFT = r"(associated\s+[A-Za-z0-9][\w-]*|parent\s+company|[A-Za-z]\w*)"
_ONE = r"[A-Za-z]\w*\.[A-Za-z]\w*"
_RIGHT = rf"({_ONE}(\s*\|\s*{_ONE})+|([A-Za-z]\w*\.)?[A-Za-z]\w*)"
_LINE = (
    rf"^\s*({_LEFT}\s*<->\s*{_RIGHT}"
    rf"|{_LEFT}\s*(->|<-)(\s*{_RIGHT})?"
    rf"|(->|<-)\s*{_RIGHT})\s*$"
)

#: Every type of values, and what it does with them.
TYPES_IN_WORDS: Mapping[str, str] = {
    FieldType.TEXT: "one line of text; spaces at its ends do not count",
    FieldType.MULTILINE: "text of several lines",
    FieldType.EMAIL: "an e-mail address; upper and lower case are equal",
    FieldType.PHONE: "a phone number, kept as +491701234567; `region` helps with national ones",
    FieldType.URL: "a web address",
    FieldType.DOMAIN: "a company's web domain, such as example.com, also out of a longer address",
    FieldType.NUMBER: "a number with or without decimals",
    FieldType.INTEGER: "a whole number; decimals are rounded",
    FieldType.MONEY: "an amount of money",
    FieldType.PERCENT: "a percentage; 50 here, also where a CRM keeps 0.5",
    FieldType.BOOLEAN: "yes or no",
    FieldType.DATE: "a day",
    FieldType.DATETIME: "a moment, kept in UTC",
    FieldType.CHOICE: "one value of a picklist",
    FieldType.CHOICES: "several values of a picklist, in any order",
    FieldType.COUNTRY: "a country by name or code, kept as its two letters, such as DE",
    FieldType.OPT_OUT: "an opt-out: true on either side wins, and no sync ever takes it back",
    FieldType.USER: "an owner or another user; the same person is known by e-mail address",
}

_WINS = {
    "newest": "the later edit; see `unsure` for when that cannot be told",
    "hubspot": "HubSpot's value",
    "salesforce": "Salesforce's value",
    "hold": "neither: the field waits in `revloop conflicts list`",
}
_UNSURE = {
    "hold": "neither: the field waits in `revloop conflicts list`",
    "hubspot": "HubSpot's value",
    "salesforce": "Salesforce's value",
}
_BLANK = {
    BlankRule.KEEP.value: "it stays empty where it was emptied, and nothing else happens",
    BlankRule.CLEAR.value: "the other side is emptied too: a blank is a value like any other",
    BlankRule.FILL.value: "the other side's value comes back",
}
_FIRST_SYNC = {
    "hubspot": "HubSpot's value",
    "salesforce": "Salesforce's value",
    "newest": "the value that was edited later",
    "hold": "neither: the field waits in `revloop conflicts list`",
}
_SIDES = {"hubspot": "HubSpot's value is put back", "salesforce": "Salesforce's value is put back"}

_WINS_SAYS = "Who wins when both sides changed the field since they last agreed."
_UNSURE_SAYS = "With `wins: newest`: who wins when it cannot be told which edit was later."
_BLANK_SAYS = "What emptying the field on one side does."

#: Every key by the part of the file it stands in: named as its model is, or as the key it stands
#: under where one model serves two.
EXPLAINED: Mapping[str, Mapping[str, Key]] = {
    "PairMapping": {
        "pair": Key(
            "Your own name for this pair, used in commands and lists, such as contacts.",
            pattern=r"^[a-z0-9_]+$",
            wanted="lower-case letters, digits and _",
        ),
        "hubspot": Key(
            "The HubSpot object on the left of every arrow: contacts, companies, deals, tickets, "
            "or any other by its name; a custom object as p123_machines or 2-345.",
            pattern=r"^\s*([A-Za-z][A-Za-z0-9_]*|[0-9]+-[0-9]+)\s*$",
            wanted="the name of an object, such as contacts, deals or p123_machines",
        ),
        "salesforce": Key(
            "The Salesforce object on the right of every arrow, such as Account. "
            "`Contact | Lead` keeps people who are either; the first is preferred where a person "
            "is both. A custom object is written Machine__c.",
            pattern=r"^\s*{0}(\s*\|\s*{0})*\s*$".format("[A-Za-z][A-Za-z0-9_]*"),
            wanted="the name of an object, such as Account or Machine__c, or Contact | Lead",
        ),
        "pipeline": Key(
            "Keep the records of this one HubSpot pipeline only, by its name or id. New records "
            "go into it, and stages are those of it.",
            pattern=_FILLED,
            wanted="the name or the id of a pipeline",
        ),
        "record_type": Key(
            "Keep the records of this one Salesforce record type only, by its developer name. "
            "New records get it.",
            pattern=_FILLED,
            wanted="the developer name of a record type",
        ),
        "first_sync": Key(
            "Who wins when two records are linked for the first time and both hold different "
            "values. A blank never wins.",
            words=_FIRST_SYNC,
        ),
        "keys": Key(
            "The field in which each CRM keeps the other's id. Used once it exists there as a "
            "unique text field."
        ),
        "match": Key(
            "How records are recognised as the same before they are linked: names of fields, "
            "tried in this order; `[name, country]` looks at several together. A rule that finds "
            "several records stops there, and the record waits for you."
        ),
        "include": Key(
            "Which records take part, as a condition for each side. Without one, all do."
        ),
        "create": Key(
            "On which side a record that is missing there is made. Without a line for a side, "
            "none is made on it."
        ),
        "defaults": Key("What holds for every field that does not say otherwise."),
        "fields": Key(
            "The fields of the one record, each under a name of your own. Conditions speak of "
            "them as record.NAME.",
            pattern=r"^(?!(stage|handed_over|in|true|false|null)$)[A-Za-z][A-Za-z0-9_]*$",
            wanted="a name of letters, digits and _, such as first_name",
        ),
        "on_leave": Key(
            "What happens to a link when a record no longer fits `include`.",
            words={
                OnLeave.KEEP.value: "it stays linked, and its fields go on travelling",
                OnLeave.UNLINK.value: "no more fields travel until the record fits again",
            },
        ),
        "delete": Key(
            "What a deletion on one side does to the other record.",
            words={
                DeleteRule.UNLINK.value: "the other record stays, and is no longer linked",
                DeleteRule.ARCHIVE.value: "the other record is deleted too (to the recycle bin)",
                DeleteRule.IGNORE.value: "nothing",
            },
        ),
        "prefer": Key(
            "Which record is taken when a match rule finds several. Without it, the record waits "
            "for you.",
            words={
                Prefer.OLDEST.value: "the one that was made first",
                Prefer.NEWEST_ACTIVITY.value: "the one with the latest activity",
            },
        ),
        "guard": Key(
            "How much one run may change in this pair before it stops and asks; overrides the "
            "limits of revloop.yaml."
        ),
        "members": Key(
            "Who took part in a campaign: HubSpot's lists and Salesforce's campaign members, both "
            "ways."
        ),
        "examples": Key(
            "Records as they should look on both sides; `revloop mappings test` tries them "
            "without any CRM."
        ),
    },
    "keys": {
        "hubspot": Key(
            "The HubSpot property that keeps the Salesforce id.",
            pattern=_FILLED,
            wanted="the name of a property",
        ),
        "salesforce": Key(
            "The Salesforce field that keeps the HubSpot id.",
            pattern=_FILLED,
            wanted="the name of a field",
        ),
    },
    "include": {
        "hubspot": Key(
            'Which HubSpot records take part, such as record.email != "".',
            pattern=_FILLED,
            wanted="a condition",
        ),
        "salesforce": Key(
            'Which Salesforce records take part, such as record.country in ["DE", "AT"].',
            pattern=_FILLED,
            wanted="a condition",
        ),
    },
    "CreateRules": {
        "hubspot": Key("Make records in HubSpot that are only in Salesforce."),
        "salesforce": Key("Make records in Salesforce that are only in HubSpot."),
    },
    "CreateHubSpot": {
        "when": Key(
            'Only where this condition is true, such as record.email != "".',
            pattern=_FILLED,
            wanted="a condition",
        ),
    },
    "CreateSalesforce": {
        "as": Key(
            "The object a new record is made as, where the pair has several, such as Lead.",
            pattern=_FILLED,
            wanted="one of the pair's Salesforce objects",
        ),
        "when": Key(
            'Only where this condition is true, such as record.email != "".',
            pattern=_FILLED,
            wanted="a condition",
        ),
    },
    "Members": {
        "pair": Key(
            "The pair of people who take part, such as contacts.",
            pattern=r"^[a-z0-9_]+$",
            wanted="the name of a pair",
        ),
        "lists": Key(
            "Which member statuses stand for which of a campaign's two HubSpot lists, `members` "
            "and `responded`; of several statuses the first is written.",
        ),
        "wins": Key(_WINS_SAYS, words=_WINS),
        "unsure": Key(_UNSURE_SAYS, words=_UNSURE),
        "blank": Key(_BLANK_SAYS, words=_BLANK),
    },
    "Defaults": {
        "wins": Key(_WINS_SAYS, words=_WINS),
        "unsure": Key(_UNSURE_SAYS, words=_UNSURE),
        "blank": Key(_BLANK_SAYS, words=_BLANK),
        "region": Key(
            "The country of phone numbers without a country code, where the record has no "
            "country: two capital letters, such as DE.",
            pattern=r"^[A-Z]{2}$",
            wanted="two capital letters, such as DE",
        ),
    },
    "FieldMapping": {
        "map": Key(
            "What goes where, and which way; HubSpot's name on the left, Salesforce's on the "
            "right: `a <-> B` both ways, `a -> B` to Salesforce, `a <- B` to HubSpot. Where "
            "Salesforce's objects differ: `country <-> Lead.CountryCode | "
            "Contact.MailingCountryCode`. Nothing on the end the arrow points to: read only.",
            pattern=_LINE,
            wanted="a line with an arrow, such as email <-> Email",
        ),
        "wins": Key(_WINS_SAYS, words=_WINS),
        "unsure": Key(_UNSURE_SAYS, words=_UNSURE),
        "blank": Key(_BLANK_SAYS, words=_BLANK),
        "protect": Key(
            "This side's value, where it has one, is put back when the other side edits the "
            "field. On a one-way arrow only the side it comes from.",
            words=_SIDES,
        ),
        "type": Key(
            "How values are read, compared and written. Without it, as both CRMs have the field.",
            words=TYPES_IN_WORDS,
        ),
        "values": Key(
            "Translates picklists: HubSpot's value on the left, Salesforce's on the right. Of "
            "several lines that lead to one value, the first is used on the way back.",
            pattern=_FILLED,
            wanted="a picklist value",
        ),
        "otherwise": Key(
            "What happens to a value that has no line in `values`: hold (it waits for you, the "
            "default), keep (the other side stays as it is), or a value to write.",
            pattern=_FILLED,
            wanted="hold, keep, or a value to write",
        ),
        "if_blank": Key(
            'Written where the other side demands a value and there is none, such as "[not '
            'given]". Read back it counts as blank, so it never travels.',
            pattern=_FILLED,
            wanted="a text that is not blank",
        ),
        "fallback": Key(
            "Who owns a new record whose owner nobody on this side corresponds to: an e-mail "
            "address, or `queue` and a queue's name. Queues own Leads, never Contacts or Accounts. "
            "Only with `type: user`.",
            pattern=r"^\s*([Qq][Uu][Ee][Uu][Ee]\s+\S.*|[^\s@]+@[^\s@]+)\s*$",
            wanted="queue NAME, or an e-mail address",
        ),
        "pair": Key(
            "The field names one record of this other pair: the company of a contact, the parent "
            "of a company. It travels by the record's counterpart, and follows as soon as there "
            "is one. On the left: `associated company`, `parent company`, or a property that "
            "holds an id.",
            pattern=r"^[a-z0-9_]+$",
            wanted="the name of a pair, such as companies",
        ),
        "to_hubspot": Key(
            "A computed value for HubSpot, as an expression over record.NAME; only with the "
            "one-way arrow <-.",
            pattern=_FILLED,
            wanted="an expression",
        ),
        "to_salesforce": Key(
            "A computed value for Salesforce, as an expression over record.NAME; only with the "
            "one-way arrow ->.",
            pattern=_FILLED,
            wanted="an expression",
        ),
    },
    "GuardOverride": {
        "changes": Key(
            "Records changed: a number, a share of the linked records, or `20%, at least 50`.",
            pattern=_LIMIT,
            wanted="500, 20% or 20%, at least 50",
        ),
        "creates": Key(
            "Records made: a number or a share.", pattern=_LIMIT, wanted="500 or 20%, at least 50"
        ),
        "deletes": Key(
            "Records deleted: a number or a share.", pattern=_LIMIT, wanted="10 or 1%, at least 10"
        ),
        "blanks": Key(
            "Values emptied: a number or a share.", pattern=_LIMIT, wanted="20 or 1%, at least 20"
        ),
    },
    "Example": {
        "name": Key(
            "What the example shows, in a few words.",
            pattern=_FILLED,
            wanted="a text that is not blank",
        ),
        "hubspot": Key("Values by the names HubSpot has for its properties."),
        "salesforce": Key("Values by the names Salesforce has for its fields."),
        "only": Key(
            "Look in this direction alone; without it, at both. For values that do not come back "
            "as they went, such as several lines of `values` that lead to one.",
            words={
                "to_hubspot": "what HubSpot gets from Salesforce",
                "to_salesforce": "what Salesforce gets from HubSpot",
            },
        ),
    },
}
