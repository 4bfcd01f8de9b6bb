"""Who in sales gets somebody who is handed over, and why.

Pure: the same rules, staff, records and turns always give the same choice and the same turns after
it. Whoever hands several people over asks for them in the order of the plan, each with the turns
the one before left, so that nothing depends on the order they were read in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sync.domain.record import Native

__all__ = [
    "ROUTED",
    "By",
    "Choice",
    "ChoiceKind",
    "OwedOwner",
    "Receiver",
    "ReceiverKind",
    "Rule",
    "SellerRecord",
    "Staff",
    "ToRoute",
    "Turns",
    "choose",
    "turns_note",
    "turns_of",
    "turns_text",
    "weight_of",
]


#: The field of people whose owner routing writes; no line of a mapping can have its name.
ROUTED = "routing.owner"


class By(StrEnum):
    """How one of several people is chosen."""

    TURNS = "turns"
    WON_RATE = "won_rate"


class ReceiverKind(StrEnum):
    """Whom a rule names."""

    PEOPLE = "people"
    QUEUE = "queue"
    ORG_RULES = "org_rules"  # the sales CRM's own assignment rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule whose condition holds: its number as people count, and whom it names.

    `key` is the same as long as the rule says the same, wherever in the file it stands: turns are
    kept under it. `to` are e-mail addresses in lower case, or one queue as `queue NAME`.
    """

    number: int
    key: str
    kind: ReceiverKind
    to: tuple[str, ...] = ()
    by: By = By.TURNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A user or queue that records can be given to now: the CRM's id, and the name people read."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who can own records of one object now.

    `able` gives users and queues by what the rules call them; `unable` says in words why somebody
    else they name cannot. `by_id` are the active users by id. `title` is what the
    CRM is called, `org_rules` tells whether its own rules assign such records.
    """

    title: str
    able: Mapping[str, Receiver] = field(default_factory=dict)
    unable: Mapping[str, str] = field(default_factory=dict)
    by_id: Mapping[str, Receiver] = field(default_factory=dict)
    org_rules: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerRecord:
    """Of how many opportunities a seller closed they won how many.

    `won` and `closed` are those of people handed to them by the same rule, `all_won` and
    `all_closed` are all of theirs.
    """

    won: int = 0
    closed: int = 0
    all_won: int = 0
    all_closed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRoute:
    """Somebody who is handed over, under a `key` of their own.

    `object_name` is what they are in the sales CRM, `owner` whose they are there now, `account` the
    id of their account. `canonical` are their values as conditions read them.
    """

    key: str
    object_name: str
    canonical: Mapping[str, Native]
    owner: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where a rule's turns stand: who had the last one, and what each is owed, in millionths."""

    last: str = ""
    owed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwedOwner:
    """An owner that was chosen and is still to be written, in the place of the one before."""

    owner: str
    before: str | None


class ChoiceKind(StrEnum):
    """What becomes of the owner."""

    OWNER = "owner"
    ORG_RULES = "org_rules"
    NOBODY = "nobody"  # the owner stays as is


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who gets them, and why in words.

    `owner` is the CRM's id. `rule` is the key of the rule that decided, and `turns` how that rule's
    turns stand now, None where it has none.
    """

    kind: ChoiceKind
    why: str
    owner: str | None = None
    rule: str | None = None
    turns: Turns | None = None


#: Weights are whole numbers, so that what is owed always adds up.
_WHOLE = 1_000_000
_NOBODY = SellerRecord()


def choose(
    rules: Sequence[Rule],
    staff: Staff,
    *,
    account_owner: str | None = None,
    records: Mapping[str, Mapping[str, SellerRecord]] | None = None,
    turns: Mapping[str, Turns] | None = None,
) -> Choice:
    """Choose who gets one person.

    `rules` are those whose conditions hold, in order. The active owner of the person's account
    comes before all rules; then the first rule that has anybody who can own the person. By rule,
    `records` are those of sellers by e-mail address, `turns` the ones kept so far.
    """
    passed: list[str] = []
    if account_owner is not None:
        owner = staff.by_id.get(account_owner)
        if owner is not None:
            why = f"owner of the account: {owner.name}"
            return Choice(kind=ChoiceKind.OWNER, owner=owner.id, why=why)
        passed.append("the owner of the account is no active user")
    for rule in rules:
        found = _by_rule(
            rule,
            staff,
            (records or {}).get(rule.key, {}),
            (turns or {}).get(rule.key, Turns()),
        )
        if isinstance(found, Choice):
            return _after(passed, found)
        passed.append(f"rule {rule.number}: {found}")
    if not rules:
        passed.append("no rule fits")
    return Choice(kind=ChoiceKind.NOBODY, why=f"{'; '.join(passed)}; the owner stays as is")


def weight_of(record: SellerRecord) -> int:
    """Give how much of the whole a seller earns by their record, in millionths; never nothing.

    The share of such opportunities they won, shrunk towards the share of all they won as if two
    more had been closed at that rate; and that one towards a half, in the same way:
    (won + 2q) / (closed + 2), with q = (all_won + 1) / (all_closed + 2).
    """
    all_won, all_closed = record.all_won + 1, record.all_closed + 2
    # Both parts of the fraction are taken times all_closed, so that it is rounded once.
    won = record.won * all_closed + 2 * all_won
    return max(1, _WHOLE * won // ((record.closed + 2) * all_closed))


def turns_note(rule: str) -> str:
    """Give the name of the note a rule's turns are kept under."""
    return f"routing:{rule}"


