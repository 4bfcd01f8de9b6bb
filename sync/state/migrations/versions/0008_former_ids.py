"""Records that lead to a link beside its own: merged and converted ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "former_ids",
        sa.Column("pair", _NAME, nullable=False, primary_key=True),
        sa.Column("side", _NAME, nullable=False, primary_key=True),
        sa.Column("object", _NAME, nullable=False, primary_key=True),
        sa.Column("record_id", _NAME, nullable=False, primary_key=True),
        sa.Column("link_id", _NUMBER, nullable=False),
        sa.Column("became", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_former_ids_link", "former_ids", ["link_id"])
