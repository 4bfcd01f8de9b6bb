"""The objects a portal has records of: for each its definition, its table and its search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import RLock

from sandbox.clock import Clock
from sandbox.hubspot.associations import Associations, RecordRef
from sandbox.hubspot.computed import Computed
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.object_types import ObjectTypes
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.property_definitions import PropertyDefinition
from sandbox.hubspot.record import Record, Version
from sandbox.hubspot.schema import ObjectSchema
from sandbox.hubspot.search import Searcher
from sandbox.hubspot.stamps import milliseconds
from sandbox.hubspot.standard_properties import STAGED_OBJECT_PROPERTIES
from sandbox.hubspot.table import Table
from sandbox.jsontypes import Json

__all__ = ["Shelves"]


class Shelves:
    """Keeps the objects of one portal; the records on them are changed elsewhere."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.empty()

    def empty(self) -> None:
        """Start with the standard objects and nothing in them."""
        self.types = ObjectTypes()
        self.associations = Associations()
        self.pipelines = Pipelines(used_by=self._in_stages, changed=self._follow_stages)
        self.schemas: dict[str, ObjectSchema] = {}
        self.tables: dict[str, Table] = {}
        self._searchers: dict[str, Searcher] = {}
        self.computed = Computed(self.associations, self.schemas, self.pipelines)
        for kind in self.types:
            self.open(kind, label=kind.singular.title())

    # Looking

    def now(self) -> int:
        """Give the time now in milliseconds."""
        return milliseconds(self.clock.now())

    def kind(self, name: str) -> ObjectType:
        """Give an object type by any of its names, or the API's refusal."""
        return self.types.get(name)

    def table(self, kind: ObjectType) -> Table:
        """Give the records of an object type."""
        return self.tables[kind.name]

    def schema(self, kind: ObjectType) -> ObjectSchema:
        """Give the properties of an object type."""
        return self.schemas[kind.name]

    def searcher(self, kind: ObjectType) -> Searcher:
        """Give what answers searches for an object type."""
        return self._searchers[kind.name]

    def value(self, kind: ObjectType, record: Record, name: str) -> str | None:
        """Give any property of a record."""
        return self.computed.value(kind, record, name)

    def history(self, kind: ObjectType, record: Record, name: str) -> tuple[Version, ...]:
        """Give the values a property has and had, oldest first."""
        return self.computed.history(kind, record, name)

    def is_live(self, ref: RecordRef) -> bool:
        """Tell whether a record is there and not archived."""
        table = self.tables.get(ref[0])
        return table is not None and ref[1] in table.live

    # Objects and properties

    def open(self, kind: ObjectType, *, label: str) -> None:
        """Start to keep records of an object."""
        self.schemas[kind.name] = ObjectSchema(kind, label=label, now=self.now())
        self.tables[kind.name] = Table(kind)
        self._searchers[kind.name] = self._new_searcher(kind)
        if kind.pipeline:
            self._follow_stages(kind)

    def refresh(self, kind: ObjectType) -> None:
        """Take over what changed about a custom object."""
        self.schemas[kind.name].kind = kind
        self._searchers[kind.name] = self._new_searcher(kind)

    def close(self, kind: ObjectType) -> None:
        """Forget an object that has no records left."""
        self.pipelines.drop(kind)
        self.associations.types.forget_object(kind.name)
        for kept in (self.schemas, self.tables, self._searchers):
            kept.pop(kind.name, None)

    def create_property(self, kind: ObjectType, wire: Mapping[str, Json]) -> PropertyDefinition:
        """Add a property, or bring an archived one back with the values it had."""
        with self.lock:
            definition = self.schema(kind).create(wire, now=self.now())
            if definition.unique:
                self.table(kind).index_unique(definition.name)
            self.table(kind).index.touch()
            return definition

    def archive_property(self, kind: ObjectType, name: str) -> None:
        """Take a property out of use, unless a custom object is shown by it."""
        with self.lock:
            if kind.custom and name in {kind.display, *kind.required}:
                raise invalid(
                    f"Property {name} is used by the object type and cannot be deleted",
                    sub_category="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
                )
            self.schema(kind).archive(name, now=self.now())
            self.table(kind).index.touch()

    # Inside

    def _new_searcher(self, kind: ObjectType) -> Searcher:
        return Searcher(
            kind=kind,
            index=self.tables[kind.name].index,
            schema=self.schemas[kind.name],
            value=self.value,
            associations=self.associations,
            types=self.types,
        )

    def _in_stages(self, kind: ObjectType, stage_ids: Sequence[str]) -> list[int]:
        name, wanted = self.kind(kind.type_id).stage, set(stage_ids)
        live = self.table(kind).live
        return [one for one, record in live.items() if record.properties.get(name) in wanted]

    def _follow_stages(self, kind: ObjectType) -> None:
        """Let the properties for pipeline and stage offer what there is."""
        kind, book = self._staged(self.kind(kind.type_id)), self.pipelines.book(kind)
        self.schema(kind).follow_stages(
            [(one.id, one.label) for one in book],
            [(stage.id, f"{stage.label} ({one.label})") for one, stage in book.stages()],
            now=self.now(),
        )
        self.table(kind).index.touch()

    def _staged(self, kind: ObjectType) -> ObjectType:
        """Give a custom object the properties it gets with its first pipeline."""
        if kind.pipeline:
            return kind
        staged = replace(kind, pipeline="hs_pipeline", stage="hs_pipeline_stage")
        self.types.set_kind(staged)
        self.refresh(staged)
        self.schema(staged).add_standard(STAGED_OBJECT_PROPERTIES, now=self.now())
        return staged
