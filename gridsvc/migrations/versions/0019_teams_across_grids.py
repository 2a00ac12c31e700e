"""Count the members of teams across grids, name their skills, and let volunteers have teams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("team", sa.Column("member_count", sa.Integer(), nullable=True), schema="gridsvc")
    op.add_column(
        "team",
        sa.Column(
            "skills",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        schema="gridsvc",
    )
    op.create_check_constraint(
        op.f("ck_team_members"), "team", "member_count >= 0", schema="gridsvc"
    )
    _allow("grid", "specialist", "volunteer")


def downgrade() -> None:
    op.execute("update gridsvc.team set kind = 'specialist' where kind = 'volunteer'")
    _allow("grid", "specialist")
    op.drop_constraint(op.f("ck_team_members"), "team", schema="gridsvc", type_="check")
    for name in ("skills", "member_count"):
        op.drop_column("team", name, schema="gridsvc")


def _allow(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_team_kind"), "team", schema="gridsvc", type_="check")
    listed = ", ".join(f"'{one}'" for one in kinds)
    op.create_check_constraint(
        op.f("ck_team_kind"), "team", f"kind in ({listed})", schema="gridsvc"
    )
