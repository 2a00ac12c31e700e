"""Keep when a dated row was recorded and what it said before; accounts that move; asked roll backs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)
#: Dated table → the columns of which it is kept what they said.
_KEPT = {
    "grid_boundary": ("valid_to", "household_count", "dwelling_count"),
    "team_assignment": ("valid_to",),
    "branch_assignment": ("valid_to",),
    "team_post": ("valid_to",),
    "post_holding": ("valid_to",),
    "building": ("anchor",),
}
_APPEND_ONLY = ("said_before", "scope_move")

# What was written in this very transaction nobody has read yet.
_KEEP_SAID = """
create function gridsvc.keep_said_{table}() returns trigger language plpgsql as $$
begin
    if old.recorded_at < now() then
        insert into gridsvc.said_before (table_name, row_id, until, said)
        values ('{table}', old.id, now(), jsonb_build_object({said}));
    end if;
    return null;
end $$;

create trigger keep_said after update on gridsvc.{table}
    for each row when (row({old}) is distinct from row({new}))
    execute function gridsvc.keep_said_{table}();
"""

_NOTE_END = """
create function gridsvc.note_end() returns trigger language plpgsql as $$
begin
    if new.valid_to is distinct from old.valid_to then
        new.ended_at := case when new.valid_to is not null then now() end;
    end if;
    return new;
end $$;

create trigger note_end before update on gridsvc.grid_boundary
    for each row execute function gridsvc.note_end();
"""


def upgrade() -> None:
    op.create_table(
        "said_before",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("until", _AT, nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_said_before_table_name_row_id_until"),
        "said_before",
        ["table_name", "row_id", "until"],
        schema="gridsvc",
    )
    # One column told the last change alone; the log tells them all.
    op.execute(
        "insert into gridsvc.said_before (table_name, row_id, until, said)"
        " select 'grid_boundary', id, ended_at, jsonb_build_object('valid_to', null,"
        " 'household_count', household_count, 'dwelling_count', dwelling_count)"
        " from gridsvc.grid_boundary where ended_at > recorded_at"
    )
    op.execute("drop trigger note_end on gridsvc.grid_boundary")
    op.execute("drop function gridsvc.note_end()")
    op.drop_column("grid_boundary", "ended_at", schema="gridsvc")
    for table, columns in _KEPT.items():
        if table != "grid_boundary":
            _record(table)
        _keep(table, columns)
    op.create_index(
        op.f("ix_grid_boundary_recorded_at"), "grid_boundary", ["recorded_at"], schema="gridsvc"
    )
    _record("territory_finding")
    op.add_column("territory_finding", sa.Column("superseded_at", _AT), schema="gridsvc")
    _scope_moves()
    _asked_rollbacks()
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )


def _record(table: str) -> None:
    """Say when each row was recorded; of what is there already the day on which it began."""
    op.add_column(
        table,
        sa.Column("recorded_at", _AT, server_default=sa.text("now()"), nullable=False),
        schema="gridsvc",
    )
    op.execute(
        f"update gridsvc.{table} set recorded_at = least(now(), valid_from)"  # noqa: S608  ours
    )


def _keep(table: str, columns: tuple[str, ...]) -> None:
    said = ", ".join(f"'{one}', old.{one}{'::text' * (one == 'anchor')}" for one in columns)
    # As bytes: in a restore no path leads to the `=` of shapes.
    cast = {"anchor": "::bytea"}
    old, new = (
        ", ".join(f"{row}.{one}{cast.get(one, '')}" for one in columns) for row in ("old", "new")
    )
    op.execute(_KEEP_SAID.format(table=table, said=said, old=old, new=new))


def _scope_moves() -> None:
    op.create_table(
        "scope_move",
        sa.Column("publication_id", sa.Integer(), _to("publication.id"), primary_key=True),
        sa.Column(
            "user_id", sa.Integer(), _to("user_account.id"), primary_key=True, index=True
        ),
        *(sa.Column(n, sa.Text(), _to("grid.code"), primary_key=True) for n in ("from_code", "to_code")),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        sa.Column("gains", sa.Boolean(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        schema="gridsvc",
    )  # fmt: skip


def _asked_rollbacks() -> None:
    op.create_table(
        "rollback_request",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("scope_code", sa.Text(), _to("division.code"), nullable=False, index=True),
        sa.Column("restores_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), _to("user_account.id"), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("decision", sa.String(9)),
        sa.Column("decided_by_id", sa.Integer(), _to("user_account.id")),
        sa.Column("decided_at", _AT),
        sa.Column("answer", sa.Text()),
        sa.Column("publication_id", sa.Integer(), _to("publication.id"), unique=True),
        sa.CheckConstraint(
            "decision in ('approved', 'refused', 'withdrawn')",
            op.f("ck_rollback_request_decision"),
        ),
        sa.CheckConstraint(
            "num_nulls(decision, decided_by_id, decided_at) in (0, 3)"
            " and coalesce(decision = 'approved', false) = (publication_id is not null)",
            op.f("ck_rollback_request_decided"),
        ),
        sa.CheckConstraint("reason <> ''", op.f("ck_rollback_request_has_reason")),
        schema="gridsvc",
    )
    # Two wishes for one ground at once could not both be granted.
    op.create_index(
        "uq_rollback_request_open",
        "rollback_request",
        ["scope_code"],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("decision is null"),
    )


def downgrade() -> None:
    op.drop_table("rollback_request", schema="gridsvc")
    op.drop_table("scope_move", schema="gridsvc")
    op.execute("delete from gridsvc.territory_finding where superseded_at is not null")
    op.drop_column("territory_finding", "superseded_at", schema="gridsvc")
    op.drop_column("territory_finding", "recorded_at", schema="gridsvc")
    op.drop_index(
        op.f("ix_grid_boundary_recorded_at"), table_name="grid_boundary", schema="gridsvc"
    )
    for table in _KEPT:
        op.execute(f"drop trigger keep_said on gridsvc.{table}")
        op.execute(f"drop function gridsvc.keep_said_{table}()")
        if table != "grid_boundary":
            op.drop_column(table, "recorded_at", schema="gridsvc")
    op.add_column("grid_boundary", sa.Column("ended_at", _AT), schema="gridsvc")
    op.execute(
        "update gridsvc.grid_boundary b set ended_at ="
        " (select max(until) from gridsvc.said_before s"
        "  where s.table_name = 'grid_boundary' and s.row_id = b.id)"
        " where valid_to is not null"
    )
    op.execute(_NOTE_END)
    op.drop_table("said_before", schema="gridsvc")


def _to(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"gridsvc.{column}")
