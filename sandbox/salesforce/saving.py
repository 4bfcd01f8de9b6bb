"""One save: defaults, checks, automation and stamps, in the platform's order."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.jsontypes import Json
from sandbox.salesforce.behaviour import Behaviour
from sandbox.salesforce.context import WriteContext
from sandbox.salesforce.database import Database
from sandbox.salesforce.duplicates import check_duplicates
from sandbox.salesforce.errors import (
    ApiError,
    converted_lead,
    entity_is_deleted,
    inactive_owner,
    invalid_cross_reference,
    required_fields_missing,
)
from sandbox.salesforce.incoming import FieldReader
from sandbox.salesforce.model import FieldSpec, ObjectSpec, Row, Value
from sandbox.salesforce.places import pair_countries
from sandbox.salesforce.record_types import RecordTypes
from sandbox.salesforce.rules import Rules, Switches
from sandbox.salesforce.stamps import audit_values
from sandbox.salesforce.trail import Trail

__all__ = ["Saver", "WriteContext", "person_name"]


class Saver:
    """Creates and updates single records."""

    def __init__(
        self,
        database: Database,
        rules: Rules,
        switches: Switches,
        behaviours: Mapping[str, Behaviour],
    ) -> None:
        """Save into one org under its set-up."""
        self._database = database
        self._rules = rules
        self._switches = switches
        self._behaviours = behaviours
        self._types = RecordTypes(database, rules)
        self._reader = FieldReader(database)
        self.trail = Trail(database, rules, switches)

    def default_record_type(self, spec: ObjectSpec) -> str | None:
        """Give the record type of a new record that names none, or None."""
        return self._types.default_of(spec)

    def create(self, spec: ObjectSpec, body: Mapping[str, Json], context: WriteContext) -> str:
        """Create a record and give its id."""
        if not spec.createable and context.through_api:
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"{spec.name} is read-only")
        if any(name.lower() == "id" and value is not None for name, value in body.items()):
            text = "cannot specify Id in an insert call"
            raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", text, fields=("Id",))
        self._refuse(spec, None, context)
        values = self._reader.read(spec, body, creating=True, through_api=context.through_api)
        row = self._defaults(spec, context) | values
        missing = [name for name in spec.required if row.get(name) is None]
        if missing:
            raise required_fields_missing(missing)
        self._types.settle(spec, {}, row, values)
        stamp = context.stamp or self._database.now
        row |= audit_values(spec, stamp, context.user_id)
        row = self._checked(spec, {}, row, values, context)
        record_id = self._database.mint.next_id(spec.prefix)
        row = {"Id": record_id, **_without_nulls(row)}
        self._number(spec, row)
        self._database.put(spec, record_id, row)
        self._follow_up(spec, {}, row, context, stamp)
        return record_id

    def update(
        self, spec: ObjectSpec, record_id: str, body: Mapping[str, Json], context: WriteContext
    ) -> None:
        """Update a record; it is stamped even when nothing differs."""
        before = self._existing(spec, record_id)
        if not spec.updateable and context.through_api:
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"{spec.name} is read-only")
        self._refuse(spec, record_id, context)
        if before.get("IsConverted"):
            raise converted_lead()
        values = self._reader.read(spec, body, creating=False, through_api=context.through_api)
        emptied = [n for n, v in values.items() if v is None and not _field(spec, n).nillable]
        if emptied:
            raise required_fields_missing(emptied)
        row = before | values
        self._types.settle(spec, before, row, values)
        row = self._checked(spec, before, row, values, context)
        if values and all(_field(spec, name).calculated for name in values):
            # What a formula gives is nobody's edit, so no stamp moves.
            self._database.put(spec, record_id, _without_nulls(row))
            return
        stamp = context.stamp or self._database.now
        row["SystemModstamp"] = stamp
        if not context.by_automation:
            row["LastModifiedDate"] = stamp
            if "LastModifiedById" in spec.fields:
                row["LastModifiedById"] = context.user_id
        row = _without_nulls(row)
        self._database.put(spec, record_id, row)
        self._follow_up(spec, before, row, context, stamp)

    def _follow_up(
        self, spec: ObjectSpec, before: Row, row: Row, context: WriteContext, stamp: str
    ) -> None:
        """Do what comes after the record itself is stored."""
        self.trail.changed(spec, before, row, user_id=context.user_id, stamp=stamp)
        behaviour = self._behaviours.get(spec.name)
        if behaviour is not None:
            behaviour.saved(before, row, context)

    def _number(self, spec: ObjectSpec, row: Row) -> None:
        """Fill the auto-numbers of a new record: `INV-{0000}` gives INV-0001 and so on."""
        if not spec.custom:
            return
        for field in spec.fields.values():
            if field.auto_number is not None:
                table = self._database.table(spec.name)
                row[field.name] = _numbered(field.auto_number, len(table.rows) + 1)

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
        row = self._completed(spec, before, row, values)
        if self._rules.hooks:
            row = self._automated(spec, before, row, values)
        row = self._assigned(spec, row, context)
        self._check_owner(spec, before, row)
        behaviour = self._behaviours.get(spec.name)
        if behaviour is not None:
            behaviour.check(before, row, context)
        broken = self._rules.broken_by(spec.name, row)
        if broken is not None:
            fields = () if broken.field is None else (broken.field,)
            raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", broken.message, fields=fields)
        rule = self._rules.duplicates.get(spec.name)
        check_duplicates(self._database, rule, spec, before, row, context)
        self._check_unique(spec, before, row)
        return row

    def _completed(self, spec: ObjectSpec, before: Row, row: Row, values: Row) -> Row:
        pair_countries(spec, row, values, checked=self._switches.countries_are_checked)
        if _is_person(spec):
            row["Name"] = person_name(row)
        behaviour = self._behaviours.get(spec.name)
        if behaviour is not None:
            behaviour.complete(before, row, values)
        return row

    def _automated(self, spec: ObjectSpec, before: Row, row: Row, values: Row) -> Row:
        record = {name: row.get(name, field.null) for name, field in spec.fields.items()}
        overwrites = self._rules.overwrites(spec.name, record, list(values))
        if not overwrites:
            return row
        changed = self._reader.read_internal(spec, overwrites)
        return self._completed(spec, before, row | changed, values | changed)

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
        if target.name == "Group":
            self._check_queue(spec, str(owner))

    def _check_queue(self, spec: ObjectSpec, queue_id: str) -> None:
        """Refuse a queue that is set up for other objects only."""
        table = self._database.table("QueueSobject")
        kinds = [table.rows[one].get("SobjectType") for one in table.holders("QueueId", queue_id)]
        if kinds and spec.name not in kinds:
            text = "Queue not associated with this SObject type"
            raise ApiError("INVALID_OPERATION", text, fields=("OwnerId",))

    def _check_unique(self, spec: ObjectSpec, before: Row, row: Row) -> None:
        table = self._database.table(spec.name)
        for field in spec.unique:
            value = row.get(field.name)
            if value is None or value == before.get(field.name):
                continue
            others = [one for one in table.holders(field.name, value) if one != before.get("Id")]
            index = table.index(field.name)
            if not others and self._switches.binned_unique_value_blocks and index is not None:
                others = sorted(index.ids(value) - {str(before.get("Id"))})
            if others:
                raise ApiError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id: "
                    f"{others[0][:15]}",
                    fields=(),
                )


def person_name(row: Mapping[str, Value]) -> str:
    """Join first and last name."""
    return " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))


def _without_nulls(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _field(spec: ObjectSpec, name: str) -> FieldSpec:
    """Give a field that the API's user may not see as well."""
    return spec.hidden.get(name) or spec.fields[name]


def _is_person(spec: ObjectSpec) -> bool:
    return "LastName" in spec.fields and spec.name != "CampaignMember"


def _numbered(form: str, number: int) -> str:
    """Write a number into a form such as `INV-{0000}`."""
    start, stop = form.find("{"), form.find("}")
    if start < 0 or stop < start:
        return f"{form}{number}"
    return f"{form[:start]}{number:0{stop - start - 1}d}{form[stop + 1 :]}"
