"""Lists of records: who stands on a deal, who took part in a campaign, as pairs of their own.

What one line of a file says of a list becomes a pair whose records are the rows of that list: each
ties a member to its owner. The rows of `people` of the deals are the pair `deals.people`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mappings.findings import Path, Places
from mappings.mapline import ROLES, MapLine, Target
from mappings.model import (
    CreateHubSpot,
    CreateRules,
    CreateSalesforce,
    FieldMapping,
    PairMapping,
    RelationLine,
    SideTexts,
)
from mappings.words import OnLeave
from sync.domain.match import Prefer
from sync.domain.record import Native, Side
from sync.domain.rules import Arrow, BlankRule, Carried, DeleteRule
from sync.domain.schema import FieldShape

__all__ = ["PresenceCodec", "ends_kept", "relation_problems", "with_relations"]

#: What a line that names a list cannot say.
_SENSELESS = ("type", "if_blank", "to_hubspot", "to_salesforce", "fallback")

#: The fields of a row: as HubSpot's rows have them, whatever the list.
_OWNER, _MEMBER, _LABEL = "owner", "member", "label"


@dataclass(frozen=True, slots=True)
class _MovedPlaces(Places):
    """Places of a pair that no file holds: each stands where the line it comes from does."""

    moved: tuple[tuple[Path, Path], ...] = ()
    home: Path = ()

    def written_path(self, path: Path) -> Path:
        """Give the path of the line in the file."""
        for here, there in self.moved:
            if path[: len(here)] == here:
                return (*there, *path[len(here) :])
        return self.home


def with_relations(pairs: Iterable[PairMapping]) -> tuple[PairMapping, ...]:
    """Give pairs with the lists of each as pairs of their own, and without them otherwise."""
    return tuple(one for pair in pairs for one in _divided(pair))


def _divided(pair: PairMapping) -> Iterator[PairMapping]:
    lists = {name: field for name, field in pair.fields.items() if _is_people(field)}
    if not lists and pair.members is None:
        yield pair
        return
    fields = {name: field for name, field in pair.fields.items() if name not in lists}
    yield pair.model_copy(update={"fields": fields, "members": None})
    for name, field in lists.items():
        yield _people(pair, name, field)
    if pair.members is not None:
        yield _members(pair)


def _is_people(field: FieldMapping) -> bool:
    return field.map.is_list and field.pair is not None


def _people(pair: PairMapping, name: str, field: FieldMapping) -> PairMapping:
    """Give the pair of a list of people: `people` of deals, with their roles."""
    here: Path = ("fields", name)
    fields = {
        "deal": _reference("OpportunityId", _OWNER, pair.pair),
        "person": _reference("ContactId", _MEMBER, field.pair or ""),
    }
    if field.values is not None:
        label = MapLine(_LABEL, field.map.arrow, (Target(None, "Role"),))
        # The row is what is missing or protected; its role is a field like any other.
        fields["role"] = field.model_copy(update={"map": label, "pair": None})
    return _relation(
        pair,
        name,
        objects=(f"{pair.hubspot}/contacts", ROLES),
        fields=fields,
        line=RelationLine(owner="deal", member="person", presence=field),
        moved=((("fields", "role"), here), (("fields", "person"), here)),
        home=(*here, "map"),
    )


def _members(pair: PairMapping) -> PairMapping:
    """Give the pair of who took part in campaigns, with their statuses."""
    members = pair.members
    assert members is not None
    rules = {"wins": members.wins, "unsure": members.unsure, "blank": members.blank}
    label = MapLine(_LABEL, Arrow.BOTH, (Target(None, "Status"),))
    status = FieldMapping.model_validate(
        {"map": str(label), "values": {word: one[0] for word, one in members.lists.items()}}
    ).model_copy(update=rules)
    status = status.reading(
        {one: word for word, statuses in members.lists.items() for one in statuses}
    )
    return _relation(
        pair,
        "members",
        objects=(f"{pair.hubspot}/contacts", "CampaignMember"),
        fields={
            "campaign": _reference("CampaignId", _OWNER, pair.pair),
            "person": _reference("LeadOrContactId", _MEMBER, members.pair),
            "status": status,
        },
        line=RelationLine(owner="campaign", member="person", presence=status),
        moved=(
            (("fields", "status", "values"), ("members", "lists")),
            (("fields", "person", "pair"), ("members", "pair")),
        ),
        home=("members",),
    )


def _reference(native: str, end: str, pair: str) -> FieldMapping:
    return FieldMapping.model_validate({"map": f"{end} <-> {native}", "pair": pair})


def _relation(
    pair: PairMapping,
    name: str,
    *,
    objects: tuple[str, str],
    fields: dict[str, FieldMapping],
    line: RelationLine,
    moved: tuple[tuple[Path, Path], ...],
    home: Path,
) -> PairMapping:
    arrow = line.presence.map.arrow
    blank = line.presence.blank or pair.defaults.blank
    places = pair.places
    derived = pair.model_copy(
        update={
            "pair": f"{pair.pair}.{name}",
            "hubspot": objects[0],
            "salesforce": (objects[1],),
            "pipeline": None,
            "record_type": None,
            "keys": None,
            "match": ((line.owner, line.member),),
            "include": SideTexts(),
            "create": CreateRules(
                hubspot=CreateHubSpot() if arrow is not Arrow.TO_RIGHT else None,
                salesforce=CreateSalesforce() if arrow is not Arrow.TO_LEFT else None,
            ),
            "fields": fields,
            "on_leave": OnLeave.KEEP,
            "delete": DeleteRule.ARCHIVE if blank is BlankRule.CLEAR else DeleteRule.UNLINK,
            "prefer": Prefer.OLDEST,
            "members": None,
            "examples": (),
        }
    )
    moved_places = _MovedPlaces(places.file, places.keys, places.values, moved, home)
    return derived.at(moved_places).as_relation(line)


def relation_problems(
    pair: PairMapping, name: str, field: FieldMapping
) -> Iterator[tuple[str, str]]:
    """Give what is wrong with a list of people by itself, each with the key it stands under."""
    if pair.hubspot != "deals":
        yield "map", f"only deals have {ROLES}, and {pair.hubspot} have none; leave it out"
    if field.pair is None:
        yield "map", "the line names records of another pair; say of which: 'pair: contacts'"
    if any(one.object_name for one in field.map.right):
        yield "map", f"write {ROLES} without an object before it"
    if field.map.left != "associated contacts":
        yield "map", f"{ROLES} stands across from 'associated contacts'"
    for key in _SENSELESS:
        if getattr(field, key) is not None:
            yield key, "says nothing of a list of people; leave it out, or use 'values'"
    if any(name in rule for rule in pair.match):
        yield "pair", "records cannot be matched by a list; take the field out of 'match'"


def ends_kept(names: tuple[str, ...], shape: FieldShape | None) -> tuple[str, ...]:
    """Give those of a pair's objects that a row's field can name records of."""
    if shape is None or not shape.refers_to:
        return names
    return tuple(name for name in names if name in shape.refers_to)


class PresenceCodec:
    """The codec of whether a row is there, which is the same on both sides."""

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the value itself."""
        del side, region
        return value

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the value itself."""
        del side, region
        return value

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        """Give the value itself."""
        del origin, object_name, region
        return value
