"""Real rows of leads and companies as values of every type, with second opinions.

What a type reads of them is compared with what somebody else makes of the same texts: the
libraries' own words, or a rule so simple that it cannot be wrong.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import phonenumbers
import pycountry
import pytest
from publicsuffixlist import PublicSuffixList

from mappings.kinds import Reader, Readers
from mappings.transforms.reading import UnreadableError
from mappings.words import FieldType
from sync.domain.record import Side
from sync.domain.rules import Trouble
from tests.contract.recorded_values import hubspot_values, salesforce_values
from tests.integration.real_rows import column, columns
from tests.unit.mappings.typed import typed

pytestmark = pytest.mark.data

READERS = Readers()
PHONES = (
    "match_restaurants/fodors.csv:phone",
    "match_restaurants/zagats.csv:phone",
    "match_companies_chicago/csv_example_messy_input.csv:Phone",
    "match_companies_chicago/csv_example_messy_input.csv:Fax",
)
COUNTRIES = (
    "x_education_leads/Leads.csv:Country",
    "maven_crm_sales_opportunities/accounts.csv:office_location",
)
NUMBERS = (
    "maven_crm_sales_opportunities/accounts.csv:revenue",
    "maven_crm_sales_opportunities/accounts.csv:employees",
    "maven_crm_sales_opportunities/sales_pipeline.csv:close_value",
    "olist_marketing_funnel/olist_closed_deals_dataset.csv:declared_monthly_revenue",
    "olist_marketing_funnel/olist_closed_deals_dataset.csv:declared_product_catalog_size",
    "x_education_leads/Leads.csv:TotalVisits",
    "x_education_leads/Leads.csv:Page Views Per Visit",
    "x_education_leads/Leads.csv:Asymmetrique Activity Score",
)
DAYS = (
    "maven_crm_sales_opportunities/sales_pipeline.csv:engage_date",
    "maven_crm_sales_opportunities/sales_pipeline.csv:close_date",
    "olist_marketing_funnel/olist_marketing_qualified_leads_dataset.csv:first_contact_date",
)
YES_OR_NO = (
    "x_education_leads/Leads.csv:Do Not Email",
    "x_education_leads/Leads.csv:Do Not Call",
    "x_education_leads/Leads.csv:Converted",
    "olist_marketing_funnel/olist_closed_deals_dataset.csv:has_company",
    "olist_marketing_funnel/olist_closed_deals_dataset.csv:has_gtin",
)
TEXTS = (
    "match_companies_chicago/csv_example_messy_input.csv:Site name",
    "match_companies_chicago/csv_example_messy_input.csv:Address",
    "match_restaurants/fodors.csv:name",
    "x_education_leads/Leads.csv:City",
    "x_education_leads/Leads.csv:Tags",
    "match_febrl/dataset1.csv:surname",
)


def reading(kind: FieldType, text: str, region: str | None = None) -> str | None:
    """Give what a type makes of a text; None where it cannot read it."""
    read: Reader = READERS.of(kind)
    try:
        return read(text, region)
    except UnreadableError:
        return None


# --- phone numbers ------------------------------------------------------------------------------


def american(text: str) -> str | None:
    """Give an American number by its digits alone: ten, or eleven that begin with 1."""
    digits = re.sub(r"\D", "", text)
    if re.search(r"[A-Za-z]", text):
        return None
    if len(digits) == 10:
        return f"+1{digits}"
    return f"+{digits}" if len(digits) == 11 and digits.startswith("1") else None


def test_american_numbers_are_read_as_their_digits_say(shared_data: Path) -> None:
    texts = columns(shared_data, *PHONES)
    assert len(texts) > 1500
    differ = {
        text: (reading(FieldType.PHONE, text, "US"), american(text))
        for text in texts
        if reading(FieldType.PHONE, text, "US") != american(text)
    }
    assert differ == {}
    assert sum(american(text) is not None for text in texts) > 800


def test_the_phone_library_writes_every_number_the_same_way(shared_data: Path) -> None:
    for text in columns(shared_data, *PHONES):
        ours = reading(FieldType.PHONE, text, "US")
        if ours is None:
            continue
        number = phonenumbers.parse(text, "US")
        e164 = phonenumbers.PhoneNumberFormat.E164
        assert ours == phonenumbers.format_number(number, e164)
        # However else the library spells it, it is the same number to us.
        for spelling in (
            phonenumbers.PhoneNumberFormat.NATIONAL,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.RFC3966,
        ):
            written = phonenumbers.format_number(number, spelling)
            assert reading(FieldType.PHONE, written, "US") == ours


def test_example_numbers_of_every_country_are_read_in_all_spellings() -> None:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number(region)
        assert number is not None
        wanted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        for spelling in (
            phonenumbers.PhoneNumberFormat.E164,
            phonenumbers.PhoneNumberFormat.NATIONAL,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.RFC3966,
        ):
            written = phonenumbers.format_number(number, spelling)
            assert reading(FieldType.PHONE, written, region) == wanted, (region, written)


# --- countries ----------------------------------------------------------------------------------

#: What stands in the country column and names none; a misspelling is not guessed at.
NO_COUNTRY = {"Asia/Pacific Region", "unknown", "Philipines", "Korea"}


def test_countries_are_those_the_standards_own_table_finds(shared_data: Path) -> None:
    texts = columns(shared_data, *COUNTRIES)
    assert len(texts) > 40
    for text in texts:
        try:
            wanted = pycountry.countries.lookup(text).alpha_2
        except LookupError:
            wanted = None
        if wanted is not None:
            assert reading(FieldType.COUNTRY, text) == wanted
    assert {text for text in texts if reading(FieldType.COUNTRY, text) is None} == NO_COUNTRY


def test_every_name_of_the_standard_is_read_as_its_code() -> None:
    for country in pycountry.countries:
        names = [country.alpha_2, country.alpha_3, country.name]
        names += [getattr(country, key, country.name) for key in ("official_name", "common_name")]
        for name in (form for one in names for form in (one, one.upper(), f" {one.lower()} ")):
            assert reading(FieldType.COUNTRY, name) == country.alpha_2, name


def test_no_name_without_accents_is_another_countrys() -> None:
    for country in pycountry.countries:
        name = getattr(country, "common_name", country.name)
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        assert reading(FieldType.COUNTRY, plain) == country.alpha_2, plain


# --- domains and addresses ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def websites(shared_data: Path) -> list[str]:
    """Give what the recorded records of both CRMs hold as website or domain."""
    fixtures = shared_data.parent / "fixtures"
    if not fixtures.is_dir():
        pytest.skip(f"no recorded traffic: {fixtures} is missing")
    values = [*hubspot_values(fixtures), *salesforce_values(fixtures)]
    named = {"website", "domain"}
    found = {str(one.wire) for one in values if one.field.lower() in named and one.wire}
    return sorted(found)


def test_a_domain_lies_where_the_list_of_public_suffixes_puts_it(websites: list[str]) -> None:
    suffixes = PublicSuffixList()
    assert len(websites) > 20
    for text in websites:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
        assert host is not None
        owned = suffixes.privatesuffix(host)
        ours = reading(FieldType.DOMAIN, text)
        if owned is None:
            assert ours is None
        else:
            assert ours == host.removeprefix("www.")
            assert suffixes.privatesuffix(ours) == owned


def test_a_website_and_its_domain_are_one_to_a_domain_field(websites: list[str]) -> None:
    field = typed("domain")
    for text in websites:
        domain = field.canonical(Side.LEFT, text)
        assert field.agree(text, f"https://www.{domain}/about")


# --- numbers, days, yes and no, texts -----------------------------------------------------------


def test_numbers_are_what_they_are_in_decimal(shared_data: Path) -> None:
    texts = columns(shared_data, *NUMBERS)
    assert len(texts) > 1000
    for text in texts:
        ours = reading(FieldType.NUMBER, text)
        assert ours is not None
        assert Decimal(ours) == Decimal(text)
        assert "E" not in ours
        assert ours == ours.strip("+")


def test_amounts_travel_to_money_fields_and_back_to_the_cent(shared_data: Path) -> None:
    field = typed("money")
    for text in columns(shared_data, *NUMBERS[:4]):
        sent = field.carried(Side.LEFT, text)
        assert isinstance(sent, str)
        assert abs(Decimal(sent) - Decimal(text)) <= Decimal("0.005")
        assert field.agree(text, float(sent))


def test_ranges_are_no_numbers(shared_data: Path) -> None:
    file = "olist_marketing_funnel/olist_closed_deals_dataset.csv"
    ranges = [text for text in column(shared_data, file, "average_stock") if "-" in text]
    assert ranges
    assert [text for text in ranges if reading(FieldType.NUMBER, text) is not None] == []


def test_days_are_what_they_say_and_travel_there_and_back(shared_data: Path) -> None:
    field = typed("date")
    texts = columns(shared_data, *DAYS)
    assert len(texts) > 500
    for text in texts:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        assert field.carried(Side.LEFT, text) == text
        assert field.carried(Side.RIGHT, text) == text


def test_a_day_written_without_signs_is_no_date(shared_data: Path) -> None:
    births = column(shared_data, "match_febrl/dataset1.csv", "date_of_birth")
    assert len(births) > 500
    assert [text for text in births if reading(FieldType.DATE, text) is not None] == []


def test_days_kept_as_midnights_of_another_zone_are_those_days(shared_data: Path) -> None:
    file = "olist_marketing_funnel/olist_closed_deals_dataset.csv"
    times = [text for text in column(shared_data, file, "won_date") if "03:00:00" in text]
    assert len(times) > 20
    brazil = typed("date", hubspot="datetime", zone="America/Sao_Paulo")
    for text in times:
        wire = f"{text.replace(' ', 'T')}.000Z"
        assert brazil.canonical(Side.LEFT, wire) == text[:10]
        back = brazil.carried(Side.RIGHT, text[:10])
        # Where clocks changed, midnight is an hour off; the day is the same.
        assert brazil.normal(Side.LEFT, back) == brazil.normal(Side.LEFT, wire)


def test_every_real_yes_and_no_is_read(shared_data: Path) -> None:
    texts = columns(shared_data, *YES_OR_NO)
    assert {text: reading(FieldType.BOOLEAN, text) for text in texts} == {
        "No": "false",
        "Yes": "true",
        "0": "false",
        "1": "true",
        "True": "true",
        "False": "false",
    }


@pytest.mark.parametrize("kind", ["text", "multiline"])
def test_texts_travel_there_and_back_without_a_change_but_space(
    shared_data: Path, kind: str
) -> None:
    field = typed(kind, salesforce="textarea")
    texts = columns(shared_data, *TEXTS)
    assert len(texts) > 2000
    for text in texts:
        there = field.carried(Side.LEFT, text)
        if isinstance(there, Trouble):
            assert there.code == "too_long"
            continue
        assert there == (text.strip() or None)
        if there is not None:
            assert field.agree(text, there)
