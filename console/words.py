"""What machines and people read of a run: names of sides, shapes of JSON, reasons in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sync.domain.errors import (
    ConnectorError,
    CredentialError,
    CrmSyncError,
    DailyQuotaError,
    GuardExceededError,
    RunLockedError,
    RunTerminatedError,
    SafetyStopError,
)
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Item, operations
from sync.domain.record import RecordRef, Side
from sync.domain.routing import ROUTED

if TYPE_CHECKING:
    from sync.domain.ports import Crm
    from sync.engine.kept import Moved
    from sync.engine.run import Outcome

__all__ = [
    "SIDES",
    "TITLES",
    "calls_json",
    "moved_json",
    "operations_json",
    "outcome_json",
    "plan_of",
    "reason_text",
    "record_json",
    "refs_json",
    "stop_word",
    "target_text",
    "why_text",
    "without_values",
]

#: The sides as files and machines name them, and as people do.
SIDES = {Side.LEFT: "hubspot", Side.RIGHT: "salesforce"}
TITLES = {Side.LEFT: "HubSpot", Side.RIGHT: "Salesforce"}


def record_json(left: RecordRef | None, right: RecordRef | None) -> dict[str, str | None]:
    """Give a record by the ids it has on both sides."""
    return {
        "hubspot": left.id if left else None,
        "salesforce": right.id if right else None,
    }


def refs_json(records: Sequence[tuple[Side, RecordRef]]) -> list[dict[str, str | None]]:
    """Give records of both sides, each by the id it has."""
    return [
        record_json(ref if side is Side.LEFT else None, ref if side is Side.RIGHT else None)
        for side, ref in records
    ]


#: A value within a reason, as `repr` writes it; not the apostrophes of words.
_QUOTED = re.compile(r"""(?<!\w)(['"])(?:\\.|(?!\1).)*\1(?!\w)""", re.DOTALL)


def without_values(reason: str) -> str:
    """Give a reason without the values of records in it, for what is not asked to show any."""
    return _QUOTED.sub("a value", reason)


def reason_text(name: str, target: Side | None) -> str:
    """Give a reason in words, with the names of the CRMs in it."""
    return target_text(Reason[name].value if name in Reason.__members__ else name, target)


def target_text(text: str, target: Side | None) -> str:
    """Give a text with the names of the CRMs in it; `target` is where something was done."""
    if target is None:
        return text
    return text.format(origin=TITLES[target.other], target=TITLES[target])


def operations_json(item: Item) -> list[dict[str, Any]]:
    """Give an item of a plan as the operations of `plan --json`."""
    return [
        {
            "pair": item.pair,
            "side": SIDES[side] if side is not None else None,
            "kind": kind.value,
            "record": record_json(item.left, item.right),
            "fields": [_field_json(item, write) for write in writes]
            + [
                {"name": name, "old": None, "new": id, "reason": "keeps the other CRM's id"}
                for name, id in (item.keys.get(side, {}) if side is not None else {}).items()
            ],
        }
        for kind, side, writes in operations(item)
    ]


def why_text(write: FieldWrite, item: Item | None = None) -> str:
    """Say why a field is written: by which changed line of the mapping, or rule of routing."""
    if write.name == ROUTED and item is not None and item.funnel is not None and item.funnel.rule:
        return f"routing, {item.funnel.rule}"
    text = reason_text(write.reason.name, write.side)
    return f"backfill ({write.cause}): {text}" if write.cause else text


def _field_json(item: Item, write: FieldWrite) -> dict[str, Any]:
    return {
        "name": write.name,
        "old": write.old,
        "new": write.new,
        "reason": why_text(write, item),
    }


def outcome_json(
    outcome: Outcome, pairs: Sequence[str], crms: Mapping[Side, Crm]
) -> dict[str, Any]:
    """Give what a run did: counts for each pair and side, calls, what was left out."""
    return {
        "pairs": {
            pair: {SIDES[side]: counts for side, counts in outcome.tally.of_pair(pair).items()}
            for pair in pairs
        },
        "calls": calls_json(crms),
        "moved": [moved_json(moved) for moved in outcome.moved],
    }


def calls_json(crms: Mapping[Side, Crm]) -> dict[str, int]:
    """Give the calls made to each side."""
    return {SIDES[side]: crm.usage().calls for side, crm in crms.items()}


def moved_json(moved: Moved) -> dict[str, Any]:
    """Give one intention that was left out, by record."""
    fields = ", ".join(write.name for write in moved.item.writes)
    return {
        "pair": moved.item.pair,
        "record": record_json(moved.item.left, moved.item.right),
        "field": fields or None,
        "reason": moved.reason,
    }


def stop_word(error: CrmSyncError) -> str:
    """Give the stable word for what stopped a run."""
    match error:
        case SafetyStopError():
            return error.reason
        case RunLockedError():
            return "locked"
        case RunTerminatedError():
            return "terminated"
        case DailyQuotaError():
            return "quota"
        case CredentialError():
            return "credentials"
        case ConnectorError() if error.exit_code == ConnectorError.exit_code:
            return "unavailable"
        case ConnectorError():
            return "refused"
        case _:
            return "configuration" if error.exit_code == 2 else "error"


def plan_of(error: CrmSyncError) -> str | None:
    """Give the plan a stopped run kept."""
    return error.plan if isinstance(error, GuardExceededError) else None
