"""Binding a pair mapping to the live schemas of both CRMs.

LEFT is HubSpot, RIGHT is Salesforce; this is settled here and nowhere below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mappings.bound import BoundPair
from mappings.checks import expressions
from mappings.codec import FieldCodec, MappedCodec
from mappings.divisions import (
    division_of,
    narrowed,
    stage_values,
    with_division_fields,
)
from mappings.expression import (
    Condition,
    ExpressionFailedError,
    ExpressionText,
    check_expression,
    compile_condition,
    compile_value,
)
from mappings.expression_source import with_record
from mappings.findings import MappingErrors
from mappings.fingerprint import (
    pair_fingerprint,
)
from mappings.fitting import Fitting
from mappings.funnel import PairFunnel, StageCodec, funnel_fields, funnel_of, funnel_shapes
from mappings.identity import Directories, IdentityCodec, RecordDirectory
from mappings.kinds import Readers
from mappings.lifecycle.checks import has_stages
from mappings.lifecycle.live import check_live_lifecycle, lost_stages
from mappings.lifecycle.model import Lifecycle
from mappings.live import (
    Schemas,
    check_live,
    field_type,
    held,
    live_notes,
    missing_places,
    table_path,
)
from mappings.matching import MatchPart
from mappings.model import FieldMapping, PairMapping
from mappings.outcomes import (
    PairOutcomes,
    is_outcome,
    outcome_name,
    with_outcome_fields,
    with_outcome_shapes,
)
from mappings.references import objects_of
from mappings.relations import PresenceCodec, ends_kept
from mappings.spelling import SideForm, make_side_form
from mappings.stages import stage_fields
from mappings.transforms.reading import UnreadableError
from mappings.translation import Translation, make_translation
from mappings.words import SIDE_KEYS, SIDE_NAMES, FieldType
from sync.domain.funnel import HANDED_OVER, STAGE
from sync.domain.outcomes import DEAL_STATES
from sync.domain.record import Native, Side
from sync.domain.routing import ROUTED
from sync.domain.rules import FieldRule, Relation
from sync.domain.schema import Division, FieldShape, ObjectShape, OtherSync
from sync.domain.stages import StageFields

__all__ = ["bind"]

#: HubSpot's further addresses of a contact; they match like the first one.
_SECONDARY = {(Side.LEFT, "contacts", "email"): "hs_additional_emails"}


def bind(
    pair: PairMapping,
    left: Mapping[str, ObjectShape],
    right: Mapping[str, ObjectShape],
    *,
    paused: Iterable[str] = (),
    directories: Directories | None = None,
    readers: Readers | None = None,
    lifecycle: Lifecycle | None = None,
    outcomes: PairOutcomes | None = None,
) -> BoundPair:
    """Bind a pair to live schemas by object name; raises MappingErrors with all findings.

    `directories` know who is who on both sides; without them names stand for ids, as in examples.
    Fields named in `paused` are left out of the rules: they worked before and the live schema
    lost them. A condition that reads one fails for every record instead of reading a blank.
    `readers` may be shared between pairs. `lifecycle` names the stages of people, where it is.
    `outcomes` says what of sales the pair's records carry.
    """
    without = frozenset(paused) & frozenset(pair.fields)
    findings = check_live(pair, left, right, paused=without, strict=False)
    if findings:
        raise MappingErrors(findings)
    notes = live_notes(pair, left, right)
    narrow = with_outcome_shapes(narrowed(pair, Side.RIGHT, right), outcomes)
    schemas = Schemas(narrowed(pair, Side.LEFT, left), narrow)
    whole = with_outcome_fields(with_division_fields(pair, left, right), outcomes)
    funnel = None
    if lifecycle is not None and has_stages(pair) and STAGE not in set(paused):
        funnel = _funnel(pair, schemas, lifecycle, outcomes)
        whole = funnel_fields(whole, funnel)
        schemas = Schemas(
            funnel_shapes(Side.LEFT, schemas.left, funnel),
            funnel_shapes(Side.RIGHT, schemas.right, funnel),
        )
    known = directories or Directories()
    stages = stage_fields(pair, left, right, lifecycle=lifecycle)
    without |= frozenset(paused) & {STAGE}
    binding = _Binding(whole, schemas, without, known, readers or Readers(), funnel)
    bound = binding.bind(notes, stages)
    # Of the pair as it is written: whoever approves a plan has the files, and not both schemas.
    lost = bound.lost
    if STAGE in without and lifecycle is not None:
        place = lost_stages(lifecycle, schemas.left[pair.hubspot], schemas.right)
        lost = {**lost, **({STAGE: place} if place is not None else {})}
    return replace(
        bound,
        fingerprint=pair_fingerprint(pair),
        outcomes=outcomes or bound.outcomes,
        funnel=funnel,
        lost=lost,
    )


def _funnel(
    pair: PairMapping, schemas: Schemas, lifecycle: Lifecycle, outcomes: PairOutcomes | None
) -> PairFunnel:
    """Bind the funnel to the pair of people; raises MappingErrors with what the schemas lack."""
    findings = check_live_lifecycle(lifecycle, schemas.left[pair.hubspot], schemas.right)
    if findings:
        raise MappingErrors(findings)
    carries = outcomes.carries if outcomes is not None else {}
    return funnel_of(
        pair,
        schemas.left,
        schemas.right,
        lifecycle=lifecycle,
        carries_states=frozenset(name for name, one in carries.items() if DEAL_STATES in one),
        types={name: field_type(pair, name, schemas) for name in pair.fields},
    )


class _Binding:
    """Makes the parts of one bound pair; slow tables are shared between its fields."""

    def __init__(
        self,
        pair: PairMapping,
        schemas: Schemas,
        paused: frozenset[str],
        directories: Directories,
        readers: Readers,
        funnel: PairFunnel | None = None,
    ) -> None:
        self._pair = pair
        self._funnel = funnel
        self._schemas = schemas
        self._paused = paused
        self._directories = directories
        self._readers = readers
        self._referred: dict[str, RecordDirectory] = {}
        self._types = {name: field_type(pair, name, schemas) for name in pair.fields}
        self._live = {name: one for name, one in pair.fields.items() if name not in paused}

    def bind(
        self, notes: tuple[str, ...], stages: Mapping[tuple[Side, str], StageFields]
    ) -> BoundPair:
        pair = self._pair
        codecs = {name: self._codec(name, field) for name, field in self._live.items()}
        rules = {name: self._rule(name, field, codecs[name]) for name, field in self._live.items()}
        return BoundPair(
            name=pair.pair,
            objects={side: pair.objects(side) for side in Side},
            first_sync=pair.first_sync,
            rules=tuple(rules.values()),
            key_fields=self._key_fields(),
            match_rules=pair.match,
            on_leave=pair.on_leave,
            delete=pair.delete,
            prefer=pair.prefer,
            guard=pair.guard,
            default_region=pair.defaults.region,
            country_field=self._country_field(),
            expression_fields=self._expression_fields(),
            computed=frozenset(name for name, one in self._live.items() if one.computed),
            people=frozenset(name for name in self._live if self._types[name] is FieldType.USER),
            paused=self._paused,
            lost=self._lost_places(),
            notes=notes,
            other_syncs=self._other_syncs(),
            stages=stages,
            fingerprint=pair_fingerprint(pair),
            relation=self._relation(rules),
            _mapping=pair,
            _rules_by_name=rules,
            _codecs=codecs,
            _conditions=self._conditions(),
            _computations=self._computations(),
            _names=self._names(),
            _secondary=self._secondary(),
            _required=self._required(codecs),
            _match_parts=tuple(
                tuple(MatchPart(name, self._types[name]) for name in rule) for rule in pair.match
            ),
            _directories=self._directories,
            _divisions=self._kept_divisions(),
        )

    def _rule(self, name: str, field: FieldMapping, codec: MappedCodec) -> FieldRule:
        defaults = self._pair.defaults
        return FieldRule(
            name=name,
            arrow=field.map.arrow,
            wins=field.wins or defaults.wins,
            unsure=field.unsure or defaults.unsure,
            blank=field.blank or defaults.blank,
            protect=field.protect,
            opt_out=self._types[name] is FieldType.OPT_OUT,
            names=self._native_names(field),
            codec=codec,
            refers=self._referred.get(name),
            derived=is_outcome(name),
            funnel=self._by_funnel(name),
            apart=frozenset(
                (side, object_name)
                for side, object_name, shape in held(self._pair, field, self._schemas)
                if shape.apart
            ),
        )

    def _by_funnel(self, name: str) -> bool:
        """Tell whether a field is decided by the rules of the funnel."""
        if self._funnel is None:
            return False
        return name in (STAGE, ROUTED) or name in map(outcome_name, self._funnel.properties)

    def _refer(self, name: str, other: str) -> RecordDirectory:
        """Give the directory of the pair a field refers to; one for all fields that do."""
        known = {one.pair: one for one in self._referred.values()}
        partner = self._pair.partner(other)
        if other not in known:
            objects = objects_of(partner) if partner is not None else {}
            if self._pair.relation is not None:
                objects = self._named_by(name, objects)
            known[other] = self._directories.records(other, objects)
        self._referred[name] = known[other]
        return known[other]

    def _other_syncs(self) -> dict[tuple[Side, str], OtherSync]:
        return {
            (side, object_name): shape.other_sync
            for side in Side
            for object_name in self._pair.objects(side)
            if (shape := self._schemas.object(side, object_name)) and shape.other_sync
        }

    def _named_by(
        self, name: str, objects: Mapping[Side, tuple[str, ...]]
    ) -> dict[Side, tuple[str, ...]]:
        """Give those of a pair's objects that a row can name records of."""
        places = held(self._pair, self._pair.fields[name], self._schemas)
        shapes = {side: shape for side, _, shape in places}
        return {side: ends_kept(names, shapes.get(side)) for side, names in objects.items()}

    def _relation(self, rules: Mapping[str, FieldRule]) -> Relation | None:
        line = self._pair.relation
        if line is None or not {line.owner, line.member} <= rules.keys():
            return None
        written, defaults = line.presence, self._pair.defaults
        return Relation(
            owner=rules[line.owner],
            member=rules[line.member],
            presence=FieldRule(
                name="",
                arrow=written.map.arrow,
                wins=written.wins or defaults.wins,
                unsure=written.unsure or defaults.unsure,
                blank=written.blank or defaults.blank,
                protect=written.protect,
                opt_out=False,
                names={},
                codec=PresenceCodec(),
            ),
            owned={
                (side, name): shape.owned_by
                for side in Side
                for name in self._pair.objects(side)
                if (shape := self._schemas.object(side, name)) is not None and shape.owned_by
            },
        )

    def _native_names(self, field: FieldMapping) -> dict[tuple[Side, str], str]:
        return {
            (side, object_name): native
            for side in Side
            for object_name in self._pair.objects(side)
            if (native := field.name_on(side, object_name)) is not None
        }

    def _codec(self, name: str, field: FieldMapping) -> MappedCodec:
        kind = self._types[name]
        if name == STAGE and self._funnel is not None:
            return StageCodec(ladder=self._funnel.ladder)
        if field.pair is not None:
            return IdentityCodec(directory=self._refer(name, field.pair))
        if kind is FieldType.USER:
            return IdentityCodec(
                directory=self._directories.people, computed=field.computed is not None
            )
        read = self._readers.of(kind)
        places = list(held(self._pair, field, self._schemas))
        shapes: dict[Side, FieldShape] = {}
        for side, _, shape in places:
            shapes.setdefault(side, shape)
        forms = {
            side: self._form(side, self._first_holder(side, places), shapes.get(side), kind, field)
            for side in Side
        }
        codec = FieldCodec(
            name=name,
            kind=kind,
            read=read,
            forms=forms,
            fittings={
                (side, object_name): Fitting(
                    shape,
                    where=f"{SIDE_NAMES[side]}'s {object_name}.{shape.name}",
                    form=self._form(side, object_name, shape, kind, field),
                )
                for side, object_name, shape in places
            },
            translation=self._translation(name, field, kind),
            default_region=self._pair.defaults.region,
        )
        return codec.with_placeholder(field.if_blank) if field.if_blank is not None else codec

    def _first_holder(self, side: Side, places: Iterable[tuple[Side, str, FieldShape]]) -> str:
        return next((name for at, name, _ in places if at is side), "")

    def _form(
        self,
        side: Side,
        object_name: str,
        shape: FieldShape | None,
        kind: FieldType,
        field: FieldMapping,
    ) -> SideForm:
        found = self._schemas.object(side, object_name)
        more = (field.otherwise, field.if_blank)
        words = [*(field.values or {}), *(word for word in more if word is not None)]
        return make_side_form(
            shape,
            kind,
            self._readers.of(kind),
            zone=found.zone if found is not None else "UTC",
            named=stage_values(shape, words) if side is Side.LEFT else None,
        )

    def _translation(self, name: str, field: FieldMapping, kind: FieldType) -> Translation | None:
        if field.values is None:
            return None
        read = self._readers.of(kind)

        def in_one_form(text: str) -> str:
            try:
                return read(text, self._pair.defaults.region)
            except UnreadableError:
                return text

        return make_translation(
            field.values,
            otherwise=field.otherwise,
            several=kind is FieldType.CHOICES,
            field=name,
            table=table_path(self._pair, name),
            place=self._pair.places.file,
            picklists={side: self._native_title(field, side) for side in Side},
            read=in_one_form,
            read_too=field.read_too,
        )

    def _native_title(self, field: FieldMapping, side: Side) -> str:
        names = sorted(
            {native for at, native in self._native_names(field).items() if at[0] is side}
        )
        return f"{SIDE_NAMES[side]}'s {' and '.join(names) or 'end'}"

    def _kept_divisions(self) -> dict[tuple[Side, str], Division]:
        return {
            (side, name): division
            for side in Side
            for name in self._pair.objects(side)
            if (shape := self._schemas.object(side, name)) is not None
            and (division := division_of(self._pair, side, shape)) is not None
        }

    def _key_fields(self) -> dict[tuple[Side, str], str]:
        found: dict[tuple[Side, str], str] = {}
        for side in Side:
            native = self._pair.key_name(side)
            if native is None:
                continue
            for object_name in self._pair.objects(side):
                shape = self._schemas.shape(side, object_name, native)
                if shape is not None and shape.unique and shape.updatable:
                    found[side, object_name] = native
        return found

    def _country_field(self) -> str | None:
        countries = [name for name in self._live if self._types[name] is FieldType.COUNTRY]
        return countries[0] if countries else None

    def _names(self) -> dict[tuple[Side, str], tuple[tuple[str, str], ...]]:
        return {
            (side, object_name): tuple(
                (name, native)
                for name, field in self._live.items()
                if (native := field.name_on(side, object_name)) is not None
            )
            for side in Side
            for object_name in self._pair.objects(side)
        }

    def _secondary(self) -> dict[tuple[Side, str, str], str]:
        """Find which fields of match rules have further addresses kept in another field."""
        found: dict[tuple[Side, str, str], str] = {}
        for name in {name for rule in self._pair.match for name in rule} & self._live.keys():
            for (side, object_name, first), native in _SECONDARY.items():
                mapped = self._live[name].name_on(side, object_name) == first
                readable = self._schemas.shape(side, object_name, native) is not None
                if mapped and readable and object_name in self._pair.objects(side):
                    found[side, object_name, name] = native
        return found

    def _required(
        self, codecs: Mapping[str, MappedCodec]
    ) -> dict[tuple[Side, str], dict[str, str]]:
        found: dict[tuple[Side, str], dict[str, str]] = {}
        for name, field in self._live.items():
            if field.if_blank is None:
                continue
            for side, object_name, shape in held(self._pair, field, self._schemas):
                if shape.required and field.writes_to(side):
                    spelled = codecs[name].spelled(side, field.if_blank)
                    found.setdefault((side, object_name), {})[name] = spelled or field.if_blank
        return found

    def _expression_fields(self) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        for _, text in expressions(self._pair):
            names |= check_expression(text, self._pair.names)[1]
        return names

    def _conditions(self) -> dict[tuple[str, Side], Condition]:
        pair = self._pair
        found: dict[tuple[str, Side], Condition] = {}
        for side in Side:
            for rule, text, end in (
                ("include", pair.include.of(side), ""),
                ("create", pair.create_when(side), ".when"),
            ):
                if text is not None:
                    where = f"{pair.places.file}: {rule}.{SIDE_KEYS[side]}{end}"
                    found[rule, side] = self._condition(with_record(text, pair.names), where)
        return found

    def _condition(self, text: str, where: str) -> Condition:
        lost = self._lost(text)
        if lost is None:
            # A record is at no stage, and nobody handed over, where there is no funnel.
            own = {STAGE: FieldType.TEXT, HANDED_OVER: FieldType.BOOLEAN}
            return compile_condition(text, types={**own, **self._types}, where=where)

        def fails(canonical: Mapping[str, Native]) -> bool:
            del canonical
            raise _paused_error(text, where, lost)

        return fails

    def _computations(self) -> dict[str, ExpressionText]:
        return {
            name: self._computation(field.computed, f"{self._pair.places.file}: fields.{name}")
            for name, field in self._live.items()
            if field.computed is not None
        }

    def _computation(self, text: str, where: str) -> ExpressionText:
        lost = self._lost(text)
        if lost is None:
            return compile_value(text, types=self._types, where=where)

        def fails(canonical: Mapping[str, Native]) -> Native:
            del canonical
            raise _paused_error(text, where, lost)

        return fails

    def _lost_places(self) -> dict[str, tuple[Side, str]]:
        """Give where each paused field is missing, in words."""
        missing = missing_places(self._pair, self._schemas.left, self._schemas.right)
        return {name: place for name, place in missing.items() if name in self._paused}

    def _lost(self, text: str) -> str | None:
        """Name a paused field an expression reads."""
        _, names = check_expression(text, self._pair.names)
        if HANDED_OVER in names:
            names |= {STAGE}
        return min(names & self._paused, default=None)


def _paused_error(text: str, where: str, field: str) -> ExpressionFailedError:
    return ExpressionFailedError(
        f"{where}: the expression {text!r} reads record.{field}, which is paused because a CRM "
        "does not show its field any more; restore the field, or change the expression",
        where=where,
        expression=text,
    )
