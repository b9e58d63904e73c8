"""Coverage: which lists an address stands in, and what the walks of a column came to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "placement",
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Text(), nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("left_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name="fk_placement_page_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_placement_run_id"),
        sa.PrimaryKeyConstraint("page_id", "source", "column", name="pk_placement"),
    )
    op.create_index("ix_placement_source_column", "placement", ["source", "column"], unique=False)
    # Of each address the list is known that named it first.
    op.execute(
        'INSERT INTO placement (page_id, source, "column", found_on, seen_at) '
        'SELECT id, source, "column", discovered_on, discovered_at FROM page '
        'WHERE "column" IS NOT NULL AND discovered_on IS NOT NULL'
    )
    _create_walks()


def _create_walks() -> None:
    op.create_table(
        "column_walk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("unseen_since", _TIME, nullable=True),
        sa.Column("list_pages", sa.Integer(), nullable=False),
        sa.Column("whole_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_column_walk_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_column_walk"),
    )
    op.create_index(
        "ix_column_walk_source_column_last_at",
        "column_walk",
        ["source", "column", "last_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("column_walk")
    op.drop_table("placement")
