"""References that wait for the record they name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "waiting",
        sa.Column("link_id", _NUMBER, nullable=False, primary_key=True),
        sa.Column("field", _NAME, nullable=False, primary_key=True),
        sa.Column("pair", _NAME, nullable=False),
        sa.Column("refers", _NAME, nullable=False),
        sa.Column("side", _NAME, nullable=False),
        sa.Column("record_id", _NAME, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE"),
    )
    op.create_index(
        "ix_waiting_record", "waiting", ["pair", "refers", "side", "record_id", "link_id"]
    )
