"""revloop's commands: parse, wire, print, set the exit code."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from console.run_ends import bug_words, was_interrupted
from reports.registry import REPORTS
from sync.domain.errors import CrmSyncError
from sync.domain.stopping import STOPPED

__all__ = ["main"]

F = TypeVar("F", bound=Callable[..., Any])

#: Something to mend before the next run.
MEND = 2
#: Nothing an admin did; the next run goes on.
TEMPORARY = 3
#: A bug: nothing an admin did.
BUG = 70

#: What a disk says that takes no more of what is printed.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Commands(click.Group):
    """Turns every foreseen error into a clear line and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; no traceback for what the project foresees."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                # What nobody reads any more shall fail here, not when the process ends.
                sys.stdout.flush()
        except CrmSyncError as error:
            if was_interrupted(error):
                # What failed while the run was being ended says less than why it ended.
                _end(ctx, STOPPED, TEMPORARY)
            _end(ctx, str(error), error.exit_code)
        except KeyboardInterrupt:
            _end(ctx, STOPPED, TEMPORARY)
        except BrokenPipeError as error:
            # Whoever read the output has gone; nothing is left to say to them.
            _print_nowhere()
            ended = error.__context__
            raise SystemExit(ended.code if isinstance(ended, SystemExit) else 0) from None
        except OSError as error:
            if not _is_of_output(error):
                raise
            _say_unprinted(error)
            raise SystemExit(MEND) from None


def _is_of_output(error: OSError) -> bool:
    """Tell whether it is the output that takes no more; files are named in their errors."""
    return error.filename is None and error.errno in _NO_ROOM


def _say_unprinted(error: OSError) -> None:
    """Say that the output takes no more."""
    _print_nowhere()
    _say(
        f"what the command prints cannot be written ({error.strerror}). What it did is done, and "
        f"`revloop history` and `revloop plan show` tell it again: make room there."
    )


def _print_nowhere() -> None:
    """Let what is still to be printed go nowhere, so that the process ends without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(ctx: click.Context, message: str, code: int) -> NoReturn:
    if (ctx.obj or {}).get("json"):
        _say_json(message, code)
    _say(message)
    ctx.exit(code)


def _say_json(message: str, code: int) -> None:
    click.echo(json.dumps({"error": message, "exit": code}))


def _say(message: str, *, word: str = "Error") -> None:
    # NO_COLOR speaks for people who cannot read colours; click does not know it.
    colour = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style(word, fg='red', bold=True)}: {message}", err=True, color=colour)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="revloop", prog_name="revloop")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Keep HubSpot and Salesforce one consistent record, both ways, from YAML mapping files.

    Exit codes: 0 done; 1 done, with records newly in error or conflict; 2 usage, configuration or
    credentials; 3 temporary, the next run goes on; 4 safety stop, nothing written, a person must
    look; 70 a bug.
    """
    ctx.ensure_object(dict)


def _note_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    ctx.ensure_object(dict)["json"] = value
    return value


def project_options(command: F) -> F:
    """Add the options every command on a project has."""
    command = click.option(
        "--project",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        metavar="DIR",
        help="The project folder (default: here).",
    )(command)
    return json_option(command)


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=_note_json,
        help="Print one JSON document on standard output, and nothing else there.",
    )(command)


def _logging(*, job: bool = False) -> None:
    """Set up logging; a job nobody watches tells how it goes."""
    from sync.ops.logging import LogLevel, configure_logging

    told = job and not sys.stderr.isatty()
    configure_logging(os.environ, default=LogLevel.INFO if told else LogLevel.WARNING)


class _Duration(click.ParamType[timedelta]):
    """Reads a length of time, such as 30s, 5m, 24h or 400d."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Give the length of time; one that is none, or nothing, is a usage error."""
        from mappings.durations import read_duration

        try:
            span = read_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not span and param is not None and param.name != "jitter":
            self.fail("must be more than nothing", param, ctx)
        return span


def told_options(command: F) -> F:
    """Add the options that say where else runs are told."""
    for option in (
        click.option(
            "--metrics-file",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write metrics there, for a collector that reads files.",
        ),
        click.option(
            "--report",
            type=click.Path(path_type=Path),
            metavar="FILE|DIR",
            help="Write the run's report as JSON: to a file, or to a folder that gets one a run.",
        ),
    ):
        command = option(command)
    return command


