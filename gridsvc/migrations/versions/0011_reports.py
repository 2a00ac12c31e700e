"""Find a period's cases by when they moved or were due, without reading all history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_incident_event_at", "incident_event", ["at"], schema="gridsvc")
    op.create_index("ix_incident_reported_at", "incident", ["reported_at"], schema="gridsvc")
    op.create_index(
        "ix_clock_entry_due_at",
        "clock_entry",
        ["due_at"],
        schema="gridsvc",
        postgresql_where=sa.text("due_at is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_clock_entry_due_at", table_name="clock_entry", schema="gridsvc")
    op.drop_index("ix_incident_reported_at", table_name="incident", schema="gridsvc")
    op.drop_index("ix_incident_event_at", table_name="incident_event", schema="gridsvc")
