"""Rows of relations: who stands on a deal, who took part in a campaign.

HubSpot keeps no record of these. A row is named by its owner and its member, `OWNER:MEMBER`, and
its object by both objects, `deals/contacts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sync.domain.record import Native, Record, RecordRef
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

__all__ = [
    "LABEL",
    "MEMBER",
    "OWNER",
    "ROW_FIELDS",
    "Relation",
    "Row",
    "ends_of",
    "in_batches",
    "relation_of",
    "rows_holding",
]

OWNER = "owner"
MEMBER = "member"
LABEL = "label"
ROW_FIELDS = (OWNER, MEMBER, LABEL)

_BETWEEN = "/"
_IN_ID = ":"


@dataclass(frozen=True, slots=True)
class Row:
    """One member of one owner, and as what."""

    owner: str
    member: str
    label: Native = None

    @property
    def id(self) -> str:
        """Give the id that stands for the row."""
        return f"{self.owner}{_IN_ID}{self.member}"


@dataclass(frozen=True, slots=True)
class Relation:
    """The object whose rows say which records of one object belong to those of another."""

    owner_object: str
    member_object: str

    @property
    def name(self) -> str:
        """Name the object the rows are of."""
        return f"{self.owner_object}{_BETWEEN}{self.member_object}"

    def record(
        self,
        row: Row,
        fields: Sequence[str],
        *,
        stamp: datetime,
        created: datetime | None = None,
    ) -> Record:
        """Give a row as a record with the asked fields."""
        values = {OWNER: row.owner, MEMBER: row.member, LABEL: row.label}
        return Record(
            ref=RecordRef(self.name, row.id),
            fields={name: values[name] for name in fields if name in values},
            stamp=stamp,
            created=created,
        )

    def gone(self, row_id: str, *, stamp: datetime) -> Record:
        """Give a row that is proven to be there no more."""
        return Record(ref=RecordRef(self.name, row_id), fields={}, stamp=stamp, gone=True)

    def shape(self, labels: Sequence[Option]) -> ObjectShape:
        """Describe the rows, which may be labelled so."""
        fields = (
            _reference(OWNER, "Owner", self.owner_object),
            _reference(MEMBER, "Member", self.member_object),
            FieldShape(
                name=LABEL,
                label="Label",
                kind=FieldKind.CHOICE,
                restricted=True,
                options=tuple(labels),
                named_by_label=True,
            ),
        )
        return ObjectShape(
            name=self.name,
            label=f"{_titled(self.member_object)} of {_titled(self.owner_object).lower()}",
            fields={field.name: field for field in fields},
            owned_by=OWNER,
        )


def relation_of(object_name: str) -> Relation | None:
    """Read a relation from the name of its object, None where it is any other object's."""
    owner, between, member = object_name.partition(_BETWEEN)
    return Relation(owner, member) if between and owner and member else None


def ends_of(row_id: str) -> tuple[str, str]:
    """Give the ids of owner and member that stand in the id of a row."""
    owner, _, member = row_id.partition(_IN_ID)
    return owner, member


def rows_holding(
    pages: Iterable[Sequence[Record]], field_name: str, values: Iterable[str], fields: Sequence[str]
) -> Iterator[Record]:
    """Give those of some rows read whole whose field holds one of the values."""
    wanted = set(values)
    for page in pages:
        for record in page:
            if record.fields.get(field_name) in wanted:
                kept = {name: record.fields[name] for name in fields if name in record.fields}
                yield replace(record, fields=kept)


def in_batches(ids: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    """Cut ids into batches, repeats left out."""
    waiting = iter(dict.fromkeys(ids))
    while batch := list(islice(waiting, size)):
        yield batch


def _reference(name: str, label: str, to: str) -> FieldShape:
    return FieldShape(
        name=name,
        label=label,
        kind=FieldKind.REFERENCE,
        updatable=False,
        required=True,
        refers_to=(to,),
    )


def _titled(object_name: str) -> str:
    return object_name.replace("_", " ").capitalize()