def view_options(command: F) -> F:
    """Add the options that narrow what is shown of a plan, never the plan."""
    kinds = ["create", "update", "link", "unlink", "archive", "held", "error", "left-out"]
    for option in (
        click.option(
            "--html",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Also write what is shown as one HTML page, to search and to print.",
        ),
        click.option(
            "--kind",
            "kinds",
            type=click.Choice(kinds),
            multiple=True,
            help="Show only this kind (again for more).",
        ),
        click.option(
            "--field", "fields", multiple=True, metavar="NAME", help="Show only this field."
        ),
        click.option(
            "--record",
            "records",
            multiple=True,
            metavar="EMAIL|ID",
            help="Show only this record, as `record show` finds it.",
        ),
        click.option("--pair", "pairs", multiple=True, metavar="PAIR", help="Show only this pair."),
    ):
        command = option(command)
    return command


def _wanted(options: dict[str, Any]) -> dict[str, Any]:
    """Put the options that narrow what is shown together, and leave the others as they are."""
    from console.plan_filter import Wanted

    names = ("pairs", "records", "fields", "kinds")
    rest = {name: value for name, value in options.items() if name not in names}
    return {**rest, "wanted": Wanted(**{name: options[name] for name in names})}


@cli.group("plan", invoke_without_command=True, short_help="Show what a sync would do.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.option("--only", metavar="PAIR", help="Plan only this pair.")
@click.option("--full", is_flag=True, help="Read and compare everything, not only what changed.")
@view_options
@project_options
@click.pass_context
def plan_group(ctx: click.Context, /, folder: Path, as_json: bool, **options: Any) -> None:
    """Show what a sync would do: every record, field, old and new value, and why.

    Nothing is written to either CRM. The plan is kept whole, whatever is shown of it; `revloop
    approve` lets it through. Plans hold personal data: a file is readable by you only.
    """
    if ctx.invoked_subcommand is None:
        from console.planning import make

        _logging()
        ctx.exit(make(folder, as_json=as_json, **_wanted(options)))


@plan_group.command("show")
@click.argument("plan", required=False)
@view_options
@project_options
def plan_show(folder: Path, as_json: bool, plan: str | None, **options: Any) -> None:
    """Show a kept plan: by the id a stopped run names, from a file, or the newest."""
    from console.planning import show

    sys.exit(show(folder, plan, as_json=as_json, **_wanted(options)))


@cli.command(short_help="Let a kept plan through.")
@click.argument("plan", required=False)
@project_options
def approve(folder: Path, as_json: bool, plan: str | None) -> None:
    """Let a kept plan through: the next sync applies exactly that plan and nothing else."""
    from console.planning import approve as approve_plan

    sys.exit(approve_plan(folder, plan, as_json=as_json))


@cli.command()
@click.option(
    "--plan", "plan", metavar="FILE", help="Apply exactly this plan (a file, or a kept one's id)."
)
@click.option("--only", metavar="PAIR", help="Only this pair.")
@click.option("--full", is_flag=True, help="Read and compare everything, not only what changed.")
@click.option("--limit", type=click.IntRange(min=1), help="Touch at most so many records.")
@click.option("--dry-run", is_flag=True, help="Plan and print, as `revloop plan` does.")
@click.option(
    "--fail-on",
    type=click.Choice(["none", "new", "any"]),
    default="new",
    show_default=True,
    help="When held or failed records make the exit code 1.",
)
@told_options
@project_options
def sync(folder: Path, as_json: bool, dry_run: bool, **options: Any) -> None:
    """Bring both CRMs together, both ways, as the mapping says."""
    _logging(job=not dry_run)
    if dry_run:
        from console.planning import make

        sys.exit(
            make(folder, as_json=as_json, out=None, only=options["only"], full=options["full"])
        )
    from console.syncing import run

    sys.exit(run(folder, as_json=as_json, **options))


@cli.command(short_help="Sync again and again, on a schedule.")
@click.option(
    "--every", type=_Duration(), required=True, help="How often a round begins, such as 5m."
)
@click.option(
    "--jitter",
    type=_Duration(),
    help="The most a round is put off by chance (default: a tenth of --every, at most 30s).",
)
@click.option("--only", metavar="PAIR", help="Only this pair.")
@click.option(
    "--fail-on",
    type=click.Choice(["none", "new", "any"]),
    default="new",
    show_default=True,
    help="When held or failed records make a round's exit code 1.",
)
@click.option("--listen", metavar="HOST:PORT", help="Answer /livez, /healthz and /metrics there.")
@click.option("--rounds", type=click.IntRange(min=1), help="End after so many rounds.")
@told_options
@project_options
def run(folder: Path, as_json: bool, **options: Any) -> None:
    """Sync again and again until stopped: --every 5m begins a round every five minutes.

    Rounds never overlap. After failures they are farther apart, up to an hour. Mapping files that
    change are taken over by the next round if nothing is wrong in them; else the earlier ones stay,
    and it is said. SIGTERM or Ctrl-C ends it: exit code 0 between rounds, 3 where one was cut off.
    --json prints one line of JSON for each round.
    """
    from console.running import Wishes, run_every

    _logging(job=True)
    sys.exit(run_every(folder, Wishes(as_json=as_json, **options)))


@cli.command(short_help="A probe: does the job do well?")
@click.option(
    "--max-age",
    type=_Duration(),
    help="How old the last good run may be (default: three rounds of `revloop run`, else 1h).",
)
@click.option(
    "--max-waiting",
    type=click.IntRange(min=0),
    metavar="N",
    help="How many held records and errors may wait (default: any number).",
)
@project_options
def health(folder: Path, as_json: bool, **options: Any) -> None:
    """Tell whether the job does well: exit code 0, or 3 where it does not.

    By the age of the last good run (0 or 1), how the last one ended, and what waits. From the state
    alone: no CRM is called, so it may be asked every few seconds.
    """
    from console.health import health as probe

    sys.exit(probe(folder, as_json=as_json, **options))


@cli.group("report", short_help="Figures of the closed loop.")
def report_group() -> None:
    """Figures of the closed loop, from the state alone: no call is made."""


def report_options(command: F) -> F:
    """Add the options every report has."""
    for option in (
        click.option(
            "--anonymise", is_flag=True, help="Put made-up names and ids in place of real ones."
        ),
        click.option(
            "--html",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write one HTML page that fetches nothing, readable by you only.",
        ),
        click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values."),
        click.option("--until", metavar="DATE|PERIOD", help="To the end of that day or period."),
        click.option("--since", metavar="DATE|PERIOD", help="From the start of it."),
        click.option(
            "--period",
            metavar="PERIOD",
            help="2026, 2026-Q3, 2026-09, 2026-W40, 2026-09-30, last-week, this-month, ... "
            "(default: all time).",
        ),
    ):
        command = option(command)
    return project_options(command)


def as_of_option(command: F) -> F:
    """Add `--as-of`."""
    return click.option(
        "--as-of", metavar="DATE", help="Figures as they were known at the end of that day."
    )(command)


def _asked(options: dict[str, Any]) -> Any:
    """Put the options every report has together, and take them out of the others."""
    from console.report.asked import Asked

    names = ("as_csv", "html", "rows", "anonymise", "since", "until", "period", "as_of")
    return Asked(**{name: options.pop(name) for name in ("as_json", *names) if name in options})


@report_group.command("outcomes")
@click.option(
    "--outcome", type=click.Choice(["won", "lost"]), help="Only opportunities that ended so."
)
@click.option("--only-missing", is_flag=True, help="Only those that did not arrive everywhere.")
@report_options
def report_outcomes(folder: Path, **options: Any) -> None:
    """List every closed opportunity once: where it arrived in HubSpot, or why it did not.

    What is printed names opportunities, and campaigns. A period is that of the day they closed.
    """
    from console.reporting import outcomes

    sys.exit(outcomes(folder, _asked(options), **options))


def _add_report(name: str, says: str) -> None:
    """Add the command of one report."""

    @report_group.command(name, help=_figures(says), short_help=says)
    @as_of_option
    @click.option("--rows", is_flag=True, help="Also the records behind the figures.")
    @report_options
    def command(folder: Path, **options: Any) -> None:
        from console.report.command import report

        sys.exit(report(folder, name, _asked(options), by=options.get("by")))

    if REPORTS[name].has_groups:
        click.option(
            "--by",
            metavar="FIELD",
            help="What tells groups apart: owner (the default), or a field that lifecycle.yaml "
            "keeps for reports, such as deals.product.",
        )(command)


def _figures(says: str) -> str:
    return f"{says}\n\nEvery figure is defined in docs/reports.md. --rows prints personal data."


for _name, _about in REPORTS.items():
    _add_report(_name, _about.says)


@report_group.command("week", short_help="One week on a page, to open a meeting with.")
@as_of_option
@report_options
def report_week(folder: Path, **options: Any) -> None:
    """Tell one week, the last whole one unless --period names another, beside the four before.

    What was handed over and answered, returned, won and lost, what earned, and what needs a person.
    """
    from console.report.command import week

    sys.exit(week(folder, _asked(options)))


@cli.command("init", short_help="Start a project folder.")
@click.option(
    "--yes", is_flag=True, help="Ask nothing: take what the questions propose, and the flags."
)
@click.option(
    "--pairs",
    metavar="NAMES",
    help="What to keep one record: companies, contacts, deals, campaigns; commas between.",
)
@click.option("--region", metavar="CC", help="Country of phone numbers that name none; - for none.")
@click.option(
    "--first-sync",
    type=click.Choice(["salesforce", "hubspot", "newest", "hold"]),
    help="Who wins where both hold different values at first linking.",
)
@click.option(
    "--create-fields/--no-create-fields",
    default=None,
    help="Make HubSpot's fields for Salesforce's ids, or leave them out, without being asked.",
)
@click.option(
    "--create-outcome-fields",
    is_flag=True,
    help="Also make HubSpot's properties for sales outcomes and the funnel, which runs fill.",
)
@click.option(
    "--from",
    "start",
    type=click.Choice(["native"]),
    help="Start from the rules of HubSpot's own Salesforce integration.",
)
@click.option("--native-rule", metavar="RULE", help="Its rule for all fields, in HubSpot's words.")
@click.option(
    "--native-rule-for",
    multiple=True,
    metavar="NAME=RULE",
    help="Its rule for one field (again for more).",
)
@click.option("--force", is_flag=True, help="Write over mapping files that are there.")
@project_options
def init_command(folder: Path, as_json: bool, **options: Any) -> None:
    """Start a project folder: ask both CRMs what they have, propose mappings, write the files.

    Guided on a terminal, Enter takes what is proposed; --yes and flags do the same without
    questions. Credentials come from the environment. It shows which fields it maps and why, and
    what it leaves out and why. Nothing is written to a CRM but fields you ask it to make.
    """
    from console.init.command import init
    from console.init.wish import wish_of

    _logging()
    sys.exit(init(folder, wish_of(as_json=as_json, **options)))


@cli.command(short_help="See whether everything is ready.")
@project_options
def doctor(folder: Path, as_json: bool) -> None:
    """See whether everything is ready: files, accounts, fields, calls left, other syncs, state.

    Asks both CRMs and writes to neither. Every finding says what to do; the exit code is 2 where
    something must be mended.
    """
    from console.doctor.command import doctor as examine

    _logging()
    sys.exit(examine(folder, as_json=as_json))


@cli.command(short_help="Show how things stand.")
@project_options
def status(folder: Path, as_json: bool) -> None:
    """Show how things stand: links, what waits, what failed, what was left out, and when."""
    from console.status import status as show_status

    sys.exit(show_status(folder, as_json=as_json))


@cli.command(short_help="List the latest runs, or what one did.")
@click.argument("run", required=False)
@project_options
def history(folder: Path, as_json: bool, run: str | None) -> None:
    """List the latest runs, the newest first; or all that one RUN did, and why.

    What one run did is shown with its values: it is personal data.
    """
    if run is not None:
        from console.one_run import one_run

        sys.exit(one_run(folder, run, as_json=as_json))
    from console.lists import history as list_runs

    sys.exit(list_runs(folder, as_json=as_json))


@cli.command(short_help="Take a run back.")
@click.argument("run")
@click.option(
    "--record",
    "records",
    multiple=True,
    metavar="EMAIL|ID",
    help="Only this record, as `record show` finds it (again for more).",
)
@click.option(
    "--field", "fields", multiple=True, metavar="NAME", help="Only this field (again for more)."
)
@click.option("--dry-run", is_flag=True, help="Show what would go back, and what would not.")
@click.option(
    "--delete-created",
    is_flag=True,
    help="Also archive the records that run made, where nobody has touched them since.",
)
@project_options
def undo(folder: Path, as_json: bool, run: str, **options: Any) -> None:
    """Take a RUN back: what it wrote goes back where nobody has edited since.

    Both CRMs are read just before. The fields are held then, so that the next sync does not write
    them again until somebody edits or resolves them. What stays is listed with the reason, and the
    exit code is 1. An undo is a run of its own, and can be undone.
    """
    from console.undoing import undo as take_back

    _logging(job=not options["dry_run"])
    sys.exit(take_back(folder, run, as_json=as_json, **options))


@cli.group()
def conflicts() -> None:
    """See and settle what the rules cannot."""


def _pair_option(command: F) -> F:
    """Add `--pair`, which narrows a list."""
    return click.option("--pair", "pairs", multiple=True, metavar="PAIR", help="Only this pair.")(
        command
    )


def _field_option(command: F) -> F:
    """Add `--field`, which narrows a list."""
    return click.option(
        "--field", "fields", multiple=True, metavar="NAME", help="Only this field."
    )(command)


def _category_option(command: F) -> F:
    """Add `--category`, which narrows a list."""
    return click.option(
        "--category", "categories", multiple=True, metavar="WORD", help="Only this category."
    )(command)


@conflicts.command("list")
@_field_option
@_pair_option
@project_options
def conflicts_list(folder: Path, as_json: bool, **options: Any) -> None:
    """List what is held, with both values. Prints personal data."""
    from console.held import conflicts as list_conflicts

    sys.exit(list_conflicts(folder, as_json=as_json, **options))


@conflicts.command("show")
@click.argument("id", type=int)
@project_options
def conflicts_show(folder: Path, as_json: bool, id: int) -> None:
    """Show all of one held item, and what can be taken. Prints personal data."""
    from console.held import show_conflict

    sys.exit(show_conflict(folder, id, as_json=as_json))


@conflicts.command("resolve")
@click.argument("ids", type=int, nargs=-1, metavar="[ID]...")
@click.option(
    "--take",
    metavar="hubspot|salesforce|VALUE",
    help="Whose value is right, or another one for both; of duplicates, the record to link.",
)
@click.option("--withdraw", is_flag=True, help="Take back what was decided and not yet done.")
@click.option("--all", "every", is_flag=True, help="All items that are held.")
@_field_option
@_pair_option
@project_options
def conflicts_resolve(folder: Path, as_json: bool, ids: tuple[int, ...], **options: Any) -> None:
    """Decide what is held: one item, several, or all of a pair or field.

    What is decided is kept, and the next sync does it, if neither side has been edited by then;
    nothing is written before. Exit code 1: an item cannot be settled in this way, and says why.
    Prints personal data.
    """
    from console.resolving import resolve

    sys.exit(resolve(folder, ids, as_json=as_json, **options))


@cli.group()
def errors() -> None:
    """See and retry what failed."""


@errors.command("list")
@_category_option
@_pair_option
@project_options
def errors_list(folder: Path, as_json: bool, **options: Any) -> None:
    """List what failed by cause, and what to do about it. Prints personal data."""
    from console.failed import errors as list_errors

    sys.exit(list_errors(folder, as_json=as_json, **options))


@errors.command("show")
@click.argument("id", type=int)
@project_options
def errors_show(folder: Path, as_json: bool, id: int) -> None:
    """Show all of one error: cause, what to do, how often it was tried. Prints personal data."""
    from console.failed import show_error

    sys.exit(show_error(folder, id, as_json=as_json))


@errors.command("retry")
@click.argument("ids", type=int, nargs=-1, metavar="[ID]...")
@_category_option
@_pair_option
@project_options
def errors_retry(folder: Path, as_json: bool, ids: tuple[int, ...], **options: Any) -> None:
    """Let the next sync try failed records again, all or some, whatever their pause."""
    from console.failed import retry

    sys.exit(retry(folder, ids, as_json=as_json, **options))


@cli.group("state")
def state_group() -> None:
    """Copy the state, put a copy back, see whether it is sound."""


_state_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@state_group.command("backup")
@_state_file
@project_options
def state_backup(folder: Path, as_json: bool, file: Path) -> None:
    """Write a copy of the state to a new file, readable by you only; runs may go on meanwhile."""
    from console.state_file import backup

    sys.exit(backup(folder, file, as_json=as_json))


@state_group.command("restore")
@_state_file
@project_options
def state_restore(folder: Path, as_json: bool, file: Path) -> None:
    """Put a copy in the place of the state, which is kept beside it; not while a run is at work."""
    from console.state_file import restore_state

    sys.exit(restore_state(folder, file, as_json=as_json))


@state_group.command("check")
@project_options
def state_check(folder: Path, as_json: bool) -> None:
    """See whether the state is whole and of which version; changes nothing. Exit code 2: it is not.

    No CRM is asked.
    """
    from console.state_file import check_state

    sys.exit(check_state(folder, as_json=as_json))


@cli.group()
def record() -> None:
    """Look at one customer."""


@record.command("show")
@click.argument("key", metavar="EMAIL|ID")
@project_options
def record_show(folder: Path, as_json: bool, key: str) -> None:
    """Show the one record: each field's value, which CRM it came from, when, and by which rule.

    Takes an e-mail address (or another match key) or either CRM's id. Prints personal data.
    """
    from console.one_record import record as show_record

    sys.exit(show_record(folder, key, as_json=as_json))


@cli.command(short_help="See whether both CRMs agree.")
@click.option("--only", metavar="PAIR", help="Only this pair.")
@click.option("--repair", is_flag=True, help="Make a plan that mends what a sync can mend.")
@click.option("--anew", is_flag=True, help="Begin anew, although an earlier one was stopped.")
@project_options
def verify(folder: Path, as_json: bool, only: str | None, repair: bool, anew: bool) -> None:
    """Read both sides in full and count agreement, field by field; nothing is written to a CRM.

    What does not agree is listed with its cause, and the exit code is 1. One that was stopped goes
    on where it was. It prints values of records, so mind who reads along.
    """
    from console.verifying import verify as check_both

    _logging(job=False)
    sys.exit(check_both(folder, as_json=as_json, repair=repair, anew=anew, only=only))


@cli.command(short_help="Link again after the state was lost.")
@project_options
def adopt(folder: Path, as_json: bool) -> None:
    """Link again from the ids both CRMs keep of each other; for an empty state only.

    Nothing is written to a CRM. Fields that are equal count as agreed on, one that is blank on one
    side is filled by the next sync, and what differs is held, whatever `first_sync` says; so are
    records whose ids contradict each other.
    """
    from console.adopting import adopt as adopt_again

    _logging(job=False)
    sys.exit(adopt_again(folder, as_json=as_json))


@cli.command(short_help="Remove a person from the state.")
@click.argument("email", metavar="EMAIL")
@click.option(
    "--allow-again",
    is_flag=True,
    help="Let a person who was forgotten be linked and made again.",
)
@project_options
def forget(folder: Path, as_json: bool, email: str, allow_again: bool) -> None:
    """Remove a person from the state, and keep runs from linking or making them again.

    Erases their link, values, history, findings and kept plans. A keyed hash of address and ids
    stays. Neither CRM is written to.
    """
    from console.forgetting import forget as forget_person

    _logging()
    sys.exit(forget_person(folder, email, as_json=as_json, allow_again=allow_again))


@cli.group()
def mappings() -> None:
    """Check, try and show the mapping files."""


@mappings.command("check")
@click.option("--live", is_flag=True, help="Ask both CRMs what fields they have, now.")
@project_options
def mappings_check(folder: Path, as_json: bool, live: bool) -> None:
    """Find everything that is wrong in the mapping files, each with its place and a remedy.

    Without --live, fields are looked up in the copy `revloop schema pull` keeps, where there is
    one. Notes tell which values a CRM will refuse later; the exit code is 2 for findings only.
    """
    from console.checking import check

    sys.exit(check(folder, as_json=as_json, live=live))


@mappings.command("test")
@click.option("--only", metavar="PAIR", help="Only this pair.")
@project_options
def mappings_test(folder: Path, as_json: bool, only: str | None) -> None:
    """Try the examples in the mapping files, both directions, without any CRM.

    A wrong one shows what arrives and what was wanted side by side, and makes the exit code 2.
    """
    from console.examples import try_all

    sys.exit(try_all(folder, only=only, as_json=as_json))


@mappings.command("show")
@click.argument("pair")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it as one HTML page, to share and to print.",
)
@project_options
def mappings_show(folder: Path, as_json: bool, pair: str, html: Path | None) -> None:
    """Show a pair's mapping as a table: each field, where it goes, who wins, what is translated."""
    from console.mapping_table import show

    sys.exit(show(folder, pair, html=html, as_json=as_json))


