"""What can be wrong in lifecycle rules that read well: stages, fields, rules among each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mappings.expression import check_expression
from mappings.findings import Path, did_you_mean
from mappings.lifecycle.file import PEOPLE
from mappings.lifecycle.hours import why_no_holidays
from mappings.lifecycle.model import (
    FUNNEL_OUTCOMES,
    OUTCOMES,
    Lifecycle,
    ServiceLevel,
    Stage,
)
from mappings.lifecycle.words import OpportunityState, Queue, RoutingBy
from mappings.model import PairMapping
from mappings.words import SIDE_NAMES
from sync.domain.errors import MappingError
from sync.domain.record import Side

__all__ = ["check_lifecycle", "has_stages", "people_pair"]

#: What expressions of lifecycle.yaml may read beside the fields of the people's pair.
_OWN_NAMES = ("stage", "handed_over")


def people_pair(pairs: Sequence[PairMapping]) -> PairMapping | None:
    """Give the pair whose records move through the stages."""
    return next((pair for pair in pairs if has_stages(pair)), None)


def has_stages(pair: PairMapping) -> bool:
    """Tell whether a pair's records move through the stages."""
    return pair.hubspot in PEOPLE and pair.relation is None


def check_lifecycle(lifecycle: Lifecycle, pairs: Sequence[PairMapping]) -> tuple[MappingError, ...]:
    """List what is wrong between the rules, and between them and the pairs."""
    at = lifecycle.places.at_value
    checks = (
        _stages(lifecycle, people_pair(pairs)),
        _reasons(lifecycle),
        _moves(lifecycle),
        _service_levels(lifecycle),
        _routing(lifecycle),
        _business_hours(lifecycle),
        _outcomes(lifecycle),
        _reports(lifecycle, pairs),
        _expressions(lifecycle, people_pair(pairs)),
    )
    people = people_pair(pairs)
    return (
        *(at(path, problem) for found in checks for path, problem in found),
        *(_written_twice(lifecycle, people) if people is not None else ()),
    )


def _written_twice(lifecycle: Lifecycle, people: PairMapping) -> Iterator[MappingError]:
    """Find the fields of stages that a line of the people's pair writes, too."""
    for name, field in people.fields.items():
        for side, object_name, native in _stage_places(lifecycle, people):
            if field.name_on(side, object_name) == native and field.writes_to(side):
                yield people.places.at_value(
                    ("fields", name, "map"),
                    f"{SIDE_NAMES[side]}'s {object_name}.{native} is written by the stages of "
                    f"{lifecycle.places.file}; turn the arrow around, leave the other end out, or "
                    "take it out of the stages",
                )
                break


def _stage_places(lifecycle: Lifecycle, people: PairMapping) -> Iterator[tuple[Side, str, str]]:
    for stage in lifecycle.stages:
        for native in stage.hubspot:
            yield Side.LEFT, people.hubspot, native
        if not isinstance(stage.salesforce, OpportunityState):
            for one in stage.salesforce:
                yield Side.RIGHT, one.object_name, one.field_name


_Found = Iterator[tuple[Path, str]]


def _stages(lifecycle: Lifecycle, people: PairMapping | None) -> _Found:
    if people is None:
        yield ("stages",), "there is no pair of HubSpot's contacts whose stages these could be"
    seen: dict[str, int] = {}
    for at, stage in enumerate(lifecycle.stages):
        if stage.name in seen:
            yield ("stages", at, "name"), f"{stage.name!r} is the name of an earlier stage already"
        seen[stage.name] = at
        twin = _twin(stage, lifecycle.stages[:at])
        if twin is not None:
            yield (
                ("stages", at, "name"),
                f"{stage.name!r} has the values of {twin!r} on both sides; they are one stage",
            )
        if people is not None and not isinstance(stage.salesforce, OpportunityState):
            yield from _objects(at, stage, people)


def _twin(stage: Stage, earlier: Sequence[Stage]) -> str | None:
    """Give an earlier stage nothing tells from this one."""
    same = (
        one.name
        for one in earlier
        if one.hubspot == stage.hubspot and one.salesforce == stage.salesforce
    )
    return next(same, None)


