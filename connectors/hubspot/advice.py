"""What each code HubSpot refuses a record with means to an admin, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.domain.advice import Advice, Category
from sync.domain.ports import WriteOutcome

__all__ = ["advice_on", "own_advice"]

_NUMBER = Advice(
    Category.VALUE,
    "HubSpot cannot read the value as a number",
    "Correct the value where it was entered, or the `type` of the field in the mapping.",
)
_OPTION = Advice(
    Category.VALUE,
    "The property in HubSpot does not have this option",
    "Add a line to `values` of the field, or the option to the property in HubSpot.",
)
_EMAIL = Advice(
    Category.VALUE,
    "HubSpot does not take this for an e-mail address",
    "Correct the address where it was entered.",
)
_REQUIRED = Advice(
    Category.REQUIRED,
    "A property that HubSpot demands is empty",
    "Fill it on the record, map a field to it, or give its line in the mapping an `if_blank`; "
    "Settings, Objects, 'Create record' shows what HubSpot demands.",
)
_OWNER = Advice(
    Category.REFERENCE,
    "HubSpot has no such owner",
    "Map the owner as `type: user`, or add the user in HubSpot.",
)
_TIED = Advice(
    Category.REFERENCE,
    "A record to be tied to this one is deleted in HubSpot, or merged away",
    "Restore that record, or take the reference away; after a merge it follows by itself.",
)
_TAKEN = Advice(
    Category.DUPLICATE,
    "Another record in HubSpot holds a value that must be unique",
    "Merge the two records in HubSpot, or correct the value in one.",
)
_SCOPE = Advice(
    Category.PERMISSION,
    "HubSpot does not let this token do that",
    "Grant the app or service key the scope, or the user the permission; or the account's "
    "subscription does not include it.",
)
_UNKNOWN = Advice(
    Category.REFUSED,
    "HubSpot refused the record",
    "Correct what HubSpot's words speak of; it is then sent again.",
)

_BY_CODE: Mapping[str, Advice] = {
    "PROPERTY_DOESNT_EXIST": Advice(
        Category.MAPPING,
        "The object in HubSpot has no such property",
        "Correct the name in the mapping, or put the property back.",
    ),
    "READ_ONLY_VALUE": Advice(
        Category.MAPPING,
        "HubSpot works this property out by itself, and nobody can write it",
        "Map it the other way only (`->`), or take its line out of the mapping.",
    ),
    "INVALID_OPTION": _OPTION,
    "INVALID_ENUMERATION_OPTION": _OPTION,
    "INVALID_EMAIL": _EMAIL,
    "INVALID_INTEGER": _NUMBER,
    "INVALID_LONG": _NUMBER,
    "INVALID_DOUBLE": _NUMBER,
    "INVALID_DATE": Advice(
        Category.VALUE,
        "HubSpot cannot read the value as a date",
        "Correct the date where it was entered, or the `type` of the field in the mapping.",
    ),
    "INVALID_STRING": Advice(
        Category.VALUE,
        "HubSpot cannot keep this text",
        "Shorten or correct the text where it was entered; nothing is cut off.",
    ),
    "MISSING_REQUIRED_PROPERTY": _REQUIRED,
    "INVALID_REQUIRED_PROPERTY": _REQUIRED,
    "MISSING_CONDITIONAL_REQUIRED_PROPERTY": Advice(
        Category.REQUIRED,
        "A rule of the HubSpot account demands one more property with this value",
        "Fill that property, map a field to it, or change the rule in HubSpot (such as a loss "
        "reason with a lost deal).",
    ),
    "INVALID_OBJECT_IDS": _TIED,
    "INVALID_OWNER_ID": _OWNER,
    "COULD_NOT_FIND_OWNER": _OWNER,
    "GDPR_BLACKLISTED_EMAIL": Advice(
        Category.RULE,
        "HubSpot was told to forget this person for good, and takes the address no more",
        "Leave it: take the record out of `include`, or remove the person in Salesforce, too.",
    ),
    "LIMIT_EXCEEDED": Advice(
        Category.LIMIT,
        "A limit of the HubSpot account is reached",
        "Make room in HubSpot, or raise the limit of the subscription.",
    ),
    "MISSING_SCOPES": _SCOPE,
    "FORBIDDEN": _SCOPE,
    "CONFLICT": _TAKEN,
    "CONFLICTING_UNIQUE_VALUE": _TAKEN,
    "DUPLICATE_UNIQUE_PROPERTY_VALUE": _TAKEN,
    "OBJECT_ALREADY_EXISTS": _TAKEN,
    # Words of the connector's own, which say what happened.
    "CONTACT_NOT_FOUND": Advice(
        Category.REFERENCE, "", "Nothing, unless the person shall be a contact in HubSpot again."
    ),
    "OPTED_OUT": Advice(Category.RULE, "", "Leave it: only the person takes an opt-out back."),
    "NO_EMAIL_ADDRESS": Advice(
        Category.REQUIRED, "", "Give the contact an e-mail address; the opt-out then follows."
    ),
    "OTHER_ITEMS": Advice(
        Category.VALUE, "", "Correct those items in HubSpot, or the amount in Salesforce."
    ),
    "UNKNOWN_ASSOCIATION_LABEL": Advice(
        Category.MAPPING, "", "Add the label in HubSpot, or correct `values` in the mapping."
    ),
    "UNKNOWN_LIST": Advice(Category.MAPPING, "", "Correct `lists` under `members` in the mapping."),
    # A record that is not there is the record written itself, unless it is one to be tied.
    "OBJECT_NOT_FOUND": _TIED,
}

_BY_OUTCOME: Mapping[WriteOutcome, Advice] = {
    WriteOutcome.DUPLICATE: _TAKEN,
    WriteOutcome.GONE: Advice(
        Category.GONE,
        "The record is deleted in HubSpot, or merged away",
        "Nothing: the next full comparison settles the link.",
    ),
    WriteOutcome.LOCKED: Advice(
        Category.LOCKED,
        "HubSpot could not take the write just now",
        "Nothing: it is tried again. If it stays, look for a workflow or an import that writes "
        "the same records.",
    ),
}


def advice_on(codes: Iterable[str], outcome: WriteOutcome) -> Advice:
    """Tell what a refusal means that came to this outcome; of its codes the first known counts."""
    if outcome in _BY_OUTCOME:
        return _BY_OUTCOME[outcome]
    return next((_BY_CODE[code] for code in codes if code in _BY_CODE), _UNKNOWN)


def own_advice(code: str, outcome: WriteOutcome) -> Advice | None:
    """Tell what a code of the connector's own asks for; its words say what happened."""
    return _BY_CODE.get(code) if outcome is WriteOutcome.REJECTED else None
