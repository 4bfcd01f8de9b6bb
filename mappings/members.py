"""Who took part in a campaign: the `members:` of a campaigns pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mappings.findings import Path, did_you_mean
from mappings.words import BLANK_WORDS, UNSURE_WORDS, WINS_WORDS, one_of
from sync.domain.errors import MappingError
from sync.domain.rules import BlankRule, Unsure, Wins

if TYPE_CHECKING:
    from mappings.model import PairMapping

__all__ = ["LISTS", "Members", "check_members"]

#: The two static lists each campaign has in HubSpot: who was asked, and who answered.
LISTS = ("members", "responded")


def _read_pair(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must name the pair of people who take part, such as contacts")
    return value.strip()


def _read_statuses(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not values:
        raise ValueError("must be a member status, or a list of which the first is written")
    if not all(isinstance(one, str) and one.strip() for one in values):
        raise ValueError("must hold member statuses only, such as Sent")
    return tuple(str(one).strip() for one in values)


class Members(BaseModel):
    """Whose records take part, and which member statuses stand for which HubSpot list.

    `wins`, `unsure` and `blank` are what they are of a field; taking a member away is a blank.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pair: Annotated[str, BeforeValidator(_read_pair)]
    lists: dict[str, Annotated[tuple[str, ...], BeforeValidator(_read_statuses)]] = Field(
        min_length=1
    )
    wins: Annotated[Wins, BeforeValidator(one_of(WINS_WORDS))] | None = None
    unsure: Annotated[Unsure, BeforeValidator(one_of(UNSURE_WORDS))] | None = None
    blank: Annotated[BlankRule, BeforeValidator(one_of(BLANK_WORDS))] | None = None


def check_members(pairs: Sequence[PairMapping], *, whole: bool = True) -> list[MappingError]:
    """List what is wrong with who takes part in campaigns.

    Without the `whole` folder read, a pair that is missing may be in a file that is broken.
    """
    return [
        pair.places.at_value(path, problem)
        for pair in pairs
        for path, problem in _problems(pair, pairs, whole=whole)
    ]


def _problems(
    pair: PairMapping, pairs: Sequence[PairMapping], *, whole: bool
) -> Iterator[tuple[Path, str]]:
    members = pair.members
    if members is None:
        return
    if pair.hubspot != "campaigns":
        yield ("members",), f"{pair.hubspot} have no members, only campaigns have; leave it out"
        return
    people = [one.pair for one in pairs if one.hubspot == "contacts"]
    if whole and members.pair not in people:
        guess = did_you_mean(members.pair, people)
        yield ("members", "pair"), f"{members.pair!r} is no pair of HubSpot's contacts{guess}"
    taken: dict[str, str] = {}
    for name, statuses in members.lists.items():
        path: Path = ("members", "lists", name)
        if name not in LISTS:
            guess = did_you_mean(name, LISTS)
            yield path, f"{name!r} is no list; write {' and '.join(LISTS)}{guess}"
        for status in statuses:
            if status in taken:
                yield path, f"{status!r} stands for the list {taken[status]!r} already"
            taken.setdefault(status, name)
