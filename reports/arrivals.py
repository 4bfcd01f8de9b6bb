"""Whether what became of opportunities arrived: on deals, people and companies; and if not, why."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mappings.model import PairMapping
from mappings.outcomes import OF_OPPORTUNITIES, OPPORTUNITY, outcome_name
from sync.domain.credit import values_of
from sync.domain.outcomes import Agreement
from sync.domain.record import Native, RecordRef, Side
from sync.domain.sales import Bearer
from sync.domain.store import Link, LinkState, RecordState, Shadow, Store, TrackedRecord

__all__ = ["Arrival", "Arrivals", "Place", "place_of"]

#: The fields of an opportunity that its deal is to show.
_SHOWN = ("StageName", "Amount", "CloseDate")

_STATES = {
    LinkState.ASLEEP: "its link sleeps, since one of the two records is gone",
    LinkState.OUTSIDE: "it left `include`, so nothing travels to it any more",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where something arrived (`id`, HubSpot's), or why it did not and what to do about it."""

    id: str | None = None
    cause: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The pair that carries outcomes to one kind of record, and the fields it carries them in."""

    pair: str
    object_name: str
    kind: Bearer
    fields: tuple[str, ...]


def place_of(
    store: Store, pairs: Sequence[PairMapping], object_name: str, hubspot: Collection[str]
) -> Place | None:
    """Give the pair whose records of a Salesforce object carry outcomes; None without one."""
    kinds = {"Contact": Bearer.PERSON, "Account": Bearer.COMPANY, OPPORTUNITY: Bearer.DEAL}
    for pair in pairs:
        if object_name in pair.objects(Side.RIGHT) and pair.hubspot in hubspot:
            kept = json.loads(store.runs.note(f"outcomes:{pair.pair}") or "{}")
            fields = tuple(one for one in kept.get("fields", ()) if one in OF_OPPORTUNITIES)
            return Place(pair.pair, object_name, kinds[object_name], fields)
    return None


class Arrivals:
    """Looks up, for many records at once, whether they carry what they should."""

    def __init__(self, store: Store, agreement: Agreement) -> None:
        """Look in a state, by what was agreed on."""
        self._store = store
        self._agreement = agreement

    def linked(self, pair: str, object_name: str, ids: Collection[str]) -> Mapping[str, Arrival]:
        """Tell which records have a counterpart that is kept up to date, or why not."""
        refs = [RecordRef(object_name, id) for id in sorted(ids)]
        links = self._store.links.of(pair, Side.RIGHT, refs)
        tracked = self._store.records.get(pair, Side.RIGHT, refs)
        return {ref.id: _linked(links.get(ref), tracked.get(ref)) for ref in refs}

    def deals(self, pair: PairMapping, ids: Collection[str]) -> Mapping[str, Arrival]:
        """Tell which opportunities are on their deal, as they stand."""
        found = self.linked(pair.pair, OPPORTUNITY, ids)
        links = self._links(pair.pair, OPPORTUNITY, [id for id in ids if found[id].id])
        held = self._store.findings.open_fields([link.id for link in links.values()])
        shown = {
            name
            for name, field in pair.fields.items()
            if field.map.right_name(OPPORTUNITY) in _SHOWN
        }
        stopped = {link_id: name for link_id, name in sorted(held) if name in shown | {""}}
        return {
            id: _stopped(one, stopped.get(links[id].id)) if id in links else one
            for id, one in found.items()
        }

    def carrying(self, place: Place, ids: Collection[str]) -> Mapping[str, Arrival]:
        """Tell which people or companies carry the outcome they should, or why not."""
        found = self.linked(place.pair, place.object_name, ids)
        if not place.fields:
            missing = Arrival(
                cause="HubSpot has none of the properties outcomes go to",
                fix="make them with `revloop init`, or name others under `outcomes` in "
                "lifecycle.yaml",
            )
            return {id: missing if one.id else one for id, one in found.items()}
        links = self._links(place.pair, place.object_name, [id for id in ids if found[id].id])
        link_ids = [link.id for link in links.values()]
        shadows = self._store.links.shadows(link_ids)
        held = self._store.findings.open_fields(link_ids)
        values = values_of(
            self._store.sales, self._agreement, place.kind, sorted(links), place.fields
        )
        return {
            id: self._carried(one, links[id], shadows, held, values[id]) if id in links else one
            for id, one in found.items()
        }

    def _links(self, pair: str, object_name: str, ids: Sequence[str]) -> dict[str, Link]:
        refs = [RecordRef(object_name, id) for id in sorted(ids)]
        return {ref.id: one for ref, one in self._store.links.of(pair, Side.RIGHT, refs).items()}

    def _carried(
        self,
        arrival: Arrival,
        link: Link,
        shadows: Mapping[tuple[int, Side], Shadow],
        held: Collection[tuple[int, str]],
        values: Mapping[str, Native],
    ) -> Arrival:
        failed = [name for name in values if (link.id, outcome_name(name)) in held]
        if failed or (link.id, "") in held:
            names = ", ".join(failed) or "the record"
            return Arrival(
                cause=f"HubSpot refused {names} of {arrival.id}", fix="see `revloop errors list`"
            )
        shadow = shadows.get((link.id, Side.RIGHT))
        agreed = shadow.base if shadow is not None else {}
        if all(agreed.get(outcome_name(name)) == value for name, value in values.items()):
            return arrival
        return Arrival(cause=f"{arrival.id} does not carry it yet", fix="run `revloop sync`")


def _linked(link: Link | None, tracked: TrackedRecord | None) -> Arrival:
    if link is not None and link.state is LinkState.OPEN:
        return Arrival(id=link.left.id)
    if link is not None:
        return Arrival(cause=_STATES.get(link.state, "it is unlinked"), fix="see `revloop status`")
    if tracked is None:
        return Arrival(cause="it was not read yet", fix="run `revloop sync`")
    match tracked.state:
        case RecordState.LEFT_OUT:
            return Arrival(cause=f"left out: {tracked.why}", fix="change that line, or leave it")
        case RecordState.HELD:
            return Arrival(cause="it is held", fix="see `revloop conflicts list`")
        case RecordState.IN_ERROR:
            return Arrival(cause="it could not be made", fix="see `revloop errors list`")
        case RecordState.GONE:
            return Arrival(cause="it is deleted")
        case _:
            return Arrival(
                cause="it was unlinked", fix="link it again in the CRMs, if it should be"
            )


def _stopped(arrival: Arrival, field: str | None) -> Arrival:
    """Give what keeps a deal from showing how its opportunity stands."""
    if field is None:
        return arrival
    what = f"its field {field!r}" if field else "the record"
    return Arrival(
        cause=f"{what} is held or in error",
        fix="see `revloop conflicts list` and `revloop errors list`",
    )
