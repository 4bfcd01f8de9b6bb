"""HubSpot's own Salesforce integration in its words, and the lines that do the same here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from mappings.findings import did_you_mean, nearest
from mappings.proposing.proposal import LeftOut, ProposedField, ProposedPair, Why
from sync.domain.record import Side
from sync.domain.rules import Arrow

__all__ = ["NativeRule", "NativeRules", "as_native", "read_native_rule", "unknown_fields"]


class NativeRule(Enum):
    """A sync rule as HubSpot's integration names it; the last one it lacks."""

    PREFER_SALESFORCE = "Prefer Salesforce unless blank"
    ALWAYS_SALESFORCE = "Always use Salesforce"
    TWO_WAY = "Two-way"
    DONT_SYNC = "Don't sync"
    ALWAYS_HUBSPOT = "Always use HubSpot"

    @property
    def first_sync(self) -> str:
        """Give who wins at first linking under this rule."""
        return _FIRST_SYNC.get(self, "salesforce")


@dataclass(frozen=True, slots=True)
class NativeRules:
    """The rule for all fields, and for single ones, by any of their names."""

    of_all: NativeRule = NativeRule.PREFER_SALESFORCE
    of_one: Mapping[str, NativeRule] = field(default_factory=dict)

    def rule_for(self, one: ProposedField) -> tuple[NativeRule, bool]:
        """Give a field's rule, and whether it was named for this field."""
        for name in _names(one):
            if name in self.of_one:
                return self.of_one[name], True
        return self.of_all, False


#: Each rule in the mapping language: which way, and the keys beside the arrow.
_LINES: Mapping[NativeRule, tuple[Arrow, Mapping[str, str]]] = {
    NativeRule.PREFER_SALESFORCE: (Arrow.BOTH, {"protect": "salesforce"}),
    NativeRule.ALWAYS_SALESFORCE: (Arrow.TO_LEFT, {"protect": "salesforce", "blank": "clear"}),
    NativeRule.TWO_WAY: (Arrow.BOTH, {"wins": "newest", "blank": "clear"}),
    NativeRule.ALWAYS_HUBSPOT: (Arrow.TO_RIGHT, {"protect": "hubspot"}),
}

_FIRST_SYNC = {NativeRule.TWO_WAY: "newest", NativeRule.ALWAYS_HUBSPOT: "hubspot"}

#: What is not the same as in HubSpot's integration, for the admin who comes from it.
_DIFFERENCES = (
    "written from the rules of HubSpot's own Salesforce integration. What differs: a value that "
    "a rule overrules is kept and shown by `revloop record show`; a sync runs when you run it; "
    "records are never deleted on the other side, and no tasks or activities are copied"
)


def read_native_rule(text: str) -> NativeRule:
    """Read a rule in HubSpot's words, in any case; raises ValueError that names them all."""
    plain = _plain(text)
    for rule in NativeRule:
        if _plain(rule.value) == plain:
            return rule
    known = [rule.value for rule in NativeRule]
    raise ValueError(
        f"{text!r} is none of HubSpot's rules: {', '.join(known)}{did_you_mean(text, known)}"
    )


def as_native(pair: ProposedPair, rules: NativeRules) -> ProposedPair:
    """Give the pair with HubSpot's rules on the fields its integration maps by default.

    Other fields are suggestions, unless a rule was named for them.
    """
    fields: list[ProposedField] = []
    left_out = list(pair.left_out)
    for one in pair.fields:
        rule, named = rules.rule_for(one)
        if rule is NativeRule.DONT_SYNC and not one.suggested:
            left_out.append(_chosen(one))
        elif not named and not one.native_default:
            hint = one.note if one.suggested else "HubSpot's integration does not map it by default"
            fields.append(one.as_suggestion(hint))
        else:
            fields.append(_ruled(one, rule))
    return replace(
        pair,
        fields=tuple(fields),
        left_out=tuple(left_out),
        remarks=(*pair.remarks, _DIFFERENCES),
    )


def unknown_fields(rules: NativeRules, pairs: Mapping[str, ProposedPair]) -> Iterator[str]:
    """Say of each name that has a rule and that no pair has a field of, what was meant."""
    known = sorted({name for pair in pairs.values() for one in pair.fields for name in _names(one)})
    for name in rules.of_one:
        if name not in known:
            guess = nearest(name, known)
            yield f"no proposed field is called {name!r}" + (
                f"; did you mean {guess!r}?" if guess else ""
            )


def _ruled(one: ProposedField, rule: NativeRule) -> ProposedField:
    """Put a rule on a field, as far as the two fields allow it."""
    if one.settings.get("type") == "opt_out":
        note = "an opt-out on either side wins here, whatever the rule"
        return replace(one, note=note)
    arrow, keys = _LINES[rule]
    settings = {
        key: value for key, value in one.settings.items() if key not in ("wins", "protect", "blank")
    }
    way = _narrowest(one.arrow, arrow)
    if way is None:
        source = "Salesforce" if one.arrow is Arrow.TO_LEFT else "HubSpot"
        return one.as_suggestion(
            f"HubSpot's rule is {rule.value!r}; this field can only come from {source}"
        )
    note = one.note
    if way is not arrow:
        note = f"HubSpot's rule is {rule.value!r}; here it goes one way: {one.note or 'see above'}"
        keys = _of_one_way(way, keys)
    return replace(
        one, arrow=way, settings=settings | dict(keys), note=note, why=f"HubSpot's {rule.value!r}"
    )


def _narrowest(possible: Arrow, wanted: Arrow) -> Arrow | None:
    if possible is Arrow.BOTH or possible is wanted:
        return wanted
    return possible if wanted is Arrow.BOTH else None


def _of_one_way(way: Arrow, keys: Mapping[str, str]) -> dict[str, str]:
    """Keep of a two-way rule what a one-way arrow can say."""
    source = "salesforce" if way is Arrow.TO_LEFT else "hubspot"
    kept = {key: value for key, value in keys.items() if key == "blank"}
    return kept | ({"protect": source} if keys.get("protect") == source else {})


def _chosen(one: ProposedField) -> LeftOut:
    return LeftOut(
        side=Side.LEFT,
        object_name="",
        native=one.left or one.name,
        label=one.name,
        why=Why.CHOSEN,
    )


def _names(one: ProposedField) -> tuple[str, ...]:
    return tuple(dict.fromkeys((one.name, one.left or one.name, *one.right.values())))


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
