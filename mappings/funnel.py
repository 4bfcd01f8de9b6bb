"""The stages of people, bound to both schemas: what stands at which stage, and what is written.

lifecycle.yaml says each stage as values of fields that no mapping line writes. The people's pair
holds the stage as one field of its own, whose values on either side are worked out from those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mappings.expression import Condition, compile_condition
from mappings.lifecycle.file import PEOPLE
from mappings.lifecycle.model import FUNNEL_OUTCOMES, OUTCOMES, Lifecycle, Stage
from mappings.lifecycle.routing import BoundRouting, bind_routing
from mappings.lifecycle.words import Moves, OpportunityState
from mappings.model import FieldMapping, PairMapping
from mappings.outcomes import agreement_of, outcome_name
from mappings.words import FieldType
from sync.domain.funnel import (
    HANDED_OVER,
    STAGE,
    TRY_AGAIN,
    Back,
    Ladder,
    Returned,
    stage_text,
)
from sync.domain.money import Rates
from sync.domain.outcomes import DEAL_STATES, Agreement
from sync.domain.record import Fields, Native, Side
from sync.domain.routing import ROUTED
from sync.domain.rules import Carried
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = [
    "PairFunnel",
    "StageCodec",
    "TaskNames",
    "funnel_fields",
    "funnel_fingerprint",
    "funnel_of",
    "funnel_shapes",
    "wanted_funnel_properties",
]

#: Under this name, which neither CRM can have, a record's stage stands beside its own fields.
NATIVE = "RevloopStage"
#: The field that says whose a record of Salesforce is.
OWNER = "OwnerId"
#: Under this name the sync itself puts the states of a person's opportunities into a record.
DEALS = f"sales_{DEAL_STATES}"

#: Letters that the subject of a task can hold.
_SUBJECT = 255

_KINDS: Mapping[str, tuple[FieldType, FieldKind]] = {
    "stage": (FieldType.TEXT, FieldKind.TEXT),
    "handed_over_at": (FieldType.DATETIME, FieldKind.DATETIME),
    "returned_at": (FieldType.DATETIME, FieldKind.DATETIME),
    "returned_reason": (FieldType.TEXT, FieldKind.TEXT),
    TRY_AGAIN: (FieldType.DATE, FieldKind.DATE),
}

#: What a stage is on one object: its fields in order, each with the values that count.
_Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNames:
    """What the CRM of sales calls a task, and the fields that say whom it is about, and what.

    No task is needed for records of the `needless` objects: there are lists of one's own of them.
    """

    object_name: str = "Task"
    about: str = "WhoId"
    owner: str = OWNER
    subject: str = "Subject"
    text: str = "Description"
    day: str = "ActivityDate"
    needless: frozenset[str] = frozenset({"Lead"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFunnel:
    """The funnel as the engine decides by it.

    `places` gives, by side and object, the values of each stage that has any there; `states` the
    stages by the state of opportunities, of objects whose records stand behind some. `over` and
    `backs` are conditions, `reasons` the fields that say why somebody comes back. `properties` are
    HubSpot's properties that tell of the stage and of hand-overs, by outcome. `routing` are the
    rules by which somebody who is handed over gets an owner. `means` says what stages mean, where
    that was agreed on; `task` is how an owner is told of somebody who is a lead no more.
    """

    ladder: Ladder
    places: Mapping[tuple[Side, str], Mapping[str, _Values]]
    states: Mapping[str, str] = field(default_factory=dict)
    state_places: frozenset[tuple[Side, str]] = frozenset()
    over: Condition | None = None
    backs: tuple[Condition, ...] = ()
    reasons: tuple[str | None, ...] = ()
    agreement: Agreement = field(default_factory=lambda: Agreement(currency=""))
    properties: Mapping[str, str] = field(default_factory=dict)
    routing: BoundRouting | None = None
    means: Mapping[str, str] = field(default_factory=dict)
    task: TaskNames = field(default_factory=TaskNames)
    fingerprint: str = ""

    def natives(self, side: Side, object_name: str) -> frozenset[str]:
        """Name the fields an object's stages are read from."""
        stages = self.places.get((side, object_name), {})
        return frozenset(name for values in stages.values() for name in values)

    def holds(self, side: Side, object_name: str) -> bool:
        """Tell whether records of an object can stand at a stage at all."""
        return (side, object_name) in {*self.places, *self.state_places}

    def writable(self, side: Side, object_name: str) -> frozenset[str]:
        """Name the stages that can be written to an object."""
        return frozenset(self.places.get((side, object_name), ()))

    def spelled(self, side: Side, object_name: str, stage: str) -> dict[str, Native]:
        """Give the values a stage is written as: of a list the first."""
        values = self.places.get((side, object_name), {}).get(stage, {})
        return {name: listed[0] for name, listed in values.items()}

    def unlike(
        self, side: Side, object_name: str, stage: str, *, stood: Native
    ) -> dict[str, Native]:
        """Give the values a stage is written as, without the one a record holds for certain.

        At whatever stages it `stood`, it holds the first value of each.
        """
        stages = self.places.get((side, object_name), {})
        names = [name for name in (stood or "").split(";") if name in stages]
        held = {next(iter(stages[name].items())) for name in names}
        wanted = self.spelled(side, object_name, stage)
        rest = {name: value for name, value in wanted.items() if held != {(name, (value,))}}
        return rest or wanted

    def can_tell(self, side: Side, object_name: str, natives: Fields) -> bool:
        """Tell whether these are all the values the stage of a record is worked out from."""
        if (side, object_name) in self.state_places and DEALS not in natives:
            return False
        return self.holds(side, object_name) and self.natives(side, object_name) <= natives.keys()

    def text(self, side: Side, object_name: str, natives: Fields) -> Native:
        """Give the stages a record's values allow it to stand at, in order."""
        stages = self.places.get((side, object_name), {})
        full, part = [], []
        for name, values in stages.items():
            hits = [natives.get(native) in listed for native, listed in values.items()]
            full += [name] if all(hits) else []
            part += [name] if hits[0] else []
        sold = self.sold(natives.get(DEALS))
        own = full or part
        names = [name for name in self.ladder.names if name in own or name in sold]
        blank = all(natives.get(native) is None for native in self.natives(side, object_name))
        return stage_text(names, (), blank=blank)

    def sold(self, states: Native) -> frozenset[str]:
        """Name the stages that the states of a person's opportunities put them at."""
        told = (states or "").split(";")
        return frozenset(name for state, name in self.states.items() if state in told)

    def sells_to(self, text: Native, natives: Fields) -> bool:
        """Tell whether a record's opportunities put it where it was seen to stand."""
        if DEALS not in natives:
            return True
        seen = self.ladder.of_sales & frozenset((text or "").split(";"))
        return seen == self.sold(natives[DEALS])

    def is_backward(self, text: Native, stage: str) -> bool:
        """Tell whether a stage comes before one a side's values allow it to stand at."""
        names = [name for name in (text or "").split(";") if name in self.ladder.names]
        return self.ladder.rank(self.ladder.furthest(names)) > self.ladder.rank(stage)

    def returned(self, said: Sequence[Native], *, today: date) -> tuple[Returned, ...]:
        """Give why somebody would come back today by each rule, in the words sales chose."""
        return tuple(Returned(reason=one, again=self._again(one, today)) for one in said)

    def _again(self, said: Native, today: date) -> date | None:
        reason = self.agreement.reason(said)
        if reason is None or reason.again_after is None:
            return None
        try:
            return reason.again_after.after(today)
        except (OverflowError, ValueError):
            return None  # so far away that no calendar has the day: never

    def subject(self, stage: str) -> str:
        """Give what a task says that tells of a hand-over."""
        return f"Handed over by marketing: {self.means.get(stage, stage)}"[:_SUBJECT]

    def why_returned(self, said: Native) -> Native:
        """Give the word marketing sees for why somebody came back; sales' own where none is."""
        reason = self.agreement.reason(said)
        return reason.word if reason is not None else said


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCodec:
    """The codec of a stage: both sides speak of it by its name."""

    ladder: Ladder

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the value itself."""
        del side, region
        return value

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the stage a record that is not linked stands at."""
        del side, region
        return self.ladder.standing(value, None)

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        """Give the stage a record that is not linked stands at."""
        del object_name, region
        return self.canonical(origin, value)

    def can_read(self, side: Side, value: str, *, region: str | None = None) -> bool:
        """Tell that any text can be read."""
        del side, value, region
        return True

    def spelled(self, side: Side, value: Native) -> Native:
        """Give the value itself."""
        del side
        return value


