"""Fields that name somebody or something by id: the same one has another id on the other side.

A `Directory` knows who is who: it gives the one name both sides know an id by, and finds the id
that a name has on a side. The codec asks it, and knows nothing of people or records itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from mappings.transforms.named import one_name
from sync.domain.record import Native, Side
from sync.domain.rules import Carried, Referred, Trouble, TroubleKind

__all__ = [
    "Directories",
    "Directory",
    "IdentityCodec",
    "PeopleDirectory",
    "RecordDirectory",
    "Spoken",
    "SpokenRecords",
]


class Directory(Protocol):
    """Knows the ids of people or records on both sides; the same answers all through a run."""

    def name(self, side: Side, id: str) -> str | Trouble:
        """Give the name both sides know an id of that side by, or why it has none."""
        ...

    def find(self, side: Side, name: str, object_name: str) -> str | Trouble:
        """Give the id a name has on that side, to be written to a record of that object, or why
        there is none that can be written."""
        ...


class PeopleDirectory(Directory, Protocol):
    """A directory of people, which tells when anything in it changes."""

    @property
    def fingerprint(self) -> str:
        """Give a text that changes whenever an answer may have changed."""
        ...


class Spoken:
    """Takes names for ids on both sides, as examples in a mapping file do; asks no CRM."""

    @property
    def fingerprint(self) -> str:
        """Give the same text always: names stay what they are."""
        return ""

    def name(self, side: Side, id: str) -> str | Trouble:
        """Give the name itself."""
        del side
        return one_name(id)

    def find(self, side: Side, name: str, object_name: str) -> str | Trouble:
        """Give the name itself."""
        del side, object_name
        return name


class RecordDirectory(Directory, Referred, Protocol):
    """A directory of the records of one pair."""


class SpokenRecords(Spoken):
    """Takes names for ids of records, as examples in a mapping file do; asks no CRM."""

    def __init__(self, pair: str, objects: Mapping[Side, tuple[str, ...]]) -> None:
        """Stand for a pair."""
        self.pair = pair
        self.objects = objects

    def load(self, side: Side, ids: Iterable[str]) -> None:
        """Need no looking up."""

    def counterpart(self, side: Side, id: str) -> str | None:
        """Give the name itself."""
        del side
        return id

    def forget(self) -> None:
        """Have nothing to forget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directories:
    """The directories the identity fields of a pair are read with: people, and other pairs."""

    people: PeopleDirectory = field(default_factory=Spoken)
    records: Callable[[str, Mapping[Side, tuple[str, ...]]], RecordDirectory] = field(
        default=SpokenRecords
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCodec:
    """The codec of a field that holds an id; see `sync.domain.rules.Codec` for the promises.

    A side's normal form is the id itself, so that two ids of one name are two values there; the
    canonical form is the name. What has no counterpart is a trouble of the kind WAIT: the target
    stays as it is until the directory knows one. What an expression computed waits for nobody.
    """

    directory: Directory
    computed: bool = False

    def normal(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the id without space around it, a name in its one form."""
        del side, region
        return (one_name(value) or None) if value is not None else None

    def canonical(self, side: Side, value: Native, *, region: str | None = None) -> Native:
        """Give the name; an id nobody knows stays as it is."""
        id = self.normal(side, value, region=region)
        if id is None:
            return None
        name = self.directory.name(side, id)
        return id if isinstance(name, Trouble) else name

    def carry(
        self, origin: Side, value: Native, *, object_name: str, region: str | None = None
    ) -> Carried:
        """Give the id the other side knows the same one by, or why there is none."""
        id = self.normal(origin, value, region=region)
        if id is None:
            return None
        found = self.directory.name(origin, id)
        if not isinstance(found, Trouble):
            found = self.directory.find(origin.other, found, object_name)
        if isinstance(found, Trouble) and self.computed:
            return replace(found, kind=TroubleKind.REFUSED)
        return found

    def can_read(self, side: Side, value: str, *, region: str | None = None) -> bool:
        """Tell whether the value is the id of one the directory knows, or a name."""
        id = self.normal(side, value, region=region)
        return id is not None and not isinstance(self.directory.name(side, id), Trouble)

    def spelled(self, side: Side, value: Native) -> Native:
        """Give a name as it is: what an expression computes is carried by name."""
        return self.normal(side, value)
