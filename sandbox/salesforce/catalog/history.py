"""The field histories: one object for each object whose fields can be tracked."""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.catalog.build import (
    audit_fields,
    boolean,
    of_type,
    record_id,
    reference,
    setup_object,
)
from sandbox.salesforce.model import Access, FieldType, ObjectSpec, OnParentDelete

__all__ = ["HISTORY_OF", "field_histories", "field_history"]

HISTORY_OF = {
    "Account": "AccountHistory",
    "Contact": "ContactHistory",
    "Lead": "LeadHistory",
    "Opportunity": "OpportunityFieldHistory",
}
_RO = Access.READ_ONLY


def field_histories() -> list[ObjectSpec]:
    """Make the histories of the standard objects."""
    return [field_history(name, parent=parent) for parent, name in HISTORY_OF.items()]


def field_history(name: str, *, parent: str) -> ObjectSpec:
    """Make one field history; its rows have no stamp but the one of their making."""
    label = f"{parent} {'Field ' if 'FieldHistory' in name else ''}History"
    created_date, created_by = audit_fields()[:2]
    is_custom = parent.endswith("__c")
    fields = [
        *record_id(label, deletable=False),
        boolean("IsDeleted", "Deleted", access=_RO),
        replace(
            reference(
                "ParentId" if is_custom else f"{parent}Id",
                f"{parent} ID",
                (parent,),
                access=_RO,
                on_parent_delete=OnParentDelete.CASCADE,
                children="Histories",
            ),
            nillable=False,
        ),
        created_by,
        created_date,
        replace(
            of_type(FieldType.PICKLIST, "Field", "Changed Field", 255, access=_RO), nillable=False
        ),
        of_type(FieldType.PICKLIST, "DataType", "Datatype", 40, access=_RO),
        replace(
            of_type(FieldType.ANY, "OldValue", "Old Value", 255, access=_RO),
            queryable_by_value=False,
        ),
        replace(
            of_type(FieldType.ANY, "NewValue", "New Value", 255, access=_RO),
            queryable_by_value=False,
        ),
    ]
    return setup_object(name, "017", fields, label=label, plural=label)
