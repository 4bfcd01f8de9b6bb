"""What each code Salesforce refuses a row with means to an admin, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from sync.domain.advice import Advice, Category
from sync.domain.ports import WriteOutcome

__all__ = ["advice_on"]

_PICKLIST = Advice(
    Category.VALUE,
    "The picklist in Salesforce does not have this value, or the record type does not allow it",
    "Add a line to `values` of the field, or the value to the picklist and the record type.",
)
_FORM = Advice(
    Category.VALUE,
    "Salesforce cannot read the value in this field",
    "Correct the value where it was entered, or the `type` of the field in the mapping.",
)
_ACCESS = Advice(
    Category.PERMISSION,
    "Salesforce does not let the integration user do this",
    "Give the integration user's permission set that access to the object.",
)
_REFERRED = Advice(
    Category.REFERENCE,
    "A record this one refers to is deleted, or not shared with the integration user",
    "Restore or share that record, or take the reference away.",
)
_TAKEN = Advice(
    Category.DUPLICATE,
    "Another record in Salesforce holds a value that must be unique",
    "Merge the two records in Salesforce, or correct the value in one.",
)
_DUPLICATE_RULE = Advice(
    Category.DUPLICATE,
    "A duplicate rule in Salesforce takes the record for one that is there already",
    "Merge the two records in Salesforce, or exempt the integration user from the rule.",
)
_GONE = Advice(
    Category.GONE,
    "The record is deleted in Salesforce, or merged away",
    "Nothing: the next full comparison settles the link.",
)
_SLOW = Advice(
    Category.LOCKED,
    "Salesforce could not finish the write just now",
    "Nothing: it is tried again. If it stays, give Salesforce's support the error id, if there is "
    "one, and look for triggers and flows that take long.",
)
_VICTIM = Advice(
    Category.LOCKED,
    "The record fell with another one of the same call",
    "Nothing: it is tried again.",
)
_FULL = Advice(
    Category.LIMIT,
    "A limit of the Salesforce org is reached",
    "Make room, or raise the limit; Setup, 'Storage Usage' and 'System Overview' show them.",
)
_RULE = Advice(
    Category.RULE,
    "A rule of the Salesforce org refuses the record",
    "Correct the value, or the rule; the rule's own words say which.",
)
_REQUIRED = Advice(
    Category.REQUIRED,
    "A field that Salesforce demands is empty",
    "Fill it on the record, map a field to it, or give its line in the mapping an `if_blank`.",
)
_LONG = Advice(
    Category.VALUE,
    "The text is longer than the field in Salesforce takes; nothing is cut off",
    "Shorten the text, or lengthen the field in Setup.",
)
_UNKNOWN = Advice(
    Category.REFUSED,
    "Salesforce refused the record",
    "Correct what Salesforce's words speak of; it is then sent again.",
)

#: What a code means for a row that was refused for what it holds.
_BY_CODE: Mapping[str, Advice] = {
    "REQUIRED_FIELD_MISSING": _REQUIRED,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Advice(
        Category.RULE,
        "A validation rule in Salesforce refuses the record",
        "Correct the value the rule speaks of, or change the rule (Setup, Object Manager, "
        "Validation Rules).",
    ),
    "FIELD_INTEGRITY_EXCEPTION": Advice(
        Category.VALUE,
        "The values do not fit together in Salesforce (state and country, record type, stage)",
        "Correct the one Salesforce's words name, so that they belong together.",
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _PICKLIST,
    "STRING_TOO_LONG": _LONG,
    "INVALID_EMAIL_ADDRESS": Advice(
        Category.VALUE,
        "Salesforce does not take this for an e-mail address",
        "Correct the address where it was entered.",
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": Advice(
        Category.VALUE,
        "The number is too large for the field in Salesforce, or too small",
        "Correct the number, or widen the field in Setup.",
    ),
    "TOO_MANY_ENUM_VALUE": Advice(
        Category.VALUE,
        "More values are chosen than the field in Salesforce takes",
        "Take some of the choices away.",
    ),
    "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET": Advice(
        Category.VALUE,
        "The text holds characters the Salesforce org cannot keep",
        "Take those characters out of the text.",
    ),
    "JSON_PARSER_ERROR": _FORM,
    "MALFORMED_ID": Advice(
        Category.REFERENCE,
        "A field that names a record holds no id of such a record",
        "Correct the value, or map the field as a reference (`pair`) or as `type: user`.",
    ),
    "INVALID_FIELD": Advice(
        Category.MAPPING,
        "The object in Salesforce has no such field, or this user may not see it",
        "Correct the name in the mapping, or give the integration user access to the field.",
    ),
    "INVALID_TYPE": Advice(
        Category.MAPPING,
        "Salesforce has no such object, or this user may not see it",
        "Correct the name in the mapping, or give the integration user access to the object.",
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Advice(
        Category.PERMISSION,
        "This user may not write the field in Salesforce, or nobody may",
        "Give the integration user edit access to the field, or map it read only (`<-`).",
    ),
    "INSUFFICIENT_ACCESS": _ACCESS,
    "INSUFFICIENT_ACCESS_OR_READONLY": Advice(
        Category.PERMISSION,
        "Salesforce does not let the integration user change this record",
        "Share the record with the integration user for editing.",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Advice(
        Category.PERMISSION,
        "Salesforce does not let the integration user at a record this one refers to",
        "Share that deal, campaign, account, person or owner with the integration user.",
    ),
    "INVALID_CROSS_REFERENCE_KEY": _REFERRED,
    "ENTITY_IS_DELETED": _REFERRED,
    "NOT_FOUND": _REFERRED,
    "INACTIVE_OWNER_OR_USER": Advice(
        Category.REFERENCE,
        "The owner is a user who is no longer active in Salesforce",
        "Activate the user, or give the record another owner.",
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Advice(
        Category.AUTOMATION,
        "An Apex trigger in Salesforce failed on the record",
        "Give Salesforce's words to whoever looks after that trigger; they name it.",
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": Advice(
        Category.AUTOMATION,
        "A flow in Salesforce failed on the record",
        "Read the flow's error mail, and mend the flow or the value it stumbles over.",
    ),
    "STORAGE_LIMIT_EXCEEDED": Advice(
        Category.LIMIT,
        "The Salesforce org's storage is full",
        "Delete what is not needed, or buy storage; Setup, 'Storage Usage' shows what fills it.",
    ),
    "DUPLICATE_EXTERNAL_ID": Advice(
        Category.DUPLICATE,
        "Several records in Salesforce carry the same id of the other CRM",
        "Merge them in Salesforce, and make the field that keeps the id unique.",
    ),
    "DELETE_FAILED": Advice(
        Category.RULE,
        "Salesforce does not delete the record while others need it",
        "Delete what hangs on it first, or write `delete: unlink` for the pair.",
    ),
    # Words of the connector's own, which say what happened.
    "NOT_SENT": Advice(
        Category.VALUE,
        "",
        "Correct the value where it was entered, or the `type` of the field in the mapping.",
    ),
    "UNKNOWN_MEMBER_STATUS": Advice(
        Category.MAPPING,
        "",
        "Add the status to the campaign in Salesforce, or name another under `members` in the "
        "mapping.",
    ),
    "MERGE_FAILED": _RULE,
    "UNDELETE_FAILED": _RULE,
}

#: The same where the row may well be taken another time.
_FOR_NOW: Mapping[str, Advice] = {
    "UNABLE_TO_LOCK_ROW": Advice(
        Category.LOCKED,
        "Another process in Salesforce holds the record, or one above it",
        "Nothing: it is tried again. If it stays, look for a job that holds it, and for an "
        "account with very many records.",
    ),
    "ENTITY_IS_LOCKED": Advice(
        Category.LOCKED,
        "The record waits for an approval in Salesforce, which locks it",
        "End the approval, or let the integration user edit locked records.",
    ),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": _VICTIM,
    "PROCESSING_HALTED": _VICTIM,
}

#: Codes nobody listed, by what they begin or end with, the first that fits.
_BY_WORDS: tuple[tuple[str, Advice], ...] = (
    ("INSUFFICIENT_ACCESS", _ACCESS),
    ("LIMIT_EXCEEDED", _FULL),
    ("REQUIRED_FIELD", _REQUIRED),
    ("TOO_LONG", _LONG),
    ("VALIDATION_EXCEPTION", _RULE),
    ("FLOW", _BY_CODE["CANNOT_EXECUTE_FLOW_TRIGGER"]),
    ("APEX", _BY_CODE["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"]),
    ("INVALID_EMAIL", _BY_CODE["INVALID_EMAIL_ADDRESS"]),
    ("OWNER", _BY_CODE["INACTIVE_OWNER_OR_USER"]),
)

_BY_OUTCOME: Mapping[WriteOutcome, Advice] = {
    WriteOutcome.DUPLICATE: _TAKEN,
    WriteOutcome.GONE: _GONE,
    WriteOutcome.FROZEN: Advice(
        Category.CONVERTED,
        "The lead is converted, and takes no writes any more",
        "Nothing is written to a converted lead; work on its contact.",
    ),
}


def advice_on(code: str, outcome: WriteOutcome) -> Advice:
    """Tell what a code means for a row that came to this outcome."""
    if outcome in _BY_OUTCOME:
        return _DUPLICATE_RULE if code == "DUPLICATES_DETECTED" else _BY_OUTCOME[outcome]
    if outcome is WriteOutcome.LOCKED:
        return _FOR_NOW.get(code, _SLOW)
    known = _BY_CODE.get(code)
    return known or next((advice for word, advice in _BY_WORDS if word in code), _UNKNOWN)
