"""Putting together what outcomes of sales are worked out by: names, reasons, rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sync.domain.errors import CredentialError, SchemaDriftError
from sync.domain.record import Side

if TYPE_CHECKING:
    from console.wiring import Workshop
    from mappings.lifecycle.model import Lifecycle
    from mappings.project import Project
    from sync.domain.outcomes import Agreement
    from sync.domain.ports import Crm
    from sync.domain.sales import SalesNames
    from sync.domain.schema import ObjectShape
    from sync.domain.store import Store
    from sync.engine.sales_desk import SalesDesk

__all__ = ["agreement_as_kept", "names_of_sales", "read_lifecycle_of", "sales_desk"]

#: Under this note stands whether the account lets its contact roles be read.
_ROLES = "outcomes:roles"


def names_of_sales(
    workshop: Workshop, crms: Mapping[Side, Crm], *, at: datetime
) -> SalesNames | None:
    """Give what the org calls what outcomes are worked out from.

    None where neither deals nor members of campaigns are kept.
    """
    from mappings.outcomes import MEMBER, sales_names

    shape = _opportunities(workshop, crms[Side.RIGHT], at=at)
    has_members = any(MEMBER in pair.objects(Side.RIGHT) for pair in workshop.pairs)
    if shape is None and not has_members:
        return None
    has_roles = shape is not None and _has_roles(workshop.store, crms[Side.RIGHT], at=at)
    return sales_names(workshop.pairs, shape, has_roles=has_roles, has_members=has_members)


def _opportunities(workshop: Workshop, crm: Crm, *, at: datetime) -> ObjectShape | None:
    from mappings.outcomes import OPPORTUNITY
    from sync.engine.shapes import read_shapes

    kept = any(OPPORTUNITY in pair.objects(Side.RIGHT) for pair in workshop.pairs)
    if not kept and not workshop.store.sales.has_any():
        return None
    try:
        return read_shapes(workshop.store, crm, Side.RIGHT, (OPPORTUNITY,), now=at)[OPPORTUNITY]
    except SchemaDriftError:
        return None  # the pair that names it says so


def _has_roles(store: Store, crm: Crm, *, at: datetime) -> bool:
    """Tell whether the account gives its contact roles; asked again within the hour only if so."""
    from mappings.outcomes import ROLE
    from sync.engine.hourly import fresh, keep
    from sync.engine.shapes import read_shapes

    if fresh(store, _ROLES, crm, now=at) is not None:
        return False
    try:
        read_shapes(store, crm, Side.RIGHT, (ROLE,), now=at)
    except (CredentialError, SchemaDriftError):
        keep(store, _ROLES, crm, now=at)
        return False
    return True


def sales_desk(workshop: Workshop, crms: Mapping[Side, Crm], *, at: datetime) -> SalesDesk | None:
    """Give what a run works outcomes out by; None where there is nothing to work out."""
    from mappings.outcomes import agreement_of
    from sync.engine.sales_desk import SalesDesk, read_rates

    names = names_of_sales(workshop, crms, at=at)
    if names is None:
        return None
    # Where records say no currency, there is one, and nothing is worth anything else.
    several = "currency" in names.facts
    rates = read_rates(workshop.store, crms[Side.RIGHT], now=at) if several else ()
    from sync.domain.money import Rates

    agreement = agreement_of(
        read_lifecycle_of(workshop.project),
        currency=workshop.project.reporting_currency,
        rates=Rates(rates),
    )
    return SalesDesk(names=names, agreement=agreement, rates=tuple(rates))


def agreement_as_kept(project: Project, store: Store) -> Agreement:
    """Give what was agreed on, with the rates as they were read last; nothing is called."""
    from mappings.outcomes import agreement_of
    from sync.domain.money import Rates
    from sync.engine.sales_desk import kept_rates

    return agreement_of(
        read_lifecycle_of(project),
        currency=project.reporting_currency,
        rates=Rates(kept_rates(store)),
    )


def read_lifecycle_of(project: Project) -> Lifecycle | None:
    """Give the rules of the funnel, which were checked with the mapping; None without any."""
    from mappings.lifecycle.file import find_lifecycle

    file = find_lifecycle(project.mappings)
    if file is None:
        return None
    from mappings.lifecycle.reading import read_lifecycle

    return read_lifecycle(file)[0]
