"""The static lists that stand for who took part in a campaign: found, made, never two of one.

A list is known by the end of its name, `members (revloop GUID)`, so that a lost state costs
nothing and people may call it what they like in front of that. One that was renamed altogether is
known as an asset of its campaign: the two lists of a campaign are made within seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.hubspot.calls import Json
from connectors.hubspot.list_calls import CAMPAIGNS_AT_ONCE, LISTS_AT_ONCE, ListCalls
from connectors.hubspot.problems import Problem, problem_of
from connectors.hubspot.relations import in_batches
from connectors.hubspot.values import moment
from connectors.hubspot.whole_answers import check_whole
from sync.domain.errors import GoneError

__all__ = ["LABELS", "MEMBERS", "RESPONDED", "CampaignLists"]

#: The words for the two lists of a campaign; they are made in this order.
MEMBERS = "members"
RESPONDED = "responded"
LABELS = (MEMBERS, RESPONDED)

_SIGN = "revloop"
_ENDING = re.compile(rf"({'|'.join(LABELS)}) \({_SIGN} ([0-9a-z-]+)\)\s*$", re.IGNORECASE)
_LONGEST_NAME = 120

#: Two lists made within this time were made by two calls of ours: people are slower.
_TOGETHER = timedelta(seconds=3)

#: How often a search whose lists grew fewer while its pages were read is begun again.
_BEGINNINGS = 3

_ASSET = "OBJECT_LIST"
_CONTACTS = "0-1"
_WRITABLE = ("MANUAL", "SNAPSHOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """One list as a search tells of it; `moved` is when its members last changed."""

    id: str
    name: str
    size: int | None
    created: datetime | None
    moved: datetime | None
    is_static: bool

    def moved_since(self, since: datetime | None) -> bool:
        """Tell whether members may have come or gone since then."""
        if since is None or (self.moved is None and self.size != 0):
            return True
        return self.moved is not None and self.moved >= since


@dataclass(slots=True)
class _Campaign:
    """What is known of a campaign that was looked at for its lists; None: it is not there."""

    name: str | None
    assets: frozenset[str] = frozenset()


class CampaignLists:
    """The lists of a portal's campaigns, as they were when they were last looked for."""

    def __init__(self, calls: ListCalls) -> None:
        """Look for lists, and make them, by these calls."""
        self._calls = calls
        self._lists: dict[str, dict[str, _List]] | None = None
        self._looked_at: dict[str, _Campaign] = {}

    def refresh(self) -> datetime | None:
        """Look for all lists anew, five hundred to a call; give HubSpot's clock at the answer."""
        found, read_at = self._search()
        self._lists, self._looked_at = {}, {}
        for one in sorted(found, key=lambda one: int(one.id)):
            named = _ENDING.search(one.name)
            if named is not None:
                # Of a list and its copies the first one counts.
                label, owner = named[1].lower(), named[2]
                self._lists.setdefault(owner, {}).setdefault(label, one)
        return read_at

    def owners(self) -> tuple[str, ...]:
        """Give the campaigns that have lists."""
        return tuple(self._all())

    def moved_since(self, since: datetime | None) -> tuple[str, ...]:
        """Give the campaigns of whose lists members may have come or gone since then."""
        return tuple(
            owner
            for owner, lists in self._all().items()
            if any(one.moved_since(since) for one in lists.values())
        )

    def of(self, owners: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Give the ids of campaigns' lists by their words; looks at those that lack one."""
        wanted = list(dict.fromkeys(owners))
        if not wanted:
            return {}
        known = self._all()
        self._look_at(
            each
            for each in wanted
            if len(known.get(each, ())) < len(LABELS) and each not in self._looked_at
        )
        return {
            each: {label: one.id for label, one in known.get(each, {}).items()} for each in wanted
        }

    def is_there(self, owner: str) -> bool:
        """Tell whether a campaign is in HubSpot, as far as its lists made it be looked at."""
        looked_at = self._looked_at.get(owner)
        return looked_at is None or looked_at.name is not None

    def make(self, owner: str) -> Problem | None:
        """Make the lists a campaign lacks and attach them to it; give what stood in the way."""
        if len(self.of([owner])[owner]) == len(LABELS):
            return None
        campaign = self._looked_at[owner]
        if campaign.name is None:
            return Problem(
                codes=("CAMPAIGN_NOT_FOUND",), message="the campaign is not in HubSpot any more"
            )
        lists = self._all().setdefault(owner, {})
        for label in LABELS:
            if label not in lists:
                made = self._made(_name(campaign.name, label, owner))
                if isinstance(made, Problem):
                    return made
                lists[label] = made
        for one in lists.values():
            if one.id not in campaign.assets:
                answer = self._calls.attach(owner, one.id)
                if not answer.good:
                    return problem_of(answer)
        return None

    def drop(self, owner: str, label: str) -> None:
        """Forget a list that turned out to be deleted."""
        self._all().get(owner, {}).pop(label, None)
        self._looked_at.pop(owner, None)

    def _all(self) -> dict[str, dict[str, _List]]:
        if self._lists is None:
            self.refresh()
        assert self._lists is not None
        return self._lists

    def _search(self) -> tuple[Sequence[_List], datetime | None]:
        """Walk all pages; a list deleted meanwhile may draw another past the place reached."""
        found: dict[str, _List] = {}
        read_at: datetime | None = None
        for _ in range(_BEGINNINGS):
            offset = 0
            while True:
                answer = self._calls.search(_SIGN, offset=offset)
                read_at = read_at or answer.date
                page = [_list(item) for item in _dicts(answer.body["lists"])]
                found.update((one.id, one) for one in page)
                offset += len(page)
                if not page or not answer.body.get("hasMore"):
                    break
            if len(found) >= (answer.total or 0):
                break
        return list(found.values()), read_at

    def _made(self, name: str) -> _List | Problem:
        """Make a list, or take the one that has the name already: an answer may have been lost."""
        answer = self._calls.create(name)
        if answer.good:
            return _list(answer.body["list"])
        try:
            return _list(self._calls.by_name(name).body["list"])
        except GoneError:
            return problem_of(answer)

    # --- campaigns that lack a list ---------------------------------------------------------------

    def _look_at(self, owners: Iterable[str]) -> None:
        """Look at campaigns for lists a search did not give, fifty campaigns to a call.

        These were renamed, or made so shortly before that the search does not know them yet.
        """
        known = self._all()
        attached: dict[str, list[str]] = {}
        for batch in in_batches(owners, CAMPAIGNS_AT_ONCE):
            items = list(self._campaigns(batch))
            self._looked_at.update((each, _Campaign(None)) for each in batch)
            for item in items:
                owner, assets = str(item["id"]), _assets(item)
                self._looked_at[owner] = _Campaign(_named(item), assets)
                taken = {one.id for one in known.get(owner, {}).values()}
                attached[owner] = [each for each in assets if each not in taken]
        # A campaign may still name a list that was deleted: it is not among those fetched.
        lists = self._by_ids(each for found in attached.values() for each in found)
        for owner, found in attached.items():
            _add(known, owner, [lists[each] for each in found if each in lists])

    def _campaigns(self, ids: Sequence[str]) -> Iterator[Json]:
        try:
            answer = self._calls.campaigns(ids)
        except GoneError:
            # The answer speaks of the batch; which of them it means is asked for.
            if len(ids) > 1:
                middle = len(ids) // 2
                yield from self._campaigns(ids[:middle])
                yield from self._campaigns(ids[middle:])
            return
        check_whole(answer, name="read the campaigns of", object_name=self._calls.about)
        yield from (item for item in answer.results if item.get("id"))

    def _by_ids(self, ids: Iterable[str]) -> dict[str, _List]:
        """Fetch those of some lists that are static and of contacts."""
        return {
            one.id: one
            for batch in in_batches(ids, LISTS_AT_ONCE)
            for one in map(_list, _dicts(self._calls.by_ids(batch).body["lists"]))
            if one.is_static
        }


def _add(known: dict[str, dict[str, _List]], owner: str, attached: Sequence[_List]) -> None:
    """Add those of the lists attached to a campaign that are ours."""
    lists = dict(known.get(owner, {}))
    nameless: list[_List] = []
    for one in attached:
        named = _ENDING.search(one.name)
        if named is None:
            nameless.append(one)
        elif named[2] == owner:
            lists.setdefault(named[1].lower(), one)
    if len(lists) < len(LABELS):
        lists.update(_renamed(lists, nameless))
    if lists:
        known[owner] = lists


def _renamed(known: Mapping[str, _List], found: Sequence[_List]) -> Mapping[str, _List]:
    """Tell which of the lists attached to a campaign are ours under another name.

    That is certain only of lists made together, as ours are and people's are not.
    """
    missing = [label for label in LABELS if label not in known]
    if len(missing) == 1:
        (sibling,) = known.values()
        made_with = [one for one in found if _together(one, sibling)]
    else:
        made_with = [
            one
            for one in sorted(found, key=lambda one: int(one.id))
            if any(_together(one, other) for other in found if other is not one)
        ]
    return dict(zip(missing, made_with, strict=True)) if len(made_with) == len(missing) else {}


def _together(one: _List, other: _List) -> bool:
    if one.created is None or other.created is None:
        return False
    return abs(one.created - other.created) <= _TOGETHER


def _name(campaign: str, label: str, owner: str) -> str:
    words = " ".join(campaign.split())[:_LONGEST_NAME]
    return f"{words} - {label} ({_SIGN} {owner})"


def _list(item: Json) -> _List:
    told = item.get("additionalProperties")
    more = told if isinstance(told, dict) else {}
    times = [moment(more.get(f"hs_last_record_{what}_at")) for what in ("added", "removed")]
    size = str(more.get("hs_list_size", ""))
    return _List(
        id=str(item["listId"]),
        name=str(item.get("name") or ""),
        size=int(size) if size.isdecimal() else None,
        created=moment(item.get("createdAt")),
        moved=max((when for when in times if when is not None), default=None),
        is_static=item.get("processingType") in _WRITABLE
        and str(item.get("objectTypeId")) == _CONTACTS,
    )


def _named(item: Json) -> str:
    properties = item.get("properties")
    return str(properties.get("hs_name") or "") if isinstance(properties, dict) else ""


def _assets(item: Json) -> frozenset[str]:
    assets = item.get("assets")
    lists = assets.get(_ASSET) if isinstance(assets, dict) else None
    found = lists.get("results") if isinstance(lists, dict) else None
    return frozenset(str(one["id"]) for one in _dicts(found) if one.get("id"))


def _dicts(value: object) -> Sequence[Json]:
    found = value if isinstance(value, list) else ()
    return [one for one in found if isinstance(one, dict)]
