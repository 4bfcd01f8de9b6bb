"""The scopes and permissions a run needs for a pair, in words for the person who grants them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sync.domain.record import Side

if TYPE_CHECKING:
    from mappings.model import PairMapping

__all__ = ["rights"]

#: HubSpot's objects with scopes of their own names.
_SCOPED = ("contacts", "companies", "deals")

_CAMPAIGNS = ("marketing.campaigns.read", "marketing.campaigns.write")
_LISTS = ("crm.lists.read", "crm.lists.write")


def rights(pair: PairMapping) -> str:
    """Name the rights a run needs."""
    scopes = list(dict.fromkeys(_scopes(pair)))
    objects = ", ".join(pair.objects(Side.RIGHT))
    return (
        f"see that HubSpot's token has the scopes {', '.join(scopes[:-1])} and {scopes[-1]}, and "
        f"Salesforce's user {_permissions(pair)} {objects}"
    )


def _permissions(pair: PairMapping) -> str:
    of_marketing = pair.hubspot.partition("/")[0] == "campaigns"
    user = "API Enabled, Marketing User, and" if of_marketing else "API Enabled and"
    # Only rows of lists are ever deleted without `delete: archive`.
    deletes = pair.relation is not None
    return f"{user} Read, Create{', Edit and Delete' if deletes else ' and Edit'} on"


def _scopes(pair: PairMapping) -> Iterator[str]:
    from mappings.words import FieldType

    owner, _, member = pair.hubspot.partition("/")
    if owner == "campaigns":
        yield from _CAMPAIGNS
        if member:
            yield from _LISTS
        return
    for name in filter(None, (owner, member)):
        yield from _of_records(name)
    types = {field.type for field in pair.fields.values()}
    if FieldType.OPT_OUT in types:
        yield "communication_preferences.write"
    if FieldType.USER in types:
        yield "crm.objects.owners.read"
    if owner != "tickets":
        yield f"crm.schemas.{_scope(owner)}.read"


def _of_records(name: str) -> tuple[str, ...]:
    if name == "tickets":
        return ("tickets",)  # one scope for all that is done with them
    return (f"crm.objects.{_scope(name)}.read", f"crm.objects.{_scope(name)}.write")


def _scope(name: str) -> str:
    return name if name in _SCOPED else "custom"
