"""Opens the connector for one org; loads the vendor packages only when called."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.salesforce.settings import SalesforceSettings

if TYPE_CHECKING:
    from connectors.salesforce.crm import SalesforceCrm

__all__ = ["connect"]


def connect(
    settings: SalesforceSettings,
    *,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    may_write: Callable[[], object] = lambda: None,
) -> SalesforceCrm:
    """Open a connector for one org; nothing is sent before the first request.

    `clock` gives the time now, aware; it dates sign-in assertions only. `may_write` is asked before
    each call that writes, and raises where none may be made.
    """
    from connectors.limits import Budget
    from connectors.salesforce.auth import TokenKeeper, token_source
    from connectors.salesforce.bulk import Bulk
    from connectors.salesforce.client import SalesforceClient
    from connectors.salesforce.crm import SalesforceCrm
    from connectors.salesforce.wire import open_session

    budget = Budget("Salesforce", leave=settings.leave, sleep=sleep, may_write=may_write)
    session = open_session(settings)
    keeper = TokenKeeper(token_source(settings, session, budget=budget, clock=clock))
    client = SalesforceClient(
        keeper, session, version=settings.api_version, budget=budget, sleep=sleep, clock=clock
    )
    bulk = Bulk(client, sleep=sleep, least=settings.bulk_from)
    return SalesforceCrm(client, bulk, credentials=settings.digest())
