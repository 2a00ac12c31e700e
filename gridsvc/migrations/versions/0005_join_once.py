"""Let a case be joined once for each id that a phone made, however often it sends it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_incident_event_join",
        "incident_event",
        [sa.text("(detail ->> 'client_report_id')")],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("action = 'join'"),
    )


def downgrade() -> None:
    op.drop_index("uq_incident_event_join", table_name="incident_event", schema="gridsvc")
