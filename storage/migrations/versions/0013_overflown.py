"""An index of the articles that found no room among the numbers of their day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_OVERFLOWN = sa.text("(at + 2209017600) / 86400 < (docid >> 10) - 65536")


def upgrade() -> None:
    op.create_index(
        "ix_search_entry_overflown",
        "search_entry",
        ["at", "docid"],
        unique=False,
        sqlite_where=_OVERFLOWN,
        postgresql_where=_OVERFLOWN,
    )


def downgrade() -> None:
    op.drop_index("ix_search_entry_overflown", "search_entry")
