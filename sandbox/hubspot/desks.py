"""All desks of a portal, and the seed lines that go over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError, SeedError
from sandbox.hubspot.campaign_desk import CampaignDesk
from sandbox.hubspot.desk import Desk
from sandbox.hubspot.errors import ApiError
from sandbox.hubspot.list_desk import ListDesk
from sandbox.hubspot.opt_out_desk import OptOutDesk
from sandbox.hubspot.owner_desk import CodeDesk, OwnerDesk
from sandbox.jsontypes import Json, JsonObject
from sandbox.seeds import SeedRecord

if TYPE_CHECKING:
    from sandbox.hubspot.store import HubSpotStore

__all__ = ["BOOKS", "desk_of", "export_lines_of", "load_books", "load_line"]

BOOKS = ("opt_outs", "lists", "campaigns")
"""What seed lines may hold beside owners and CRM records; campaigns may name lists."""


_DESKS: Mapping[str, Callable[[HubSpotStore], Desk]] = {
    "opt_outs": OptOutDesk,
    "lists": ListDesk,
    "campaigns": CampaignDesk,
    "owners": OwnerDesk,
    "oauth_codes": CodeDesk,
}


def desk_of(store: HubSpotStore, name: str) -> Desk | None:
    """Give the desk for a kind of thing, or None where it is a CRM object."""
    kind = _DESKS.get(name)
    return None if kind is None else kind(store)


def load_books(store: HubSpotStore, seeds: Sequence[SeedRecord], ids: Mapping[str, str]) -> None:
    """Load lists and campaigns; `ids` are those of the records, by the file's own names."""
    known = dict(ids)
    for book in BOOKS:
        for seed in seeds:
            if seed.object == book:
                known[seed.key] = load_line(store, seed, known)


def load_line(store: HubSpotStore, seed: SeedRecord, known: Mapping[str, str]) -> str:
    """Load one line over its desk and give the id of what was made."""
    desk = desk_of(store, seed.object)
    assert desk is not None
    told = {"created": seed.created, "modified": seed.modified}
    times = {name: moment for name, moment in told.items() if moment is not None}
    wanted = known.get(seed.key, seed.id)
    try:
        return desk.add(_resolved(seed, seed.values, known), id=wanted, times=times)
    except SeedError:
        raise
    except (SandboxError, ApiError) as exc:
        raise seed.error(str(exc)) from exc


def export_lines_of(store: HubSpotStore, *books: str) -> Iterator[JsonObject]:
    """Give what is on some desks as seed lines."""
    for book in books:
        desk = desk_of(store, book)
        assert desk is not None
        for line in desk.lines():
            yield {"system": "hubspot", "object": book, **line}


def _resolved(seed: SeedRecord, values: JsonObject, known: Mapping[str, str]) -> JsonObject:
    return {name: _with_ids(seed, value, known) for name, value in values.items()}


def _with_ids(seed: SeedRecord, value: Json, known: Mapping[str, str]) -> Json:
    """Put ids for the names of other lines, however deep they stand."""
    if isinstance(value, list):
        return [_with_ids(seed, one, known) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"key"}:
        key = str(value["key"])
        if key not in known:
            raise seed.error(f"no HubSpot line has the key {key!r}")
        return known[key]
    return _resolved(seed, value, known)
