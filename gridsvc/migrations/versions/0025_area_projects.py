"""Keep area projects, every step they took, and the cases they came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_APPEND_ONLY = ("area_project", "area_project_grid", "area_project_step")
_STAGES = ("proposed", "planned", "under_way", "done")


def upgrade() -> None:
    _projects()
    _steps()
    op.create_table(
        "area_project_case",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        _link("area_project_case", "incident_id", "incident.id"),
        _link("area_project_case", "project_id", "area_project.id"),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_area_project_case")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_area_project_case_project_id"), "area_project_case", ["project_id"],
        schema="gridsvc",
    )  # fmt: skip
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )


def _projects() -> None:
    op.create_table(
        "area_project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=True),
        sa.Column("made_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        _link("area_project", "division_code", "division.code"),
        _link("area_project", "made_by", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_project")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_area_project_division_code"), "area_project", ["division_code"], schema="gridsvc"
    )
    op.create_table(
        "area_project_grid",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        _link("area_project_grid", "project_id", "area_project.id"),
        _link("area_project_grid", "grid_code", "grid.code"),
        sa.PrimaryKeyConstraint("project_id", "grid_code", name=op.f("pk_area_project_grid")),
        schema="gridsvc",
    )


def _steps() -> None:
    op.create_table(
        "area_project_step",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column(
            "stage", sa.Enum(*_STAGES, name="stage", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("planned_from", sa.Date(), nullable=True),
        sa.Column("planned_until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("told_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_area_project_step_number")),
        sa.CheckConstraint(
            "planned_until >= planned_from", name=op.f("ck_area_project_step_span")
        ),
        sa.CheckConstraint(
            "(stage = 'planned') = (planned_from is not null and planned_until is not null)",
            name=op.f("ck_area_project_step_planned"),
        ),
        _link("area_project_step", "project_id", "area_project.id"),
        _link("area_project_step", "told_by", "user_account.id"),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_area_project_step")),
        schema="gridsvc",
    )  # fmt: skip


def _link(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{other.split('.', maxsplit=1)[0]}"
    return sa.ForeignKeyConstraint([column], [f"gridsvc.{other}"], name=op.f(name))


def downgrade() -> None:
    for table in ("area_project_case", "area_project_step", "area_project_grid", "area_project"):
        op.drop_table(table, schema="gridsvc")
