"""Validators of lists that are one document."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("pace", sa.Column("etag", sa.Text(), nullable=True))
    op.add_column("pace", sa.Column("last_modified", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("pace", "last_modified")
    op.drop_column("pace", "etag")
