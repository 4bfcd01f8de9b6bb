"""Custom objects, as a seed describes them."""

from __future__ import annotations

from dataclasses import replace

from sandbox.jsontypes import JsonObject
from sandbox.salesforce.catalog.build import (
    audit_fields,
    date,
    moment,
    owner,
    record_id,
    sobject,
    text,
)
from sandbox.salesforce.model import Access, ObjectSpec

__all__ = ["custom_object"]


def custom_object(name: str, prefix: str, definition: JsonObject) -> ObjectSpec:
    """Make a custom object: a name, an owner and who wrote it when; fields come on their own.

    The name is a text, or with `autoNumber` such as `INV-{0000}` numbered by the platform.
    """
    label = str(definition.get("label") or name.removesuffix("__c").replace("_", " "))
    plural = str(definition.get("labelPlural") or f"{label}s")
    form = definition.get("autoNumber")
    named = replace(
        text("Name", str(definition.get("nameLabel") or f"{label} Name"), 80),
        name_field=True,
        id_lookup=True,
        defaulted=True,
        permissionable=False,
    )
    if isinstance(form, str):
        named = replace(named, auto_number=form, access=Access.READ_ONLY, nillable=False)
    fields = [
        *record_id("Record"),
        owner("Group", "User"),
        named,
        *audit_fields(),
        date("LastActivityDate", "Last Activity Date", access=Access.READ_ONLY),
        moment("LastViewedDate", "Last Viewed Date"),
        moment("LastReferencedDate", "Last Referenced Date"),
    ]
    spec = sobject(name, prefix, fields, label=label, plural=plural)
    spec.custom = True
    return spec
