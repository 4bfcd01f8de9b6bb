"""Every stage change of both CRMs is kept as an event: what came before the first sync too."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import structlog
from rich.console import Console

from connectors.memory import Killed
from console.doctor.state import check_state
from console.one_record import print_story, stories
from console.stage_history import stages_json
from sync.domain.errors import CredentialError
from sync.domain.ports import FieldChange
from sync.domain.record import Native, Side
from sync.domain.stages import Cause, StageEvent
from sync.engine.stages import unreadable
from sync.ops.logging import configure_logging
from tests.scenario.test_objects import add_deal, add_opportunity, coupled, deals
from tests.scenario.world import HUBSPOT, SALESFORCE, World, people

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
END = datetime(2100, 1, 1, tzinfo=UTC)

LEADS = people(
    "far: lifecyclestage ->",
    "status: <- Lead.Status",
    objects="Contact | Lead",
    more="create: {hubspot: {when: 'true'}}",
)


def events(world: World, side: Side, pair: str = "deals") -> list[StageEvent]:
    with world.workshop() as workshop:
        pages = workshop.store.stages.between(pair, BEGINNING, END)
        return [event for page in pages for event in page if event.side is side]


def steps(world: World, side: Side, pair: str = "deals") -> list[tuple[Native, Native]]:
    """Give what each event of a side led from and to."""
    return [(event.before, event.after) for event in events(world, side, pair)]


def causes(world: World, side: Side, pair: str = "deals") -> list[Cause]:
    return [event.cause for event in events(world, side, pair)]


def move_deal(world: World, id: str, *stages: str, by: str = "person") -> None:
    for stage in stages:
        world.edit(HUBSPOT, "deals", id, by=by, dealstage=stage)


def move_opportunity(world: World, id: str, *stages: str) -> None:
    for stage in stages:
        world.edit(SALESFORCE, "Opportunity", id, StageName=stage)


def test_history_from_before_the_first_sync_is_kept_for_both_sides(world: World) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    move_deal(world, deal, "contractsent", "closedwon")
    move_opportunity(world, opportunity, "Negotiation/Review", "Closed Won")
    couple = coupled(world, deal, opportunity)
    assert steps(world, HUBSPOT) == [
        (None, "qualifiedtobuy"),
        ("qualifiedtobuy", "contractsent"),
        ("contractsent", "closedwon"),
    ]
    assert steps(world, SALESFORCE) == [
        (None, "Prospecting"),
        ("Prospecting", "Negotiation/Review"),
        ("Negotiation/Review", "Closed Won"),
    ]
    kept = [*events(world, HUBSPOT), *events(world, SALESFORCE)]
    assert {one.link_id for one in kept} == {couple.link.id}
    assert {one.cause for one in kept} == {Cause.PERSON}


@pytest.mark.parametrize("side", [HUBSPOT, SALESFORCE])
def test_stage_that_moved_there_and_back_between_two_runs_is_two_events(
    world: World, side: Side
) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    coupled(world, deal, opportunity)
    if side is HUBSPOT:
        move_deal(world, deal, "contractsent", "qualifiedtobuy")
    else:
        move_opportunity(world, opportunity, "Negotiation/Review", "Prospecting")
    world.sync()
    first, *moved = steps(world, side)
    assert [before for before, _ in moved] == [after for _, after in [first, *moved[:-1]]]
    assert len(moved) == 2
    kept = [*events(world, HUBSPOT), *events(world, SALESFORCE)]
    world.sync()
    world.settles()
    assert [*events(world, HUBSPOT), *events(world, SALESFORCE)] == kept


def test_stage_that_we_wrote_is_not_taken_for_a_persons(world: World) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    coupled(world, deal, opportunity)
    move_deal(world, deal, "contractsent")
    world.sync()
    assert steps(world, SALESFORCE)[-1] == ("Prospecting", "Negotiation/Review")
    assert causes(world, SALESFORCE) == [Cause.PERSON, Cause.REVLOOP]
    # Once the CRM tells of it itself it is still ours, and still one event.
    move_opportunity(world, opportunity, "Closed Lost")
    world.sync()
    assert causes(world, SALESFORCE) == [Cause.PERSON, Cause.REVLOOP, Cause.PERSON]
    assert steps(world, HUBSPOT)[-1] == ("contractsent", "closedlost")
    assert causes(world, HUBSPOT) == [Cause.PERSON, Cause.PERSON, Cause.REVLOOP]


def test_record_that_we_made_begins_with_an_event_of_ours_without_a_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(deals(more="create: {hubspot: {when: 'true'}}"))
    add_opportunity(world)
    asked: list[Side] = []
    note_history(world, HUBSPOT, asked, monkeypatch)
    world.sync()
    assert steps(world, HUBSPOT) == [(None, "qualifiedtobuy")]
    assert causes(world, HUBSPOT) == [Cause.REVLOOP]
    world.sync()
    assert len(events(world, HUBSPOT)) == 1
    assert asked == []


def test_automation_in_the_crm_is_not_taken_for_a_person(world: World) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    coupled(world, deal, opportunity)
    move_deal(world, deal, "contractsent", by="automation")
    world.sync()
    assert causes(world, HUBSPOT) == [Cause.PERSON, Cause.AUTOMATION]


def test_opportunity_without_a_deal_has_its_events(world: World) -> None:
    world.use(deals())
    opportunity = add_opportunity(world)
    move_opportunity(world, opportunity, "Closed Lost")
    world.sync()
    assert [one.link_id for one in events(world, SALESFORCE)] == [None, None]
    # A deal that comes later takes them over.
    couple = coupled(world, add_deal(world, dealstage="closedlost"), opportunity)
    assert [one.link_id for one in events(world, SALESFORCE)] == [couple.link.id] * 2


def test_person_linked_later_brings_the_history_of_both_sides(world: World) -> None:
    world.use(LEADS)
    person = {"email": "ada@example.com", "lastname": "Lovelace"}
    contact = world.add(HUBSPOT, "contacts", lifecyclestage="subscriber", **person)
    world.edit(HUBSPOT, "contacts", contact, lifecyclestage="marketingqualifiedlead")
    world.sync()
    assert events(world, HUBSPOT, "contacts") == []
    world.add(SALESFORCE, "Lead", Email="ada@example.com", LastName="Lovelace", Company="Engines")
    world.sync()
    assert steps(world, HUBSPOT, "contacts") == [
        (None, "subscriber"),
        ("subscriber", "marketingqualifiedlead"),
    ]
    (link,) = world.links_of(contact)
    assert {one.link_id for one in events(world, HUBSPOT, "contacts")} == {link.id}


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Give what the runs log; what logged elsewhere is put back."""
    handlers = list(logging.getLogger().handlers)
    said = StringIO()
    configure_logging({}, stream=said)
    yield said
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


