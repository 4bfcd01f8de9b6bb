"""The rules of the funnel: read, checked among themselves, against the pairs and both schemas."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from mappings.expression import Condition, compile_condition
from mappings.lifecycle.editors import LIFECYCLE_SCHEMA_FILE, lifecycle_schema
from mappings.lifecycle.hours import calendar_of, length_of
from mappings.lifecycle.live import check_live_lifecycle
from mappings.lifecycle.model import Lifecycle, StageField
from mappings.lifecycle.reading import read_lifecycle
from mappings.lifecycle.routing import bind_routing, missing_receivers
from mappings.lifecycle.words import Amount, Days, OpportunityState, Queue, Span, SpanUnit
from mappings.loader import read_mappings
from mappings.people import People
from mappings.words import FieldType
from sync.domain.people import Person, PersonKind
from sync.domain.record import Side
from sync.domain.routing import ReceiverKind
from sync.domain.schema import FieldKind, FieldShape, ObjectShape, Option

STARTERS = Path(__file__).resolve().parents[3] / "mappings" / "starter"

CONTACTS = """\
pair: contacts
hubspot: contacts
salesforce: Contact | Lead
first_sync: salesforce
match: [email]
fields:
  email: {map: email <-> Email, type: email}
  score: {map: hubspotscore -> Score__c, type: number}
  sales_status: <- Lead.Status
  return_reason: {map: sales_return_reason <- Lead.Return_Reason__c}
"""
STAGES = """\
stages:
  - {name: lead, means: known, hubspot: {lifecyclestage: lead}, salesforce: {Lead.Status: New}}
  - {name: mql, hubspot: {lifecyclestage: mql}, salesforce: {Lead.Status: [Open, Trying]}}
  - {name: customer, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}
"""
REASONS = "reasons: {no_budget: {means: later, salesforce: [No Budget], hubspot: no_budget}}\n"
HAND_OVER = "hand_over: {to: mql, when: record.score >= 50}\n"
HOURS = 'business_hours: {days: Mon-Fri, from: "09:00", to: "17:30", zone: Europe/Berlin}\n'


def findings(folder: Path, rules: str, *, contacts: str = CONTACTS) -> list[str]:
    """Give what a folder with these two files has wrong, without the name of the folder."""
    (folder / "contacts.yaml").write_text(contacts, encoding="utf-8")
    (folder / "lifecycle.yaml").write_text(rules, encoding="utf-8")
    _, found = read_mappings(folder)
    return [str(one).removeprefix(f"{folder.name}/") for one in found]


def read(folder: Path, rules: str) -> Lifecycle:
    assert findings(folder, rules) == []
    lifecycle, _ = read_lifecycle(folder / "lifecycle.yaml")
    assert lifecycle is not None
    return lifecycle


def test_starter_reads_and_fits_the_other_starters() -> None:
    _, found = read_mappings(STARTERS)

    assert found == ()


def test_stages_keep_their_order_and_values(tmp_path: Path) -> None:
    lifecycle = read(tmp_path, STAGES)

    assert [stage.name for stage in lifecycle.stages] == ["lead", "mql", "customer"]
    mql, customer = lifecycle.stages[1:]
    assert mql.salesforce == {StageField("Lead", "Status"): ("Open", "Trying")}
    assert customer.salesforce is OpportunityState.WON
    assert (lifecycle.rank("mql"), lifecycle.rank("nobody")) == (1, None)


def test_all_parts_are_read(tmp_path: Path) -> None:
    rest = """\
hand_back:
  - {when: record.sales_status == "Closed", from: [mql], to: lead, reason: return_reason}
service_levels:
  - {name: follow-up, from: lead, to: mql, within: 4 business hours}
  - {name: volume, stage: mql, at_least: 120, per: month}
  - {name: revenue, won: 200000 EUR, per: quarter}
routing:
  - {when: record.stage == "mql", to: [Anna@example.com, ben@example.com], by: won_rate}
  - {to: queue Inbound}
