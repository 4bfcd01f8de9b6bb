"""What stands in each line of the report on segments."""

from __future__ import annotations

from reports.earnings import RATE_COLUMNS, rate_columns
from reports.frame import Column, Kind

__all__ = ["SEGMENT_COLUMNS"]

SEGMENT_COLUMNS = (
    Column(
        key="segment",
        title="segment",
        means="the field people and opportunities are told apart by",
    ),
    Column(key="value", title="which", means="its value; nothing where nobody said"),
    Column(
        key="people",
        title="people",
        kind=Kind.COUNT,
        means="people of this value who became known in the period; for fields of theirs only",
    ),
    *rate_columns("conversion", "conversion", "of those, the share ever at the last stage"),
    *RATE_COLUMNS,
    Column(
        key="revenue",
        title="revenue",
        kind=Kind.MONEY,
        means="the value of what was won in the period",
        bar=True,
    ),
    Column(
        key="revenue_new",
        title="of it new",
        kind=Kind.MONEY,
        means="of accounts that had won nothing before",
    ),
    Column(
        key="revenue_existing",
        title="of it existing",
        kind=Kind.MONEY,
        means="of accounts that had won before",
    ),
    Column(
        key="average",
        title="average win",
        kind=Kind.MONEY,
        means="revenue / won opportunities with a known value",
    ),
    Column(
        key="median_days",
        title="days open",
        kind=Kind.DAYS,
        means="median days from the day a won opportunity was opened to the day it closed",
    ),
    Column(
        key="cycle_days",
        title="days to close",
        kind=Kind.DAYS,
        means="the same of all that closed, won and lost",
    ),
    Column(
        key="customers",
        title="customers",
        kind=Kind.COUNT,
        means="who won anything up to the end of the period: companies, else people",
    ),
    Column(
        key="lifetime_value",
        title="lifetime value",
        kind=Kind.MONEY,
        means="all they ever won up to the end of the period / customers; what is a ceiling "
        "for the cost of winning one",
    ),
    *rate_columns("repeat", "came again", "customers with more than one win / customers"),
    *rate_columns(
        "retention",
        "kept",
        "of the customers from before the period, the share who bought in it again",
    ),
)
