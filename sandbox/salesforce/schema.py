"""The org's objects, found by name or by an id's prefix, and custom fields added to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sandbox.jsontypes import Json, JsonObject
from sandbox.salesforce.catalog import standard_objects
from sandbox.salesforce.ids import prefix_of
from sandbox.salesforce.model import (
    Access,
    FieldSpec,
    FieldType,
    ObjectSpec,
    OnParentDelete,
    PicklistValue,
    RollUp,
    Value,
)

__all__ = ["Schema", "custom_field", "definition_of"]

_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALIASES = {
    "text": FieldType.STRING,
    "longtextarea": FieldType.TEXTAREA,
    "number": FieldType.DOUBLE,
    "integer": FieldType.INT,
    "checkbox": FieldType.BOOLEAN,
    "multiselectpicklist": FieldType.MULTIPICKLIST,
    "lookup": FieldType.REFERENCE,
}
_LENGTHS = {
    FieldType.STRING: 255,
    FieldType.TEXTAREA: 255,
    FieldType.EMAIL: 80,
    FieldType.PHONE: 40,
    FieldType.URL: 255,
    FieldType.PICKLIST: 255,
    FieldType.MULTIPICKLIST: 4099,
    FieldType.REFERENCE: 18,
}


class Schema:
    """Every object of the org."""

    def __init__(self, holds: Callable[[str, str], bool]) -> None:
        """Start with the standard objects; `holds` says whether an object has a record."""
        self._holds = holds
        self._objects = {spec.name: spec for spec in standard_objects()}
        self._names = {name.lower(): name for name in self._objects}
        self._prefixes: dict[str, list[ObjectSpec]] = {}
        self._children: dict[str, list[tuple[ObjectSpec, FieldSpec]]] = {}
        for spec in self._objects.values():
            self._prefixes.setdefault(spec.prefix, []).append(spec)

    def __iter__(self) -> Iterator[ObjectSpec]:
        """Go through the objects, parents before children."""
        return iter(self._objects.values())

    def find(self, name: str) -> ObjectSpec | None:
        """Give the object of a name, whatever its case, or None."""
        spelled = self._names.get(name.lower())
        return None if spelled is None else self._objects[spelled]

    def of_id(self, record_id: str) -> ObjectSpec | None:
        """Give the object an id belongs to, or None.

        Some objects share a prefix; of those it is the one that holds the record, or the first.
        """
        found = self._prefixes.get(prefix_of(record_id))
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        return next((spec for spec in found if self._holds(spec.name, record_id)), found[0])

    def has(self, name: str) -> bool:
        """Say whether the org has an object of exactly this name."""
        return name in self._objects

    def add(self, spec: ObjectSpec) -> None:
        """Add an object."""
        self._objects[spec.name] = spec
        self._names[spec.name.lower()] = spec.name
        self._prefixes.setdefault(spec.prefix, []).append(spec)
        self.changed()

    def drop(self, name: str) -> None:
        """Take an object away."""
        spec = self._objects.pop(name)
        del self._names[name.lower()]
        self._prefixes[spec.prefix].remove(spec)
        self.changed()

    def next_custom_prefix(self) -> str:
        """Give the first prefix for custom objects that is free."""
        prefixes = (f"a0{digit}" for digit in _BASE_36)
        return next(prefix for prefix in prefixes if prefix not in self._prefixes)

    def changed(self) -> None:
        """Forget what was noted about fields, because some were added or hidden."""
        self._children.clear()

    def children_of(self, parent: str) -> list[tuple[ObjectSpec, FieldSpec]]:
        """Give the references that point at an object."""
        known = self._children.get(parent)
        if known is None:
            known = [
                (spec, field)
                for spec in self._objects.values()
                for field in spec.fields.values()
                if parent in field.refers_to
            ]
            self._children[parent] = known
        return known


def custom_field(definition: Mapping[str, Json]) -> FieldSpec:
    """Read a custom field's definition; ValueError says what is wrong with it.

    Keys are describe's own: name, type, label, length, precision, scale, nillable, unique,
    externalId, caseSensitive, defaultValue, restrictedPicklist, picklistValues (or the short
    `values`), referenceTo, relationshipName, cascadeDelete, calculated, calculatedFormula; and
    childRelationshipName and rollUp `{"child", "reference", "sumOf", "where"}`, which describe
    has elsewhere or nowhere.
    """
    name = str(definition["name"])
    kind = _type_of(definition)
    scale = _whole(definition, "scale", 0)
    default = _default(definition, kind)
    values = _picklist(definition)
    is_boolean = kind is FieldType.BOOLEAN
    roll_up = _roll_up(definition)
    calculated = roll_up is not None or _flag(definition, "calculated")
    master_detail = _flag(definition, "cascadeDelete")
    auto_number = definition.get("autoNumber")
    read_only = calculated or isinstance(auto_number, str)
    return FieldSpec(
        name=name,
        label=str(definition.get("label") or _label_of(name)),
        type=kind,
        length=_whole(definition, "length", _LENGTHS.get(kind, 0)),
        precision=_whole(definition, "precision", 18 if kind.is_number else 0),
        scale=0 if kind is FieldType.INT else scale,
        nillable=not is_boolean and _flag(definition, "nillable", default=not master_detail),
        default=default,
        defaulted=default is not None,
        access=Access.READ_ONLY if read_only else Access.WRITE,
        calculated=calculated,
        formula=_formula(definition),
        roll_up=roll_up,
        auto_number=auto_number if isinstance(auto_number, str) else None,
        name_field=_flag(definition, "nameField"),
        master_detail=master_detail,
        on_parent_delete=OnParentDelete.CASCADE if master_detail else OnParentDelete.CLEAR,
        children=_children(definition),
        values=values,
        restricted=bool(values) and _flag(definition, "restrictedPicklist", default=True),
        unique=_flag(definition, "unique"),
        external_id=_flag(definition, "externalId"),
        case_sensitive=_flag(definition, "caseSensitive"),
        id_lookup=_flag(definition, "idLookup"),
        refers_to=_texts(definition, "referenceTo"),
        relationship=_relationship(name, definition) if kind is FieldType.REFERENCE else None,
        custom=name.endswith("__c"),
    )


def _formula(definition: Mapping[str, Json]) -> str | None:
    formula = definition.get("calculatedFormula")
    return formula if isinstance(formula, str) else None


def _children(definition: Mapping[str, Json]) -> str | None:
    name = definition.get("childRelationshipName")
    if not isinstance(name, str):
        return None
    is_custom = str(definition["name"]).endswith("__c")
    return f"{name}__r" if is_custom and not name.endswith("__r") else name


def _roll_up(definition: Mapping[str, Json]) -> RollUp | None:
    given = definition.get("rollUp")
    if not isinstance(given, dict):
        return None
    if not {"child", "reference"} <= set(given):
        raise ValueError("a rollUp names the child object and its reference")
    sum_of, where = given.get("sumOf"), given.get("where")
    conditions = where.items() if isinstance(where, dict) else ()
    return RollUp(
        child=str(given["child"]),
        reference=str(given["reference"]),
        sum_of=sum_of if isinstance(sum_of, str) else None,
        where=tuple((n, v) for n, v in conditions if not isinstance(v, (dict, list))),
    )


def _type_of(definition: Mapping[str, Json]) -> FieldType:
    written = str(definition.get("type", "string"))
    try:
        return _ALIASES.get(written.lower()) or FieldType(written.lower())
    except ValueError as exc:
        known = ", ".join(FieldType)
        raise ValueError(f"field type {written!r} is not one of {known}") from exc


def _default(definition: Mapping[str, Json], kind: FieldType) -> Value:
    default = definition.get("defaultValue")
    if isinstance(default, (str, int, float)):
        return default
    return False if kind is FieldType.BOOLEAN else None


def _label_of(name: str) -> str:
    return name.removesuffix("__c").replace("_", " ")


def _whole(definition: Mapping[str, Json], key: str, default: int) -> int:
    value = definition.get(key)
    return value if isinstance(value, int) and value else default


def _flag(definition: Mapping[str, Json], key: str, *, default: bool = False) -> bool:
    value = definition.get(key)
    return value if isinstance(value, bool) else default


def _texts(definition: Mapping[str, Json], key: str) -> tuple[str, ...]:
    value = definition.get(key)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(str(one) for one in listed)


def _picklist(definition: Mapping[str, Json]) -> tuple[PicklistValue, ...]:
    listed = definition.get("picklistValues") or definition.get("values")
    if not isinstance(listed, list):
        return ()
    return tuple(_picklist_value(one) for one in listed)


def _picklist_value(one: Json) -> PicklistValue:
    if not isinstance(one, dict):
        return PicklistValue(value=str(one), label=str(one))
    value = str(one.get("value"))
    return PicklistValue(
        value=value, label=str(one.get("label", value)), active=one.get("active") is not False
    )


def _relationship(name: str, definition: Mapping[str, Json]) -> str:
    given = definition.get("relationshipName")
    if isinstance(given, str):
        return given
    return name[:-1] + "r" if name.endswith("__c") else name.removesuffix("Id")


def definition_of(spec: FieldSpec) -> JsonObject:
    """Write a custom field as `custom_field` reads it."""
    definition: JsonObject = {
        "name": spec.name,
        "label": spec.label,
        "type": spec.type.value,
        "length": spec.length,
        "precision": spec.precision,
        "scale": spec.scale,
        "nillable": spec.nillable,
        "defaultValue": spec.default,
        "unique": spec.unique,
        "externalId": spec.external_id,
        "caseSensitive": spec.case_sensitive,
        "idLookup": spec.id_lookup,
        "restrictedPicklist": spec.restricted,
        "picklistValues": [
            {"value": one.value, "label": one.label, "active": one.active} for one in spec.values
        ],
        "referenceTo": list(spec.refers_to),
    }
    if spec.relationship:
        definition["relationshipName"] = spec.relationship
    if spec.children:
        definition["childRelationshipName"] = spec.children
    if spec.master_detail:
        definition["cascadeDelete"] = True
    if spec.calculated:
        definition |= {"calculated": True, "calculatedFormula": spec.formula}
    if spec.auto_number:
        definition["autoNumber"] = spec.auto_number
    if spec.name_field:
        definition["nameField"] = True
    if spec.roll_up:
        definition["rollUp"] = {
            "child": spec.roll_up.child,
            "reference": spec.roll_up.reference,
            "sumOf": spec.roll_up.sum_of,
            "where": dict(spec.roll_up.where),
        }
    return definition