outcomes: {last_outcome: our_last_outcome}
moves: free
"""
    lifecycle = read(tmp_path, STAGES + REASONS + HAND_OVER + HOURS + rest)

    follow_up, volume, revenue = lifecycle.service_levels
    assert follow_up.within == Span(4, SpanUnit.HOURS, business=True)
    assert (volume.at_least, volume.per) == (120, "month")
    assert revenue.won == Amount(Decimal(200000), "EUR")
    chosen, queue = lifecycle.routing
    assert chosen.to == ("anna@example.com", "ben@example.com")
    assert queue.to == Queue("Inbound")
    assert lifecycle.business_hours is not None
    assert lifecycle.business_hours.days == Days((0, 1, 2, 3, 4))
    assert lifecycle.business_hours.to == time(17, 30)


def test_business_hours_keep_the_holidays_of_their_place(tmp_path: Path) -> None:
    hours = read(tmp_path, STAGES + HOURS.replace("}", ", holidays: DE-BE}")).business_hours
    assert hours is not None
    calendar = calendar_of(hours)
    # Friday the 6th to Monday the 9th of March 2026: nothing was on a weekday; but Good Friday,
    # and in 2027 the 8th of March, which is a Monday and a holiday in Berlin alone.
    noon = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (6, 9)]
    assert calendar.between(*noon) == timedelta(hours=8.5)
    assert not calendar.is_open(datetime(2026, 4, 3, 12, tzinfo=UTC))
    assert not calendar.is_open(datetime(2027, 3, 8, 12, tzinfo=UTC))
    elsewhere = calendar_of(hours.model_copy(update={"holidays": "DE"}))
    assert elsewhere.is_open(datetime(2027, 3, 8, 12, tzinfo=UTC))
    assert length_of(Span(2, SpanUnit.DAYS, business=True), calendar) == timedelta(hours=17)
    assert length_of(Span(2, SpanUnit.DAYS), None) == timedelta(days=2)


def test_routing_rules_are_told_apart_by_what_they_say(tmp_path: Path) -> None:
    rest = """\
routing:
  - {when: record.score > 90, to: [ben@example.com, anna@example.com], by: won_rate}
  - {when: record.email != "", to: QUEUE Inbound}
  - {to: salesforce rules}
"""
    lifecycle = read(tmp_path, STAGES + rest)
    types = {"score": FieldType.NUMBER, "email": FieldType.EMAIL}

    def condition(text: str, where: str) -> Condition:
        return compile_condition(text, types=types, where=where)

    bound = bind_routing(lifecycle, condition)
    assert bound is not None
    people, queue, org = (rule for rule, _ in bound.rules)
    assert people.to == ("ben@example.com", "anna@example.com")
    assert (queue.kind, queue.to) == (ReceiverKind.QUEUE, ("queue Inbound",))
    assert org.kind is ReceiverKind.ORG_RULES
    assert bound.fitting({"score": "95", "email": "a@example.com"}) == (people, queue, org)
    assert bound.fitting({"score": "90"}) == (org,)
    turned = bind_routing(
        lifecycle.model_copy(update={"routing": lifecycle.routing[::-1]}), condition
    )
    assert turned is not None
    assert {rule.key for rule, _ in turned.rules} == {people.key, queue.key, org.key}


def test_receivers_salesforce_lacks_are_found_with_their_place(tmp_path: Path) -> None:
    rest = """\
routing:
  - {when: record.score > 90, to: [ann@example.com, ben@example.com]}
  - {when: record.score > 80, to: ben@example.com}
  - {to: queue Inbond}
