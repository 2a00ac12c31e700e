"""Give partners' systems keys, say which categories are for the public, erase contacts by closing.

``reporter_contact.erase_after`` could only repeat when the case was closed, and be wrong after a
case is reopened: what is due is read from the case.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name ~ '^[a-z0-9._-]{2,40}$'", name=op.f("ck_api_key_name")),
        sa.CheckConstraint("prefix ~ '^[0-9]{0,12}$'", name=op.f("ck_api_key_prefix")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
        schema="gridsvc",
    )
    op.add_column(
        "category",
        sa.Column("public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="gridsvc",
    )
    op.create_check_constraint(
        op.f("ck_category_public"), "category", "not (public and sensitive)", schema="gridsvc"
    )
    op.drop_index(
        op.f("ix_reporter_contact_erase_after"), table_name="reporter_contact", schema="gridsvc"
    )
    op.drop_column("reporter_contact", "erase_after", schema="gridsvc")


def downgrade() -> None:
    op.add_column(
        "reporter_contact",
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=True),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_reporter_contact_erase_after"),
        "reporter_contact",
        ["erase_after"],
        unique=False,
        schema="gridsvc",
    )
    op.drop_constraint(op.f("ck_category_public"), "category", schema="gridsvc", type_="check")
    op.drop_column("category", "public", schema="gridsvc")
    op.drop_table("api_key", schema="gridsvc")
