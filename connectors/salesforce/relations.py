"""Objects whose rows tie a person to a deal or a campaign, and how the org names the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from connectors.salesforce.soql import any_of, literals
from connectors.salesforce.values import Json
from sync.domain.schema import FieldKind, ObjectShape

__all__ = ["Relation", "relation_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One such object: the field for the record a row belongs to, and the one for the person.

    `lookups` names the field a new row takes the person in, by the first three characters of
    the person's id. `titles` are the words for these objects in a message.
    """

    owner: str
    person: str
    lookups: Mapping[str, str]
    titles: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that say whom a row ties to what."""
        return (self.owner, *self.lookups.values())

    def as_sent(self, values: Mapping[str, Json]) -> Mapping[str, Json]:
        """Give the values of a new row with the person in the field that takes such a person.

        Raises:
            ValueError: The id is of no object that can stand there.
        """
        person = values.get(self.person)
        if person is None:
            return values
        lookup = self.lookups.get(str(person)[:3])
        if lookup is None:
            raise ValueError(f"only a {self.titles} can stand here")
        rest = {name: value for name, value in values.items() if name != self.person}
        return rest | {lookup: person}

    def tie_of(self, values: Mapping[str, Json]) -> tuple[str, str] | None:
        """Give what a row ties, owner and person; None where it says one of them not.

        Of a converted lead's row, which may name lead and contact, it is the contact.
        """
        owner = values.get(self.owner)
        people = [str(values[name]) for name in self.lookups.values() if values.get(name)]
        known = [person for person in people if person[:3] in self.lookups]
        return (str(owner), known[0]) if owner and known else None

    def with_person(self, values: Mapping[str, Json], person: str) -> Mapping[str, Json]:
        """Give the values of a new row with another person in it."""
        people = {self.person, *self.lookups.values()}
        rest = {name: value for name, value in values.items() if name not in people}
        return self.as_sent(rest | {self.person: person})

    def as_asked(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Name fields as they were asked for: the person's, whichever field it was sent in."""
        sent = self.lookups.values()
        return tuple(dict.fromkeys(self.person if name in sent else name for name in fields))

    def among(self, ties: Sequence[tuple[str, str]]) -> str:
        """Give the condition for the rows of these ties, one group an owner."""
        people: dict[str, list[str]] = {}
        for owner, person in ties:
            people.setdefault(owner, []).append(person)
        groups = [
            f"({any_of(self.owner, _quoted([owner]))} AND ({self._any_lookup(its)}))"
            for owner, its in people.items()
        ]
        return f"({' OR '.join(groups)})"

    def opened(self, shape: ObjectShape) -> ObjectShape:
        """Give an object's shape with the person's field as one that a new row takes.

        Salesforce describes it read only where it stands for several fields that are not.
        """
        lookups = [shape.fields.get(name) for name in self.lookups.values()]
        field = shape.fields.get(self.person)
        if field is None or not all(lookup is not None and lookup.creatable for lookup in lookups):
            return shape
        opened = replace(
            field,
            kind=FieldKind.REFERENCE,
            creatable=True,
            required=True,
            refers_to=tuple(name for one in lookups if one for name in one.refers_to),
        )
        return replace(shape, fields={**shape.fields, self.person: opened})

    def _any_lookup(self, people: Sequence[str]) -> str:
        by_lookup: dict[str, list[str]] = {}
        for person in people:
            by_lookup.setdefault(self.lookups[person[:3]], []).append(person)
        return " OR ".join(any_of(name, _quoted(ids)) for name, ids in by_lookup.items())


#: Their rows are in no recycle bin: what a query for all rows does not show is deleted.
_RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {
        "OpportunityContactRole": Relation(
            owner="OpportunityId",
            person="ContactId",
            lookups=MappingProxyType({"003": "ContactId"}),
            titles="contact",
        ),
        "CampaignMember": Relation(
            owner="CampaignId",
            person="LeadOrContactId",
            lookups=MappingProxyType({"003": "ContactId", "00Q": "LeadId"}),
            titles="lead or contact",
        ),
    }
)


def relation_of(object_name: str) -> Relation | None:
    """Give what an object's rows tie; None for an object of any other kind."""
    return _RELATIONS.get(object_name)


def _quoted(ids: Sequence[str]) -> list[str]:
    return literals(FieldKind.TEXT, ids)
