"""Whatever a field of one kind holds: where a run would not send it, the check has said so."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mappings.bind import bind
from mappings.foreseen import Risk
from mappings.predicted import predict
from sync.domain.record import Side
from sync.domain.rules import Trouble, TroubleKind
from sync.domain.schema import FieldKind, FieldShape, ObjectShape
from tests.unit.mappings.shapes import LEFT, RIGHT, pair_of, shape, with_field

#: A field of every kind, narrow in every way its kind can be, and values one may hold.
KINDS: Mapping[FieldKind, tuple[dict[str, object], tuple[str, ...]]] = {
    FieldKind.TEXT: ({"length": 10}, ("x", "1", "2026-01-31", "abcdefghij", "no country")),
    FieldKind.MULTILINE: ({"length": 30}, ("x", "abcdefghijklmnopqrst", "a\nb")),
    FieldKind.EMAIL: ({"length": 80}, ("ada@example.com", "a-very-long-name@example.com")),
    FieldKind.PHONE: ({"length": 20}, ("+491701234567", "ask for Ada", "1")),
    FieldKind.URL: ({"length": 40}, ("https://example.com", "https://example.com/a/long/way")),
    FieldKind.NUMBER: ({"digits": 3, "scale": 0}, ("1", "999", "12.5")),
    FieldKind.INTEGER: ({"digits": 5, "scale": 0}, ("1", "99999")),
    FieldKind.MONEY: ({"digits": 8, "scale": 2}, ("1.25", "12345678")),
    FieldKind.PERCENT: ({"digits": 3, "scale": 1}, ("50", "100")),
    FieldKind.BOOLEAN: ({}, ("true", "false")),
    FieldKind.DATE: ({}, ("2026-01-31",)),
    FieldKind.DATETIME: ({}, ("2026-01-31T12:00:00.000Z",)),
    FieldKind.CHOICE: ({"options": ("A", "1", "true"), "restricted": True}, ("A", "1", "true")),
    FieldKind.CHOICES: ({"options": ("A", "B"), "restricted": True}, ("A", "B", "A;B")),
}


def _of(kind: FieldKind, name: str) -> FieldShape:
    return shape(name, kind, **KINDS[kind][0])


def _both(
    source: FieldKind, target: FieldKind
) -> tuple[dict[str, ObjectShape], dict[str, ObjectShape]]:
    return with_field(LEFT, _of(source, "here")), with_field(RIGHT, _of(target, "There__c"))


@pytest.mark.parametrize("target", KINDS, ids=lambda kind: f"onto_{kind.value}")
@pytest.mark.parametrize("source", KINDS, ids=lambda kind: kind.value)
def test_value_that_is_not_sent_was_foreseen(source: FieldKind, target: FieldKind) -> None:
    pair = pair_of(
        "pair: contacts\nhubspot: contacts\nsalesforce: Contact\nfirst_sync: hubspot\n"
        "match: [email]\nfields:\n  email: email <-> Email\n  a: here -> There__c\n"
    )
    left, right = _both(source, target)
    predicted = predict(pair, left, right)
    if any("fields.a." in one.message for one in predicted.findings):
        return
    codec = bind(pair, left, right).rule("a").codec
    foreseen = {note.risk for note in predicted.notes if "fields.a." in note.finding.message}
    for value in KINDS[source][1]:
        carried = codec.carry(Side.LEFT, value, object_name="Contact")
        if isinstance(carried, Trouble) and carried.kind is TroubleKind.REFUSED:
            assert Risk(carried.code) in foreseen, (value, carried.message)
