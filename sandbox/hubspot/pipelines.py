"""The pipelines of each object, and what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sandbox.hubspot.errors import ApiError, invalid, not_found
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.stages import (
    Stage,
    check_stages,
    in_use,
    place_stage,
    read_metadata,
    read_order,
    text_of,
)
from sandbox.hubspot.stamps import iso
from sandbox.hubspot.standard_pipelines import STANDARD_PIPELINES, StageRow
from sandbox.jsontypes import Json, JsonObject

__all__ = ["Pipeline", "PipelineBook", "Pipelines"]

_LONGEST_ID = 36
_FIRST_ID = 700_000_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One pipeline with its stages in their order."""

    id: str
    label: str
    order: int
    stages: tuple[Stage, ...]
    created: int
    updated: int

    def to_wire(self) -> JsonObject:
        """Give the pipeline as the API does."""
        return {
            "label": self.label,
            "displayOrder": self.order,
            "id": self.id,
            "stages": [stage.to_wire() for stage in self.stages],
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "archived": False,
        }

    def stage(self, stage_id: str) -> Stage:
        """Give a stage, or the API's own not-found answer."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise not_found(f"Stage {stage_id} does not exist in pipeline {self.id}")


UsedBy: TypeAlias = Callable[[ObjectType, Sequence[str]], list[int]]
Changed: TypeAlias = Callable[[ObjectType], None]


class Pipelines:
    """The books of all objects."""

    def __init__(self, *, used_by: UsedBy, changed: Changed) -> None:
        self._used_by = used_by
        self._changed = changed
        self._books: dict[str, PipelineBook] = {}
        self._next_id = _FIRST_ID

    def book(self, kind: ObjectType) -> PipelineBook:
        """Give the pipelines of an object; those that can have none are refused."""
        found = self.find(kind)
        if found is None:
            raise invalid(f"Object type {kind.type_id} does not have pipelines")
        return found

    def find(self, kind: ObjectType) -> PipelineBook | None:
        """Find the pipelines of an object that can have some."""
        if kind.name not in self._books and (kind.custom or kind.name in STANDARD_PIPELINES):
            self._books[kind.name] = PipelineBook(self, kind)
        return self._books.get(kind.name)

    def drop(self, kind: ObjectType) -> None:
        """Forget the pipelines of an object that is gone."""
        self._books.pop(kind.name, None)

    def new_id(self) -> str:
        """Give an id for a pipeline or stage nobody named."""
        self._next_id += 1
        return str(self._next_id - 1)

    def used_by(self, kind: ObjectType, stage_ids: Sequence[str]) -> list[int]:
        """Give the records that stand in one of the stages."""
        return self._used_by(kind, stage_ids)

    def changed(self, kind: ObjectType) -> None:
        """Tell that an object's pipelines are not what they were."""
        self._changed(kind)


