"""What follows from the stage a record is in and was in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.record import Record, Source, Version
from sandbox.hubspot.stage_dates import StageDate
from sandbox.hubspot.stages import Stage
from sandbox.hubspot.stamps import from_iso, iso

__all__ = ["CALCULATED", "STAGE_FACTS", "StageFacts"]

CALCULATED = Source("CALCULATED", "")
_DAY = 86_400_000

_FROM_STAGE = ("hs_deal_stage_probability", "hs_is_closed", "hs_is_closed_lost", "hs_is_closed_won")

STAGE_FACTS: dict[str, frozenset[str]] = {
    "deals": frozenset(
        {
            *_FROM_STAGE,
            "amount_in_home_currency",
            "days_to_close",
            "hs_closed_amount",
            "hs_forecast_amount",
            "hs_projected_amount",
            "hs_v2_date_entered_current_stage",
        }
    ),
    "tickets": frozenset({"hs_is_closed", "hs_v2_date_entered_current_stage"}),
    "line_items": frozenset({"amount"}),
}
_OF_OTHERS = frozenset({"hs_v2_date_entered_current_stage"})


class StageFacts:
    """Reads the properties that follow from stages and amounts."""

    def __init__(self, pipelines: Pipelines) -> None:
        self._pipelines = pipelines

    def knows(self, kind: ObjectType, name: str) -> bool:
        """Tell whether this property of this object is calculated here."""
        return name in STAGE_FACTS.get(kind.name, _OF_OTHERS)

    def value(self, kind: ObjectType, record: Record, name: str) -> str | None:
        """Give the value of such a property."""
        if name == "hs_v2_date_entered_current_stage":
            entered = list(_stays(record, kind.stage))
            return iso(entered[-1].stamp) if entered and entered[-1].value else None
        if name in _FROM_STAGE:
            stage_id = record.properties.get(kind.stage, "")
            return self._of_stage(kind, stage_id, name)
        if kind.name == "line_items":
            return _line_amount(record)
        return self._of_amount(kind, record, name)

    def date(self, kind: ObjectType, record: Record, date: StageDate) -> str | None:
        """Give when a record last entered or left a stage."""
        # Records were never in most stages: these are told apart without a look at the history.
        if kind.stage not in record.history:
            is_there = record.properties.get(kind.stage) == date.stage
            return iso(record.created) if is_there and date.entered else None
        stays = list(_stays(record, kind.stage))
        for place in range(len(stays) - 1, -1, -1):
            if stays[place].value != date.stage:
                continue
            if date.entered:
                return iso(stays[place].stamp)
            return iso(stays[place + 1].stamp) if place + 1 < len(stays) else None
        return None

    def history(self, kind: ObjectType, record: Record, name: str) -> tuple[Version, ...] | None:
        """Give the values such a property had, oldest first, where they follow from stages."""
        if name not in _FROM_STAGE or not self.knows(kind, name):
            return None
        versions: list[Version] = []
        for stay in _stays(record, kind.stage):
            value = self._of_stage(kind, stay.value, name)
            if value is not None and (not versions or versions[-1].value != value):
                versions.append(Version(value, stay.stamp, CALCULATED))
        return tuple(versions)

    def stage(self, kind: ObjectType, stage_id: str) -> Stage | None:
        """Find a stage of an object."""
        book = self._pipelines.find(kind)
        found = None if book is None or not stage_id else book.find_stage(stage_id)
        return None if found is None else found[1]

    def _of_stage(self, kind: ObjectType, stage_id: str, name: str) -> str | None:
        stage = self.stage(kind, stage_id)
        match name:
            case "hs_is_closed":
                closed = stage is not None and stage.closed
                return None if stage is None and kind.name == "deals" else _yes_no(closed)
            case "hs_is_closed_won":
                return _yes_no(stage is not None and stage.won)
            case "hs_is_closed_lost":
                return _yes_no(stage is not None and stage.closed and not stage.won)
        # The API writes the exact value of the binary fraction, fifty digits and all.
        return None if stage is None else str(Decimal(float(stage.probability or 0)))

    def _of_amount(self, kind: ObjectType, record: Record, name: str) -> str | None:
        stage = self.stage(kind, record.properties.get(kind.stage, ""))
        text = record.properties.get("amount", "")
        won = stage is not None and stage.won
        match name:
            case "days_to_close":
                return _days_to_close(record)
            case "amount_in_home_currency" | "hs_forecast_amount":
                return text or None
            case "hs_closed_amount":
                return (text or "0") if won else "0"
            case "hs_projected_amount":
                share = Decimal("0" if stage is None else stage.probability or "0")
                return _plain(_number(text) * share)
        return None


def _stays(record: Record, stage_property: str) -> Iterator[Version]:
    """Give the stages a record was in, oldest first, without repeats."""
    last: str | None = None
    for version in record.versions(stage_property):
        if version.value != last:
            yield version
        last = version.value


def _line_amount(record: Record) -> str | None:
    values = record.properties
    if not values.get("price"):
        return None
    unit = _number(values["price"]) - _number(values.get("discount", ""))
    return _plain(unit * _number(values.get("quantity", "1")))


def _days_to_close(record: Record) -> str:
    closed = record.properties.get("closedate")
    if not closed:
        return "0"
    return str(max(0, (from_iso(closed) - record.created) // _DAY))


def _number(text: str) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _yes_no(fact: object) -> str:
    return "true" if fact else "false"
