"""The demo: a story on two sandboxes, told by the very commands an admin would type."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.demo_people import ADA, CLEO, CLEOS_COMPANY, CLEOS_DEAL, people_of_the_story
from console.one_record import print_story, stories
from console.output import paper, print_json, write_private
from console.plan_text import print_plan
from console.planning import make_kept
from console.reporting import print_ledger
from console.syncing import print_outcome, run_once
from console.wiring import now, open_workshop
from sync.domain.errors import GuardExceededError, UsageError
from sync.domain.store import PlanState

if TYPE_CHECKING:
    from rich.console import Console

    from console.wiring import Workshop
    from sandbox.jsontypes import JsonObject
    from sandbox.server import Sandbox

__all__ = ["tell"]

#: A folder with this file in it is an earlier demo's and may be made anew.
_MARK = ".revloop-demo"
_SEED = "crms.jsonl"
_PORTS = {"hubspot": 8701, "salesforce": 8702, "control": 8703}
#: Why deals are lost: the field is an org's own, so that line of the starter is a comment.
_REASON = ("  # reason:  closed", "  reason:  closed")


def tell(folder: Path, *, as_json: bool) -> int:
    """Tell the story in a folder of its own; give the exit code."""
    out = paper()
    out.quiet = as_json
    with _stage(folder) as (sandbox, workshop):
        story = _Story(out, sandbox, workshop)
        story.tell()
        write_private(
            folder / _SEED,
            (json.dumps(line, ensure_ascii=False) + "\n" for line in sandbox.export()),
        )
    _farewell(out, folder)
    if as_json:
        print_json({"folder": str(folder), "exit": 0, "runs": story.runs})
    return 0


@contextmanager
def _stage(folder: Path) -> Iterator[tuple[Sandbox, Workshop]]:
    """Make the project folder and serve both CRMs on free ports while the story is told."""
    from sandbox.demo import demo_seed
    from sandbox.server import Sandbox

    sandbox = Sandbox([*demo_seed(), *people_of_the_story()], limits=False)
    _make_project(folder, sandbox.hubspot_token, sandbox.salesforce_token)
    sandbox.start()
    try:
        with open_workshop(folder, sandbox.environment()) as workshop:
            yield sandbox, workshop
    finally:
        sandbox.stop()


def _make_project(folder: Path, hubspot_token: str, salesforce_token: str) -> None:
    import mappings

    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise UsageError(
                f"{folder} is not empty and not an earlier demo's; name another with --folder"
            )
        shutil.rmtree(folder)
    (folder / "mappings").mkdir(parents=True)
    (folder / _MARK).write_text("Made by `revloop demo`, which may make it anew.\n", "utf-8")
    for starter in sorted((Path(mappings.__file__).parent / "starter").iterdir()):
        text = starter.read_text("utf-8").replace(*_REASON)
        (folder / "mappings" / starter.name).write_text(text, "utf-8")
    (folder / "revloop.yaml").write_text(
        f"""\
# The demo's own settings: both CRMs are stand-ins on this machine, so the tokens are no secrets.
version: 1
hubspot:
  token: {hubspot_token}
  base_url: http://127.0.0.1:{_PORTS["hubspot"]}
salesforce:
  auth: session
  instance_url: http://127.0.0.1:{_PORTS["salesforce"]}
  access_token: "{salesforce_token}"
