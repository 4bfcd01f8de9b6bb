"""The tables of the state; a change here needs a migration of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from sync.state.columns import NAME, NUMBER, CompactJson, Micros, UtcTime

__all__ = [
    "audit",
    "campaign_members",
    "campaign_names",
    "conflicts",
    "due",
    "errors",
    "fact_versions",
    "forgotten",
    "former_ids",
    "funnel",
    "hand_overs",
    "journal",
    "keys",
    "leases",
    "links",
    "member_versions",
    "metadata",
    "notes",
    "opportunities",
    "opportunity_people",
    "outcome_touches",
    "outdated",
    "person_accounts",
    "plan_items",
    "plans",
    "records",
    "resolutions",
    "row_ends",
    "runs",
    "sale_versions",
    "shadows",
    "stage_doubts",
    "stage_entries",
    "stage_events",
    "staged",
    "staged_keys",
    "waiting",
    "watermarks",
]

metadata = sa.MetaData()


def _partly(name: str, *columns: Column[str], where: str, unique: bool = False) -> Index:
    """Give an index over the rows that meet a condition."""
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _by_record() -> tuple[Column[str], ...]:
    """Give the columns by which a table is keyed to a record of a pair, or that begin its key."""
    names = ("pair", "side", "object", "record_id")
    return tuple(Column(name, NAME, primary_key=True) for name in names)


# --- what is kept once, and the runs ------------------------------------------------------------

notes = Table(
    "notes",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("exit", Integer),
    Column("stopped", Text),
    Column("summary", CompactJson, nullable=False),
    sqlite_autoincrement=True,
)

leases = Table(
    "leases",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", NAME, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("pair", NAME, primary_key=True),
    Column("side", NAME, primary_key=True),
    Column("object", NAME, primary_key=True),
    Column("stamp", UtcTime, nullable=False),
    Column("proven_at", UtcTime, nullable=False),
    Column("compared_at", UtcTime, nullable=False),
    Column("mapping", NAME, nullable=False),
)

# --- links with their shadows -------------------------------------------------------------------

links = Table(
    "links",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("left_object", NAME, nullable=False),
    Column("left_id", NAME, nullable=False),
    Column("right_object", NAME, nullable=False),
    Column("right_id", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("made_run", NUMBER, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
for _side in ("left", "right"):
    _columns = (links.c.pair, links.c[f"{_side}_object"], links.c[f"{_side}_id"])
    _partly(f"uq_links_{_side}", *_columns, where="state <> 'closed'", unique=True)
    _partly(f"ix_links_{_side}_closed", *_columns, where="state = 'closed'")
Index("ix_links_state", links.c.pair, links.c.state)

shadows = Table(
    "shadows",
    metadata,
    Column("link_id", NUMBER, ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("side", NAME, primary_key=True),
    Column("base", CompactJson, nullable=False),
    Column("seen", CompactJson),
    Column("read_at", UtcTime),
)
_partly("ix_shadows_apart", shadows.c.side, shadows.c.link_id, where="seen IS NOT NULL")

# Records that lead to a link beside its own: those that `became` a record of it, by a merge or a
# conversion, and those of another link that was joined with it.
former_ids = Table(
    "former_ids",
    metadata,
    *_by_record(),
    Column("link_id", NUMBER, ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
    Column("became", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_former_ids_link", former_ids.c.link_id)

# References that wait for the record they name: `record_id` of the pair `refers`, on `side`.
waiting = Table(
    "waiting",
    metadata,
    Column("link_id", NUMBER, ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("field", NAME, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("refers", NAME, nullable=False),
    Column("side", NAME, nullable=False),
    Column("record_id", NAME, nullable=False),
)
Index(
    "ix_waiting_record",
    waiting.c.pair,
    waiting.c.refers,
    waiting.c.side,
    waiting.c.record_id,
    waiting.c.link_id,
)

# Fields of links that a mapping line of an earlier file carried last. `was` is that line, "" where
# no line ever was; `waits` is True until a run has looked at the link under the new line.
outdated = Table(
    "outdated",
    metadata,
    Column("link_id", NUMBER, ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("field", NAME, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("was", Text, nullable=False),
    Column("waits", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
_partly("ix_outdated_waiting", outdated.c.pair, outdated.c.link_id, where="waits")

# --- every record seen, with its match keys -----------------------------------------------------

records = Table(
    "records",
    metadata,
    *_by_record(),
    Column("stamp", UtcTime, nullable=False),
    Column("created", UtcTime),
    Column("state", NAME, nullable=False),
    Column("included", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_records_stamp", records.c.pair, records.c.side, records.c.object, records.c.stamp)

keys = Table(
    "keys",
    metadata,
    *_by_record(),
    Column("rule", Integer, primary_key=True),
    Column("hash", NAME, primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_keys_hash", keys.c.pair, keys.c.rule, keys.c.hash)

# What each row of a relation ties: the record it belongs to and the member, by the CRM's ids. `run`
# is the one that saw it last; `waits` tells that one of the two was not linked then.
row_ends = Table(
    "row_ends",
    metadata,
    *_by_record(),
    Column("owner_id", NAME, nullable=False),
    Column("member_id", NAME, nullable=False),
    Column("run", NUMBER, nullable=False),
    Column("waits", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_row_ends_owner", row_ends.c.pair, row_ends.c.side, row_ends.c.object, row_ends.c.owner_id)
_partly("ix_row_ends_waiting", row_ends.c.pair, row_ends.c.side, where="waits")

# --- what the run under way pulled --------------------------------------------------------------

staged = Table(
    "staged",
    metadata,
    *_by_record(),
    Column("kind", NAME, nullable=False),
    Column("link_id", NUMBER),
    Column("included", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("counterpart", NAME),
    Column("stamp", UtcTime, nullable=False),
    Column("created", UtcTime),
    Column("gone", Boolean, nullable=False),
    Column("body", CompactJson, nullable=False),
    # True once a commit of this run has set the record's state.
    Column("decided", Boolean, nullable=False),
)
Index("ix_staged_link", staged.c.pair, staged.c.link_id)
Index(
    "ix_staged_kind",
    staged.c.pair,
    staged.c.kind,
    staged.c.side,
    staged.c.object,
    staged.c.record_id,
)
_partly("ix_staged_counterpart", staged.c.pair, where="counterpart IS NOT NULL")

staged_keys = Table(
    "staged_keys",
    metadata,
    *_by_record(),
    Column("rule", Integer, primary_key=True),
    Column("hash", NAME, primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_staged_keys_hash", staged_keys.c.pair, staged_keys.c.rule, staged_keys.c.hash)

# --- what was done, and what waits --------------------------------------------------------------

journal = Table(
    "journal",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("run", NUMBER, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("pair", NAME, nullable=False),
    Column("side", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("object", NAME, nullable=False),
    Column("record_id", NAME),
    Column("link_id", NUMBER),
    Column("origin_object", NAME),
    Column("origin_id", NAME),
    Column("audit", CompactJson),
    Column("state", NAME, nullable=False),
    sqlite_autoincrement=True,
)
_partly("ix_journal_unfinished", journal.c.id, where="state = 'intended'")

audit = Table(
    "audit",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("run", NUMBER, nullable=False),
    Column("pair", NAME, nullable=False),
    Column("link_id", NUMBER),
    Column("kind", NAME, nullable=False),
    Column("field", NAME, nullable=False),
    Column("side", NAME),
    Column("before", CompactJson),
    Column("after", CompactJson),
    Column("origin", CompactJson),
    Column("reason", Text, nullable=False),
    Column("overruled", CompactJson),
    Column("overruled_side", NAME),
    Column("left_object", NAME),
    Column("left_id", NAME),
    Column("right_object", NAME),
    Column("right_id", NAME),
    sqlite_autoincrement=True,
)
Index("ix_audit_link", audit.c.link_id, audit.c.field, audit.c.id)
Index("ix_audit_run", audit.c.run, audit.c.id)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("link_id", NUMBER),
    Column("field", NAME, nullable=False),
    Column("group_name", NAME, nullable=False),
    Column("identity", NAME, nullable=False),
    Column("records", CompactJson, nullable=False),
    Column("left_value", CompactJson),
    Column("right_value", CompactJson),
    Column("reason", Text, nullable=False),
    Column("proposal", Text, nullable=False),
    Column("state", NAME, nullable=False),
    Column("opened_run", NUMBER, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("changed_run", NUMBER, nullable=False),
    Column("closed_run", NUMBER),
    Column("closed_at", UtcTime),
    sqlite_autoincrement=True,
)
_partly(
    "uq_conflicts_open",
    conflicts.c.pair,
    conflicts.c.identity,
    where="state = 'open'",
    unique=True,
)
_partly("ix_conflicts_link", conflicts.c.link_id, conflicts.c.field, where="state = 'open'")

# What people decided on held items, until a sync has carried it out: `take` says what, `left_value`
# and `right_value` are what both sides held then, and `*_due` tells which side is still written.
resolutions = Table(
    "resolutions",
    metadata,
    Column("conflict_id", NUMBER, primary_key=True, autoincrement=False),
    Column("pair", NAME, nullable=False),
    Column("link_id", NUMBER, ForeignKey("links.id", ondelete="CASCADE")),
    Column("field", NAME, nullable=False),
    Column("group_name", NAME, nullable=False),
    Column("take", NAME, nullable=False),
    Column("value", CompactJson),
    Column("left_value", CompactJson),
    Column("right_value", CompactJson),
    Column("left_due", Boolean, nullable=False),
    Column("right_due", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_resolutions_link", resolutions.c.link_id, resolutions.c.field)

errors = Table(
    "errors",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("side", NAME, nullable=False),
    Column("object", NAME),
    Column("record_id", NAME),
    Column("origin_object", NAME),
    Column("origin_id", NAME),
    Column("link_id", NUMBER),
    Column("field", NAME, nullable=False),
    Column("identity", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("code", NAME, nullable=False),
    Column("message", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", UtcTime, nullable=False),
    Column("state", NAME, nullable=False),
    Column("opened_run", NUMBER, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("changed_run", NUMBER, nullable=False),
    Column("closed_run", NUMBER),
    Column("closed_at", UtcTime),
    sqlite_autoincrement=True,
)
_partly("uq_errors_open", errors.c.pair, errors.c.identity, where="state = 'open'", unique=True)
_partly("ix_errors_link", errors.c.link_id, errors.c.field, where="state = 'open'")
_partly("ix_errors_record", errors.c.pair, errors.c.record_id, where="state = 'open'")
_partly("ix_errors_origin", errors.c.pair, errors.c.origin_id, where="state = 'open'")

stage_events = Table(
    "stage_events",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("link_id", NUMBER),
    Column("side", NAME, nullable=False),
    Column("object", NAME, nullable=False),
    Column("record_id", NAME, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("field", NAME, nullable=False),
    Column("from_value", CompactJson),
    Column("to_value", CompactJson, nullable=False),
    Column("editor", NAME),
    Column("source", Text, nullable=False),
    Column("by_us", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_stage_events_link", stage_events.c.link_id, stage_events.c.at)
_partly(
    "ix_stage_events_unlinked", stage_events.c.pair, stage_events.c.side, where="link_id IS NULL"
)
Index("ix_stage_events_time", stage_events.c.pair, stage_events.c.at, stage_events.c.id)
Index(
    "uq_stage_events",
    stage_events.c.pair,
    stage_events.c.side,
    stage_events.c.object,
    stage_events.c.record_id,
    stage_events.c.field,
    stage_events.c.at,
    stage_events.c.to_value,
    unique=True,
)

# --- what became of opportunities ---------------------------------------------------------------

# The facts of every opportunity as it was read last; amounts are kept as text, so to the cent.
# `reporting` is the amount in the currency of all figures.
opportunities = Table(
    "opportunities",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("name", Text, nullable=False),
    Column("stage", Text),
    Column("closed", Boolean, nullable=False),
    Column("won", Boolean, nullable=False),
    Column("amount", NAME),
    Column("currency", NAME),
    Column("closes", NAME),
    Column("reason", Text),
    Column("campaign", NAME),
    Column("account", NAME),
    Column("type", Text),
    Column("owner", NAME),
    Column("reporting", NAME),
    Column("created", UtcTime),
    sqlite_with_rowid=False,
)
Index("ix_opportunities_account", opportunities.c.account)
Index("ix_opportunities_campaign", opportunities.c.campaign)

# Who stands behind an opportunity, by the CRM's own rows.
opportunity_people = Table(
    "opportunity_people",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("opportunity", NAME, nullable=False),
    Column("person", NAME, nullable=False),
    Column("main", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_opportunity_people_of", opportunity_people.c.opportunity, opportunity_people.c.person)
Index("ix_opportunity_people_by", opportunity_people.c.person)

# Which account each person belongs to, and what campaigns are called.
person_accounts = Table(
    "person_accounts",
    metadata,
    Column("person", NAME, primary_key=True),
    Column("account", NAME, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_person_accounts", person_accounts.c.account)

campaign_names = Table(
    "campaign_names",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Who took part in campaigns, by the CRM's own rows: as what, and since when.
campaign_members = Table(
    "campaign_members",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("person", NAME, nullable=False),
    Column("status", Text),
    Column("made", UtcTime, nullable=False),
    Column("campaign", NAME),
    Column("responded", Boolean),
    sqlite_with_rowid=False,
)
Index("ix_campaign_members_person", campaign_members.c.person)

# Whose outcomes may have changed: each once, with the number of the last time.
outcome_touches = Table(
    "outcome_touches",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("record_id", NAME, primary_key=True),
    Column("number", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_outcome_touches", outcome_touches.c.kind, outcome_touches.c.number)

# --- what reports count -------------------------------------------------------------------------

# Whose facts are to be looked at by the end of the run: links, opportunities and memberships.
due = Table(
    "due",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("key", NAME, primary_key=True),
    sqlite_with_rowid=False,
)

# Where each person stands in the funnel. `again_at` is a day; of `back_held` each letter says of
# one rule of hand-backs whether its condition held.
funnel = Table(
    "funnel",
    metadata,
    Column(
        "link_id",
        NUMBER,
        ForeignKey("links.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("stage", NAME),
    Column("handed_over", Boolean, nullable=False),
    Column("over_held", Boolean, nullable=False),
    Column("back_held", NAME, nullable=False),
    Column("due_left", Boolean, nullable=False),
    Column("due_right", Boolean, nullable=False),
    Column("over_at", UtcTime),
    Column("back_at", UtcTime),
    Column("again_at", NAME),
    Column("reason", Text),
    Column("task", NAME, nullable=False),
    Column("told", Text, nullable=False),
    sqlite_with_rowid=False,
)
_partly("ix_funnel_again", funnel.c.again_at, where="again_at IS NOT NULL")
_partly("ix_funnel_due", funnel.c.link_id, where="due_left OR due_right OR task <> ''")

# Every hand-over to sales and back; `again_at` is a day, `rule_key` the rule that chose the owner.
hand_overs = Table(
    "hand_overs",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("link_id", NUMBER, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("stage_from", NAME),
    Column("stage_to", NAME, nullable=False),
    Column("reason", Text),
    Column("again_at", NAME),
    Column("owner", NAME),
    Column("rule", Text, nullable=False),
    Column("rule_key", NAME),
    Column("run", NUMBER, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_hand_overs_link", hand_overs.c.link_id, hand_overs.c.at, hand_overs.c.id)

# The stays of people at stages, worked out from events. `seconds` and `business` say how long one
# lasted that is over, and the `lot`s in which that is counted. `top` is the furthest stage the
# person came to since, first at `top_at`; `before` is when they came to the same stage before.
# So each question about all stays is one walk along an index, in its order.
stage_entries = Table(
    "stage_entries",
    metadata,
    Column("link_id", NUMBER, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rank", Integer, nullable=False),
    Column("entered", Micros, nullable=False),
    Column("left_at", Micros),
    Column("next_rank", Integer),
    Column("seconds", BigInteger),
    Column("lot", Integer),
    Column("business", BigInteger),
    Column("business_lot", Integer),
    Column("top", Integer, nullable=False),
    Column("top_at", Micros, nullable=False),
    Column("before", Micros),
    sqlite_with_rowid=False,
)
for _name, _columns_of in (
    ("top", ("rank", "top", "before", "entered", "top_at")),
    ("lot", ("rank", "lot", "seconds", "left_at")),
    ("business", ("rank", "business_lot", "business", "left_at")),
):
    Index(f"ix_stage_entries_{_name}", *(stage_entries.c[one] for one in _columns_of))
for _name, _column in (("there", "rank"), ("newest", "entered")):
    # With the column its condition is about, so that nothing else has to be read.
    _both = (stage_entries.c[_column], stage_entries.c.left_at)
    _partly(f"ix_stage_entries_{_name}", *_both, where="left_at IS NULL")

# What of people's events could not be taken for a stay.
stage_doubts = Table(
    "stage_doubts",
    metadata,
    Column("link_id", NUMBER, primary_key=True, autoincrement=False),
    Column("unknown", Integer, nullable=False),
    Column("fallen", Integer, nullable=False),
    Column("undated", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What was known, from `since` until just before `until`; the first version counts from the
# beginning.
fact_versions = Table(
    "fact_versions",
    metadata,
    Column("link_id", NUMBER, primary_key=True, autoincrement=False),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime),
    Column("kind", NAME, nullable=False),
    Column("body", CompactJson, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_fact_versions_kind", fact_versions.c.kind, fact_versions.c.link_id, fact_versions.c.since)

sale_versions = Table(
    "sale_versions",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime),
    Column("account", NAME),
    Column("won", Boolean, nullable=False),
    Column("closes", NAME),
    Column("body", CompactJson, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "ix_sale_versions_account",
    sale_versions.c.account,
    sale_versions.c.won,
    sale_versions.c.closes,
    sale_versions.c.id,
)

member_versions = Table(
    "member_versions",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime),
    Column("person", NAME, nullable=False),
    Column("campaign", NAME, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("status", Text),
    Column("responded", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_member_versions_person", member_versions.c.person, member_versions.c.at)

# --- plans --------------------------------------------------------------------------------------

plans = Table(
    "plans",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("created", UtcTime, nullable=False),
    Column("state", NAME, nullable=False),
    Column("fingerprint", NAME, nullable=False),
    Column("summary", CompactJson, nullable=False),
    sqlite_autoincrement=True,
)

plan_items = Table(
    "plan_items",
    metadata,
    Column("plan", NUMBER, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("number", NUMBER, primary_key=True),
    Column("pair", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("item", CompactJson, nullable=False),
)
Index("ix_plan_items_kind", plan_items.c.plan, plan_items.c.pair, plan_items.c.kind)

# --- who was forgotten --------------------------------------------------------------------------

# Keyed hashes of an e-mail address and of ids; those of one `person` have one number.
forgotten = Table(
    "forgotten",
    metadata,
    Column("hash", NAME, primary_key=True),
    Column("person", NUMBER, nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
