"""The questions of the guided way; Enter takes what stands in brackets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

from sync.domain.errors import UsageError

if TYPE_CHECKING:
    from console.init.meeting import Region
    from mappings.proposing.native import NativeRules

__all__ = [
    "ask_first_sync",
    "ask_pairs",
    "ask_region",
    "ask_rules",
    "can_ask",
    "confirm",
]

T = TypeVar("T")

_FIRST_SYNC = ("salesforce", "hubspot", "newest", "hold")


def can_ask() -> bool:
    """Tell whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask_pairs(usual: Sequence[str]) -> tuple[str, ...]:
    """Ask what to keep together."""
    from console.init.wish import read_pairs
    from mappings.proposing.pairs import KINDS

    click.echo(
        f"\nWhat should be kept one record? Possible: {', '.join(KINDS)}; deals are safe once both "
        "CRMs have\nfields for each other's ids."
    )
    return _until_read("Pairs", ",".join(usual), read_pairs)


def ask_first_sync(default: str) -> str:
    """Ask who wins at first linking."""
    click.echo(
        "\nWhen two records are linked for the first time and hold different values, who wins?\n"
        "A blank never wins; hold leaves each of them to you."
    )
    answer: str = click.prompt("First sync", default=default, type=click.Choice(_FIRST_SYNC))
    return answer


def ask_region(proposed: Region) -> str:
    """Ask where phone numbers without a country code are from."""
    from console.init.wish import read_region

    click.echo(
        "\nWhich country are phone numbers from that name none, where the record has no country?\n"
        f"Two letters like DE, or - for none ({proposed.because})."
    )
    return _until_read("Country", proposed.code or "-", read_region)


def ask_rules() -> NativeRules:
    """Ask for the rules of HubSpot's own integration, in its words."""
    from console.init.wish import read_rules
    from mappings.proposing.native import NativeRule, NativeRules, read_native_rule

    click.echo("\nWhich rule of HubSpot's Salesforce integration do most fields have? Its rules:")
    for rule in NativeRule:
        click.echo(f"  {rule.value}")

    def read(text: str) -> NativeRule:
        try:
            return read_native_rule(text)
        except ValueError as error:
            raise UsageError(str(error)) from error

    of_all = _until_read("Rule", NativeRule.PREFER_SALESFORCE.value, read)
    rules = NativeRules(of_all)
    click.echo("Fields with another rule, one a line as email=Always use Salesforce; Enter ends.")
    lines: list[str] = []

    def read_line(text: str) -> NativeRules:
        every = [*lines, text] if text.strip() else lines
        return read_rules(of_all.value, every) or NativeRules(of_all)

    while True:
        before = len(rules.of_one)
        rules = _until_read("Field=rule", "", read_line)
        if len(rules.of_one) == before:
            return rules
        name = list(rules.of_one)[-1]
        lines.append(f"{name}={rules.of_one[name].value}")


def confirm(text: str, *, default: bool) -> bool:
    """Ask yes or no."""
    return click.confirm(text, default=default)


def _until_read(text: str, default: str, read: Callable[[str], T]) -> T:
    """Ask until the answer can be read."""
    while True:
        answer: str = click.prompt(text, default=default, show_default=bool(default))
        try:
            return read(answer)
        except UsageError as error:
            click.echo(f"  {error}")
