"""The rows of the decision table, the scenarios that show them, and the page made of both."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCUMENT", "ROWS", "Shown", "links", "page", "scenarios"]

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "decision-rows.md"
_SCENARIOS = ROOT / "tests" / "scenario"

#: The fixture that runs a test through the real clients against the sandbox.
_BOTH = "world"

#: Each row in a few words: what has happened, and what a run makes of it.
ROWS: Mapping[str, tuple[str, str]] = {
    "F1": ("nothing edited", "nothing is written"),
    "F2": ("edited in HubSpot", "Salesforce gets it"),
    "F3": ("edited in Salesforce", "HubSpot gets it"),
    "F4": ("edited in HubSpot, arrow from Salesforce", "stays; `protect` puts it back"),
    "F5": ("edited in Salesforce, arrow from HubSpot", "stays; `protect` puts it back"),
    "F5a": ("edited on both sides, one-way arrow", "the source's value travels"),
    "F5b": ("edited on the side that is not protected", "put back, unless there is nothing"),
    "F5c": ("edited on both sides, one protected", "the protected side's value wins"),
    "F6": ("edited to the same on both sides", "nothing is written"),
    "F7": ("edited differently, `wins` names a side", "that side wins; the audit has the other"),
    "F8": (
        "edited differently, `wins: newest`",
        "the later edit, if it can be told; else `unsure`",
    ),
    "F9": ("edited differently, `wins: hold`", "held, that field alone"),
    "F10": ("emptied, `blank: keep`", "kept apart until somebody enters a value"),
    "F11": ("emptied, `blank: clear`", "the other side is emptied"),
    "F12": ("emptied, `blank: fill`", "the value comes back"),
    "F13": ("emptied here, edited there", "the value wins; under `clear` as two edits"),
    "F14": ("a value without a line in `values`", "held, with the line to add"),
    "F15": ("a value the target cannot take", "an error item; never cut off"),
    "F16": ("read back as we wrote it", "nothing"),
    "F17": ("changed by automation after our write", "an edit; the third flip is held"),
    "F18": ("the same in another form", "equal: nothing"),
    "F19": ("a line of the mapping is new or changed", "a planned backfill, guarded"),
    "F20": ("a field is gone from a CRM", "paused on all records, one error"),
    "F21": ("`if_blank` read back", "a blank: never travels"),
    "F22": ("opted out on one side", "opted out on both; never taken back"),
    "R1": ("new, no match", "created there if the rules say so, else counted as left out"),
    "R2": ("new, one match", "linked"),
    "R3": ("new, several matches", "held, unless `prefer` picks one"),
    "R4": ("two new with one key, one match", "held, unless `prefer` picks one"),
    "R5": ("two new with one key, no match", "one is created, the other held"),
    "R6": ("new on both sides, one key", "linked, not created crosswise"),
    "R7": ("a create without an answer", "looked for before it is sent again"),
    "R8": ("a create refused as a duplicate", "the one that exists is linked, or held"),
    "R8a": ("new, its key belongs to a linked record", "held; never takes over the link"),
    "R9": ("deleted, the other unchanged", "as `delete` says: unlink, archive, ignore"),
    "R10": ("deleted in Salesforce", "as R9, the other way round"),
    "R11": ("deleted here, edited there", "held under `archive`, else as R9"),
    "R12": ("deleted on both sides", "link closed"),
    "R13": ("restored", "link open again, merged on the old shadows"),
    "R14": ("merged into an unlinked record", "the link moves"),
    "R15": ("merged, both were linked", "held until they are merged there, too"),
    "R16": ("merged in Salesforce", "as R14 and R15, the other way round"),
    "R17": ("Lead converted into a new Contact", "the link moves to the Contact"),
    "R17a": ("Lead converted into a Contact nobody has", "the link moves; unsent edits travel"),
    "R18": ("Lead converted into somebody else's Contact", "held"),
    "R19": ("Lead converted between reading and writing", "as R17, in the same run"),
    "R20": ("leaves `include`", "no more fields travel, or the link closes"),
    "R21": ("the match key is edited", "an ordinary edit: links hold by ids"),
    "R22": ("an e-mail that another record has", "refused: an error; other fields are sent"),
    "R23": ("refers to a record that is not linked yet", "follows once it is: never lost"),
    "R24": ("a tie between records changes", "merged element by element, on ids"),
    "R25": ("an owner without a counterpart", "`fallback` on create; else not sent, and listed"),
    "R26": ("one record of a batch refused", "the others go on; it is tried again"),
    "R27": ("a CRM that fails for the moment", "tried again, then the run ends with 3"),
    "R28": ("credentials refused, or another account", "nothing written; 2, or 4"),
    "R29": ("more than `guard` allows", "nothing written; 4; the plan is kept"),
    "R30": ("many records missing, no proof", "links sleep; 4 above the guard"),
    "R31": ("left out by a rule that changed", "looked at again"),
    "R32": ("the state is lost", "nothing written; 4"),
    "R33": ("HubSpot's own Salesforce sync at work", "nothing written; 4, naming its sign"),
    "L1": ("a stage moves forward on one side", "the other follows; an event is kept"),
    "L2": ("forward on both, differently", "the further one wins"),
    "L3": ("a stage falls back, no hand-back", "left in Salesforce, mended in HubSpot"),
    "L4": ("a hand-back fires", "HubSpot goes back, Salesforce keeps what sales chose"),
    "L5": ("handed over again", "a new hand-over; both count"),
    "L6": ("an opportunity opens, is won, lost", "its people move; lost takes nobody back"),
    "L7": ("HubSpot keeps the old stage", "emptied and set, or held"),
    "L8": ("own or renamed stages", "by internal value; unknown is a mapping error"),
    "L9": ("the hand-back stays true", "no second one"),
    "L10": ("the hand-over never was false", "none before the day to try again"),
    "L11": ("two stages share a value", "the one held, else the first"),
}

_HEAD = """\
# The decision table, row by row

