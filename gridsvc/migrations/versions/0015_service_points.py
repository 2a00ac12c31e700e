"""Service points with their hours and rounds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_point",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("code", "name")),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "centre", "station", "agent", name="tier", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("address", "phone")),
        sa.Column("services", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_service_point_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_point")),
        sa.UniqueConstraint("code", name=op.f("uq_service_point_code")),
        schema="gridsvc",
    )
    op.create_index(
        "idx_service_point_geom", "service_point", ["geom"],
        schema="gridsvc", postgresql_using="gist",
    )  # fmt: skip
    op.create_table(
        "service_hour",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.Time(), nullable=False) for name in ("opens", "closes")),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=True),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_service_hour_weekday")),
        sa.CheckConstraint("closes > opens", name=op.f("ck_service_hour_times")),
        sa.CheckConstraint(
            "(place is null) = (geom is null)", name=op.f("ck_service_hour_stop")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["gridsvc.service_point.id"],
            name=op.f("fk_service_hour_service_point_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_hour")),
        schema="gridsvc",
    )  # fmt: skip
    op.create_index(
        op.f("ix_service_hour_service_point_id"), "service_hour", ["service_point_id"],
        schema="gridsvc",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("service_hour", schema="gridsvc")
    op.drop_table("service_point", schema="gridsvc")
