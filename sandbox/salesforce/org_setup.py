"""The org's set-up as data: what an admin would click together, one JSON object a thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.catalog.custom import custom_object
from sandbox.salesforce.catalog.history import field_history
from sandbox.salesforce.conditions import read_condition
from sandbox.salesforce.currencies import Currencies
from sandbox.salesforce.database import Database
from sandbox.salesforce.model import ObjectSpec, Value
from sandbox.salesforce.rules import Broken, DuplicateRule, Rules
from sandbox.salesforce.trail import history_of

__all__ = ["OrgSetup", "ReadKey"]

ReadKey = Callable[[Json], str]
"""Gives the id that `{"key": "q1"}` or a text stands for."""

_LATE = ("assignment_rule", "record_type_choices", "field_security", "default_record_type")


class OrgSetup:
    """Applies set-up lines, and keeps them so that they can be written out again."""

    def __init__(self, database: Database, rules: Rules, currencies: Currencies) -> None:
        """Set up one org."""
        self._database = database
        self._rules = rules
        self._currencies = currencies
        self.lines: list[JsonObject] = []
        self._kinds: dict[str, Callable[[JsonObject, ReadKey], None]] = {
            "object": self._object,
            "validation_rule": self._validation,
            "duplicate_rule": self._duplicates,
            "assignment_rule": self._assignment,
            "field_security": self._security,
            "history_tracking": self._tracking,
            "record_type_choices": self._choices,
            "default_record_type": self._default_type,
            "lead_mapping": self._lead_mapping,
            "currencies": self._currency,
        }

    def add(self, line: JsonObject, read_key: ReadKey) -> None:
        """Apply one line; ValueError says what is wrong with it."""
        kind = str(line.get("kind"))
        if kind not in self._kinds:
            raise ValueError(f"kind {kind!r} is not one of {', '.join(self._kinds)}")
        self._kinds[kind](line, read_key)
        self.lines = [one for one in self.lines if not _is_same(one, line)]
        self.lines.append(_with_ids(line, read_key))

    def export(self) -> list[JsonObject]:
        """Give the lines that make this set-up; currencies may have come by their switch alone."""
        lines = [line for line in self.lines if line.get("kind") != "currencies"]
        if self._currencies.is_on:
            lines.insert(0, {"kind": "currencies", "corporate": self._currencies.corporate})
        return lines

    def clear_rules(self) -> None:
        """Forget all rules; objects, tracking and security stay."""
        rules = ("validation_rule", "duplicate_rule", "assignment_rule")
        self.lines = [line for line in self.lines if line.get("kind") not in rules]
        self._rules.validations.clear()
        self._rules.duplicates.clear()
        self._rules.assignments.clear()

    @staticmethod
    def comes_late(line: Mapping[str, Json]) -> bool:
        """Say whether a line needs the records to be there."""
        return line.get("kind") in _LATE

    def _object(self, line: JsonObject, read_key: ReadKey) -> None:
        name = _text(line, "name")
        if self._database.schema.has(name):
            return
        if not name.endswith("__c"):
            raise ValueError(f"the name of a custom object ends in __c, unlike {name!r}")
        prefix = str(line.get("keyPrefix") or self._database.schema.next_custom_prefix())
        spec = custom_object(name, prefix, line)
        self._database.add_object(spec)
        self._currencies.cover(spec)
        history = field_history(name.removesuffix("c") + "History", parent=name)
        self._database.add_object(history)
        line["keyPrefix"] = prefix

    def _validation(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        breaks = read_condition(spec, line.get("when"))
        field = None if line.get("field") is None else _field(spec, line, "field")
        said = Broken(message=_text(line, "message"), field=field)

        def rule(record: Mapping[str, Value]) -> Broken | None:
            return said if breaks(record) else None

        self._rules.validations[spec.name].append(rule)

    def _duplicates(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        against = tuple(self._named(name).name for name in _list(line, "against"))
        rule = DuplicateRule(
            fields=tuple(_field(spec, {"field": name}, "field") for name in _list(line, "fields")),
            allow_save=line.get("allowSave") is not False,
            message=str(line.get("message") or "Use one of these records?"),
            name=None if line.get("name") is None else str(line["name"]),
            against=against,
        )
        if not rule.fields:
            raise ValueError("a duplicate rule names the fields that records must agree on")
        for sobject in against or (spec.name,):
            table = self._database.table(sobject)
            for name in rule.fields:
                if name in table.spec.fields:
                    table.ensure_index(name)
        self._rules.duplicates[spec.name] = rule

    def _assignment(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        entries = line.get("entries")
        if not isinstance(entries, list):
            raise ValueError('an assignment rule has entries: [{"when": [...], "owner": ID}]')
        owners = [
            (read_condition(spec, one.get("when")), read_key(one.get("owner")))
            for one in entries
            if isinstance(one, dict)
        ]

        def rule(record: Mapping[str, Value]) -> str | None:
            return next((owner for applies, owner in owners if applies(record)), None)

        self._rules.assignments[spec.name] = rule

    def _security(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        readable = line.get("readable") is True
        editable = readable and line.get("editable") is True
        field = spec.known(_text(line, "field"))
        if field is not None and field.required and not editable:
            raise ValueError(f"{field.name} is required, so nobody can be kept from it")
        spec.secure(_text(line, "field"), readable=readable, editable=editable)
        self._database.note_schema()

    def _tracking(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        if history_of(self._database, spec.name) is None:
            raise ValueError(f"{spec.name} has no field history")
        fields = [_field(spec, {"field": name}, "field") for name in _list(line, "fields")]
        self._rules.tracked[spec.name] = frozenset(fields)

    def _choices(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        wanted = _text(line, "recordType")
        field = _field(spec, line, "field")
        values = frozenset(_list(line, "values"))
        self._rules.choices[self._record_type(spec, wanted), field] = values

    def _default_type(self, line: JsonObject, read_key: ReadKey) -> None:
        spec = self._spec(line)
        wanted = _text(line, "recordType")
        self._record_type(spec, wanted)
        self._rules.default_types[spec.name] = wanted

    def _lead_mapping(self, line: JsonObject, read_key: ReadKey) -> None:
        source = _field(self._named("Lead"), line, "field")
        target = self._named(_text(line, "to"))
        if target.name not in ("Account", "Contact", "Opportunity"):
            raise ValueError("a lead's field is mapped to Account, Contact or Opportunity")
        self._rules.lead_map[source] = (target.name, _field(target, line, "toField"))

    def _currency(self, line: JsonObject, read_key: ReadKey) -> None:
        self._currencies.use(str(line.get("corporate") or self._currencies.corporate))

    def _record_type(self, spec: ObjectSpec, name: str) -> str:
        for row in self._database.table("RecordType").rows.values():
            if row.get("SobjectType") == spec.name and row.get("DeveloperName") == name:
                return str(row["Id"])
        raise ValueError(f"{spec.name} has no record type {name}")

    def _spec(self, line: JsonObject) -> ObjectSpec:
        return self._named(_text(line, "object"))

    def _named(self, name: str) -> ObjectSpec:
        spec = self._database.schema.find(name)
        if spec is None:
            raise ValueError(f"there is no object {name}")
        return spec


def _is_same(one: JsonObject, other: JsonObject) -> bool:
    """Say whether a line takes the place of another; validation rules add up unless named."""
    keys = ["kind", "object", "recordType", "name"]
    if one.get("kind") != "duplicate_rule":
        keys.append("field")
    if one.get("kind") == "validation_rule" and one.get("name") is None:
        return one == other
    return all(one.get(key) == other.get(key) for key in keys)


def _with_ids(line: JsonObject, read_key: ReadKey) -> JsonObject:
    """Write owners as ids, since the keys of a seed file mean nothing outside it."""
    entries = line.get("entries")
    if not isinstance(entries, list):
        return dict(line)
    written: list[Json] = [
        {**one, "owner": {"key": read_key(one.get("owner"))}}
        for one in entries
        if isinstance(one, dict)
    ]
    return {**line, "entries": written}


def _text(line: JsonObject, name: str) -> str:
    value = line.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing; it is a text")
    return value


def _list(line: JsonObject, name: str) -> list[str]:
    value = line.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name} is a list")
    return [str(one) for one in value]


def _field(spec: ObjectSpec, line: JsonObject, name: str) -> str:
    field = spec.known(_text(line, name))
    if field is None:
        raise ValueError(f"{spec.name} has no field {line.get(name)}")
    return field.name
