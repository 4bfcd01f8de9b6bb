"""Proposals proved before anything is written: what the checks find wrong becomes a comment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mappings.bind import bind
from mappings.checks import check_pairs
from mappings.examples import try_examples
from mappings.findings import MappingErrors
from mappings.loader import load_mapping
from mappings.model import PairMapping
from mappings.predicted import predict
from mappings.proposing.pairs import PairKind, with_rules
from mappings.proposing.proposal import ProposedExample, ProposedPair, Shapes
from mappings.proposing.sample import sample_examples
from mappings.proposing.written import mapping_text
from mappings.references import check_references
from mappings.words import SIDE_NAMES
from sync.domain.errors import ConfigError, MappingError
from sync.domain.record import Side
from sync.domain.schema import ObjectShape

__all__ = ["Draft", "Proved", "prove"]

_FIELD = re.compile(r"fields\.([A-Za-z0-9_]+)")
_KEY = re.compile(r"keys\.(hubspot|salesforce)")
#: Put before the name of a field for ids where another field has the usual name.
_OWN = "revloop_"
_CREATE = re.compile(r"create\.(hubspot|salesforce)")
_SIDES = {"hubspot": Side.LEFT, "salesforce": Side.RIGHT}
#: A round takes out at least one thing; a pair has fewer rules and fields than this.
_MOST_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal with what it was made from."""

    pair: ProposedPair
    kind: PairKind
    shapes: Shapes


@dataclass(frozen=True, slots=True)
class Proved:
    """A proposal that passes all checks, and the text of its file."""

    pair: ProposedPair
    text: str


def prove(drafts: Sequence[Draft], *, beside: Sequence[PairMapping] = ()) -> tuple[Proved, ...]:
    """Give every pair with its file's text, checked against both schemas and against each other.

    A field that is found wrong is kept as a suggestion that says what was found. `beside` are
    pairs that are there already. Raises ConfigError for a pair that cannot be made right.
    """
    alone = [_proved_alone(draft) for draft in drafts]
    for _ in range(_MOST_ROUNDS):
        wrong = _wrong_together(alone, beside)
        if not wrong:
            return tuple(Proved(draft.pair, _text(draft)) for draft, _ in alone)
        alone = [
            _proved_alone(_without(draft, wrong[_file(draft)]))
            if _file(draft) in wrong
            else (draft, mapping)
            for draft, mapping in alone
        ]
    raise ConfigError("init cannot make these pairs fit each other; propose one at a time")


def _wrong_together(
    alone: Sequence[tuple[Draft, PairMapping]], beside: Sequence[PairMapping]
) -> dict[str, MappingError]:
    """Find for each of our files the first thing that is wrong between all pairs."""
    every = [mapping for _, mapping in alone] + list(beside)
    found = [*check_pairs(every), *check_references(every)]
    for draft, mapping in alone:
        if any(field.pair is not None for field in mapping.fields.values()):
            found += _findings(mapping.beside(every), draft.shapes)
    ours = {_file(draft) for draft, _ in alone}
    return {one.file: one for one in reversed(found) if one.file in ours}


def _proved_alone(draft: Draft) -> tuple[Draft, PairMapping]:
    """Take out of a pair what the checks find, until they find nothing; give it as it reads."""
    draft = _with_examples(draft)
    for _ in range(_MOST_ROUNDS):
        try:
            loaded = load_mapping(_text(draft).encode(), file=_file(draft))
            found = _findings(loaded, draft.shapes)
        except MappingErrors as error:
            found = error.findings
        else:
            if not found:
                return draft, loaded
        draft = _without(draft, found[0])
    raise ConfigError(f"init cannot propose {draft.pair.name}: too much of it is found wrong")


def _findings(loaded: PairMapping, shapes: Shapes) -> Sequence[MappingError]:
    left, right = {shapes.left.name: shapes.left}, shapes.right
    return predict(loaded, left, right).findings or _failing(loaded, left, right)


def _failing(
    loaded: PairMapping, left: Mapping[str, ObjectShape], right: Mapping[str, ObjectShape]
) -> list[MappingError]:
    """Give a finding for each example that does not come out as written."""
    bound = bind(loaded, left, right)
    return [
        loaded.places.at_key(("examples", at), "does not come out")
        for at, one in enumerate(try_examples(loaded, bound))
        if not one.passed
    ]


def _without(draft: Draft, found: MappingError) -> Draft:
    """Take what is found wrong out of the proposal."""
    message = found.message
    field, create = _FIELD.match(message), _CREATE.match(message)
    pair = draft.pair
    if field is not None and pair.has(field[1]):
        fields = tuple(
            one.as_suggestion(_said(message)) if one.name == field[1] else one
            for one in pair.fields
        )
        pair = with_rules(replace(pair, fields=fields), draft.kind, draft.shapes)
        return _with_examples(replace(draft, pair=pair))
    if create is not None:
        side = _SIDES[create[1]]
        kept = {one: text for one, text in pair.create.items() if one is not side}
        remark = f"no records are made in {SIDE_NAMES[side]}: {_said(message)}"
        pair = replace(pair, create=kept, remarks=(*pair.remarks, remark))
        return replace(draft, pair=pair)
    if message.startswith("examples") and pair.examples:
        return replace(draft, pair=replace(pair, examples=_others(pair, message)))
    key = _KEY.match(message)
    if key is not None and not pair.keys[_SIDES[key[1]]].casefold().startswith(_OWN):
        keys = {**pair.keys, _SIDES[key[1]]: f"{_OWN}{pair.keys[_SIDES[key[1]]]}"}
        return replace(draft, pair=replace(pair, keys=keys))
    raise ConfigError(
        f"init cannot propose {pair.name}: what it would write does not pass the checks "
        f"({message}). Name other --pairs; mappings/starter shows how to write this one"
    )


def _others(pair: ProposedPair, message: str) -> tuple[ProposedExample, ...]:
    number = re.match(r"examples\[(\d+)\]", message)
    at = int(number[1]) - 1 if number else 0
    return (*pair.examples[:at], *pair.examples[at + 1 :])


def _said(message: str) -> str:
    """Give what a finding says, without the path it begins with."""
    return message.partition(": ")[2].rstrip(".") or message


def _with_examples(draft: Draft) -> Draft:
    return replace(draft, pair=replace(draft.pair, examples=sample_examples(draft.pair)))


def _text(draft: Draft) -> str:
    return mapping_text(draft.pair)


def _file(draft: Draft) -> str:
    return f"mappings/{draft.pair.name}.yaml"
