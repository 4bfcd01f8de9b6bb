"""What one mapping file says, as checked data: a pair and its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from mappings.findings import Places
from mappings.guard import GuardOverride
from mappings.mapline import MapLine, read_map_line
from mappings.members import Members
from mappings.objects import default_key, read_hubspot_object, read_salesforce_objects
from mappings.transforms.named import is_name, one_name
from mappings.words import (
    BLANK_WORDS,
    DELETE_WORDS,
    FIRST_SYNC_WORDS,
    LEAVE_WORDS,
    ONLY_WORDS,
    PREFER_WORDS,
    SIDE_WORDS,
    TYPE_WORDS,
    TYPES_MEANT,
    UNSURE_WORDS,
    WINS_WORDS,
    FieldType,
    OnLeave,
    one_of,
)
from sync.domain.match import Prefer
from sync.domain.record import Side
from sync.domain.rules import Arrow, BlankRule, DeleteRule, FirstSync, Unsure, Wins

__all__ = [
    "CreateHubSpot",
    "CreateRules",
    "CreateSalesforce",
    "Defaults",
    "Example",
    "FieldMapping",
    "PairMapping",
    "RelationLine",
    "SideTexts",
]


def _read_pair_name(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[a-z0-9_]+", value) is None:
        raise ValueError(f"{value!r} is no pair name; use lower-case letters, digits and '_'")
    return value


def _read_expression(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a condition or an expression, like 'record.email != \"\"'")
    return value.strip()


def _read_rule(value: object) -> tuple[str, ...]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not parts:
        raise ValueError("must be a field's name, or a list of names that are looked at together")
    if not all(isinstance(part, str) for part in parts):
        raise ValueError("must hold names of fields only")
    return tuple(str(part) for part in parts)


def _read_region(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[A-Z]{2}", value) is None:
        raise ValueError(f"{value!r} is no country code of two capital letters, like DE")
    return value


def _read_line(value: object) -> MapLine:
    if not isinstance(value, str):
        raise ValueError("must be a line with an arrow, like 'email <-> Email'")
    return read_map_line(value)


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError('must be a text; an empty one is written ""')
    return value


def _read_filled(value: object) -> str:
    text = "" if value is None else _read_text(value).strip()
    if not text:
        raise ValueError("must be a text that is not blank")
    return text


def _read_fallback(value: object) -> str:
    name = one_name(value) if isinstance(value, str) else ""
    if not is_name(name):
        raise ValueError(
            f"{value!r} names nobody; write an e-mail address, or 'queue' and the queue's name"
        )
    return name


def _bare_line(value: object) -> object:
    """Take `firstname <-> FirstName` for `{map: firstname <-> FirstName}`."""
    return {"map": value} if isinstance(value, str) else value


Expression = Annotated[str, BeforeValidator(_read_expression)]
Text = Annotated[str, BeforeValidator(_read_text)]
Filled = Annotated[str, BeforeValidator(_read_filled)]


class _Part(BaseModel):
    """A part of a mapping file: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SideTexts(_Part):
    """One name or expression for each CRM."""

    hubspot: Expression | None = None
    salesforce: Expression | None = None

    def of(self, side: Side) -> str | None:
        """Give the text for one side."""
        return self.hubspot if side is Side.LEFT else self.salesforce


class CreateHubSpot(_Part):
    """When a new HubSpot record is made, from a Salesforce one."""

    when: Expression | None = None


class CreateSalesforce(_Part):
    """When a new Salesforce record is made, and as what."""

    as_: Filled | None = Field(default=None, alias="as")
    when: Expression | None = None


class CreateRules(_Part):
    """On which sides records are made; a side without a rule gets none."""

    hubspot: CreateHubSpot | None = None
    salesforce: CreateSalesforce | None = None


