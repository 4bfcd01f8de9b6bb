"""The demo: a story on two sandboxes, told by the very commands an admin would type."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.demo_desk import Desk
from console.demo_funnel import WEEK, begins_at, tell_the_funnel, tell_the_reports
from console.demo_people import ADA, people_of_the_story
from console.demo_project import PORTS, SEED, make_project
from console.output import paper, print_json, write_private
from console.plan_text import print_plan
from console.planning import make_kept
from console.reporting import print_ledger
from console.wiring import open_workshop
from sync.domain.errors import GuardExceededError
from sync.domain.store import PlanState

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sandbox.server import Sandbox

__all__ = ["tell"]


def tell(folder: Path, *, as_json: bool) -> int:
    """Tell the story in a folder of its own; give the exit code."""
    out = paper()
    out.quiet = as_json
    with _stage(folder) as (sandbox, workshop):
        desk = Desk(out, sandbox, workshop, folder=folder)
        _Story(desk).tell()
        write_private(
            folder / SEED,
            (json.dumps(line, ensure_ascii=False) + "\n" for line in sandbox.export()),
        )
    _farewell(out, folder)
    if as_json:
        print_json({"folder": str(folder), "exit": 0, "runs": desk.runs})
    return 0


@contextmanager
def _stage(folder: Path) -> Iterator[tuple[Sandbox, Workshop]]:
    """Make the project folder and serve both CRMs on free ports while the story is told."""
    from sandbox.clock import Clock
    from sandbox.demo import demo_seed
    from sandbox.server import Sandbox

    begun = begins_at(datetime.now(UTC))
    seed = [*demo_seed(now=begun), *people_of_the_story(begun)]
    sandbox = Sandbox(seed, limits=False, clock=Clock(start=begun))
    make_project(folder, sandbox.hubspot_token, sandbox.salesforce_token)
    sandbox.start()
    try:
        with open_workshop(folder, sandbox.environment(), clock=sandbox.clock.now) as workshop:
            yield sandbox, workshop
    finally:
        sandbox.stop()


class _Story:
    """The acts of the demo, each a command and what it prints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._out = desk.out
        self._sandbox = desk.sandbox
        self._workshop = desk.workshop

    def tell(self) -> None:
        """Tell it from the beginning to the end."""
        self._two_crms()
        self._plan_and_guard()
        self._first_sync()
        self._a_day_of_work()
        self._second_sync()
        self._one_customer()
        tell_the_funnel(self._desk)
        self._nothing_left()
        tell_the_reports(self._desk)
        self._ledger()

    def _two_crms(self) -> None:
        self._desk.act("1  Two CRMs that have grown apart")
        counts = Counter(
            (str(line["system"]), str(line["object"]))
            for line in self._sandbox.export()
            if "properties" in line or "fields" in line
        )
        shown = (
            ("hubspot", "contacts", "HubSpot contacts"),
            ("hubspot", "companies", "HubSpot companies"),
            ("salesforce", "Lead", "Salesforce Leads"),
            ("salesforce", "Contact", "Salesforce Contacts"),
            ("salesforce", "Account", "Salesforce Accounts"),
            ("salesforce", "Opportunity", "Opportunities"),
            ("salesforce", "CampaignMember", "campaign members"),
        )
        found = [f"{counts[system, name]} {title}" for system, name, title in shown]
        self._out.print(", ".join(found) + ".")
        self._out.print(
            "Most people stand in both, written differently; some in one only; some twice. HubSpot "
            "knows nothing of the opportunities, nor who took part in a campaign. Both "
            "CRMs are stand-ins served on this machine; the commands are the real ones."
        )

    def _plan_and_guard(self) -> None:
        self._desk.act("2  What would a sync do? Nothing is written yet", "plan")
        plan = make_kept(self._workshop, as_json=self._desk.quiet)
        print_plan(self._out, self._workshop, plan, shown=4)

    def _first_sync(self) -> None:
        self._desk.act("3  A first sync is a large change, so a person lets it through", "sync")
        try:
            self._desk.run()
        except GuardExceededError as stop:
            self._out.print(f"[yellow]Stopped, exit 4:[/] {stop}")
            self._out.print(f"\n[cyan]$ revloop approve {stop.plan}[/]")
            plan = self._workshop.store.plans.get(int(stop.plan.removeprefix("p")))
            assert plan is not None
            self._workshop.store.plans.mark(plan.id, PlanState.APPROVED)
            self._out.print(f"Plan {plan.name} is approved: the next sync applies it.")
            self._out.print("\n[cyan]$ revloop sync[/]")
            self._desk.run()

    def _a_day_of_work(self) -> None:
        self._desk.act("4  A day of work: marketing in HubSpot, sales in Salesforce")
        # The watermark is set by an ordinary run; edits after it are a day's work.
        self._desk.run(printed=False)
        ada = self._desk.known_as(ADA)
        ada_left, ada_right = ada.left.id, ada.right.id
        self._desk.edit_hubspot(ada_left, mobilephone="+49 170 7654321")
        self._desk.edit_salesforce("Contact", ada_right, MailingCity="Hamburg")
        self._desk.edit_hubspot(ada_left, jobtitle="Head of Operations")
        self._desk.edit_salesforce("Contact", ada_right, Title="Chief Operating Officer")
        self._desk.edit_salesforce("Contact", ada_right, HubSpot_Score__c=99.0)
        self._desk.say("HubSpot", "Ada Ortega gets a new mobile number")
        self._desk.say("Salesforce", "Ada Ortega moves to Hamburg")
        self._desk.say(
            "both", "Ada's job title is edited in HubSpot and in Salesforce: a true conflict"
        )
        self._desk.say("Salesforce", "somebody types 99 over Ada's score, which marketing owns")
        self._others()

    def _others(self) -> None:
        linked = self._some_linked(8)
        for number, (left, right, right_object) in enumerate(linked):
            if number % 2:
                self._desk.edit_hubspot(left, jobtitle="Team Lead")
            else:
                city = "MailingCity" if right_object == "Contact" else "City"
                self._sandbox.salesforce.edit(right_object, right, {city: "Utrecht"})
        self._desk.say("both", f"{len(linked)} other people are edited on one side or the other")

    def _second_sync(self) -> None:
        self._desk.act(
            "5  Each edit goes where it belongs; the conflict waits for a person", "sync"
        )
        self._desk.run()
        for conflict in self._workshop.store.findings.conflicts():
            if conflict.field:
                self._out.print(
                    f"[yellow]held[/]  {conflict.pair} {conflict.field}: HubSpot "
                    f"{conflict.left!r}, Salesforce {conflict.right!r}\n      {conflict.reason}; "
                    f"neither is overwritten"
                )

    def _one_customer(self) -> None:
        self._desk.act(
            "6  One customer: each value, where it came from, and why", f"record show {ADA}"
        )
        self._desk.show_record(ADA)

    def _nothing_left(self) -> None:
        self._desk.wait_until(datetime.now(UTC))
        self._desk.act("12  Today nothing has changed, so nothing is written", "sync")
        self._desk.run()

    def _ledger(self) -> None:
        self._desk.act(
            "14  Each closed opportunity arrived in HubSpot, or says why not", "report outcomes"
        )
        print_ledger(self._out, self._workshop, shown=4)

    def _some_linked(self, number: int) -> list[tuple[str, str, str]]:
        links = self._workshop.store.links.by_id(list(range(1, 400))).values()
        people = [link for link in links if link.pair == "contacts"]
        return [(one.left.id, one.right.id, one.right.object_name) for one in people[:number]]


