"""Find what was given up without reading every notice ever sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_notice_given_up",
        "notice",
        ["given_up_at"],
        schema="gridsvc",
        postgresql_where=sa.text("given_up_at is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_notice_given_up", table_name="notice", schema="gridsvc")