What a run makes of everything that can happen to a field (F), a record (R) or a stage (L), and the
tests that show it. Each row has at least one test that runs through the real clients against the
sandbox, under both families of HubSpot's paths. Made by
`REVLOOP_REWRITE_DOCS=1 pytest tests/unit/test_decision_rows.py`; without it, the same command
checks that no row is without a test and that every test named here exists.
"""
_LINK = re.compile(r"\[([^\]]+)\]\(\.\./(tests/scenario/[^)#]+)\)")


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A test that has a row's number in its name."""

    file: str
    name: str
    in_both: bool


def scenarios() -> dict[str, list[Shown]]:
    """Give the scenarios of each row, by its number, in the order of their files."""
    found: dict[str, list[Shown]] = {row: [] for row in ROWS}
    for path in sorted(_SCENARIOS.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in _tests(tree):
            wants = {one.arg for one in node.args.args}
            shown = Shown(
                file=path.relative_to(ROOT).as_posix(),
                name=node.name,
                in_both=_BOTH in wants and _BOTH not in own,
            )
            for row in _rows_in(node.name):
                found[row].append(shown)
    return found


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def _rows_in(name: str) -> Iterator[str]:
    words = set(name.split("_"))
    return (row for row in ROWS if row.lower() in words)


def page(found: Mapping[str, list[Shown]]) -> str:
    """Write the page: a table with a line for each row."""
    lines = [_HEAD, "| # | what has happened | what a run does | shown by |", "|---|---|---|---|"]
    for row, (situation, outcome) in ROWS.items():
        shown = "<br>".join(f"[{one.name}](../{one.file})" for one in found[row])
        lines.append(f"| {row} | {situation} | {outcome} | {shown} |")
    return "\n".join(lines) + "\n"


def links(text: str) -> list[tuple[str, str]]:
    """Give the tests a page names, each with its file."""
    return [(file, name) for name, file in _LINK.findall(text)]
