"""Make the contact zones of many grids by a worker, after a trial that only counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zone_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefixes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("grids", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        _link("zone_order", "asked_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_order")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_zone_order_asked_by_id"), "zone_order", ["asked_by_id"], schema="gridsvc"
    )
    op.create_table(
        "zone_order_grid",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
          for name in ("households", "left_over", "kept", "made", "given")),
        sa.Column("faults", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        _link("zone_order_grid", "order_id", "zone_order.id", ondelete="CASCADE"),
        _link("zone_order_grid", "grid_code", "grid.code"),
        sa.PrimaryKeyConstraint("order_id", "grid_code", name=op.f("pk_zone_order_grid")),
        schema="gridsvc",
    )  # fmt: skip
    op.create_index(
        "ix_zone_order_grid_waiting", "zone_order_grid", ["order_id", "grid_code"],
        schema="gridsvc", postgresql_where=sa.text("done_at is null"),
    )  # fmt: skip


def _link(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"gridsvc.{other}"],
        name=op.f(f"fk_{table}_{column}_{other.split('.')[0]}"), **more,
    )  # fmt: skip


def downgrade() -> None:
    for table in ("zone_order_grid", "zone_order"):
        op.drop_table(table, schema="gridsvc")
