"""Fields a project wants in both CRMs: those that keep ids, and those for outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.proposing.proposal import ProposedPair, Shapes
from sync.domain.new_fields import NewField
from sync.domain.record import Side
from sync.domain.schema import FieldKind, ObjectShape, Option

__all__ = ["missing_keys", "outcome_fields", "ticket_text"]

_NOUNS = {"contacts": "contact", "companies": "company", "deals": "deal", "campaigns": "campaign"}

#: Characters of the other CRM's ids: Salesforce's have 18; HubSpot's are numbers, those of its
#: campaigns are longer.
_LENGTHS = {Side.LEFT: 18, Side.RIGHT: 20}
_CAMPAIGN_ID = 36

_OUTCOMES = (
    ("revloop_last_outcome", "Last outcome", FieldKind.CHOICE, ("won", "lost", "open")),
    ("revloop_outcome_stage", "Outcome stage", FieldKind.TEXT, ()),
    ("revloop_won_revenue", "Won revenue to date", FieldKind.MONEY, ()),
    ("revloop_outcome_reason", "Outcome reason", FieldKind.TEXT, ()),
    ("revloop_first_won_date", "First won on", FieldKind.DATE, ()),
    ("revloop_credited_campaign", "Campaign credited", FieldKind.TEXT, ()),
    ("revloop_try_again_date", "Try again on", FieldKind.DATE, ()),
    ("revloop_business_type", "Business type", FieldKind.CHOICE, ("new", "existing")),
)
_REPORTING = (
    ("revloop_reporting_amount", "Amount in the reporting currency", FieldKind.MONEY, ()),
)
_OF_CAMPAIGNS = (("revloop_last_campaign_status", "Last campaign status", FieldKind.TEXT, ()),)
_OF_FUNNEL = (
    ("revloop_stage", "Stage of the funnel", FieldKind.TEXT, ()),
    ("revloop_handed_over_at", "Handed over to sales at", FieldKind.DATETIME, ()),
    ("revloop_returned_at", "Returned by sales at", FieldKind.DATETIME, ()),
    ("revloop_returned_reason", "Returned by sales because", FieldKind.TEXT, ()),
)
#: HubSpot's objects that carry outcomes, and what.
_WITH_OUTCOMES = {
    "contacts": (*_OUTCOMES, *_OF_CAMPAIGNS, *_OF_FUNNEL),
    "companies": _OUTCOMES,
    "deals": _REPORTING,
}
_DESCRIPTIONS = {
    "revloop_reporting_amount": "Kept by revloop: the amount in the currency of all figures.",
    **dict.fromkeys(
        (name for name, *_ in _OF_FUNNEL), "Kept by revloop: the way through the funnel."
    ),
    "revloop_last_campaign_status": "Kept by revloop: what the newest campaign membership says.",
}


def missing_keys(pair: ProposedPair, shapes: Shapes, side: Side) -> Iterator[NewField]:
    """Give the fields that would keep the other CRM's id on a side and are not there."""
    name = pair.keys.get(side)
    if name is None:
        return
    objects = (shapes.left,) if side is Side.LEFT else tuple(shapes.right.values())
    noun = _NOUNS.get(pair.hubspot, pair.name)
    label = "Salesforce id" if side is Side.LEFT else f"HubSpot {noun} id"
    for shape in objects:
        if name not in shape.fields:
            yield NewField(
                object_name=shape.name,
                name=name,
                label=label,
                kind=FieldKind.TEXT,
                description="Kept by revloop: links this record to its counterpart.",
                length=_CAMPAIGN_ID if pair.hubspot == "campaigns" else _LENGTHS[side],
                unique=True,
            )


def outcome_fields(shape: ObjectShape) -> Iterator[NewField]:
    """Give the fields for outcomes that a HubSpot object lacks."""
    kept = "Kept by revloop: what became of the last opportunity."
    for name, label, kind, words in _WITH_OUTCOMES.get(shape.name, ()):
        if name not in shape.fields:
            yield NewField(
                object_name=shape.name,
                name=name,
                label=label,
                kind=kind,
                description=_DESCRIPTIONS.get(name, kept),
                options=tuple(Option(word, word.capitalize()) for word in words),
            )


def ticket_text(fields: Sequence[NewField]) -> str:
    """Give what to ask Salesforce's admin for, to paste into a ticket."""
    rows = [("Object", "Field Label", "Field Name (API name)", "Data Type")]
    rows += [(one.object_name, one.label, one.name, f"Text({one.length})") for one in fields]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(
        (
            "Please add these custom fields in Salesforce (Setup > Object Manager > the object >",
            "Fields & Relationships > New):",
            "",
            *(f"  {line}" for line in lines),
            "",
            "For each: not Required; Unique, case insensitive; External ID. Enter the Field Name",
            "without '__c', which Salesforce adds.",
            "Field-level security: Visible, and not Read-Only, for the integration user's profile",
            "or permission set; Read-Only for everybody else. No page layout is needed.",
            "They hold the id of the same record in HubSpot, so that a sync never makes a second.",
        )
    )
