"""What alembic runs: the migrations, on the connection it is handed."""

from __future__ import annotations

from alembic import context

from sync.state.schema import VERSIONS
from sync.state.tables import metadata

# The connection is in a transaction already: all migrations are kept together, or none.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSIONS,
)
with context.begin_transaction():
    context.run_migrations()
