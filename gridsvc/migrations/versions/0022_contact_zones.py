"""Keep contact zones with their contacts, and the rules of composition as data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = ("composition_rule", "zone_contact", "zone_round", "contact_zone_part", "contact_zone")


def upgrade() -> None:
    op.create_table(
        "contact_zone",
        _number("id"),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        _number("households"),
        _number("dwellings"),
        sa.Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
        *_period("contact_zone"),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _check("contact_zone", "counts", "households >= 0 and dwellings >= 0 and number > 0"),
        _check("contact_zone", "valid_shape", "st_isvalid(geom) and not st_isempty(geom)"),
        _never_two("one_zone_of_a_number", "grid_code", "number"),
        _link("contact_zone", "grid_code", "grid", "code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_zone")),
        schema="gridsvc",
    )
    op.create_index(
        "idx_contact_zone_geom", "contact_zone", ["geom"],
        schema="gridsvc", postgresql_using="gist",
    )  # fmt: skip
    op.create_table(
        "contact_zone_part",
        *(_number(name) for name in ("zone_id", "building_id", "first_door", "last_door")),
        _number("households"),
        _check("contact_zone_part", "doors", "first_door >= 1 and last_door >= first_door"),
        _check("contact_zone_part", "households", "households >= 0"),
        _link("contact_zone_part", "zone_id", "contact_zone"),
        _link("contact_zone_part", "building_id", "building"),
        sa.PrimaryKeyConstraint(
            "zone_id", "building_id", "first_door", name=op.f("pk_contact_zone_part")
        ),
        schema="gridsvc",
    )
    op.create_table(
        "zone_round",
        _number("id"),
        sa.Column("grid_code", sa.Text(), nullable=False),
        _number("boundary_id"),
        sa.Column("made_for", sa.Date(), nullable=False),
        *(_number(name) for name in ("households", "kept", "made")),
        *_said("made"),
        _check("zone_round", "counts", "households >= 0 and kept >= 0 and made >= 0"),
        _link("zone_round", "grid_code", "grid", "code"),
        _link("zone_round", "boundary_id", "grid_boundary"),
        _link("zone_round", "made_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_round")),
        schema="gridsvc",
    )
    op.create_table(
        "zone_contact",
        *(_number(name) for name in ("id", "zone_id", "post_id")),
        *_period("zone_contact"),
        *_said("given"),
        _never_two("one_contact_at_a_time", "zone_id"),
        _link("zone_contact", "zone_id", "contact_zone"),
        _link("zone_contact", "post_id", "team_post"),
        _link("zone_contact", "given_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_contact")),
        schema="gridsvc",
    )
    op.create_table(
        "composition_rule",
        _number("id"),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        *(_number(name) for name in ("team_min", "team_max", "branch_min", "branch_max")),
        sa.Column("seats", postgresql.JSONB(), nullable=False),
        *_said("set"),
        _check("composition_rule", "prefix", "prefix ~ '^[0-9]{0,12}$'"),
        _check("composition_rule", "team", "team_min >= 1 and team_max >= team_min"),
        _check("composition_rule", "branch", "branch_min >= 3 and branch_max >= branch_min"),
        _link("composition_rule", "set_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_composition_rule")),
        schema="gridsvc",
    )
    for table, columns in (
        ("contact_zone_part", ["building_id"]),
        ("zone_round", ["grid_code", "made_for"]),
        ("zone_contact", ["post_id"]),
        ("composition_rule", ["prefix", "valid_from"]),
    ):
        name = op.f(f"ix_{table}_{'_'.join(columns)}")
        op.create_index(name, table, columns, schema="gridsvc")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _said(verb: str) -> tuple[sa.Column[object], ...]:
    """When and by whom something was done; by the service itself where nobody is named."""
    return (
        sa.Column(f"{verb}_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(f"{verb}_by_id", sa.Integer(), nullable=True),
    )


def _period(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        _check(table, "period", "valid_to >= valid_from"),
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _never_two(name: str, *columns: str) -> postgresql.ExcludeConstraint:
    return postgresql.ExcludeConstraint(
        *((sa.column(column), "=") for column in columns),
        (sa.text("daterange(valid_from, valid_to)"), "&&"),
        using="gist",
        name=name,
    )


def _link(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"gridsvc.{other}.{key}"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table, schema="gridsvc")
