"""What an object and a field are: the schema's own shapes, without any object in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum

__all__ = [
    "Access",
    "FieldSpec",
    "FieldType",
    "ObjectSpec",
    "OnParentDelete",
    "PicklistValue",
    "RollUp",
    "Row",
    "Value",
]

Value = str | int | float | bool | None
Row = dict[str, Value]
"""A stored record: the fields that hold something; what is not there is null or false."""


class FieldType(StrEnum):
    """The types of a field, named as describe names them."""

    ID = "id"
    REFERENCE = "reference"
    BOOLEAN = "boolean"
    STRING = "string"
    TEXTAREA = "textarea"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    PICKLIST = "picklist"
    MULTIPICKLIST = "multipicklist"
    INT = "int"
    DOUBLE = "double"
    PERCENT = "percent"
    CURRENCY = "currency"
    DATE = "date"
    DATETIME = "datetime"
    ADDRESS = "address"
    ANY = "anyType"

    @property
    def is_text(self) -> bool:
        """Say whether values are free or listed text."""
        return self in _TEXTS

    @property
    def is_number(self) -> bool:
        """Say whether values are numbers."""
        return self in _NUMBERS


_TEXTS = frozenset(
    {
        FieldType.STRING,
        FieldType.TEXTAREA,
        FieldType.EMAIL,
        FieldType.PHONE,
        FieldType.URL,
        FieldType.PICKLIST,
        FieldType.MULTIPICKLIST,
        FieldType.ANY,
    }
)
_NUMBERS = frozenset({FieldType.INT, FieldType.DOUBLE, FieldType.PERCENT, FieldType.CURRENCY})


class Access(Enum):
    """Who may write a field through the API."""

    WRITE = (True, True)
    CREATE_ONLY = (True, False)
    UPDATE_ONLY = (False, True)
    READ_ONLY = (False, False)

    @property
    def createable(self) -> bool:
        """Say whether a create may set it."""
        return self.value[0]

    @property
    def updateable(self) -> bool:
        """Say whether an update may set it."""
        return self.value[1]


class OnParentDelete(Enum):
    """What becomes of a child when the record it refers to is deleted."""

    KEEP = "keep"
    CLEAR = "clear"
    CASCADE = "cascade"


@dataclass(frozen=True, slots=True, kw_only=True)
class PicklistValue:
    """One value of a picklist."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """A total over an object's children: how many there are, or the sum of one of their fields."""

    child: str
    reference: str
    sum_of: str | None = None
    where: tuple[tuple[str, Value], ...] = ()

    def share(self, row: Row | None) -> tuple[str, float] | None:
        """Give the parent a child counts for and by how much, or None when it does not count."""
        if row is None or row.get("IsDeleted"):
            return None
        parent = row.get(self.reference)
        if parent is None or any(not _agrees(row.get(name), value) for name, value in self.where):
            return None
        if self.sum_of is None:
            return str(parent), 1.0
        amount = row.get(self.sum_of)
        return str(parent), float(amount) if isinstance(amount, (int, float)) else 0.0


