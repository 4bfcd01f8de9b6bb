"""What a run has under way, as its journal and the CRM say."""

from __future__ import annotations

import time

import sqlalchemy as sa

from tests.e2e.desk import Desk

__all__ = ["wait_for_all_but_one"]

_SIDES = sa.text("SELECT DISTINCT side FROM journal WHERE state = 'intended'")
_ANSWERED = sa.text("SELECT 1 FROM journal WHERE state <> 'intended' LIMIT 1")


def wait_for_all_but_one(desk: Desk, url: str) -> None:
    """Return once nothing of a first sync goes on but one create in HubSpot that has no answer.

    All of its batches begin before the first answer is kept. Salesforce's are kept then; HubSpot's
    update is carried out, and kept when the create before it is.
    """
    engine = sa.create_engine(url)
    try:
        for _ in range(1_500):
            with engine.connect() as connection:
                answered = connection.execute(_ANSWERED).first()
                open_sides = connection.execute(_SIDES).all()
            updated = desk.sandbox.hubspot_traffic.counts().get("batch_update")
            if answered and updated and len(open_sides) == 1:
                return
            time.sleep(0.02)
        raise AssertionError("the run's other batches were not answered in half a minute")
    finally:
        engine.dispose()
