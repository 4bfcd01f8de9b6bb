"""Properties that follow from other facts and are stored nowhere."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.association_types import TypeRef
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.pipelines import Pipelines
from sandbox.hubspot.record import Record, Version
from sandbox.hubspot.schema import ObjectSchema
from sandbox.hubspot.stage_facts import CALCULATED, StageFacts
from sandbox.hubspot.stamps import iso

__all__ = ["COMPUTED", "Computed"]

_PRIMARY_COMPANY = TypeRef("HUBSPOT_DEFINED", 1)
_PRIMARY_OF_DEAL = TypeRef("HUBSPOT_DEFINED", 5)
_PARENT = TypeRef("HUBSPOT_DEFINED", 14)
_CHILD = TypeRef("HUBSPOT_DEFINED", 13)

COMPUTED = frozenset(
    {
        "associatedcompanyid",
        "createdate",
        "hs_calculated_merged_vids",
        "hs_createdate",
        "hs_email_domain",
        "hs_full_name_or_email",
        "hs_lastmodifieddate",
        "hs_merged_object_ids",
        "hs_num_child_companies",
        "hs_num_of_associated_line_items",
        "hs_object_id",
        "hs_object_source",
        "hs_object_source_id",
        "hs_object_source_label",
        "hs_parent_company_id",
        "hs_primary_associated_company",
        "lastmodifieddate",
        "num_associated_contacts",
        "num_associated_deals",
    }
)
"""Computed for every object that has them."""


class Computed:
    """Reads any property of a record, stored or computed."""

    def __init__(
        self,
        associations: Associations,
        schemas: Mapping[str, ObjectSchema],
        pipelines: Pipelines,
    ) -> None:
        self._associations = associations
        self._schemas = schemas
        self._stages = StageFacts(pipelines)

    def knows(self, kind: ObjectType, name: str) -> bool:
        """Tell whether a property is computed and so stored nowhere."""
        return (
            name in COMPUTED
            or name in self._schemas[kind.name].stage_dates
            or self._stages.knows(kind, name)
        )

    def value(self, kind: ObjectType, record: Record, name: str) -> str | None:
        """Give a property's value, or None when it has none."""
        if name in COMPUTED:
            return self._record_fact(record, name) or self._tie_fact(kind, record, name)
        date = self._schemas[kind.name].stage_dates.get(name)
        if date is not None:
            return self._stages.date(kind, record, date)
        if self._stages.knows(kind, name):
            return self._stages.value(kind, record, name)
        return record.properties.get(name)

    def history(self, kind: ObjectType, record: Record, name: str) -> tuple[Version, ...]:
        """Give the values a property has and had, oldest first."""
        if not self.knows(kind, name):
            return record.versions(name)
        versions = self._stages.history(kind, record, name)
        if versions is not None:
            return versions
        value = self.value(kind, record, name)
        if value is None:
            return ()
        if name in ("createdate", "hs_createdate", "hs_object_id"):
            return (Version(value, record.created, record.source),)
        return (Version(value, record.modified, CALCULATED),)

    def _record_fact(self, record: Record, name: str) -> str | None:
        match name:
            case "hs_object_id":
                return str(record.id)
            case "createdate" | "hs_createdate":
                return iso(record.created)
            case "lastmodifieddate" | "hs_lastmodifieddate":
                return iso(record.modified)
            case "hs_object_source" | "hs_object_source_label":
                return record.source.type
            case "hs_object_source_id":
                return record.source.id
            case "hs_merged_object_ids":
                return ";".join(str(one) for one in record.merged_ids) or None
            case "hs_calculated_merged_vids":
                pairs = zip(record.merged_ids, record.merged_at, strict=True)
                return ";".join(f"{one}:{stamp}" for one, stamp in pairs) or None
            case "hs_email_domain":
                return record.properties.get("email", "").partition("@")[2] or None
            case "hs_full_name_or_email":
                return _full_name(record)
        return None

    def _tie_fact(self, kind: ObjectType, record: Record, name: str) -> str | None:
        start = (kind.name, record.id)
        match name:
            case "associatedcompanyid":
                return _text(self._associations.first(start, "companies", _PRIMARY_COMPANY))
            case "hs_primary_associated_company":
                return _text(self._associations.first(start, "companies", _PRIMARY_OF_DEAL))
            case "hs_parent_company_id":
                return _text(self._associations.first(start, "companies", _PARENT))
            case "hs_num_child_companies":
                return str(self._associations.count(start, "companies", _CHILD))
            case "num_associated_contacts":
                return str(self._associations.count(start, "contacts"))
            case "num_associated_deals":
                return _text(self._associations.count(start, "deals") or None)
            case "hs_num_of_associated_line_items":
                return str(self._associations.count(start, "line_items"))
        return None


def _full_name(record: Record) -> str | None:
    parts = [record.properties.get(name, "") for name in ("firstname", "lastname")]
    return " ".join(part for part in parts if part) or record.properties.get("email")


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
