"""The memory CRMs' objects are those of the sandbox, as far as scenarios look at them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.domain.record import Side
from sync.domain.schema import Division, FieldKind, FieldShape, ObjectShape
from tests.scenario.backends import SandboxBackend, Served
from tests.scenario.shapes import HUBSPOT_SHAPES, SALESFORCE_SHAPES

SHAPES = [
    *((Side.LEFT, shape) for shape in HUBSPOT_SHAPES.values()),
    *((Side.RIGHT, shape) for shape in SALESFORCE_SHAPES.values()),
]

#: Picklists whose values are those of the labels and campaigns an account has at the time.
_OF_RECORDS = frozenset({("deals/contacts", "label"), ("CampaignMember", "Status")})


@pytest.mark.parametrize(("side", "shape"), SHAPES, ids=[shape.name for _, shape in SHAPES])
def test_memory_has_the_sandboxs_fields(served: Served, side: Side, shape: ObjectShape) -> None:
    crm = SandboxBackend(served).crm(side)
    described = crm.describe(shape.name).fields
    crm.close()

    for name, field in shape.fields.items():
        told = described[name]
        if (shape.name, name) in _OF_RECORDS:
            told = replace(told, options=field.options)
        assert _plain(told) == _plain(field)


@pytest.mark.parametrize(("side", "shape"), SHAPES, ids=[shape.name for _, shape in SHAPES])
def test_memory_is_divided_as_the_sandbox_is(
    served: Served, side: Side, shape: ObjectShape
) -> None:
    crm = SandboxBackend(served).crm(side)
    described = crm.describe(shape.name)
    crm.close()

    assert [_part(one) for one in described.divisions] == [_part(one) for one in shape.divisions]
    if shape.divisions:
        assert (described.divided_by, described.currency_field) == (shape.divided_by, "")
    if any(field.kind is FieldKind.DATETIME for field in shape.fields.values()):
        assert shape.zone in (described.zone, "UTC")


def _part(division: Division) -> tuple[str, bool, dict[str, list[str]]]:
    """Leave out ids, which the sandbox makes itself."""
    options = {name: [one.value for one in given] for name, given in division.options.items()}
    return division.name, division.active, options


def _plain(field: FieldShape) -> FieldShape:
    """Leave out what people read."""
    options = tuple(replace(option, label=option.value) for option in field.options)
    return replace(field, label="", options=options)
