"""Associations that stand for one reference: a contact's company, a company's parent.

A mapping calls them by words (`associated company`, `parent company`); here these are fields that
stand apart from the record. Where HubSpot repeats one in a property of the record, it is read there
at no cost; that property may be a moment late, so what is to be acted upon is read from the
associations themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.hubspot.association_calls import (
    READ_BATCH,
    AssociationCalls,
    after_of,
    start_of,
    tied_ends,
)
from connectors.hubspot.calls import Json
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.values import native_of
from sync.domain.record import Native, Record
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = ["Tie", "Ties", "is_tie", "tie_of", "with_ties"]

#: Several records stand where a reference names one.
_SEVERAL = ";"

_WORD = "associated "
_PARENT = "parent company"
_PLURALS = {
    "company": "companies",
    "contact": "contacts",
    "deal": "deals",
    "ticket": "tickets",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """An association that stands for one reference.

    `type_id` is the kind of which a record has one at most (primary, parent); None where HubSpot
    knows no such kind and any association counts. `mirror` is the property that repeats it.
    """

    field: str
    to_object: str
    type_id: int | None = None
    mirror: str = ""

    @property
    def types(self) -> list[Json]:
        """Give the kind as calls name it."""
        return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": self.type_id}]


_COMPANY = f"{_WORD}company"
_SINGLE: Mapping[tuple[str, str], Tie] = {
    ("contacts", _COMPANY): Tie(
        field=_COMPANY, to_object="companies", type_id=1, mirror="associatedcompanyid"
    ),
    ("companies", _PARENT): Tie(
        field=_PARENT, to_object="companies", type_id=14, mirror="hs_parent_company_id"
    ),
    ("deals", _COMPANY): Tie(
        field=_COMPANY, to_object="companies", type_id=5, mirror="hs_primary_associated_company"
    ),
    ("tickets", _COMPANY): Tie(field=_COMPANY, to_object="companies", type_id=26),
}
#: What the objects of HubSpot's own may be tied to; any other object to all of these.
_OFFERED: Mapping[str, tuple[str, ...]] = {
    "contacts": (_COMPANY,),
    "companies": (_PARENT,),
    "deals": (_COMPANY, f"{_WORD}contact"),
    "tickets": (_COMPANY, f"{_WORD}contact"),
}
_OFFERED_ELSE = (_COMPANY, f"{_WORD}contact", f"{_WORD}deal")


def is_tie(field: str) -> bool:
    """Tell whether a field is an association, by its name."""
    return field == _PARENT or field.startswith(_WORD)


def tie_of(object_name: str, field: str) -> Tie:
    """Give the association a field of an object stands for."""
    name = field.removeprefix(_WORD)
    any_tie = Tie(field=field, to_object=_PLURALS.get(name, name))
    return _SINGLE.get((object_name, field), any_tie)


def with_ties(shape: ObjectShape) -> ObjectShape:
    """Give an object's shape with what its records may be tied to."""
    ties = [tie_of(shape.name, field) for field in _OFFERED.get(shape.name, _OFFERED_ELSE)]
    fields = {
        tie.field: FieldShape(
            name=tie.field,
            label=tie.field.capitalize(),
            kind=FieldKind.REFERENCE,
            creatable=False,
            refers_to=(tie.to_object,),
            apart=True,
        )
        for tie in ties
    }
    return replace(shape, fields={**shape.fields, **fields})


class Ties:
    """Reads the associations of one portal's records."""

    def __init__(self, client: HubSpotClient, *, shapes: Mapping[str, ObjectShape]) -> None:
        """Read through a client; `shapes` tell which properties repeat an association."""
        self._calls = AssociationCalls(client)
        self._shapes = shapes

    def properties(self, object_name: str, fields: Iterable[str]) -> list[str]:
        """Give the properties that hold these fields; some ties are held by none."""
        found: list[str] = []
        for field in fields:
            if not is_tie(field):
                found.append(field)
            elif mirror := self.mirror(object_name, field):
                found.append(mirror)
        return found

    def mirror(self, object_name: str, field: str) -> str:
        """Give the property that repeats an association, empty where there is none."""
        mirror = tie_of(object_name, field).mirror
        shape = self._shapes.get(object_name)
        return mirror if shape is not None and mirror in shape.fields else ""

    def completed(
        self, object_name: str, records: Sequence[Record], fields: Sequence[str]
    ) -> Sequence[Record]:
        """Give records with the ties that no property repeats, one call for a page of them."""
        wanted = [one for one in fields if is_tie(one) and not self.mirror(object_name, one)]
        if not wanted or not records:
            return records
        ties = self.read(object_name, [record.ref.id for record in records], wanted)
        return [
            replace(
                record,
                fields={
                    **record.fields,
                    **{field: ties.get((record.ref.id, field)) for field in wanted},
                },
            )
            for record in records
        ]

    def repeated(self, object_name: str, item: Json, fields: Iterable[str]) -> dict[str, Native]:
        """Give the ties that properties of a record in an answer repeat."""
        properties = item["properties"]
        return {
            field: native_of(properties.get(mirror))
            for field in fields
            if is_tie(field) and (mirror := self.mirror(object_name, field))
        }

    def read(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[tuple[str, str], Native]:
        """Read ties as they are now, by (id, field); several records are joined by semicolons."""
        found: dict[tuple[str, str], Native] = {}
        for field in fields:
            tie = tie_of(object_name, field)
            ends = self.ends(object_name, tie, ids)
            found.update({(id, field): _SEVERAL.join(ends.get(id, ())) or None for id in ids})
        return found

    def ends(self, object_name: str, tie: Tie, ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Give the records that others are tied to by one kind, by the id of the other."""
        found: dict[str, dict[str, None]] = {}
        waiting: list[Json] = [{"id": one} for one in dict.fromkeys(ids)]
        while waiting:
            batch, waiting = waiting[:READ_BATCH], waiting[READ_BATCH:]
            answer = self._calls.read(object_name, tie.to_object, batch, about=object_name)
            for item in answer.results:
                start = start_of(item)
                ends = found.setdefault(start, {})
                ends.update(dict.fromkeys(_ends(item, tie)))
                after = after_of(item)
                # Of many ties the one of its kind may stand on any page.
                if after and not (tie.type_id and ends):
                    waiting.append({"id": start, "after": after})
        return {start: tuple(ends) for start, ends in found.items()}


def _ends(item: Json, tie: Tie) -> Iterator[str]:
    for end, kinds in tied_ends(item):
        if tie.type_id is None or tie.type_id in {one.get("typeId") for one in kinds}:
            yield end
