"""Appraise teams by quarter: schemes, tallies, panels and points, locked and append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_APPEND_ONLY = ("appraisal_scheme", "panel_tally", "point_entry")

_LOCK = """
create function gridsvc.keep_appraisal() returns trigger language plpgsql as $$
begin
    if old.locked_at is not null then
        raise exception 'appraisal % is locked', old.id using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

-- The lock of the quarter is taken, so that no tally slips in while it is being locked.
create function gridsvc.keep_tally() returns trigger language plpgsql as $$
declare
    quarter integer := case when tg_op = 'DELETE' then old.appraisal_id else new.appraisal_id end;
    locked timestamptz;
begin
    select locked_at into locked from gridsvc.appraisal where id = quarter for share;
    if locked is not null then
        raise exception 'appraisal % is locked', quarter using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

create trigger keep_appraisal before update or delete on gridsvc.appraisal
    for each row execute function gridsvc.keep_appraisal();
create trigger keep_tally before insert or update or delete on gridsvc.appraisal_tally
    for each row execute function gridsvc.keep_tally();
"""


def upgrade() -> None:
    _schemes()
    _quarters()
    _panels()
    _points()
    op.execute(_LOCK)
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )


def _schemes() -> None:
    op.create_table(
        "appraisal_scheme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        *(sa.Column(name, postgresql.JSONB(), nullable=False)
          for name in ("weights", "shares", "points")),
        sa.Column("made_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{0,12}$'", name=op.f("ck_appraisal_scheme_prefix")),
        _link("appraisal_scheme", "made_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_scheme")),
        schema="gridsvc",
    )  # fmt: skip
    op.create_index(
        op.f("ix_appraisal_scheme_prefix"), "appraisal_scheme", ["prefix"], schema="gridsvc"
    )


def _quarters() -> None:
    op.create_table(
        "appraisal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("locked_at", _INSTANT, nullable=True),
        sa.Column("locked_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_appraisal_period")),
        _link("appraisal", "division_code", "division", "code"),
        _link("appraisal", "scheme_id", "appraisal_scheme"),
        _link("appraisal", "locked_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal")),
        sa.UniqueConstraint(
            "division_code", "starts_on", name=op.f("uq_appraisal_division_code_starts_on")
        ),
        schema="gridsvc",
    )
    op.create_table(
        "appraisal_tally",
        sa.Column("appraisal_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("rater", sa.String(length=15), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False)
          for name in ("asked", "reached", "answered", "points")),
        sa.CheckConstraint(
            "rater in ('team', 'representatives', 'units', 'committee', 'street', 'branch')",
            name=op.f("ck_appraisal_tally_rater"),
        ),
        sa.CheckConstraint(
            "answered >= 0 and reached >= answered and asked >= reached"
            " and points between 0 and 100 * answered",
            name=op.f("ck_appraisal_tally_frame"),
        ),
        _link("appraisal_tally", "appraisal_id", "appraisal"),
        _link("appraisal_tally", "team_id", "team"),
        sa.PrimaryKeyConstraint(
            "appraisal_id", "team_id", "rater", name=op.f("pk_appraisal_tally")
        ),
        schema="gridsvc",
    )  # fmt: skip


def _panels() -> None:
    op.create_table(
        "panel_tally",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False)
          for name in ("households", "asked", "reached", "satisfied", "fairly", "unsatisfied")),
        sa.Column("recorded_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "satisfied >= 0 and fairly >= 0 and unsatisfied >= 0 and households >= 0"
            " and satisfied + fairly + unsatisfied <= reached and reached <= asked",
            name=op.f("ck_panel_tally_frame"),
        ),
        _link("panel_tally", "team_id", "team"),
        sa.PrimaryKeyConstraint("team_id", "starts_on", name=op.f("pk_panel_tally")),
        schema="gridsvc",
    )  # fmt: skip


def _points() -> None:
    op.create_table(
        "point_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("appraisal_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False)
          for name in ("scheme_id", "count", "points")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "kind in ('in_time', 'round', 'satisfied')", name=op.f("ck_point_entry_kind")
        ),
        sa.CheckConstraint("count >= 0", name=op.f("ck_point_entry_count")),
        _link("point_entry", "team_id", "team"),
        _link("point_entry", "appraisal_id", "appraisal"),
        _link("point_entry", "scheme_id", "appraisal_scheme"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_entry")),
        sa.UniqueConstraint(
            "team_id", "appraisal_id", "kind", name=op.f("uq_point_entry_team_id_appraisal_id_kind")
        ),
        schema="gridsvc",
    )  # fmt: skip


def _link(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"gridsvc.{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def downgrade() -> None:
    for table in ("point_entry", "panel_tally", "appraisal_tally", "appraisal", "appraisal_scheme"):
        op.drop_table(table, schema="gridsvc")
    for function in ("keep_tally", "keep_appraisal"):
        op.execute(f"drop function gridsvc.{function}()")