@mappings.command("schema")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to a file; mappings/mapping.schema.json is where the starters look for it.",
)
@click.option("--lifecycle", is_flag=True, help="The schema of lifecycle.yaml instead.")
@project_options
def mappings_schema(folder: Path, as_json: bool, out: Path | None, lifecycle: bool) -> None:
    """Print the JSON Schema of mapping files, so that an editor completes and explains every key.

    It is the same for every project. An editor with a YAML language server reads it where the
    first line of a mapping is: # yaml-language-server: $schema=mapping.schema.json
    """
    del folder
    from console.schema_file import write_schema

    sys.exit(write_schema(out, as_json=as_json, lifecycle=lifecycle))


@cli.group()
def schema() -> None:
    """Keep a copy of what fields both CRMs have, beside the mappings."""


@schema.command("pull")
@project_options
def schema_pull(folder: Path, as_json: bool) -> None:
    """Copy the fields of both CRMs into the project, for checks without a credential.

    Reads what the mapping's objects have and writes schema/hubspot.json and schema/salesforce.json:
    fields, lengths and picklists, no record and no secret. Sorted, so that a change shows as such.
    """
    from console.schema_pull import pull

    _logging()
    sys.exit(pull(folder, as_json=as_json))


@cli.group(short_help="Serve a pair of CRMs to try things on.")
def sandbox() -> None:
    """Serve a pair of CRMs to try things on, on this machine only."""


