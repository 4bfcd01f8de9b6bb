"""Whatever a field of one kind holds: where a run would not send it, the check has said so."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping

import pytest

from mappings.bind import bind
from mappings.kinds import Readers
from mappings.predicted import predict
from mappings.words import TYPE_WORDS
from sync.domain.record import Side
from sync.domain.rules import Trouble, TroubleKind
from sync.domain.schema import FieldKind, FieldShape
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


#: One kind of those that are read alike.
_TYPED = (FieldKind.TEXT, FieldKind.NUMBER, FieldKind.BOOLEAN, FieldKind.DATETIME, FieldKind.CHOICE)

#: Users are asked for by name, and wait rather than be refused.
_TYPES = tuple(kind for kind in TYPE_WORDS if kind != "user")


def _of(kind: FieldKind, name: str) -> FieldShape:
    return shape(name, kind, **KINDS[kind][0])


def _unforeseen(
    origin: Side,
    source: FieldKind,
    target: FieldKind,
    *,
    readers: Readers,
    kind: str | None = None,
) -> list[str]:
    """Give what a run would refuse of a source's values although the check says nothing of it."""
    ends = {origin: source, origin.other: target}
    line = "here -> There__c" if origin is Side.LEFT else "here <- There__c"
    field = f"{{map: {line}, type: {kind}}}" if kind is not None else line
    pair = pair_of(
        "pair: contacts\nhubspot: contacts\nsalesforce: Contact\nfirst_sync: hubspot\n"
        f"match: [email]\nfields:\n  email: email <-> Email\n  a: {field}\n"
    )
    left = with_field(LEFT, _of(ends[Side.LEFT], "here"))
    right = with_field(RIGHT, _of(ends[Side.RIGHT], "There__c"))
    predicted = predict(pair, left, right, readers=readers)
    if any("fields.a." in one.message for one in predicted.findings):
        return []
    codec = bind(pair, left, right, readers=readers).rule("a").codec
    foreseen = {note.risk for note in predicted.notes if "fields.a." in note.finding.message}
    into = "Contact" if origin is Side.LEFT else "contacts"
    carried = {value: codec.carry(origin, value, object_name=into) for value in KINDS[source][1]}
    return [
        f"{source} onto {target} as {kind}: {value!r}: {trouble.message}"
        for value, trouble in carried.items()
        if isinstance(trouble, Trouble)
        and trouble.kind is TroubleKind.REFUSED
        and trouble.code not in foreseen
    ]


@pytest.fixture(scope="module")
def readers() -> Readers:
    return Readers()


@pytest.mark.parametrize("origin", Side, ids=["from_hubspot", "from_salesforce"])
@pytest.mark.parametrize("source", KINDS, ids=lambda kind: kind.value)
def test_value_that_is_not_sent_was_foreseen(
    source: FieldKind, origin: Side, readers: Readers
) -> None:
    said = [_unforeseen(origin, source, target, readers=readers) for target in KINDS]
    assert functools.reduce(operator.iadd, said, []) == []


@pytest.mark.parametrize("kind", _TYPES)
def test_value_that_is_not_sent_was_foreseen_whatever_the_type(kind: str, readers: Readers) -> None:
    said = [
        _unforeseen(Side.LEFT, source, target, readers=readers, kind=kind)
        for source in _TYPED
        for target in KINDS
    ]
    assert functools.reduce(operator.iadd, said, []) == []
