"""The standard objects, as data: names, ids and the properties each answers with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OBJECT_TYPES", "ObjectType", "find_object_type"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One object of the CRM and what sets it apart from the others."""

    name: str
    singular: str
    type_id: str
    modified: str
    """The property that holds the time of the last change."""
    created: str
    defaults: tuple[str, ...]
    """Properties that come with every answer."""
    searched: tuple[str, ...]
    """Properties looked at by a search's free text."""
    group: str
    first_id: int
    one_of: tuple[str, ...] = ()
    """A create needs at least one of these."""

    @property
    def label(self) -> str:
        """Give the name the API uses in messages."""
        return self.singular.upper()


OBJECT_TYPES = (
    ObjectType(
        name="contacts",
        singular="contact",
        type_id="0-1",
        modified="lastmodifieddate",
        created="createdate",
        defaults=(
            "createdate",
            "email",
            "firstname",
            "hs_object_id",
            "lastmodifieddate",
            "lastname",
        ),
        searched=("firstname", "lastname", "email", "hs_additional_emails", "phone", "company"),
        group="contactinformation",
        first_id=1_000_001,
    ),
    ObjectType(
        name="companies",
        singular="company",
        type_id="0-2",
        modified="hs_lastmodifieddate",
        created="createdate",
        defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        searched=("name", "domain", "website", "phone"),
        group="companyinformation",
        first_id=5_000_001,
        one_of=("name", "domain"),
    ),
)


def find_object_type(name: str) -> ObjectType | None:
    """Find an object by any name the API takes: contacts, CONTACT, 0-1."""
    wanted = name.lower()
    for kind in OBJECT_TYPES:
        if wanted in (kind.name, kind.singular, kind.type_id):
            return kind
    return None
