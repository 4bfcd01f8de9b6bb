"""Duplicate rules: which records a new one agrees with, and the answer that shows them."""

from __future__ import annotations

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.model import ObjectSpec, Row
from sandbox.salesforce.rules import DuplicateRule

__all__ = ["check_duplicates"]


def check_duplicates(
    database: Database,
    rule: DuplicateRule | None,
    spec: ObjectSpec,
    before: Row,
    row: Row,
    context: WriteContext,
) -> None:
    """Refuse a record that a duplicate rule finds others of, unless the caller may pass it."""
    if rule is None or not context.through_api:
        return
    if rule.allow_save and context.allow_duplicates:
        return
    if all(row.get(name) == before.get(name) for name in rule.fields):
        return
    found: dict[str, list[str]] = {}
    for sobject in rule.against or (spec.name,):
        agreeing = _agreeing(database, sobject, rule, row)
        agreeing.discard(str(before.get("Id")))
        if agreeing:
            found[sobject] = sorted(agreeing)
    if found:
        raise ApiError(
            "DUPLICATES_DETECTED",
            rule.message,
            extra={"duplicateResut": _result(database, spec, rule, found, context)},
        )


def _agreeing(database: Database, sobject: str, rule: DuplicateRule, row: Row) -> set[str]:
    table = database.table(sobject)
    agreeing: set[str] | None = None
    for name in rule.fields:
        value = row.get(name)
        if value is None or name not in table.spec.fields:
            return set()
        holders = set(table.holders(name, value))
        agreeing = holders if agreeing is None else agreeing & holders
    return agreeing or set()


def _result(
    database: Database,
    spec: ObjectSpec,
    rule: DuplicateRule,
    found: dict[str, list[str]],
    context: WriteContext,
) -> JsonObject:
    matches: list[Json] = [
        {
            "entityType": sobject,
            "errors": [],
            "matchEngine": "ExactMatchEngine",
            "matchRecords": [
                {
                    "additionalInformation": [],
                    "fieldDiffs": [],
                    "matchConfidence": 100.0,
                    "record": _record(database, sobject, record_id, context),
                }
                for record_id in ids
            ],
            "rule": f"Standard_{sobject}_Match_Rule",
            "size": len(ids),
            "success": True,
        }
        for sobject, ids in found.items()
    ]
    return {
        "allowSave": rule.allow_save,
        "duplicateRule": rule.name or f"Standard_{spec.name}_Duplicate_Rule",
        "duplicateRuleEntityType": spec.name,
        "errorMessage": rule.message,
        "matchResults": matches,
    }


def _record(database: Database, sobject: str, record_id: str, context: WriteContext) -> JsonObject:
    url = f"/services/data/v{context.version}/sobjects/{sobject}/{record_id}"
    record: JsonObject = {"attributes": {"type": sobject, "url": url}, "Id": record_id}
    if context.duplicate_details:
        row = database.table(sobject).rows[record_id]
        if row.get("Name") is not None:
            record["Name"] = row["Name"]
    return record