@sandbox.command("serve")
@click.option(
    "--seed", default="demo", show_default=True, metavar="empty|demo|FILE", help="What is in them."
)
@click.option("--hubspot-port", type=click.IntRange(0, 65535), default=0, help="0 takes any.")
@click.option("--salesforce-port", type=click.IntRange(0, 65535), default=0, help="0 takes any.")
@click.option("--control-port", type=click.IntRange(0, 65535), default=0, help="0 takes any.")
@click.option("--limits", type=click.Choice(["real", "off"]), default="real", show_default=True)
@click.option("--faults", type=click.Path(path_type=Path, dir_okay=False), help="Faults to meet.")
def sandbox_serve(**options: Any) -> None:
    """Serve both stand-ins until interrupted; prints one JSON line once they answer."""
    from console.sandboxes import serve

    sys.exit(serve(**options))


@sandbox.command("export")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@click.option("--control", metavar="URL", help="The control address that `serve` printed.")
@click.option("--anonymise", is_flag=True, help="Put made-up values in place of personal data.")
@project_options
def sandbox_export(**options: Any) -> None:
    """Write a seed file: all a running sandbox holds (--control), or both CRMs of the project."""
    from console.sandboxes import export

    _logging()
    sys.exit(export(**options))


@cli.command(short_help="Watch two CRMs become one record.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the demo makes its project.",
)
@json_option
def demo(folder: Path, as_json: bool) -> None:
    """Watch two CRMs become one record: a story on two sandboxes, with no account anywhere."""
    from console.demo import tell

    _logging()
    sys.exit(tell(folder, as_json=as_json))


