"""Owners and the account itself; both can only be read."""

from __future__ import annotations

from sandbox.hubspot.calls import Access, Answer, Call, Route
from sandbox.hubspot.errors import invalid, not_found
from sandbox.hubspot.numbers import is_number
from sandbox.jsontypes import JsonObject

__all__ = ["ROUTES"]

LARGEST_PAGE = 500

_READ = Access(("crm.objects.owners.read",))


def list_owners(call: Call) -> Answer:
    """List owners by ascending id."""
    archived, email = call.flag("archived"), call.text("email").lower()
    limit = call.number("limit", default=100, most=LARGEST_PAGE)
    after = call.text("after", "0")
    if not is_number(after):
        raise invalid(f"after must be what an earlier page gave, but was {after}")
    found = [
        one
        for one in call.store.owners
        if one.archived is archived and (not email or one.email.lower() == email)
    ]
    rest = [one for one in found if one.id >= int(after)]
    answer: JsonObject = {"results": [one.to_wire() for one in rest[:limit]]}
    if len(rest) > limit:
        following = str(rest[limit].id)
        answer["paging"] = {"next": {"after": following, "link": call.link(after=following)}}
    return Answer(200, answer)


def read_owner(call: Call) -> Answer:
    """Give one owner by its own id or its user's."""
    identifier = call.path["id"]
    number = int(identifier) if is_number(identifier) else -1
    wanted = call.text("idProperty") or "id"
    if wanted not in ("id", "userId"):
        raise invalid(f"idProperty must be id or userId, but was {wanted}")
    owners = call.store.owners
    owner = owners.find(user_id=number) if wanted == "userId" else owners.find(owner_id=number)
    if owner is None or owner.archived is not call.flag("archived"):
        raise not_found(f"Owner {identifier} does not exist")
    return Answer(200, owner.to_wire())


def details(call: Call) -> Answer:
    """Say which portal this is."""
    return Answer(200, call.store.account.to_wire(call.store.clock.now()))


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
