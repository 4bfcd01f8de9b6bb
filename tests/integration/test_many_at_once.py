"""11,000 people changed since the last run, 10,500 of them at one time: nobody is lost.

No search of HubSpot's gives more than 10,000 records, whatever it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.hubspot import HubSpotSettings
from connectors.hubspot import connect as connect_hubspot
from console.wiring import bind_pairs, now, open_workshop, salesforce_crm
from sandbox.jsontypes import JsonObject
from sandbox.seeds import parse_lines
from sandbox.server import Sandbox
from sync.domain.record import Side
from sync.domain.store import RecordState
from sync.engine.run import sync
from sync.engine.session import Session, Settings

pytestmark = pytest.mark.slow

_PEOPLE = 11_000
_AT_ONE_TIME = 10_500

_MAPPING = """\
pair: contacts
hubspot: contacts
salesforce: Lead
first_sync: salesforce
match: [email]
fields:
  email: {map: email <-> Email, type: email}
"""


@contextmanager
def _session(folder: Path, sandbox: Sandbox) -> Iterator[Session]:
    """Begin a run as the commands do, without the pauses that keep HubSpot's pace of searches."""
    with ExitStack() as stack:
        workshop = stack.enter_context(open_workshop(folder, sandbox.environment()))
        access = workshop.project.hubspot
        settings = HubSpotSettings(access_token=access.token, base_url=access.base_url)
        crms = {
            Side.LEFT: connect_hubspot(settings, sleep=lambda _seconds: None),
            Side.RIGHT: salesforce_crm(workshop.project),
        }
        for crm in crms.values():
            stack.callback(crm.close)
        yield Session(
            pairs=bind_pairs(workshop, crms, at=now()),
            crms=crms,
            store=workshop.store,
            settings=Settings(),
            clock=now,
            sleep=lambda _seconds: None,
            run=workshop.store.runs.begin("sync", now()),
        )


def _stamps(common: datetime, *, step: timedelta) -> Iterator[datetime]:
    """Give the times of all changes: many at one time, in the midst of others one by one."""
    before = (_PEOPLE - _AT_ONE_TIME) // 2
    for number in range(_PEOPLE):
        offset = 0 if before <= number < before + _AT_ONE_TIME else number % 200 - 100
        yield common + offset * step


def _contacts(common: datetime) -> Iterator[JsonObject]:
    for number, modified in enumerate(_stamps(common, step=timedelta(milliseconds=1))):
        yield {
            "system": "hubspot",
            "object": "contacts",
            "key": f"c{number}",
            "created": modified.isoformat(),
            "properties": {"email": f"person.{number}@example.com"},
        }


def _leads(common: datetime) -> Iterator[JsonObject]:
    for number, modified in enumerate(_stamps(common, step=timedelta(seconds=1))):
        yield {
            "system": "salesforce",
            "object": "Lead",
            "key": f"l{number}",
            "created": modified.isoformat(),
            "fields": {
                "Email": f"lead.{number}@example.com",
                "LastName": "Doe",
                "Company": "Acme",
            },
        }


def _dealt_with(session: Session, side: Side, object_name: str) -> set[str]:
    """Give the records a run came to a decision on: left out, since the mapping makes none."""
    return {
        record.ref.id
        for page in session.store.records.iterate("contacts", side, object_name)
        for record in page
        if record.state is RecordState.LEFT_OUT
    }


def test_people_changed_at_one_time_are_all_read_on_both_sides(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(_MAPPING, encoding="utf-8")
    with Sandbox(limits=False) as sandbox:
        with _session(tmp_path, sandbox) as session:
            sync(session)  # of nothing: from now on only what changed is read
        common = datetime.now(UTC).replace(microsecond=0)
        seed = [*_contacts(common), *_leads(common)]
        lines = list(parse_lines(enumerate(seed, start=1)))
        sandbox.hubspot.load(lines)
        sandbox.salesforce.load(lines)
        with _session(tmp_path, sandbox) as session:
            sync(session)
            contacts = _dealt_with(session, Side.LEFT, "contacts")
            leads = _dealt_with(session, Side.RIGHT, "Lead")
    assert len(contacts) == len(leads) == _PEOPLE
    assert contacts == set(sandbox.hubspot.ids("contacts"))
    assert leads == set(sandbox.salesforce.database.table("Lead").rows)