def test_history_that_is_refused_stops_no_run_and_is_read_once_it_is_open(
    world: World, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    def refuse(*_: object, **__: object) -> Iterator[Sequence[FieldChange]]:
        raise CredentialError("this user may not read the history", system="Salesforce")

    world.use(deals())
    crm = world.connect(SALESFORCE)._crm  # type: ignore[attr-defined]  # what is watched
    deal, opportunity = add_deal(world), add_opportunity(world)
    with monkeypatch.context() as patched:
        patched.setattr(crm, "read_history", refuse)
        coupled(world, deal, opportunity)
        assert events(world, SALESFORCE) == []
        with world.workshop() as workshop:
            ((side, name, _),) = unreadable(workshop.store)
            assert (side, name) == (SALESFORCE, "Opportunity")
            told = [one.message for one in check_state(workshop.store, now=world.clock.now())]
        assert any("this user may not read the history" in message for message in told)
        move_opportunity(world, opportunity, "Closed Lost")
        world.pass_time(timedelta(hours=2))
        world.sync()
        assert log.getvalue().count("stage_history_refused") == 1
    world.pass_time(timedelta(hours=2))
    world.sync()
    assert steps(world, SALESFORCE) == [(None, "Prospecting"), ("Prospecting", "Closed Lost")]
    with world.workshop() as workshop:
        assert unreadable(workshop.store) == []


def test_run_that_was_killed_leaves_no_event_out_and_none_twice(world: World) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    coupled(world, deal, opportunity)
    move_deal(world, deal, "contractsent")
    world.kill(SALESFORCE)
    world.killed_sync()
    world.sync()
    move_opportunity(world, opportunity, "Closed Lost")
    world.sync()
    assert steps(world, SALESFORCE) == [
        (None, "Prospecting"),
        ("Prospecting", "Negotiation/Review"),
        ("Negotiation/Review", "Closed Lost"),
    ]
    assert causes(world, SALESFORCE) == [Cause.PERSON, Cause.REVLOOP, Cause.PERSON]


@pytest.mark.parametrize("side", list(Side))
def test_run_killed_while_it_reads_a_history_has_the_next_one_read_it(
    world: World, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(deals())
    crm = world.connect(side)._crm  # type: ignore[attr-defined]  # what is watched
    read = crm.read_history

    def killed(*arguments: object, **options: object) -> Iterator[Sequence[FieldChange]]:
        yield next(read(*arguments, **options))
        raise Killed

    deal, opportunity = add_deal(world), add_opportunity(world)
    move_deal(world, deal, "contractsent")
    move_opportunity(world, opportunity, "Negotiation/Review")
    with monkeypatch.context() as patched:
        patched.setattr(crm, "read_history", killed)
        world.killed_sync()
    coupled(world, deal, opportunity)
    assert steps(world, HUBSPOT) == [(None, "qualifiedtobuy"), ("qualifiedtobuy", "contractsent")]
    assert steps(world, SALESFORCE) == [
        (None, "Prospecting"),
        ("Prospecting", "Negotiation/Review"),
    ]
    assert len({one.link_id for one in events(world, HUBSPOT) + events(world, SALESFORCE)}) == 1


def test_plan_keeps_no_event_and_idle_run_reads_no_history(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    world.plan()
    assert events(world, HUBSPOT) + events(world, SALESFORCE) == []
    coupled(world, deal, opportunity)
    asked: list[Side] = []
    for side in Side:
        note_history(world, side, asked, monkeypatch)
    world.sync()
    world.sync(full=True)
    assert asked == []
    move_opportunity(world, opportunity, "Closed Lost")
    world.sync()
    assert asked == [SALESFORCE]


def note_history(
    world: World, side: Side, asked: list[Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Note each time the history of a side is read, until its connectors are closed."""
    crm = world.connect(side)._crm  # type: ignore[attr-defined]  # what is watched
    read = crm.read_history

    def noted(*arguments: object, **options: object) -> Iterator[Sequence[FieldChange]]:
        asked.append(side)
        yield from read(*arguments, **options)

    monkeypatch.setattr(crm, "read_history", noted)


def test_events_stay_with_the_link_through_a_merge_and_are_not_doubled(world: World) -> None:
    world.use(LEADS)
    person = {"email": "ada@example.com", "lastname": "Lovelace"}
    contact = world.add(HUBSPOT, "contacts", lifecyclestage="subscriber", **person)
    world.add(SALESFORCE, "Lead", Email="ada@example.com", LastName="Lovelace", Company="Engines")
    world.sync()
    (link,) = world.links_of(contact)
    other = world.add(HUBSPOT, "contacts", lastname="King", email="king@example.com")
    survivor = world.merge(HUBSPOT, "contacts", contact, other)
    world.edit(HUBSPOT, "contacts", survivor, lifecyclestage="marketingqualifiedlead")
    world.sync()
    world.sync()
    with world.workshop() as workshop:
        kept = workshop.store.stages.of_links([link.id])[link.id]
    assert [(one.before, one.after) for one in kept if one.side is HUBSPOT] == [
        (None, "subscriber"),
        ("subscriber", "marketingqualifiedlead"),
    ]


def test_events_stay_with_the_link_through_conversion(world: World) -> None:
    world.use(LEADS)
    person = {"Email": "ada@example.com", "LastName": "Lovelace", "Company": "Engines"}
    lead = world.add(SALESFORCE, "Lead", Status="Open - Not Contacted", **person)
    world.sync()
    world.edit(SALESFORCE, "Lead", lead, Status="Working - Contacted")
    world.convert(lead)
    world.sync()
    world.sync()
    contact, _ = world.only(HUBSPOT, "contacts")
    (link,) = world.links_of(contact)
    assert link.right.object_name == "Contact"
    kept = [one for one in events(world, SALESFORCE, "contacts") if one.before is not None]
    assert kept[0].after == "Working - Contacted"
    assert {(one.ref.id, one.link_id) for one in kept} == {(lead, link.id)}


def test_record_show_tells_how_far_a_record_came_and_who_moved_it(world: World) -> None:
    world.use(deals())
    deal, opportunity = add_deal(world), add_opportunity(world)
    coupled(world, deal, opportunity)
    move_deal(world, deal, "contractsent")
    world.sync()
    with world.workshop() as workshop:
        (story,) = stories(workshop, deal)
        (again,) = stories(workshop, opportunity)
    assert again.stages == story.stages
    told = stages_json(story.stages)
    assert [(one["side"], one["from"], one["to"], one["by"]) for one in told] == [
        ("hubspot", None, "Qualified To Buy", "person"),
        ("salesforce", None, "Prospecting", "person"),
        ("hubspot", "Qualified To Buy", "contractsent", "person"),
        ("salesforce", "Prospecting", "Negotiation/Review", "revloop"),
    ]
    printed = StringIO()
    print_story(Console(width=200, file=printed), story)
    assert "stage changed" in printed.getvalue()
    assert "revloop" in printed.getvalue()
