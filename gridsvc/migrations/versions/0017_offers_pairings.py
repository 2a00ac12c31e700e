"""Offer vacant posts to whoever claims one first, and note which organisation stands by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    accounts = ("offered_by_id", "claimed_by_id", "decided_by_id")
    op.create_table(
        "post_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", _INSTANT, nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", _INSTANT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column(
            "decision",
            sa.Enum(
                "confirmed",
                "declined",
                "withdrawn",
                name="decision",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(claimed_by_id is null) = (claimed_at is null)", name=op.f("ck_post_offer_claimed")
        ),
        sa.CheckConstraint(
            "num_nulls(decided_by_id, decided_at, decision) in (0, 3)",
            name=op.f("ck_post_offer_decided"),
        ),
        sa.CheckConstraint(
            "decision <> 'confirmed' or claimed_at is not null",
            name=op.f("ck_post_offer_claimed_first"),
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["gridsvc.team_post.id"], name=op.f("fk_post_offer_post_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                [name],
                ["gridsvc.user_account.id"],
                name=op.f(f"fk_post_offer_{name}"),
            )
            for name in accounts
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_offer")),
        schema="gridsvc",
    )
    op.create_index(
        "uq_post_offer_open",
        "post_offer",
        ["post_id"],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_table(
        "pairing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_pairing_period")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_pairing_people")),
        postgresql.ExcludeConstraint(
            (sa.column("organisation"), "="),
            (sa.column("division_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="paired_once",
        ),
        sa.ForeignKeyConstraint(
            ["division_code"],
            ["gridsvc.division.code"],
            name=op.f("fk_pairing_division_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_pairing_division_code"), "pairing", ["division_code"], schema="gridsvc"
    )


def downgrade() -> None:
    op.drop_table("pairing", schema="gridsvc")
    op.drop_table("post_offer", schema="gridsvc")
