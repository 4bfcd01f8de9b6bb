"""References that wait: kept by the record they name, found when it has a counterpart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sync.domain.record import RecordRef, Side
from sync.domain.store import Changes, LinkState, NewLink, WaitingReference
from sync.state import SqlStore, open_store, schema
from tests.integration.state.building import NOW, PAIR, link

FIRMS = "companies"
LEFT_FIRM = ("companies",)


def firm(store: SqlStore, id: str, *, run: int = 1) -> int:
    """Link a company that both sides know."""
    new = NewLink(
        token=-1, pair=FIRMS, left=RecordRef("companies", id), right=RecordRef("Account", f"A{id}")
    )
    return store.commit(Changes(links=[new]), run=run, at=NOW).link_ids[-1]


def wait(store: SqlStore, link_id: int, id: str, *, field: str = "account") -> None:
    """Let a field of a link wait for a company of the left side."""
    one = WaitingReference(link_id=link_id, field=field, refers=FIRMS, side=Side.LEFT, id=id)
    store.commit(Changes(waiting=[(PAIR, one)]), run=1, at=NOW)


def ready(store: SqlStore, **more: int) -> Sequence[tuple[int, str]]:
    found = store.references.ready(PAIR, refers=FIRMS, side=Side.LEFT, objects=LEFT_FIRM, **more)
    return [(one.link_id, one.field) for one in found]


def turn(store: SqlStore, link_id: int, state: LinkState) -> None:
    store.commit(Changes(link_states=[(link_id, state)]), run=1, at=NOW)


def test_what_waits_is_ready_once_its_record_is_linked(store: SqlStore) -> None:
    ada = link(store)
    wait(store, ada, "77")
    assert ready(store) == []
    firm(store, "78")
    assert ready(store) == []
    firm(store, "77")
    assert ready(store) == [(ada, "account")]
    assert store.references.count(PAIR) == 1


def test_what_waits_for_a_link_made_in_the_same_commit_names_it_by_its_token(
    store: SqlStore,
) -> None:
    new = NewLink(
        token=-1, pair=PAIR, left=RecordRef("contacts", "1"), right=RecordRef("Contact", "0031")
    )
    one = WaitingReference(link_id=-1, field="account", refers=FIRMS, side=Side.LEFT, id="77")
    made = store.commit(Changes(links=[new], waiting=[(PAIR, one)]), run=1, at=NOW)
    (found,) = store.references.waiting([made.link_ids[-1]]).values()
    assert (found.link_id, found.id) == (made.link_ids[-1], "77")


def test_field_waits_for_the_record_it_named_last(store: SqlStore) -> None:
    ada = link(store)
    wait(store, ada, "77")
    wait(store, ada, "78")
    assert {at: one.id for at, one in store.references.waiting([ada]).items()} == {
        (ada, "account"): "78"
    }
    firm(store, "77")
    assert ready(store) == []


def test_what_has_arrived_waits_no_longer(store: SqlStore) -> None:
    ada, bea = link(store, 1), link(store, 2)
    firm(store, "77")
    for one in (ada, bea):
        wait(store, one, "77")
    store.commit(Changes(arrived=[(ada, "account"), (ada, "other")]), run=1, at=NOW)
    assert ready(store) == [(bea, "account")]


@pytest.mark.parametrize("state", [LinkState.ASLEEP, LinkState.CLOSED])
def test_record_whose_link_sleeps_or_is_closed_is_no_counterpart(
    store: SqlStore, state: LinkState
) -> None:
    ada = link(store)
    wait(store, ada, "77")
    turn(store, firm(store, "77"), state)
    assert ready(store) == []


def test_record_that_left_include_still_is_a_counterpart(store: SqlStore) -> None:
    ada = link(store)
    wait(store, ada, "77")
    turn(store, firm(store, "77"), LinkState.OUTSIDE)
    assert ready(store) == [(ada, "account")]


def test_link_that_sleeps_waits_on_and_one_that_is_closed_does_not(store: SqlStore) -> None:
    ada, bea = link(store, 1), link(store, 2)
    firm(store, "77")
    for one in (ada, bea):
        wait(store, one, "77")
    turn(store, ada, LinkState.ASLEEP)
    turn(store, bea, LinkState.CLOSED)
    assert ready(store) == []
    assert store.references.count(PAIR) == 1
    turn(store, ada, LinkState.OPEN)
    assert ready(store) == [(ada, "account")]


def test_what_waits_of_links_made_in_a_run_can_be_asked_for(store: SqlStore) -> None:
    ada = link(store)
    firm(store, "77")
    wait(store, ada, "77")
    assert ready(store, made_in=1) == [(ada, "account")]
    assert ready(store, made_in=2) == []


def test_ids_of_the_two_sides_and_of_other_pairs_are_not_mixed_up(store: SqlStore) -> None:
    ada = link(store)
    wait(store, ada, "A77")
    wait(store, ada, "1", field="other")
    firm(store, "77")
    # "A77" stands on the right, and "1" is a contact.
    assert ready(store) == []
    assert store.references.count("companies") == 0


def test_ready_references_are_found_from_what_waits(file_url: str) -> None:
    """However many links there are, only what waits is looked at."""
    with open_store(file_url) as store:
        ada = link(store)
        wait(store, ada, "77")
        firm(store, "77")
        seen: list[tuple[str, Any]] = []
        sa.event.listen(
            store._database.engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, parameters, *_: seen.append((statement, parameters)),
        )
        assert ready(store) == [(ada, "account")]
        statement, parameters = next(one for one in seen if "FROM waiting" in one[0])
        with store._database.read() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    plan = [row[3] for row in rows]
    assert "waiting" in plan[0], plan
    assert not any(step.startswith("SCAN") for step in plan), plan
    assert any("uq_links_left" in step for step in plan), plan


def test_state_of_the_release_before_is_brought_up_to_date(file_url: str) -> None:
    engine = sa.create_engine(file_url)
    path = Path(file_url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.OURS}")
        connection.exec_driver_sql(
            "INSERT INTO links (pair, left_object, left_id, right_object, right_id, state,"
            " made_run, made_at) VALUES ('contacts', 'contacts', '1', 'Contact', '0031', 'open',"
            " 1, '2026-03-31T22:14:05.000000Z')"
        )
    engine.dispose()
    with open_store(file_url) as store:
        (ada,) = store.links.of(PAIR, Side.LEFT, [RecordRef("contacts", "1")]).values()
        wait(store, ada.id, "77")
        assert store.references.count(PAIR) == 1
