"""Writing who took part in a campaign: people put on its lists, moved between them, taken off.

A person stands on one of the two lists. All of it may be sent again without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.hubspot.calls import Answer
from connectors.hubspot.campaign_lists import LABELS, MEMBERS, CampaignLists
from connectors.hubspot.list_calls import MEMBERS_AT_ONCE, ListCalls
from connectors.hubspot.problems import Problem, problem_of
from connectors.hubspot.refusals import in_our_words, not_given, tie_refusal
from connectors.hubspot.relations import LABEL, MEMBER, OWNER, Relation, Row, ends_of, in_batches
from connectors.hubspot.writer import not_settled
from sync.domain.errors import AccountNotSupportedError, ConfigError, ConnectorError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult

__all__ = ["CampaignMemberWriter"]


@dataclass(frozen=True, slots=True)
class _Group:
    """The writes that concern one list: `rows` by the member they are about."""

    owner: str
    label: str
    rows: dict[str, list[Write]]

    def writes(self, members: Iterable[str]) -> Iterator[Write]:
        """Give the writes about some members."""
        for member in members:
            yield from self.rows.get(member, ())

    def all(self) -> Iterator[Write]:
        """Give all writes."""
        return self.writes(self.rows)


@dataclass(slots=True)
class _Change:
    """What became of members put on a list or taken off it: `moved` were not there, or were.

    `missing` are those HubSpot does not have; `refused` says why nothing was done, with the status
    of the answer that said so.
    """

    moved: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    refused: tuple[Problem, int] | None = None


class CampaignMemberWriter:
    """Sends batches of members to one portal."""

    def __init__(
        self,
        calls: ListCalls,
        lists: CampaignLists,
        relation: Relation,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """Write by these calls; `lists` tells which lists campaigns have, and makes them."""
        self._calls = calls
        self._lists = lists
        self._relation = relation
        self._clock = clock

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind; one result each, in their order.

        A failure after some have their results gives the others results, too.
        """
        results: dict[str, WriteResult] = {
            one.token: _unknown_label(one) for one in writes if _label(one) not in LABELS
        }
        step = {
            WriteKind.CREATE: self._add,
            WriteKind.UPDATE: self._move,
            WriteKind.ARCHIVE: self._remove,
        }[writes[0].kind]
        groups = list(_grouped(one for one in writes if one.token not in results))
        for number, group in enumerate(groups):
            try:
                # Asked for all of them at once, and known from then on.
                self._lists.of(each.owner for each in groups)
                results.update((one.token, one) for one in step(group))
            except AccountNotSupportedError as fault:
                results.update((one.token, not_given(one, fault)) for one in group.all())
            except (ConnectorError, ConfigError) as fault:
                if not results:
                    raise
                left = [one for rest in groups[number:] for one in rest.all()]
                results.update((one.token, _later(one, fault)) for one in left)
                break
        return [results[one.token] for one in writes]

    def _add(self, group: _Group) -> Iterable[WriteResult]:
        put = self._put(group)
        if put.refused is not None:
            return _refused(group, *put.refused)
        return [
            _no_contact(one, WriteOutcome.REJECTED)
            if _member(one) in put.missing
            else self._done(one)
            for one in group.all()
        ]

    def _move(self, group: _Group) -> Iterable[WriteResult]:
        """Put people on one list, then take them off the other.

        Who was on neither has been taken off meanwhile, and is not put back by a move.
        """
        put = self._put(group)
        if put.refused is not None:
            return _refused(group, *put.refused)
        (other,) = (label for label in LABELS if label != group.label)
        taken = self._take(group, other, group.rows)
        if taken.refused is not None:
            return _refused(group, *taken.refused)
        strangers = put.moved - taken.moved
        if strangers:
            self._take(group, group.label, strangers)
        return [self._moved(one, put, strangers) for one in group.all()]

    def _moved(self, write: Write, put: _Change, strangers: set[str]) -> WriteResult:
        if _member(write) in put.missing:
            return _no_contact(write, WriteOutcome.GONE)
        return _not_there(write) if _member(write) in strangers else self._done(write)

    def _remove(self, group: _Group) -> Iterable[WriteResult]:
        for label in LABELS:
            taken = self._take(group, label, group.rows)
            if taken.refused is not None:
                return _refused(group, *taken.refused)
        return [
            WriteResult(token=one.token, outcome=WriteOutcome.DONE, id=one.id)
            for one in group.all()
        ]

    def _put(self, group: _Group) -> _Change:
        """Put members on the group's list, which is made where there is none yet."""
        list_id = self._list(group.owner, group.label)
        if list_id is None:
            problem = self._lists.make(group.owner)
            if problem is not None:
                return _Change(refused=(problem, 400))
            list_id = self._lists.of([group.owner])[group.owner][group.label]
        change = _Change()
        for batch in in_batches(group.rows, MEMBERS_AT_ONCE):
            answer = self._calls.change(list_id, "add", batch)
            if not answer.good:
                self._note_deleted(group.owner, group.label, answer)
                return _Change(refused=(problem_of(answer), answer.status))
            change.moved |= _ids(answer, "recordsIdsAdded", "recordIdsAdded")
            change.missing |= _ids(answer, "recordIdsMissing")
        return change

    def _take(self, group: _Group, label: str, members: Iterable[str]) -> _Change:
        """Take members off a list; where there is no list nobody was on it."""
        list_id, change = self._list(group.owner, label), _Change()
        for batch in in_batches(members, MEMBERS_AT_ONCE) if list_id is not None else ():
            answer = self._calls.change(list_id or "", "remove", batch)
            if not answer.good and self._note_deleted(group.owner, label, answer):
                return change
            if not answer.good:
                return _Change(refused=(problem_of(answer), answer.status))
            change.moved |= _ids(answer, "recordIdsRemoved")
        return change

    def _list(self, owner: str, label: str) -> str | None:
        return self._lists.of([owner])[owner].get(label)

    def _note_deleted(self, owner: str, label: str, answer: Answer) -> bool:
        if answer.status == 404:
            self._lists.drop(owner, label)
        return answer.status == 404

    def _done(self, write: Write) -> WriteResult:
        row = Row(_owner(write), _member(write), _label(write))
        stored = self._relation.record(row, write.read_back, stamp=self._clock())
        return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=row.id, stored=stored)


