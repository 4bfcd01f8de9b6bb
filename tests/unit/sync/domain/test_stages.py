"""What a CRM tells of stages, beside what is known already."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sync.domain.record import RecordRef, Side
from sync.domain.stages import Cause, StageEvent, news

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

WON = StageEvent(
    pair="deals",
    side=Side.LEFT,
    ref=RecordRef("deals", "1"),
    field="dealstage",
    at=NOON,
    before="open",
    after="won",
    editor="777",
    source="CRM_UI",
)
NOTE = replace(WON, id=5, by_us=True, editor=None, source="", at=NOON + 2 * MINUTE)


def test_event_that_is_known_is_no_news() -> None:
    later = replace(WON, at=NOON + MINUTE, before="won", after="lost")
    assert news([replace(WON, id=3)], [WON, later]) == [later]


def test_event_whose_past_the_crm_has_forgotten_is_known_all_the_same() -> None:
    assert news([replace(WON, id=3)], [replace(WON, before=None)]) == []


def test_what_stood_before_the_oldest_version_kept_is_what_is_known() -> None:
    known = [replace(WON, id=3, at=NOON - MINUTE, before=None, after="open")]
    assert news(known, [replace(WON, before=None)]) == [WON]
    # A blank that was set again is told with both its steps: nothing is made up between them.
    cleared = replace(WON, after=None)
    again = replace(WON, before=None, after="won", at=NOON + MINUTE)
    assert news(known, [cleared, again]) == [cleared, again]


def test_first_value_that_is_dated_otherwise_after_a_merge_is_no_second_beginning() -> None:
    made = replace(WON, before=None, after="open", at=NOON - MINUTE)
    cleared = replace(WON, before="open", after=None)
    set_again = replace(WON, before=None, after="open", at=NOON + MINUTE)
    known = [replace(made, id=1), replace(cleared, id=2)]
    earlier = replace(made, at=NOON - 60 * MINUTE)
    assert news(known, [earlier, cleared, set_again]) == [set_again]


def test_nearest_event_is_what_the_crm_says_of_our_write() -> None:
    ours = replace(WON, at=NOON + MINUTE)
    first, second = news([NOTE], [WON, ours])
    assert first == WON
    assert second == replace(ours, id=5, by_us=True)
    assert (first.cause, second.cause) == (Cause.PERSON, Cause.REVLOOP)


def test_write_noted_by_the_run_after_one_that_was_killed_is_found() -> None:
    (told,) = news([replace(NOTE, at=NOON + 5 * 60 * MINUTE)], [WON])
    assert told.by_us


def test_two_writes_to_one_value_are_two_events() -> None:
    again = replace(WON, at=NOON + 60 * MINUTE)
    notes = [NOTE, replace(NOTE, id=6, at=NOON + 61 * MINUTE)]
    told = news(notes, [WON, again])
    assert [(one.id, one.at) for one in told] == [(5, WON.at), (6, again.at)]


def test_change_to_another_value_or_much_later_is_not_ours() -> None:
    lost = replace(WON, after="lost")
    late = replace(WON, at=NOON + 60 * MINUTE)
    assert news([NOTE], [lost, late]) == [lost, late]


def test_event_without_a_user_is_automations() -> None:
    assert replace(WON, editor=None).cause is Cause.AUTOMATION
