"""An index of the shadows in which a field stands apart from what both sides agreed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    apart = sa.text("seen IS NOT NULL")
    op.create_index(
        "ix_shadows_apart",
        "shadows",
        ["side", "link_id"],
        sqlite_where=apart,
        postgresql_where=apart,
    )