def _grouped(writes: Iterable[Write]) -> Iterator[_Group]:
    groups: dict[tuple[str, str], _Group] = {}
    for write in writes:
        # All lists of a campaign are looked through for those who are to leave it.
        label = MEMBERS if write.kind is WriteKind.ARCHIVE else _label(write)
        at = (_owner(write), label)
        group = groups.setdefault(at, _Group(*at, {}))
        group.rows.setdefault(_member(write), []).append(write)
    yield from groups.values()


def _owner(write: Write) -> str:
    return ends_of(write.id)[0] if write.id else write.values.get(OWNER) or ""


def _member(write: Write) -> str:
    return ends_of(write.id)[1] if write.id else write.values.get(MEMBER) or ""


def _label(write: Write) -> str:
    return write.values.get(LABEL) or MEMBERS


def _ids(answer: Answer, *keys: str) -> set[str]:
    """Read ids from an answer; HubSpot misspells one of the keys."""
    for key in keys:
        found = answer.body.get(key)
        if isinstance(found, list):
            return {str(each) for each in found}
    return set()


def _refused(group: _Group, problem: Problem, status: int) -> Iterator[WriteResult]:
    for write in group.all():
        if status != 404:
            yield tie_refusal(write, problem, status=status)
            continue
        result = in_our_words(
            write,
            WriteOutcome.LOCKED,
            "LIST_DELETED",
            "the list of this campaign was deleted in HubSpot a moment ago; the next run sees who "
            "that concerns",
        )
        yield replace(result, request_id=problem.request_id)


def _no_contact(write: Write, outcome: WriteOutcome) -> WriteResult:
    message = "HubSpot does not have the contact any more"
    return in_our_words(write, outcome, "CONTACT_NOT_FOUND", message)


def _not_there(write: Write) -> WriteResult:
    message = "the person was taken off the campaign's lists in HubSpot"
    return in_our_words(write, WriteOutcome.GONE, "NOT_A_MEMBER", message)


def _unknown_label(write: Write) -> WriteResult:
    return in_our_words(
        write,
        WriteOutcome.REJECTED,
        "UNKNOWN_LIST",
        f"a campaign has the lists {' and '.join(LABELS)}, not {_label(write)!r}; correct `lists` "
        "in the mapping",
        fields=(LABEL,),
    )


def _later(write: Write, fault: ConnectorError | ConfigError) -> WriteResult:
    """Give the result of a write that was not answered; it may be sent again whatever was done."""
    return replace(not_settled(write, fault), outcome=WriteOutcome.LOCKED)
