"""The copy of both schemas: what is written, that it reads back, and what a broken one says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.schema_copy import SchemaCopy, copy_path, read_copies, write_copy
from sync.domain.errors import ConfigError, UsageError
from sync.domain.ports import Account
from sync.domain.record import Side
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option
from tests.unit.mappings.shapes import LEFT, RIGHT

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def copy_of(objects: dict[str, ObjectShape | None], at: datetime = AT) -> SchemaCopy:
    return SchemaCopy(account=Account("7", "Acme"), read=at, objects=objects)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_copy(tmp_path, Side.LEFT, copy_of(dict(LEFT)))
    write_copy(tmp_path, Side.RIGHT, copy_of({**RIGHT, "Machine__c": None}))
    return tmp_path


def test_copies_read_back_as_what_was_written(project: Path) -> None:
    copies = read_copies(project)
    assert copies is not None
    assert copies[Side.LEFT] == copy_of(dict(LEFT))
    assert copies[Side.RIGHT] == copy_of({**RIGHT, "Machine__c": None})


def test_what_an_account_does_not_have_reads_back_with_its_reason(project: Path) -> None:
    lean = replace(copy_of(dict(LEFT)), withheld={"campaigns": "it takes another edition"})
    write_copy(project, Side.LEFT, lean)
    copies = read_copies(project)
    assert copies is not None
    assert copies[Side.LEFT] == lean


def test_every_attribute_of_a_field_reads_back(tmp_path: Path) -> None:
    everything = FieldShape(
        name="odd",
        label="Ödd \N{PARTY POPPER}",
        kind=FieldKind.CHOICES,
        length=10,
        digits=3,
        scale=2,
        creatable=False,
        updatable=False,
        required=True,
        unique=True,
        restricted=True,
        options=(Option("b", "B"), Option("a", "A", active=False)),
        folds_case=True,
        percent_as_fraction=True,
        refers_to=("User",),
    )
    odd = {"Odd": ObjectShape("Odd", "Odd", {"odd": everything})}
    for side in Side:
        write_copy(tmp_path, side, copy_of(dict(odd)))
    copies = read_copies(tmp_path)
    assert copies is not None
    assert copies[Side.LEFT].objects == odd


def test_the_order_a_crm_gives_fields_in_changes_nothing(project: Path) -> None:
    path = copy_path(project, Side.LEFT)
    before = path.read_text()
    turned = {
        name: replace(shape, fields=dict(reversed(list(shape.fields.items()))))
        for name, shape in reversed(list(LEFT.items()))
    }
    write_copy(project, Side.LEFT, copy_of(dict(turned)))
    assert path.read_text() == before


def test_a_changed_field_is_a_changed_line(project: Path) -> None:
    path = copy_path(project, Side.RIGHT)
    before = path.read_text().splitlines()
    wider = replace(RIGHT["Lead"].fields["Company"], length=300)
    lead = replace(RIGHT["Lead"], fields={**RIGHT["Lead"].fields, "Company": wider})
    write_copy(project, Side.RIGHT, copy_of({**RIGHT, "Lead": lead, "Machine__c": None}))
    after = path.read_text().splitlines()
    assert len(before) == len(after)
    assert [two for one, two in zip(before, after, strict=True) if one != two] == [
        '        "Company": {"label": "Company", "kind": "text", "length": 300, "required": true},'
    ]


def test_lines_stay_short_enough_to_read(project: Path) -> None:
    assert max(map(len, copy_path(project, Side.RIGHT).read_text().splitlines())) <= 106


def test_without_copies_there_is_nothing(tmp_path: Path) -> None:
    assert read_copies(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no JSON any more (line 1)"),
        ('{"account":\n<<<<<<< HEAD', "is no JSON any more (line 2)"),
        ("[" * 100_000, "is not as `revloop schema pull` writes it"),
        ("[]", "is not as `revloop schema pull` writes it"),
        ('{"account": {}, "read": "x", "objects": {}}', "is not as `revloop schema pull`"),
        (json.dumps({"account": {"id": 1, "name": 2}, "read": "2026-03-01", "objects": {}}), "is"),
        (
            json.dumps(
                {
                    "account": {"id": "1", "name": "a"},
                    "read": "2026-03-01T00:00:00Z",
                    "objects": {"x": {"label": "x", "fields": {"a": {"kind": "odd"}}}},
                }
            ),
            "is not as `revloop schema pull` writes it",
        ),
    ],
)
def test_a_copy_that_was_edited_is_said_with_what_to_do(
    text: str, says: str, project: Path
) -> None:
    copy_path(project, Side.LEFT).write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_copies(project)
    assert str(caught.value).startswith(f"schema/hubspot.json {says}")
    assert "make it anew with `revloop schema pull`" in str(caught.value)


def test_half_a_copy_is_said(project: Path) -> None:
    copy_path(project, Side.RIGHT).unlink()
    with pytest.raises(ConfigError, match=r"schema/salesforce\.json cannot be read"):
        read_copies(project)


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "schema").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        write_copy(tmp_path, Side.LEFT, copy_of({}))
