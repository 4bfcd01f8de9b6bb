"""Fields of links that a mapping line of an earlier file carried last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outdated",
        sa.Column("link_id", _NUMBER, nullable=False, primary_key=True),
        sa.Column("field", _NAME, nullable=False, primary_key=True),
        sa.Column("pair", _NAME, nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    waiting = sa.text("waits")
    op.create_index(
        "ix_outdated_waiting",
        "outdated",
        ["pair", "link_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
