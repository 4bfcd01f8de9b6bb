"""People who were forgotten, as keyed hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Spelled out here and not taken from columns.py, which moves on while this schema stays.
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "forgotten",
        sa.Column("hash", _NAME, nullable=False, primary_key=True),
        sa.Column("person", _NUMBER, nullable=False),
        sa.Column("at", _NAME, nullable=False),
        sqlite_with_rowid=False,
    )
