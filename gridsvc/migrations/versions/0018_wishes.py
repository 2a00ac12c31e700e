"""Sort micro-wishes by topic, and list the services of those who can grant them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wish_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish_topic")),
        sa.UniqueConstraint("name", name=op.f("uq_wish_topic_name")),
        schema="gridsvc",
    )
    op.create_table(
        "sorted_wish",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        _link("sorted_wish", "incident_id", "incident"),
        _link("sorted_wish", "topic_id", "wish_topic"),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_sorted_wish")),
        schema="gridsvc",
    )
    op.create_table(
        "skill_service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_skill_service_period")),
        _link("skill_service", "team_id", "team"),
        _link("skill_service", "topic_id", "wish_topic"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_service")),
        schema="gridsvc",
    )
    for table in ("sorted_wish", "skill_service"):
        op.create_index(op.f(f"ix_{table}_topic_id"), table, ["topic_id"], schema="gridsvc")


def _link(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"gridsvc.{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def downgrade() -> None:
    for table in ("skill_service", "sorted_wish", "wish_topic"):
        op.drop_table(table, schema="gridsvc")
