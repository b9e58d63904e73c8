"""Tags keep amounts and roles; articles can be found by the one form of their document number."""

import sqlalchemy as sa
from alembic import op

from storage.citations import canonical_number

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("tag", sa.Column("amount", sa.Double(), nullable=True))
    op.add_column("tag", sa.Column("roles", sa.JSON(), nullable=True))
    op.add_column("article", sa.Column("document_key", sa.Text(), nullable=True))
    _fill()
    op.create_index("ix_article_document_key", "article", ["document_key"], unique=False)


def _fill() -> None:
    article = sa.table("article", *map(sa.column, ("pk", "document_number", "document_key")))
    numbered = sa.select(article.c.pk, article.c.document_number).where(
        article.c.document_number.is_not(None)
    )
    connection = op.get_bind()
    rows = [
        {"row": pk, "found": key}
        for pk, number in connection.execute(numbered)
        if (key := canonical_number(number))
    ]
    if rows:
        update = sa.update(article).where(article.c.pk == sa.bindparam("row"))
        connection.execute(update.values(document_key=sa.bindparam("found")), rows)


def downgrade() -> None:
    op.drop_index("ix_article_document_key", "article")
    op.drop_column("article", "document_key")
    op.drop_column("tag", "roles")
    op.drop_column("tag", "amount")
