"""What an admin wants of `revloop init`, by flags or by answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mappings.findings import did_you_mean
from mappings.proposing.native import NativeRule, NativeRules, read_native_rule
from mappings.proposing.pairs import KINDS
from sync.domain.errors import UsageError

__all__ = ["Wish", "read_pairs", "read_region", "read_rules", "wish_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options as they were given; None and nothing where they were not."""

    yes: bool = False
    as_json: bool = False
    force: bool = False
    pairs: tuple[str, ...] = ()
    region: str | None = None
    first_sync: str | None = None
    create_fields: bool | None = None
    create_outcomes: bool = False
    native: bool = False
    rules: NativeRules | None = None

    @property
    def asks(self) -> bool:
        """Tell whether questions are asked."""
        return not self.yes and not self.as_json


def wish_of(
    *,
    as_json: bool,
    yes: bool,
    force: bool,
    pairs: str | None,
    region: str | None,
    first_sync: str | None,
    create_fields: bool | None,
    create_outcome_fields: bool,
    start: str | None,
    native_rule: str | None,
    native_rule_for: Sequence[str],
) -> Wish:
    """Read the options of the command; raises UsageError."""
    native = start == "native"
    if not native and (native_rule is not None or native_rule_for):
        raise UsageError("--native-rule and --native-rule-for say nothing without --from native")
    return Wish(
        yes=yes,
        as_json=as_json,
        force=force,
        pairs=read_pairs(pairs) if pairs is not None else (),
        region=read_region(region) if region is not None else None,
        first_sync=first_sync,
        create_fields=create_fields,
        create_outcomes=create_outcome_fields,
        native=native,
        rules=read_rules(native_rule, native_rule_for) if native else None,
    )


def read_pairs(text: str) -> tuple[str, ...]:
    """Read names of pairs, each once, in the order a run takes them; raises UsageError."""
    names = [one.strip() for one in text.split(",") if one.strip()]
    for name in names:
        if name not in KINDS:
            raise UsageError(
                f"{name!r} is no pair that can be proposed; choose among {', '.join(KINDS)}"
                f"{did_you_mean(name, KINDS)}"
            )
    if not names:
        raise UsageError(f"no pair is named; choose among {', '.join(KINDS)}")
    return tuple(name for name in KINDS if name in names)


def read_region(text: str) -> str:
    """Read a country as two capital letters, nothing for none; raises UsageError."""
    from mappings.transforms.country import country_reader
    from mappings.transforms.reading import UnreadableError

    if not text.strip() or text.strip() == "-":
        return ""
    try:
        return country_reader()(text.strip())
    except UnreadableError as error:
        raise UsageError(
            f"{text!r} is no country; write its code of two letters, like DE, or - for none"
        ) from error


def read_rules(of_all: str | None, of_one: Sequence[str]) -> NativeRules | None:
    """Read the rules of HubSpot's own integration; None where none is named."""
    if of_all is None and not of_one:
        return None
    single: dict[str, NativeRule] = {}
    for text in of_one:
        name, equals, rule = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(
                f'{text!r} is no rule for a field; write NAME=RULE, as email="Two-way"'
            )
        single[name.strip()] = _rule(rule)
    return NativeRules(_rule(of_all) if of_all else NativeRule.PREFER_SALESFORCE, single)


def _rule(text: str) -> NativeRule:
    try:
        return read_native_rule(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