state: sqlite:///state/revloop.db
reporting_currency: EUR
guard: {{changes: "20%, at least 50", creates: 500, deletes: 10, blanks: 20}}
""",
        "utf-8",
    )


class _Story:
    """The acts of the demo, each a command and what it prints."""

    def __init__(self, out: Console, sandbox: Sandbox, workshop: Workshop) -> None:
        self._out = out
        self._sandbox = sandbox
        self._workshop = workshop
        self._quiet = out.quiet or not sys.stderr.isatty()
        self.runs: list[dict[str, Any]] = []

    def tell(self) -> None:
        """Tell it from the beginning to the end."""
        self._two_crms()
        self._plan_and_guard()
        self._first_sync()
        self._a_day_of_work()
        self._second_sync()
        self._one_customer()
        self._a_lead_is_won()
        self._ledger()
        self._nothing_left()

    def _act(self, title: str, command: str = "") -> None:
        self._out.print()
        self._out.rule(f"[bold]{title}", align="left", style="dim")
        if command:
            self._out.print(f"[cyan]$ revloop {command}[/]")

    def _two_crms(self) -> None:
        self._act("1  Two CRMs that have grown apart")
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
        self._act("2  What would a sync do? Nothing is written yet", "plan")
        plan = make_kept(self._workshop, as_json=self._quiet)
        print_plan(self._out, self._workshop, plan, shown=4)

    def _first_sync(self) -> None:
        self._act("3  A first sync is a large change, so a person lets it through", "sync")
        try:
            self._run()
        except GuardExceededError as stop:
            self._out.print(f"[yellow]Stopped, exit 4:[/] {stop}")
            self._out.print(f"\n[cyan]$ revloop approve {stop.plan}[/]")
            plan = self._workshop.store.plans.get(int(stop.plan.removeprefix("p")))
            assert plan is not None
            self._workshop.store.plans.mark(plan.id, PlanState.APPROVED)
            self._out.print(f"Plan {plan.name} is approved: the next sync applies it.")
            self._out.print("\n[cyan]$ revloop sync[/]")
            self._run()

    def _a_day_of_work(self) -> None:
        self._act("4  A day of work: marketing in HubSpot, sales in Salesforce")
        # The watermark is set by an ordinary run; edits after it are a day's work.
        self._run(printed=False)
        (ada,) = stories(self._workshop, ADA)
        ada_left, ada_right = ada.left.id, ada.right.id
        self._edit_hubspot(ada_left, mobilephone="+49 170 7654321")
        self._edit_salesforce(ada_right, MailingCity="Hamburg")
        self._edit_hubspot(ada_left, jobtitle="Head of Operations")
        self._edit_salesforce(ada_right, Title="Chief Operating Officer")
        self._edit_salesforce(ada_right, HubSpot_Score__c=99.0)
        self._say("HubSpot", "Ada Ortega gets a new mobile number")
        self._say("Salesforce", "Ada Ortega moves to Hamburg")
        self._say("both", "Ada's job title is edited in HubSpot and in Salesforce: a true conflict")
        self._say("Salesforce", "somebody types 99 over Ada's score, which marketing owns")
        self._others()

    def _others(self) -> None:
        linked = self._some_linked(8)
        for number, (left, right, right_object) in enumerate(linked):
            if number % 2:
                self._edit_hubspot(left, jobtitle="Team Lead")
            else:
                city = "MailingCity" if right_object == "Contact" else "City"
                self._sandbox.salesforce.edit(right_object, right, {city: "Utrecht"})
        self._say("both", f"{len(linked)} other people are edited on one side or the other")

    def _second_sync(self) -> None:
        self._act("5  Each edit goes where it belongs; the conflict waits for a person", "sync")
        self._run()
        for conflict in self._workshop.store.findings.conflicts():
            if conflict.field:
                self._out.print(
                    f"[yellow]held[/]  {conflict.pair} {conflict.field}: HubSpot "
                    f"{conflict.left!r}, Salesforce {conflict.right!r}\n      {conflict.reason}; "
                    f"neither is overwritten"
                )

    def _one_customer(self) -> None:
        self._act("6  One customer: each value, where it came from, and why", f"record show {ADA}")
        for story in stories(self._workshop, ADA):
            print_story(self._out, story)

    def _a_lead_is_won(self) -> None:
        self._act("7  Sales converts a lead and wins; marketing sees what came of it", "sync")
        (cleo,) = stories(self._workshop, CLEO)
        (company,) = stories(self._workshop, CLEOS_COMPANY)
        made = self._sandbox.salesforce.convert_lead(
            cleo.right.id, account_id=company.right.id, opportunity_name=CLEOS_DEAL
        )
        self._say("Salesforce", "Cleo Adler's Lead is converted: now a Contact with an Opportunity")
        if made.opportunity_id is not None:
            won: JsonObject = {
                "StageName": "Closed Won",
                "Amount": 18_400.0,
                "CloseDate": f"{now():%Y-%m-%d}",
            }
            self._sandbox.salesforce.edit("Opportunity", made.opportunity_id, won)
            self._say("Salesforce", f"the Opportunity, {CLEOS_DEAL!r}, is won: 18,400 EUR")
        self._run()
        self._out.print(f"\n[cyan]$ revloop record show {CLEO}[/]")
        for story in stories(self._workshop, CLEO):
            print_story(self._out, story)

    def _ledger(self) -> None:
        self._act(
            "8  Each closed opportunity arrived in HubSpot, or says why not", "report outcomes"
        )
        print_ledger(self._out, self._workshop, shown=4)

    def _nothing_left(self) -> None:
        self._act("9  Nothing changed, so nothing is written", "sync")
        self._run()

    # --- small steps -------------------------------------------------------------------------

    def _run(self, *, printed: bool = True) -> None:
        document = run_once(self._workshop, as_json=self._quiet)
        self.runs.append(document)
        if printed:
            print_outcome(self._out, document)

    def _say(self, where: str, what: str) -> None:
        self._out.print(f"  [bold]{where:<11}[/]{what}")

    def _edit_hubspot(self, id: str, **properties: str) -> None:
        self._sandbox.hubspot.edit("contacts", id, properties, by="person")

    def _edit_salesforce(self, id: str, **fields: str | float) -> None:
        self._sandbox.salesforce.edit("Contact", id, fields)

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
    ports = " ".join(f"--{name}-port {port}" for name, port in _PORTS.items())
    out.print()
    out.rule("[bold]Now you", align="left", style="dim")
    out.print(
        f"The project is in [bold]{folder}[/]: revloop.yaml, mappings/, the state, and both CRMs "
        f"in {_SEED}.\n"
        "Serve both CRMs again, in one terminal:"
    )
    out.print(f"  [cyan]{shown} sandbox serve --seed {folder / _SEED} {ports}[/]", soft_wrap=True)
    out.print("and in another one edit somebody, or a mapping file, and look:")
    out.print(f"  [cyan]{shown} plan --project {folder}[/]")
    out.print(f"  [cyan]{shown} sync --project {folder}[/]")
    out.print(f"  [cyan]{shown} status --project {folder}[/]")
    out.print(f"  [cyan]{shown} record show {ADA} --project {folder}[/]")
