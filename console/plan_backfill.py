"""What of a plan a changed mapping causes, in words: the line, what it does, what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from console.plan_cost import calls_of
from console.words import SIDES, TITLES
from sync.domain.record import Side

if TYPE_CHECKING:
    from sync.domain.store import Plan

__all__ = ["backfill_lines", "backfills_json", "check_backfill"]


def backfill_lines(plan: Plan, pairs: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say, sentence by sentence, what a changed mapping causes; for some pairs, or for all."""
    for pair, counts in plan.summary.items():
        if not pairs or pair in pairs:
            yield from _of_backfill(pair, counts.get("backfill", {}))
            yield from _of_again(pair, counts.get("again"))
            yield from _of_paused(pair, counts.get("paused", {}))


def backfills_json(plan: Plan) -> list[dict[str, Any]]:
    """Give what a changed mapping causes, one entry a field, with the line of the file."""
    return [
        {
            "pair": pair,
            "field": name,
            "line": one["line"],
            "links": one["links"],
            **{word: one[side.value] for side, word in SIDES.items()},
            "held": one["held"],
            "errors": one["errors"],
        }
        for pair, counts in plan.summary.items()
        for name, one in counts.get("backfill", {}).get("fields", {}).items()
    ]


def check_backfill(counts: Mapping[str, Any]) -> None:
    """Raise ValueError, TypeError or the like for a plan's head no plan was kept with."""
    list(_of_backfill("", counts.get("backfill", {})))
    list(_of_again("", counts.get("again")))
    list(_of_paused("", counts.get("paused", {})))


def _of_backfill(pair: str, backfill: Mapping[str, Any]) -> Iterator[str]:
    if not backfill:
        return
    for name, one in backfill["fields"].items():
        parts = [f"{_values(int(one[side.value]))} in {TITLES[side]}" for side in Side]
        parts += [f"{int(one[word]):,} {text}" for word, text in _ASIDE if int(one[word])]
        links = _records(int(one["links"]), "linked ")
        yield (f"Backfill of {pair}.{name} ({one['line']}): {links} looked at; {', '.join(parts)}.")
    calls = {side: calls_of(side, int(backfill["records"][side.value])) for side in Side}
    costs = " and ".join(f"{calls[side]:,} {TITLES[side]}" for side in Side)
    yield f"Of the calls that write, the backfill of {pair} takes about {costs}."


_ASIDE = (("held", "held"), ("errors", "in error"))


def _of_again(pair: str, again: Mapping[str, Any] | None) -> Iterator[str]:
    if again is None:
        return
    rules = ", ".join(f"{name} ({place})" for name, place in again["rules"])
    number = again["records"]
    what = "every record" if number is None else f"{_records(int(number))} without a link"
    yield f"Looked at again in {pair}: {what}, for a change of {rules}."


def _of_paused(pair: str, paused: Mapping[str, Any]) -> Iterator[str]:
    for name, place in paused.items():
        yield f"Paused: {pair}.{name}; {place} is not there any more, or this user may not see it."


def _values(number: int) -> str:
    return "1 value written" if number == 1 else f"{number:,} values written"


def _records(number: int, kind: str = "") -> str:
    return f"1 {kind}record" if number == 1 else f"{number:,} {kind}records"
