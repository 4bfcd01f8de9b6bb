"""Opportunities, who stands behind them, and whose outcomes may have changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "opportunities",
        sa.Column("id", _NAME, nullable=False, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text()),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("won", sa.Boolean(), nullable=False),
        sa.Column("amount", _NAME),
        sa.Column("currency", _NAME),
        sa.Column("closes", _NAME),
        sa.Column("reason", sa.Text()),
        sa.Column("campaign", _NAME),
        sa.Column("account", _NAME),
        sa.Column("type", sa.Text()),
        sa.Column("owner", _NAME),
        sa.Column("reporting", _NAME),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_opportunities_account", "opportunities", ["account"])
    op.create_index("ix_opportunities_campaign", "opportunities", ["campaign"])
    op.create_table(
        "opportunity_people",
        sa.Column("id", _NAME, nullable=False, primary_key=True),
        sa.Column("opportunity", _NAME, nullable=False),
        sa.Column("person", _NAME, nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_opportunity_people_of", "opportunity_people", ["opportunity", "person"])
    op.create_index("ix_opportunity_people_by", "opportunity_people", ["person"])
    op.create_table(
        "person_accounts",
        sa.Column("person", _NAME, nullable=False, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_accounts", "person_accounts", ["account"])
    op.create_table(
        "campaign_names",
        sa.Column("id", _NAME, nullable=False, primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcome_touches",
        sa.Column("kind", _NAME, nullable=False, primary_key=True),
        sa.Column("record_id", _NAME, nullable=False, primary_key=True),
        sa.Column("number", _NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outcome_touches", "outcome_touches", ["kind", "number"])
