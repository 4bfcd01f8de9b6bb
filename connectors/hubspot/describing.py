"""Everything HubSpot says of an object: its properties, its pipelines, where its days begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.object_types import (
    STANDARD,
    CustomObject,
    fetch_custom_objects,
    find_custom,
    is_standard,
)
from connectors.hubspot.pipelines import fetch_pipelines, staged, with_pipelines
from connectors.hubspot.schema import object_shape
from connectors.hubspot.ties import with_ties
from sync.domain.errors import GoneError, NoSuchObjectError, SchemaDriftError
from sync.domain.schema import FieldKind, FieldShape, ObjectShape

__all__ = ["Describer"]

#: Properties that say in which currency a record's amounts are; one of them exists where the
#: portal has several currencies.
_CURRENCIES = (
    "deal_currency_code",
    "hs_currency_code",
    "hs_currency",
    "hs_line_item_currency_code",
)


class Describer:
    """Describes the objects of one portal; what is the portal's own is asked for once."""

    def __init__(self, client: HubSpotClient) -> None:
        """Describe through a client, which learns by what name custom objects are called."""
        self._client = client
        self._custom: tuple[CustomObject, ...] | None = None
        self._zone: str | None = None
        self._details: Json | None = None

    def account(self) -> Json:
        """Fetch the portal's details; those a description has just fetched stand for them once."""
        details, self._details = self._details, None
        if details is None:
            details = self._client.account().body
        self._zone = str(details.get("timeZone") or self._zone or "") or None
        return details

    def describe(self, object_name: str) -> ObjectShape:
        """Fetch what is known of an object; raises NoSuchObjectError where there is none.

        A custom object may be called by any of its names; calls go by its type id.
        """
        custom = self.learn(object_name)
        try:
            shape = object_shape(object_name, self._properties(object_name).results)
        except ValueError as error:
            asked = Operation(name="read the properties of", object_name=object_name)
            raise odd_answer(asked, "definitions that cannot be read") from error
        if custom is not None:
            shape = _as_defined(shape, custom)
        if staged(shape) is not None:
            shape = with_pipelines(shape, fetch_pipelines(self._client, object_name))
        currency = next((name for name in _CURRENCIES if name in shape.fields), "")
        return with_ties(replace(shape, currency_field=currency, zone=self._zone_of(shape)))

    def learn(self, object_name: str) -> CustomObject | None:
        """Let calls know a custom object by the name it has in files; None for any other."""
        custom = None if is_standard(object_name) else find_custom(self._own(), object_name)
        if custom is not None:
            self._client.call_it(object_name, custom.type_id)
        return custom

    def _properties(self, object_name: str) -> Answer:
        try:
            return self._client.properties(object_name)
        except (GoneError, SchemaDriftError) as error:
            raise NoSuchObjectError(
                f"HubSpot shows no object {object_name!r}; correct `hubspot:` in the mapping. A "
                "custom object has a whole name, such as p123_machines, and its token a scope of "
                "its own: crm.schemas.custom.read.",
                object_name=object_name,
                known=tuple(self._names()),
            ) from error

    def _names(self) -> Iterator[str]:
        """Give the names a mapping can use, as far as the token may see them."""
        yield from STANDARD
        for one in self._own():
            yield from one.names

    def _own(self) -> tuple[CustomObject, ...]:
        if self._custom is None:
            self._custom = fetch_custom_objects(self._client)
        return self._custom

    def _zone_of(self, shape: ObjectShape) -> str:
        """Give the portal's time zone, in which HubSpot shows times and people enter days."""
        if all(field.kind is not FieldKind.DATETIME for field in shape.fields.values()):
            return shape.zone
        if self._zone is None:
            self._details = self._client.account().body
            self._zone = str(self._details.get("timeZone") or shape.zone)
        return self._zone


def _as_defined(shape: ObjectShape, custom: CustomObject) -> ObjectShape:
    """Give a custom object's shape with what only its definition says."""
    fields: Mapping[str, FieldShape] = {
        name: replace(field, required=field.required or name in custom.required)
        for name, field in shape.fields.items()
    }
    return replace(shape, label=custom.label, fields=fields, address=custom.type_id)