class Defaults(_Part):
    """What holds for every field that does not say otherwise."""

    wins: Annotated[Wins, BeforeValidator(one_of(WINS_WORDS))] = Wins.NEWEST
    unsure: Annotated[Unsure, BeforeValidator(one_of(UNSURE_WORDS))] = Unsure.HOLD
    blank: Annotated[BlankRule, BeforeValidator(one_of(BLANK_WORDS))] = BlankRule.KEEP
    region: Annotated[str, BeforeValidator(_read_region)] | None = None


class FieldMapping(_Part):
    """One field of the consistent record: where it is kept and how it travels."""

    map: Annotated[MapLine, BeforeValidator(_read_line)]
    wins: Annotated[Wins, BeforeValidator(one_of(WINS_WORDS))] | None = None
    unsure: Annotated[Unsure, BeforeValidator(one_of(UNSURE_WORDS))] | None = None
    blank: Annotated[BlankRule, BeforeValidator(one_of(BLANK_WORDS))] | None = None
    protect: Annotated[Side, BeforeValidator(one_of(SIDE_WORDS))] | None = None
    type: Annotated[FieldType, BeforeValidator(one_of(TYPE_WORDS, meant=TYPES_MEANT))] | None = None
    values: dict[str, Filled] | None = Field(default=None, min_length=1)
    otherwise: Filled | None = None
    if_blank: Filled | None = None
    fallback: Annotated[str, BeforeValidator(_read_fallback)] | None = None
    pair: Annotated[str, BeforeValidator(_read_pair_name)] | None = None
    to_hubspot: Expression | None = None
    to_salesforce: Expression | None = None

    _read_too: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def read_too(self) -> Mapping[str, str]:
        """Give what else of Salesforce's words is read, with HubSpot's word for each."""
        return self._read_too

    def reading(self, words: Mapping[str, str]) -> FieldMapping:
        """Give the same field that reads these words of Salesforce too, beside its `values`."""
        copy = self.model_copy()
        copy._read_too = words
        return copy

    @property
    def computed(self) -> str | None:
        """Give the expression of a computed value, if this is one."""
        return self.to_salesforce or self.to_hubspot

    def name_on(self, side: Side, object_name: str) -> str | None:
        """Give the CRM's own name of the field on one object, if it is held there."""
        return self.map.left if side is Side.LEFT else self.map.right_name(object_name)

    @property
    def source(self) -> Side | None:
        """Give the side a one-way field comes from; None for a two-way field."""
        return self.map.arrow.source

    def writes_to(self, side: Side) -> bool:
        """Tell whether values travel to this side."""
        if self.map.arrow is Arrow.BOTH:
            return True
        has_source = self.map.left if side is Side.RIGHT else self.map.right
        arrives = self.map.right if side is Side.RIGHT else self.map.left
        target = Side.RIGHT if self.map.arrow is Arrow.TO_RIGHT else Side.LEFT
        return target is side and bool(arrives) and bool(has_source or self.computed)


@dataclass(frozen=True, slots=True)
class RelationLine:
    """The line a pair of rows comes from: its fields that name both ends, and the line itself."""

    owner: str
    member: str
    presence: FieldMapping


class Example(_Part):
    """One record as it should look on both sides; `revloop mappings test` tries it.

    `only` names the one side values are looked at on; both where it says nothing.
    """

    name: Filled
    hubspot: dict[str, str | None] = Field(min_length=1)
    salesforce: dict[str, str | None] = Field(min_length=1)
    only: Annotated[Side, BeforeValidator(one_of(ONLY_WORDS))] | None = None

    def of(self, side: Side) -> dict[str, str | None]:
        """Give the values on one side, by the CRM's own names."""
        return self.hubspot if side is Side.LEFT else self.salesforce


