"""The standard fields of a pair that mean the same, as far as both schemas allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mappings.kinds import default_type
from mappings.proposing.meanings import Meaning
from mappings.proposing.picklists import Table, is_same_list, translate
from mappings.proposing.proposal import LeftOut, ProposedField, Shapes, ValueLine, Why
from mappings.proposing.ways import Ways, arrow_of, ways
from mappings.words import FieldType
from sync.domain.record import Side
from sync.domain.rules import Arrow
from sync.domain.schema import FieldKind, FieldShape

__all__ = ["fitted", "standard_fields"]

_PICKLISTS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
#: Types an admin need not read: they say no more than that the value is text.
_UNSAID = frozenset({FieldType.TEXT, FieldType.MULTILINE, FieldType.CHOICE})
_TEXTS = frozenset({FieldKind.TEXT, FieldKind.MULTILINE})
#: Types whose values find their option of a picklist without a table.
_SPELLED = frozenset({"country", "boolean", "opt_out"})


def standard_fields(
    meanings: Sequence[Meaning], shapes: Shapes
) -> Iterator[ProposedField | LeftOut]:
    """Give each meaning both CRMs have a field for; those that cannot travel are left out."""
    done: set[str] = set()
    for meaning in meanings:
        left = shapes.left.fields.get(meaning.left)
        right = _right(meaning, shapes)
        if meaning.name in done or left is None or not right or not _is_for(meaning, shapes):
            continue
        done.add(meaning.name)
        yield _proposed(meaning, left, right)


def _right(meaning: Meaning, shapes: Shapes) -> dict[str, FieldShape]:
    """Give the Salesforce fields of a meaning that are there, by object."""
    return {
        name: found.fields[meaning.right[name]]
        for name, found in shapes.right.items()
        if meaning.right.get(name) in found.fields
    }


def _is_for(meaning: Meaning, shapes: Shapes) -> bool:
    return not meaning.needs or any(
        native.endswith(meaning.needs) for one in shapes.right.values() for native in one.fields
    )


def _proposed(
    meaning: Meaning, left: FieldShape, right: Mapping[str, FieldShape]
) -> ProposedField | LeftOut:
    reference = meaning.settings.get("type") == "user" or "pair" in meaning.settings
    found = ways(left, tuple(right.values()), reference=reference)
    if meaning.settings.get("type") == "country" and not found.none:
        found = ways(left, tuple(right.values()), reference=True)
    arrow = arrow_of(found, meaning.only)
    if arrow is None:
        why = Why.UNLIKE if found.by_kind else Why.READ_ONLY
        return LeftOut(
            side=Side.LEFT,
            object_name="",
            native=left.name,
            label=left.label,
            why=why,
            detail=found.because,
        )
    proposed = fitted(
        ProposedField(
            name=meaning.name,
            left=left.name,
            arrow=arrow,
            right={name: shape.name for name, shape in right.items()},
            settings=dict(meaning.settings),
            why="standard fields that mean the same",
            note=meaning.note,
            standard=True,
            native_default=meaning.native,
        ),
        left,
        right,
        found=found,
        known=meaning.known,
    )
    proposed = _with_placeholder(proposed, meaning, right)
    return proposed.as_suggestion(meaning.hint) if meaning.hint else proposed


def _with_placeholder(
    proposed: ProposedField, meaning: Meaning, right: Mapping[str, FieldShape]
) -> ProposedField:
    demanded = any(one.required for one in right.values())
    if not meaning.placeholder or not demanded or not proposed.travels_to(Side.RIGHT):
        return proposed
    return replace(proposed, settings={**proposed.settings, "if_blank": meaning.placeholder})


def fitted(
    proposed: ProposedField,
    left: FieldShape,
    right: Mapping[str, FieldShape],
    *,
    found: Ways,
    known: Mapping[str, str] | None = None,
) -> ProposedField:
    """Give the field with its type, its table of values, and what keeps a copy true."""
    proposed = _typed(proposed, left, right)
    proposed = _translated(proposed, left, tuple(right.values()), known or {})
    return _explained(proposed, left, right, found)


def _typed(
    proposed: ProposedField, left: FieldShape, right: Mapping[str, FieldShape]
) -> ProposedField:
    """Write the type down where it says something; a table of values needs none."""
    if "type" in proposed.settings or "pair" in proposed.settings:
        return proposed
    kind = default_type({left.kind, *(one.kind for one in right.values())}, has_values=False)
    if kind in _UNSAID:
        return proposed
    return replace(proposed, settings={"type": kind.value, **proposed.settings})


def _translated(
    proposed: ProposedField,
    left: FieldShape,
    right: Sequence[FieldShape],
    known: Mapping[str, str],
) -> ProposedField:
    """Add a table where two picklists meet; what too few lines cover travels one way or not."""
    lists = {left.kind, *(one.kind for one in right)} <= _PICKLISTS
    if not lists or proposed.settings.get("type") in _SPELLED or is_same_list(left, right):
        return proposed
    table = translate(left, right, known)
    covered = _covered(proposed.arrow, table)
    kept = {name: value for name, value in proposed.settings.items() if name != "type"}
    changed = replace(
        proposed,
        settings=kept | {"otherwise": "hold"},
        values=table.lines,
        open_values=table.open,
        arrow=covered or proposed.arrow,
    )
    if not table.sure:
        changed = replace(changed, values=(*table.lines, *_made_up(table)), sureness=30)
    if covered is None:
        return changed.as_suggestion(
            f"two picklists with {table.sure} of {min(table.left_count, table.right_count)} "
            "values in common; complete the table, then take the # away"
        )
    if covered is not proposed.arrow:
        side = "HubSpot" if covered is Arrow.TO_RIGHT else "Salesforce"
        changed = replace(
            changed, note=f"one way: most values of {side} have a line, not the others"
        )
    return changed


def _made_up(table: Table) -> tuple[ValueLine, ...]:
    """Show how a line looks where none could be found."""
    if table.lines or not table.left_open or not table.right_open:
        return ()
    return (ValueLine(table.left_open[0], table.right_open[0], sure=False),)


def _covered(arrow: Arrow, table: Table) -> Arrow | None:
    """Give the way in which enough values have a line, as far as the field travels at all."""
    to_right = arrow is not Arrow.TO_LEFT and table.covers_left
    to_left = arrow is not Arrow.TO_RIGHT and table.covers_right
    return arrow_of(Ways(to_right=to_right, to_left=to_left))


def _explained(
    proposed: ProposedField, left: FieldShape, right: Mapping[str, FieldShape], found: Ways
) -> ProposedField:
    """Say why a field goes one way only, and protect the copy of what nobody can edit."""
    note = proposed.note
    if not note and proposed.arrow is not Arrow.BOTH and found.because:
        note = found.because
    settings = dict(proposed.settings)
    if proposed.arrow is Arrow.TO_RIGHT and not left.updatable:
        settings["protect"] = "hubspot"
    elif proposed.arrow is Arrow.TO_LEFT and not any(one.updatable for one in right.values()):
        settings["protect"] = "salesforce"
    if proposed.arrow is not Arrow.BOTH:
        settings.pop("wins", None)
    return replace(proposed, note=note, settings=settings)
