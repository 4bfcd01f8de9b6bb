"""What of a plan is shown, what it costs, and its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

import cli
from console.plan_cost import Cost, cost_of, cost_text
from console.plan_filter import Narrowing, ShownKind, Sought, Wanted
from console.plan_page import page_parts
from console.wiring import Workshop
from mappings.loader import load_mappings
from mappings.project import load_project
from sync.domain.errors import UsageError
from sync.domain.merge import Reason
from sync.domain.plan import FieldWrite, Held, Item, ItemKind, Refused
from sync.domain.record import RecordRef, Side
from sync.domain.store import Plan, PlanState
from sync.engine.guard import PlanCount
from sync.state import open_store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

MAPPING = """
pair: contacts
hubspot: contacts
salesforce: Contact
first_sync: salesforce
match: [email]
fields:
  email: {map: email <-> Email, type: email}
  city: city <-> MailingCity
"""


def write(name: str = "city", *, new: str | None = "Bonn", old: str | None = "Ulm") -> FieldWrite:
    return FieldWrite(
        side=Side.RIGHT,
        name=name,
        native_name=name.title(),
        old=old,
        new=new,
        origin=new,
        reason=Reason.EDITED_ALONE,
    )


def held(name: str = "city") -> Held:
    return Held(name=name, left="a", right="b", reason=Reason.HOLD_BOTH_EDITED)


def refused(name: str = "city") -> Refused:
    return Refused(
        side=Side.RIGHT, name=name, native_name=name, code="LONG", message="too long", fix="cut it"
    )


def merged(number: int = 1, **more: Any) -> Item:
    known: dict[str, Any] = {
        "pair": "contacts",
        "kind": ItemKind.MERGE,
        "left": RecordRef("contacts", f"h{number}"),
        "right": RecordRef("Contact", f"s{number}"),
        "link_id": number,
    }
    return Item(**{**known, **more})


def created(email: str = "ada@example.com", number: int = 1) -> Item:
    return Item(
        pair="contacts",
        kind=ItemKind.CREATE,
        left=RecordRef("contacts", f"n{number}"),
        side=Side.RIGHT,
        object_name="Contact",
        writes=(write("email", new=email, old=None), write("city", old=None)),
    )


LEFT_OUT = Item(
    pair="contacts",
    kind=ItemKind.LEAVE_OUT,
    left=RecordRef("contacts", "x1"),
    why="include.hubspot",
)


@dataclass
class Desk:
    """A project whose state keeps plans."""

    workshop: Workshop

    def keep(self, *items: Item) -> Plan:
        """Keep a plan."""
        plans = self.workshop.store.plans
        number = plans.open("contacts=1", NOW)
        plans.add(number, items)
        count = PlanCount()
        for item in items:
            count.add(item)
        summary = {
            "items": count.items,
            "changes": count.changes,
            "creates": count.creates,
            "deletes": 0,
            "blanks": count.blanks,
            "links": count.links,
            "held": count.held,
            "errors": count.refused,
            "left_out": count.left_out,
            "writes": [[*key, value] for key, value in count.writes.items()],
        }
        plans.mark(number, PlanState.KEPT, {"contacts": summary})
        plan = plans.get(number)
        assert plan is not None
        return plan

    def page(self, plan: Plan, *, shown: int = 50, narrowing: Narrowing | None = None) -> str:
        """Give the page of a plan."""
        parts = page_parts(self.workshop, plan, narrowing=narrowing, shown=shown)
        return "".join(parts)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "contacts.yaml").write_text(MAPPING)
    project = load_project(tmp_path, {})
    pairs = load_mappings(project.mappings)
    with open_store("sqlite://") as store:
        yield Desk(
            Workshop(project=project, pairs=pairs, known=frozenset({"contacts"}), store=store)
        )


# --- narrowing ----------------------------------------------------------------------------------


def only(*kinds: ShownKind) -> Narrowing:
    return Narrowing(kinds=frozenset(kinds))


def test_nothing_asked_shows_all_but_what_is_left_out():
    assert Narrowing().narrowed(merged(writes=(write(),))) is not None
    assert Narrowing().narrowed(LEFT_OUT) is None
    assert only(ShownKind.LEFT_OUT).narrowed(LEFT_OUT) == LEFT_OUT


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (ShownKind.UPDATE, ("writes",)),
        (ShownKind.HELD, ("held",)),
        (ShownKind.ERROR, ("refused",)),
    ],
)
def test_kind_shows_its_own_part_of_a_record_only(kind: ShownKind, kept: tuple[str, ...]):
    item = merged(writes=(write(),), held=(held("email"),), refused=(refused("phone"),))

    shown = only(kind).narrowed(item)

    assert shown is not None
    assert tuple(name for name in ("writes", "held", "refused") if getattr(shown, name)) == kept


def test_kind_leaves_out_records_that_have_nothing_of_it():
    assert only(ShownKind.HELD).narrowed(merged(writes=(write(),))) is None
    assert only(ShownKind.ARCHIVE).narrowed(merged(kind=ItemKind.UNLINK)) is None
    assert only(ShownKind.ARCHIVE).narrowed(merged(kind=ItemKind.UNLINK, archive=True)) is not None


def test_command_takes_every_kind_there_is():
    (option,) = (one for one in cli.plan_group.params if one.name == "kinds")

    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == [kind.value for kind in ShownKind]


def test_create_keeps_its_values():
    shown = only(ShownKind.CREATE).narrowed(created())

    assert shown == created()


def test_field_shows_that_field_only():
    item = merged(writes=(write("city"), write("email")), held=(held("name"),))

    shown = Narrowing(fields=frozenset({"city"})).narrowed(item)

    assert shown == replace(item, writes=(write("city"),), held=())
    assert Narrowing(fields=frozenset({"phone"})).narrowed(item) is None


def test_pair_shows_that_pair_only():
    assert Narrowing(pairs=frozenset({"companies"})).narrowed(merged(writes=(write(),))) is None


@pytest.mark.parametrize("key", ["n1", "ada@example.com", " ADA@Example.com "])
def test_record_is_found_by_id_and_by_address(desk: Desk, key: str):
    plan = desk.keep(created(), created("ben@example.com", 2))
    narrowing = Wanted(records=(key,)).find(desk.workshop)

    shown = list(narrowing.items(desk.workshop.store, plan))

    assert [item.left for item in shown] == [RecordRef("contacts", "n1")]


def test_record_is_found_by_its_group_and_beside_others():
    sought = Sought(
        key="s9", links=frozenset(), groups=frozenset({("contacts", "0:abc")}), keyed=frozenset()
    )
    waiting = Item(pair="contacts", kind=ItemKind.HOLD, left=RecordRef("contacts", "h1"))

    assert sought.is_of(replace(waiting, group="0:abc"))
    assert sought.is_of(replace(waiting, others=((Side.RIGHT, RecordRef("Contact", "s9")),)))
    assert not sought.is_of(waiting)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(fields=("citi",)), "--field: the mapping has no field 'citi'; did you mean 'city'"),
        (Wanted(pairs=("deals",)), "--pair: the mapping has no pair 'deals'; it has contacts"),
    ],
)
def test_name_the_mapping_does_not_have_is_refused(desk: Desk, wanted: Wanted, message: str):
    with pytest.raises(UsageError, match=message):
        wanted.check(desk.workshop)


# --- cost ---------------------------------------------------------------------------------------


def test_cost_counts_full_batches_and_what_the_plan_itself_took(desk: Desk):
    plan = desk.keep(*(merged(number, writes=(write(),)) for number in range(201)))
    runs = desk.workshop.store.runs
    run = runs.begin("plan", NOW)
    quota = {"salesforce": {"quota": 1000, "left": 900}}
    runs.end(
        run,
        at=NOW,
        exit=0,
        stopped=None,
        summary={"plan": plan.name, "calls": {"salesforce": 3}, "quota": quota},
    )

    costs = cost_of(desk.workshop, plan)

    assert (costs[Side.LEFT].calls, costs[Side.LEFT].share) == (0, None)
    assert (costs[Side.RIGHT].reads, costs[Side.RIGHT].writes) == (3, 2)
    assert costs[Side.RIGHT].share == 0.005
    assert "5 Salesforce calls (2 that write, 0.5% of a day's 1,000)" in cost_text(costs)
    assert "no HubSpot calls" in cost_text(costs)


def test_cost_over_what_may_be_used_today_is_said():
    enough = Cost(writes=400, quota=1000, left=900, leave=Decimal("0.5"))
    short = replace(enough, writes=401)

    assert not enough.too_much
    assert short.too_much
    assert "HubSpot has 900 left today, and `leave` keeps 50%" in cost_text({Side.LEFT: short})


# --- the page -----------------------------------------------------------------------------------


def test_page_shows_old_and_new_value_and_the_rule(desk: Desk):
    page = desk.page(desk.keep(merged(writes=(write(new=None),)), merged(2, held=(held(),))))

    assert '<td class="value old">Ulm</td><td class="value new"><i>blank</i></td>' in page
    assert "edited in HubSpot only" in page
    assert "HubSpot: a" in page
    assert "Salesforce: b" in page


def test_page_escapes_every_value(desk: Desk):
    evil = '</td><script>alert("1")</script>'
    items = (
        merged(1, writes=(write(evil, new=evil, old=evil),)),
        merged(2, held=(replace(held(), name=evil, left=evil, right=evil, why=evil),)),
        merged(3, refused=(replace(refused(), message=evil, fix=evil),)),
        Item(
            pair="contacts",
            kind=ItemKind.HOLD,
            left=RecordRef("contacts", evil),
            why=evil,
            group="g",
        ),
        created(evil),
    )
    page = desk.page(desk.keep(*items))

    assert page.count("<script>") == 1
    assert "&lt;script&gt;" in page


def test_page_asks_nothing_of_the_network(desk: Desk):
    page = desk.page(desk.keep(created()))

    assert "default-src 'none'" in page
    assert not any(word in page for word in ("http:", "https:", "src=", "url(", "@import", "<link"))


def test_page_says_how_many_records_it_does_not_hold(desk: Desk):
    plan = desk.keep(*(merged(number, writes=(write(),)) for number in range(30)), created())

    page = desk.page(plan, shown=10)

    assert page.count('<tbody class="record">') == 11
    assert "20 of these 30 are not on this page" in page


def test_page_is_made_while_it_is_read(desk: Desk):
    plan = desk.keep(*(merged(number, writes=(write(),)) for number in range(1_000)))

    sizes = [len(part) for part in page_parts(desk.workshop, plan, shown=1_000)]

    assert len(sizes) > 20
    assert max(sizes) < sum(sizes) / 10


def test_page_of_a_plan_file_names_the_file(desk: Desk):
    plan = desk.keep(created(), created("ben@example.com", 2))

    page = "".join(page_parts(desk.workshop, plan, shown=1, called="monday.json"))

    assert "revloop plan show monday.json --json" in page
    assert plan.name not in page


def test_page_of_a_narrowed_plan_says_so(desk: Desk):
    plan = desk.keep(merged(writes=(write(),)), created())
    narrowing = Wanted(kinds=("create",)).find(desk.workshop)

    page = desk.page(plan, narrowing=narrowing)

    assert "Narrowed to --kind create" in page
    assert page.count('<tbody class="record">') == 1
