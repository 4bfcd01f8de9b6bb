"""A proposed pair as the text of its mapping file, with what an admin should know beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.proposing.proposal import ProposedExample, ProposedField, ProposedPair, Why
from mappings.proposing.yamltext import comment, flow, listed, one_line, scalar
from sync.domain.record import Side

__all__ = ["mapping_text"]

_TITLES = {Side.LEFT: "HubSpot", Side.RIGHT: "Salesforce"}
_KEYS = {Side.LEFT: "hubspot", Side.RIGHT: "salesforce"}

_HEADS = {
    "campaigns": "Campaigns: HubSpot campaigns and Salesforce {objects}, kept one record.",
    "contacts": "People: HubSpot contacts and Salesforce {objects}, kept one consistent record.",
    "companies": "Companies: HubSpot companies and Salesforce {objects}, kept one record.",
    "deals": "Deals: HubSpot deals and Salesforce {objects}, kept one consistent record.",
}

_PLURALS = {
    "Account": "Accounts",
    "Campaign": "Campaigns",
    "Contact": "Contacts",
    "Lead": "Leads",
    "Opportunity": "Opportunities",
}

_LEGEND = """\
# HubSpot stands on the left of every arrow, Salesforce on the right:
#   <->  travels both ways      ->  from HubSpot to Salesforce      <-  from Salesforce to HubSpot
# The names on the far left are yours; conditions speak of them as record.NAME.
# See what a run would do before anything is written:  revloop plan
"""

#: What a line may not be longer than; a longer field is written over several.
_LONGEST = 100


def mapping_text(pair: ProposedPair) -> str:
    """Give the text of the pair's file; it ends with a line end."""
    return "\n".join(_lines(pair)) + "\n"


def _lines(pair: ProposedPair) -> Iterator[str]:
    objects = " and ".join(_PLURALS.get(one, one) for one in pair.salesforce)
    yield "# yaml-language-server: $schema=mapping.schema.json"
    head = _HEADS.get(pair.name, "HubSpot {hubspot} and Salesforce {objects}, kept one record.")
    yield from comment(head.format(objects=objects, hubspot=pair.hubspot))
    yield from _LEGEND.splitlines()
    for remark in pair.remarks:
        yield "#"
        yield from comment(f"Note: {remark}.")
    yield ""
    yield from _rules(pair)
    yield ""
    yield "fields:"
    yield from _fields(pair)
    yield from _suggestions(pair)
    yield from _people(pair)
    yield from _left_out(pair)
    yield from _members(pair)
    yield from _examples(pair)


def _rules(pair: ProposedPair) -> Iterator[str]:
    yield f"pair: {pair.name}"
    yield f"hubspot: {pair.hubspot}"
    both = len(pair.salesforce) > 1
    yield f"salesforce: {' | '.join(pair.salesforce)}" + (
        "          # where a person is both, the Contact is kept" if both else ""
    )
    yield from (f"{key}: {value}" for key, value in pair.extras.items())
    yield ""
    yield "# Who wins where both sides hold different values when two records are linked for the"
    yield "# first time: hubspot, salesforce, newest or hold. A blank never wins."
    yield f"first_sync: {pair.choices.first_sync}"
    yield ""
    yield "# Where each CRM keeps the other's id. Used once these are unique text fields."
    yield f"keys: {flow({_KEYS[side]: name for side, name in pair.keys.items()})}"
    if pair.match:
        yield ""
        yield "# What makes two records the same, tried in this order; several matches are held."
        yield f"match: [{', '.join(pair.match)}]"
    if pair.include:
        yield ""
        yield "# Only these take part."
        yield "include:"
        yield from (f"  {_KEYS[side]}: {text}" for side, text in pair.include.items())
    yield from _create(pair)
    yield ""
    yield from comment(
        "wins: who wins when both sides changed. blank: what emptying a value does (keep, clear, "
        "fill). region: the country of phone numbers without a country code, where the record has "
        "no country."
    )
    defaults = {"wins": "newest", "unsure": "hold", "blank": "keep"}
    if pair.choices.region:
        defaults["region"] = scalar(pair.choices.region)
    yield f"defaults: {flow(defaults)}"


def _create(pair: ProposedPair) -> Iterator[str]:
    if not pair.create:
        return
    yield ""
    yield "# Records that are in one CRM only are made in the other; leave a line out to stop that."
    yield "create:"
    for side in sorted(pair.create, key=lambda one: one is Side.LEFT):
        rule = {"when": pair.create[side]}
        if side is Side.RIGHT and pair.create_as:
            rule = {"as": pair.create_as, **rule}
        yield f"  {_KEYS[side]}: {flow(rule)}"