def _objects(at: int, stage: Stage, people: PairMapping) -> _Found:
    assert not isinstance(stage.salesforce, OpportunityState)
    for field in stage.salesforce:
        if field.object_name not in people.salesforce:
            name = f"{field.object_name}.{field.field_name}"
            yield (
                ("stages", at, "salesforce", name),
                (
                    f"{field.object_name!r} is none of the objects of the pair {people.pair!r} "
                    f"({', '.join(people.salesforce)})"
                    f"{did_you_mean(field.object_name, people.salesforce)}"
                ),
            )


def _reasons(lifecycle: Lifecycle) -> _Found:
    taken: dict[str, str] = {}
    written: dict[str, str] = {}
    for name, reason in lifecycle.reasons.items():
        for value in reason.salesforce:
            if value in taken:
                yield (
                    ("reasons", name, "salesforce"),
                    f"{value!r} stands for the reason {taken[value]!r} already",
                )
            taken.setdefault(value, name)
        if reason.hubspot in written:
            yield (
                ("reasons", name, "hubspot"),
                f"{reason.hubspot!r} stands for the reason {written[reason.hubspot]!r} already",
            )
        written.setdefault(reason.hubspot, name)


def _moves(lifecycle: Lifecycle) -> _Found:
    if lifecycle.hand_over is not None:
        yield from _known(lifecycle, lifecycle.hand_over.to, ("hand_over", "to"))
    elif lifecycle.hand_back:
        yield ("hand_back",), "nobody is handed over, so nobody can come back; add 'hand_over'"
    for at, back in enumerate(lifecycle.hand_back):
        path: Path = ("hand_back", at)
        yield from _known(lifecycle, back.to, (*path, "to"))
        goal = lifecycle.rank(back.to)
        for place, name in enumerate(back.from_):
            yield from _known(lifecycle, name, (*path, "from", place))
            start = lifecycle.rank(name)
            if start is not None and goal is not None and start <= goal:
                yield (
                    (*path, "to"),
                    f"{back.to!r} does not come before {name!r}; a hand-back goes back",
                )
        if back.reason is not None and not lifecycle.reasons:
            yield (*path, "reason"), "there is no list of reasons it could be one of; add 'reasons'"


def _known(lifecycle: Lifecycle, name: str, path: Path) -> _Found:
    if lifecycle.rank(name) is None:
        names = [stage.name for stage in lifecycle.stages]
        yield path, f"{name!r} is no stage; they are {', '.join(names)}{did_you_mean(name, names)}"


def _service_levels(lifecycle: Lifecycle) -> _Found:
    names: set[str] = set()
    for at, level in enumerate(lifecycle.service_levels):
        path: Path = ("service_levels", at)
        if level.name in names:
            yield (*path, "name"), f"{level.name!r} is the name of an earlier one already"
        names.add(level.name)
        problem = _form_of(level)
        if problem is not None:
            yield path, problem
            continue
        for key, name in (("from", level.from_), ("to", level.to), ("stage", level.stage)):
            if name is not None:
                yield from _known(lifecycle, name, (*path, key))
        if level.from_ is not None and level.to is not None:
            start, goal = lifecycle.rank(level.from_), lifecycle.rank(level.to)
            if start is not None and goal is not None and goal <= start:
                yield (*path, "to"), f"{level.to!r} does not come after {level.from_!r}"
        if level.within is not None and level.within.business and not lifecycle.business_hours:
            yield (*path, "within"), "business hours are not told yet; add 'business_hours'"


#: The three things that can be promised, each by the keys that say it.
_FORMS: Mapping[str, frozenset[str]] = {
    "an answer in time": frozenset({"from", "to", "within"}),
    "a number of people": frozenset({"stage", "at_least", "per"}),
    "revenue": frozenset({"won", "per"}),
}


