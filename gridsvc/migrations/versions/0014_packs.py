"""Keep the days on which an office closes its periods, and the packs that it closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = ("cycle_setting", "report_pack")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "cycle_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("closing_days", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("quarter_day", sa.Integer(), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("made_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{0,12}$'", name=op.f("ck_cycle_setting_prefix")),
        sa.CheckConstraint(
            "cardinality(closing_days) > 0", name=op.f("ck_cycle_setting_closing_days")
        ),
        sa.CheckConstraint(
            "quarter_day between 1 and 28", name=op.f("ck_cycle_setting_quarter_day")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["gridsvc.user_account.id"],
            name=op.f("fk_cycle_setting_made_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_setting")),
        schema="gridsvc",
    )  # fmt: skip
    op.create_index(op.f("ix_cycle_setting_prefix"), "cycle_setting", ["prefix"], schema="gridsvc")
    op.create_table(
        "report_pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        *(sa.Column(name, _INSTANT, nullable=False)
          for name in ("since", "until", "as_of", "closed_at")),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind in ('cycle', 'month', 'quarter', 'half_year', 'year', 'days')",
            name=op.f("ck_report_pack_kind"),
        ),
        sa.CheckConstraint(
            "ends_on > starts_on and until > since and as_of >= until",
            name=op.f("ck_report_pack_period"),
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["gridsvc.division.code"],
            name=op.f("fk_report_pack_division_code_division"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["gridsvc.user_account.id"],
            name=op.f("fk_report_pack_closed_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_pack")),
        sa.UniqueConstraint(
            "division_code", "kind", "starts_on",
            name=op.f("uq_report_pack_division_code_kind_starts_on"),
        ),
        postgresql.ExcludeConstraint(
            ("division_code", "="), ("kind", "="), (sa.text("tstzrange(since, until)"), "&&"),
            name="one_closing_of_an_instant", using="gist",
        ),
        schema="gridsvc",
    )  # fmt: skip
    for table in _TABLES:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table, schema="gridsvc")
