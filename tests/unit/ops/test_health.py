from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync.ops.health import LastRun, Signs, judge

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def run(age: timedelta, *, code: int = 0, stopped: str | None = None, plan: str | None = None):
    return LastRun(
        name="r7", started=NOW - age, ended=NOW - age, exit=code, stopped=stopped, plan=plan
    )


def good(age: timedelta) -> Signs:
    return Signs(last=run(age), last_good=run(age))


def test_job_without_any_run_is_not_well():
    assert judge(Signs(), now=NOW).reasons == ("no run has ended well yet",)


@pytest.mark.parametrize(("age", "well"), [(15, True), (16, False)])
def test_last_good_run_may_be_three_rounds_old(age, well):
    signs = replace(good(age * MINUTE), every=5 * MINUTE)

    assert judge(signs, now=NOW).healthy is well


@pytest.mark.parametrize(("age", "well"), [(60, True), (61, False)])
def test_without_a_schedule_it_may_be_an_hour_old(age, well):
    assert judge(good(age * MINUTE), now=NOW).healthy is well


def test_named_age_goes_before_the_schedule():
    signs = replace(good(90 * MINUTE), every=5 * MINUTE)

    assert judge(signs, now=NOW, max_age=timedelta(hours=26)).healthy


@pytest.mark.parametrize(("hours", "well"), [(5, True), (7, False)])
def test_run_at_work_is_waited_for_but_not_for_ever(hours, well):
    since = NOW - timedelta(hours=hours)

    assert judge(Signs(at_work_since=since), now=NOW).healthy is well


def test_guard_that_stopped_the_last_run_names_the_plan():
    signs = replace(good(MINUTE), last=run(MINUTE, code=4, stopped="guard", plan="p3"))

    verdict = judge(signs, now=NOW)

    assert (verdict.healthy, verdict.guard) == (False, "p3")
    assert "revloop approve p3" in verdict.reasons[0]


@pytest.mark.parametrize(("code", "word"), [(2, "credentials"), (70, "bug"), (4, "wrong_account")])
def test_end_that_needs_a_person_is_not_well_at_once(code, word):
    signs = replace(good(MINUTE), last=run(MINUTE, code=code, stopped=word))

    assert word in judge(signs, now=NOW).reasons[0]


@pytest.mark.parametrize("word", ["unavailable", "quota", "locked", "terminated"])
def test_temporary_end_counts_by_age_only(word):
    signs = replace(good(MINUTE), last=run(MINUTE, code=3, stopped=word))

    assert judge(signs, now=NOW).healthy


@pytest.mark.parametrize(("most", "well"), [(None, True), (5, True), (4, False)])
def test_what_waits_counts_where_a_number_is_named(most, well):
    signs = replace(good(MINUTE), held=2, errors=3)

    assert judge(signs, now=NOW, max_waiting=most).healthy is well


def test_files_not_taken_over_are_worth_a_note_and_no_illness():
    verdict = judge(replace(good(MINUTE), refused="mappings/contacts.yaml:3:1: bad"), now=NOW)

    assert verdict.healthy
    assert "contacts.yaml:3:1" in verdict.notes[0]
