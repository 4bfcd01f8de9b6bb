"""Rows of lists in the stand-in for HubSpot, as people there make and take them away."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.hubspot.associations import Tie
from sandbox.hubspot.list_desk import ListDesk
from sandbox.hubspot.store import HubSpotStore
from sync.domain.record import Native
from tests.scenario.relation_shapes import LABELS

__all__ = ["SandboxRows", "is_rows"]

_ENDS = ("deals", "contacts")


def is_rows(name: str) -> bool:
    """Tell whether an object's records are the rows of lists."""
    return "/" in name


class SandboxRows:
    """Who stands on deals and took part in campaigns, by `OWNER:MEMBER`."""

    def __init__(self, portal: HubSpotStore) -> None:
        self._portal = portal
        self._lists = ListDesk(portal)

    def lay_out(self) -> None:
        """Let the portal have the labels that scenarios use."""
        for label in LABELS:
            self._portal.associations.types.define(*_ENDS, label=label)

    def all(self, name: str) -> dict[str, dict[str, Native]]:
        """Give all rows of an object."""
        found = self._on_deals() if name == "deals/contacts" else self._on_lists()
        return {
            f"{owner}:{member}": {"owner": owner, "member": member, "label": label}
            for owner, member, label in found
        }

    def put(self, name: str, owner: str, member: str, label: Native) -> str:
        """Add a row, or label one otherwise."""
        if name == "deals/contacts":
            self._portal.unlink((_ENDS[0], int(owner)), (_ENDS[1], int(member)))
            kinds = self._portal.associations.types.of_pair(*_ENDS)
            wanted = [one for one in kinds if label is not None and one.label == label]
            self._portal.link((_ENDS[0], int(owner)), (_ENDS[1], int(member)), wanted)
        else:
            self._take_off(owner, member)
            self._put_on(owner, member, label or "members")
        return f"{owner}:{member}"

    def remove(self, name: str, id: str) -> None:
        """Take a row away."""
        owner, _, member = id.partition(":")
        if name == "deals/contacts":
            self._portal.unlink((_ENDS[0], int(owner)), (_ENDS[1], int(member)))
        else:
            self._take_off(owner, member)

    def _on_deals(self) -> Iterator[tuple[str, str, Native]]:
        types = self._portal.associations.types
        for owner in self._portal.ids("deals"):
            for tie in self._portal.associations.ties_of(("deals", int(owner)), "contacts"):
                labels = [one.label for one in types.known(tie.types, *_ENDS) if one.label]
                yield owner, _member(tie), ";".join(sorted(labels)) or None

    def _on_lists(self) -> Iterator[tuple[str, str, Native]]:
        seen: set[tuple[str, str]] = set()
        for label in ("responded", "members"):
            for one in self._portal.lists:
                owner = _owner(one.name, label)
                for member in one.ids if owner and one.deleted is None else ():
                    if (owner, str(member)) not in seen:
                        seen.add((owner, str(member)))
                        yield owner, str(member), label

    def _put_on(self, owner: str, member: str, label: str) -> None:
        for one in self._portal.lists:
            if one.deleted is None and _owner(one.name, label) == owner:
                members = [str(each) for each in one.ids]
                self._lists.edit(str(one.id), {"members": [*members, member]})
                return
        for word in ("members", "responded"):
            if all(_owner(one.name, word) != owner for one in self._portal.lists):
                on = [member] if word == label else []
                self._lists.add({"name": f"{word} (revloop {owner})", "members": [*on]})

    def _take_off(self, owner: str, member: str) -> None:
        for one in list(self._portal.lists):
            mine = owner in (_owner(one.name, "members"), _owner(one.name, "responded"))
            if mine and int(member) in one.members:
                rest = [str(each) for each in one.ids if str(each) != member]
                self._lists.edit(str(one.id), {"members": [*rest]})


def _member(tie: Tie) -> str:
    return str(tie.end[1])


def _owner(name: str, label: str) -> str:
    """Give the campaign a list is of, "" where it is another list."""
    _, found, rest = name.partition(f"{label} (revloop ")
    return rest.removesuffix(")") if found else ""
