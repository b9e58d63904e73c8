"""Indexes for what is asked of every article: counts, what came last, what changed since a time."""

from alembic import op

revision = "0012"
down_revision = "0011"

_INDEXES = {
    "ix_article_source_first_seen": ["source", "first_seen"],
    "ix_article_source_column_lang": ["source", "column", "lang"],
    "ix_article_revised_at": ["revised_at"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(name, "article", columns, unique=False)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "article")
