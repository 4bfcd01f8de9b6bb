"""What a plan costs: the calls on both sides, and their share of the day's quota."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from console.words import SIDES, TITLES
from sync.domain.record import Side

if TYPE_CHECKING:
    from console.wiring import Workshop
    from sync.domain.ports import Crm
    from sync.domain.store import Plan

__all__ = ["Cost", "calls_of", "cost_of", "cost_text", "usage_json", "writing_calls"]

#: How many records of one batch each side takes; what a plan costs is counted by it.
_BATCH = {Side.LEFT: 100, Side.RIGHT: 200}

#: HubSpot takes fewer campaigns at once. What they cost is written one by one, and read before.
_CAMPAIGNS = (Side.LEFT, "campaigns")
_CAMPAIGNS_BATCH = 50
_CALLS_A_COST = 2

#: The rows of HubSpot's lists go by two objects' names, and one call takes many of them.
_ROWS = "/"
_ROWS_BATCH = 1_000

#: How far back the run that made a plan is looked for.
_RUNS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The calls a plan costs one side, as far as they are known.

    `reads` is what making the plan took: applying it reads again. `quota` and `left` are the
    day's calls as the CRM last stated them, `leave` the share kept for others.
    """

    writes: int
    reads: int | None = None
    quota: int | None = None
    left: int | None = None
    leave: Decimal = Decimal(0)

    @property
    def calls(self) -> int:
        """Give all calls that are known of."""
        return self.writes + (self.reads or 0)

    @property
    def share(self) -> float | None:
        """Give the share of the day's quota, from 0; None where the CRM states no quota."""
        return self.calls / self.quota if self.quota else None

    @property
    def too_much(self) -> bool:
        """Tell whether today's calls, less those kept for others, end before the plan does."""
        if self.left is None or self.quota is None:
            return False
        return self.calls > self.left - int(self.quota * self.leave)


def usage_json(crms: Mapping[Side, Crm]) -> dict[str, dict[str, int | None]]:
    """Give the day's quota of both sides as last stated, to be kept with a run."""
    return {
        SIDES[side]: {"quota": crm.usage().quota, "left": crm.usage().left}
        for side, crm in crms.items()
    }


def cost_of(workshop: Workshop, plan: Plan) -> dict[Side, Cost]:
    """Give what a plan costs on each side, by what the run that made it learned."""
    made: Mapping[str, Any] = {}
    quota: Mapping[str, Any] = {}
    for run in workshop.store.runs.latest(_RUNS):
        quota = quota or run.summary.get("quota") or {}
        if run.summary.get("plan") == plan.name:
            made = run.summary
            break
    project = workshop.project
    leave = {Side.LEFT: project.hubspot.leave, Side.RIGHT: project.salesforce.leave}
    writes = writing_calls(plan)
    return {
        side: Cost(
            writes=writes[side],
            reads=made.get("calls", {}).get(name),
            quota=quota.get(name, {}).get("quota"),
            left=quota.get(name, {}).get("left"),
            leave=leave[side],
        )
        for side, name in SIDES.items()
    }


def writing_calls(plan: Plan) -> dict[Side, int]:
    """Count the writing calls a plan costs, in full batches."""
    calls = dict.fromkeys(Side, 0)
    for counts in plan.summary.values():
        for word, object_name, kind, number in counts["writes"]:
            side = Side(word)
            if side is Side.LEFT and _ROWS in object_name:
                calls[side] += -(-number // _ROWS_BATCH)
            elif (side, object_name) != _CAMPAIGNS:
                calls[side] += calls_of(side, number)
            elif kind == "associate":
                calls[side] += _CALLS_A_COST * number
            else:
                calls[side] += -(-number // _CAMPAIGNS_BATCH)
    return calls


def calls_of(side: Side, records: int) -> int:
    """Count the calls that write so many records of one object, in full batches."""
    return -(-records // _BATCH[side])


def cost_text(costs: Mapping[Side, Cost]) -> str:
    """Say what a plan costs, and whether today's calls are enough for it."""
    parts = [_side_text(side, cost) for side, cost in costs.items()]
    text = f"It would cost about {' and '.join(parts)}."
    for side, cost in costs.items():
        if cost.too_much:
            text += (
                f" {TITLES[side]} has {cost.left:,} left today, and `leave` keeps {cost.leave:.0%} "
                f"of {cost.quota:,} for others: a run stops there, and the next goes on."
            )
    return text


def _side_text(side: Side, cost: Cost) -> str:
    if not cost.calls:
        return f"no {TITLES[side]} calls"
    word = "call" if cost.calls == 1 else "calls"
    share = f", {_percent(cost.share)} of a day's {cost.quota:,}" if cost.share is not None else ""
    return f"{cost.calls:,} {TITLES[side]} {word} ({cost.writes:,} that write{share})"


def _percent(share: float) -> str:
    percent = share * 100
    if percent < 0.1:
        return "under 0.1%"
    return f"{percent:.1f}%" if percent < 10 else f"{percent:.0f}%"