def _fields(pair: ProposedPair) -> Iterator[str]:
    width = max((len(one.name) for one in pair.mapped), default=0) + 2
    for one in pair.mapped:
        if one.note:
            yield from comment(_sentence(one.note), indent=2)
        yield from _field(one, pair, width)


def _suggestions(pair: ProposedPair) -> Iterator[str]:
    if not pair.suggested:
        return
    yield ""
    yield "  # Suggestions: take the # away from those that are right."
    for one in pair.suggested:
        yield "  #"
        sure = "" if one.standard else f"{one.sureness} % alike; "
        yield from (f"  # # {line}" for line in _wrapped(_sentence(f"{sure}{one.note or one.why}")))
        yield from (f"  # {line.removeprefix('  ')}" for line in _field(one, pair, 0))


def _people(pair: ProposedPair) -> Iterator[str]:
    """Offer everybody on a deal; whose labels are which roles nobody but the admin can say."""
    if pair.hubspot != "deals":
        return
    yield ""
    yield from comment(
        "Everybody on a deal: take the # away to let people travel, and add HubSpot's labels and "
        "Salesforce's roles as `values: {Decision maker: Decision Maker}` for what they are there.",
        indent=2,
    )
    yield "  # people: {map: associated contacts <-> OpportunityContactRole, pair: contacts}"


def _members(pair: ProposedPair) -> Iterator[str]:
    """Offer who took part in campaigns; the statuses are the org's own words."""
    if pair.hubspot != "campaigns":
        return
    yield ""
    yield from comment(
        "Who took part: take the # away to let it travel. On the left the two HubSpot lists of a "
        "campaign, on the right the member statuses they stand for; the first is written."
    )
    yield "# members: {pair: contacts, lists: {members: [Sent], responded: [Responded]}}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _wrapped(text: str) -> Iterator[str]:
    yield from (line.removeprefix("# ") for line in comment(text, indent=0))


def _field(one: ProposedField, pair: ProposedPair, width: int) -> Iterator[str]:
    line = one.map_line(pair.salesforce)
    settings = {key: scalar(value) for key, value in one.settings.items()}
    name = f"{one.name}:".ljust(width)
    if not one.values:
        whole = f"  {name} {line}" if not settings else f"  {name} {flow({'map': line} | settings)}"
        if len(whole) <= _LONGEST:
            yield whole
            return
    yield f"  {one.name}:"
    yield f"    map: {line}"
    otherwise = settings.pop("otherwise", None)
    yield from (f"    {key}: {value}" for key, value in settings.items())
    if one.values:
        yield from _values(one)
    yield from _open(one)
    if otherwise is not None and any(each.sure for each in one.values):
        yield f"    otherwise: {otherwise}"


def _values(one: ProposedField) -> Iterator[str]:
    sure = any(each.sure for each in one.values)
    yield "    values:" if sure else "    # values:"
    for each in one.values:
        entry = f"{scalar(each.mine)}: {scalar(each.theirs)}"
        yield f"      {entry}" if each.sure else f"      # {entry}      # near; is it the same?"


def _open(one: ProposedField) -> Iterator[str]:
    for side, values in one.open_values.items():
        if values and one.travels_to(side.other):
            text = f"open in {_TITLES[side]}, no line yet: {listed(values)}"
            yield from comment(text, indent=4)


def _left_out(pair: ProposedPair) -> Iterator[str]:
    """Name what the admin may miss; what a CRM keeps for itself is counted only."""
    yield ""
    for side in Side:
        own = sorted(
            {
                one.native
                for one in pair.left_out
                if one.side is side and one.why in (Why.NO_COUNTERPART, Why.UNLIKE)
            }
        )
        if own:
            text = f"Not mapped, {_TITLES[side]}: {', '.join(map(one_line, own))}."
            yield from comment(text, indent=2)


def _examples(pair: ProposedPair) -> Iterator[str]:
    if not pair.examples:
        return
    yield ""
    yield "# What a record should look like on both sides; `revloop mappings test` tries it without"
    yield "# any CRM."
    yield "examples:"
    for one in pair.examples:
        yield from _example(one)


def _example(one: ProposedExample) -> Iterator[str]:
    yield f"  - name: {scalar(one.name)}"
    if one.only:
        yield f"    only: {one.only}"
    yield f"    hubspot: {flow(_scalars(one.left))}"
    yield f"    salesforce: {flow(_scalars(one.right))}"


def _scalars(values: Mapping[str, str]) -> dict[str, str]:
    return {key: scalar(value) if value else "" for key, value in values.items()}
