"""The rules of the funnel as a JSON Schema, so that editors complete, explain and check them."""

from __future__ import annotations

from mappings.lifecycle.model import ORG_RULES, OUTCOMES
from mappings.lifecycle.words import Moves, OpportunityState, Per, RoutingBy

__all__ = ["LIFECYCLE_SCHEMA_FILE", "lifecycle_schema"]

#: What the schema's file is called where it lies beside the rules that name it.
LIFECYCLE_SCHEMA_FILE = "lifecycle.schema.json"

Schema = dict[str, object]

_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_TEXT: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_VALUES: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
_ADDRESS: Schema = {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"}


def lifecycle_schema() -> Schema:
    """Give the JSON Schema (draft 7) of lifecycle.yaml."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "revloop lifecycle",
        "description": "What marketing and sales agreed on.",
        **_table(_TOP, required=("stages",)),
    }


def _table(keys: dict[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    table: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
    return {**table, "required": list(required)} if required else table


def _said(says: str, shape: Schema) -> Schema:
    return {"description": says, **shape}


def _list(says: str, item: Schema, *, least: int = 1) -> Schema:
    return _said(says, {"type": "array", "items": item, "minItems": least})


def _condition(says: str) -> Schema:
    return _said(f"{says}, such as record.score >= 50", {"type": "string", "pattern": r"\S"})


def _stage_name(says: str) -> Schema:
    return _said(says, _NAME)


def _span(says: str, units: str, *, business: bool) -> Schema:
    word = r"(business\s+)?" if business else ""
    return _said(
        says, {"type": "string", "pattern": rf"^\s*[1-9]\d{{0,4}}\s+{word}({units})s?\s*$"}
    )


_CLOCK: Schema = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}

_STAGE = _table(
    {
        "name": _stage_name("The stage in your own words; reports and conditions speak of it so."),
        "means": _said("What both departments understand by it.", _TEXT),
        "hubspot": _said(
            "The contact's properties and their values at this stage; of several values, all are "
            "read and the first is written.",
            {"type": "object", "minProperties": 1, "additionalProperties": _VALUES},
        ),
        "salesforce": _said(
            "The fields and their values at this stage, as Lead.Status or Contact.Funnel__c; or "
            "the state of the person's opportunities.",
            {
                "anyOf": [
                    {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": {"pattern": r"^[A-Za-z]\w*\.[A-Za-z]\w*$"},
                        "additionalProperties": _VALUES,
                    },
                    {"enum": [state.value for state in OpportunityState]},
                ]
            },
        ),
    },
    required=("name", "hubspot", "salesforce"),
)
_REASON = _table(
    {
        "means": _said("What it says about the lead.", _TEXT),
        "salesforce": _said("The values sales chooses from that mean it.", _VALUES),
        "hubspot": _said("The value marketing sees.", _TEXT),
        "again_after": _span(
            "When marketing may try again; without it, never. Such as 6 months.",
            "day|week|month|year",
            business=False,
        ),
    },
    required=("means", "salesforce", "hubspot"),
)
_HAND_OVER = _table(
    {
        "to": _stage_name("The stage a person is at once handed over."),
        "when": _condition("Fires once, when it turns true"),
    },
    required=("to", "when"),
)
_HAND_BACK = _table(
    {
        "when": _condition("Fires once, when it turns true"),
        "from": _list("The stages it brings people back from.", _NAME),
        "to": _stage_name("The earlier stage they go back to."),
        "reason": _said("The field of contacts.yaml that holds why.", _TEXT),
    },
    required=("when", "from", "to"),
)
_SERVICE_LEVEL = _table(
    {
        "name": _said("What the promise is called in reports.", _TEXT),
        "from": _stage_name("The stage that starts the clock."),
        "to": _stage_name("The stage that stops it."),
        "within": _span(
            "How soon, such as 4 business hours.", "minute|hour|day|week", business=True
        ),
        "stage": _stage_name("The stage whose arrivals are counted."),
        "at_least": _said("How many are promised.", {"type": "integer", "minimum": 1}),
        "won": _said(
            "The revenue promised, with its currency, such as 200000 EUR.",
            {"type": "string", "pattern": r"^\s*\d{1,15}(\.\d{1,2})?\s+[A-Z]{3}\s*$"},
        ),
        "per": _said("The period it is promised for.", {"enum": [one.value for one in Per]}),
    },
    required=("name",),
)
_ROUTING = _table(
    {
        "when": _condition("The first rule whose condition holds counts; without one, always"),
        "to": _said(
            "Users by e-mail address, a queue by its name, or the org's own assignment rules.",
            {
                "anyOf": [
                    _ADDRESS,
                    {"type": "string", "pattern": r"^[Qq]ueue\s+\S"},
                    {"enum": [ORG_RULES]},
                    {"type": "array", "items": _ADDRESS, "minItems": 1},
                ]
            },
        ),
        "by": _said(
            "How one of several is chosen: in turns, or more often who wins such leads more often.",
            {"enum": [one.value for one in RoutingBy], "default": RoutingBy.TURNS.value},
        ),
    },
    required=("to",),
)
_HOURS = _table(
    {
        "days": _said("Working days, such as Mon-Fri.", {"type": "string"}),
        "from": _said('When work begins, such as "09:00".', _CLOCK),
        "to": _said('When work ends, such as "17:30".', _CLOCK),
        "zone": _said("The time zone, such as Europe/Berlin.", {"type": "string"}),
        "holidays": _said(
            "The country or part of one whose holidays are none of these days, such as DE-BE.",
            {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"},
        ),
    },
    required=("days", "from", "to", "zone"),
)
_REPORTS = _table(
    {
        "source": _said(
            "The field of contacts.yaml that says where people come from.",
            {**_NAME, "default": "first_source"},
        ),
        "score": _said(
            "The field of contacts.yaml that holds their score.", {**_NAME, "default": "score"}
        ),
        "keep": _list(
            "More fields that reports may count by, such as deals.product.",
            {"type": "string", "pattern": r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"},
        ),
    }
)
_OUTCOME_NAMES: dict[str, Schema] = {
    name: _said(
        f"The HubSpot property for it, where it is not {usual}.",
        {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    )
    for name, usual in OUTCOMES.items()
}
_TOP: dict[str, Schema] = {
    "stages": _list("The stages of the funnel, in order.", _STAGE, least=2),
    "moves": _said(
        "What happens to a stage that falls back without a hand-back: it is moved forward again, "
        "or may travel.",
        {"enum": [one.value for one in Moves], "default": Moves.FORWARD.value},
    ),
    "reasons": _said(
        "Why leads come back and deals are lost: the short list both sides use.",
        {"type": "object", "propertyNames": _NAME, "additionalProperties": _REASON},
    ),
    "hand_over": _said("When marketing hands a person over to sales.", _HAND_OVER),
    "hand_back": _list("When sales hands a person back.", _HAND_BACK),
    "service_levels": _list("What each side promised the other.", _SERVICE_LEVEL),
    "routing": _list("Who in sales gets a person who is handed over.", _ROUTING),
    "business_hours": _said("When sales works.", _HOURS),
    "outcomes": _said("Other names for the outcome properties.", _table(_OUTCOME_NAMES)),
    "reports": _said("The fields that reports count by.", _REPORTS),
}
