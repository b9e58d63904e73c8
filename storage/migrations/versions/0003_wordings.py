"""Near-duplicates: distinct texts, the keys they are found by, and how they are related.

What is stored already gets its keys from the next run that loads anything: the counter says by
which version of the method the corpus was gone through last.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "wording",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_wording"),
        sa.UniqueConstraint("digest", name="uq_wording_digest"),
    )
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wording_pk", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("hash", "wording_pk", name="pk_fingerprint"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link",
        sa.Column("a_pk", sa.Integer(), nullable=False),
        sa.Column("b_pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["a_pk"], ["wording.pk"], name="fk_link_a_pk"),
        sa.ForeignKeyConstraint(["b_pk"], ["wording.pk"], name="fk_link_b_pk"),
        sa.PrimaryKeyConstraint("a_pk", "b_pk", name="pk_link"),
    )
    op.create_index("ix_link_b_pk", "link", ["b_pk"], unique=False)
    op.execute("INSERT INTO counter (name, value) VALUES ('stories', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counter WHERE name = 'stories'")
    op.drop_index("ix_link_b_pk", table_name="link")
    op.drop_table("link")
    op.drop_table("fingerprint")
    op.drop_table("wording")
