"""The kinds of association between two objects, and the labels people know them by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.hubspot.association_calls import AssociationCalls
from connectors.hubspot.calls import Json
from connectors.hubspot.relations import Relation
from sync.domain.record import Native

__all__ = ["AssociationKinds", "Kind", "label_of_kinds", "label_text"]

#: Several labels of one association stand in one value.
_BETWEEN = ";"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of association; that without a label is the plain one."""

    category: str
    type_id: int
    label: str | None

    @property
    def wire(self) -> Json:
        """Give the kind as calls name it."""
        return {"associationCategory": self.category, "associationTypeId": self.type_id}


class AssociationKinds:
    """The kinds there are for one relation, asked for when they are first needed."""

    def __init__(self, calls: AssociationCalls, relation: Relation) -> None:
        """Ask by these calls."""
        self._calls = calls
        self._relation = relation
        self._known: Sequence[Kind] | None = None

    def fetch(self) -> Sequence[Kind]:
        """Fetch the kinds as they are now."""
        ends = self._relation
        answer = self._calls.kinds(ends.owner_object, ends.member_object, about=ends.name)
        self._known = tuple(_kind(item) for item in answer.results if item.get("typeId"))
        return self._known

    def plain(self) -> Sequence[Kind]:
        """Give the kind without a label, where there is one."""
        return [kind for kind in self._all() if kind.label is None]

    def of_label(self, value: Native) -> tuple[Sequence[Kind], str]:
        """Give the kinds that a row's label stands for, and the first label there is none for."""
        found, unknown = _kinds_of(value, self._all())
        if unknown:
            # It may have been added since.
            found, unknown = _kinds_of(value, self.fetch())
        return found, unknown

    def labels(self) -> Sequence[str]:
        """Give all labels, in HubSpot's order."""
        return [kind.label for kind in self._all() if kind.label is not None]

    def _all(self) -> Sequence[Kind]:
        return self.fetch() if self._known is None else self._known


def label_text(labels: Iterable[str]) -> Native:
    """Give one value for all labels of an association, None where it has none."""
    return _BETWEEN.join(sorted(set(labels))) or None


def label_of_kinds(kinds: Iterable[Json]) -> Native:
    """Give the label of an association from its kinds in an answer."""
    return label_text(str(kind["label"]) for kind in kinds if kind.get("label"))


def _kinds_of(value: Native, known: Sequence[Kind]) -> tuple[Sequence[Kind], str]:
    by_label: dict[str, Kind] = {}
    for kind in known:
        by_label.setdefault((kind.label or "").casefold(), kind)
    whole = by_label.get(value.strip().casefold()) if value else None
    if whole is not None:
        return [whole], ""
    found: list[Kind] = []
    for label in filter(None, (part.strip() for part in (value or "").split(_BETWEEN))):
        one = by_label.get(label.casefold())
        if one is None:
            return (), label
        found.append(one)
    return found, ""


def _kind(item: Json) -> Kind:
    label = item.get("label")
    return Kind(str(item.get("category")), int(item["typeId"]), str(label) if label else None)
