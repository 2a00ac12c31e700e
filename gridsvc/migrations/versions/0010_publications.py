"""Give maps versions: reviews, publications, where ground went, and cases that went with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)
_DATED = ("grid_boundary", "team_assignment", "branch_assignment")
_APPEND_ONLY = ("plan_review", "publication", "grid_lineage", "case_handover", "rehoming")

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
    for table in _DATED:
        _allow_periods(table, "valid_to >= valid_from")
    op.add_column("grid_boundary", sa.Column("ended_at", _AT), schema="gridsvc")
    op.execute(_NOTE_END)
    op.add_column("incident", sa.Column("handled_code", sa.Text()), schema="gridsvc")
    op.create_foreign_key(
        op.f("fk_incident_handled_code"),
        "incident",
        "grid",
        ["handled_code"],
        ["code"],
        source_schema="gridsvc",
        referent_schema="gridsvc",
    )
    op.create_index(
        op.f("ix_incident_handled_code"),
        "incident",
        ["handled_code"],
        schema="gridsvc",
        postgresql_where=sa.text("handled_code is not null"),
    )
    _reviews()
    _publications()
    _handovers()
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )


def _reviews() -> None:
    op.create_table(
        "plan_review",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("plan_id", sa.Integer(), _to("plan.id"), nullable=False, index=True),
        sa.Column("plan_log", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(7), nullable=False),
        sa.Column("by_id", sa.Integer(), _to("user_account.id"), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("effective_on", sa.Date()),
        sa.Column("seen", postgresql.JSONB()),
        _choice("plan_review", "action", "submit", "recall", "approve", "return", "publish"),
        sa.CheckConstraint(
            "action <> 'return' or reason <> ''", op.f("ck_plan_review_return_has_reason")
        ),
        sa.CheckConstraint(
            "(action = 'submit') = (seen is not null)", op.f("ck_plan_review_submitted_what")
        ),
        schema="gridsvc",
    )
    op.create_table(
        "plan_staffing",
        sa.Column("plan_id", sa.Integer(), _to("plan.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("grid_code", sa.Text(), primary_key=True),
        sa.Column("team_id", sa.Integer(), _to("team.id")),
        sa.Column("branch_id", sa.Integer(), _to("branch.id")),
        sa.CheckConstraint("num_nonnulls(team_id, branch_id) > 0", op.f("ck_plan_staffing_chosen")),
        schema="gridsvc",
    )


def _publications() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("plan_id", sa.Integer(), _to("plan.id"), unique=True),
        sa.Column("plan_log", sa.Integer()),
        sa.Column("scope_code", sa.Text(), _to("division.code"), nullable=False, index=True),
        sa.Column("effective_on", sa.Date(), nullable=False, index=True),
        sa.Column("restores_on", sa.Date()),
        sa.Column("published_at", _AT, nullable=False),
        sa.Column("published_by_id", sa.Integer(), _to("user_account.id"), nullable=False),
        sa.Column("reason", sa.Text()),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("grids_before", "grids_after", "households")
        ),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in ("proof", "seen")),
        _choice("publication", "kind", "plan", "rollback"),
        sa.CheckConstraint(
            "(kind = 'plan') = (plan_id is not null) and (plan_id is null) = (plan_log is null)"
            " and (kind = 'rollback') = (restores_on is not null)",
            op.f("ck_publication_of_its_kind"),
        ),
        sa.CheckConstraint(
            "restores_on < effective_on or kind = 'plan'",
            op.f("ck_publication_restores_the_past"),
        ),
        schema="gridsvc",
    )
    op.create_table(
        "grid_lineage",
        sa.Column("publication_id", sa.Integer(), _to("publication.id"), primary_key=True),
        sa.Column("from_code", sa.Text(), _to("grid.code"), primary_key=True, index=True),
        sa.Column("to_code", sa.Text(), _to("grid.code"), primary_key=True, index=True),
        *(
            sa.Column(name, sa.Integer(), _to("grid_boundary.id"), nullable=False)
            for name in ("from_boundary_id", "to_boundary_id")
        ),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        _choice("grid_lineage", "kind", "kept", "split", "merged", "shifted", "renumbered"),
        sa.CheckConstraint("households >= 0 and area_m2 >= 0", op.f("ck_grid_lineage_counts")),
        sa.CheckConstraint("(kind = 'kept') = (from_code = to_code)", op.f("ck_grid_lineage_kept")),
        schema="gridsvc",
    )


def _handovers() -> None:
    op.create_table(
        "case_handover",
        sa.Column("publication_id", sa.Integer(), _to("publication.id"), primary_key=True),
        sa.Column("incident_id", sa.BigInteger(), _to("incident.id"), primary_key=True, index=True),
        *(sa.Column(n, sa.Text(), _to("grid.code"), nullable=False) for n in ("from_code", "to_code")),
        *(sa.Column(n, sa.Integer(), _to("team.id")) for n in ("from_team_id", "to_team_id")),
        sa.Column("at", _AT, nullable=False),
        schema="gridsvc",
    )  # fmt: skip
    op.create_table(
        "rehoming",
        sa.Column("publication_id", sa.Integer(), _to("publication.id"), primary_key=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("cases", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("differences", postgresql.JSONB(), nullable=False),
        schema="gridsvc",
    )


def downgrade() -> None:
    for table in reversed(_APPEND_ONLY):
        op.drop_table(table, schema="gridsvc")
    op.drop_table("plan_staffing", schema="gridsvc")
    op.drop_column("incident", "handled_code", schema="gridsvc")
    op.execute("drop trigger note_end on gridsvc.grid_boundary")
    op.execute("drop function gridsvc.note_end()")
    op.drop_column("grid_boundary", "ended_at", schema="gridsvc")
    for table in _DATED:
        # What never came into force has no place in a schema that knows only periods with days.
        op.execute(f"delete from gridsvc.{table} where valid_to = valid_from")  # noqa: S608  ours
        _allow_periods(table, "valid_to > valid_from")


def _allow_periods(table: str, rule: str) -> None:
    name = op.f(f"ck_{table}_period")
    op.drop_constraint(name, table, schema="gridsvc", type_="check")
    op.create_check_constraint(name, table, rule, schema="gridsvc")


def _to(column: str, **more: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"gridsvc.{column}", **more)


def _choice(table: str, column: str, *choices: str) -> sa.CheckConstraint:
    words = ", ".join(f"'{one}'" for one in choices)
    return sa.CheckConstraint(f"{column} in ({words})", op.f(f"ck_{table}_{column}"))
