"""The connector's calls to campaigns keep to HubSpot's models, in both families of paths."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.hubspot import ApiVersion, HubSpotSettings, connect
from sandbox.seeds import System
from sandbox.server import Sandbox
from sync.domain.ports import ChangeQuery, Crm, Write, WriteKind, WriteOutcome
from sync.domain.record import Fields
from tests.contract.hubspot_models import Listener
from tests.contract.sandboxes import no_sleep, serving, start_over

FIELDS = ("hs_name", "hs_start_date", "hs_notes", "budget", "spend")


@pytest.fixture(scope="module")
def sandbox(listener: Listener) -> Iterator[Sandbox]:
    with serving(()) as sandbox:
        sandbox.listen(System.HUBSPOT, listener)
        yield sandbox


@pytest.fixture(params=[ApiVersion.NUMBERED, ApiVersion.SEPTEMBER_2026])
def crm(request: pytest.FixtureRequest, sandbox: Sandbox, listener: Listener) -> Iterator[Crm]:
    start_over(sandbox)
    sandbox.hubspot.clear()
    settings = HubSpotSettings(
        access_token=sandbox.hubspot_token,
        base_url=sandbox.hubspot_url,
        api_version=request.param,
    )
    crm = connect(settings, sleep=no_sleep, clock=sandbox.clock.now)
    yield crm
    crm.close()
    listener.assert_clean()


def writing(kind: WriteKind, *values: Fields, ids: tuple[str, ...] = ()) -> list[Write]:
    return [
        Write(
            token=str(number),
            kind=kind,
            object_name="campaigns",
            id=ids[number] if ids else None,
            values=each,
            read_back=tuple(each),
        )
        for number, each in enumerate(values)
    ]


def made(crm: Crm, *names: str) -> tuple[str, ...]:
    results = crm.apply(writing(WriteKind.CREATE, *({"hs_name": name} for name in names)))
    assert {result.outcome for result in results} == {WriteOutcome.DONE}
    return tuple(result.id or "" for result in results)


def query(crm_since: timedelta | None, sandbox: Sandbox) -> ChangeQuery:
    since = None if crm_since is None else sandbox.clock.now() - crm_since
    return ChangeQuery(object_name="campaigns", fields=FIELDS, since=since)


def test_campaigns_are_described(crm: Crm) -> None:
    assert set(FIELDS) <= set(crm.describe("campaigns").fields)


def test_what_is_made_is_read_back_by_every_way_of_reading(crm: Crm, sandbox: Sandbox) -> None:
    ids = set(made(crm, "Fair", "Webinar", "Mailing"))
    changes = query(timedelta(hours=1), sandbox)

    peek = crm.peek([changes])[0]
    ways = [
        peek.records,
        [one for page in crm.read_changes(changes) for one in page],
        [one for page in crm.read_changes(query(None, sandbox)) for one in page],
        [one for page in crm.read_stamps("campaigns") for one in page],
        list(crm.fetch("campaigns", sorted(ids), FIELDS)),
        list(crm.find("campaigns", "hs_name", ["fair", "webinar", "mailing"], FIELDS)),
    ]

    assert [{one.ref.id for one in way} for way in ways] == [ids] * len(ways)
    assert peek.total == 3


def test_more_campaigns_than_a_page_are_all_read(crm: Crm, sandbox: Sandbox) -> None:
    ids = {id for at in range(3) for id in made(crm, *(f"{at}-{n}" for n in range(70)))}

    read = [one.ref.id for page in crm.read_changes(query(None, sandbox)) for one in page]
    newest = crm.peek([query(timedelta(hours=1), sandbox)])[0]

    assert sorted(read) == sorted(ids)
    assert (len(newest.records), newest.total) == (100, 210)


def test_values_are_changed_and_cleared(crm: Crm) -> None:
    (id,) = made(crm, "Fair")
    values = {"hs_name": "Spring fair", "hs_start_date": "2026-03-02", "hs_notes": "Hall 4"}
    (result,) = crm.apply(writing(WriteKind.UPDATE, values, ids=(id,)))
    assert result.stored is not None
    assert result.stored.fields == values

    (result,) = crm.apply(writing(WriteKind.UPDATE, {"hs_notes": None}, ids=(id,)))
    (read,) = crm.fetch("campaigns", [id], ("hs_notes", "hs_name"))

    assert result.stored is not None
    assert result.stored.fields == {"hs_notes": None}
    assert read.fields == {"hs_notes": None, "hs_name": "Spring fair"}
    assert result.stored.stamp == read.stamp


def test_refused_values_are_told_campaign_by_campaign(crm: Crm) -> None:
    ids = made(crm, "Fair", "Webinar", "Mailing")
    bad, good = {"hs_start_date": "soon"}, {"hs_start_date": "2026-03-02"}

    results = crm.apply(writing(WriteKind.UPDATE, good, bad, {"nonsense": "x"}, ids=ids))

    assert [(one.outcome, one.fields) for one in results] == [
        (WriteOutcome.DONE, ()),
        (WriteOutcome.REJECTED, ("hs_start_date",)),
        (WriteOutcome.REJECTED, ("nonsense",)),
    ]


def test_cost_is_written_and_read(crm: Crm) -> None:
    (id,) = made(crm, "Fair")
    costs: list[Fields] = [
        {"spend": "1500.5", "budget": "2000"},
        {"spend": "900"},
        {"spend": None},
    ]
    read = []
    for each in costs:
        crm.apply(writing(WriteKind.ASSOCIATE, each, ids=(id,)))
        sums = crm.read_ties("campaigns", [id], ("budget", "spend"))
        (record,) = crm.fetch("campaigns", [id], ("budget", "spend"))
        read.append((sums[id, "spend"], record.fields["spend"], record.fields["budget"]))

    assert read == [("1500.5", "1500.5", "2000"), ("900", "900", "2000"), (None, None, "2000")]


def test_campaigns_that_are_gone_are_told_from_those_that_are_there(crm: Crm) -> None:
    ids = made(crm, "Fair", "Webinar")
    archived = crm.apply(writing(WriteKind.ARCHIVE, {}, ids=ids[:1]))
    assert [one.outcome for one in archived] == [WriteOutcome.DONE]

    found = {one.ref.id: one.gone for one in crm.fetch("campaigns", ids, ())}
    late = crm.apply(writing(WriteKind.UPDATE, {"hs_notes": "x"}, ids=ids[:1]))

    assert found == {ids[0]: True, ids[1]: False}
    assert [one.outcome for one in late] == [WriteOutcome.GONE]
