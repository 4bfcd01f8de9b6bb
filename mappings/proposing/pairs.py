"""A whole pair proposed from both schemas: fields, conditions, keys, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mappings.objects import default_key
from mappings.proposing.custom import custom_fields
from mappings.proposing.ignored import is_custom, why_ignored
from mappings.proposing.meanings import MEANINGS
from mappings.proposing.proposal import (
    Choices,
    LeftOut,
    ProposedField,
    ProposedPair,
    Shapes,
    Why,
)
from mappings.proposing.standard import standard_fields
from mappings.proposing.yamltext import scalar
from sync.domain.record import Side
from sync.domain.schema import Division, FieldShape, ObjectShape

__all__ = ["KINDS", "USUAL", "PairKind", "propose_pair", "with_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairKind:
    """What is known of a pair before any schema is read.

    `conditions` are the fields a new record on a side must have, `include` those a record must
    have to take part at all. `create_as` is the object new Salesforce records are made as.
    """

    name: str
    hubspot: str
    salesforce: tuple[str, ...]
    match: tuple[tuple[str, ...], ...]
    include: tuple[str, ...] = ()
    conditions: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    create_as: str = ""


KINDS: Mapping[str, PairKind] = {
    "companies": PairKind(
        name="companies",
        hubspot="companies",
        salesforce=("Account",),
        match=(("domain",), ("name", "country"), ("name", "city")),
        conditions={Side.LEFT: ("domain",), Side.RIGHT: ("domain", "name")},
    ),
    "contacts": PairKind(
        name="contacts",
        hubspot="contacts",
        salesforce=("Contact", "Lead"),
        match=(("email",),),
        include=("email",),
        conditions={Side.LEFT: ("email",), Side.RIGHT: ("email",)},
        create_as="Lead",
    ),
    "campaigns": PairKind(
        name="campaigns",
        hubspot="campaigns",
        salesforce=("Campaign",),
        match=(("name",),),
        conditions={Side.RIGHT: ("name",)},
    ),
    "deals": PairKind(
        name="deals",
        hubspot="deals",
        salesforce=("Opportunity",),
        match=(),
        conditions={Side.LEFT: ("name",)},
    ),
}

#: What is proposed where nobody says what they want. Deals are only known again by the id fields.
USUAL = ("companies", "contacts")


def propose_pair(kind: PairKind, shapes: Shapes, choices: Choices) -> ProposedPair:
    """Propose one pair from what both CRMs say of its objects."""
    objects = tuple(one for one in kind.salesforce if one in shapes.right)
    keys = {side: key for side in Side if (key := default_key(kind.hubspot, side)) is not None}
    kept = _first_pipeline(shapes.left)
    shapes = _narrowed(shapes, kept) if kept is not None else shapes
    standard = list(standard_fields(MEANINGS[kind.name], shapes))
    fields = [one for one in standard if isinstance(one, ProposedField)]
    refused = [one for one in standard if isinstance(one, LeftOut)]
    own = custom_fields(
        shapes,
        taken=_natives(fields) | {one.native for one in refused},
        names=[one.name for one in fields],
        keys=tuple(keys.values()),
    )
    fields = [*fields, *own]
    pair = ProposedPair(
        name=kind.name,
        hubspot=kind.hubspot,
        salesforce=objects,
        choices=choices,
        keys=keys,
        match=(),
        include={},
        create={},
        fields=tuple(fields),
    )
    if kept is not None:
        pair = _of_one_pipeline(pair, shapes.left, kept)
    pair = with_rules(pair, kind, shapes)
    pair = _with_warning(pair, shapes)
    left_out = (*refused, *_rest(pair, shapes, {one.native for one in refused}))
    return replace(pair, left_out=left_out)


def _with_warning(pair: ProposedPair, shapes: Shapes) -> ProposedPair:
    """Say where nothing but the id fields could tell records apart, and they are missing."""
    objects = {Side.LEFT: [shapes.left], Side.RIGHT: list(shapes.right.values())}
    there = any(name in shape.fields for side, name in pair.keys.items() for shape in objects[side])
    if pair.match or there:
        return pair
    names = " and ".join(pair.keys.values())
    remark = (
        f"only the fields for ids ({names}) can tell one {pair.name} record from another of the "
        "same name: make them before the first sync"
    )
    return replace(pair, remarks=(*pair.remarks, remark))


def _first_pipeline(shape: ObjectShape) -> Division | None:
    """Give the pipeline to keep where an object has several: their stages are not one list."""
    active = [one for one in shape.divisions if one.active]
    return active[0] if len(active) > 1 else None


def _narrowed(shapes: Shapes, kept: Division) -> Shapes:
    """Give the shapes with the stages of one pipeline only."""
    fields = {
        name: replace(one, options=kept.options.get(name, one.options))
        for name, one in shapes.left.fields.items()
    }
    return Shapes(replace(shapes.left, fields=fields), shapes.right)


def _of_one_pipeline(pair: ProposedPair, shape: ObjectShape, kept: Division) -> ProposedPair:
    others = ", ".join(repr(one.name) for one in shape.divisions if one.active and one is not kept)
    remark = f"only deals of the pipeline {kept.name!r} take part; there are also {others}"
    return replace(pair, extras={"pipeline": scalar(kept.name)}, remarks=(*pair.remarks, remark))


def with_rules(pair: ProposedPair, kind: PairKind, shapes: Shapes) -> ProposedPair:
    """Add how records are matched, which take part and which are made, by the fields it has."""
    match = tuple(
        names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        for names in kind.match
        if pair.has(*names) and _is_two_ended(pair, names)
    )[:2]
    conditions = {
        side: " && ".join(f'record.{name} != ""' for name in names if pair.has(name))
        for side, names in kind.conditions.items()
    }
    include = " && ".join(f'record.{name} != ""' for name in kind.include if pair.has(name))
    as_ = kind.create_as if kind.create_as in pair.salesforce else ""
    if not as_ and len(pair.salesforce) > 1:
        as_ = pair.salesforce[0]
    changed = replace(
        pair,
        match=match,
        include=dict.fromkeys(Side, include) if include else {},
        create={side: text for side, text in conditions.items() if text},
        create_as=as_,
    )
    return _without_lacking(changed, shapes)


def _is_two_ended(pair: ProposedPair, names: Sequence[str]) -> bool:
    by_name = {one.name: one for one in pair.fields}
    return all(by_name[name].right.keys() == set(pair.salesforce) for name in names)


def _without_lacking(pair: ProposedPair, shapes: Shapes) -> ProposedPair:
    """Make no records on a side that demands a field nothing can fill; say which one it is."""
    create, remarks = dict(pair.create), list(pair.remarks)
    for side in tuple(create):
        lacking = sorted(one.name for one in _lacking(pair, shapes, side))
        if lacking:
            del create[side]
            remarks.append(_without_records(pair, side, lacking))
    # Rules are made anew whenever a field is taken out; each remark stands once.
    return replace(pair, create=create, remarks=tuple(dict.fromkeys(remarks)))


def _without_records(pair: ProposedPair, side: Side, lacking: Sequence[str]) -> str:
    title = "HubSpot" if side is Side.LEFT else "Salesforce"
    made = pair.hubspot if side is Side.LEFT else pair.create_as or pair.salesforce[0]
    return (
        f"no records are made in {title}: a new one of {made} needs {', '.join(lacking)}, which no "
        "field fills. Map it with 'if_blank', then add 'create'"
    )


def _lacking(pair: ProposedPair, shapes: Shapes, side: Side) -> Iterator[FieldShape]:
    object_name = pair.create_as or pair.salesforce[0]
    shape = shapes.left if side is Side.LEFT else shapes.right[object_name]
    filled = {
        one.left if side is Side.LEFT else one.right.get(object_name)
        for one in pair.mapped
        if one.travels_to(side)
    }
    for one in shape.fields.values():
        if one.required and one.creatable and one.name not in filled:
            yield one


def _natives(fields: Sequence[ProposedField]) -> set[str]:
    lefts = {one.left for one in fields if one.left is not None}
    return lefts | {native for one in fields for native in one.right.values()}


def _rest(pair: ProposedPair, shapes: Shapes, told: set[str]) -> Iterator[LeftOut]:
    """Give every field that is in neither a line nor a suggestion, and why."""
    known = _natives(pair.fields) | set(pair.keys.values())
    objects = ((Side.LEFT, shapes.left), *((Side.RIGHT, one) for one in shapes.right.values()))
    for side, shape in objects:
        for one in shape.fields.values():
            if one.name not in known and one.name not in told:
                yield LeftOut(
                    side=side,
                    object_name=shape.name,
                    native=one.name,
                    label=one.label,
                    why=_why(side, one, known),
                )


def _why(side: Side, shape: FieldShape, known: set[str]) -> Why:
    if not is_custom(side, shape) and _COVERED.get(shape.name, "") in known:
        return Why.COVERED
    return why_ignored(side, shape) or Why.NO_COUNTERPART


#: Fields whose meaning is kept by another that is mapped.
_COVERED = {
    "website": "domain",
    "Name": "LastName",
    "Country": "CountryCode",
    "MailingCountry": "MailingCountryCode",
    "BillingCountry": "BillingCountryCode",
    "StateCode": "State",
    "MailingStateCode": "MailingState",
    "BillingStateCode": "BillingState",
    "hs_country_region_code": "country",
    "hs_country_code": "country",
    "address2": "address",
}
