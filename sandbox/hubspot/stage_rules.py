"""The rules for a record's pipeline and stage."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.hubspot.errors import ApiError, PropertyProblem, properties_invalid
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.pipelines import Pipeline, PipelineBook
from sandbox.hubspot.record import Record
from sandbox.hubspot.schema import ObjectSchema
from sandbox.hubspot.stages import Stage
from sandbox.hubspot.stamps import iso
from sandbox.hubspot.switches import StageElsewhere, Switches

__all__ = ["is_backward", "settle_stage"]

_CLOSE_DATE = {"deals": "closedate", "tickets": "closed_date"}


def settle_stage(
    kind: ObjectType,
    book: PipelineBook | None,
    changes: dict[str, str],
    record: Record | None,
    *,
    switches: Switches,
    portal_id: int,
    now: int,
) -> None:
    """Make pipeline and stage of a write agree, or raise the API's refusal of them."""
    if book is None or not {kind.pipeline, kind.stage} & set(changes):
        return
    before = {} if record is None else record.properties
    after = {**before, **changes}
    pipeline_id, stage_id = after.get(kind.pipeline, ""), after.get(kind.stage, "")
    found = book.find_stage(stage_id) if stage_id else None
    if found is None:
        return
    home, stage = found
    if home.id != pipeline_id:
        named = bool(changes.get(kind.pipeline))
        if named or kind.stage not in changes:
            raise _not_allowed(kind, stage_id, book.get(pipeline_id).stages, portal_id)
        _follow(kind, book, changes, home, pipeline_id, switches=switches, portal_id=portal_id)
    if stage.closed and switches.close_date_is_set:
        _close(kind, changes, after, now)


def is_backward(schema: ObjectSchema, old: str, new: str) -> bool:
    """Tell whether a lifecycle stage stands before another."""
    definition = schema.find("lifecyclestage")
    if definition is None:
        return False
    order = {option.value: option.order for option in definition.options}
    return order.get(new, 0) < order.get(old, 0)


def _follow(
    kind: ObjectType,
    book: PipelineBook,
    changes: dict[str, str],
    home: Pipeline,
    pipeline_id: str,
    *,
    switches: Switches,
    portal_id: int,
) -> None:
    """Put a record whose write names only a stage into a pipeline."""
    first = book.first()
    assumed = book.find(pipeline_id) or first
    if home == assumed or switches.stage_elsewhere is StageElsewhere.MOVE:
        changes[kind.pipeline] = home.id
        return
    stages = assumed.stages if assumed is not None else ()
    raise _not_allowed(kind, changes[kind.stage], stages, portal_id)


def _close(kind: ObjectType, changes: dict[str, str], after: dict[str, str], now: int) -> None:
    name = _CLOSE_DATE.get(kind.name)
    if name and kind.stage in changes and not after.get(name):
        changes[name] = iso(now)


def _not_allowed(
    kind: ObjectType, stage_id: str, stages: Sequence[Stage], portal_id: int
) -> ApiError:
    listed = ", ".join(stage.id for stage in stages)
    told = f"{stage_id} was not one of the allowed options: [{listed}]"
    problem = PropertyProblem(kind.stage, "INVALID_OPTION", told)
    return properties_invalid([problem], portal_id=portal_id)
