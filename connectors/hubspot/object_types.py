"""Which name HubSpot's calls take for an object: a standard one's own, a custom one's type id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.flags import flag
from connectors.hubspot.calls import Json, Operation
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.paths import SCHEMAS
from sync.domain.errors import AccountNotSupportedError, SchemaDriftError

__all__ = ["STANDARD", "CustomObject", "fetch_custom_objects", "find_custom", "is_standard"]

#: Objects every portal has; calls take their names as they are.
STANDARD = (
    "appointments",
    "calls",
    "carts",
    "communications",
    "companies",
    "contacts",
    "courses",
    "deals",
    "discounts",
    "emails",
    "fees",
    "goal_targets",
    "invoices",
    "leads",
    "line_items",
    "listings",
    "meetings",
    "notes",
    "orders",
    "payments",
    "products",
    "projects",
    "quotes",
    "services",
    "subscriptions",
    "tasks",
    "taxes",
    "tickets",
    "users",
)

_STANDARD_ID = re.compile(r"0-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomObject:
    """An object a portal defined: `names` are what files may call it, the shortest first."""

    type_id: str
    names: tuple[str, ...]
    label: str
    required: frozenset[str]


def is_standard(object_name: str) -> bool:
    """Tell whether an object is one of HubSpot's own."""
    return object_name in STANDARD or _STANDARD_ID.fullmatch(object_name) is not None


def fetch_custom_objects(client: HubSpotClient) -> tuple[CustomObject, ...]:
    """Fetch all objects a portal defined; none where the token may not see definitions."""
    operation = Operation(name="read the objects of the account", optional=True)
    try:
        answer = client.by_path(operation, SCHEMAS)
    except (AccountNotSupportedError, SchemaDriftError):
        # The scope for definitions is not the one for records; a whole name works without it.
        return ()
    return tuple(_custom(item) for item in answer.results if _is_whole(item))


def find_custom(objects: Sequence[CustomObject], name: str) -> CustomObject | None:
    """Find an object by any of its names, whatever their case."""
    wanted = name.casefold()
    return next(
        (one for one in objects if wanted in {known.casefold() for known in _all_names(one)}), None
    )


def _all_names(one: CustomObject) -> Iterator[str]:
    yield from one.names
    yield one.type_id
    yield f"p_{one.names[0]}"


def _is_whole(item: Json) -> bool:
    return bool(item.get("objectTypeId") and item.get("name")) and not flag(item.get("archived"))


def _custom(item: Json) -> CustomObject:
    name = str(item["name"])
    labels = item.get("labels")
    told = labels if isinstance(labels, dict) else {}
    written = (name, item.get("fullyQualifiedName"), told.get("plural"), told.get("singular"))
    return CustomObject(
        type_id=str(item["objectTypeId"]),
        names=tuple(dict.fromkeys(str(one) for one in written if one)),
        label=str(told.get("plural") or name),
        required=frozenset(map(str, item.get("requiredProperties") or ())),
    )
