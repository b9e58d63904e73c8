"""How often columns are asked, hosts whose validators lie, and doubts about walks."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "column", name="pk_pace"),
    )
    op.create_table(
        "distrust",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_distrust"),
    )
    op.add_column("column_walk", sa.Column("gap", sa.Integer(), nullable=True))
    op.add_column("column_walk", sa.Column("doubts", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("column_walk", "doubts")
    op.drop_column("column_walk", "gap")
    op.drop_table("distrust")
    op.drop_table("pace")
