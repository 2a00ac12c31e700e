"""Note which grid goes to another team on which day, so that its open cases go along once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "grid_handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("from_team_id", sa.Integer(), nullable=True),
        sa.Column("to_team_id", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ordered_by_id", sa.Integer(), nullable=False),
        sa.Column("ordered_at", instant, nullable=False),
        sa.Column("done_at", instant, nullable=True),
        sa.Column("cases", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "from_team_id <> to_team_id", name=op.f("ck_grid_handover_another_team")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"gridsvc.{target}"], name=op.f(f"fk_grid_handover_{column}_{table}")
            )
            for column, table, target in (
                ("grid_code", "grid", "grid.code"),
                ("from_team_id", "team", "team.id"),
                ("to_team_id", "team", "team.id"),
                ("ordered_by_id", "user_account", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_handover")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_grid_handover_grid_code"), "grid_handover", ["grid_code"], schema="gridsvc"
    )
    op.create_index(
        "ix_grid_handover_due",
        "grid_handover",
        ["effective_on"],
        schema="gridsvc",
        postgresql_where=sa.text("done_at is null"),
    )


def downgrade() -> None:
    op.drop_table("grid_handover", schema="gridsvc")