def funnel_of(
    pair: PairMapping,
    left: Mapping[str, ObjectShape],
    right: Mapping[str, ObjectShape],
    *,
    lifecycle: Lifecycle,
    carries_states: frozenset[str],
    types: Mapping[str, FieldType],
) -> PairFunnel:
    """Bind the funnel to a pair of people; `carries_states` are objects with opportunities."""
    shapes = {Side.LEFT: left, Side.RIGHT: right}
    places = {
        (side, name): found
        for side in Side
        for name in pair.objects(side)
        if name in shapes[side] and (found := _values_on(lifecycle.stages, side, name))
    }
    states = {
        one.salesforce.value.removeprefix("opportunity "): one.name
        for one in lifecycle.stages
        if isinstance(one.salesforce, OpportunityState)
    }
    known = {**types, STAGE: FieldType.TEXT, HANDED_OVER: FieldType.BOOLEAN}
    file = lifecycle.places.file
    over = lifecycle.hand_over
    wanted = wanted_funnel_properties(pair, lifecycle)
    shape = left[pair.hubspot]
    return PairFunnel(
        ladder=Ladder(
            names=tuple(one.name for one in lifecycle.stages),
            free=lifecycle.moves is Moves.FREE,
            of_sales=frozenset(states.values()),
            over_to=over.to if over is not None else None,
            backs=tuple(Back(start=frozenset(one.from_), to=one.to) for one in lifecycle.hand_back),
        ),
        places=places,
        states=states,
        state_places=frozenset(
            (Side.RIGHT, name) for name in pair.objects(Side.RIGHT) if name in carries_states
        )
        if states
        else frozenset(),
        over=compile_condition(over.when, types=known, where=f"{file}: hand_over.when")
        if over is not None
        else None,
        backs=tuple(
            compile_condition(one.when, types=known, where=f"{file}: hand_back.{at}.when")
            for at, one in enumerate(lifecycle.hand_back)
        ),
        reasons=tuple(one.reason for one in lifecycle.hand_back),
        agreement=agreement_of(lifecycle, currency="", rates=Rates()),
        properties={
            name: native
            for name, native in wanted.items()
            if native in shape.fields and shape.fields[native].updatable
        },
        routing=bind_routing(
            lifecycle, lambda text, where: compile_condition(text, types=known, where=where)
        )
        if over is not None
        else None,
        means={one.name: one.means for one in lifecycle.stages if one.means is not None},
        fingerprint=funnel_fingerprint(lifecycle),
    )


