"""Owners by their e-mail address: who is in both CRMs, before a field of theirs is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from console.words import TITLES
from sync.domain.errors import CredentialError
from sync.domain.people import PersonKind
from sync.domain.record import Side

if TYPE_CHECKING:
    from console.init.meeting import Crms
    from mappings.proposing.proposal import ProposedField
    from mappings.proposing.proving import Draft

__all__ = ["with_owners"]


def with_owners(drafts: Sequence[Draft], crms: Crms) -> list[Draft]:
    """Say of each field of owners how many have a counterpart.

    Where a CRM does not show its users, a run could not read them either: such a field is a
    suggestion then.
    """
    if not any(_is_of_people(one) for draft in drafts for one in draft.pair.mapped):
        return list(drafts)
    try:
        addresses = {side: _addresses(crms, side) for side in Side}
    except CredentialError as error:
        return [_told(draft, f"{error} Owners can be mapped then") for draft in drafts]
    both = addresses[Side.LEFT] & addresses[Side.RIGHT]
    counted = ", ".join(f"{len(both)} of {len(addresses[side])} in {TITLES[side]}" for side in Side)
    return [_explained(draft, f"by e-mail address: {counted} are in both") for draft in drafts]


def _addresses(crms: Crms, side: Side) -> set[str]:
    """Give the addresses of those records can be given to."""
    return {
        one.email.casefold()
        for one in crms[side].people()
        if one.email and one.active and one.kind is PersonKind.PERSON
    }


def _is_of_people(one: ProposedField) -> bool:
    return one.settings.get("type") == "user"


def _told(draft: Draft, why: str) -> Draft:
    fields = tuple(
        one.as_suggestion(why) if _is_of_people(one) and not one.suggested else one
        for one in draft.pair.fields
    )
    return replace(draft, pair=replace(draft.pair, fields=fields))


def _explained(draft: Draft, why: str) -> Draft:
    fields = tuple(
        replace(one, why=why) if _is_of_people(one) and not one.suggested else one
        for one in draft.pair.fields
    )
    return replace(draft, pair=replace(draft.pair, fields=fields))
