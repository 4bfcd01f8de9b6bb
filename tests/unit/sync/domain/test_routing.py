"""Who gets a hand-over: account owners first, then rules, fairly, among active users only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.routing import (
    By,
    Choice,
    ChoiceKind,
    Receiver,
    ReceiverKind,
    Rule,
    SellerRecord,
    Staff,
    Turns,
    choose,
    turns_of,
    turns_text,
    weight_of,
)

ANNA, BEN, CARL = "anna@example.com", "ben@example.com", "carl@example.com"
EVERYBODY = (ANNA, BEN, CARL)


def rule(*to: str, number: int = 1, by: By = By.TURNS) -> Rule:
    return Rule(number=number, key=f"r{number}", kind=ReceiverKind.PEOPLE, to=to, by=by)


def queue(number: int = 2) -> Rule:
    return Rule(number=number, key=f"r{number}", kind=ReceiverKind.QUEUE, to=("queue inbound",))


def org_rules(number: int = 2) -> Rule:
    return Rule(number=number, key=f"r{number}", kind=ReceiverKind.ORG_RULES)


def staff(*names: str, org_rules: bool = True) -> Staff:
    able = {name: Receiver(id=f"id-{name[:4]}", name=name.split("@")[0].title()) for name in names}
    users = {one.id: one for name, one in able.items() if not name.startswith("queue ")}
    gone = {name: f"{name} is not active" for name in EVERYBODY if name not in names}
    return Staff(title="Salesforce", able=able, unable=gone, by_id=users, org_rules=org_rules)


def deal(
    rules: Sequence[Rule],
    who: Staff,
    times: int,
    *,
    records: Mapping[str, SellerRecord] | None = None,
    turns: Turns | None = None,
) -> tuple[list[str | None], Turns]:
    """Hand over so many, and give who got them, and the turns kept."""
    kept = {rules[0].key: turns or Turns()}
    owners = []
    for _ in range(times):
        choice = choose(rules, who, records={rules[0].key: records or {}}, turns=kept)
        owners.append(choice.owner)
        if choice.rule is not None and choice.turns is not None:
            # As they are kept: what is read back is what was written.
            kept[choice.rule] = turns_of(turns_text(choice.turns))
    return owners, kept[rules[0].key]


def test_the_active_owner_of_the_account_comes_before_every_rule() -> None:
    choice = choose([rule(ANNA)], staff(ANNA, BEN), account_owner="id-ben@")
    assert (choice.owner, choice.why) == ("id-ben@", "owner of the account: Ben")
    assert choice.turns is None


def test_an_inactive_owner_of_the_account_is_passed_over_and_named_so() -> None:
    choice = choose([rule(ANNA)], staff(ANNA), account_owner="id-ben@")
    assert choice.owner == "id-anna"
    assert choice.why == "the owner of the account is no active user; rule 1: Anna"


def test_those_who_are_not_active_are_passed_over_and_named() -> None:
    choice = choose([rule(*EVERYBODY)], staff(ANNA, CARL), turns={"r1": Turns(last=ANNA)})
    assert choice.owner == "id-carl"
    assert choice.why == (
        "rule 1: in turns, Carl's turn; passed over: ben@example.com is not active"
    )


def test_a_rule_with_nobody_left_leaves_it_to_the_next_one() -> None:
    choice = choose([rule(BEN), queue()], staff(ANNA, "queue inbound"))
    assert choice.owner == "id-queu"
    assert choice.why == "rule 1: ben@example.com is not active; rule 2: Queue Inbound"


def test_with_nobody_left_at_all_the_owner_stays() -> None:
    choice = choose([rule(BEN)], staff(ANNA))
    assert (choice.kind, choice.owner) == (ChoiceKind.NOBODY, None)
    assert choice.why == "rule 1: ben@example.com is not active; the owner stays as is"
    assert choose([], staff(ANNA)).why == "no rule fits; the owner stays as is"


def test_the_orgs_own_rules_choose_where_they_can() -> None:
    choice = choose([org_rules()], staff())
    assert (choice.kind, choice.owner) == (ChoiceKind.ORG_RULES, None)
    assert choice.why == "rule 2: left to Salesforce's own rules"
    contact = choose([org_rules(1), rule(ANNA, number=2)], staff(ANNA, org_rules=False))
    assert contact.owner == "id-anna"
    assert contact.why == "rule 1: Salesforce's own rules assign no such records; rule 2: Anna"


def test_the_reason_tells_each_sellers_record() -> None:
    records = {
        ANNA: SellerRecord(all_won=12, all_closed=40),
        BEN: SellerRecord(won=1, closed=2, all_won=5, all_closed=31),
    }
    choice = choose([rule(ANNA, BEN, by=By.WON_RATE)], staff(ANNA, BEN), records={"r1": records})
    assert choice.why == (
        "rule 1: by won rate (Anna 12 of 40, Ben 5 of 31, of such leads 1 of 2), Ben's turn"
    )


def test_the_weight_is_the_worked_example_of_the_documentation() -> None:
    assert weight_of(SellerRecord()) == 500_000
    assert weight_of(SellerRecord(all_won=12, all_closed=40)) == 309_523  # 13 / 42
    # q = 6 / 33; (1 + 2q) / (2 + 2)
    assert weight_of(SellerRecord(won=1, closed=2, all_won=5, all_closed=31)) == 340_909


active = st.sets(st.sampled_from(EVERYBODY), min_size=1)
records = st.dictionaries(
    st.sampled_from(EVERYBODY),
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(
        lambda one: SellerRecord(all_won=one[0], all_closed=one[0] + one[1])
    ),
)
ways = st.sampled_from(list(By))


@given(active, st.integers(0, 40))
def test_turns_are_fair_within_one(names: set[str], times: int) -> None:
    owners, _ = deal([rule(*EVERYBODY)], staff(*names), times)
    counts = Counter(owners)
    shares = [counts[f"id-{name[:4]}"] for name in names]
    assert sum(shares) == times
    assert max(shares) - min(shares) <= 1


@given(st.lists(st.tuples(active, records), max_size=12), ways)
def test_nobody_inactive_is_ever_chosen(
    days: list[tuple[set[str], dict[str, SellerRecord]]], by: By
) -> None:
    turns = Turns()
    for names, known in days:
        who = staff(*names)
        owners, turns = deal([rule(*EVERYBODY, by=by)], who, 3, records=known, turns=turns)
        assert set(owners) <= who.by_id.keys()


@given(active, records, ways, st.integers(0, 12), st.integers(0, 12))
def test_a_run_that_was_cut_off_goes_on_as_if_it_had_not_been(
    names: set[str], known: dict[str, SellerRecord], by: By, first: int, second: int
) -> None:
    rules, who = [rule(*EVERYBODY, by=by)], staff(*names)
    whole, end = deal(rules, who, first + second, records=known)
    begun, turns = deal(rules, who, first, records=known)
    rest, end_again = deal(rules, who, second, records=known, turns=turns)
    assert (begun + rest, end_again) == (whole, end)


@given(records, st.integers(1, 60))
def test_by_won_rate_everybody_gets_their_share_within_two(
    known: dict[str, SellerRecord], times: int
) -> None:
    owners, _ = deal([rule(*EVERYBODY, by=By.WON_RATE)], staff(*EVERYBODY), times, records=known)
    weights = {name: weight_of(known.get(name, SellerRecord())) for name in EVERYBODY}
    for name, weight in weights.items():
        fair = times * weight / sum(weights.values())
        assert abs(owners.count(f"id-{name[:4]}") - fair) < 2


@given(records)
def test_the_order_in_which_facts_are_handed_in_changes_nothing(
    known: dict[str, SellerRecord],
) -> None:
    def choice(who: Staff, told: Mapping[str, SellerRecord]) -> Choice:
        return choose([rule(*EVERYBODY, by=By.WON_RATE)], who, records={"r1": told})

    who = staff(*EVERYBODY)
    turned = replace(who, able=dict(list(who.able.items())[::-1]))
    assert choice(who, known) == choice(turned, dict(list(known.items())[::-1]))
