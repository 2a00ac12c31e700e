"""Make the first tables: accounts, territory, staffing, visits, cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_geospatial_table(
        "base_feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), server_default="3", nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind in ('water', 'green', 'street')", name=op.f("ck_base_feature_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_feature")),
        schema="gridsvc",
    )
    op.create_geospatial_index(
        "idx_base_feature_geom",
        "base_feature",
        ["geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "incident",
                "request",
                "wish",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_category_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint(
            "standard",
            "kind",
            "code",
            "valid_from",
            name=op.f("uq_category_standard_kind_code_valid_from"),
        ),
        schema="gridsvc",
    )
    op.create_table(
        "division_level",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("digits", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_division_level")),
        sa.UniqueConstraint("code", "digits", name=op.f("uq_division_level_code_digits")),
        sa.UniqueConstraint("digits", name=op.f("uq_division_level_digits")),
        schema="gridsvc",
    )
    op.create_table(
        "layer_version",
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("layer", name=op.f("pk_layer_version")),
        schema="gridsvc",
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("address", postgresql.INET(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_sign_in_attempt_address_at"),
        "sign_in_attempt",
        ["address", "at"],
        unique=False,
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_sign_in_attempt_username_at"),
        "sign_in_attempt",
        ["username", "at"],
        unique=False,
        schema="gridsvc",
    )
    op.create_geospatial_table(
        "tile_feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("lod", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile_feature")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_tile_feature_code"), "tile_feature", ["code"], unique=False, schema="gridsvc"
    )
    op.create_index(
        "ix_tile_feature_cut",
        "tile_feature",
        ["layer", "lod", "geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "leader",
                "team_member",
                "community_staff",
                "street_staff",
                "planner",
                "district",
                "auditor",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language in ('zh', 'en')", name=op.f("ck_user_account_language")),
        sa.CheckConstraint(
            "username = lower(username) and username ~ '^[a-z0-9._-]{2,40}$'",
            name=op.f("ck_user_account_name"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
        schema="gridsvc",
    )
    op.create_table(
        "access_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('browser', 'bearer')", name=op.f("ck_access_token_kind")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["gridsvc.user_account.id"],
            name=op.f("fk_access_token_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_token_token_hash")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_access_token_user_id"), "access_token", ["user_id"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["gridsvc.user_account.id"], name=op.f("fk_audit_log_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        schema="gridsvc",
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False, schema="gridsvc")
    op.create_table(
        "division",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "digits",
            sa.SmallInteger(),
            sa.Computed("length(code)::smallint", persisted=True),
            nullable=False,
        ),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("source_code", sa.Text(), nullable=True),
        sa.Column("household_min", sa.Integer(), nullable=True),
        sa.Column("household_max", sa.Integer(), nullable=True),
        sa.Column("public_map", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]+$'", name=op.f("ck_division_digits_only")),
        sa.CheckConstraint(
            "household_min >= 0 and household_max >= household_min", name=op.f("ck_division_range")
        ),
        sa.CheckConstraint(
            "parent_code is null or (length(parent_code) < length(code) and starts_with(code, parent_code))",
            name=op.f("ck_division_below_parent"),
        ),
        sa.ForeignKeyConstraint(
            ["level", "digits"],
            ["gridsvc.division_level.code", "gridsvc.division_level.digits"],
            name=op.f("fk_division_level_digits"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["gridsvc.division.code"], name=op.f("fk_division_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_division")),
        schema="gridsvc",
    )
    op.create_index(
        "ix_division_code_prefix",
        "division",
        ["code"],
        unique=False,
        schema="gridsvc",
        postgresql_ops={"code": "text_pattern_ops"},
    )
    op.create_index(
        op.f("ix_division_parent_code"), "division", ["parent_code"], unique=False, schema="gridsvc"
    )
    op.create_index(
        op.f("ix_division_source_code"), "division", ["source_code"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "user_scope",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{0,15}$'", name=op.f("ck_user_scope_prefix")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["gridsvc.user_account.id"],
            name=op.f("fk_user_scope_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "prefix", name=op.f("pk_user_scope")),
        schema="gridsvc",
    )
    op.create_table(
        "branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "branch",
                "group",
                "joint",
                "functional",
                "temporary",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "member_count >= 3 or kind in ('group', 'joint')", name=op.f("ck_branch_small_is_group")
        ),
        sa.CheckConstraint("member_count >= 0", name=op.f("ck_branch_members")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_branch_period")),
        sa.ForeignKeyConstraint(
            ["division_code"], ["gridsvc.division.code"], name=op.f("fk_branch_division_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sa.UniqueConstraint("code", name=op.f("uq_branch_code")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_branch_division_code"), "branch", ["division_code"], unique=False, schema="gridsvc"
    )
    op.create_geospatial_table(
        "building",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "anchor",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("household_count", sa.Integer(), nullable=False),
        sa.Column("dwelling_count", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "household_count >= 0 and dwelling_count >= 0", name=op.f("ck_building_counts")
        ),
        sa.CheckConstraint(
            "st_isvalid(geom) and not st_isempty(geom)", name=op.f("ck_building_valid_shape")
        ),
        sa.CheckConstraint(
            "st_xmin(geom) >= -180 and st_xmax(geom) <= 180 and st_ymin(geom) >= -90 and st_ymax(geom) <= 90",
            name=op.f("ck_building_on_earth"),
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_building_period")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridsvc.division.code"], name=op.f("fk_building_community_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("code", name=op.f("uq_building_code")),
        schema="gridsvc",
    )
    op.create_geospatial_index(
        "idx_building_anchor",
        "building",
        ["anchor"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_index(
        "idx_building_geom",
        "building",
        ["geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_building_community_code"),
        "building",
        ["community_code"],
        unique=False,
        schema="gridsvc",
    )
    op.create_geospatial_table(
        "division_boundary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("division_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="one_outline_at_a_time",
        ),
        sa.CheckConstraint(
            "st_isvalid(geom) and not st_isempty(geom)",
            name=op.f("ck_division_boundary_valid_shape"),
        ),
        sa.CheckConstraint(
            "st_xmin(geom) >= -180 and st_xmax(geom) <= 180 and st_ymin(geom) >= -90 and st_ymax(geom) <= 90",
            name=op.f("ck_division_boundary_on_earth"),
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_division_boundary_period")),
        sa.ForeignKeyConstraint(
            ["division_code"],
            ["gridsvc.division.code"],
            name=op.f("fk_division_boundary_division_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division_boundary")),
        schema="gridsvc",
    )
    op.create_geospatial_index(
        "idx_division_boundary_geom",
        "division_boundary",
        ["geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "grid",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "residential",
                "functional",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("source_code", sa.Text(), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{15}$'", name=op.f("ck_grid_fifteen_digits")),
        sa.CheckConstraint("community_code = left(code, 12)", name=op.f("ck_grid_in_community")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["gridsvc.division.code"], name=op.f("fk_grid_community_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grid")),
        schema="gridsvc",
    )
    op.create_index(
        "ix_grid_code_prefix",
        "grid",
        ["code"],
        unique=False,
        schema="gridsvc",
        postgresql_ops={"code": "text_pattern_ops"},
    )
    op.create_index(
        op.f("ix_grid_community_code"), "grid", ["community_code"], unique=False, schema="gridsvc"
    )
    op.create_index(
        op.f("ix_grid_source_code"), "grid", ["source_code"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "grid",
                "specialist",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("duty_phone", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_team_period")),
        sa.ForeignKeyConstraint(
            ["division_code"], ["gridsvc.division.code"], name=op.f("fk_team_division_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("code", name=op.f("uq_team_code")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_team_division_code"), "team", ["division_code"], unique=False, schema="gridsvc"
    )
    op.create_geospatial_table(
        "territory_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("grid_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("kind in ('gap', 'overlap')", name=op.f("ck_territory_finding_kind")),
        sa.ForeignKeyConstraint(
            ["community_code"],
            ["gridsvc.division.code"],
            name=op.f("fk_territory_finding_community_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_finding")),
        schema="gridsvc",
    )
    op.create_geospatial_index(
        "idx_territory_finding_geom",
        "territory_finding",
        ["geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "branch_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="one_branch_at_a_time",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_branch_assignment_period")),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["gridsvc.branch.id"], name=op.f("fk_branch_assignment_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["grid_code"], ["gridsvc.grid.code"], name=op.f("fk_branch_assignment_grid_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_assignment")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_branch_assignment_branch_id"),
        "branch_assignment",
        ["branch_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_geospatial_table(
        "grid_boundary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
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
        sa.Column("household_count", sa.Integer(), nullable=True),
        sa.Column("dwelling_count", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("grid_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="one_boundary_at_a_time",
        ),
        sa.CheckConstraint(
            "household_count >= 0 and dwelling_count >= 0", name=op.f("ck_grid_boundary_counts")
        ),
        sa.CheckConstraint(
            "st_isvalid(geom) and not st_isempty(geom)", name=op.f("ck_grid_boundary_valid_shape")
        ),
        sa.CheckConstraint(
            "st_xmin(geom) >= -180 and st_xmax(geom) <= 180 and st_ymin(geom) >= -90 and st_ymax(geom) <= 90",
            name=op.f("ck_grid_boundary_on_earth"),
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_grid_boundary_period")),
        sa.ForeignKeyConstraint(
            ["grid_code"], ["gridsvc.grid.code"], name=op.f("fk_grid_boundary_grid_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_boundary")),
        schema="gridsvc",
    )
    op.create_geospatial_index(
        "idx_grid_boundary_geom",
        "grid_boundary",
        ["geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "team_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="one_team_at_a_time",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_team_assignment_period")),
        sa.ForeignKeyConstraint(
            ["grid_code"], ["gridsvc.grid.code"], name=op.f("fk_team_assignment_grid_code")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["gridsvc.team.id"], name=op.f("fk_team_assignment_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_assignment")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_team_assignment_team_id"),
        "team_assignment",
        ["team_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_table(
        "team_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column(
            "post",
            sa.Enum(
                "leader",
                "deputy",
                "member",
                name="post",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "subdistrict_cadre",
                "community_cadre",
                "community_police",
                "villager_group_head",
                "volunteer",
                "resident_unit",
                name="source",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("team_id"), "="),
            (sa.column("post"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            where=sa.text("post in ('leader', 'deputy')"),
            using="gist",
            name="one_leader_one_deputy",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_team_post_period")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["gridsvc.team.id"], name=op.f("fk_team_post_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_post")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_team_post_team_id"), "team_post", ["team_id"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("dwellings_visited", sa.Integer(), nullable=False),
        sa.Column("first_time_dwellings", sa.Integer(), nullable=False),
        sa.Column("topics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "visited_on <= (recorded_at at time zone 'UTC')::date + 1",
            name=op.f("ck_visit_not_ahead"),
        ),
        sa.CheckConstraint(
            "dwellings_visited > 0 and first_time_dwellings between 0 and dwellings_visited",
            name=op.f("ck_visit_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["grid_code"], ["gridsvc.grid.code"], name=op.f("fk_visit_grid_code")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["gridsvc.user_account.id"], name=op.f("fk_visit_recorded_by")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["gridsvc.team.id"], name=op.f("fk_visit_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_visit_grid_code_visited_on"),
        "visit",
        ["grid_code", "visited_on"],
        unique=False,
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_visit_visited_on"), "visit", ["visited_on"], unique=False, schema="gridsvc"
    )
    op.create_geospatial_table(
        "incident",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "incident",
                "request",
                "wish",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "reported",
                "dispatched",
                "claimed",
                "returned",
                "resolved",
                "verified",
                "closed",
                "merged",
                name="status",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum(
                "grid",
                "community",
                "subdistrict",
                "district",
                name="level",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "solved",
                "referred",
                "explained",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=True,
        ),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("datum", sa.Text(), nullable=False),
        sa.Column("original_lon", sa.Double(), nullable=True),
        sa.Column("original_lat", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column(
            "provenance",
            sa.Enum(
                "gps",
                "map",
                "photo",
                "address",
                "import",
                "none",
                name="provenance",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("grid_boundary_id", sa.Integer(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("client_report_id", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.Column(
            "pixel_x",
            sa.Integer(),
            sa.Computed("floor((st_x(geom) + 180) / 360 * 67108864)::integer", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "pixel_y",
            sa.Integer(),
            sa.Computed(
                "floor((1 - ln(tan(radians(greatest(least(st_y(geom), 85), -85))) + 1 / cos(radians(greatest(least(st_y(geom), 85), -85)))) / pi()) / 2 * 67108864)::integer",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(status in ('closed', 'merged')) = (closed_at is not null)",
            name=op.f("ck_incident_ended"),
        ),
        sa.CheckConstraint(
            "datum in ('wgs84', 'cgcs2000', 'gcj02', 'bd09')", name=op.f("ck_incident_datum")
        ),
        sa.CheckConstraint(
            "(grid_code is null) = (grid_boundary_id is null)",
            name=op.f("ck_incident_grid_of_its_day"),
        ),
        sa.CheckConstraint("accuracy_m >= 0", name=op.f("ck_incident_accuracy")),
        sa.CheckConstraint(
            "closed_at >= reported_at", name=op.f("ck_incident_closed_after_reported")
        ),
        sa.CheckConstraint(
            "grid_code is null or geom is not null", name=op.f("ck_incident_grid_has_place")
        ),
        sa.CheckConstraint(
            "st_x(geom) between -180 and 180 and st_y(geom) between -90 and 90",
            name=op.f("ck_incident_on_earth"),
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["gridsvc.branch.id"], name=op.f("fk_incident_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["gridsvc.category.id"], name=op.f("fk_incident_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["gridsvc.division.code"], name=op.f("fk_incident_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["grid_boundary_id"],
            ["gridsvc.grid_boundary.id"],
            name=op.f("fk_incident_grid_boundary_id"),
        ),
        sa.ForeignKeyConstraint(
            ["grid_code"], ["gridsvc.grid.code"], name=op.f("fk_incident_grid_code")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["gridsvc.team.id"], name=op.f("fk_incident_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("client_report_id", name=op.f("uq_incident_client_report_id")),
        sa.UniqueConstraint("source", "source_ref", name=op.f("uq_incident_source_source_ref")),
        schema="gridsvc",
    )
    op.create_geospatial_index(
        "idx_incident_geom",
        "incident",
        ["geom"],
        unique=False,
        schema="gridsvc",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_incident_closed_at"), "incident", ["closed_at"], unique=False, schema="gridsvc"
    )
    op.create_index(
        op.f("ix_incident_grid_code_reported_at"),
        "incident",
        ["grid_code", "reported_at"],
        unique=False,
        schema="gridsvc",
    )
    op.create_index(
        "ix_incident_nobodys",
        "incident",
        ["division_code", "reported_at"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("grid_code is null"),
    )
    op.create_index(
        "ix_incident_open_due",
        "incident",
        ["due_at"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index(
        "ix_incident_open_grid",
        "incident",
        ["grid_code", "category_id", "level", "reported_at"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index(
        "ix_incident_open_pixel",
        "incident",
        ["pixel_x", "pixel_y"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "post_holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("post_id"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="one_holder_at_a_time",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_post_holding_period")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["gridsvc.team_post.id"], name=op.f("fk_post_holding_post_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["gridsvc.user_account.id"], name=op.f("fk_post_holding_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_holding")),
        schema="gridsvc",
    )
    op.create_table(
        "visit_building",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("dwelling_numbers", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.CheckConstraint(
            "cardinality(dwelling_numbers) > 0", name=op.f("ck_visit_building_some_dwelling")
        ),
        sa.ForeignKeyConstraint(
            ["building_id"], ["gridsvc.building.id"], name=op.f("fk_visit_building_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["gridsvc.visit.id"],
            name=op.f("fk_visit_building_visit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("visit_id", "building_id", name=op.f("pk_visit_building")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_visit_building_building_id"),
        "visit_building",
        ["building_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_table(
        "incident_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column(
            "from_status",
            sa.Enum(
                "reported",
                "dispatched",
                "claimed",
                "returned",
                "resolved",
                "verified",
                "closed",
                "merged",
                name="from_status",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=True,
        ),
        sa.Column(
            "to_status",
            sa.Enum(
                "reported",
                "dispatched",
                "claimed",
                "returned",
                "resolved",
                "verified",
                "closed",
                "merged",
                name="to_status",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_incident_event_seq")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_incident_event_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["gridsvc.user_account.id"], name=op.f("fk_incident_event_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
        sa.UniqueConstraint("incident_id", "seq", name=op.f("uq_incident_event_incident_id_seq")),
        schema="gridsvc",
    )


def downgrade() -> None:
    op.drop_table("incident_event", schema="gridsvc")
    op.drop_index(
        op.f("ix_visit_building_building_id"), table_name="visit_building", schema="gridsvc"
    )
    op.drop_table("visit_building", schema="gridsvc")
    op.drop_table("post_holding", schema="gridsvc")
    op.drop_index(
        "ix_incident_open_pixel",
        table_name="incident",
        schema="gridsvc",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.drop_index(
        "ix_incident_open_grid",
        table_name="incident",
        schema="gridsvc",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.drop_index(
        "ix_incident_open_due",
        table_name="incident",
        schema="gridsvc",
        postgresql_where=sa.text("closed_at is null"),
    )
    op.drop_index(
        "ix_incident_nobodys",
        table_name="incident",
        schema="gridsvc",
        postgresql_where=sa.text("grid_code is null"),
    )
    op.drop_index(op.f("ix_incident_closed_at"), table_name="incident", schema="gridsvc")
    op.drop_index(
        op.f("ix_incident_grid_code_reported_at"), table_name="incident", schema="gridsvc"
    )
    op.drop_geospatial_index(
        "idx_incident_geom",
        table_name="incident",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("incident", schema="gridsvc")
    op.drop_index(op.f("ix_visit_visited_on"), table_name="visit", schema="gridsvc")
    op.drop_index(op.f("ix_visit_grid_code_visited_on"), table_name="visit", schema="gridsvc")
    op.drop_table("visit", schema="gridsvc")
    op.drop_index(op.f("ix_team_post_team_id"), table_name="team_post", schema="gridsvc")
    op.drop_table("team_post", schema="gridsvc")
    op.drop_index(
        op.f("ix_team_assignment_team_id"), table_name="team_assignment", schema="gridsvc"
    )
    op.drop_table("team_assignment", schema="gridsvc")
    op.drop_geospatial_index(
        "idx_grid_boundary_geom",
        table_name="grid_boundary",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("grid_boundary", schema="gridsvc")
    op.drop_index(
        op.f("ix_branch_assignment_branch_id"), table_name="branch_assignment", schema="gridsvc"
    )
    op.drop_table("branch_assignment", schema="gridsvc")
    op.drop_geospatial_index(
        "idx_territory_finding_geom",
        table_name="territory_finding",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("territory_finding", schema="gridsvc")
    op.drop_index(op.f("ix_team_division_code"), table_name="team", schema="gridsvc")
    op.drop_table("team", schema="gridsvc")
    op.drop_index(op.f("ix_grid_source_code"), table_name="grid", schema="gridsvc")
    op.drop_index(op.f("ix_grid_community_code"), table_name="grid", schema="gridsvc")
    op.drop_index("ix_grid_code_prefix", table_name="grid", schema="gridsvc")
    op.drop_table("grid", schema="gridsvc")
    op.drop_geospatial_index(
        "idx_division_boundary_geom",
        table_name="division_boundary",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("division_boundary", schema="gridsvc")
    op.drop_index(op.f("ix_building_community_code"), table_name="building", schema="gridsvc")
    op.drop_geospatial_index(
        "idx_building_geom",
        table_name="building",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_index(
        "idx_building_anchor",
        table_name="building",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="anchor",
    )
    op.drop_geospatial_table("building", schema="gridsvc")
    op.drop_index(op.f("ix_branch_division_code"), table_name="branch", schema="gridsvc")
    op.drop_table("branch", schema="gridsvc")
    op.drop_table("user_scope", schema="gridsvc")
    op.drop_index(op.f("ix_division_source_code"), table_name="division", schema="gridsvc")
    op.drop_index(op.f("ix_division_parent_code"), table_name="division", schema="gridsvc")
    op.drop_index("ix_division_code_prefix", table_name="division", schema="gridsvc")
    op.drop_table("division", schema="gridsvc")
    op.drop_index(op.f("ix_audit_log_at"), table_name="audit_log", schema="gridsvc")
    op.drop_table("audit_log", schema="gridsvc")
    op.drop_index(op.f("ix_access_token_user_id"), table_name="access_token", schema="gridsvc")
    op.drop_table("access_token", schema="gridsvc")
    op.drop_table("user_account", schema="gridsvc")
    op.drop_index(
        "ix_tile_feature_cut", table_name="tile_feature", schema="gridsvc", postgresql_using="gist"
    )
    op.drop_index(op.f("ix_tile_feature_code"), table_name="tile_feature", schema="gridsvc")
    op.drop_geospatial_table("tile_feature", schema="gridsvc")
    op.drop_index(
        op.f("ix_sign_in_attempt_username_at"), table_name="sign_in_attempt", schema="gridsvc"
    )
    op.drop_index(
        op.f("ix_sign_in_attempt_address_at"), table_name="sign_in_attempt", schema="gridsvc"
    )
    op.drop_table("sign_in_attempt", schema="gridsvc")
    op.drop_table("layer_version", schema="gridsvc")
    op.drop_table("division_level", schema="gridsvc")
    op.drop_table("category", schema="gridsvc")
    op.drop_geospatial_index(
        "idx_base_feature_geom",
        table_name="base_feature",
        schema="gridsvc",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("base_feature", schema="gridsvc")
