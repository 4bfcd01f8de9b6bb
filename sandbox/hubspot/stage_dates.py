"""The properties that tell when a record entered and left each stage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.standard_properties import PropertyRow

__all__ = ["StageDate", "stage_dates"]

_FORMS = (
    ("hs_date_entered_{}", "Date entered", True),
    ("hs_date_exited_{}", "Date exited", False),
    ("hs_v2_date_entered_{}", "Date entered", True),
    ("hs_v2_date_exited_{}", "Date exited", False),
)
_LIFECYCLE_FORMS = (
    ("hs_v2_date_entered_{}", "Date entered", True),
    ("hs_v2_date_exited_{}", "Date exited", False),
    ("hs_lifecyclestage_{}_date", "Became a", True),
)


@dataclass(frozen=True, slots=True)
class StageDate:
    """What such a property tells: when this stage was entered, or left."""

    stage: str
    entered: bool


def stage_dates(
    kind: ObjectType, stages: Iterable[tuple[str, str]]
) -> Iterator[tuple[PropertyRow, StageDate]]:
    """Give the properties for all stages (id, label) of an object."""
    forms = _LIFECYCLE_FORMS if kind.has_lifecycle else _FORMS
    for stage, label in stages:
        for form, words, entered in forms:
            name = form.format(re.sub(r"[^a-z0-9_]", "_", stage.lower()))
            row = (name, f'{words} "{label}"', "datetime", "date", "rc")
            yield row, StageDate(stage, entered)
