"""Health: looks at lists, states of sources, held batches, alerts, heartbeats."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index("ix_visit_source_at", "visit", ["source", "at"], unique=False)
    _create_looks()
    _create_states()
    _create_holds()
    _create_messages()


def _create_looks() -> None:
    op.create_table(
        "look",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("looked_at", _TIME, nullable=False),
        sa.Column("good_at", _TIME, nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_since", _TIME, nullable=True),
        sa.Column("problem_looks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "column", name="pk_look"),
    )


def _create_states() -> None:
    op.create_table(
        "health",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("expected_hours", sa.Double(), nullable=True),
        sa.Column("last_new", _TIME, nullable=True),
        sa.Column("checked_at", _TIME, nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_health"),
    )
    op.create_table(
        "health_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_health_change"),
    )
    op.create_index("ix_health_change_source_at", "health_change", ["source", "at"], unique=False)
    op.create_index("ix_health_change_at", "health_change", ["at"], unique=False)


def _create_holds() -> None:
    op.create_table(
        "hold",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("floors", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("held_at", _TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_hold_run_id"),
        sa.PrimaryKeyConstraint("run_id", "source", name="pk_hold"),
    )
    op.create_index("ix_hold_state_source", "hold", ["state", "source"], unique=False)


def _create_messages() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _TIME, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_key_id", "alert", ["key", "id"], unique=False)
    op.create_index("ix_alert_sent_at", "alert", ["sent_at"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )


def downgrade() -> None:
    for table in ("heartbeat", "alert", "hold", "health_change", "health", "look"):
        op.drop_table(table)
    op.drop_index("ix_visit_source_at", "visit")