def _values_on(stages: Sequence[Stage], side: Side, object_name: str) -> dict[str, _Values]:
    """Give the values of the stages that have any on an object, in order."""
    found: dict[str, _Values] = {}
    for stage in stages:
        if side is Side.LEFT:
            found[stage.name] = dict(stage.hubspot)
        elif isinstance(stage.salesforce, dict):
            values = {
                one.field_name: listed
                for one, listed in stage.salesforce.items()
                if one.object_name == object_name
            }
            if values:
                found[stage.name] = values
    return found


def wanted_funnel_properties(pair: PairMapping, lifecycle: Lifecycle | None) -> dict[str, str]:
    """Give HubSpot's properties that tell of stage and hand-overs; none that a line fills."""
    if lifecycle is None or pair.hubspot not in PEOPLE:
        return {}
    usual = {**FUNNEL_OUTCOMES, TRY_AGAIN: OUTCOMES[TRY_AGAIN]}
    wanted = {name: lifecycle.outcomes.get(name, native) for name, native in usual.items()}
    if not lifecycle.hand_back:
        wanted = {name: wanted[name] for name in ("stage", "handed_over_at")}
    if lifecycle.hand_over is None:
        wanted = {"stage": wanted["stage"]}
    taken = {one.map.left for one in pair.fields.values() if one.map.left is not None}
    return {name: native for name, native in wanted.items() if native not in taken}


def funnel_fingerprint(lifecycle: Lifecycle) -> str:
    """Give the hash of all that people's stages are decided by."""
    said = [
        [[one.name, one.hubspot, str(one.salesforce)] for one in lifecycle.stages],
        lifecycle.moves.value,
        str(lifecycle.hand_over),
        [str(one) for one in lifecycle.hand_back],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def funnel_fields(pair: PairMapping, funnel: PairFunnel | None) -> PairMapping:
    """Give the pair with the field of its stage, and those that tell of it in HubSpot."""
    if funnel is None:
        return pair
    right = " | ".join(
        f"{name}.{NATIVE}" for name in pair.objects(Side.RIGHT) if funnel.holds(Side.RIGHT, name)
    )
    line = f"{NATIVE} <-> {right}" if right else f"{NATIVE} ->"
    more = {STAGE: FieldMapping.model_validate({"map": line, "type": FieldType.TEXT.value})}
    if funnel.routing is not None:
        owners = " | ".join(f"{name}.{OWNER}" for name in pair.objects(Side.RIGHT))
        more[ROUTED] = FieldMapping.model_validate(
            {"map": f"<- {owners}", "type": FieldType.TEXT.value}
        )
    for name, native in funnel.properties.items():
        if outcome_name(name) not in pair.fields:
            more[outcome_name(name)] = FieldMapping.model_validate(
                {"map": f"{native} ->", "type": _KINDS[name][0].value}
            )
    return pair.model_copy(update={"fields": {**pair.fields, **more}})


def funnel_shapes(
    side: Side, shapes: Mapping[str, ObjectShape], funnel: PairFunnel | None
) -> dict[str, ObjectShape]:
    """Give a side's objects as if they held the stage."""
    found = dict(shapes)
    for name, shape in shapes.items():
        if funnel is not None and funnel.holds(side, name):
            stage = FieldShape(name=NATIVE, label="stage", kind=FieldKind.TEXT)
            found[name] = replace(shape, fields={**shape.fields, NATIVE: stage})
    return found
