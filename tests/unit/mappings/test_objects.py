"""Objects beyond people and companies in the mapping language: deals, parts, currencies, zones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mappings.bind import bind
from mappings.bound import BoundPair
from mappings.checks import check_pairs
from mappings.declared import declared_shapes
from mappings.findings import MappingErrors
from mappings.fingerprint import pair_fingerprint
from mappings.live import check_live, live_notes
from mappings.loader import load_mapping
from mappings.model import PairMapping
from mappings.outcomes import PairOutcomes
from mappings.predicted import predict
from sync.domain.record import Side
from sync.domain.schema import Division, FieldKind, ObjectShape, Option
from sync.engine.shapes import shape_from_json, shape_to_json
from tests.unit.mappings.shapes import shape, shapes

L, R = Side.LEFT, Side.RIGHT

HEAD = """\
pair: deals
hubspot: deals
salesforce: Opportunity
first_sync: salesforce
match: [name]
"""
FIELDS = """\
fields:
  name: dealname <-> Name
"""

_SALES = (Option("open", "Open"), Option("won", "Closed won"))
_RENEWALS = (Option("7101", "Offer out"), Option("7102", "Closed won"))

LEFT = {
    "deals": replace(
        shapes(
            {
                "deals": (
                    shape("dealname", required=True),
                    shape("amount", FieldKind.NUMBER),
                    shape("closedate", FieldKind.DATETIME),
                    shape("deal_currency_code", FieldKind.CHOICE, options=("EUR", "USD")),
                    shape("pipeline", FieldKind.CHOICE, options=("default", "77")),
                    shape(
                        "dealstage",
                        FieldKind.CHOICE,
                        restricted=True,
                        named_by_label=True,
                        options=(*_SALES, *_RENEWALS),
                    ),
                    shape("salesforce_id", unique=True),
                )
            }
        )["deals"],
        divided_by="pipeline",
        divisions=(
            Division(id="default", name="Sales", options={"dealstage": _SALES}),
            Division(id="77", name="Renewals", options={"dealstage": _RENEWALS}),
            Division(id="78", name="Old", active=False),
        ),
        currency_field="deal_currency_code",
        zone="America/New_York",
    )
}
RIGHT = {
    "Opportunity": replace(
        shapes(
            {
                "Opportunity": (
                    shape("Name", required=True),
                    shape("Amount", FieldKind.MONEY, digits=16, scale=2),
                    shape("CloseDate", FieldKind.DATE),
                    shape("CurrencyIsoCode", FieldKind.CHOICE, options=("EUR", "USD")),
                    shape("StageName", FieldKind.CHOICE, options=("Open", "Won")),
                    shape("RecordTypeId", FieldKind.REFERENCE),
                    shape("HubSpot_Deal_Id__c", unique=True),
                )
            }
        )["Opportunity"],
        divided_by="RecordTypeId",
        divisions=(Division(id="012A", name="New_Business"), Division(id="012B", name="Renewal")),
        currency_field="CurrencyIsoCode",
    )
}


def deals(*fields: str, more: str = "") -> PairMapping:
    lines = "".join(f"  {one}\n" for one in fields)
    return load_mapping(f"{HEAD}{more}{FIELDS}{lines}".encode(), file="mappings/deals.yaml")


def bound(*fields: str, more: str = "") -> BoundPair:
    return bind(deals(*fields, more=more), LEFT, RIGHT)


def findings(
    *fields: str,
    more: str = "",
    left: Mapping[str, ObjectShape] = LEFT,
    right: Mapping[str, ObjectShape] = RIGHT,
) -> list[str]:
    found = check_live(deals(*fields, more=more), left, right)
    return [str(one).removeprefix("mappings/deals.yaml:") for one in found]


def wrong(text: str) -> list[str]:
    with pytest.raises(MappingErrors) as caught:
        load_mapping(text.encode(), file="m.yaml")
    return [str(one).removeprefix("m.yaml:") for one in caught.value.findings]


# --- which objects may stand across --------------------------------------------------------------


def test_deals_keep_each_others_ids_without_a_word() -> None:
    pair = deals()
    assert (pair.key_name(L), pair.key_name(R)) == ("salesforce_id", "HubSpot_Deal_Id__c")
    assert bound().key_fields == {
        (L, "deals"): "salesforce_id",
        (R, "Opportunity"): "HubSpot_Deal_Id__c",
    }


@pytest.mark.parametrize(
    ("hubspot", "salesforce"),
    [
        ("tickets", "Case"),
        ("machines", "Machine__c"),
        ("p123_machines", "Asset"),
        ("2-345", "Machine__c"),
        ("products", "Product2"),
    ],
)
def test_any_other_objects_may_stand_across(hubspot: str, salesforce: str) -> None:
    text = HEAD.replace("hubspot: deals", f"hubspot: {hubspot}")
    text = text.replace("Opportunity", salesforce) + FIELDS
    pair = load_mapping(text.encode(), file="m.yaml")
    assert (pair.hubspot, pair.salesforce) == (hubspot, (salesforce,))
    assert (pair.key_name(L), pair.key_name(R)) == (None, None)


def test_object_without_keys_keeps_none_and_no_note_asks_for_them() -> None:
    text = HEAD.replace("hubspot: deals", "hubspot: machines").replace("Opportunity", "Machine__c")
    pair = load_mapping(f"{text}{FIELDS}".encode(), file="m.yaml")
    left, right = declared_shapes(pair, L), declared_shapes(pair, R)
    assert bind(pair, left, right).key_fields == {}
    assert live_notes(pair, left, right) == ()


def test_keys_of_a_custom_object_are_those_the_file_names() -> None:
    text = HEAD.replace("hubspot: deals", "hubspot: machines").replace("Opportunity", "Machine__c")
    keys = "keys: {hubspot: sf, salesforce: Hub__c}\n"
    pair = load_mapping(f"{text}{keys}{FIELDS}".encode(), file="m.yaml")
    assert (pair.key_name(L), pair.key_name(R)) == ("sf", "Hub__c")


@pytest.mark.parametrize(
    ("written", "salesforce", "name"),
    [("0-3", "Opportunity", "deals"), ("0-5", "Case", "tickets"), ("0-999", "Case", "0-999")],
)
def test_a_type_id_of_hubspots_own_means_the_object_by_name(
    written: str, salesforce: str, name: str
) -> None:
    text = HEAD.replace("hubspot: deals", f"hubspot: {written}") + FIELDS
    text = text.replace("Opportunity", salesforce)
    assert load_mapping(text.encode(), file="m.yaml").hubspot == name


def other(name: str, hubspot: str, salesforce: str, more: str = "") -> PairMapping:
    text = HEAD.replace("pair: deals", f"pair: {name}").replace(
        "hubspot: deals", f"hubspot: {hubspot}"
    )
    return load_mapping(
        f"{text.replace('Opportunity', salesforce)}{more}{FIELDS}".encode(), file=f"m/{name}.yaml"
    )


def test_two_pipelines_of_the_same_objects_are_kept_by_one_file() -> None:
    pairs = [other("a", "deals", "Opportunity", "pipeline: X\n"), deals()]
    (finding,) = check_pairs(pairs)
    assert str(finding) == (
        "mappings/deals.yaml:3:13: salesforce: Opportunity with deals is kept by m/a.yaml already; "
        "keep both in one file, which keeps all of them without 'pipeline' or 'record_type'"
    )


def test_one_field_keeps_the_ids_of_one_pair() -> None:
    keys = "keys: {hubspot: sf, salesforce: Hub__c}\n"
    pairs = [other("a", "machines", "Asset", keys), other("b", "machines", "Machine__c", keys)]
    assert [str(one) for one in check_pairs(pairs)] == [
        (
            "m/b.yaml:6:17: keys.hubspot: machines.sf keeps the ids of the pair 'a' already; give "
            "this pair a field of its own"
        )
    ]
    assert check_pairs([pairs[0], other("b", "tickets", "Machine__c", keys)]) == []


def test_salesforces_own_spelling_of_an_object_is_asked_for() -> None:
    pair = other("b", "machines", "machine__C")
    left, right = declared_shapes(pair, L), declared_shapes(pair, R)
    right = {"machine__C": replace(right["machine__C"], name="Machine__c")}
    (finding,) = check_live(pair, left, right)
    assert "Salesforce writes 'machine__C' as 'Machine__c'; so do you" in str(finding)


def test_record_type_is_one_that_every_object_of_the_pair_has() -> None:
    text = HEAD.replace("pair: deals", "pair: people").replace(
        "hubspot: deals", "hubspot: contacts"
    )
    text = text.replace("Opportunity", "Contact | Lead") + "record_type: Business\n"
    pair = load_mapping(f"{text}fields: {{name: lastname <-> LastName}}".encode(), file="m.yaml")
    left, right = declared_shapes(pair, L), declared_shapes(pair, R)
    both = bind(pair, left, right)
    assert both.rule("salesforce.record_type").names == {
        (R, "Contact"): "RecordTypeId",
        (R, "Lead"): "RecordTypeId",
    }
    other_type = (Division(id="012X", name="Private"),)
    right = {**right, "Lead": replace(right["Lead"], divisions=other_type)}
    assert [str(one) for one in check_live(pair, left, right)] == [
        (
            "m.yaml:6:14: record_type: Salesforce's Lead has no record type 'Business'; there are "
            "Private"
        )
    ]


@pytest.mark.parametrize(
    ("hubspot", "salesforce", "finding"),
    [
        (
            "deal",
            "Opportunity",
            (
                "2:10: hubspot: 'deal' does not stand across from Salesforce's Opportunity; did "
                "you mean 'deals'?"
            ),
        ),
        (
            "deals",
            "Oportunity",
            (
                "3:13: salesforce: 'Oportunity' does not stand across from HubSpot's deals; did "
                "you mean 'Opportunity'?"
            ),
        ),
        (
            "deals",
            "Machine__c",
            (
                "3:13: salesforce: 'Machine__c' does not stand across from HubSpot's deals; write "
                "Opportunity"
            ),
        ),
        (
            "machines",
            "Contact | Lead",
            (
                "2:10: hubspot: 'machines' does not stand across from Salesforce's Contact | "
                "Lead; write contacts"
            ),
        ),
        (
            "machines",
            "Machine__c | Asset",
            (
                "3:13: salesforce: only Contact and Lead may stand together; write Machine__c or "
                "Asset"
            ),
        ),
        (
            "my machines",
            "Machine__c",
            (
                "2:10: hubspot: 'my machines' is no name of a HubSpot object; write one like "
                "'deals', 'p123_machines' or '2-345'"
            ),
        ),
        (
            "machines",
            "Machine__c; DROP",
            (
                "3:13: salesforce: 'Machine__c; DROP' is no name of a Salesforce object; write "
                "one like 'Account', 'Machine__c' or 'Contact | Lead'"
            ),
        ),
        (
            "machines",
            "../Account",
            (
                "3:13: salesforce: '../Account' is no name of a Salesforce object; write one like "
                "'Account', 'Machine__c' or 'Contact | Lead'"
            ),
        ),
    ],
)
def test_objects_that_cannot_stand_across_are_found(
    hubspot: str, salesforce: str, finding: str
) -> None:
    text = HEAD.replace("hubspot: deals", f"hubspot: {hubspot}")
    assert wrong(text.replace("Opportunity", salesforce) + FIELDS) == [finding]


# --- pipelines and record types ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Renewals", "renewals", "77"])
def test_pipeline_is_known_by_its_name_or_id(name: str) -> None:
    pair = bound(more=f"pipeline: {name}\n")
    assert pair.fixed_values(L, "deals") == {"hubspot.pipeline": "77"}
    assert "pipeline" in pair.native_fields(L, "deals")
    assert pair.fixed_values(R, "Opportunity") == {}


def test_record_type_is_known_by_its_developer_name() -> None:
    pair = bound(more="record_type: Renewal\n")
    assert pair.fixed_values(R, "Opportunity") == {"salesforce.record_type": "012B"}
    assert "RecordTypeId" in pair.native_fields(R, "Opportunity")


def test_records_of_other_parts_are_left_out_for_that_reason() -> None:
    pair = bound(more="pipeline: Renewals\nrecord_type: Renewal\n")
    assert pair.has_include
    assert pair.why_excluded(L, {"hubspot.pipeline": "77"}) is None
    assert pair.why_excluded(L, {"hubspot.pipeline": "default"}) == "pipeline: Renewals"
    assert pair.why_excluded(L, {"hubspot.pipeline": None}) == "pipeline: Renewals"
    assert pair.why_excluded(R, {"salesforce.record_type": "012A"}) == "record_type: Renewal"
    assert pair.why_left_out(L, {"hubspot.pipeline": "default"}) == "pipeline: Renewals"
    assert not pair.include(R, {"salesforce.record_type": None})


def test_part_is_looked_at_before_the_condition() -> None:
    more = "pipeline: Renewals\ninclude: {hubspot: record.name != 'x'}\n"
    pair = bound(more=more)
    assert pair.why_excluded(L, {"hubspot.pipeline": "1", "name": "x"}) == "pipeline: Renewals"
    excluded = pair.why_excluded(L, {"hubspot.pipeline": "77", "name": "x"})
    assert excluded == "include.hubspot: record.name != 'x'"


def test_without_a_part_nothing_is_left_out() -> None:
    assert not bound().has_include
    assert bound().fixed_values(L, "deals") == {}


def test_part_is_never_written_to_a_linked_record() -> None:
    pair = bound(more="pipeline: Renewals\nrecord_type: Renewal\n")
    for name, side in (("hubspot.pipeline", R), ("salesforce.record_type", L)):
        assert all(at is not side for at, _ in pair.rule(name).names)
    assert pair.required_values(L, "deals") == {}


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        (
            "pipeline: Renewal\n",
            "6:11: pipeline: HubSpot's deals has no pipeline 'Renewal'; did you mean 'Renewals'?",
        ),
        (
            "pipeline: zzz\n",
            (
                "6:11: pipeline: HubSpot's deals has no pipeline 'zzz'; there are Sales, "
                "Renewals, Old"
            ),
        ),
        (
            "record_type: new business\n",
            (
                "6:14: record_type: Salesforce's Opportunity has no record type 'new business'; "
                "did you mean 'New_Business'?"
            ),
        ),
        (
            "pipeline: Old\ncreate: {hubspot: {}}\n",
            (
                "6:11: pipeline: the pipeline 'Old' of HubSpot's deals is not in use, and takes "
                "no new records"
            ),
        ),
    ],
)
def test_part_that_cannot_be_used_is_found(more: str, finding: str) -> None:
    assert findings(more=more) == [finding]


def test_part_no_longer_in_use_may_still_be_read() -> None:
    assert findings(more="pipeline: Old\n") == []


def test_object_without_parts_is_found() -> None:
    plain = {"Opportunity": replace(RIGHT["Opportunity"], divided_by="", divisions=())}
    assert findings(more="record_type: Renewal\n", right=plain) == [
        (
            "6:14: record_type: Salesforce's Opportunity has no record types this user can see; "
            "leave 'record_type' out"
        )
    ]


def test_required_pipeline_is_filled_by_the_key_alone() -> None:
    fields = LEFT["deals"].fields
    needed = {**fields, "pipeline": replace(fields["pipeline"], required=True)}
    left = {"deals": replace(LEFT["deals"], fields=needed)}
    create = "create: {hubspot: {}}\n"
    assert findings(more=create, left=left)[0] == (
        "6:10: create.hubspot: a new deals needs pipeline (pipeline), which no field writes; write "
        "which one, as 'pipeline: Sales'"
    )
    assert findings(more=f"{create}pipeline: Renewals\n", left=left) == []


def test_a_changed_part_is_a_reason_to_look_again() -> None:
    one, other = bound(more="pipeline: Sales\n"), bound(more="pipeline: Renewals\n")
    assert one.fingerprint != other.fingerprint != bound().fingerprint
    assert one.intake_rules["pipeline"] != other.intake_rules["pipeline"]


def test_examples_need_no_live_pipeline() -> None:
    pair = deals(more="pipeline: Renewals\nrecord_type: Renewal\n")
    assert bind(pair, declared_shapes(pair, L), declared_shapes(pair, R)).has_include


# --- stages -------------------------------------------------------------------------------------

STAGE = "at: {map: dealstage <-> StageName, values: {%s}}"


@pytest.mark.parametrize("word", ["7101", "Offer out"])
def test_stage_is_written_by_id_or_label_and_travels_by_id(word: str) -> None:
    pair = bound(STAGE % f"{word}: Open", more="pipeline: Renewals\n")
    codec = pair.rule("at").codec
    assert codec.carry(L, "7101", object_name="Opportunity") == "Open"
    assert codec.carry(R, "Open", object_name="deals") == "7101"
    assert codec.canonical(L, "7101") == codec.canonical(R, "Open") == word
    assert codec.normal(L, "7101") == "7101"


def test_conditions_speak_of_a_stage_as_the_table_does() -> None:
    pair = bound(
        STAGE % "Offer out: Open",
        more="pipeline: 77\ninclude: {hubspot: record.at == 'Offer out'}\n",
    )
    canonical = pair.canonical(L, {"at": "7101", "hubspot.pipeline": "77"})
    assert canonical["at"] == "Offer out"
    assert pair.include(L, canonical)


def test_stage_of_another_pipeline_is_found() -> None:
    assert findings(STAGE % "open: Open", more="pipeline: Renewals\n") == [
        (
            "9:47: fields.at.values.open: 'open' is not in the picklist deals.dealstage of "
            "HubSpot; it has 'Closed won', 'Offer out'"
        )
    ]


def test_label_that_two_pipelines_share_needs_the_pipeline() -> None:
    table = STAGE % "Closed won: Won"
    assert findings(table, more="pipeline: Renewals\n") == []
    (finding,) = findings(table)
    assert "'Closed won' is not in the picklist deals.dealstage" in finding


def test_stage_named_by_label_counts_as_having_a_line() -> None:
    table = STAGE % "Offer out: Open, 7102: Won"
    pair = deals(table, more="pipeline: Renewals\n")
    assert [note for note in live_notes(pair, LEFT, RIGHT) if "no line" in note] == []
    assert [str(one) for one in predict(pair, LEFT, RIGHT).findings] == []


def test_stages_without_a_line_are_told_by_what_people_call_them() -> None:
    pair = deals(STAGE % "7101: Open", more="pipeline: Renewals\n")
    (note,) = [one for one in live_notes(pair, LEFT, RIGHT) if "deals.dealstage" in one]
    assert "no line for 'Closed won' of deals.dealstage" in note
    foreseen = [str(note) for note in predict(pair, LEFT, RIGHT).notes]
    assert any("'Closed won'" in one for one in foreseen)
    assert not any("'7102'" in one for one in foreseen)


def test_label_may_be_what_is_written_otherwise() -> None:
    table = "at: {map: dealstage <- StageName, values: {7102: Won}, otherwise: Offer out}"
    codec = bound(table, more="pipeline: Renewals\n").rule("at").codec
    assert codec.carry(R, "Open", object_name="deals") == "7101"
    assert predict(deals(table, more="pipeline: Renewals\n"), LEFT, RIGHT).findings == ()


def test_label_may_be_what_a_new_record_gets_where_there_is_none() -> None:
    fields = LEFT["deals"].fields
    needed = {**fields, "dealstage": replace(fields["dealstage"], required=True)}
    left = {"deals": replace(LEFT["deals"], fields=needed)}
    table = "at: {map: dealstage <- StageName, values: {7102: Won}, if_blank: Offer out}"
    pair = deals(table, more="pipeline: Renewals\ncreate: {hubspot: {}}\n")
    assert predict(pair, left, RIGHT).findings == ()
    assert bind(pair, left, RIGHT).required_values(L, "deals") == {"at": "7101"}


# --- days and zones ------------------------------------------------------------------------------

CLOSES = "closes: {map: closedate <-> CloseDate, type: date}"


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-03-31T04:00:00.000Z", "2026-03-31"),  # midnight in New York
        ("2026-03-31T23:30:00.000Z", "2026-03-31"),
        ("2026-04-01T03:59:59.999Z", "2026-03-31"),  # late in the evening there
        ("2026-04-01T04:00:00.000Z", "2026-04-01"),
        ("2026-03-31T00:00:00.000Z", "2026-03-31"),  # a day as programs write it
        ("2026-01-31T05:00:00.000Z", "2026-01-31"),  # winter time
    ],
)
def test_a_time_is_the_day_people_of_the_portal_see(time: str, day: str) -> None:
    codec = bound(CLOSES).rule("closes").codec
    assert codec.carry(L, time, object_name="Opportunity") == day
    assert codec.canonical(L, time) == day


def test_a_day_is_written_as_its_beginning_in_the_portals_zone() -> None:
    codec = bound(CLOSES).rule("closes").codec
    assert codec.carry(R, "2026-03-31", object_name="deals") == "2026-03-31T04:00:00.000Z"
    assert codec.carry(R, "2026-01-31", object_name="deals") == "2026-01-31T05:00:00.000Z"


def test_f18_midnights_of_other_zones_are_one_day() -> None:
    codec = bound(CLOSES).rule("closes").codec
    forms = {
        codec.normal(L, time)
        for time in ("2026-03-31T00:00:00.000Z", "2026-03-31T04:00:00.000Z", "2026-03-31T20:00Z")
    }
    assert forms == {"2026-03-31T04:00:00.000Z"}


@pytest.mark.parametrize("zone", ["Africa/Cairo", "America/Santiago", "Asia/Beirut", "Nowhere/X"])
@pytest.mark.parametrize("day", ["2026-04-24", "2026-09-06", "2026-03-29", "0001-01-01"])
def test_every_day_comes_back_though_its_midnight_is_skipped(zone: str, day: str) -> None:
    left = {"deals": replace(LEFT["deals"], zone=zone)}
    codec = bind(deals(CLOSES), left, RIGHT).rule("closes").codec
    written = codec.carry(R, day, object_name="deals")
    if isinstance(written, str):
        assert codec.carry(L, written, object_name="Opportunity") == day
    else:
        assert day == "0001-01-01", "no such day in UTC"


# --- currencies ---------------------------------------------------------------------------------

AMOUNT = "amount: {map: amount <- Amount, type: money}"


def test_amount_without_its_currency_is_found_where_both_crms_know_it() -> None:
    assert findings(AMOUNT) == [
        (
            "8:3: fields.amount: both CRMs keep the currency of each amount, and no field carries "
            "it, so that 100 EUR could arrive as 100 USD; add a line: 'currency: "
            "deal_currency_code <- CurrencyIsoCode'"
        )
    ]


def test_a_line_for_the_currency_settles_it_and_runs_go_on_without() -> None:
    assert findings(AMOUNT, "currency: deal_currency_code <- CurrencyIsoCode") == []
    assert check_live(deals(AMOUNT), LEFT, RIGHT, strict=False) == ()


def test_currency_travels_like_any_choice_and_amounts_unchanged() -> None:
    pair = bound(AMOUNT, "currency: deal_currency_code <-> CurrencyIsoCode")
    assert pair.rule("currency").codec.carry(R, "USD", object_name="deals") == "USD"
    assert pair.rule("amount").codec.carry(R, "100.50", object_name="deals") == "100.5"


def test_a_crm_with_one_currency_is_a_note_and_no_finding() -> None:
    left = {"deals": replace(LEFT["deals"], currency_field="")}
    assert findings(AMOUNT, left=left) == []
    (note,) = [one for one in live_notes(deals(AMOUNT), left, RIGHT) if "currency" in one]
    assert note.startswith("deals: Salesforce keeps a currency with each amount (CurrencyIsoCode)")


def test_two_crms_with_currencies_need_no_note() -> None:
    notes = live_notes(
        deals(AMOUNT, "currency: deal_currency_code <- CurrencyIsoCode"), LEFT, RIGHT
    )
    assert [one for one in notes if "currency with each amount" in one] == []


def test_no_amount_needs_no_currency() -> None:
    assert findings() == []
    assert findings("read: <- Amount") == []


# --- what is kept of an object -------------------------------------------------------------------


def test_all_an_object_is_known_by_is_kept_and_read_back() -> None:
    for known in (LEFT["deals"], replace(RIGHT["Opportunity"], address="2-345")):
        assert shape_from_json(shape_to_json(known)) == known


def test_what_an_earlier_release_kept_is_read() -> None:
    kept = shape_to_json(LEFT["deals"])
    fields = [
        {key: value for key, value in one.items() if key != "named_by_label"}
        for one in kept["fields"]
    ]
    old = shape_from_json({"name": "deals", "label": "deals", "fields": fields})
    assert (old.divisions, old.zone, old.address) == ((), "UTC", "")


# --- the guide -----------------------------------------------------------------------------------

_GUIDE = Path(__file__).resolve().parents[3] / "docs" / "objects.md"


def test_mappings_of_the_guide_read_well() -> None:
    blocks = re.findall(r"```yaml\n(pair: .*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    read = [
        load_mapping((one if "fields:" in one else one + FIELDS).encode(), file="docs/objects.md")
        for one in (block if "match:" in block else f"{block}match: [name]\n" for block in blocks)
    ]
    assert [pair.pair for pair in read] == ["machines", "deals"]
    assert (read[1].pipeline, read[1].record_type) == ("Renewals", "Renewal")


def test_plan_is_of_the_pair_as_it_is_written() -> None:
    written = deals("amount: {map: amount <- Amount, type: money}", more="pipeline: Sales\n")
    outcomes = PairOutcomes(
        carries={"Opportunity": ("reporting_amount",)}, properties={"reporting_amount": "dealname"}
    )
    pair = bind(written, LEFT, RIGHT, outcomes=outcomes)

    assert {rule.name for rule in pair.rules} > written.fields.keys()
    assert pair.fingerprint == pair_fingerprint(written)