def _farewell(out: Console, folder: Path) -> None:
    command = Path(sys.argv[0])
    shown = command if command.name == "revloop" else Path("revloop")
    try:
        shown = shown.resolve().relative_to(Path.cwd())
    except ValueError:
        shown = Path("revloop")
    ports = " ".join(f"--{name}-port {port}" for name, port in PORTS.items())
    out.print()
    out.rule("[bold]Now you", align="left", style="dim")
    out.print(
        f"The project is in [bold]{folder}[/]: revloop.yaml, mappings/, the state, and both CRMs "
        f"in {SEED}.\n"
        "Serve both CRMs again, in one terminal:"
    )
    out.print(f"  [cyan]{shown} sandbox serve --seed {folder / SEED} {ports}[/]", soft_wrap=True)
    out.print("and in another one edit somebody, or a mapping file, and look:")
    out.print(f"  [cyan]{shown} plan --project {folder}[/]")
    out.print(f"  [cyan]{shown} sync --project {folder}[/]")
    out.print(f"  [cyan]{shown} status --project {folder}[/]")
    out.print(f"  [cyan]{shown} record show {ADA} --project {folder}[/]")
    out.print(f"  [cyan]{shown} report funnel --project {folder}[/]")
    out.print(f"The page of last week is {folder / WEEK}: open it in a browser.")
