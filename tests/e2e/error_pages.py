"""The tables of docs/errors.md that list every code, made from the table the tests go by.

`python -m tests.e2e.error_pages` writes them into the page anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.hubspot.advice import advice_on as hubspot_advice
from connectors.salesforce.advice import advice_on as salesforce_advice
from sync.domain.advice import Advice
from sync.domain.ports import WriteOutcome
from tests.conftest import ROOT
from tests.e2e.error_codes import CALLS, NEVER, ROWS

__all__ = ["BEGIN", "END", "PAGE", "code_tables"]

PAGE = ROOT / "docs" / "errors.md"
BEGIN = "<!-- codes: begin (written by python -m tests.e2e.error_pages) -->\n"
END = "<!-- codes: end -->\n"

_TITLES = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
_OUTCOMES = {
    "converted": WriteOutcome.FROZEN,
    "duplicate": WriteOutcome.DUPLICATE,
    "gone": WriteOutcome.GONE,
    "locked": WriteOutcome.LOCKED,
}
#: Here the API says what is wrong with a value: the write is refused like any other.
_PLAINLY_REFUSED = frozenset({"DUPLICATE_EXTERNAL_ID"})
#: What the tests made up to see what becomes of an unknown code.
_MADE_UP = frozenset({"CUSTOM_OBJECT_LIMIT_EXCEEDED", "SOMETHING_NEW"})


def code_tables() -> str:
    """Give the part of the page that lists the codes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    for system, title in _TITLES.items():
        yield f"### {title}: one record is refused"
        yield ""
        yield "| code | category | what happened | what to do |"
        yield "|---|---|---|---|"
        for code in sorted(ROWS[system].keys() - _MADE_UP):
            advice = _advice(system, code)
            yield f"| `{code}` | `{advice.category}` | {advice.what} | {advice.fix} |"
        yield ""
        yield f"### {title}: a call is refused, and the run ends"
        yield ""
        yield "| exit | codes and statuses |"
        yield "|---|---|"
        for ending in sorted({stop.exit for stop in CALLS[system].values()}):
            yield f"| {ending} | {', '.join(_stops(system, ending))} |"
        yield ""
        yield f"Not met by any call of revloop's: {', '.join(_never(system))}."
        yield ""


def _advice(system: str, code: str) -> Advice:
    category = ROWS[system][code].category
    outcome = _OUTCOMES.get(category, WriteOutcome.REJECTED)
    if code in _PLAINLY_REFUSED:
        outcome = WriteOutcome.REJECTED
    if system == "hubspot":
        return hubspot_advice([code], outcome)
    return salesforce_advice(code, outcome)


def _stops(system: str, exit_code: int) -> list[str]:
    """Name what ends a run so; faults of the wire have words of their own."""
    found = [code for code, stop in CALLS[system].items() if stop.exit == exit_code]
    return [f"`{code}`" for code in sorted(found) if code.isupper() or code.isdecimal()]


def _never(system: str) -> list[str]:
    return [f"`{code}` ({why})" for code, why in NEVER[system].items()]


if __name__ == "__main__":
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{code_tables()}{END}{after}", encoding="utf-8")