"""
    lifecycle = read(tmp_path, STAGES + rest)
    ben = Person(id="005B", name="Ben", email="ben@example.com", active=False)
    inbound = Person(id="00GI", name="Inbound", kind=PersonKind.QUEUE, owns=("Lead",))
    found = [
        str(one).removeprefix(f"{tmp_path.name}/lifecycle.yaml:")
        for one in missing_receivers(lifecycle, People({Side.RIGHT: [ben, inbound]}), "Lead")
    ]
    assert found == [
        (
            "6:35: routing[1].to: Salesforce has no user with the e-mail address ann@example.com; "
            "name an active user"
        ),
        (
            "6:35: routing[1].to: the user ben@example.com is no longer active in Salesforce; "
            "name an active user"
        ),
        (
            "7:35: routing[2].to: the user ben@example.com is no longer active in Salesforce; "
            "name an active user"
        ),
        "8:10: routing[3].to: Salesforce has no queue Inbond; name another queue",
    ]


BROKEN = {
    "no stages": ("hand_over: {to: a, when: record.score > 1}", "1:1: 'stages' is missing; "),
    "one stage": (
        "stages:\n  - {name: a, hubspot: {s: a}, salesforce: opportunity won}\n",
        "2:3: stages: must not be empty",
    ),
    "unknown key": (
        STAGES + "hand_overs: {}\n",
        (
            "5:1: hand_overs: unknown key; it is none of stages, moves, reasons, hand_over, "
            "hand_back, service_levels, routing, business_hours, outcomes, reports; "
            "did you mean 'hand_over'?"
        ),
    ),
    "unknown key of a stage": (
        STAGES.replace("means", "meaning"),
        (
            "2:18: stages[1].meaning: unknown key; it is none of name, means, hubspot, salesforce; "
            "did you mean 'means'?"
        ),
    ),
    "a stage twice": (
        STAGES.replace("name: mql", "name: lead"),
        "3:12: stages[2].name: 'lead' is the name of an earlier stage already",
    ),
    "a stage's twin": (
        STAGES
        + "  - {name: won, hubspot: {lifecyclestage: customer}, salesforce: opportunity won}",
        "5:12: stages[4].name: 'won' has the values of 'customer' on both sides",
    ),
    "an object of no pair": (
        STAGES.replace("{Lead.Status: New}", "{Leed.Status: New}"),
        (
            "2:91: stages[1].salesforce.Leed.Status: 'Leed' is none of the objects of the pair "
            "'contacts' (Contact, Lead); did you mean 'Lead'?"
        ),
    ),
    "a field of no object": (
        STAGES.replace("{Lead.Status: New}", "{Status: New}"),
        "2:77: stages[1].salesforce: 'Status' names no object's field; write it as Lead.Status",
    ),
    "a state of opportunities": (
        STAGES.replace("opportunity won", "opportunity wun"),
        (
            "4:71: stages[3].salesforce: 'opportunity wun' is neither fields with their values "
            "nor one of opportunity open, opportunity won, opportunity lost; "
            "did you mean 'opportunity won'?"
        ),
    ),
    "a value twice": (
        STAGES.replace("[Open, Trying]", "[Open, Open]"),
        "3:61: stages[2].salesforce: Lead.Status holds one value twice; write it once",
    ),
    "a hand-over to nowhere": (
        STAGES + "hand_over: {to: mgl, when: record.score >= 50}\n",
        "5:17: hand_over.to: 'mgl' is no stage; they are lead, mql, customer; did you mean 'mql'?",
    ),
    "a condition on nothing": (
        STAGES + "hand_over: {to: mql, when: record.scor >= 50}\n",
        "5:28: hand_over.when: record.scor is no field of this pair; did you mean 'score'?",
    ),
    "a condition that does not parse": (
        STAGES + 'hand_over: {to: mql, when: "record.score >="}\n',
        "5:28: hand_over.when: ",
    ),
    "a hand-back forward": (
        STAGES + HAND_OVER + "hand_back: [{when: record.score < 1, from: [lead], to: mql}]\n",
        "6:56: hand_back[1].to: 'mql' does not come before 'lead'; a hand-back goes back",
    ),
    "a hand-back without a hand-over": (
        STAGES + "hand_back: [{when: record.score < 1, from: [mql], to: lead}]\n",
        "5:12: hand_back: nobody is handed over, so nobody can come back; add 'hand_over'",
    ),
    "a reason from no list": (
        STAGES
        + HAND_OVER
        + "hand_back: [{when: record.score < 1, from: [mql], to: lead, reason: return_reason}]\n",
        "6:69: hand_back[1].reason: there is no list of reasons it could be one of; add 'reasons'",
    ),
    "a reason in no field": (
        STAGES
        + REASONS
        + HAND_OVER
        + "hand_back: [{when: record.score < 1, from: [mql], to: lead, reason: return_raeson}]\n",
        (
            "7:69: hand_back[1].reason: 'return_raeson' is no field of the pair 'contacts'; "
            "did you mean 'return_reason'?"
        ),
    ),
    "a reason's word twice": (
        STAGES + REASONS.replace("}}", "}, other: {means: x, salesforce: No Budget, hubspot: o}}"),
        "5:113: reasons.other.salesforce: 'No Budget' stands for the reason 'no_budget' already",
    ),
    "a pause in business days": (
        STAGES + REASONS.replace("}}", ", again_after: 5 business days}}"),
        (
            "5:95: reasons.no_budget.again_after: '5 business days' counts calendar time; "
            "leave 'business' out"
        ),
    ),
    "two promises in one": (
        STAGES + "service_levels: [{name: a, stage: mql, within: 4 hours}]\n",
        (
            "5:18: service_levels[1]: promises no one thing; write the keys of one of these: "
            "an answer in time: from, to, within; a number of people: at_least, per, stage; "
            "revenue: per, won"
        ),
    ),
    "business hours nobody told": (
        STAGES + "service_levels: [{name: a, from: lead, to: mql, within: 4 business hours}]\n",
        "5:57: service_levels[1].within: business hours are not told yet; add 'business_hours'",
    ),
    "a length of time": (
        STAGES + "service_levels: [{name: a, from: lead, to: mql, within: soon}]\n",
        (
            "5:57: service_levels[1].within: 'soon' is no length of time here; "
            "write '4 business hours' or '2 days'"
        ),
    ),
    "an amount": (
        STAGES + "service_levels: [{name: a, won: 200000 EUX, per: year}]\n",
        "5:33: service_levels[1].won: 'EUX' is no currency; write its three letters, such as EUR",
    ),
    "a rule nobody reaches": (
        STAGES + "routing: [{to: queue A}, {to: queue B}]\n",
        "5:11: routing[1]: has no condition, so those after it never count; put it last",
    ),
    "a receiver": (
        STAGES + "routing: [{to: anna}]\n",
        "5:16: routing[1].to: 'anna' is no e-mail address of a user",
    ),
    "a choice of one": (
        STAGES + "routing: [{to: a@example.com, by: won_rate}]\n",
        "5:35: routing[1].by: chooses between several people; name them in 'to'",
    ),
    "days": (
        STAGES + HOURS.replace("Mon-Fri", "Mon-Fry"),
        "5:24: business_hours.days: 'Mon-Fry' holds 'Fry', which is no day; write Mon-Fri",
    ),
    "hours": (
        STAGES + HOURS.replace("17:30", "08:00"),
        "5:52: business_hours.to: work ends before it begins; a day's hours are on one day",
    ),
    "a zone": (
        STAGES + HOURS.replace("Berlin", "Berln"),
        "5:67: business_hours.zone: 'Europe/Berln' is no time zone; write it as Europe/Berlin",
    ),
    "holidays": (
        STAGES + HOURS.replace("}", ", holidays: XX}"),
        (
            "5:92: business_hours.holidays: 'XX' is no country or part of one; "
            "write DE, or DE-BE for Berlin"
        ),
    ),
    "holidays nobody lists": (
        STAGES + HOURS.replace("}", ", holidays: GB-LND}"),
        (
            "5:92: business_hours.holidays: the holidays of 'GB-LND' are not known; "
            "write GB for those of the whole country"
        ),
    ),
    "an outcome": (
        STAGES + "outcomes: {last_outcom: x}\n",
        (
            "5:25: outcomes.last_outcom: 'last_outcom' is no outcome; they are last_outcome, "
            "outcome_stage, won_revenue, outcome_reason, first_won_date, credited_campaign, "
            "try_again_date, business_type, last_campaign_status, stage, handed_over_at, "
            "returned_at, returned_reason; did you mean 'last_outcome'?"
        ),
    ),
    "not a table": ("- a\n", "1:1: must be a table of keys like 'stages:'"),
    "nothing": ("", "1:1: must be a table of keys like 'stages:'"),
}


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, case: str) -> None:
    rules, wanted = BROKEN[case]

    found = findings(tmp_path, rules)

    assert len(found) == 1, found
    assert found[0].startswith(f"lifecycle.yaml:{wanted}")


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    rules = STAGES + "routing: [{to: anna}]\nhand_over: {to: mql}\n"

    assert len(findings(tmp_path, rules)) == 2


def test_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside.yaml", tmp_path / "mappings"
    outside.write_text(STAGES, encoding="utf-8")
    folder.mkdir()
    (folder / "contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    (folder / "lifecycle.yaml").symlink_to(outside)

    _, found = read_mappings(folder)

    assert [str(one) for one in found] == [
        (
            "mappings/lifecycle.yaml:1:1: this link leads out of the mappings folder; "
            "put the file itself here"
        )
    ]


def test_stages_need_a_pair_of_people(tmp_path: Path) -> None:
    companies = CONTACTS.replace("hubspot: contacts", "hubspot: companies").replace(
        "Contact | Lead", "Account"
    )
    sound = "\n".join(line for line in companies.splitlines() if "Lead." not in line)

    found = findings(tmp_path, STAGES, contacts=sound)

    assert found == [
        (
            "lifecycle.yaml:2:3: stages: there is no pair of HubSpot's contacts whose stages these "
            "could be"
        )
    ]


def shape(name: str, **fields: FieldShape) -> ObjectShape:
    return ObjectShape(name, name, fields)


def picklist(name: str, *values: str, updatable: bool = True) -> FieldShape:
    options = tuple(Option(value, value) for value in values)
    return FieldShape(
        name=name, label=name, kind=FieldKind.CHOICE, options=options, updatable=updatable
    )


def test_values_are_held_against_both_schemas(tmp_path: Path) -> None:
    lifecycle = read(tmp_path, STAGES)
    left = shape("contacts", lifecyclestage=picklist("lifecyclestage", "lead", "customer"))
    right = {
        "Lead": shape("Lead", Status=picklist("Status", "New", "Open", "Trying", updatable=False))
    }

    found = [str(one) for one in check_live_lifecycle(lifecycle, left, right)]

    folder = tmp_path.name
    title = "Salesforce's Lead does not let this user write 'Status'"
    assert found == [
        (
            f"{folder}/lifecycle.yaml:3:43: stages[2].hubspot.lifecyclestage: 'mql' is none of the "
            "values of HubSpot's contacts 'lifecyclestage' (lead, customer)"
        ),
        f"{folder}/lifecycle.yaml:2:91: stages[1].salesforce.Lead.Status: {title}",
        f"{folder}/lifecycle.yaml:3:75: stages[2].salesforce.Lead.Status: {title}",
    ]


def test_field_a_schema_lacks_is_told_with_the_nearest(tmp_path: Path) -> None:
    lifecycle = read(tmp_path, STAGES)
    left = shape("contacts", lifecycle_stage=picklist("lifecycle_stage"))

    found = check_live_lifecycle(lifecycle, left, {})

    assert len(found) == 3
    assert str(found[0]).endswith("did you mean 'lifecycle_stage'?")


def underlined(text: str) -> list[str]:
    """Give what an editor finds wrong."""
    document = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in Draft7Validator(lifecycle_schema()).iter_errors(document)]


def test_schema_for_editors_is_one_and_lies_beside_the_starter() -> None:
    schema = lifecycle_schema()
    Draft7Validator.check_schema(schema)

    assert json.loads((STARTERS / LIFECYCLE_SCHEMA_FILE).read_text(encoding="utf-8")) == schema
    text = (STARTERS / "lifecycle.yaml").read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={LIFECYCLE_SCHEMA_FILE}\n")
    assert underlined(text) == []


#: What an editor sees too; the others need more than one place to be seen.
SEEN_BY_EDITORS = (
    "no stages",
    "one stage",
    "unknown key",
    "unknown key of a stage",
    "a field of no object",
    "a state of opportunities",
    "a pause in business days",
    "a length of time",
    "a receiver",
    "an outcome",
)


@pytest.mark.parametrize("case", SEEN_BY_EDITORS)
def test_editors_underline_what_is_wrong_in_one_place(case: str) -> None:
    rules, _ = BROKEN[case]

    assert underlined(rules) != []


@pytest.mark.parametrize(
    "case", sorted(set(BROKEN) - set(SEEN_BY_EDITORS) - {"not a table", "nothing"})
)
def test_editors_do_not_underline_what_the_language_allows_in_its_place(case: str) -> None:
    rules, _ = BROKEN[case]

    assert underlined(rules) == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("create: {salesforce: {as: Lead, when: handed_over}}", None),
        ('include: {hubspot: record.stage != "customer" || record.handed_over}', None),
        ("create: {salesforce: {as: Lead, when: handed_ovr}}", "'handed_ovr' is unknown"),
    ],
)
def test_stage_and_hand_over_are_known_beside_the_rules(
    tmp_path: Path, line: str, wanted: str | None
) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "lifecycle.yaml").write_text(STAGES, encoding="utf-8")
    (folder / "contacts.yaml").write_text(
        "pair: contacts\nhubspot: contacts\nsalesforce: Contact | Lead\nfirst_sync: hold\n"
        f"match: [email]\n{line}\nfields: {{email: email <-> Email}}\n",
        encoding="utf-8",
    )

    _, found = read_mappings(folder)

    assert [wanted in str(one) for one in found if wanted] == ([True] if wanted else [])
    assert bool(found) is bool(wanted), found
