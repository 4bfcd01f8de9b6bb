"""Stage events of records with a link and without, with their cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table anew; nothing has ever been kept in it."""
    op.drop_table("stage_events")
    op.create_table(
        "stage_events",
        sa.Column("id", _NUMBER, nullable=False, primary_key=True),
        sa.Column("pair", _NAME, nullable=False),
        sa.Column("link_id", _NUMBER),
        sa.Column("side", _NAME, nullable=False),
        sa.Column("object", _NAME, nullable=False),
        sa.Column("record_id", _NAME, nullable=False),
        sa.Column("at", _NAME, nullable=False),
        sa.Column("field", _NAME, nullable=False),
        sa.Column("from_value", sa.Text()),
        sa.Column("to_value", sa.Text(), nullable=False),
        sa.Column("editor", _NAME),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by_us", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stage_events_link", "stage_events", ["link_id", "at"])
    unlinked = sa.text("link_id IS NULL")
    op.create_index(
        "ix_stage_events_unlinked",
        "stage_events",
        ["pair", "side"],
        sqlite_where=unlinked,
        postgresql_where=unlinked,
    )
    op.create_index("ix_stage_events_time", "stage_events", ["pair", "at", "id"])
    op.create_index(
        "uq_stage_events",
        "stage_events",
        ["pair", "side", "object", "record_id", "field", "at", "to_value"],
        unique=True,
    )
