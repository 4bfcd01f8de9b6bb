"""How a row is shown: the selected fields, its parents and lists of children."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row
from sandbox.salesforce.places import compound_address
from sandbox.salesforce.soql.paths import PARENT_TYPE, type_name

__all__ = ["Cases", "Children", "Computed", "Parent", "Shape", "attributes", "shown_value"]

Follow = Callable[[FieldSpec, Row], "tuple[ObjectSpec, Row] | None"]


def attributes(name: str, row: Row, version: str, *, of: str | None = None) -> JsonObject:
    """Give what tells a record's object and address; `of` where the two differ."""
    return {
        "type": name,
        "url": f"/services/data/v{version}/sobjects/{of or name}/{row['Id']}",
    }


def shown_value(spec: FieldSpec, row: Row) -> Json:
    """Give a field's value as the API shows it."""
    if spec.type is FieldType.ADDRESS:
        address = compound_address(spec.name, row)
        return None if address is None else {**address}
    return row.get(spec.name, spec.null)


@dataclass(slots=True)
class Parent:
    """The fields shown of a parent."""

    reference: FieldSpec
    shape: Shape


@dataclass(slots=True)
class Children:
    """A list of children; `find` gives the rows of one parent, `page` puts them into pages."""

    spec: ObjectSpec
    shape: Shape
    find: Callable[[Row], list[Row]]
    page: Pager


@dataclass(slots=True)
class Computed:
    """A function's result."""

    get: Callable[[Row], Json]


@dataclass(slots=True)
class Cases:
    """What is shown of a parent, by the object it is of."""

    reference: FieldSpec
    shapes: dict[str, Shape]
    otherwise: Shape


Pager = Callable[[ObjectSpec, "Shape", list[Row], str], JsonObject]
Part = FieldSpec | Parent | Children | Computed | Cases


@dataclass(slots=True)
class Shape:
    """What is shown of a row, in the order it was asked for."""

    follow: Follow
    parts: dict[str, Part] = field(default_factory=dict)

    def add(self, hops: tuple[FieldSpec, ...], spec: FieldSpec) -> bool:
        """Show a field, perhaps of a parent; False when it is shown already."""
        if not hops:
            if spec.name in self.parts:
                return False
            self.parts[spec.name] = spec
            return True
        name = hops[0].relationship or hops[0].name
        parent = self.parts.get(name)
        if not isinstance(parent, Parent):
            parent = Parent(hops[0], Shape(self.follow))
            self.parts[name] = parent
        return parent.shape.add(hops[1:], spec)

    def show(self, name: str, row: Row, version: str, *, of: str | None = None) -> JsonObject:
        """Give a row as JSON."""
        shown: JsonObject = {"attributes": attributes(name, row, version, of=of)}
        for key, part in self.parts.items():
            if isinstance(part, FieldSpec):
                shown[key] = self._field(part, row, of or name)
            elif isinstance(part, Parent):
                shown[key] = self._parent(part, row, version)
            elif isinstance(part, Computed):
                shown[key] = part.get(row)
            elif isinstance(part, Cases):
                shown[key] = self._case(part, row, version)
            else:
                shown[key] = self._children(part, row, version)
        return shown

    def _field(self, spec: FieldSpec, row: Row, sobject: str) -> Json:
        if spec.type is FieldType.ADDRESS:
            return shown_value(spec, row)
        if spec is PARENT_TYPE:
            return type_name(sobject)
        value = row.get(spec.name)
        return spec.null if value is None else value

    def _parent(self, part: Parent, row: Row, version: str) -> Json:
        found = self.follow(part.reference, row)
        if found is None:
            return None
        spec, parent = found
        is_polymorphic = len(part.reference.refers_to) > 1
        name = "Name" if is_polymorphic else spec.name
        return part.shape.show(name, parent, version, of=spec.name)

    def _children(self, part: Children, row: Row, version: str) -> Json:
        rows = part.find(row)
        if not rows:
            return None
        return part.page(part.spec, part.shape, rows, version)

    def _case(self, part: Cases, row: Row, version: str) -> Json:
        found = self.follow(part.reference, row)
        if found is None:
            return None
        spec, parent = found
        return part.shapes.get(spec.name, part.otherwise).show(spec.name, parent, version)
