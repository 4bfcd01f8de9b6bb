"""A pair mapping bound to the live schemas of both CRMs: what the engine works with.

SKELETON: the signatures below are fixed, the bodies follow. LEFT is HubSpot, RIGHT Salesforce.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.guard import GuardOverride
from mappings.model import PairMapping
from sync.domain.errors import MappingError
from sync.domain.record import Fields, Native, Side
from sync.domain.rules import DeleteRule, FieldRule, FirstSync
from sync.domain.schema import ObjectShape

__all__ = ["BoundPair", "bind", "check_live"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundPair:
    """One pair as the engine decides by it.

    `objects` lists each side's objects, the preferred one first. `rules` holds every field in the
    order of the file (read-only and computed ones too). `notes` are sentences for doctor and
    status. Wherever a `side` is asked: for `include` it is the side the record stands on; for
    `creates`, `create_as`, `create_when` it is the side the new record would be made on.
    `values` are raw native values by FIELD name (as `project` gives them); `canonical` are
    canonical values by FIELD name (as `canonical` gives them).
    """

    name: str
    objects: dict[Side, tuple[str, ...]]
    first_sync: FirstSync
    rules: tuple[FieldRule, ...]
    key_fields: dict[tuple[Side, str], str]  # (side, object) -> native name, unique, live
    match_rules: tuple[tuple[str, ...], ...]
    on_leave: str  # OnLeave StrEnum of mappings.model: keep | unlink
    delete: DeleteRule
    prefer: str | None  # Prefer StrEnum of mappings.model: oldest | newest_activity
    guard: GuardOverride
    default_region: str | None  # codecs fall back to it by themselves
    country_field: str | None  # FIELD name of the record's country
    expression_fields: frozenset[str]  # fields read by include, create.when and computed values
    computed: frozenset[str]  # FIELD names whose source value is `compute(...)`
    notes: tuple[str, ...]
    fingerprint: str

    def rule(self, name: str) -> FieldRule:
        """Give the rule of a field by its name."""
        raise NotImplementedError

    def native_fields(self, side: Side, object_name: str) -> tuple[str, ...]:
        """List all native names to read on that object, key field included, sorted."""
        raise NotImplementedError

    def project(self, side: Side, object_name: str, natives: Fields) -> dict[str, Native]:
        """Give raw native values by field name, for the fields held on that object.

        A field whose native name is missing in `natives` is left out.
        """
        raise NotImplementedError

    def canonical(self, side: Side, values: Mapping[str, Native]) -> dict[str, Native]:
        """Give canonical values by field name (region from the record's own country)."""
        raise NotImplementedError

    def region(self, side: Side, values: Mapping[str, Native]) -> str | None:
        """Give the `region` to hand to codecs: the record's country as alpha-2, else None."""
        raise NotImplementedError

    def compute(self, name: str, canonical: Mapping[str, Native]) -> Native:
        """Give a computed field's source value (in the source's form, ready for codec.carry).

        Raises ExpressionFailedError.
        """
        raise NotImplementedError

    def match_key(
        self, rule_index: int, side: Side, values: Mapping[str, Native]
    ) -> str | None:
        """Give the normalised key of one match rule; None when any part is blank or unreadable."""
        raise NotImplementedError

    def match_keys(
        self, rule_index: int, side: Side, object_name: str, natives: Fields
    ) -> tuple[str, ...]:
        """Give every key of one match rule from raw record fields, secondary e-mails included."""
        raise NotImplementedError

    def include(self, side: Side, canonical: Mapping[str, Native]) -> bool:
        """Tell whether a record standing on `side` is included. Raises ExpressionFailedError."""
        raise NotImplementedError

    def creates(self, side: Side) -> bool:
        """Tell whether the pair makes new records on `side` at all."""
        raise NotImplementedError

    def create_as(self, side: Side) -> str:
        """Give the object new records on `side` are made as."""
        raise NotImplementedError

    def create_when(self, side: Side, canonical: Mapping[str, Native]) -> bool:
        """Tell whether a record may be made on `side` from these values (False: no `create`)."""
        raise NotImplementedError

    def why_left_out(self, origin: Side, canonical: Mapping[str, Native]) -> str | None:
        """Give the rule, as written, that keeps a record on `origin` from being created across.

        None when nothing does.
        """
        raise NotImplementedError

    def required_values(self, side: Side, object_name: str) -> dict[str, str]:
        """Give `if_blank` by FIELD name, where that object demands a value.

        Written when a blank would go there, on a create or by `blank: clear`.
        """
        raise NotImplementedError

    def fingerprint_of(self, name: str) -> str:
        """Give a hash of what a field carries (map, type, values, computed, if_blank).

        `wins`, `unsure`, `blank` and `protect` do not count.
        """
        raise NotImplementedError


def bind(
    pair: PairMapping, left: Mapping[str, ObjectShape], right: Mapping[str, ObjectShape]
) -> BoundPair:
    """Bind a pair to live shapes by object name; raises MappingErrors with all findings."""
    raise NotImplementedError


def check_live(
    pair: PairMapping, left: Mapping[str, ObjectShape], right: Mapping[str, ObjectShape]
) -> tuple[MappingError, ...]:
    """List what stops the pair from working with these live shapes."""
    raise NotImplementedError