def main() -> None:
    """Run revloop; anything not foreseen is a bug, said as one."""
    # A container that is stopped ends as Ctrl-C does, and gives the right to run back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _prepare_output()
    as_json = "--json" in sys.argv[1:]
    try:
        sys.exit(cli.main(prog_name="revloop", standalone_mode=False))
    except click.Abort:
        _say(STOPPED)
        sys.exit(TEMPORARY)
    except click.ClickException as error:
        if as_json:
            _say_json(error.format_message(), error.exit_code)
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _print_nowhere()
        sys.exit(0)
    except Exception as error:
        if os.environ.get("REVLOOP_TRACEBACK"):
            raise
        if isinstance(error, OSError) and _is_of_output(error):
            _say_unprinted(error)
            sys.exit(MEND)
        message = _bug(error)
        if as_json:
            _say_json(message, BUG)
        _say(message, word="Bug")
        sys.exit(BUG)


def _prepare_output() -> None:
    """Make outputs that are closed, or cannot show every letter, no reason to fail."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # It stays open until the process ends.
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nowhere)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _bug(error: Exception) -> str:
    """Give in words that this is a bug, with its place and without values the error may hold."""
    return (
        f"{bug_words(error)} Nothing is half-written: the next run looks first. "
        f"REVLOOP_TRACEBACK=1 shows all of it; it may hold personal data."
    )


if __name__ == "__main__":
    main()
