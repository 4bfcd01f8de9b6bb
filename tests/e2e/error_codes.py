"""Every error code of either API, and what revloop is to make of it: the table tests go by."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CALLS", "NEVER", "ROWS", "RowCode", "Stop"]


@dataclass(frozen=True, slots=True)
class RowCode:
    """A refusal of one record: an error item of this category whose fix holds these words."""

    category: str
    fix: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A refusal of a call: the run ends with this exit code, this word, and such a message."""

    exit: int
    stopped: str
    words: str


_AGAIN = "it is tried again"
_MERGE = "Merge the two records"

ROWS: dict[str, dict[str, RowCode]] = {
    "salesforce": {
        "ALL_OR_NONE_OPERATION_ROLLED_BACK": RowCode("locked", _AGAIN),
        "CANNOT_EXECUTE_FLOW_TRIGGER": RowCode("automation", "flow's error mail"),
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": RowCode("automation", "looks after that trigger"),
        "CANNOT_UPDATE_CONVERTED_LEAD": RowCode("converted", "work on its contact"),
        "DELETE_FAILED": RowCode("rule", "delete: unlink"),
        "DUPLICATES_DETECTED": RowCode("duplicate", "exempt the integration user"),
        "DUPLICATE_EXTERNAL_ID": RowCode("duplicate", "make the field that keeps the id unique"),
        "DUPLICATE_VALUE": RowCode("duplicate", _MERGE),
        "ENTITY_IS_DELETED": RowCode("reference", "Restore or share that record"),
        "ENTITY_IS_LOCKED": RowCode("locked", "End the approval"),
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": RowCode("rule", "Validation Rules"),
        "FIELD_INTEGRITY_EXCEPTION": RowCode("value", "belong together"),
        "INACTIVE_OWNER_OR_USER": RowCode("reference", "Activate the user"),
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": RowCode("permission", "Share that deal"),
        "INSUFFICIENT_ACCESS_OR_READONLY": RowCode("permission", "Share the record"),
        "INVALID_CROSS_REFERENCE_KEY": RowCode("reference", "Restore or share that record"),
        "INVALID_EMAIL_ADDRESS": RowCode("value", "Correct the address"),
        "INVALID_FIELD": RowCode("mapping", "Correct the name in the mapping"),
        "INVALID_FIELD_FOR_INSERT_UPDATE": RowCode("permission", "edit access to the field"),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": RowCode("value", "Add a line to `values`"),
        "INVALID_TYPE": RowCode("mapping", "access to the object"),
        "JSON_PARSER_ERROR": RowCode("value", "`type` of the field"),
        "MALFORMED_ID": RowCode("reference", "map the field as a reference"),
        "MERGE_FAILED": RowCode("rule", "the rule's own words"),
        "NOT_FOUND": RowCode("reference", "Restore or share that record"),
        "NUMBER_OUTSIDE_VALID_RANGE": RowCode("value", "widen the field"),
        "PROCESSING_HALTED": RowCode("locked", _AGAIN),
        "QUERY_TIMEOUT": RowCode("locked", _AGAIN),
        "REQUEST_RUNNING_TOO_LONG": RowCode("locked", "triggers and flows that take long"),
        "REQUIRED_FIELD_MISSING": RowCode("required", "`if_blank`"),
        "STORAGE_LIMIT_EXCEEDED": RowCode("limit", "Storage Usage"),
        "STRING_TOO_LONG": RowCode("value", "lengthen the field"),
        "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET": RowCode("value", "Take those characters out"),
        "TOO_MANY_ENUM_VALUE": RowCode("value", "Take some of the choices away"),
        "UNABLE_TO_LOCK_ROW": RowCode("locked", "a job that holds it"),
        "UNDELETE_FAILED": RowCode("rule", "the rule's own words"),
        "UNKNOWN_EXCEPTION": RowCode("locked", "the error id"),
        # Nobody listed these; they are known by their words, or not at all.
        "CUSTOM_OBJECT_LIMIT_EXCEEDED": RowCode("limit", "raise the limit"),
        "SOMETHING_NEW": RowCode("refused", "what Salesforce's words speak of"),
    },
    "hubspot": {
        "CONFLICT": RowCode("duplicate", _MERGE),
        "CONFLICTING_UNIQUE_VALUE": RowCode("duplicate", _MERGE),
        "COULD_NOT_FIND_OWNER": RowCode("reference", "add the user in HubSpot"),
        "DUPLICATE_UNIQUE_PROPERTY_VALUE": RowCode("duplicate", _MERGE),
        "FORBIDDEN": RowCode("permission", "subscription"),
        "GDPR_BLACKLISTED_EMAIL": RowCode("rule", "out of `include`"),
        "INVALID_DATE": RowCode("value", "Correct the date"),
        "INVALID_DOUBLE": RowCode("value", "`type` of the field"),
        "INVALID_EMAIL": RowCode("value", "Correct the address"),
        "INVALID_ENUMERATION_OPTION": RowCode("value", "Add a line to `values`"),
        "INVALID_INTEGER": RowCode("value", "`type` of the field"),
        "INVALID_LONG": RowCode("value", "`type` of the field"),
        "INVALID_OBJECT_IDS": RowCode("reference", "take the reference away"),
        "INVALID_OPTION": RowCode("value", "the option to the property"),
        "INVALID_OWNER_ID": RowCode("reference", "`type: user`"),
        "INVALID_REQUIRED_PROPERTY": RowCode("required", "`if_blank`"),
        "INVALID_STRING": RowCode("value", "Shorten or correct the text"),
        "LIMIT_EXCEEDED": RowCode("limit", "Make room in HubSpot"),
        "LOCKED": RowCode("locked", _AGAIN),
        "MISSING_CONDITIONAL_REQUIRED_PROPERTY": RowCode("required", "change the rule in HubSpot"),
        "MISSING_REQUIRED_PROPERTY": RowCode("required", "'Create record'"),
        "MISSING_SCOPES": RowCode("permission", "Grant the app or service key the scope"),
        "PROPERTY_DOESNT_EXIST": RowCode("mapping", "put the property back"),
        "READ_ONLY_VALUE": RowCode("mapping", "Map it the other way only"),
        "VALIDATION_ERROR": RowCode("refused", "what HubSpot's words speak of"),
    },
}

