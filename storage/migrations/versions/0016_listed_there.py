"""What each list says of an address that stands in it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("placement", sa.Column("listed_digest", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("placement", "listed_digest")
