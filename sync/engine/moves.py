"""Links follow their records: into the survivor of a merge, into what a lead was converted into.

Decided for a pair as a whole before anything is merged, since where two records become one, two
links may lay claim to it (R14 to R18). Only one keeps it; the other is closed once both sides are
one, and held as long as people have two records across.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mappings.bound import BoundPair
from sync.domain.plan import Move
from sync.domain.record import Native, Record, RecordRef, Side
from sync.domain.store import (
    Link,
    LinkState,
    RecordState,
    Sighting,
    SightingKind,
    TrackedRecord,
)
from sync.engine.courses import HEIR_OF_UNLINKED, Course, Courses, Fate, with_refs
from sync.engine.departures import is_gone
from sync.engine.references import LinkedPair
from sync.engine.returns import coming_back
from sync.engine.session import Session
from sync.engine.settle import stage_records
from sync.engine.sight import CONVERTED, tombstone, was_there

__all__ = ["follow", "let_go"]

_End = tuple[Side, RecordRef]


def follow(session: Session, pair: BoundPair) -> Courses:
    """Decide what becomes of the links whose staged records live on as others.

    What was decided before in this run, and not applied since, stays. The records links go over
    to are staged as theirs.
    """
    courses = session.courses.setdefault(pair.name, Courses())
    _Follower(session, pair, courses).follow()
    return courses


def let_go(session: Session, pair: BoundPair) -> None:
    """Let go of what was decided of a pair's links: it is kept by now, or another run did it."""
    session.courses.pop(pair.name, None)
    session.returning.pop(pair.name, None)
    _tell_references(session, pair, Courses())


