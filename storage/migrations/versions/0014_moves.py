"""Moves: articles that stand at another address than before."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "move",
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_url", sa.Text(), nullable=False),
        sa.Column("to_url", sa.Text(), nullable=False),
        sa.Column("to_key", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_pk"], ["article.pk"], name="fk_move_article_pk"),
        sa.PrimaryKeyConstraint("article_pk", "number", name="pk_move"),
    )
    op.create_index("ix_move_to_key", "move", ["to_key"], unique=False)


def downgrade() -> None:
    op.drop_table("move")
