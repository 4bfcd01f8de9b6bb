from __future__ import annotations

import pytest

from mappings.bind import bind
from sync.domain.schema import FieldKind, FieldShape
from tests.unit.mappings.shapes import LEFT, RIGHT, contacts, shape, with_field


def percentages(line: str, number: FieldShape) -> list[str]:
    """Give the notes on percentages for one further field `f`."""
    pair = bind(contacts(f"f: {line}"), with_field(LEFT, number), RIGHT)
    return [note for note in pair.notes if "percentage" in note]


PLAIN = shape("rate", FieldKind.NUMBER)
SHOWN = shape("rate", FieldKind.PERCENT, percent_as_fraction=True)


@pytest.mark.parametrize("line", ["rate <-> Margin__c", "{map: rate -> Notes__c, type: percent}"])
def test_a_number_hubspot_says_no_more_of_is_named_across_from_a_percentage(line: str) -> None:
    (note,) = percentages(line, PLAIN)
    assert note.startswith("contacts: fields.f is a percentage, and HubSpot does not say how")
    assert "contacts.rate" in note


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("rate <-> Margin__c", SHOWN),
        ("rate <-> HubSpot_Score__c", PLAIN),
        ("{map: rate <-> Margin__c, type: number}", PLAIN),
        ("{map: rate <-> Margin__c, values: {'1': '2'}}", PLAIN),
        ("rate ->", PLAIN),
        ("{map: rate ->, type: percent}", PLAIN),
    ],
)
def test_there_is_no_note_where_both_sides_are_clear(line: str, number: FieldShape) -> None:
    assert percentages(line, number) == []
