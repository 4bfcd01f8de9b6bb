"""One save: defaults, checks, automation and stamps, in the platform's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.database import Database
from sandbox.salesforce.errors import (
    ApiError,
    converted_lead,
    entity_is_deleted,
    inactive_owner,
    invalid_cross_reference,
    required_fields_missing,
)
from sandbox.salesforce.incoming import FieldReader
from sandbox.salesforce.model import ObjectSpec, Row, Value
from sandbox.salesforce.places import pair_countries
from sandbox.salesforce.rules import DuplicateRule, Rules, Switches

__all__ = ["Saver", "WriteContext", "person_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContext:
    """Who writes, and what the request's headers allow."""

    user_id: str
    by_automation: bool = False
    through_api: bool = True
    allow_duplicates: bool = False
    auto_assign: bool = True
    stamp: str | None = None


class Saver:
    """Creates and updates single records."""

    def __init__(self, database: Database, rules: Rules, switches: Switches) -> None:
        """Save into one org under its set-up."""
        self._database = database
        self._rules = rules
        self._switches = switches
        self._reader = FieldReader(database)

    def create(self, spec: ObjectSpec, body: Mapping[str, Json], context: WriteContext) -> str:
        """Create a record and give its id."""
        if not spec.createable:
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"{spec.name} is read-only")
        if any(name.lower() == "id" and value is not None for name, value in body.items()):
            text = "cannot specify Id in an insert call"
            raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", text, fields=("Id",))
        self._refuse(spec, None, context)
        values = self._reader.read(spec, body, creating=True)
        row = self._defaults(spec, context) | values
        missing = [name for name in spec.required if row.get(name) is None]
        if missing:
            raise required_fields_missing(missing)
        stamp = context.stamp or self._database.now
        row |= {
            "CreatedDate": stamp,
            "CreatedById": context.user_id,
            "LastModifiedDate": stamp,
            "LastModifiedById": context.user_id,
            "SystemModstamp": stamp,
        }
        row = self._checked(spec, {}, row, values, context)
        record_id = self._database.mint.next_id(spec.prefix)
        self._database.put(spec, record_id, {"Id": record_id, **_without_nulls(row)})
        return record_id

    def update(
        self, spec: ObjectSpec, record_id: str, body: Mapping[str, Json], context: WriteContext
    ) -> None:
        """Update a record; it is stamped even when nothing differs."""
        before = self._existing(spec, record_id)
        if not spec.updateable:
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"{spec.name} is read-only")
        self._refuse(spec, record_id, context)
        if before.get("IsConverted"):
            raise converted_lead()
        values = self._reader.read(spec, body, creating=False)
        emptied = [n for n, v in values.items() if v is None and not spec.fields[n].nillable]
        if emptied:
            raise required_fields_missing(emptied)
        row = self._checked(spec, before, before | values, values, context)
        stamp = context.stamp or self._database.now
        row["SystemModstamp"] = stamp
        if not context.by_automation:
            row |= {"LastModifiedDate": stamp, "LastModifiedById": context.user_id}
        self._database.put(spec, record_id, _without_nulls(row))

    def _existing(self, spec: ObjectSpec, record_id: str) -> Row:
        row = self._database.table(spec.name).rows.get(record_id)
        if row is None:
            raise invalid_cross_reference(addressed=True)
        if row.get("IsDeleted"):
            raise entity_is_deleted()
        return row

    def _refuse(self, spec: ObjectSpec, record_id: str | None, context: WriteContext) -> None:
        if context.through_api:
            refusal = self._rules.next_refusal(spec.name, record_id)
            if refusal is not None:
                raise refusal

    def _defaults(self, spec: ObjectSpec, context: WriteContext) -> Row:
        row = dict(spec.defaults)
        if "OwnerId" in spec.fields:
            row["OwnerId"] = context.user_id
        return row

    def _checked(
        self,
        spec: ObjectSpec,
        before: Row,
        row: Row,
        values: Row,
        context: WriteContext,
    ) -> Row:
        """Complete a row and let the org's rules at it."""
        row = self._completed(spec, row, values)
        if self._rules.hooks:
            row = self._automated(spec, row, values)
        row = self._assigned(spec, row, context)
        self._check_owner(spec, before, row)
        message = self._rules.message_of(spec.name, row)
        if message is not None:
            raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields=())
        self._check_duplicates(spec, before, row, context)
        self._check_unique(spec, before, row)
        return row

    def _completed(self, spec: ObjectSpec, row: Row, values: Row) -> Row:
        pair_countries(spec, row, values, checked=self._switches.countries_are_checked)
        if "LastName" in spec.fields:
            row["Name"] = person_name(row)
        return row

    def _automated(self, spec: ObjectSpec, row: Row, values: Row) -> Row:
        record = {name: row.get(name, field.null) for name, field in spec.fields.items()}
        overwrites = self._rules.overwrites(spec.name, record, list(values))
        if not overwrites:
            return row
        changed = self._reader.read_internal(spec, overwrites)
        return self._completed(spec, row | changed, changed)

    def _assigned(self, spec: ObjectSpec, row: Row, context: WriteContext) -> Row:
        rule = self._rules.assignments.get(spec.name)
        if rule is None or not context.auto_assign or not context.through_api:
            return row
        owner = rule(row)
        return row if owner is None else row | {"OwnerId": owner}

    def _check_owner(self, spec: ObjectSpec, before: Row, row: Row) -> None:
        owner = row.get("OwnerId")
        if owner is None or owner == before.get("OwnerId"):
            return
        found = self._database.row_of(str(owner))
        if found is None:
            raise invalid_cross_reference()
        target, user = found
        if target.name == "User" and not user.get("IsActive"):
            raise inactive_owner(str(owner), spec.name)
        if target.name == "Group" and user.get("Type") != "Queue":
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", "Owner ID: not a queue", fields=())

    def _check_unique(self, spec: ObjectSpec, before: Row, row: Row) -> None:
        table = self._database.table(spec.name)
        for field in spec.unique:
            value = row.get(field.name)
            if value is None or value == before.get(field.name):
                continue
            others = [one for one in table.holders(field.name, value) if one != before.get("Id")]
            if others:
                raise ApiError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id: "
                    f"{others[0][:15]}",
                    fields=(),
                )

    def _check_duplicates(
        self, spec: ObjectSpec, before: Row, row: Row, context: WriteContext
    ) -> None:
        rule = self._rules.duplicates.get(spec.name)
        if rule is None or (rule.allow_save and context.allow_duplicates):
            return
        if not context.through_api or all(row.get(n) == before.get(n) for n in rule.fields):
            return
        found = self._agreeing(spec, rule, row)
        found.discard(str(before.get("Id")))
        if found:
            raise ApiError(
                "DUPLICATES_DETECTED",
                rule.message,
                extra={"duplicateResut": _duplicate_result(spec, rule, sorted(found))},
            )

    def _agreeing(self, spec: ObjectSpec, rule: DuplicateRule, row: Row) -> set[str]:
        table = self._database.table(spec.name)
        agreeing: set[str] | None = None
        for name in rule.fields:
            value = row.get(name)
            if value is None:
                return set()
            holders = set(table.holders(name, value))
            agreeing = holders if agreeing is None else agreeing & holders
        return agreeing or set()


def person_name(row: Mapping[str, Value]) -> str:
    """Join first and last name."""
    return " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))


def _without_nulls(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _duplicate_result(spec: ObjectSpec, rule: DuplicateRule, found: list[str]) -> JsonObject:
    records: list[Json] = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {
                    "type": spec.name,
                    "url": f"/services/data/v59.0/sobjects/{spec.name}/{record_id}",
                },
                "Id": record_id,
            },
        }
        for record_id in found
    ]
    return {
        "allowSave": rule.allow_save,
        "duplicateRule": f"Standard_{spec.name}_Duplicate_Rule",
        "duplicateRuleEntityType": spec.name,
        "errorMessage": rule.message,
        "matchResults": [
            {
                "entityType": spec.name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": records,
                "rule": f"Standard_{spec.name}_Match_Rule",
                "size": len(records),
                "success": True,
            }
        ],
    }
