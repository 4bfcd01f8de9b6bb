"""What the decisions of one link add up to: writes, settled and held fields, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.bound import BoundPair
from sync.domain.merge import Decision, FieldView, Reason, Verdict
from sync.domain.plan import FieldWrite, Held, Refused, Waiting
from sync.domain.record import Native, Side
from sync.domain.rules import FieldRule, Referred
from sync.engine.both import Both

__all__ = ["Draft", "merged_record", "why_left"]


@dataclass(slots=True)
class Draft:
    """What the decisions of one link add up to."""

    writes: list[FieldWrite] = field(default_factory=list)
    settled: dict[str, tuple[Native, Native]] = field(default_factory=dict)
    seen: dict[str, tuple[Native, Native]] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    carried: list[str] = field(default_factory=list)
    put_off: list[str] = field(default_factory=list)

    def take(
        self,
        rule: FieldRule,
        both: Both,
        view: FieldView,
        decision: Decision,
    ) -> None:
        """Take in the decision on one field."""
        cause = both.cause(rule.name)
        if decision.verdict is not Verdict.WRITE:
            self.seen[rule.name] = (both.raw(rule, Side.LEFT), both.raw(rule, Side.RIGHT))
        match decision.verdict:
            case Verdict.NOTHING:
                if decision.settled:
                    self.settled[rule.name] = (view.left.now, view.right.now)
                if decision.reason is Reason.WAITS and rule.refers is not None:
                    self.waiting.append(_waiting(rule, rule.refers, both, view, decision))
            case Verdict.WRITE:
                self.writes.append(_write(rule, both, view, decision, beside=decision.also))
                if decision.also is not None:
                    self.writes.append(_write(rule, both, view, decision.also, beside=decision))
            case Verdict.HOLD:
                self.held.append(_held(rule, view, decision, cause))
            case Verdict.REFUSE:
                assert decision.target is not None
                assert decision.trouble is not None
                self.refused.append(
                    Refused(
                        side=decision.target,
                        name=rule.name,
                        native_name=both.native_name(rule, decision.target) or rule.name,
                        code=decision.trouble.code,
                        message=decision.trouble.message,
                        fix=decision.trouble.fix,
                    )
                )

        if cause and decision.verdict is not Verdict.WRITE:
            (self.put_off if _is_put_off(decision) else self.carried).append(rule.name)

    def keep_base(self, rule: FieldRule, view: FieldView) -> None:
        """Keep what both sides of a new link agreed on before, unless they agree anew."""
        self.settled.setdefault(rule.name, (view.left.shadow, view.right.shadow))

    def note(self, rule: FieldRule, both: Both) -> None:
        """Keep what was read of an untouched field where it was seen otherwise, or waited."""
        if rule.name in both.unseen or rule.name in both.arrived:
            self.seen[rule.name] = (both.raw(rule, Side.LEFT), both.raw(rule, Side.RIGHT))

    def parts(self) -> dict[str, Any]:
        """Give what an item is made of."""
        return {
            "writes": tuple(self.writes),
            "settled": self.settled,
            "seen": self.seen,
            "held": tuple(self.held),
            "refused": tuple(self.refused),
            "waiting": tuple(self.waiting),
            "carried": tuple(self.carried),
            "put_off": tuple(self.put_off),
        }

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to do and nothing to note."""
        return not any(self.parts().values())


def _write(
    rule: FieldRule, both: Both, view: FieldView, decision: Decision, *, beside: Decision | None
) -> FieldWrite:
    """Give one write of a field; what is written `beside` it is what the other side will hold."""
    target = decision.target
    assert target is not None
    native_name = both.native_name(rule, target)
    assert native_name is not None
    across = view.of(target.other).now if beside is None else beside.value
    return FieldWrite(
        side=target,
        name=rule.name,
        native_name=native_name,
        old=view.of(target).now,
        new=decision.value,
        origin=across,
        raw=both.raw(rule, target.other) if beside is None else across,
        reason=decision.reason,
        overruled=decision.overruled,
        apart=_stands_apart(rule, both, target),
        cause=both.cause(rule.name),
    )


def _is_put_off(decision: Decision) -> bool:
    """Tell whether a value stays as an earlier line left it, for now."""
    if decision.verdict in (Verdict.HOLD, Verdict.REFUSE):
        return True
    return decision.reason in (Reason.WAITS, Reason.TARGET_STAYS)


def _stands_apart(rule: FieldRule, both: Both, side: Side) -> bool:
    """Tell whether a side keeps a field beside the record, to be written by itself."""
    return (side, both.record(side).ref.object_name) in rule.apart


def _waiting(
    rule: FieldRule, refers: Referred, both: Both, view: FieldView, decision: Decision
) -> Waiting:
    """Give what is written once the record a reference names is on the other side."""
    assert decision.target is not None
    named = view.of(decision.target.other).now
    assert named is not None
    return Waiting(
        side=decision.target,
        name=rule.name,
        native_name=both.native_name(rule, decision.target) or rule.name,
        refers=refers.pair,
        id=named,
        reason=decision.why,
        old=view.of(decision.target).now,
        overruled=decision.overruled,
        apart=_stands_apart(rule, both, decision.target),
    )


def _held(rule: FieldRule, view: FieldView, decision: Decision, cause: str) -> Held:
    trouble = decision.trouble
    why = trouble.message if trouble else ""
    return Held(
        name=rule.name,
        left=view.left.now,
        right=view.right.now,
        reason=decision.reason,
        why=f"{why or decision.reason} ({cause})" if cause else why,
        proposal=trouble.fix if trouble else _proposal(view),
    )


def _proposal(view: FieldView) -> str:
    """Propose the side whose record changed last, as far as the stamps go."""
    left, right = view.left.evidence.until, view.right.evidence.until
    if left is None or right is None or left == right:
        return ""
    return Side.LEFT if left > right else Side.RIGHT


def why_left(
    pair: BoundPair, both: Both, draft: Draft, *, known: Mapping[str, Native] | None = None
) -> str | None:
    """Give the rule by which the merged record is not included any more, on either side.

    `known` is the merged record, where it was worked out already.
    """
    if not pair.has_include:
        return None
    merged = known if known is not None else merged_record(pair, both, draft)
    why = (pair.why_excluded(side, merged) for side in Side)
    return next((one for one in why if one is not None), None)


def merged_record(pair: BoundPair, both: Both, draft: Draft) -> dict[str, Native]:
    """Give the merged record in canonical form, as expressions see it."""
    written = {write.name: write for write in draft.writes}
    apart = draft.apart | set(draft.seen)
    merged: dict[str, Native] = {}
    for rule in pair.rules:
        source = rule.arrow.source
        side = source or (
            Side.LEFT
            if rule.native_name(Side.LEFT, both.record(Side.LEFT).ref.object_name)
            else Side.RIGHT
        )
        write = written.get(rule.name)
        if source is None and write is not None:
            side = write.side.other
            value = write.origin
        elif source is None and rule.name in apart and both.has_base(rule):
            value = both.view(rule).of(side).shadow
        else:
            value = both.now(rule, side)
        merged[rule.name] = rule.codec.canonical(side, value, region=both.region)
    return merged
