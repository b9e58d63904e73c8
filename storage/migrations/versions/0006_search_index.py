"""The search index in the order of publication, with labels to filter and to count by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from storage import search
from storage.migrations import first_index

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("DROP TABLE search")
    op.create_table(
        "search_label",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_search_label"),
        sa.UniqueConstraint("kind", "value", name="uq_search_label_kind_value"),
    )
    op.create_index("ix_search_label_value", "search_label", ["value"], unique=False)
    op.create_table(
        "search_entry",
        sa.Column("docid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("story", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.Boolean(), nullable=False),
        sa.Column("labels", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_search_entry_article_pk"),
        sa.PrimaryKeyConstraint("docid", name="pk_search_entry"),
        sa.UniqueConstraint("article_pk", name="uq_search_entry_article_pk"),
    )
    op.create_index("ix_search_entry_duplicate", "search_entry", ["duplicate"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        # To verify a text is to read it: up to 8 kB it stands in its row as it is.
        op.execute("ALTER TABLE folded_text SET (toast_tuple_target = 8160)")
        op.execute("ALTER TABLE search_entry ADD COLUMN terms integer[]")
        op.execute("CREATE INDEX ix_search_entry_terms ON search_entry USING gin (terms)")
    else:
        # The column with the most terms first: its number is not stored with each of them.
        op.execute(
            "CREATE VIRTUAL TABLE search USING fts5 "
            "(body, title, labels, content='', columnsize=0, tokenize='ascii')"
        )
    with Session(op.get_bind(), join_transaction_mode="rollback_only") as session:
        search.rebuild(session)
        session.flush()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search")
    else:
        op.execute("ALTER TABLE folded_text RESET (toast_tuple_target)")
    op.drop_table("search_entry")
    op.drop_table("search_label")
    first_index.create(op.get_bind())
