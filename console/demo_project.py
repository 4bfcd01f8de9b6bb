"""The demo's project folder: the starter mappings, with the lines an org of its own adds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from sync.domain.errors import UsageError

__all__ = ["PORTS", "SEED", "make_project"]

#: A folder with this file in it is an earlier demo's and may be made anew.
_MARK = ".revloop-demo"
#: What both CRMs hold once the story is told.
SEED = "crms.jsonl"
PORTS = {"hubspot": 8701, "salesforce": 8702, "control": 8703}

#: Who gets people from where the demo's story takes place.
_SELLERS = """\
  - when: 'record.country in ["DE", "AT", "CH"]'
    to: [anna@example.com, ben@example.com]
    by: won_rate
"""
#: What the demo's org has and a standard one has not, file by file: fields for reasons, and for the
#: stage of people who are Contacts. Those lines of the starters are comments.
_OWN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "deals.yaml": (("  # reason:  closed", "  reason:  closed"),),
    "contacts.yaml": (
        ("  # return_reason: {map", "  return_reason: {map"),
        # Sales sees whom marketing vouches for, and nobody before.
        ('{as: Lead, when: record.email != ""}', "{as: Lead, when: handed_over}"),
    ),
    "lifecycle.yaml": (
        (
            "OPEN}\n    salesforce: {Lead.Status: Open - Not Contacted}",
            "OPEN}\n    salesforce: {Lead.Status: Open - Not Contacted, Contact.Funnel__c: MQL}",
        ),
        (
            "{Lead.Status: Working - Contacted}",
            "{Lead.Status: Working - Contacted, Contact.Funnel__c: SAL}",
        ),
        (
            "{Lead.Status: Closed - Converted}",
            "{Lead.Status: Closed - Converted, Contact.Funnel__c: SQL}",
        ),
        ("from: [mql, sal], to: lead}", "from: [mql, sal], to: lead, reason: return_reason}"),
        ("at_least: 120, per: month", "at_least: 4, per: month"),
        ("won: 200000 EUR", "won: 60000 EUR"),
        ("  - {to: salesforce rules}", f"{_SELLERS}  - {{to: salesforce rules}}"),
    ),
}


def make_project(folder: Path, hubspot_token: str, salesforce_token: str) -> None:
    """Make the folder, in the place of an earlier demo's; raises UsageError for any other."""
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
        text = _with_own_lines(starter.name, starter.read_text("utf-8"))
        (folder / "mappings" / starter.name).write_text(text, "utf-8")
    (folder / "revloop.yaml").write_text(
        f"""\
# The demo's own settings: both CRMs are stand-ins on this machine, so the tokens are no secrets.
version: 1
hubspot:
  token: {hubspot_token}
  base_url: http://127.0.0.1:{PORTS["hubspot"]}
salesforce:
  auth: session
  instance_url: http://127.0.0.1:{PORTS["salesforce"]}
  access_token: "{salesforce_token}"
state: sqlite:///state/revloop.db
reporting_currency: EUR
guard: {{changes: "20%, at least 50", creates: 500, deletes: 10, blanks: 20}}
""",
        "utf-8",
    )


def _with_own_lines(name: str, text: str) -> str:
    for before, after in _OWN.get(name, ()):
        assert before in text, f"{name} has no {before!r} to put the demo's own line for"
        text = text.replace(before, after)
    return text
