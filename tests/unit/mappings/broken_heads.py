"""Mistakes in the keys of a pair, each with all that `check` says of it."""

from __future__ import annotations

from tests.unit.mappings.broken import MAIL, Broken, instead_, key_

__all__ = ["HEADS"]


HEADS: tuple[Broken, ...] = (
    instead_(
        "a wrong key",
        "first_sync:",
        "frist_sync:",
        (
            "1:1: 'first_sync' is missing; write who wins where both sides hold "
            "different values at first linking: hubspot, salesforce, newest or hold"
        ),
        "4:1: frist_sync: unknown key; did you mean 'first_sync'?",
    ),
    instead_(
        "a wrong value",
        "first_sync: salesforce",
        "first_sync: salesfroce",
        (
            "4:13: first_sync: 'salesfroce' is not one of hubspot, salesforce, newest, "
            "hold; did you mean 'salesforce'?"
        ),
    ),
    instead_(
        "a key without a value",
        "first_sync: salesforce",
        "first_sync:",
        "4:1: first_sync: must be one of hubspot, salesforce, newest, hold",
    ),
    instead_(
        "false for a word",
        "first_sync: salesforce",
        "first_sync: no",
        "4:13: first_sync: 'no' is not one of hubspot, salesforce, newest, hold",
    ),
    instead_(
        "a number for a name",
        "pair: contacts",
        "pair: 3.5",
        "1:7: pair: '3.5' is no pair name; use lower-case letters, digits and '_'",
    ),
    instead_(
        "a path out of the folder",
        "pair: contacts",
        "pair: ../../etc/passwd",
        "1:7: pair: '../../etc/passwd' is no pair name; use lower-case letters, digits and '_'",
    ),
    instead_(
        "a path for an object",
        "Contact | Lead",
        "../Contact",
        (
            "3:13: salesforce: '../Contact' is no name of a Salesforce object; write one "
            "like 'Account', 'Machine__c' or 'Contact | Lead'"
        ),
    ),
    instead_(
        "emoji in a name",
        "pair: contacts",
        "pair: contacts 🎉",
        "1:7: pair: 'contacts 🎉' is no pair name; use lower-case letters, digits and '_'",
    ),
    instead_(
        "objects that stay apart",
        "Contact | Lead",
        "Account",
        (
            "3:13: salesforce: 'Account' does not stand across from HubSpot's contacts; "
            "write Contact | Lead"
        ),
    ),
    instead_(
        "an object in the wrong case",
        "Contact | Lead",
        "contact | lead",
        (
            "3:13: salesforce: 'contact' does not stand across from HubSpot's contacts; "
            "did you mean 'Contact'?"
        ),
        (
            "3:13: salesforce: 'lead' does not stand across from HubSpot's contacts; did "
            "you mean 'Lead'?"
        ),
    ),
    instead_(
        "match as one name",
        "match: [email]",
        "match: email",
        (
            "5:8: match: must be a list, not the text 'email'; write the names of fields "
            "in brackets, like [email]"
        ),
    ),
    instead_(
        "match by an unknown field",
        "match: [email]",
        "match: [emial]",
        "5:9: match[1]: 'emial' is no field of this pair; did you mean 'email'?",
    ),
    instead_(
        "match by nothing",
        "match: [email]",
        "match:",
        (
            "5:1: match: must be a list, not nothing; write the names of fields in "
            "brackets, like [email]"
        ),
    ),
    instead_(
        "fields as a list",
        "fields:\n" + MAIL,
        "fields:\n  - email <-> Email\n",
        (
            "7:3: fields: must be a table of keys and values, not a list; write one line "
            "for each field, such as 'email: email <-> Email'"
        ),
    ),
    instead_(
        "no fields",
        "fields:\n" + MAIL,
        "fields:\n",
        (
            "6:1: fields: must be a table of keys and values, not nothing; write one "
            "line for each field, such as 'email: email <-> Email'"
        ),
    ),
    instead_(
        "nothing to link by",
        "match: [email]\n",
        "",
        (
            "1:1: pair: this pair can never link anything; add a line such as 'match: "
            "[email]', or 'keys' or 'create'"
        ),
    ),
    key_("an unknown key", "emails: x", "6:1: emails: unknown key; it is none of {keys}"),
    key_(
        "a version",
        "version: 1",
        (
            "6:1: version: not supported yet; a mapping file has no version in this "
            "release; leave it out"
        ),
    ),
    key_("yes for a word", "on_leave: yes", "6:11: on_leave: 'yes' is not one of keep, unlink"),
    key_(
        "a condition as a number",
        "include: {hubspot: 5}",
        "6:20: include.hubspot: this expression gives a number, not true or false",
    ),
    key_(
        "a condition for no side",
        "include: record.email != ''",
        (
            "6:10: include: must be a table of keys and values, not the text "
            "\"record.email != ''\"; write a condition for each side, like '{hubspot: "
            'record.email != ""}\''
        ),
    ),
    key_(
        "create as a list",
        "create: [hubspot]",
        (
            "6:9: create: must be a table of keys and values, not a list; write a line "
            "for each side, like 'hubspot: {when: record.email != \"\"}'"
        ),
    ),
    key_(
        "create as nothing in particular",
        "create: {salesforce: {when: 'true'}}",
        "6:10: create.salesforce: 'as' is missing; write as: Contact or as: Lead",
    ),
    key_(
        "create as another object",
        "create: {salesforce: {as: Account}}",
        "6:27: create.salesforce.as: 'Account' is not one of Contact, Lead",
    ),
    key_(
        "a region in words",
        "defaults: {region: Germany}",
        "6:20: defaults.region: 'Germany' is no country code of two capital letters, like DE",
    ),
    key_(
        "a region in numbers",
        "defaults: {region: 49}",
        "6:20: defaults.region: '49' is no country code of two capital letters, like DE",
    ),
    key_(
        "a guard in words",
        "guard: {changes: a few}",
        "6:18: guard.changes: 'a few' is no limit; write 500, '20%' or '20%, at least 50'",
    ),
    key_(
        "a guard below nothing",
        "guard: {deletes: -5}",
        "6:18: guard.deletes: '-5' is no limit; write 500, '20%' or '20%, at least 50'",
    ),
    key_(
        "an example without values",
        "examples: [{name: x, hubspot: {}, salesforce: {Email: a}}]",
        "6:31: examples[1].hubspot: must not be empty",
    ),
    key_(
        "an example of unknown fields",
        "examples: [{name: x, hubspot: {mail: a}, salesforce: {Email: a}}]",
        (
            "6:32: examples[1].hubspot.mail: no field of this pair is kept in HubSpot's "
            "'mail'; did you mean 'email'?"
        ),
    ),
)