def _agrees(held: Value, wanted: Value) -> bool:
    """Compare a condition of a roll-up: true and false mean filled and empty for references."""
    return bool(held) is wanted if isinstance(wanted, bool) else held == wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of an object, with all that describe says about it."""

    name: str
    label: str
    type: FieldType
    access: Access = Access.WRITE
    nillable: bool = True
    length: int = 0
    precision: int = 0
    scale: int = 0
    default: Value = None
    defaulted: bool = False
    values: tuple[PicklistValue, ...] = ()
    restricted: bool = False
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    children: str | None = None
    on_parent_delete: OnParentDelete = OnParentDelete.CLEAR
    compound: str | None = None
    calculated: bool = False
    formula: str | None = None
    roll_up: RollUp | None = None
    custom: bool = False
    name_field: bool = False
    master_detail: bool = False
    auto_number: str | None = None
    extra_type: str | None = None
    permissionable: bool | None = None
    queryable_by_value: bool = True

    @property
    def required(self) -> bool:
        """Say whether a create must bring it."""
        return self.access.createable and not self.nillable and not self.defaulted

    @property
    def filterable(self) -> bool:
        """Say whether a query may put a condition on it."""
        is_long = self.type is FieldType.TEXTAREA and self.length > 255
        return self.queryable_by_value and not is_long

    @property
    def sortable(self) -> bool:
        """Say whether a query may order by it."""
        is_sorted_anyway = self.type is FieldType.ANY
        is_plain = self.type not in (FieldType.ADDRESS, FieldType.MULTIPICKLIST)
        return (self.filterable or is_sorted_anyway) and is_plain

    @property
    def indexed(self) -> bool:
        """Say whether records are found by it without looking at all of them."""
        is_key = self.unique or self.external_id or self.id_lookup
        return (is_key or self.type is FieldType.REFERENCE) and self.type is not FieldType.ID

    @property
    def addresses(self) -> bool:
        """Say whether a record can be named by it in an upsert or a path."""
        return self.external_id or self.id_lookup

    @property
    def null(self) -> Value:
        """Give what stands where nothing was stored."""
        return False if self.type is FieldType.BOOLEAN else None


@dataclass(slots=True, kw_only=True)
class ObjectSpec:
    """One object: its fields in describe's order, and what may be done with its records."""

    name: str
    label: str
    label_plural: str
    prefix: str
    fields: dict[str, FieldSpec]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    undeletable: bool = True
    mergeable: bool = False
    searchable: bool = True
    triggerable: bool = True
    layoutable: bool = True
    custom: bool = False
    replicateable: bool = True
    required: tuple[str, ...] = ()
    defaults: Row = field(default_factory=dict)
    unique: tuple[FieldSpec, ...] = ()
    names: dict[str, str] = field(default_factory=dict, repr=False)
    relationships: dict[str, FieldSpec] = field(default_factory=dict, repr=False)
    added: set[str] = field(default_factory=set, repr=False)
    hidden: dict[str, FieldSpec] = field(default_factory=dict, repr=False)
    locked: dict[str, FieldSpec] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Make the fields findable by any spelling."""
        for spec in self.fields.values():
            self._register(spec)
        self._summarise()

    def add(self, spec: FieldSpec) -> None:
        """Add a field, or replace the one of that name."""
        self.fields[spec.name] = spec
        self._register(spec)
        self._summarise()

    def remove(self, name: str) -> None:
        """Take a field away, as if the org had never had it."""
        spec = self.fields.pop(name, None)
        if spec is not None:
            del self.names[name.lower()]
            self.relationships.pop((spec.relationship or "").lower(), None)
            self._summarise()

    def secure(self, name: str, *, readable: bool, editable: bool) -> None:
        """Set what the API's user may do with a field; what it cannot read is not there for it."""
        spec = self.known(name)
        if spec is None:
            raise ValueError(f"{self.name} has no field {name}")
        self.hidden.pop(spec.name, None)
        self.locked.pop(spec.name, None)
        if readable and editable:
            self.add(spec)
        elif readable:
            self.locked[spec.name] = spec
            self.add(replace(spec, access=Access.READ_ONLY))
        else:
            self.remove(spec.name)
            self.hidden[spec.name] = spec

    def known(self, name: str) -> FieldSpec | None:
        """Give a field as the org defines it, whatever the API's user may do with it."""
        if not self.hidden and not self.locked:
            return self.find(name)
        lowered = name.lower()
        for spec in (*self.hidden.values(), *self.locked.values()):
            if spec.name.lower() == lowered:
                return spec
        return self.find(name)

    def find(self, name: str) -> FieldSpec | None:
        """Give the field of a name, whatever its case, or None."""
        spelled = self.names.get(name.lower())
        return None if spelled is None else self.fields[spelled]

    def parent(self, relationship: str) -> FieldSpec | None:
        """Give the reference behind a relationship such as `Account` or `Owner`."""
        return self.relationships.get(relationship.lower())

    def _register(self, spec: FieldSpec) -> None:
        self.names[spec.name.lower()] = spec.name
        if spec.relationship:
            self.relationships[spec.relationship.lower()] = spec

    def _summarise(self) -> None:
        """Note what every save asks, so that it need not go through all fields."""
        fields = self.fields.values()
        self.required = tuple(one.name for one in fields if one.required)
        hidden = self.hidden.values()
        self.unique = tuple(one for one in (*fields, *hidden) if one.unique)
        self.defaults = {
            one.name: one.default for one in fields if one.default not in (None, False)
        }