class PipelineBook:
    """The pipelines of one object."""

    def __init__(self, home: Pipelines, kind: ObjectType) -> None:
        self.kind = kind
        self._home = home
        stock = STANDARD_PIPELINES.get(kind.name)
        self._stock = {} if stock is None else {stock[0]: _stock_pipeline(*stock)}
        self._pipelines: dict[str, Pipeline] = dict(self._stock)
        self._by_stage = dict(self._index())
        self._audits: dict[str, list[JsonObject]] = {}

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(self._pipelines.values())

    def stages(self) -> Iterator[tuple[Pipeline, Stage]]:
        """Give every stage with its pipeline."""
        for pipeline in self:
            for stage in pipeline.stages:
                yield pipeline, stage

    def find(self, pipeline_id: str) -> Pipeline | None:
        """Find a pipeline by id."""
        return self._pipelines.get(pipeline_id)

    def first(self) -> Pipeline | None:
        """Give the pipeline records are in unless they say otherwise."""
        return min(self, key=lambda one: one.order, default=None)

    def find_stage(self, stage_id: str) -> tuple[Pipeline, Stage] | None:
        """Find a stage and its pipeline by the stage's id."""
        return self._by_stage.get(stage_id)

    def get(self, pipeline_id: str) -> Pipeline:
        """Give a pipeline, or the API's own not-found answer."""
        found = self.find(pipeline_id)
        if found is None:
            raise not_found(f"Pipeline {pipeline_id} does not exist")
        return found

    def altered(self) -> list[Pipeline]:
        """Give the pipelines that are not as every portal starts with."""
        return [one for one in self if self._stock.get(one.id) != one]

    def lost_stock(self) -> list[str]:
        """Give the ids of pipelines every portal starts with that were deleted."""
        return [one for one in self._stock if one not in self._pipelines]

    # Pipelines

    def create(self, wire: Mapping[str, Json], *, now: int) -> Pipeline:
        """Add a pipeline with its stages."""
        pipeline_id = self._new_pipeline_id(wire)
        label = text_of(wire, "label")
        self._refuse_label(label, besides=pipeline_id)
        stages = self._read_stages(wire, old=None, now=now)
        pipeline = Pipeline(
            id=pipeline_id,
            label=label,
            order=read_order(wire.get("displayOrder"), default=len(self._pipelines)),
            stages=stages,
            created=now,
            updated=now,
        )
        return self._store(pipeline, action="CREATE", now=now)

    def replace(
        self, pipeline_id: str, wire: Mapping[str, Json], *, check_use: bool, now: int
    ) -> Pipeline:
        """Put another pipeline in one's place; stages that are not named are gone."""
        old = self.get(pipeline_id)
        label = text_of(wire, "label")
        self._refuse_label(label, besides=pipeline_id)
        stages = self._read_stages(wire, old=old, now=now)
        kept = {stage.id for stage in stages}
        self._refuse_use([one.id for one in old.stages if one.id not in kept], check_use=check_use)
        order = read_order(wire.get("displayOrder"), default=old.order)
        fresh = replace(old, label=label, order=order, stages=stages, updated=now)
        return self._store(fresh, action="UPDATE", now=now)

    def update(self, pipeline_id: str, wire: Mapping[str, Json], *, now: int) -> Pipeline:
        """Change a pipeline's label or place; its stages count as changed too."""
        old = self.get(pipeline_id)
        label = text_of(wire, "label") if "label" in wire else old.label
        self._refuse_label(label, besides=pipeline_id)
        fresh = replace(
            old,
            label=label,
            order=read_order(wire.get("displayOrder"), default=old.order),
            stages=tuple(replace(stage, updated=now) for stage in old.stages),
            updated=now,
        )
        return self._store(fresh, action="UPDATE", now=now)

    def delete(self, pipeline_id: str, *, check_use: bool, now: int) -> None:
        """Delete a pipeline for good."""
        old = self.get(pipeline_id)
        self._refuse_use([stage.id for stage in old.stages], check_use=check_use)
        del self._pipelines[pipeline_id]
        self._note(pipeline_id, "DELETE", old.to_wire(), now)
        self._changed()

    # Stages

    def create_stage(self, pipeline_id: str, wire: Mapping[str, Json], *, now: int) -> Stage:
        """Add a stage to a pipeline."""
        pipeline = self.get(pipeline_id)
        stage_id = _stage_id(wire) or self._home.new_id()
        if self.find_stage(stage_id) is not None:
            raise ApiError(400, {"message": f"A pipeline is already using stage id {stage_id}"})
        order = read_order(wire.get("displayOrder"), default=len(pipeline.stages))
        stage = self._read_stage(wire, stage_id=stage_id, order=order, old=None, now=now)
        self._set_stage(pipeline, stage, action="CREATE", now=now)
        return self.get(pipeline_id).stage(stage_id)

    def change_stage(
        self, pipeline_id: str, stage_id: str, wire: Mapping[str, Json], *, whole: bool, now: int
    ) -> Stage:
        """Change a stage; `whole` wants its label too, as a replacement does."""
        pipeline = self.get(pipeline_id)
        old = pipeline.stage(stage_id)
        sent = wire if whole else {"label": old.label, **wire}
        order = read_order(wire.get("displayOrder"), default=old.order)
        stage = self._read_stage(sent, stage_id=stage_id, order=order, old=old, now=now)
        self._set_stage(pipeline, stage, action="UPDATE", now=now)
        return self.get(pipeline_id).stage(stage_id)

    def delete_stage(self, pipeline_id: str, stage_id: str, *, check_use: bool, now: int) -> None:
        """Delete a stage for good; one that is not there is passed over."""
        pipeline = self.find(pipeline_id)
        if pipeline is None or all(stage.id != stage_id for stage in pipeline.stages):
            return
        left = tuple(stage for stage in pipeline.stages if stage.id != stage_id)
        check_stages(self.kind.name, left)
        self._refuse_use([stage_id], check_use=check_use)
        self._note(stage_id, "DELETE", pipeline.stage(stage_id).to_wire(), now)
        self._store(replace(pipeline, stages=left, updated=now), action="UPDATE", now=now)

    # What was done

    def audit(self, identifier: str) -> list[JsonObject]:
        """Give what was done to a pipeline or stage, the latest first."""
        return self._audits.get(identifier, [])[::-1]

    def load(self, wire: Mapping[str, Json], *, now: int) -> Pipeline:
        """Add or replace a pipeline as a seed does."""
        self._pipelines.pop(str(wire.get("pipelineId") or wire.get("id") or ""), None)
        self._by_stage = dict(self._index())
        pipeline = self.create(wire, now=now)
        self._audits.clear()
        return pipeline

    def forget(self, pipeline_id: str) -> None:
        """Take away a pipeline every portal starts with, as a seed does."""
        self._pipelines.pop(pipeline_id, None)
        self._changed()

    # Inside

    def _index(self) -> Iterator[tuple[str, tuple[Pipeline, Stage]]]:
        return ((stage.id, (pipeline, stage)) for pipeline, stage in self.stages())

    def _changed(self) -> None:
        self._by_stage = dict(self._index())
        self._home.changed(self.kind)

    def _store(self, pipeline: Pipeline, *, action: str, now: int) -> Pipeline:
        self._pipelines[pipeline.id] = pipeline
        self._note(pipeline.id, action, pipeline.to_wire(), now)
        self._changed()
        return pipeline

    def _set_stage(self, pipeline: Pipeline, stage: Stage, *, action: str, now: int) -> None:
        others = [one for one in pipeline.stages if one.id != stage.id]
        stages = place_stage(others, stage)
        check_stages(self.kind.name, stages)
        self._note(stage.id, action, stage.to_wire(), now)
        self._store(replace(pipeline, stages=stages, updated=now), action="UPDATE", now=now)

    def _read_stages(
        self, wire: Mapping[str, Json], *, old: Pipeline | None, now: int
    ) -> tuple[Stage, ...]:
        listed = wire.get("stages")
        rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        known = {} if old is None else {stage.id: stage for stage in old.stages}
        ids = [_stage_id(row) or self._home.new_id() for row in rows]
        self._refuse_foreign(ids, old)
        stages: tuple[Stage, ...] = ()
        for place, (stage_id, row) in enumerate(zip(ids, rows, strict=True)):
            order = read_order(row.get("displayOrder"), default=place)
            before = known.get(stage_id)
            stage = self._read_stage(row, stage_id=stage_id, order=order, old=before, now=now)
            stages = place_stage(stages, stage)
        check_stages(self.kind.name, stages)
        return stages

    def _read_stage(
        self, wire: Mapping[str, Json], *, stage_id: str, order: int, old: Stage | None, now: int
    ) -> Stage:
        return Stage(
            id=stage_id,
            label=text_of(wire, "label"),
            order=order,
            metadata=read_metadata(
                self.kind.name, wire.get("metadata"), old=None if old is None else old.metadata
            ),
            created=now if old is None else old.created,
            updated=now,
        )

    def _new_pipeline_id(self, wire: Mapping[str, Json]) -> str:
        told = wire.get("pipelineId") or wire.get("id")
        if told is None:
            return self._home.new_id()
        pipeline_id = str(told)
        if len(pipeline_id) > _LONGEST_ID:
            raise ApiError(500, {"message": "internal error"})
        if pipeline_id in self._pipelines:
            raise invalid(f"There's another pipeline with pipelineId {pipeline_id}")
        return pipeline_id

    def _refuse_label(self, label: str, *, besides: str) -> None:
        for one in self:
            if one.id != besides and one.label.lower() == label.lower():
                raise invalid(f"An active pipeline with label {label} already exists")

    def _refuse_foreign(self, ids: Iterable[str], old: Pipeline | None) -> None:
        """Refuse stage ids that another pipeline of this object has."""
        own = "" if old is None else old.id
        taken = [one for one in ids if one in self._by_stage and self._by_stage[one][0].id != own]
        if taken:
            raise ApiError(
                409,
                {
                    "message": f"Stage IDs {', '.join(taken)} exist in another pipeline",
                    "category": "CONFLICT",
                    "subCategory": "PipelineError.STAGE_ID_EXISTS_IN_ANOTHER_PIPELINE",
                    "context": {"stageIds": list(taken)},
                },
            )

    def _refuse_use(self, stage_ids: list[str], *, check_use: bool) -> None:
        if not check_use or not stage_ids:
            return
        users = self._home.used_by(self.kind, stage_ids)
        if users:
            raise in_use(stage_ids, users)

    def _note(self, identifier: str, action: str, wire: JsonObject, now: int) -> None:
        entry: JsonObject = {
            "identifier": identifier,
            "rawObject": wire,
            "action": action,
            "timestamp": iso(now),
        }
        self._audits.setdefault(identifier, []).append(entry)


def _stage_id(wire: Mapping[str, Json]) -> str:
    told = wire.get("stageId") or wire.get("id")
    return "" if told is None else str(told)


def _stock_pipeline(pipeline_id: str, label: str, rows: tuple[StageRow, ...]) -> Pipeline:
    return Pipeline(
        id=pipeline_id,
        label=label,
        order=0,
        stages=tuple(_stock_stage(order, row) for order, row in enumerate(rows)),
        created=0,
        updated=0,
    )


def _stock_stage(order: int, row: StageRow) -> Stage:
    stage_id, label, fact = row
    ticket = fact in ("OPEN", "CLOSED")
    metadata = (
        read_metadata("tickets", {"ticketState": fact})
        if ticket
        else read_metadata("deals", {"probability": fact})
    )
    return Stage(id=stage_id, label=label, order=order, metadata=metadata, created=0, updated=0)
