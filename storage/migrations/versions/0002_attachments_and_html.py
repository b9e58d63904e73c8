"""The body as HTML, the page's own column, and what attachments say."""

import sqlalchemy as sa
from alembic import op

from storage.migrations import first_index

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("article", sa.Column("body_html", sa.Text(), nullable=True))
    op.add_column("article", sa.Column("section", sa.Text(), nullable=True))
    op.add_column(
        "article",
        sa.Column("needs_ocr", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "attachment", sa.Column("text", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "attachment",
        sa.Column("text_status", sa.Text(), nullable=False, server_default="not fetched"),
    )
    for name in ("digest", "etag", "last_modified", "warc"):
        op.add_column("attachment", sa.Column(name, sa.Text(), nullable=True))
    op.create_index("ix_attachment_url", "attachment", ["url"], unique=False)
    op.add_column(
        "folded_text",
        sa.Column("attachments", sa.Text(), nullable=False, server_default=sa.text("''")),
    )


def downgrade() -> None:
    _forget_attachments()
    op.drop_column("folded_text", "attachments")
    op.drop_index("ix_attachment_url", table_name="attachment")
    for name in ("warc", "last_modified", "etag", "digest", "text_status", "text"):
        op.drop_column("attachment", name)
    for name in ("needs_ocr", "section", "body_html"):
        op.drop_column("article", name)


def _forget_attachments() -> None:
    """Take the words of attachments out of the index: what comes after does not know of them, and
    could not take such an article out of it again."""
    connection = op.get_bind()
    query = "SELECT article_pk, title, body FROM folded_text WHERE attachments <> ''"
    rows = [tuple(row) for row in connection.execute(sa.text(query))]
    first_index.remove(connection, [pk for pk, _, _ in rows])
    first_index.add(connection, [(pk, title, body, "") for pk, title, body in rows])
