"""The state is copied, looked over and put back by the commands; nothing is made twice after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.state import open_store
from tests.e2e.desk import Desk


def test_project_goes_on_from_a_copy_and_makes_nobody_twice(desk: Desk, tmp_path: Path) -> None:
    desk.run_here("sync")
    desk.run_here("approve")
    copy = str(tmp_path / "copy.db")
    assert "links" in desk.run_here("state", "backup", copy).out
    desk.run_here("sync")
    people = desk.emails("salesforce")
    before = desk.export()

    restored = desk.run_here("state", "restore", copy, "--json").document

    assert Path(str(restored["kept"])).is_file()
    assert desk.run_here("state", "check", "--json").document["findings"] == []
    desk.run_here("approve")
    assert desk.run_here("sync", "--full").code in (0, 1)
    assert desk.emails("salesforce") == people
    assert len(desk.export()) == len(before)


def test_what_cannot_be_done_to_a_state_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert desk.run_here("state", "backup", str(copy)).code == 2  # there is none yet
    desk.run_here("plan")
    assert desk.run_here("state", "backup", str(copy)).code == 0

    with (
        open_store(f"sqlite:///{desk.state}") as store,
        store.runs.lease("a run", now=datetime.now(UTC), ttl=timedelta(minutes=1)),
    ):
        locked = desk.run_here("state", "restore", str(copy))
    assert (locked.code, "holds the lock" in locked.err) == (3, True)

    torn = tmp_path / "torn.db"
    torn.write_bytes(copy.read_bytes()[: 8 * 4096])
    refused = desk.run_here("state", "restore", str(torn))
    assert (refused.code, "damaged or was cut off" in refused.err) == (2, True)
    assert desk.run_here("state", "check").code == 0
    desk.state.write_bytes(torn.read_bytes())
    checked = desk.run_here("state", "check")
    assert (checked.code, "revloop state restore" in checked.out) == (2, True)
    assert desk.run_here("state", "restore", str(copy)).code == 0
    assert desk.run_here("state", "check").code == 0
