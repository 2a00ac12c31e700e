"""Keep drafts of another division into grids: their atoms, their log, what is said of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


_APPEND_ONLY = """
create trigger append_only before update or delete on gridsvc.plan_edit
    for each row execute function gridsvc.refuse_change();
create trigger no_truncate before truncate on gridsvc.plan_edit
    for each statement execute function gridsvc.refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", sa.Text(), nullable=False),
        sa.Column("base_on", sa.Date(), nullable=False),
        sa.Column("base_boundary_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "opening",
                "draft",
                "submitted",
                "approved",
                "returned",
                "published",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("log_number", sa.Integer(), nullable=False),
        sa.Column("next_atom", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> '' and log_number >= 0", name=op.f("ck_plan_named")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_code"], ["gridsvc.division.code"], name=op.f("fk_plan_scope_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        schema="gridsvc",
    )
    op.create_index(op.f("ix_plan_owner_id"), "plan", ["owner_id"], unique=False, schema="gridsvc")
    op.create_index(
        op.f("ix_plan_scope_code"), "plan", ["scope_code"], unique=False, schema="gridsvc"
    )
    op.create_geospatial_table(
        "plan_atom",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("atom", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("dwellings", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("block", sa.Integer(), server_default="-1", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("grid_code ~ '^[0-9]{15}$'", name=op.f("ck_plan_atom_fifteen_digits")),
        sa.CheckConstraint("households >= 0 and dwellings >= 0", name=op.f("ck_plan_atom_counts")),
        sa.ForeignKeyConstraint(
            ["building_id"], ["gridsvc.building.id"], name=op.f("fk_plan_atom_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridsvc.plan.id"], name=op.f("fk_plan_atom_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "atom", name=op.f("pk_plan_atom")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_plan_atom_building_id"),
        "plan_atom",
        ["building_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_index(
        "ix_plan_atom_place",
        "plan_atom",
        ["plan_id", "geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_plan_atom_plan_id_grid_code"),
        "plan_atom",
        ["plan_id", "grid_code"],
        unique=False,
        schema="gridsvc",
    )
    op.create_geospatial_table(
        "plan_base",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("dwellings", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridsvc.plan.id"], name=op.f("fk_plan_base_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "grid_code", name=op.f("pk_plan_base")),
        schema="gridsvc",
    )
    op.create_table(
        "plan_edit",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "split",
                "merge",
                "transfer",
                "relabel",
                "reshape",
                "drag",
                "retire",
                "create",
                "renumber",
                "proposal",
                "intake",
                "undo",
                "redo",
                "rebase",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("grids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("households", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("of_seq", sa.Integer(), nullable=True),
        sa.Column("shifted_m", sa.Double(), server_default="0", nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_edit_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridsvc.plan.id"], name=op.f("fk_plan_edit_plan_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "seq", name=op.f("pk_plan_edit")),
        sa.UniqueConstraint("plan_id", "client_id", name=op.f("uq_plan_edit_plan_id_client_id")),
        schema="gridsvc",
    )
    op.create_geospatial_table(
        "plan_grid",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("dwellings", sa.Integer(), nullable=False),
        sa.Column("atoms", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("compactness", sa.Double(), nullable=False),
        sa.Column("changed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("grid_code ~ '^[0-9]{15}$'", name=op.f("ck_plan_grid_fifteen_digits")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridsvc.plan.id"], name=op.f("fk_plan_grid_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "grid_code", name=op.f("pk_plan_grid")),
        schema="gridsvc",
    )
    op.create_table(
        "plan_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "open",
                "propose",
                "rebase",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("labels", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_job_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridsvc.plan.id"], name=op.f("fk_plan_job_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_job")),
        schema="gridsvc",
    )
    op.create_index(
        "ix_plan_job_open",
        "plan_job",
        ["id"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("state in ('waiting', 'running')"),
    )
    op.create_index(
        op.f("ix_plan_job_plan_id"), "plan_job", ["plan_id"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "plan_lock",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "code ~ '^([0-9]{12}|[0-9]{15})$'", name=op.f("ck_plan_lock_grid_or_community")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_lock_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["gridsvc.plan.id"], name=op.f("fk_plan_lock_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "code", name=op.f("pk_plan_lock")),
        schema="gridsvc",
    )
    op.create_table(
        "plan_waiver",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("figure", sa.Double(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_waiver_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["gridsvc.plan.id"],
            name=op.f("fk_plan_waiver_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "kind", "grids", name=op.f("pk_plan_waiver")),
        schema="gridsvc",
    )
    op.create_table(
        "plan_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "text <> '' and abs(lon) <= 180 and abs(lat) <= 90", name=op.f("ck_plan_comment_placed")
        ),
        sa.CheckConstraint(
            "(closed_at is null) = (closed_by_id is null)", name=op.f("ck_plan_comment_closed")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_comment_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["gridsvc.user_account.id"], name=op.f("fk_plan_comment_closed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "closed_seq"],
            ["gridsvc.plan_edit.plan_id", "gridsvc.plan_edit.seq"],
            name=op.f("fk_plan_comment_plan_id_closed_seq"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["gridsvc.plan.id"],
            name=op.f("fk_plan_comment_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comment")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_plan_comment_plan_id"), "plan_comment", ["plan_id"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "plan_misfit",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rebase_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column(
            "decision",
            sa.Enum(
                "dropped",
                "redone",
                name="decision",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=True,
        ),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(decision is null) = (decided_at is null)", name=op.f("ck_plan_misfit_decided")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["gridsvc.user_account.id"],
            name=op.f("fk_plan_misfit_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "seq"],
            ["gridsvc.plan_edit.plan_id", "gridsvc.plan_edit.seq"],
            name=op.f("fk_plan_misfit_plan_id_seq"),
        ),
        sa.PrimaryKeyConstraint("plan_id", "rebase_seq", "seq", name=op.f("pk_plan_misfit")),
        schema="gridsvc",
    )
    op.execute(_APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("plan_misfit", schema="gridsvc")
    op.drop_index(op.f("ix_plan_comment_plan_id"), table_name="plan_comment", schema="gridsvc")
    op.drop_table("plan_comment", schema="gridsvc")
    op.drop_table("plan_waiver", schema="gridsvc")
    op.drop_table("plan_lock", schema="gridsvc")
    op.drop_index(op.f("ix_plan_job_plan_id"), table_name="plan_job", schema="gridsvc")
    op.drop_index(
        "ix_plan_job_open",
        table_name="plan_job",
        schema="gridsvc",
        postgresql_where=sa.text("state in ('waiting', 'running')"),
    )
    op.drop_table("plan_job", schema="gridsvc")
    op.drop_geospatial_table("plan_grid", schema="gridsvc")
    op.drop_table("plan_edit", schema="gridsvc")
    op.drop_geospatial_table("plan_base", schema="gridsvc")
    op.drop_index(op.f("ix_plan_atom_plan_id_grid_code"), table_name="plan_atom", schema="gridsvc")
    op.drop_index(
        "ix_plan_atom_place", table_name="plan_atom", schema="gridsvc", postgresql_using="gist"
    )
    op.drop_index(op.f("ix_plan_atom_building_id"), table_name="plan_atom", schema="gridsvc")
    op.drop_geospatial_table("plan_atom", schema="gridsvc")
    op.drop_index(op.f("ix_plan_scope_code"), table_name="plan", schema="gridsvc")
    op.drop_index(op.f("ix_plan_owner_id"), table_name="plan", schema="gridsvc")
    op.drop_table("plan", schema="gridsvc")
