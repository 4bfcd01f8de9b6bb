"""Where people stand in the funnel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "funnel",
        sa.Column("link_id", _NUMBER, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("stage", _NAME),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("over_held", sa.Boolean(), nullable=False),
        sa.Column("back_held", _NAME, nullable=False),
        sa.Column("due_left", sa.Boolean(), nullable=False),
        sa.Column("due_right", sa.Boolean(), nullable=False),
        sa.Column("over_at", _NAME),
        sa.Column("back_at", _NAME),
        sa.Column("again_at", _NAME),
        sa.Column("reason", sa.Text()),
        sa.Column("task", _NAME, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    for name, column, where in (
        ("ix_funnel_again", "again_at", "again_at IS NOT NULL"),
        ("ix_funnel_due", "link_id", "due_left OR due_right OR task <> ''"),
    ):
        op.create_index(
            name,
            "funnel",
            [column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