def _form_of(level: ServiceLevel) -> str | None:
    """Say what is wrong with the keys of a service level taken together."""
    written = {
        (info.alias or name)
        for name, info in ServiceLevel.model_fields.items()
        if name != "name" and getattr(level, name) is not None
    }
    if written in _FORMS.values():
        return None
    forms = "; ".join(f"{what}: {', '.join(sorted(keys))}" for what, keys in _FORMS.items())
    return f"promises no one thing; write the keys of one of these: {forms}"


def _routing(lifecycle: Lifecycle) -> _Found:
    for at, rule in enumerate(lifecycle.routing):
        last = at == len(lifecycle.routing) - 1
        if rule.when is None and not last:
            yield (
                ("routing", at),
                "has no condition, so those after it never count; put it last",
            )
        people = rule.to if isinstance(rule.to, tuple) else ()
        if len(set(people)) < len(people):
            yield ("routing", at, "to"), "names somebody twice"
        if rule.by is RoutingBy.WON_RATE and len(people) < 2:
            yield ("routing", at, "by"), "chooses between several people; name them in 'to'"
        if isinstance(rule.to, Queue) and not rule.to.name:
            yield ("routing", at, "to"), "names no queue; write 'queue Inbound'"


def _business_hours(lifecycle: Lifecycle) -> _Found:
    hours = lifecycle.business_hours
    if hours is not None and hours.to <= hours.from_:
        yield ("business_hours", "to"), "work ends before it begins; a day's hours are on one day"
    if hours is not None and hours.holidays is not None:
        problem = why_no_holidays(hours.holidays)
        if problem is not None:
            yield ("business_hours", "holidays"), problem


def _outcomes(lifecycle: Lifecycle) -> _Found:
    taken: dict[str, str] = {}
    names = (*OUTCOMES, *FUNNEL_OUTCOMES)
    for name, target in lifecycle.outcomes.items():
        if name not in names:
            yield (
                ("outcomes", name),
                (f"{name!r} is no outcome; they are {', '.join(names)}{did_you_mean(name, names)}"),
            )
        if target in taken:
            yield ("outcomes", name), f"{target!r} holds {taken[target]} already"
        taken.setdefault(target, name)


def _reports(lifecycle: Lifecycle, pairs: Sequence[PairMapping]) -> _Found:
    people = people_pair(pairs)
    for key in ("source", "score"):
        name = getattr(lifecycle.reports, key)
        told = key in lifecycle.reports.model_fields_set
        if people is not None and told and name not in people.fields:
            yield ("reports", key), _no_field(people, name)
    by_name = {pair.pair: pair for pair in pairs}
    for at, fact in enumerate(lifecycle.reports.keep):
        name, _, field = fact.partition(".")
        if name not in by_name:
            known = did_you_mean(name, sorted(by_name))
            yield ("reports", "keep", at), f"there is no pair {name!r}{known}"
        elif field not in by_name[name].fields:
            yield ("reports", "keep", at), _no_field(by_name[name], field)


def _no_field(pair: PairMapping, name: str) -> str:
    return f"the pair {pair.pair!r} has no field {name!r}{did_you_mean(name, pair.fields)}"


def _expressions(lifecycle: Lifecycle, people: PairMapping | None) -> _Found:
    if people is None:
        return
    known = (*people.fields, *_OWN_NAMES)
    for path, text in _conditions(lifecycle):
        problems, _ = check_expression(text, known)
        yield from ((path, problem) for problem in problems)
    for at, back in enumerate(lifecycle.hand_back):
        if back.reason is not None and back.reason not in people.fields:
            yield (
                ("hand_back", at, "reason"),
                (
                    f"{back.reason!r} is no field of the pair {people.pair!r}"
                    f"{did_you_mean(back.reason, people.fields)}"
                ),
            )


def _conditions(lifecycle: Lifecycle) -> Iterator[tuple[Path, str]]:
    if lifecycle.hand_over is not None:
        yield ("hand_over", "when"), lifecycle.hand_over.when
    for at, back in enumerate(lifecycle.hand_back):
        yield ("hand_back", at, "when"), back.when
    for at, rule in enumerate(lifecycle.routing):
        if rule.when is not None:
            yield ("routing", at, "when"), rule.when
