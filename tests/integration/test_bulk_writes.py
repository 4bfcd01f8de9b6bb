"""A run that writes many records by a bulk job, cut off while it is at work, and the next run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import connectors.salesforce
from connectors.salesforce.bulk_jobs import Jobs
from connectors.salesforce.client import SalesforceClient
from sandbox.jsontypes import JsonObject
from sandbox.seeds import System
from sandbox.server import Sandbox
from sync.domain.errors import RunTerminatedError
from sync.engine import session
from sync.engine.session import Settings
from tests.integration.admin import Admin, at_work

_COUNT = 40
_JOBS = r"/jobs/ingest$"
_LATER = timedelta(minutes=40)
_SETTINGS = "{guard: {changes: 1000}, compare_every: 400d, salesforce: {bulk_from: 20}}\n"
_MAPPING = """\
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
defaults: {wins: newest, blank: keep}
fields:
  email:     {map: email <-> Email, type: email}
  last_name: lastname <-> LastName
  title:     jobtitle <-> Title
"""


class Killed(BaseException):
    """The process is no more."""


def _seed() -> Iterator[JsonObject]:
    for at in range(_COUNT):
        email, last = f"p{at}@x.example", f"P{at}"
        yield {
            "system": "hubspot",
            "object": "contacts",
            "key": f"h{at}",
            "properties": {"email": email, "lastname": last},
        }
        yield {
            "system": "salesforce",
            "object": "Contact",
            "key": f"s{at}",
            "fields": {"Email": email, "LastName": last},
        }


@pytest.fixture
def admin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Admin]:
    """An admin whose two CRMs are linked, and whose pauses move the CRMs' clock."""
    sandbox = Sandbox(list(_seed()), limits=False)
    sandbox.salesforce.switches.bulk_job_takes = timedelta(minutes=1)
    connect = connectors.salesforce.connect

    def rest(seconds: float) -> None:
        sandbox.clock.move(timedelta(seconds=seconds))

    def resting(settings: Any, **options: Any) -> Any:
        return connect(settings, **{**options, "sleep": rest})

    monkeypatch.setattr(connectors.salesforce, "connect", resting)
    with at_work(tmp_path / "p", sandbox, mapping=_MAPPING, settings=_SETTINGS) as admin:
        assert admin.sync().exit == 0
        sandbox.clock.move(_LATER)
        assert admin.sync().exit == 0
        sandbox.clock.move(_LATER)
        yield admin


def _edit_all(admin: Admin, title: str) -> list[str]:
    ids = list(admin.sandbox.hubspot.ids("contacts"))
    for id in ids:
        admin.sandbox.hubspot.edit("contacts", id, {"jobtitle": title})
    return ids


def _titles(admin: Admin) -> dict[str, tuple[object, object]]:
    """Give each person's title in HubSpot and in Salesforce."""
    hubspot = {
        str(one["email"]): one.get("jobtitle") or None
        for one in (
            admin.sandbox.read("hubspot", "contacts", id) or {}
            for id in admin.sandbox.hubspot.ids("contacts")
        )
    }
    rows = admin.sandbox.salesforce.database.table("Contact").rows.values()
    return {str(one["Email"]): (hubspot[str(one["Email"])], one.get("Title")) for one in rows}


def _jobs(admin: Admin) -> int:
    return len(admin.sandbox.salesforce_traffic.calls(path=_JOBS, method="POST"))


def test_many_changes_go_by_one_job_and_the_next_run_has_nothing_to_do(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    _edit_all(admin, "Head of sales")
    with monkeypatch.context() as patched:
        # They come in small portions, and are waited for.
        patched.setattr(session, "Settings", partial(Settings, chunk=7))
        answer = admin.sync()
    assert (answer.exit, _jobs(admin)) == (0, 1)
    assert answer.counts(System.SALESFORCE)["updated"] == _COUNT
    assert set(_titles(admin).values()) == {("Head of sales", "Head of sales")}
    quiet = admin.sync()
    assert (quiet.saved, quiet.calls[System.SALESFORCE]) == (0, 1)


def test_few_changes_go_in_an_ordinary_call(admin: Admin) -> None:
    for id in admin.sandbox.hubspot.ids("contacts")[:19]:
        admin.sandbox.hubspot.edit("contacts", id, {"jobtitle": "Buyer"})
    assert admin.sync().batches[System.SALESFORCE] == [19]
    assert _jobs(admin) == 0


@pytest.mark.parametrize("calls", [2, 3, 6], ids=["uploaded", "started", "done"])
def test_run_killed_while_its_job_is_at_work_loses_no_edit_and_doubles_none(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    ids = _edit_all(admin, "Head of sales")
    with monkeypatch.context() as patched:
        patched.setattr(SalesforceClient, "_sent", _killed_after(calls))
        with pytest.raises(Killed):
            admin.sync()
    # Both go on while nobody watches: the job at work, and people.
    admin.sandbox.clock.move(timedelta(seconds=20))
    admin.sandbox.hubspot.edit("contacts", ids[0], {"jobtitle": "Promoted meanwhile"})
    # Ordinary calls from here on: what they write, a job still at work would overwrite.
    settings = admin.folder / "revloop.yaml"
    settings.write_text(_SETTINGS.replace("bulk_from: 20", "bulk_from: 0"), encoding="utf-8")

    answer = admin.sync()

    assert answer.exit == 0, answer.document
    admin.sandbox.clock.move(_LATER)
    assert admin.sync().exit == 0
    titles = _titles(admin)
    assert titles.pop("p0@x.example") == ("Promoted meanwhile", "Promoted meanwhile")
    assert set(titles.values()) == {("Head of sales", "Head of sales")}
    assert [answer.counts(system)["held"] for system in System] == [0, 0]


def test_run_asked_to_end_while_its_job_is_at_work_leaves_it_to_the_next(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: Any, **__: Any) -> Any:
        raise RunTerminatedError("stopped from outside")

    _edit_all(admin, "Head of sales")
    with monkeypatch.context() as patched:
        patched.setattr(Jobs, "look", ended)
        assert admin.sync().exit == 3
    assert admin.sync().exit == 0
    assert _jobs(admin) == 0
    assert set(_titles(admin).values()) == {("Head of sales", "Head of sales")}


def _killed_after(calls: int) -> Callable[..., Any]:
    """Give a way to send that is the last thing done at its n-th call of a bulk job."""
    sent, left = SalesforceClient._sent, [calls]

    def send(self: SalesforceClient, *args: Any, **options: Any) -> Any:
        answer = sent(self, *args, **options)
        left[0] -= 1
        if left[0] <= 0:
            raise Killed
        return answer

    return send
