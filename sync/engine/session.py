"""What every step of a run works with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from mappings.bound import BoundPair
from mappings.expression import ExpressionFailedError
from mappings.guard import Guard
from sync.domain.errors import RunLockedError
from sync.domain.ports import Crm
from sync.domain.record import RecordRef, Side
from sync.domain.resolutions import Resolution
from sync.domain.routing import OwedOwner, ToRoute
from sync.domain.stopping import Stop
from sync.domain.store import AuditEntry, Changes, Committed, Lease, NewError, Store
from sync.engine.courses import Courses
from sync.engine.facts_desk import FactsDesk
from sync.engine.sales_desk import SalesDesk

__all__ = ["Progress", "Revision", "Session", "Settings", "Silent", "hash_key", "rank_of"]


class Progress(Protocol):
    """Hears how far a step is."""

    def advance(self, step: str, done: int, total: int | None) -> None:
        """Tell that `done` of `total` (None if unknown) are through a step named for people."""
        ...


class Silent:
    """Tells nobody."""

    def advance(self, step: str, done: int, total: int | None) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The project's settings as a run needs them.

    `chunk` is how many records are dealt with at once, `merged` how many links are merged at once
    (0: `chunk`), the other sides of all of them read together. `index_lag` is how late a CRM's
    index may show an edit. `trust_count_for` is how long the number of records in a window may
    stand for reading it, where its newest page does not reach back far enough to prove that nothing
    else moved. `in_flight` is how many batches may be under way to one CRM at once; with more than
    one, both CRMs are read at the same time, too.
    """

    guard: Guard = field(default_factory=Guard)
    overlap: timedelta = timedelta(minutes=15)
    compare_every: timedelta = timedelta(hours=24)
    index_lag: timedelta = timedelta(minutes=1)
    trust_count_for: timedelta = timedelta(hours=6)
    chunk: int = 1_000
    merged: int = 0
    in_flight: int = 1


@dataclass(slots=True, kw_only=True)
class Revision:
    """What of a pair's mapping is not what its last whole run went by.

    `everything` names the rules that changed by which every record is looked at, `unlinked` those
    that matter to records without a link. `lines` tells whether any field's line changed; how many
    links wait to be looked at under it is in `waiting`, by field. `looked_at` counts the records
    without a link that were read again.
    """

    everything: tuple[str, ...] = ()
    unlinked: tuple[str, ...] = ()
    lines: bool = False
    waiting: Mapping[str, int] = field(default_factory=dict)
    looked_at: int = 0