class _Follower:
    """Decides the courses of one pair."""

    def __init__(self, session: Session, pair: BoundPair, courses: Courses) -> None:
        self._session = session
        self._pair = pair
        self._courses = courses
        self._known: dict[_End, Sighting] = {}
        self._links: dict[int, Link] = {}
        #: Where the records of each link are by now, where not where the link says.
        self._ends: dict[tuple[int, Side], RecordRef] = {}
        self._lost: dict[int, bool] = {}
        self._without: set[tuple[int, Side]] = set()
        #: Records of links that are held which cannot be read.
        self._unseen: set[tuple[int, Side]] = set()
        #: What records of links that are held became, and no link has that goes on.
        self._owned: set[_End] = set()
        #: Closed links that are opened again, since a record of theirs is back.
        self._back: set[int] = set()

    def follow(self) -> None:
        self._read_heirs()
        self._find_ends()
        self._find_survivors_of_rivals()
        self._find_returning()
        if not self._links:
            return
        self._find_contenders()
        losers = self._contest()
        while self._find_who_waits_beside(losers):
            self._find_contenders()
            losers = self._contest()
        for link_id in sorted(self._links):
            if link_id not in self._courses.told:
                self._decide(link_id, losers)
        _tell_references(self._session, self._pair, self._courses)

    # --- what lives on as what ------------------------------------------------------------------

    def _read_heirs(self) -> None:
        """Read what the staged records live on as, to the end of each chain."""
        tombs = self._courses.tombs
        asked: set[_End] = set()
        while True:
            staged = self._session.store.staging.moved(self._pair.name)
            tombs.update({(one.link_id or 0, one.side): one for one in staged})
            found = tombs.values()
            pending = {(one.side, one.record.successor) for one in found if one.record.successor}
            fresh = pending - asked
            if not fresh:
                return
            # Among what is read may be records that have swallowed others.
            while fresh:
                asked |= fresh
                fresh = self._read(fresh) - asked

    def _read(self, ends: Iterable[_End]) -> set[_End]:
        """Stage records by id; give what they live on as, where they are gone, too."""
        store, name = self._session.store, self._pair.name
        for side in Side:
            refs = sorted(ref for at, ref in ends if at is side)
            staged = dict(store.staging.of(name, side, refs))
            missing = [ref for ref in refs if ref not in staged]
            if missing:
                stage_records(self._session, self._pair, side, missing, as_seen=True)
                staged.update(store.staging.of(name, side, missing))
            self._known.update({(side, ref): one for ref, one in staged.items()})
        return {
            (side, one.record.successor)
            for side, ref in ends
            if (one := self._known.get((side, ref))) is not None
            and is_gone(one)
            and one.record.successor is not None
        }

    def _find_ends(self) -> None:
        """Tell where the records of links are by now, those that cannot be read apart."""
        store = self._session.store
        links = store.links.by_id(sorted({link_id for link_id, _ in self._courses.tombs}))
        for (link_id, side), tomb in self._courses.tombs.items():
            link = links.get(link_id)
            if link is None or link.state is LinkState.CLOSED:
                continue
            heir = self._heir(tomb)
            if heir is None:
                self._links[link_id] = link
                self._lost[link_id] = self._is_mapped(tomb)
            elif heir.record.gone:
                self._stage_deleted(tomb)
                if tomb.record.frozen:
                    self._bury(link_id, heir)
            elif heir.record.ref != link.ref(side):
                self._links[link_id] = link
                self._ends[link_id, side] = heir.record.ref

    def _heir(self, tomb: Sighting) -> Sighting | None:
        """Give what a record lives on as; a deleted one at the end of a chain is given as such."""
        one, passed = tomb, {tomb.record.ref}
        while is_gone(one):
            successor = one.record.successor
            if successor is None:
                return one if one.record.gone else None
            found = self._known.get((one.side, successor))
            if found is None or successor in passed:
                return None
            passed.add(successor)
            one = found
        return one

    def _is_mapped(self, tomb: Sighting) -> bool:
        """Tell whether the pair keeps records like the one it lives on as."""
        successor = tomb.record.successor
        return successor is None or successor.object_name in self._pair.objects[tomb.side]

    def _stage_deleted(self, tomb: Sighting) -> None:
        """Let a record count as deleted: what it lived on as is deleted."""
        record = replace(tomb.record, gone=True, successor=None)
        deleted = replace(tomb, record=record, kind=SightingKind.GONE, keys=())
        self._session.store.staging.add(self._pair.name, [deleted])

    def _bury(self, link_id: int, heir: Sighting) -> None:
        """Note what a record was converted into and is deleted: restored, it is nobody new (R9)."""
        record, side = heir.record, heir.side
        if not self._session.store.records.get(self._pair.name, side, [record.ref]):
            grave = TrackedRecord(
                side=side,
                ref=record.ref,
                stamp=record.stamp,
                created=record.created,
                state=RecordState.GONE,
                why=HEIR_OF_UNLINKED,
            )
            self._courses.graves[link_id] = [grave]

    # --- links that were held, and a record of theirs or of their rival's goes -------------------

    def _find_survivors_of_rivals(self) -> None:
        """Look at links that wait beside one whose record is deleted, or lose one themselves."""
        store, name = self._session.store, self._pair.name
        for page in store.staging.gone_links(name, size=self._session.settings.chunk):
            gone = {one.link_id: one for one in page if one.record.successor is None}
            ids = [link_id for link_id in gone if link_id is not None]
            self._find_freed({one.link_id or 0: one.side for one in page})
            rivals = store.links.rivals(name, ids)
            stays = store.links.by_id(list(rivals))
            for link_id, others in rivals.items():
                for side, other in others:
                    self._follow_rival(stays[link_id], other, side, gone=gone[link_id])

    def _find_freed(self, gone: Mapping[int, Side]) -> None:
        """Look at links that wait since one record went up in another link's, and lose the other.

        Nothing is left for a person to say, and nothing to be deleted.
        """
        store, name = self._session.store, self._pair.name
        asleep = [
            link
            for link in store.links.by_id(list(gone)).values()
            if link.state is LinkState.ASLEEP
        ]
        for side in Side:
            own = {one.ref(side.other): one for one in asleep if gone[one.id] is side}
            led = store.links.former_of(name, side.other, list(own), became=True) if own else {}
            self._links.update(
                (own[ref].id, own[ref]) for ref, into in led.items() if into.id != own[ref].id
            )

    def _follow_rival(self, stays: Link, other: Link, side: Side, *, gone: Sighting) -> None:
        """Let a link that waited take the place of the one whose record is deleted."""
        if side is gone.side:
            # The record both had is deleted, so the one that went up in it is, too.
            tomb = tombstone(other, side, stamp=gone.record.stamp)
            self._session.store.staging.add(self._pair.name, [tomb])
            return
        # The record both had may itself have gone up in another one since.
        now = self._ends.get((stays.id, side), stays.ref(side))
        self._read({(side, now)})
        if (side, now) in self._known:
            self._links.update({stays.id: stays, other.id: other})
            self._ends[other.id, side] = now
            self._without.add((stays.id, gone.side))

    def _find_who_waits_beside(self, losers: Iterable[int]) -> bool:
        """Look at links that wait beside one which loses its own place; tell whether there are."""
        found = self._session.store.links.rivals(self._pair.name, sorted(losers))
        waiting = {other.id: other for others in found.values() for _, other in others}
        fresh = {id: other for id, other in waiting.items() if id not in self._links}
        self._links.update(fresh)
        return bool(fresh)

    def _find_returning(self) -> None:
        """Let closed links a record of which is back have a say in whose the other one is (R13)."""
        back = coming_back(self._session, self._pair)
        self._links.update(back)
        self._back.update(back)

    # --- who has which record --------------------------------------------------------------------

    def _end(self, link_id: int, side: Side) -> RecordRef:
        if link_id in self._courses.told:
            return self._courses.by_link[link_id].link.ref(side)
        return self._ends.get((link_id, side)) or self._links[link_id].ref(side)

    def _find_contenders(self) -> None:
        """Find the links that have the records others go over to, and those these wait for."""
        store, name = self._session.store, self._pair.name
        while True:
            before = len(self._links)
            for side in Side:
                refs = sorted({self._end(link_id, side) for link_id in self._links})
                for link in store.links.of(name, side, refs).values():
                    self._links.setdefault(link.id, link)
            self._find_where_waiting_links_are()
            if len(self._links) == before:
                break
        self._find_without()

    def _find_where_waiting_links_are(self) -> None:
        """Let links that are held have the record that theirs went up in."""
        store, name = self._session.store, self._pair.name
        asleep = [one for one in self._links.values() if one.state is LinkState.ASLEEP]
        for side in Side:
            own = {one.ref(side): one for one in asleep if (one.id, side) not in self._ends}
            led = store.links.former_of(name, side, sorted(own), became=True)
            for ref, into in led.items():
                if into.id != own[ref].id:
                    self._links.setdefault(into.id, into)
                    self._ends[own[ref].id, side] = self._end(into.id, side)

    def _find_without(self) -> None:
        """Note the links one record of which is deleted."""
        store, name = self._session.store, self._pair.name
        self._read_who_waits()
        staged = store.staging.of_links(name, list(self._links))
        for (link_id, side), one in staged.items():
            if one.record.gone and one.record.successor is None:
                self._without.add((link_id, side))
        for side in Side:
            own = {link.ref(side): link.id for link in self._links.values()}
            known = store.records.get(name, side, list(own))
            self._without.update(
                (own[ref], side)
                for ref, one in known.items()
                if one.state is RecordState.GONE
                and (own[ref], side) not in self._ends
                and (own[ref], side) not in staged
                and (side, ref) not in self._known
            )

    def _read_who_waits(self) -> None:
        """Read the records of links that are held: one that is deleted takes no other's place."""
        ends = {
            (side, link.ref(side))
            for link in self._links.values()
            if link.state is LinkState.ASLEEP and link.id not in self._courses.told
            for side in Side
            if (link.id, side) not in self._ends and (link.id, side) not in self._unseen
        }
        if unread := ends - self._known.keys():
            self._read(unread)
        # Not to be read is no proof that one is deleted: its link waits on, and takes nothing.
        self._unseen.update(
            (link.id, side)
            for link in self._links.values()
            for side in Side
            if (side, link.ref(side)) in unread and (side, link.ref(side)) not in self._known
        )

    def _contest(self) -> dict[int, int]:
        """Give the links that lose a record to another link, with that link.

        A record that is deleted is had by none, and lost to none: each goes the way of its other.
        """
        claims: dict[_End, list[int]] = {}
        for link_id in sorted(self._links):
            if link_id not in self._lost and not self._is_told_over(link_id):
                for side in Side:
                    if (link_id, side) not in self._without:
                        claims.setdefault((side, self._end(link_id, side)), []).append(link_id)
        losers: dict[int, int] = {}
        while beaten := self._beaten(claims, losers):
            # One that loses its other record takes this one from nobody.
            losers.update({one: by for one, by in beaten.items() if by not in beaten})
        return self._left_to_whole(claims, losers)

    def _left_to_whole(
        self, claims: Mapping[_End, Sequence[int]], losers: Mapping[int, int]
    ) -> dict[int, int]:
        """Let links that only wait to be ended lose their record to one that is to wait with it."""
        broken = {link_id for link_id, _ in self._without | self._unseen}
        found = dict(losers)
        for end in sorted(claims):
            for link_id in claims[end]:
                if link_id not in broken or link_id in found:
                    continue
                whole = [one for one in claims[end] if one not in broken]
                # Not to one that loses this very record to it.
                if heirs := [one for one in whole if losers.get(one) != link_id]:
                    found[link_id] = min(heirs, key=lambda one: self._claim(one, end))
        return found

    def _beaten(
        self, claims: Mapping[_End, Sequence[int]], losers: Mapping[int, int]
    ) -> dict[int, int]:
        """Give who loses a record to whom, among the links that have not lost one for good."""
        beaten: dict[int, int] = {}
        for end in sorted(claims):
            left = [one for one in claims[end] if one not in losers and one not in beaten]
            if len(left) > 1:
                keeper = min(left, key=lambda link_id: self._claim(link_id, end))
                beaten.update({link_id: keeper for link_id in left if link_id != keeper})
        return beaten

    def _is_told_over(self, link_id: int) -> bool:
        """Tell whether a link has its item already by which it has no record any more."""
        course = self._courses.of(link_id) if link_id in self._courses.told else None
        return course is not None and course.fate in (Fate.JOINED, Fate.LOST)

    def _claim(self, link_id: int, end: _End) -> tuple[bool, bool, bool, bool, bool, int, int]:
        """Give how good a link's claim is to a record that several have; the lowest wins.

        One that has its item already; one that is whole; the record's own link; one that was not
        held before; the one it names itself; the one it swallowed first.
        """
        side, ref = end
        link = self._links[link_id]
        heir = self._known.get(end)
        aliases = heir.record.aliases if heir is not None else ()
        own = link.ref(side)
        return (
            link_id not in self._courses.told,
            (link_id, side.other) in self._without,
            own != ref,
            link.state is LinkState.ASLEEP,
            heir is None or heir.counterpart != self._end(link_id, side.other).id,
            aliases.index(own.id) if own.id in aliases else len(aliases),
            # Of those that are back the one that was linked last.
            -link_id if link_id in self._back else link_id,
        )

    # --- the courses ------------------------------------------------------------------------------

    def _decide(self, link_id: int, losers: Mapping[int, int]) -> None:
        was = self._links[link_id]
        if link_id in self._lost:
            self._lose(was)
            return
        keeper = losers.get(link_id)
        moves = self._moves(link_id)
        if link_id in self._back:
            if keeper is not None:
                self._stage_as_unlinked(link_id)
            else:
                self._stage_as_linked_again(was)
        elif keeper is not None:
            course = Course(
                fate=self._fate_beside(link_id, keeper, losers),
                was=was,
                link=was,
                moves=moves,
                into=self._as_it_will_be(keeper, losers),
            )
            self._courses.by_link[link_id] = self._with_own(course, keeper)
        elif moves := self._within_reach(link_id, moves):
            course = Course(
                fate=Fate.FOLLOWS,
                was=was,
                link=self._as_it_will_be(link_id, losers),
                moves=moves,
                existed=self._existed(link_id),
            )
            self._courses.by_link[link_id] = course
            self._stage_as_its_own(course)

    def _lose(self, was: Link) -> None:
        """Let a link sleep whose record cannot be read; its other one is followed all the same."""
        own = [
            move
            for move in self._moves(was.id)
            if not self._is_claimed(was.id, move.side) and self._are_there([move])
        ]
        self._courses.by_link[was.id] = Course(
            fate=Fate.LOST,
            was=was,
            link=with_refs(
                was, {side: was.ref(side) for side in Side} | {one.side: one.heir for one in own}
            ),
            readable=self._lost[was.id],
            moves=(*self._unread(was.id), *own),
        )
        self._stage(was.id, own)

    def _is_claimed(self, link_id: int, side: Side) -> bool:
        """Tell whether another link has or gets the record that this one goes over to."""
        end = self._end(link_id, side)
        return any(other != link_id and self._end(other, side) == end for other in self._links)

    def _within_reach(self, link_id: int, moves: Sequence[Move]) -> tuple[Move, ...]:
        """Give the moves to what is there; a side that went up in a deleted record stays."""
        found = []
        for move in moves:
            if self._are_there([move]):
                found.append(move)
            else:
                self._ends.pop((link_id, move.side), None)
        return tuple(found)

    def _with_own(self, course: Course, keeper: int) -> Course:
        """Let a link that is held go over to what its other record became, which is nobody else's.

        Of several that are held, one has it; the others are of no use to anybody.
        """
        if course.fate is not Fate.HELD:
            return course
        link_id = course.was.id
        own = [one for one in course.moves if one.heir != self._end(keeper, one.side)]
        if any((one.side, one.heir) in self._owned or self._is_kept(one) for one in own):
            return replace(course, fate=Fate.JOINED)
        if not own or not self._are_there(own):
            return course
        self._owned.update((one.side, one.heir) for one in own)
        held = with_refs(
            course.was,
            {side: course.was.ref(side) for side in Side} | {one.side: one.heir for one in own},
        )
        self._stage(link_id, own)
        return replace(course, link=held)

    def _is_kept(self, move: Move) -> bool:
        """Tell whether what a record became is the own record of a link that goes on already."""
        broken = {link_id for link_id, _ in self._without}
        return any(
            link.ref(move.side) == move.heir
            for link in self._links.values()
            if link.id not in broken
        )

    def _are_there(self, moves: Iterable[Move]) -> bool:
        """Tell whether what a link goes over to can be read; a link that waited did not ask yet."""
        ends = {(move.side, move.heir) for move in moves}
        if unread := ends - self._known.keys():
            self._read(unread)
        return all(end in self._known and not is_gone(self._known[end]) for end in ends)

    def _fate_beside(self, link_id: int, keeper: int, losers: Mapping[int, int]) -> Fate:
        """Tell whether a link that loses a record has any reason to wait."""
        same = all(self._end(link_id, side) == self._end(keeper, side) for side in Side)
        alone = any((link_id, side) in self._without for side in Side)
        # Its other record may be another link's by now, too.
        taken = any(
            self._end(other, side) == self._end(link_id, side)
            for other in self._links
            if other not in losers and other not in self._lost and other != keeper
            for side in Side
        )
        return Fate.JOINED if same or alone or taken else Fate.HELD

    def _as_it_will_be(self, link_id: int, losers: Mapping[int, int]) -> Link:
        link = with_refs(self._links[link_id], {side: self._end(link_id, side) for side in Side})
        opens = link.state is LinkState.ASLEEP or link_id in self._back
        return replace(link, state=LinkState.OPEN) if opens and link_id not in losers else link

    def _moves(self, link_id: int) -> tuple[Move, ...]:
        link = self._links[link_id]
        found = []
        for side in Side:
            heir = self._end(link_id, side)
            if heir == link.ref(side):
                continue
            tomb = self._courses.tombs.get((link_id, side))
            found.append(
                Move(
                    side=side,
                    former=link.ref(side),
                    heir=heir,
                    why=_why(tomb, link.ref(side), heir),
                    lost=self._never_sent(link_id, tomb, self._known.get((side, heir))),
                )
            )
        return tuple(found)

    def _unread(self, link_id: int) -> tuple[Move, ...]:
        """Give what a link would go over to if it could be read."""
        return tuple(
            Move(
                side=side, former=tomb.record.ref, heir=heir, why=_why(tomb, tomb.record.ref, heir)
            )
            for (at, side), tomb in self._courses.tombs.items()
            if at == link_id and (heir := tomb.record.successor) is not None
        )

    def _never_sent(
        self, link_id: int, tomb: Sighting | None, heir: Sighting | None
    ) -> Mapping[str, Native]:
        """Give a former record's edits that no run sent and that are not in what it lives on as."""
        if tomb is None:
            return {}
        shadow = self._session.store.links.shadows([link_id], tomb.side).get((link_id, tomb.side))
        if shadow is None:
            return {}
        lost: dict[str, Native] = {}
        for name, value in tomb.record.fields.items():
            rule = self._pair.rule(name)
            if all(side is tomb.side for side, _ in rule.names):
                continue  # only read: there is nowhere an edit could have been sent
            normal = rule.codec.normal
            now = normal(tomb.side, value)
            held = heir.record.fields.get(name) if heir is not None else None
            if now is None or name not in shadow.base:
                continue
            if now not in (normal(tomb.side, shadow.base[name]), normal(tomb.side, held)):
                lost[name] = value
        return lost

    def _existed(self, link_id: int) -> frozenset[Side]:
        """Tell on which sides a record was converted into one that was there before (R17a)."""
        return frozenset(
            side
            for (at, side), tomb in self._courses.tombs.items()
            if at == link_id
            and tomb.record.frozen
            and self._was_there(self._known.get((side, self._end(link_id, side))), tomb.record)
        )

    def _was_there(self, heir: Sighting | None, converted: Record) -> bool:
        if heir is None:
            return False
        ref = heir.record.ref
        if ref in self._session.store.records.get(self._pair.name, heir.side, [ref]):
            return True
        return was_there(heir.record, converted_at=converted.stamp)

    def _stage_as_its_own(self, course: Course) -> None:
        """Stage what a link goes over to as its record, and what it leaves as nobody's."""
        self._stage(course.was.id, course.moves)

    def _stage_as_unlinked(self, link_id: int) -> None:
        """Leave a record that is back without its link: the other one is somebody else's."""
        store, name = self._session.store, self._pair.name
        staged = store.staging.of_links(name, [link_id]).values()
        store.staging.add(
            name, [replace(one, kind=SightingKind.NEW, link_id=None) for one in staged]
        )

    def _stage_as_linked_again(self, link: Link) -> None:
        """Let both records of a link that comes back be its own: neither was unlinked for good."""
        store, name = self._session.store, self._pair.name
        for side in Side:
            staged = store.staging.of(name, side, [link.ref(side)]).values()
            store.staging.add(
                name,
                [
                    replace(one, kind=SightingKind.CHANGED, link_id=link.id, included=True, why="")
                    for one in staged
                    if one.kind is SightingKind.NEW and not is_gone(one)
                ],
            )

    def _stage(self, link_id: int, moves: Iterable[Move]) -> None:
        store, name = self._session.store, self._pair.name
        staged: list[Sighting] = []
        for move in moves:
            heir = self._known[move.side, move.heir]
            own = replace(heir, kind=SightingKind.CHANGED, link_id=link_id, included=True, why="")
            staged.append(own)
            tomb = self._courses.tombs.get((link_id, move.side))
            if tomb is not None:
                staged.append(_left(tomb))
            keys = store.records.of_refs_keys(name, move.side, [move.former])
            self._session.vacated.setdefault(name, set()).update(keys)
        store.staging.add(name, staged)
        self._session.departed += [(name, one.side, one.record.ref) for one in staged]


def _tell_references(session: Session, pair: BoundPair, courses: Courses) -> None:
    """Let references to the records of a pair find its links as they will be."""
    led, asleep = courses.led(), courses.asleep()
    for other in session.pairs:
        for rule in other.rules:
            if isinstance(rule.refers, LinkedPair) and rule.refers.pair == pair.name:
                rule.refers.lead(led, asleep=asleep)


def _left(tomb: Sighting) -> Sighting:
    """Give a record that a link has left as one that nothing is done with."""
    if tomb.record.gone:
        return replace(tomb, kind=SightingKind.GONE, link_id=None, keys=())
    return replace(
        tomb, kind=SightingKind.NEW, link_id=None, keys=(), included=False, why=CONVERTED
    )


def _why(tomb: Sighting | None, former: RecordRef, heir: RecordRef) -> str:
    converted = tomb.record.frozen if tomb is not None else former.object_name != heir.object_name
    return "converted" if converted else "merged"
