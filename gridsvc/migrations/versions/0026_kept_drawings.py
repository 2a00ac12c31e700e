"""Keep the drawing of a file that a newer map displaced, so that it can be laid again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan_misfit", sa.Column("drawn", sa.LargeBinary()), schema="gridsvc")


def downgrade() -> None:
    op.drop_column("plan_misfit", "drawn", schema="gridsvc")
