from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

from sync.domain.memberships import Membership, last_status_of


def member(id, status, *, day=1):
    made = datetime(2026, 3, day, tzinfo=UTC)
    return Membership(id=id, person="p1", status=status, made=made)


def test_without_a_membership_there_is_no_status():
    assert last_status_of([]) is None


def test_the_membership_made_last_counts_and_at_one_moment_the_highest_id():
    rows = [member("m9", "Sent"), member("m1", "Invited", day=2), member("m2", "Came", day=2)]
    assert {last_status_of(order) for order in permutations(rows)} == {"Came"}


def test_newest_membership_without_a_status_is_not_passed_over():
    assert last_status_of([member("m1", "Sent"), member("m2", None, day=2)]) is None
