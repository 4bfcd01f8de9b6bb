"""Who wrote a record and when, as every stored row holds it."""

from __future__ import annotations

from sandbox.salesforce.model import ObjectSpec, Row

__all__ = ["audit_values"]


def audit_values(spec: ObjectSpec, stamp: str, user_id: str) -> Row:
    """Give the audit values of a new row.

    All rows hold the three times, which order them; the users only where the object shows them.
    """
    values: Row = {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
    for name in ("CreatedById", "LastModifiedById"):
        if name in spec.fields:
            values[name] = user_id
    return values
