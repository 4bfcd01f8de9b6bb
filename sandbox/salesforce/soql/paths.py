"""Field paths of a query: what they mean in the schema, and how to read them from a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError, invalid_field
from sandbox.salesforce.model import FieldSpec, FieldType, ObjectSpec, Row, Value
from sandbox.salesforce.soql.ast import Field, Query
from sandbox.salesforce.soql.tokens import quoted_place

__all__ = ["PARENT_TYPE", "Path", "Paths", "type_name"]

Getter = Callable[[Row], Value]

_MOST_PARENTS = 5

#: What `Type` means behind a reference to one of several objects: the name of the object.
PARENT_TYPE = FieldSpec(name="Type", label="Type", type=FieldType.PICKLIST, length=40)


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved path: the references to follow, and the field at the end."""

    hops: tuple[FieldSpec, ...]
    field: FieldSpec
    sobject: ObjectSpec


class Paths:
    """Resolves the paths of one query against one object."""

    def __init__(self, database: Database, spec: ObjectSpec, query: Query) -> None:
        """Resolve names from `spec`; the text of `query` is quoted in errors."""
        self._database = database
        self._spec = spec
        self._query = query
        self._text = query.text
        self._aliases = dict(query.aliases)

    def resolve(self, field: Field) -> Path:
        """Find the field a path means; raises INVALID_FIELD as the API words it."""
        names = self._from_source(field.path)
        if len(names) > _MOST_PARENTS + 1:
            raise invalid_field(field.text, self._spec.name, where=self.place(field.position))
        spec = self._spec
        hops: list[FieldSpec] = []
        for name in names[:-1]:
            reference = spec.parent(name)
            if reference is None:
                raise self._no_relationship(name, field)
            hops.append(reference)
            spec = self._target(reference, names[-1], name, field)
        is_type = names[-1].lower() == "type" and hops and len(hops[-1].refers_to) > 1
        found = PARENT_TYPE if is_type else spec.find(names[-1])
        if found is None:
            raise invalid_field(names[-1], spec.name, where=self.place(field.position))
        return Path(tuple(hops), found, spec)

    def _from_source(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Drop the object's own name or an alias from the front of a path."""
        if len(names) == 1:
            return names
        first = names[0].lower()
        if first in self._aliases:
            return (*self._aliases[first], *names[1:])
        if first == self._spec.name.lower() and self._spec.parent(names[0]) is None:
            return names[1:]
        return names

    def reference(self, relationship: Field) -> FieldSpec:
        """Find the object's own reference behind a relationship; raises INVALID_FIELD."""
        names = self._from_source(relationship.path)
        found = self._spec.parent(names[0]) if len(names) == 1 else None
        if found is None:
            raise self._no_relationship(relationship.text, relationship)
        return found

    def within(self, spec: ObjectSpec) -> Paths:
        """Give the paths of the same query that begin at another object."""
        return Paths(self._database, spec, replace(self._query, aliases=()))

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
        if path.field is PARENT_TYPE:
            return type_name(spec.name)
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


def type_name(sobject: str) -> str:
    """Give the `Type` of a record that one of several objects may hold."""
    return "Queue" if sobject == "Group" else sobject
