"""Service levels read from the state, people of the period alone, are those of everybody read."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mappings.lifecycle.model import Lifecycle
from reports.frame import Period
from reports.sla import sla_report
from reports.state_view import StateView
from reports.view import StageWords
from sync.domain.facts import FactKind, StaysOf
from sync.domain.outcomes import Agreement
from sync.domain.timeline import Stay, Timeline
from sync.state.database import CHUNK
from sync.state.store import SqlStore
from sync.state.tables import hand_overs

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = START + timedelta(days=60)
STAGES = ("lead", "mql", "sal", "sql")
#: More than are read at once.
PEOPLE = CHUNK + 200
LIFECYCLE = Lifecycle.model_validate(
    {
        "stages": [
            {"name": name, "hubspot": {"lifecyclestage": name}, "salesforce": {"Lead.Status": name}}
            for name in STAGES
        ],
        "hand_over": {"to": "mql", "when": "true"},
        "service_levels": [
            {"name": "follow-up", "from": "mql", "to": "sal", "within": "2 days"},
            {"name": "need", "from": "sal", "to": "sql", "within": "10 days"},
            {"name": "volume", "stage": "mql", "at_least": 50, "per": "month"},
        ],
    }
)


class Everybody:
    """A view that gives all people, and cannot give some."""

    def __init__(self, view: StateView) -> None:
        self._view = view

    def __getattr__(self, name: str) -> object:
        if name == "involved":
            raise AttributeError(name)
        return getattr(self._view, name)


def moments(dice: random.Random, most: int) -> list[datetime]:
    found = [
        START + timedelta(minutes=dice.randrange(80_000)) for _ in range(dice.randint(0, most))
    ]
    return sorted(found)


def stays(dice: random.Random) -> Timeline:
    times = moments(dice, 5)
    ranks = [dice.randrange(4) for _ in times]
    return Timeline(
        stays=tuple(
            Stay(
                rank=rank,
                entered=at,
                left=times[place + 1] if place + 1 < len(times) else None,
                next_rank=ranks[place + 1] if place + 1 < len(times) else None,
            )
            for place, (at, rank) in enumerate(zip(times, ranks, strict=True))
        )
    )


@pytest.fixture
def lived(store: SqlStore) -> SqlStore:
    dice = random.Random(6)
    timelines = {link: stays(dice) for link in range(1, PEOPLE + 1)}
    store.facts.keep_stays(
        [
            StaysOf(link_id=link, timeline=one, business=tuple(None for _ in one.stays))
            for link, one in timelines.items()
        ]
    )
    bodies = {link: {"hubspot": str(link), "owner": f"005{link % 3}"} for link in timelines}
    store.facts.keep(FactKind.PERSON, bodies, at=START)
    rows = [
        {
            "link_id": link,
            "at": at,
            "kind": dice.choice(["over", "over", "back"]),
            "stage_to": "mql",
            "owner": dice.choice([None, "005A", "005B"]),
            "rule": "",
            "run": 1,
        }
        for link in timelines
        for at in moments(dice, 3)
    ]
    with store._database.write() as connection:
        connection.execute(sa.insert(hand_overs), rows)
    return store


@pytest.mark.parametrize("days", [(10, 12), (None, 20), (None, None)])
def test_people_of_the_period_alone_give_the_figures_of_everybody(
    lived: SqlStore, days: tuple[int | None, int | None]
) -> None:
    since, until = (START + timedelta(days=one) if one is not None else None for one in days)
    view = StateView(
        reading=lived.reading,
        as_of=NOW,
        agreement=Agreement(currency="EUR"),
        pairs={FactKind.PERSON: "contacts"},
        stages=[StageWords(name=name, means="", rank=at) for at, name in enumerate(STAGES)],
    )
    period = Period(since=since, until=until)
    few = sla_report(view, period, lifecycle=LIFECYCLE)
    many = sla_report(Everybody(view), period, lifecycle=LIFECYCLE)  # type: ignore[arg-type]

    assert list(few.lines) == list(many.lines)
    assert (few.totals, list(few.notes)) == (many.totals, list(many.notes))
    assert list(few.traces) == list(many.traces)
    assert few.totals["handed_over"]