class PairMapping(_Part):
    """One pair of objects kept one consistent record, as a mapping file says it."""

    pair: Annotated[str, BeforeValidator(_read_pair_name)]
    hubspot: Annotated[str, BeforeValidator(read_hubspot_object)]
    salesforce: Annotated[tuple[str, ...], BeforeValidator(read_salesforce_objects)]
    first_sync: Annotated[FirstSync, BeforeValidator(one_of(FIRST_SYNC_WORDS))]
    pipeline: Filled | None = None
    record_type: Filled | None = None
    keys: SideTexts | None = None
    match: tuple[Annotated[tuple[str, ...], BeforeValidator(_read_rule)], ...] = ()
    include: SideTexts = SideTexts()
    create: CreateRules = CreateRules()
    defaults: Defaults = Defaults()
    fields: dict[str, Annotated[FieldMapping, BeforeValidator(_bare_line)]] = Field(min_length=1)
    on_leave: Annotated[OnLeave, BeforeValidator(one_of(LEAVE_WORDS))] = OnLeave.KEEP
    delete: Annotated[DeleteRule, BeforeValidator(one_of(DELETE_WORDS))] = DeleteRule.UNLINK
    prefer: Annotated[Prefer, BeforeValidator(one_of(PREFER_WORDS))] | None = None
    guard: GuardOverride = GuardOverride()
    members: Members | None = None
    examples: tuple[Example, ...] = ()

    _places: Places = PrivateAttr(default_factory=lambda: Places("mapping"))
    _partners: dict[str, PairMapping] = PrivateAttr(default_factory=dict)
    _relation: RelationLine | None = PrivateAttr(default=None)
    _more_names: tuple[str, ...] = PrivateAttr(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Give what conditions may read: the fields, and of people in a funnel their stage."""
        return (*self.fields, *self._more_names)

    def in_funnel(self, names: tuple[str, ...]) -> PairMapping:
        """Give the same mapping as that of people who move through stages."""
        copy = self.model_copy()
        copy._more_names = names
        return copy

    @property
    def places(self) -> Places:
        """Give where each key and value stands in the file."""
        return self._places

    def at(self, places: Places) -> PairMapping:
        """Give the same mapping with the places of its keys and values."""
        copy = self.model_copy()
        copy._places = places
        return copy

    @property
    def relation(self) -> RelationLine | None:
        """Give the line this pair comes from, where its records are the rows of a list."""
        return self._relation

    def as_relation(self, line: RelationLine) -> PairMapping:
        """Give the same mapping as that of a list's rows."""
        copy = self.model_copy()
        copy._relation = line
        return copy

    def beside(self, pairs: Iterable[PairMapping]) -> PairMapping:
        """Give the same mapping knowing the pairs it refers to."""
        named = {field.pair for field in self.fields.values()}
        copy = self.model_copy()
        copy._partners = {one.pair: one for one in pairs if one.pair in named}
        return copy

    def partner(self, name: str | None) -> PairMapping | None:
        """Give a pair that a field refers to, where it is known."""
        return self if name == self.pair else self._partners.get(name or "")

    def objects(self, side: Side) -> tuple[str, ...]:
        """Give the objects on one side, the preferred one first."""
        return (self.hubspot,) if side is Side.LEFT else self.salesforce

    def key_name(self, side: Side) -> str | None:
        """Give the name of the field that keeps the other CRM's id on this side, if any does."""
        written = self.keys.of(side) if self.keys is not None else None
        return written or default_key(self.hubspot, side)

    def division_name(self, side: Side) -> str | None:
        """Give the one pipeline or record type whose records the pair keeps, as written."""
        return self.pipeline if side is Side.LEFT else self.record_type

    def creates(self, side: Side) -> bool:
        """Tell whether new records are made on this side at all."""
        rules = self.create.hubspot if side is Side.LEFT else self.create.salesforce
        return rules is not None

    def create_as(self, side: Side) -> str:
        """Give the object new records on this side are made as."""
        chosen = self.create.salesforce.as_ if self.create.salesforce is not None else None
        if side is Side.RIGHT and chosen is not None:
            return chosen
        return self.objects(side)[0]

    def create_when(self, side: Side) -> str | None:
        """Give the condition new records on this side are made under, as written."""
        rules = self.create.hubspot if side is Side.LEFT else self.create.salesforce
        return rules.when if rules is not None else None