_LATER = Stop(3, "unavailable", "The next run tries again")
_EDGE = Stop(3, "unavailable", "status.hubspot.com if it stays")
_REPORT = Stop(70, "refused", "please report this line")
_MAPPING = Stop(2, "configuration", "Correct the name in the mapping")
_NO_API = Stop(2, "credentials", "API Enabled")

CALLS: dict[str, dict[str, Stop]] = {
    "salesforce": {
        "INVALID_SESSION_ID": Stop(2, "credentials", "SALESFORCE_ACCESS_TOKEN"),
        "REQUEST_LIMIT_EXCEEDED": Stop(3, "quota", "System Overview"),
        "concurrent_limit": Stop(3, "unavailable", "programs that call it at the same time"),
        "SERVER_UNAVAILABLE": _LATER,
        "UNKNOWN_EXCEPTION": Stop(3, "unavailable", "error id 1234567890-1 (5)"),
        "UNABLE_TO_LOCK_ROW": _LATER,
        "QUERY_TIMEOUT": _LATER,
        "REQUEST_RUNNING_TOO_LONG": _LATER,
        "OPERATION_TOO_LARGE": Stop(2, "credentials", "View All Data"),
        "QUERY_TOO_COMPLICATED": Stop(2, "configuration", "Map fewer formula fields"),
        "MALFORMED_QUERY": _REPORT,
        "JSON_PARSER_ERROR": _REPORT,
        "MALFORMED_ID": _REPORT,
        "EXCEEDED_ID_LIMIT": _REPORT,
        "INVALID_REPLICATION_DATE": _REPORT,
        "BATCH_PROCESSING_HALTED": _REPORT,
        "INVALID_FIELD": _MAPPING,
        "INVALID_TYPE": _MAPPING,
        "INVALID_FIELD_FOR_INSERT_UPDATE": Stop(2, "configuration", "edit access"),
        "INVALID_QUERY_LOCATOR": Stop(3, "unavailable", "from where this one came to"),
        "NOT_FOUND": Stop(3, "unavailable", "looks again"),
        "ENTITY_IS_DELETED": Stop(3, "unavailable", "looks again"),
        "INSUFFICIENT_ACCESS_OR_READONLY": Stop(2, "credentials", "permission set"),
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Stop(2, "credentials", "permission set"),
        "STORAGE_LIMIT_EXCEEDED": Stop(2, "configuration", "Storage Usage"),
        "API_DISABLED_FOR_ORG": _NO_API,
        "API_CURRENTLY_DISABLED": _NO_API,
        "INVALID_LOGIN": _LATER,  # of SOAP, which revloop does not speak
        "UNSUPPORTED_API_VERSION": Stop(2, "configuration", "salesforce.api_version"),
        "DUPLICATE_EXTERNAL_ID": _REPORT,
        "405": _REPORT,
        "409": _REPORT,
        "412": _REPORT,
        "414": _REPORT,
        "415": _REPORT,
        "428": _REPORT,
        "431": _REPORT,
        "500": _LATER,
        "502": _LATER,
        "503": _LATER,
        "504": _LATER,
        "html_200": Stop(3, "unavailable", "maintenance page"),
        "html_503": Stop(3, "unavailable", "The next run tries again"),
        "drop_before": Stop(3, "unavailable", "status.salesforce.com"),
        "truncated": Stop(3, "unavailable", "no API answer"),
    },
    "hubspot": {
        "INVALID_AUTHENTICATION": Stop(2, "credentials", "not rotated"),
        "EXPIRED_AUTHENTICATION": Stop(2, "credentials", "has run out"),
        "MISSING_SCOPES": Stop(2, "credentials", "lacks the scope crm.objects.contacts.write"),
        "FORBIDDEN": Stop(2, "credentials", "subscription does not include it"),
        "OBJECT_NOT_FOUND": Stop(3, "unavailable", "HubSpot refused search"),
        "CONFLICT": Stop(3, "unavailable", "HubSpot refused search"),
        "OBJECT_ALREADY_EXISTS": Stop(3, "unavailable", "HubSpot refused search"),
        "UNKNOWN_OBJECT_TYPE": _MAPPING,
        "VALIDATION_ERROR": _REPORT,
        "PROPERTY_DOESNT_EXIST": Stop(2, "configuration", "correct the name in the mapping"),
        "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE": _REPORT,
        "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES": _REPORT,
        "405": _REPORT,
        "414": _REPORT,
        "415": _REPORT,
        "LOCKED": Stop(3, "unavailable", "workflows and imports"),
        "RATE_LIMIT": Stop(3, "unavailable", "slow down for longer than a run waits"),
        "RATE_LIMITS": Stop(3, "unavailable", "slow down for longer than a run waits"),
        "rate_limit_daily": Stop(3, "quota", "at midnight of the account"),
        "migrating": Stop(3, "unavailable", "another data centre"),
        "INTERNAL_ERROR": _EDGE,
        "500": _EDGE,
        "502": _EDGE,
        "503": _EDGE,
        "504": _EDGE,
        "521": Stop(3, "unavailable", "its edge cannot reach it"),
        "522": Stop(3, "unavailable", "waited for it in vain"),
        "523": Stop(3, "unavailable", "its edge cannot reach it"),
        "524": Stop(3, "unavailable", "more than 100 seconds"),
        "525": Stop(3, "unavailable", "TLS"),
        "526": Stop(3, "unavailable", "TLS"),
        "html_200": Stop(3, "unavailable", "answered in its place"),
        "html_503": _EDGE,
        "drop_before": Stop(3, "unavailable", "HUBSPOT_BASE_URL"),
        "truncated": Stop(3, "unavailable", "answered in its place"),
    },
}

#: Codes no call of revloop's can meet, with the reason; refusals of a sign-in stand in the tests.
NEVER: dict[str, dict[str, str]] = {
    "salesforce": {
        "INVALID_LOGIN": "SOAP login is not used",
        "MULTIPLE_API_ERRORS": "a word of the Node.js client's own",
    },
    "hubspot": {
        "BAD_AUTH_CODE": "a user's consent in a browser is not part of a run",
        "BAD_REDIRECT_URI": "a user's consent in a browser is not part of a run",
    },
}