@dataclass(slots=True, kw_only=True)
class Session:
    """One run: its pairs in dependency order, both CRMs, the state, and what it has found.

    `known` are the names of all pairs the mapping has, of which a run may be about some only.
    `lease` is the right to run, asked before each write; `stop` tells whether the run was asked to
    end, which it does where the next batch or page would begin.
    `new_conflicts` and `new_errors` count the items this run opened. `failures` are errors found
    before anything is written; they are kept with the first commit of their pair. `vacated` are
    the match keys, by pair, of unlinked records that are gone, `departed` those records.
    `pulled_at` is when each side was
    read, by its own clock. `revisions` say, by pair, what of its mapping is not what
    the last whole run went by. `reopened` are the fields, by pair, that are decided anew wherever
    their sides stand apart. `people_touched` names the pairs a field of which was decided that
    names people. `without` gives the reason for each pair left out, since an account does not
    give its object. `courses` are, by pair, the links that go over to other records.
    `owners_read` are, by pair of rows and side, the owners whose rows this run has read as changed
    ones, `late_owners` those it has linked and not read. `handed` are those to be handed over,
    whose owners are still to be chosen; `owed` are owners a run before this one chose, and was cut
    off before it wrote them. `finds_first` tells, by pair of people, whether this is the first run
    that looks at their stages. `converted` are what remembered records were converted into, with
    when; `named_before` the ids by which others name one: those of leads that were converted into
    it before they were linked. `resolved` is what people decided, by pair, link and field, until it
    is carried out, `chosen` which unlinked records they said are one.
    `doubted` are the links, by pair, that are looked at again although nothing of them changed;
    `returning` the closed ones a record of which is back. `archived` are the records this run has
    archived, by pair and side.
    `unanswered` is what creates sent that a run before this one had no answer to, by the record
    each was made from; `found_made` what of that was sent to records found since, by both records.
    `compared` names the pairs all records of which were compared, seen to have
    changed or not. `taken_as_sent` are the fields, by link and side, that hold what a write without
    an answer sent there; whether it was, or somebody entered the same, nobody can tell.
    `unsettled` are the intents of this run whose update may have been carried out and was never
    said to be, by side and record, each with the fields it sent: the next run looks after them.
    """

    pairs: tuple[BoundPair, ...]
    crms: Mapping[Side, Crm]
    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    run: int
    known: frozenset[str] = frozenset()
    lease: Lease | None = None
    stop: Stop = field(default_factory=Stop)
    progress: Progress = field(default_factory=Silent)
    new_conflicts: int = 0
    new_errors: int = 0
    failures: list[NewError] = field(default_factory=list)
    vacated: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    departed: list[tuple[str, Side, RecordRef]] = field(default_factory=list)
    revisions: dict[str, Revision] = field(default_factory=dict)
    reopened: dict[str, frozenset[str]] = field(default_factory=dict)
    people_touched: set[str] = field(default_factory=set)
    pulled_at: dict[Side, datetime] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    sales: SalesDesk | None = None
    facts: FactsDesk | None = None
    courses: dict[str, Courses] = field(default_factory=dict)
    owners_read: dict[tuple[str, Side], set[str]] = field(default_factory=dict)
    late_owners: dict[tuple[str, Side], set[str]] = field(default_factory=dict)
    handed: dict[str, ToRoute] = field(default_factory=dict)
    owed: dict[int, OwedOwner] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)
    finds_first: dict[str, bool] = field(default_factory=dict)
    converted: dict[tuple[str, Side, RecordRef], datetime] = field(default_factory=dict)
    named_before: dict[tuple[str, Side, RecordRef], set[str]] = field(default_factory=dict)
    resolved: dict[str, dict[int, dict[str, Resolution]]] = field(default_factory=dict)
    chosen: dict[str, list[Resolution]] = field(default_factory=dict)
    doubted: Mapping[str, frozenset[int]] = field(default_factory=dict)
    returning: dict[str, set[int]] = field(default_factory=dict)
    archived: dict[tuple[str, Side], set[str]] = field(default_factory=dict)
    unanswered: dict[tuple[str, Side, RecordRef], Sequence[AuditEntry]] = field(
        default_factory=dict
    )
    found_made: dict[tuple[str, RecordRef, RecordRef], Sequence[AuditEntry]] = field(
        default_factory=dict
    )
    taken_as_sent: set[tuple[int, Side, str]] = field(default_factory=set)
    unsettled: dict[tuple[Side, RecordRef], dict[int, set[str]]] = field(default_factory=dict)
    _secret: bytes = b""

    def revision(self, pair: str) -> Revision:
        """Give what of a pair's mapping changed."""
        return self.revisions.setdefault(pair, Revision())

    def commit(self, changes: Changes) -> Committed:
        """Write one batch's changes and count what they opened."""
        done = self.store.commit(changes, run=self.run, at=self.clock())
        self.new_conflicts += done.conflicts
        self.new_errors += done.errors
        self._forget_links(changes)
        return done

    def _forget_links(self, changes: Changes) -> None:
        """Have references look their records up again: some have a counterpart now, or lost it.

        New links concern those that refer to their pair alone.
        """
        others = bool(changes.link_states or changes.moved or changes.joined)
        grown = {link.pair for link in changes.links}
        for pair in self.pairs if others or grown else ():
            for rule in pair.rules:
                if rule.refers is not None and (others or rule.refers.pair in grown):
                    rule.refers.forget()

    def note_failure(
        self,
        pair: str,
        fault: ExpressionFailedError,
        *,
        side: Side,
        ref: RecordRef | None = None,
        origin: RecordRef | None = None,
        link_id: int | None = None,
    ) -> None:
        """Note an expression that failed on a record, to be kept as an error item."""
        self.failures.append(
            NewError(
                pair=pair,
                side=side,
                ref=ref,
                origin=origin,
                link_id=link_id,
                category="expression",
                code="EXPRESSION_FAILED",
                message=str(fault),
                fix="Mend the expression in the mapping file, or the value it reads.",
            )
        )

    def hash(self, pair: str, rule: int, key: str) -> str:
        """Give the keyed hash under which a match key is kept."""
        if not self._secret:
            self._secret = self.store.runs.secret()
        return hash_key(self._secret, pair, rule, key)

    def ensure_ours(self) -> None:
        """Stop before anything is sent where another run took over, or this one is to end."""
        self.stop.ensure_going()
        if self.lease is not None and not self.lease.held:
            raise RunLockedError(
                "another run took over while this one was asleep; it stopped before its next "
                "write, and the other run goes on"
            )

    def advance(self, step: str, done: int, total: int | None) -> None:
        """Tell how far a step is, between two pages or batches: a run that is to end ends here."""
        self.stop.ensure_going()
        self.progress.advance(step, done, total)

    def title(self, side: Side) -> str:
        """Give a side's name as people read it."""
        return self.crms[side].title


def hash_key(secret: bytes, pair: str, rule: int, key: str) -> str:
    """Give the keyed hash of a match key: equal keys are found, none can be read back."""
    text = f"{pair}\x1f{rule}\x1f{key}".encode()
    return hashlib.blake2b(text, key=secret, digest_size=16).hexdigest()


def rank_of(pair: BoundPair, side: Side, ref: RecordRef) -> int:
    """Give the place of a record's object in the pair's order of preference."""
    names = pair.objects[side]
    return names.index(ref.object_name) if ref.object_name in names else len(names)