def turns_text(turns: Turns) -> str:
    """Give turns as they are kept."""
    said = {"last": turns.last, "owed": dict(turns.owed)}
    return json.dumps(said, separators=(",", ":"), sort_keys=True)


def turns_of(text: str | None) -> Turns:
    """Give turns as they were kept; nobody had one where nothing was."""
    if text is None:
        return Turns()
    said = json.loads(text)
    return Turns(last=said["last"], owed=said["owed"])


def _by_rule(
    rule: Rule, staff: Staff, records: Mapping[str, SellerRecord], turns: Turns
) -> Choice | str:
    """Give the choice of one rule, or why it has nobody."""
    if rule.kind is ReceiverKind.ORG_RULES:
        if not staff.org_rules:
            return f"{staff.title}'s own rules assign no such records"
        why = f"rule {rule.number}: left to {staff.title}'s own rules"
        return Choice(kind=ChoiceKind.ORG_RULES, why=why, rule=rule.key)
    able = {name: staff.able[name] for name in rule.to if name in staff.able}
    away = [staff.unable.get(name, f"{name} is unknown") for name in rule.to if name not in able]
    if not able:
        return ", ".join(away)
    if len(rule.to) == 1:
        one = able[rule.to[0]]
        return _chosen(rule, one, one.name, away)
    if len(able) == 1:
        (one,) = able.values()
        # Whose turn it is next does not move while there is nobody to take turns with.
        return _chosen(rule, one, f"{one.name} alone", away)
    if rule.by is By.WON_RATE:
        return _by_won_rate(rule, able, away, records, turns)
    name = _next_after(turns.last, rule.to, able)
    return _chosen(rule, able[name], f"in turns, {able[name].name}'s turn", away, Turns(last=name))


def _next_after(last: str, names: Sequence[str], able: Mapping[str, Receiver]) -> str:
    """Give whoever of those able comes after the last one, round and round."""
    start = names.index(last) + 1 if last in names else 0
    return next(name for name in (*names[start:], *names[:start]) if name in able)


def _by_won_rate(
    rule: Rule,
    able: Mapping[str, Receiver],
    away: Sequence[str],
    records: Mapping[str, SellerRecord],
    turns: Turns,
) -> Choice:
    """Give it to whoever is owed most: each earns their weight a turn, the chosen one pays all."""
    weights = {name: weight_of(records.get(name, _NOBODY)) for name in able}
    kept = {name: turns.owed[name] for name in rule.to if name in turns.owed}
    owed = kept | {name: kept.get(name, 0) + weight for name, weight in weights.items()}
    name = max(able, key=lambda one: owed[one])  # of equals the first of the rule
    owed[name] -= sum(weights.values())
    said = ", ".join(
        f"{one.name} {_told(records.get(name, _NOBODY))}" for name, one in able.items()
    )
    words = f"by won rate ({said}), {able[name].name}'s turn"
    return _chosen(rule, able[name], words, away, Turns(last=name, owed=owed))


def _told(record: SellerRecord) -> str:
    such = f", of such leads {record.won} of {record.closed}" if record.closed else ""
    return f"{record.all_won} of {record.all_closed}{such}"


def _chosen(
    rule: Rule, one: Receiver, words: str, away: Sequence[str], turns: Turns | None = None
) -> Choice:
    skipped = f"; passed over: {', '.join(away)}" if away else ""
    why = f"rule {rule.number}: {words}{skipped}"
    return Choice(kind=ChoiceKind.OWNER, owner=one.id, why=why, rule=rule.key, turns=turns)


def _after(passed: Sequence[str], choice: Choice) -> Choice:
    if not passed:
        return choice
    return Choice(
        kind=choice.kind,
        owner=choice.owner,
        why="; ".join((*passed, choice.why)),
        rule=choice.rule,
        turns=choice.turns,
    )
