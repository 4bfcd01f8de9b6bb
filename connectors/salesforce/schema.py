"""What the org says of its objects and fields, in our words; remembered for one connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from connectors.flags import flag
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call, unreadable_error
from connectors.salesforce.ids import normal_id
from connectors.salesforce.relations import relation_of
from sync.domain.errors import NoSuchObjectError, SchemaDriftError
from sync.domain.schema import Division, FieldKind, FieldShape, ObjectShape, Option

__all__ = ["Shapes", "object_shape", "with_options"]

_KINDS = {
    "anyType": FieldKind.OTHER,
    "base64": FieldKind.OTHER,
    "boolean": FieldKind.BOOLEAN,
    "combobox": FieldKind.CHOICE,
    "currency": FieldKind.MONEY,
    "date": FieldKind.DATE,
    "datetime": FieldKind.DATETIME,
    "double": FieldKind.NUMBER,
    "email": FieldKind.EMAIL,
    "encryptedstring": FieldKind.TEXT,
    "id": FieldKind.TEXT,
    "int": FieldKind.INTEGER,
    "long": FieldKind.INTEGER,
    "multipicklist": FieldKind.CHOICES,
    "percent": FieldKind.PERCENT,
    "phone": FieldKind.PHONE,
    "picklist": FieldKind.CHOICE,
    "reference": FieldKind.REFERENCE,
    "string": FieldKind.TEXT,
    "textarea": FieldKind.MULTILINE,
    "time": FieldKind.OTHER,
    "url": FieldKind.URL,
}

#: The fields that say which record type a record is of, and its amounts' currency.
_RECORD_TYPE = "RecordTypeId"
_CURRENCY = "CurrencyIsoCode"

#: Read-only bundles of other fields, which are described on their own.
_COMPOUNDS = frozenset({"address", "location", "complexvalue"})

_OF_TEXT = frozenset(
    {FieldKind.TEXT, FieldKind.MULTILINE, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL}
    | {FieldKind.CHOICE, FieldKind.CHOICES}
)


class Shapes:
    """The shapes of the org's objects, each described at most once unless asked for anew."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._known: dict[str, ObjectShape] = {}
        self._queryable: frozenset[str] | None = None
        self._lock = Lock()

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch an object's shape now; raises NoSuchObjectError where there is no such object."""
        call = Call(operation="describe", object_name=object_name)
        try:
            answer = self._client.get(f"sobjects/{object_name}/describe", call)
        except SchemaDriftError as error:
            raise NoSuchObjectError(
                str(error), object_name=object_name, known=tuple(sorted(self._objects()))
            ) from error
        try:
            shape = object_shape(answer.body)
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            raise unreadable_error(call) from exc
        with self._lock:
            # Under the name asked for too: Salesforce does not mind its case, our keys do.
            self._known |= {object_name: shape, shape.name: shape}
        return shape

    def remember(self, shapes: Iterable[ObjectShape]) -> None:
        """Take over shapes described before, so that no call is spent on them."""
        with self._lock:
            self._known.update((shape.name, shape) for shape in shapes)

    def known(self, object_name: str) -> ObjectShape | None:
        """Give an object's shape where it is known already."""
        with self._lock:
            return self._known.get(object_name)

    def get(self, object_name: str) -> ObjectShape:
        """Give an object's shape, described now where it was not before."""
        return self.known(object_name) or self.describe(object_name)

    def is_queryable(self, object_name: str) -> bool:
        """Tell whether this user can query an object; asks the org once, then remembers."""
        return object_name in self._objects()

    def _objects(self) -> frozenset[str]:
        """Name the objects this user can query."""
        if self._queryable is None:
            answer = self._client.get("sobjects", Call(operation="describe"))
            try:
                objects: list[dict[str, Any]] = answer.body["sobjects"]
                self._queryable = frozenset(
                    str(each["name"]) for each in objects if flag(each.get("queryable"))
                )
            except (AttributeError, KeyError, TypeError, ValueError) as exc:
                raise unreadable_error(Call(operation="describe")) from exc
        return self._queryable


def object_shape(described: Mapping[str, Any]) -> ObjectShape:
    """Give an object's shape from the org's describe answer."""
    fields = [_field_shape(each) for each in described["fields"] if each["type"] not in _COMPOUNDS]
    names = {shape.name for shape in fields}
    relation = relation_of(described["name"])
    shape = ObjectShape(
        name=described["name"],
        label=described["label"],
        fields={shape.name: shape for shape in fields},
        divided_by=_RECORD_TYPE if _RECORD_TYPE in names else "",
        divisions=tuple(_divisions(described.get("recordTypeInfos") or ())),
        currency_field=_CURRENCY if _CURRENCY in names else "",
    )
    return shape if relation is None else relation.opened(shape)


def with_options(shape: ObjectShape, field_name: str, values: Sequence[str]) -> ObjectShape:
    """Give a shape whose picklist has these values, where there are any, in the org's order."""
    field = shape.fields.get(field_name)
    if field is None or not values:
        return shape
    known = {option.value.casefold() for option in field.options}
    more = tuple(Option(value, value) for value in values if value.casefold() not in known)
    filled = replace(field, options=(*field.options, *more))
    return replace(shape, fields={**shape.fields, field_name: filled})


def _divisions(infos: Sequence[Mapping[str, Any]]) -> Iterator[Division]:
    """Give the record types an admin made; the master type stands for having none."""
    for info in infos:
        record_id = normal_id(str(info.get("recordTypeId")))
        if record_id is not None and not flag(info.get("master")):
            # A type a user may not choose still stands on records, and can be read.
            active = flag(info.get("active", True)) and flag(info.get("available", True))
            yield Division(id=record_id, name=str(info.get("developerName")), active=active)


def _field_shape(described: Mapping[str, Any]) -> FieldShape:
    kind = _KINDS.get(described["type"], FieldKind.OTHER)
    digits, scale = _digits(kind, described)
    creatable = flag(described.get("createable"))
    return FieldShape(
        name=described["name"],
        label=described.get("label") or described["name"],
        kind=kind,
        length=(int(described.get("length") or 0) or None) if kind in _OF_TEXT else None,
        digits=digits,
        scale=scale,
        creatable=creatable,
        updatable=flag(described.get("updateable")),
        required=creatable
        and not flag(described.get("nillable", True))
        and not flag(described.get("defaultedOnCreate", False)),
        unique=flag(described.get("unique")),
        restricted=flag(described.get("restrictedPicklist")),
        options=tuple(map(_option, described.get("picklistValues") or ())),
        refers_to=tuple(described.get("referenceTo") or ()),
    )


def _option(described: Mapping[str, Any]) -> Option:
    value = str(described["value"])
    return Option(value, str(described.get("label") or value), flag(described.get("active", True)))


def _digits(kind: FieldKind, described: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Give the digits before and after the point; Salesforce counts both of a number together."""
    if kind is FieldKind.INTEGER:
        return int(described.get("digits") or 0) or None, 0
    if kind is FieldKind.DATETIME:
        return None, 0  # times are stored in whole seconds
    if kind not in {FieldKind.NUMBER, FieldKind.MONEY, FieldKind.PERCENT}:
        return None, None
    scale = int(described.get("scale") or 0)
    precision = int(described.get("precision") or 0)
    return (precision - scale or None) if precision else None, scale
