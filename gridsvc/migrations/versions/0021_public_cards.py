"""Tell the public of services and pledges; print cards, and count those given out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _public()
    op.create_table(
        "card_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("kind", "contact", "service", "poster"), nullable=False),
        sa.Column("paper", _choice("paper", "a4", "a3"), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("grid_codes", sa.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("within", "base_url")),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "state", _choice("state", "waiting", "running", "done", "failed", "cancelled"),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True)
          for name in ("beat_at", "finished_at", "booked_at")),
        sa.CheckConstraint("copies between 1 and 100", name=op.f("ck_card_order_copies")),
        _link("card_order", "asked_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_order")),
        schema="gridsvc",
    )  # fmt: skip
    op.create_index(
        "ix_card_order_open", "card_order", ["id"], schema="gridsvc",
        postgresql_where=sa.text("state in ('waiting', 'running')"),
    )  # fmt: skip
    op.create_table(
        "card_part",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        _link("card_part", "order_id", "card_order.id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_card_part")),
        schema="gridsvc",
    )
    op.create_table(
        "card_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("kind", _choice("kind", "contact", "service", "poster"), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        _made("recorded_at"),
        sa.CheckConstraint(
            "number <> 0 and abs(number) <= 100000", name=op.f("ck_card_issue_number")
        ),
        _link("card_issue", "grid_code", "grid.code"),
        _link("card_issue", "order_id", "card_order.id"),
        _link("card_issue", "recorded_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_issue")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_card_issue_grid_code_kind"), "card_issue", ["grid_code", "kind"], schema="gridsvc"
    )


def _public() -> None:
    op.create_table(
        "public_service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("limit_days", sa.SmallInteger(), nullable=True),
        *(sa.Column(name, sa.ARRAY(sa.Text()), nullable=False)
          for name in ("materials", "materials_en")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("fee", "fee_en")),
        sa.Column("tiers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("rank", sa.Integer(), server_default=sa.text("100"), nullable=False),
        *_period(),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_public_service_period")),
        sa.CheckConstraint("limit_days between 0 and 366", name=op.f("ck_public_service_limit")),
        sa.CheckConstraint(
            "tiers <@ array['centre', 'station', 'agent']", name=op.f("ck_public_service_tiers")
        ),
        _link("public_service", "division_code", "division.code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_service")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_public_service_code_valid_from")),
        schema="gridsvc",
    )  # fmt: skip
    op.create_table(
        "pledge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("sentence_en", sa.Text(), nullable=True),
        *_period(),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        _made("made_at"),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_pledge_period")),
        sa.CheckConstraint("(place_code is null) <> (team_id is null)",
                           name=op.f("ck_pledge_whose")),
        sa.CheckConstraint("place_code ~ '^[0-9]{6,15}$'", name=op.f("ck_pledge_place")),
        sa.CheckConstraint("length(sentence) > 0", name=op.f("ck_pledge_sentence")),
        _link("pledge", "team_id", "team.id"),
        _link("pledge", "made_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
        schema="gridsvc",
    )  # fmt: skip
    for column in ("place_code", "team_id"):
        op.create_index(op.f(f"ix_pledge_{column}"), "pledge", [column], schema="gridsvc")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def _period() -> list[sa.Column[object]]:
    return [
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
    ]


def _made(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _link(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"gridsvc.{other}"],
        name=op.f(f"fk_{table}_{column}_{other.split('.')[0]}"), **more,
    )  # fmt: skip


def downgrade() -> None:
    for table in ("card_issue", "card_part", "card_order", "pledge", "public_service"):
        op.drop_table(table, schema="gridsvc")
