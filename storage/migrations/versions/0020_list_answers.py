"""Where the archive has the last answers of lists."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "list_answer",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_list_answer"),
    )


def downgrade() -> None:
    op.drop_table("list_answer")
