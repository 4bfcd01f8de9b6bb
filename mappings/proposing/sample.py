"""Examples for a proposed pair, made of what is known to be true of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.proposing.proposal import ProposedExample, ProposedField, ProposedPair
from sync.domain.record import Side
from sync.domain.rules import Arrow

__all__ = ["sample_examples"]

_EMAIL = "ada@example.com"


def sample_examples(pair: ProposedPair) -> tuple[ProposedExample, ...]:
    """Give a few examples of the pair's own fields; each shows one thing."""
    fields = {one.name: one for one in pair.mapped}
    found = (
        _phones(fields),
        _countries(fields),
        _domains(fields),
        _stand_ins(pair, fields),
        *_tables(pair.mapped),
    )
    return tuple(one for one in found if one is not None)


def _phones(fields: Mapping[str, ProposedField]) -> ProposedExample | None:
    field = fields.get("mobile") or fields.get("phone")
    if field is None or not field.travels_to(Side.RIGHT):
        return None
    return _example(
        "phone numbers are kept in one form, with the country's code",
        field,
        "+49 (170) 123 45 67",
        "+491701234567",
    )


def _countries(fields: Mapping[str, ProposedField]) -> ProposedExample | None:
    field = fields.get("country")
    if field is None or field.settings.get("type") != "country":
        return None
    if not field.travels_to(Side.RIGHT):
        return None
    return _example("countries are found by any of their names", field, "Germany", "DE")


def _domains(fields: Mapping[str, ProposedField]) -> ProposedExample | None:
    field = fields.get("domain")
    if field is None or field.arrow is not Arrow.BOTH:
        return None
    return _example(
        "the domain is found in a longer address",
        field,
        "example.com",
        "https://www.example.com/about",
    )


def _stand_ins(pair: ProposedPair, fields: Mapping[str, ProposedField]) -> ProposedExample | None:
    """Show what Salesforce gets where it demands values that HubSpot does not have."""
    email = fields.get("email")
    filled = [one for one in pair.mapped if "if_blank" in one.settings and one.left is not None]
    made = pair.create_as or pair.salesforce[0]
    if email is None or email.left is None or not filled or made not in email.right:
        return None
    left = {email.left: _EMAIL}
    right = {email.right[made]: _EMAIL}
    for one in filled:
        if one.left is not None and made in one.right:
            left[one.left] = ""
            right[one.right[made]] = one.settings["if_blank"]
    return ProposedExample(
        f"what a {made} must have and HubSpot has not, HubSpot never sees", left, right
    )


def _tables(fields: tuple[ProposedField, ...]) -> Iterator[ProposedExample]:
    """Show the first line of each table of values that leads somewhere else in name."""
    for one in fields:
        sure = [each for each in one.values if each.sure and each.mine != each.theirs]
        if sure and one.left is not None:
            label = f"{sure[0].theirs} in Salesforce is {sure[0].mine} in HubSpot"
            yield _example(label, one, sure[0].mine, sure[0].theirs)


def _example(name: str, field: ProposedField, left: str, right: str) -> ProposedExample:
    native = next(iter(field.right.values()))
    only = {Arrow.TO_LEFT: "to_hubspot", Arrow.TO_RIGHT: "to_salesforce"}.get(field.arrow, "")
    return ProposedExample(name, {field.left or "": left}, {native: right}, only)
