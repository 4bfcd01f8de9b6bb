"""One field whose mapping line changed since it was carried last: what travels, and why.

Pure, as `sync.domain.merge` is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sync.domain.merge import (
    Decision,
    FieldView,
    Forms,
    Reason,
    Verdict,
    carry_value,
    link_field,
    merge_field,
)
from sync.domain.record import Native, Side
from sync.domain.rules import Arrow, FieldRule, FirstSync

__all__ = ["carry_again"]

NOTHING_STANDS_IN: Mapping[Side, Native] = MappingProxyType({})


def carry_again(
    rule: FieldRule,
    view: FieldView,
    *,
    turned: Side | None,
    origin: Side | None,
    stand_ins: Mapping[Side, Native] = NOTHING_STANDS_IN,
    stood_in: Native = None,
) -> Decision:
    """Decide a field that both sides agreed on under another line (F19).

    `turned` is the side on which the line names another native field now, whose shadow is of the
    old one. `origin` is the side the value came from, as far as the audit says; `stand_ins`
    are what each side demands in the place of a blank, `stood_in` what was written there before.

    What somebody edited since travels as ever. Else a value the new line carries as the old one
    did stays; another is carried again: from the only side a one-way line carries from, from the
    side whose native field is the same as before, or from where the audit says it came from. Where
    the audit does not know, it fills a blank, and of two values none is chosen.
    """
    if not (view.left.held and view.right.held):
        return _settled(Reason.NOT_HELD)
    forms = Forms(rule, view)
    if forms.agree():
        return _settled(Reason.AGREED)
    if rule.opt_out and rule.arrow is Arrow.BOTH:
        return link_field(rule, view, first_sync=FirstSync.HOLD)
    one_way = rule.arrow.source
    if turned is None and (
        _agreed_before(rule, view) or (one_way is None and any(forms.edited(side) for side in Side))
    ):
        return merge_field(rule, view)
    if one_way is not None:
        source: Side | None = one_way
    elif turned is not None:
        source = turned if forms.blank(turned.other) else turned.other
    else:
        source = origin or _beside_blank(view, forms, stood_in)
    if source is None:
        return Decision(verdict=Verdict.HOLD, reason=Reason.HOLD_LINE_CHANGED)
    if forms.blank(source):
        ours = origin is not None or view.of(source.other).now == stood_in
        stand_in = stand_ins.get(source.other) if ours else None
        return _blank_again(view, target=source.other, stand_in=stand_in)
    ours = turned is None and origin is source and not forms.edited(source.other)
    overruled = None if ours or forms.blank(source.other) else source.other
    return carry_value(rule, view, origin=source, reason=Reason.LINE_CHANGED, overruled=overruled)


def _beside_blank(view: FieldView, forms: Forms, stood_in: Native) -> Side | None:
    """Give the side a value fills a blank from; the blank one where a stand-in is beside it."""
    blank = next((side for side in Side if forms.blank(side)), None)
    if blank is None:
        return None
    return blank if view.of(blank.other).now == stood_in else blank.other


def _agreed_before(rule: FieldRule, view: FieldView) -> bool:
    """Tell whether what both sides agreed on last, they agree on under the new line too."""
    before = replace(
        view,
        left=replace(view.left, now=view.left.shadow),
        right=replace(view.right, now=view.right.shadow),
    )
    return Forms(rule, before).agree()


def _blank_again(view: FieldView, *, target: Side, stand_in: Native) -> Decision:
    """Carry a blank again: what stands for it is written anew, yet it never empties a value."""
    if stand_in is None or view.of(target).now == stand_in:
        return _settled(Reason.KEPT_APART)
    return Decision(
        verdict=Verdict.WRITE, reason=Reason.LINE_CHANGED, target=target, value=stand_in
    )


def _settled(reason: Reason) -> Decision:
    return Decision(verdict=Verdict.NOTHING, reason=reason, settled=True)
