"""What each row of a relation ties: the record it belongs to, and the member."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "row_ends",
        sa.Column("pair", _NAME, nullable=False, primary_key=True),
        sa.Column("side", _NAME, nullable=False, primary_key=True),
        sa.Column("object", _NAME, nullable=False, primary_key=True),
        sa.Column("record_id", _NAME, nullable=False, primary_key=True),
        sa.Column("owner_id", _NAME, nullable=False),
        sa.Column("member_id", _NAME, nullable=False),
        sa.Column("run", _NUMBER, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_row_ends_owner", "row_ends", ["pair", "side", "object", "owner_id"])
    waiting = sa.text("waits")
    op.create_index(
        "ix_row_ends_waiting",
        "row_ends",
        ["pair", "side"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
