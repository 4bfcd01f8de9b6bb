"""Mistakes in the lines of fields, each with all that `check` says of it."""

from __future__ import annotations

from tests.unit.mappings.broken import Broken, field_

__all__ = ["FIELDS"]


FIELDS: tuple[Broken, ...] = (
    field_(
        "no arrow",
        "name: firstname FirstName",
        (
            "8:9: fields.name.map: 'firstname FirstName' has no arrow that can be read; "
            "write 'a <-> B', 'a -> B', 'a <- B' (HubSpot's name on the left, "
            "Salesforce's on the right)"
        ),
    ),
    field_(
        "another arrow",
        "name: firstname <=> FirstName",
        (
            "8:9: fields.name.map: 'firstname <=> FirstName' has no arrow that can be "
            "read; did you mean 'firstname <-> FirstName'?"
        ),
    ),
    field_(
        "an arrow of a word processor",
        "name: firstname → FirstName",
        (
            "8:9: fields.name.map: 'firstname → FirstName' has no arrow that can be "
            "read; did you mean 'firstname -> FirstName'?"
        ),
    ),
    field_(
        "two arrows",
        "name: a -> B -> C",
        (
            "8:9: fields.name.map: 'a -> B -> C' has no arrow that can be read; write 'a "
            "<-> B', 'a -> B', 'a <- B' (HubSpot's name on the left, Salesforce's on the "
            "right)"
        ),
    ),
    field_(
        "nothing on one end",
        "name: firstname <->",
        (
            "8:9: fields.name.map: 'firstname <->' has nothing on one end; a two-way "
            "arrow needs a field on both"
        ),
    ),
    field_(
        "nothing to come from",
        "name: -> FirstName",
        (
            "8:9: fields.name.map: nothing stands on the end the arrow comes from; name "
            "the source's field"
        ),
    ),
    field_(
        "an object on the left",
        "name: contacts.firstname <-> FirstName",
        (
            "8:9: fields.name.map: 'contacts.firstname' is no HubSpot property name; "
            "write one name, like 'firstname'"
        ),
    ),
    field_(
        "two dots on the right",
        "name: firstname <-> Lead.Owner.Name",
        (
            "8:9: fields.name.map: 'Lead.Owner.Name' is no Salesforce field; write "
            "'Email' or 'Lead.Email'"
        ),
    ),
    field_(
        "a foreign object",
        "name: firstname <-> Account.Name",
        "8:9: fields.name.map: 'Account' is not one of this pair's objects (Contact, Lead)",
    ),
    field_(
        "a bar without objects",
        "name: firstname <-> A | B",
        (
            "8:9: fields.name.map: 'A | B': with '|' each field needs its object, as "
            "'Lead.X | Contact.Y'"
        ),
    ),
    field_(
        "a very long line",
        f"name: {'x' * 200_000}",
        (
            f"8:9: fields.name.map: '{'x' * 182} … {'x' * 76}' "
            "has no arrow that can be read; write 'a <-> B', 'a -> B', 'a <- B' "
            "(HubSpot's name on the left, Salesforce's on the right)"
        ),
    ),
    field_(
        "a number for a field",
        "name: 5",
        (
            "8:9: fields.name.map: '5' has no arrow that can be read; write 'a <-> B', "
            "'a -> B', 'a <- B' (HubSpot's name on the left, Salesforce's on the right)"
        ),
    ),
    field_(
        "nothing for a field",
        "name:",
        (
            "8:3: fields.name: must be a table of keys and values, not nothing; write "
            "what goes where, like 'email <-> Email'"
        ),
    ),
    field_(
        "a list for a field",
        "name: [a, B]",
        (
            "8:9: fields.name: must be a table of keys and values, not a list; write "
            "what goes where, like 'email <-> Email'"
        ),
    ),
    field_(
        "a field without map",
        "name: {type: text}",
        "8:3: fields.name: 'map' is missing; write what goes where, like 'map: email <-> Email'",
    ),
    field_(
        "a wrong key of a field",
        "name: {map: a <-> A, win: hubspot}",
        "8:24: fields.name.win: unknown key; did you mean 'wins'?",
    ),
    field_(
        "a wrong word of a field",
        "name: {map: a <-> A, wins: hubspt}",
        (
            "8:30: fields.name.wins: 'hubspt' is not one of newest, hubspot, salesforce, "
            "hold; did you mean 'hubspot'?"
        ),
    ),
    field_(
        "a wrong type",
        "name: {map: a <-> A, type: string}",
        "8:30: fields.name.type: 'string' is not one of {types}; did you mean 'text'?",
    ),
    field_(
        "a field's name with a space",
        "first name: a <-> A",
        "8:3: fields.first name: a field's name is made of letters, digits and '_'",
    ),
    field_(
        "a field's name in emoji",
        "🎉: a <-> A",
        "8:3: fields.🎉: a field's name is made of letters, digits and '_'",
    ),
    field_(
        "a field's name that is taken",
        "stage: a <-> A",
        "8:3: fields.stage: no field may be called 'stage'; it is the lifecycle stage's name",
    ),
    field_(
        "false for a side",
        "name: {map: a <-> A, protect: false}",
        "8:33: fields.name.protect: 'false' is not one of hubspot, salesforce",
    ),
    field_(
        "a side that is no source",
        "name: {map: a -> A, protect: salesforce}",
        "8:32: fields.name.protect: on a one-way arrow only its source can be protected: hubspot",
    ),
    field_(
        "values as a list",
        "name: {map: a <-> A, values: [NO, Norway]}",
        (
            "8:32: fields.name.values: must be a table of keys and values, not a list; "
            "write HubSpot's value and Salesforce's, like '{VP: C-Level}'"
        ),
    ),
    field_(
        "values without a partner",
        "name: {map: a <-> A, values: {NO: }}",
        "8:33: fields.name.values.NO: must be a text that is not blank",
    ),
    field_(
        "values of a blank",
        'name: {map: a <-> A, values: {"": None}}',
        "8:32: fields.name.values: a blank cannot be translated (to 'None'); use 'if_blank'",
    ),
    field_(
        "a duplicate value",
        "name: {map: a <-> A, values: {NO: Norway, NO: Norge}}",
        "8:45: the key 'NO' is written twice; keep one of them",
    ),
    field_(
        "otherwise without values",
        "name: {map: a <-> A, otherwise: hold}",
        "8:35: fields.name.otherwise: says nothing without 'values'; add the table or leave it out",
    ),
    field_(
        "a blank if_blank",
        'name: {map: a <-> A, if_blank: ""}',
        "8:34: fields.name.if_blank: must be a text that is not blank",
    ),
    field_(
        "two fields on one target",
        "name: a -> Email",
        "8:9: fields.name.map: Contact.Email is written by the field 'email' already",
    ),
    field_(
        "a field for the other's id",
        "name: a <-> HubSpot_Contact_Id__c",
        (
            "8:9: fields.name.map: 'HubSpot_Contact_Id__c' keeps the other CRM's id "
            "(keys.salesforce), not a field"
        ),
    ),
    field_(
        "a computed value both ways",
        "name: {map: a <-> A, to_salesforce: record.email}",
        (
            "8:39: fields.name.to_salesforce: a computed value needs the one-way arrow "
            "'->' in fields.name.map"
        ),
    ),
    field_(
        "a computed value the wrong way",
        "name: {map: a -> A, to_hubspot: record.email}",
        (
            "8:35: fields.name.to_hubspot: a computed value needs the one-way arrow '<-' "
            "in fields.name.map"
        ),
    ),
)
