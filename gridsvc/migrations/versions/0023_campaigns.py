"""Keep targets, an office's own festivals and campaigns; let a round say when it ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TARGETS = ("team_half_days", "agent_days", "centre_share", "station_share", "agent_share")


def upgrade() -> None:
    op.add_column(
        "visit", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True), schema="gridsvc"
    )
    _targets()
    op.create_table(
        "own_festival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.CheckConstraint("prefix ~ '^[0-9]{0,12}$'", name=op.f("ck_own_festival_prefix")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_festival")),
        sa.UniqueConstraint("prefix", "day", "name", name=op.f("uq_own_festival_prefix_day_name")),
        schema="gridsvc",
    )
    _campaigns()


def _targets() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("kind", _choice("kind", *_TARGETS), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _made_at(),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("prefix ~ '^[0-9]{0,12}$'", name=op.f("ck_target_prefix")),
        sa.CheckConstraint("value between 1 and 100", name=op.f("ck_target_value")),
        _link("target", "made_by", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_target_kind_valid_from"), "target", ["kind", "valid_from"], schema="gridsvc"
    )


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("division_code", "name")),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("starts_on", "ends_on")),
        sa.Column("measure", _choice("measure", "dwellings", "rounds"), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("festival_on", sa.Date(), nullable=True),
        _made_at(),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "ends_on >= starts_on and ends_on <= starts_on + 366", name=op.f("ck_campaign_days")
        ),
        sa.CheckConstraint("goal > 0", name=op.f("ck_campaign_goal")),
        _link("campaign", "division_code", "division.code"),
        *(_link("campaign", name, "user_account.id") for name in ("made_by", "ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_campaign_division_code"), "campaign", ["division_code"], schema="gridsvc"
    )
    op.create_table(
        "campaign_area",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{6,15}$'", name=op.f("ck_campaign_area_prefix")),
        _link("campaign_area", "campaign_id", "campaign.id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("campaign_id", "prefix", name=op.f("pk_campaign_area")),
        schema="gridsvc",
    )


def _made_at() -> sa.Column:
    return sa.Column(
        "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def _link(
    table: str, column: str, other: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"gridsvc.{other}"], name=op.f(f"fk_{table}_{column}_{other.split('.')[0]}"),
        ondelete=ondelete,
    )  # fmt: skip


def downgrade() -> None:
    for table in ("campaign_area", "campaign", "own_festival", "target"):
        op.drop_table(table, schema="gridsvc")
    op.drop_column("visit", "ended_at", schema="gridsvc")
