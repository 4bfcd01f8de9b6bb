"""Who took part in campaigns, as what, and since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "campaign_members",
        sa.Column("id", _NAME, nullable=False, primary_key=True),
        sa.Column("person", _NAME, nullable=False),
        sa.Column("status", sa.Text()),
        sa.Column("made", _NAME, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_campaign_members_person", "campaign_members", ["person"])
