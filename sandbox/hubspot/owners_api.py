"""Owners and the account itself; both can only be read."""

from __future__ import annotations

from sandbox.hubspot.calls import Access, Answer, Call, Route
from sandbox.hubspot.errors import not_found
from sandbox.jsontypes import JsonObject

__all__ = ["ROUTES"]

LARGEST_PAGE = 500

_READ = Access(("crm.objects.owners.read",))


def list_owners(call: Call) -> Answer:
    """List owners by ascending id."""
    archived, email = call.flag("archived"), call.text("email").lower()
    limit = call.number("limit", default=100, most=LARGEST_PAGE)
    after = int(call.text("after", "0")) if call.text("after", "0").isdigit() else 0
    found = [
        one
        for one in call.store.owners
        if one.archived is archived and (not email or one.email.lower() == email)
    ]
    rest = [one for one in found if one.id >= after]
    answer: JsonObject = {"results": [one.to_wire() for one in rest[:limit]]}
    if len(rest) > limit:
        answer["paging"] = {"next": {"after": str(rest[limit].id), "link": "?"}}
    return Answer(200, answer)


def read_owner(call: Call) -> Answer:
    """Give one owner by its own id or its user's."""
    identifier = call.path["id"]
    number = int(identifier) if identifier.isdigit() else -1
    if call.text("idProperty") == "userId":
        owner = call.store.owners.find(user_id=number)
    else:
        owner = call.store.owners.find(owner_id=number)
    if owner is None or owner.archived is not call.flag("archived"):
        raise not_found(f"Owner {identifier} does not exist")
    return Answer(200, owner.to_wire())


def details(call: Call) -> Answer:
    """Say which portal this is."""
    return Answer(200, call.store.account.to_wire())


def daily_usage(call: Call) -> Answer:
    """Say how many of the day's calls are used."""
    return Answer(200, {"results": [call.limits.usage()]})


ROUTES = (
    Route(method="GET", area="crm", resource="owners", rest="", handler=list_owners, access=_READ),
    Route(
        method="GET",
        area="crm",
        resource="owners",
        rest="/{id}",
        handler=read_owner,
        access=_READ,
    ),
    Route(method="GET", area="account-info", resource="", rest="/details", handler=details),
    Route(
        method="GET",
        area="account-info",
        resource="",
        rest="/api-usage/daily/private-apps",
        handler=daily_usage,
    ),
)
