"""Time: pages watched for changes, withdrawals, tombstones, and the tags of earlier versions."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_CHUNK = 5000


def upgrade() -> None:
    op.add_column("article", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("revision", sa.Column("tags", sa.JSON(), nullable=True))
    op.add_column("revision", sa.Column("seen_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "watch",
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlisted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name="fk_watch_page_id"),
        sa.PrimaryKeyConstraint("page_id", name="pk_watch"),
    )
    op.create_index("ix_watch_checked_at", "watch", ["checked_at"], unique=False)
    op.create_index("ix_watch_host_since", "watch", ["host", "since"], unique=False)
    op.create_index("ix_watch_source_check_at", "watch", ["source", "check_at"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name="pk_tombstone"),
        sa.UniqueConstraint("article_id", name="uq_tombstone_article_id"),
    )
    op.create_table(
        "withdrawal",
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_withdrawal_article_pk"),
        sa.PrimaryKeyConstraint("article_pk", "number", name="pk_withdrawal"),
    )
    _watch_what_is_stored()


def _watch_what_is_stored() -> None:
    """Stored articles are due at once, the recent ones first; how often, their first check tells."""
    connection = op.get_bind()
    query = sa.text(
        "SELECT pk, page_id, source, url, first_seen, revised_at FROM article WHERE pk > :last "
        "ORDER BY pk LIMIT :size"
    )
    # The times go from one column into others as the driver gives them.
    insert = sa.text(
        "INSERT INTO watch (page_id, source, host, since, seen_at, checked_at, check_at) "
        "VALUES (:page_id, :source, :host, :first, :latest, :first, :first)"
    )
    last = 0
    while rows := connection.execute(query, {"last": last, "size": _CHUNK}).all():
        watched = [
            {
                "page_id": row.page_id,
                "source": row.source,
                "host": urlsplit(row.url).hostname or "",
                "first": row.first_seen,
                "latest": row.revised_at,
            }
            for row in rows
        ]
        connection.execute(insert, watched)
        last = rows[-1].pk


def downgrade() -> None:
    op.drop_table("withdrawal")
    op.drop_table("tombstone")
    op.drop_index("ix_watch_source_check_at", table_name="watch")
    op.drop_index("ix_watch_host_since", table_name="watch")
    op.drop_index("ix_watch_checked_at", table_name="watch")
    op.drop_table("watch")
    op.drop_column("revision", "seen_until")
    op.drop_column("revision", "tags")
    op.drop_column("article", "withdrawn_at")
