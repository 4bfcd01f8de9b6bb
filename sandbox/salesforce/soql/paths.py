"""Field paths of a query: what they mean in the schema, and how to read them from a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, invalid_field
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.soql.ast import Field
from sandbox.salesforce.soql.parser import quoted_place

__all__ = ["Path", "Paths"]

Getter = Callable[[Row], Value]

_PARENT_TYPE = FieldSpec(name="Type", label="Type", type=FieldType.PICKLIST, length=40)


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved path: the references to follow, and the field at the end."""

    hops: tuple[FieldSpec, ...]
    field: FieldSpec
    sobject: ObjectSpec


class Paths:
    """Resolves the paths of one query against one object."""

    def __init__(self, database: Database, spec: ObjectSpec, text: str) -> None:
        """Resolve names from `spec`; `text` is the query, quoted in errors."""
        self._database = database
        self._spec = spec
        self._text = text

    def resolve(self, field: Field) -> Path:
        """Find the field a path means; raises INVALID_FIELD as the API words it."""
        names = field.path
        starts_with_object = len(names) > 1 and names[0].lower() == self._spec.name.lower()
        if starts_with_object and self._spec.parent(names[0]) is None:
            names = names[1:]
        spec = self._spec
        hops: list[FieldSpec] = []
        for name in names[:-1]:
            reference = spec.parent(name)
            if reference is None:
                raise self._no_relationship(name, field)
            hops.append(reference)
            spec = self._target(reference, names[-1], name, field)
        found = spec.find(names[-1])
        if found is None and hops and len(hops[-1].refers_to) > 1 and names[-1].lower() == "type":
            found = _PARENT_TYPE
        if found is None:
            raise invalid_field(names[-1], spec.name, where=self.place(field.position))
        return Path(tuple(hops), found, spec)

    def getter(self, path: Path) -> Getter:
        """Give a function that reads a resolved path from a row."""
        name, null = path.field.name, path.field.null
        if not path.hops:
            if null is None:
                return lambda row: row.get(name)
            return lambda row: row.get(name, null)
        return lambda row: self._read_far(path, row)

    def place(self, position: int) -> str:
        """Quote the query around a position."""
        return quoted_place(self._text, position)

    def parent_row(self, reference: FieldSpec, row: Row) -> tuple[ObjectSpec, Row] | None:
        """Follow a reference from a row, or None when it is empty."""
        parent_id = row.get(reference.name)
        return None if parent_id is None else self._database.row_of(str(parent_id))

    def _read_far(self, path: Path, row: Row) -> Value:
        spec = self._spec
        for hop in path.hops:
            found = self.parent_row(hop, row)
            if found is None:
                return path.field.null
            spec, row = found
        if path.field is _PARENT_TYPE:
            return "Queue" if spec.name == "Group" else spec.name
        return row.get(path.field.name, path.field.null)

    def _target(self, reference: FieldSpec, last: str, name: str, field: Field) -> ObjectSpec:
        """Choose the object a reference leads to; of several, one that has the field."""
        targets = [
            spec
            for target in reversed(reference.refers_to)
            if (spec := self._database.schema.find(target)) is not None
        ]
        if not targets:
            raise self._no_relationship(name, field)
        return next((spec for spec in targets if spec.find(last)), targets[0])

    def _no_relationship(self, name: str, field: Field) -> ApiError:
        return ApiError(
            "INVALID_FIELD",
            f"{self.place(field.position)}Didn't understand relationship '{name}' in field path. "
            "If you are attempting to use a custom relationship, be sure to append the '__r' "
            "after the custom relationship name. Please reference your WSDL or the describe call "
            "for the appropriate names.",
        )
