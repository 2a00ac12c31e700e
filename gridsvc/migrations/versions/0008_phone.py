"""Take visits in once, let a phone keep a pass that only sends, and count an account's reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("client_visit_id", "content_hash"):
        op.add_column("visit", sa.Column(name, sa.Text(), nullable=True), schema="gridsvc")
    op.create_unique_constraint(
        op.f("uq_visit_client_visit_id"), "visit", ["client_visit_id"], schema="gridsvc"
    )
    op.drop_constraint(
        op.f("ck_access_token_kind"), "access_token", schema="gridsvc", type_="check"
    )
    op.create_check_constraint(
        op.f("ck_access_token_kind"),
        "access_token",
        "kind in ('browser', 'bearer', 'phone')",
        schema="gridsvc",
    )
    op.create_index(
        "ix_incident_reporter",
        "incident",
        ["reporter_user_id", "received_at"],
        schema="gridsvc",
        postgresql_where=sa.text("reporter_user_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_incident_reporter", table_name="incident", schema="gridsvc")
    op.execute("delete from gridsvc.access_token where kind = 'phone'")
    op.drop_constraint(
        op.f("ck_access_token_kind"), "access_token", schema="gridsvc", type_="check"
    )
    op.create_check_constraint(
        op.f("ck_access_token_kind"),
        "access_token",
        "kind in ('browser', 'bearer')",
        schema="gridsvc",
    )
    op.drop_constraint(op.f("uq_visit_client_visit_id"), "visit", schema="gridsvc", type_="unique")
    for name in ("content_hash", "client_visit_id"):
        op.drop_column("visit", name, schema="gridsvc")
