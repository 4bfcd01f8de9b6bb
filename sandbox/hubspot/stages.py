"""Stages of a pipeline: what they hold, and the rules for it by object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sandbox.hubspot.errors import ApiError, invalid
from sandbox.hubspot.stamps import iso
from sandbox.jsontypes import Json, JsonObject

__all__ = [
    "Stage",
    "check_stages",
    "in_use",
    "place_stage",
    "read_metadata",
    "read_order",
    "text_of",
]

_LONGEST_ID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: its id is unique among all stages of its object."""

    id: str
    label: str
    order: int
    created: int
    updated: int
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def probability(self) -> str:
        """Give a deal stage's probability as text, or nothing."""
        return self.metadata.get("probability", "")

    @property
    def closed(self) -> bool:
        """Tell whether a record in it is done with."""
        state = self.metadata.get("ticketState", self.metadata.get("state"))
        return self.metadata.get("isClosed") == "true" or state == "CLOSED"

    @property
    def won(self) -> bool:
        """Tell whether a deal in it is won."""
        return self.closed and self.probability == "1.0"

    def to_wire(self) -> JsonObject:
        """Give the stage as the API does."""
        return {
            "label": self.label,
            "displayOrder": self.order,
            "metadata": dict(self.metadata),
            "id": self.id,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "archived": False,
        }


def read_metadata(
    object_name: str, wire: Json, *, old: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Read a stage's metadata; keys not sent keep what they had, unknown ones are dropped."""
    sent = wire if isinstance(wire, dict) else {}
    if object_name == "deals":
        return _deal_metadata(sent, old)
    key = "ticketState" if object_name == "tickets" else "state"
    state = sent.get(key, (old or {}).get(key, "OPEN"))
    if state not in ("OPEN", "CLOSED"):
        raise invalid(
            f"{key} is OPEN or CLOSED, not {state}",
            sub_category="PipelineError.INVALID_PIPELINE_STAGE_METADATA",
        )
    closed = {"isClosed": "true" if state == "CLOSED" else "false"}
    return {key: str(state), **(closed if object_name == "tickets" else {})}


def _deal_metadata(sent: JsonObject, old: Mapping[str, str] | None) -> dict[str, str]:
    told = sent.get("probability", (old or {}).get("probability"))
    if told is None or isinstance(told, (bool, dict, list)):
        raise invalid("must specify probability when writing a dealstage")
    try:
        probability = float(told)
    except (ValueError, OverflowError) as exc:
        raise invalid(f"probability is a number between 0 and 1, not {told}") from exc
    if not 0 <= probability <= 1:
        raise invalid(f"probability is a number between 0 and 1, not {told}")
    # What is sent as isClosed does not count.
    closed = "true" if probability in (0.0, 1.0) else "false"
    return {"isClosed": closed, "probability": str(probability)}


def read_order(wire: Json, *, default: int) -> int:
    """Read a display order."""
    if wire is None:
        return default
    if isinstance(wire, bool) or not isinstance(wire, int) or wire < 0:
        raise invalid(f"displayOrder is a whole number from 0 on, not {wire}")
    return wire


def text_of(wire: Mapping[str, Json], key: str, *, most: int = 250) -> str:
    """Read a text that must be there."""
    value = wire.get(key)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{key} is required", context={"properties": [key]})
    if len(value) > most:
        raise invalid(f"{key} has at most {most} characters")
    return value


def check_stages(object_name: str, stages: Sequence[Stage]) -> None:
    """Refuse stages a pipeline cannot have: none, two of one label, or no end for tickets."""
    if not stages:
        raise invalid("Pipeline must have at least one stage")
    labels = [stage.label.strip().lower() for stage in stages]
    twice = sorted({one for one in labels if labels.count(one) > 1})
    if twice:
        raise invalid(
            f"Stage labels must be unique within a pipeline: {', '.join(twice)}",
            sub_category="PipelineError.STAGE_LABEL_EXISTS",
        )
    ids = [stage.id for stage in stages]
    if len(set(ids)) != len(ids) or any(len(one) > _LONGEST_ID for one in ids):
        raise invalid("Every stage has an id of its own")
    if object_name == "tickets" and not any(stage.closed for stage in stages):
        raise invalid(
            "A ticket pipeline must have a closed stage",
            sub_category="PipelineError.MISSING_CLOSED_STAGE",
        )


def place_stage(others: Iterable[Stage], stage: Stage) -> tuple[Stage, ...]:
    """Put a stage among the others; on a taken place it comes after, and all are renumbered."""
    there = sorted(others, key=lambda one: one.order)
    if all(one.order != stage.order for one in there):
        return tuple(sorted((*there, stage), key=lambda one: one.order))
    before = [one for one in there if one.order <= stage.order]
    after = [one for one in there if one.order > stage.order]
    return tuple(replace(one, order=order) for order, one in enumerate((*before, stage, *after)))


def in_use(stage_ids: Sequence[str], object_ids: Sequence[int]) -> ApiError:
    """Refuse to take away stages that records stand in; the lists come as text."""
    stages, objects = (f"[{', '.join(map(str, ids))}]" for ids in (stage_ids, object_ids))
    return invalid(
        f"Stage IDs: {stages} are being referenced by object IDs: {objects}",
        context={"stageIds": [stages], "objectIds": [objects]},
        sub_category="PipelineError.STAGE_ID_IN_USE",
    )
