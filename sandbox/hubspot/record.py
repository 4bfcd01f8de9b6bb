"""One CRM record as stored, its history, and who changed it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

__all__ = ["By", "Record", "Source", "Version", "source_of"]


class By(StrEnum):
    """Who is behind a change."""

    API = "api"
    PERSON = "person"
    AUTOMATION = "automation"
    IMPORT = "import"
    MERGE = "merge"
    DEAL = "deal"
    PREFERENCES = "preferences"


@dataclass(frozen=True, slots=True)
class Source:
    """How HubSpot names the origin of a change."""

    type: str
    id: str
    label: str = ""
    user: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One value a property has or had."""

    value: str
    stamp: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it stands; every change makes a new one.

    `properties` holds values that are set and not computed. `history` holds only properties that
    changed after the record was made: for the others the present value is the whole history.
    """

    id: int
    properties: dict[str, str]
    created: int
    modified: int
    source: Source
    archived_at: int | None = None
    merged_ids: tuple[int, ...] = ()
    merged_at: tuple[int, ...] = ()
    history: dict[str, tuple[Version, ...]] = field(default_factory=dict)

    def changed(self, changes: dict[str, str], *, stamp: int, source: Source, depth: int) -> Record:
        """Give the record with other values, each noted in the history; "" clears."""
        properties = dict(self.properties)
        history = dict(self.history)
        for name, value in changes.items():
            versions = (*self.versions(name), Version(value, stamp, source))
            history[name] = versions[-depth:]
            if value == "":
                properties.pop(name, None)
            else:
                properties[name] = value
        return replace(self, properties=properties, history=history, modified=stamp)

    def versions(self, name: str) -> tuple[Version, ...]:
        """Give the values of a property, oldest first."""
        if name in self.history:
            return self.history[name]
        value = self.properties.get(name, "")
        return (Version(value, self.created, self.source),) if value else ()


_SOURCES = {
    By.API: Source("INTEGRATION", "1234567", "Sandbox app"),
    By.PERSON: Source("CRM_UI", "userId:777", "", 777),
    By.AUTOMATION: Source("AUTOMATION_PLATFORM", "enrollmentId:4711", "Workflow"),
    By.IMPORT: Source("IMPORT", "4242"),
    By.MERGE: Source("MERGE_OBJECTS", "userId:777", "", 777),
    By.DEAL: Source("DEALS", "deal-sync-triggered", ""),
    By.PREFERENCES: Source("INTEGRATION", "1234567", "Sandbox app"),
}


def source_of(by: By) -> Source:
    """Give the source a change by this party is noted with."""
    return _SOURCES[by]
