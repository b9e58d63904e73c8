"""PostgreSQL neither packs an article's terms, which do not get smaller, nor looks for the commonest."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    _set(statistics=0, storage="EXTERNAL")


def downgrade() -> None:
    _set(statistics=-1, storage="EXTENDED")


def _set(*, statistics: int, storage: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE search_entry ALTER COLUMN terms SET STATISTICS {statistics:d}")
        op.execute(f"ALTER TABLE search_entry ALTER COLUMN terms SET STORAGE {storage}")
