"""A pair mapping bound to the live schemas of both CRMs: what the engine works with.

LEFT is HubSpot, RIGHT is Salesforce.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mappings.codec import MappedCodec
from mappings.divisions import (
    DIVISION_FIELDS,
    DIVISION_KEYS,
)
from mappings.expression import (
    Condition,
    ExpressionText,
)
from mappings.fingerprint import (
    creation_rules,
    field_fingerprint,
    intake_rules,
)
from mappings.funnel import NATIVE, PairFunnel
from mappings.guard import GuardOverride
from mappings.identity import Directories
from mappings.matching import MatchPart, join_parts, match_part, secondary_emails
from mappings.model import PairMapping
from mappings.outcomes import PairOutcomes
from mappings.words import SIDE_KEYS, FieldType, OnLeave
from sync.domain.funnel import HANDED_OVER, STAGE
from sync.domain.match import Prefer
from sync.domain.record import Fields, Native, Side
from sync.domain.rules import DeleteRule, FieldRule, FirstSync, Relation
from sync.domain.schema import Division, OtherSync
from sync.domain.stages import StageFields

__all__ = ["BoundPair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundPair:
    """One pair as the engine decides by it.

    `objects` lists each side's objects, the preferred one first. `rules` holds every field in the
    order of the file (read-only and computed ones too). `notes` are sentences for doctor and
    status. `other_syncs` are those whose marks a side's records can carry, `stages` the fields
    that say how far a side's records are, both by object.
    Wherever a `side` is asked: for `include` it is the side the record stands on; for
    `creates`, `create_as`, `create_when` it is the side the new record would be made on.
    `has_include` tells whether the pair leaves records out by `include`, on either side;
    `rule_names` are the names of all fields that have a rule.
    `relation` says what ties what where the records are the rows of a list. `outcomes` says what
    of sales its records carry, `funnel` at which stages they stand.
    `values` are raw native values by field name (as `project` gives them); `canonical` are
    canonical values by field name (as `canonical` gives them).
    """

    name: str
    objects: dict[Side, tuple[str, ...]]
    first_sync: FirstSync
    rules: tuple[FieldRule, ...]
    key_fields: dict[tuple[Side, str], str]
    match_rules: tuple[tuple[str, ...], ...]
    on_leave: OnLeave
    delete: DeleteRule
    prefer: Prefer | None
    guard: GuardOverride
    default_region: str | None
    country_field: str | None
    expression_fields: frozenset[str]
    computed: frozenset[str]
    people: frozenset[str]
    paused: frozenset[str]
    lost: Mapping[str, tuple[Side, str]]
    notes: tuple[str, ...]
    other_syncs: Mapping[tuple[Side, str], OtherSync]
    stages: Mapping[tuple[Side, str], StageFields]
    fingerprint: str
    relation: Relation | None
    _mapping: PairMapping
    _rules_by_name: Mapping[str, FieldRule]
    _codecs: Mapping[str, MappedCodec]
    _conditions: Mapping[tuple[str, Side], Condition]
    _computations: Mapping[str, ExpressionText]
    _names: Mapping[tuple[Side, str], tuple[tuple[str, str], ...]]
    _secondary: Mapping[tuple[Side, str, str], str]
    _required: Mapping[tuple[Side, str], dict[str, str]]
    _match_parts: tuple[tuple[MatchPart, ...], ...]
    _directories: Directories
    _divisions: Mapping[tuple[Side, str], Division]
    outcomes: PairOutcomes = field(default_factory=PairOutcomes)
    funnel: PairFunnel | None = None
    has_include: bool = field(init=False)
    rule_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Work out what is asked of every record."""
        leaves_out = any(("include", side) in self._conditions for side in Side)
        object.__setattr__(self, "has_include", bool(self._divisions) or leaves_out)
        object.__setattr__(self, "rule_names", frozenset(self._rules_by_name))

    @property
    def address_rules(self) -> tuple[int, ...]:
        """Give the places of the match rules that are an e-mail address alone."""
        return tuple(
            number
            for number, parts in enumerate(self._match_parts)
            if [part.kind for part in parts] == [FieldType.EMAIL]
        )

    def has_rule(self, name: str) -> bool:
        """Tell whether the mapping has a field of that name, and it is not paused."""
        return name in self._rules_by_name

    def rule(self, name: str) -> FieldRule:
        """Give the rule of a field by its name."""
        return self._rules_by_name[name]

    def native_fields(self, side: Side, object_name: str) -> tuple[str, ...]:
        """List all native names to read on that object, sorted.

        The key field is among them, and the mark that another sync would leave.
        """
        names = {native for _, native in self._names.get((side, object_name), ())}
        names |= {
            native
            for (where, held_by, _), native in self._secondary.items()
            if (where, held_by) == (side, object_name)
        }
        key = self.key_fields.get((side, object_name))
        other = self.other_syncs.get((side, object_name))
        names |= {name for name in (key, other and other.mark) if name}
        if side is Side.RIGHT:
            names -= self.outcomes.natives_on(object_name).keys()
            names |= self.outcomes.extras.get(object_name, frozenset())
        if self.funnel is not None:
            names.discard(NATIVE)
            names |= self.funnel.natives(side, object_name)
        return tuple(sorted(names))

    def project(self, side: Side, object_name: str, natives: Fields) -> dict[str, Native]:
        """Give raw native values by field name, for the fields held on that object.

        A field whose native name is missing in `natives` is left out.
        """
        found = {
            name: natives[native]
            for name, native in self._names.get((side, object_name), ())
            if native in natives
        }
        if self.funnel is not None and self.funnel.can_tell(side, object_name, natives):
            found[STAGE] = self.funnel.text(side, object_name, natives)
        return found

    def spelled_out(self, side: Side, object_name: str, name: str, value: Native) -> Fields:
        """Give what a field's value is written as, by the CRM's own names."""
        if name == STAGE and self.funnel is not None and value is not None:
            return self.funnel.spelled(side, object_name, value)
        native = self.rule(name).native_name(side, object_name)
        return {native: value} if native is not None else {}

    def on_its_own(self, side: Side, values: Mapping[str, Native]) -> dict[str, Native]:
        """Give a record that is not linked as conditions see it: canonical, and handed over or not.

        Raises ExpressionFailedError.
        """
        canonical = self.canonical(side, values)
        if self.funnel is not None and self.funnel.over is not None:
            canonical[HANDED_OVER] = "true" if self.funnel.over(canonical) else "false"
        return canonical

    def canonical(self, side: Side, values: Mapping[str, Native]) -> dict[str, Native]:
        """Give canonical values by field name (region from the record's own country)."""
        region = self.region(side, values)
        return {
            name: self._codecs[name].canonical(side, value, region=region)
            for name, value in values.items()
        }

    def region(self, side: Side, values: Mapping[str, Native]) -> str | None:
        """Give the `region` to hand to codecs: the record's country as alpha-2, else None."""
        if self.country_field is None:
            return None
        value = values.get(self.country_field)
        if value is None:
            return None
        codec = self._codecs[self.country_field]
        return codec.canonical(side, value) if codec.can_read(side, value) else None

    def compute(self, name: str, canonical: Mapping[str, Native]) -> Native:
        """Give a computed field's source value, ready for the field's codec to carry.

        Raises ExpressionFailedError.
        """
        side = self.rule(name).arrow.source
        computed = self._computations[name](canonical)
        return computed if side is None else self._codecs[name].spelled(side, computed)

    def match_key(self, rule_index: int, side: Side, values: Mapping[str, Native]) -> str | None:
        """Give the normalised key of one match rule; None when any part is blank or unreadable."""
        region = self.region(side, values) if self.country_field is not None else None
        return join_parts(
            [
                self._match_part(part, side, values.get(part.name), region)
                for part in self._match_parts[rule_index]
            ]
        )

    def match_keys(
        self, rule_index: int, side: Side, object_name: str, natives: Fields
    ) -> tuple[str, ...]:
        """Give every key of one match rule from raw record fields, secondary e-mails included."""
        return self.keys_of(
            rule_index, side, object_name, natives, self.project(side, object_name, natives)
        )

    def keys_of(
        self,
        rule_index: int,
        side: Side,
        object_name: str,
        natives: Fields,
        values: Mapping[str, Native],
    ) -> tuple[str, ...]:
        """Give every key of one match rule, where the `values` by field name are at hand."""
        keys = [self.match_key(rule_index, side, values)]
        for part in self._match_parts[rule_index]:
            native = self._secondary.get((side, object_name, part.name))
            for address in secondary_emails(natives, native) if native is not None else ():
                keys.append(self.match_key(rule_index, side, {**values, part.name: address}))
        return tuple(dict.fromkeys(key for key in keys if key is not None))

    def include(self, side: Side, canonical: Mapping[str, Native]) -> bool:
        """Tell whether a record standing on `side` is included. Raises ExpressionFailedError."""
        return self.why_excluded(side, canonical) is None

    def why_excluded(self, side: Side, canonical: Mapping[str, Native]) -> str | None:
        """Give the rule, as written, that leaves out a record standing on `side`, if one does.

        A record is of one part of its object, and the pair keeps one part. Raises
        ExpressionFailedError.
        """
        kept = {part.id for (at, _), part in self._divisions.items() if at is side}
        if kept and canonical.get(DIVISION_FIELDS[side]) not in kept:
            return f"{DIVISION_KEYS[side]}: {self._mapping.division_name(side)}"
        condition = self._conditions.get(("include", side))
        if condition is None or condition(canonical):
            return None
        return f"include.{SIDE_KEYS[side]}: {self._mapping.include.of(side)}"

    def fixed_values(self, side: Side, object_name: str) -> dict[str, str]:
        """Give what a new record of an object always gets, by field: the part it is to be of."""
        division = self._divisions.get((side, object_name))
        return {DIVISION_FIELDS[side]: division.id} if division is not None else {}

    def creates(self, side: Side) -> bool:
        """Tell whether the pair makes new records on `side` at all."""
        return self._mapping.creates(side)

    def create_as(self, side: Side) -> str:
        """Give the object new records on `side` are made as."""
        return self._mapping.create_as(side)

    def create_when(self, side: Side, canonical: Mapping[str, Native]) -> bool:
        """Tell whether a record may be made on `side` from these values (False: no `create`)."""
        if not self.creates(side):
            return False
        condition = self._conditions.get(("create", side))
        return condition is None or condition(canonical)

    def why_left_out(self, origin: Side, canonical: Mapping[str, Native]) -> str | None:
        """Give the rule, as written, that keeps a record on `origin` from being created across.

        None when nothing does. Raises ExpressionFailedError.
        """
        excluded = self.why_excluded(origin, canonical)
        if excluded is not None:
            return excluded
        target = origin.other
        if not self.creates(target):
            return f"the pair has no create.{SIDE_KEYS[target]}"
        if not self.create_when(target, canonical):
            return f"create.{SIDE_KEYS[target]}.when: {self._mapping.create_when(target)}"
        return None

    def required_values(self, side: Side, object_name: str) -> dict[str, str]:
        """Give `if_blank` by field name, where that object demands a value.

        It is written where a blank would go there, on a create or by `blank: clear`.
        """
        return dict(self._required.get((side, object_name), {}))

    @property
    def people_known(self) -> str:
        """Give a text that changes whenever somebody comes, leaves or is named otherwise."""
        return self._directories.people.fingerprint

    def stand_in(self, name: str, side: Side, object_name: str) -> Native:
        """Give who owns a new record of that object where a field of `people` names nobody there.

        None where the mapping has no `fallback`, or one that cannot own it.
        """
        fallback = self._mapping.fields[name].fallback
        if fallback is None or name not in self.people:
            return None
        found = self._directories.people.find(side, fallback, object_name)
        return found if isinstance(found, str) else None

    def fingerprint_of(self, name: str) -> str:
        """Give a hash of what a field carries (map, type, values, computed, if_blank).

        `wins`, `unsure`, `blank` and `protect` do not count.
        """
        if name == STAGE and self.funnel is not None:
            return self.funnel.fingerprint
        return field_fingerprint(self._mapping, name)

    def line_of(self, name: str) -> str:
        """Give a field's mapping line as it is kept: what it carries, and between which fields."""
        names = [
            [side.value, object_name, native]
            for (side, object_name), native in sorted(self.rule(name).names.items())
        ]
        stand_in = self._mapping.fields[name].if_blank
        return json.dumps([self.fingerprint_of(name), names, stand_in], separators=(",", ":"))

    def turned_sides(self, name: str, was: str, objects: Mapping[Side, str]) -> frozenset[Side]:
        """Tell on which sides a kept line named another native field, for records of objects."""
        before = {(side, object_name): native for side, object_name, native in json.loads(was)[1]}
        rule = self.rule(name)
        return frozenset(
            side
            for side, object_name in objects.items()
            if before.get((side.value, object_name)) != rule.native_name(side, object_name)
        )

    @staticmethod
    def stood_in(was: str) -> Native:
        """Give what a kept line wrote in the place of a blank that is not allowed."""
        text: Native = json.loads(was)[2]
        return text

    def place_of(self, *path: str) -> str:
        """Give file and line of a key of the mapping, or of the nearest thing above it."""
        found = self._mapping.places.at_key(path, "")
        return f"{found.file}:{found.line}"

    @property
    def intake_rules(self) -> Mapping[str, str]:
        """Give hashes of the rules every record is looked at by; see `mappings.fingerprint`."""
        return intake_rules(self._mapping)

    @property
    def creation_rules(self) -> Mapping[str, str]:
        """Give hashes of the rules records without a link are looked at by."""
        return creation_rules(self._mapping)

    def _match_part(
        self, part: MatchPart, side: Side, value: Native, region: str | None
    ) -> str | None:
        codec = self._codecs.get(part.name)
        if codec is None:
            return None
        canonical = codec.canonical(side, value, region=region)
        rule = self._rules_by_name[part.name]
        if rule.refers is not None and (value is None or not codec.can_read(side, value)):
            return None  # who is not linked is nobody the other side could know
        readable = canonical is not None and (
            # The name of a link is no id that could be looked up.
            rule.refers is not None or codec.can_read(side, canonical, region=region)
        )
        return match_part(part, canonical, readable=readable)
