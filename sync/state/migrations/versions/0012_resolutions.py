"""What people decided on held items, until a sync has carried it out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.Text()


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "resolutions",
        sa.Column("conflict_id", _NUMBER, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("pair", _NAME, nullable=False),
        sa.Column("link_id", _NUMBER),
        sa.Column("field", _NAME, nullable=False),
        sa.Column("group_name", _NAME, nullable=False),
        sa.Column("take", _NAME, nullable=False),
        sa.Column("value", _JSON),
        sa.Column("left_value", _JSON),
        sa.Column("right_value", _JSON),
        sa.Column("left_due", sa.Boolean(), nullable=False),
        sa.Column("right_due", sa.Boolean(), nullable=False),
        sa.Column("at", _NAME, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_resolutions_link", "resolutions", ["link_id", "field"])
