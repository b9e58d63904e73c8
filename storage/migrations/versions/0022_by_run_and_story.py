"""What a run asks of stories, visits and watches is found by an index: its cost does not grow with them."""

from alembic import op

revision = "0022"
down_revision = "0021"

_INDEXES = (
    ("story", ("merged_into",)),
    ("article", ("source", "story_id")),
    ("visit", ("run_id",)),
    ("watch", ("gone_since",)),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        op.create_index(_name(table, columns), table, list(columns))


def downgrade() -> None:
    for table, columns in _INDEXES:
        op.drop_index(_name(table, columns), table)


def _name(table: str, columns: tuple[str, ...]) -> str:
    return "_".join(("ix", table, *columns))
