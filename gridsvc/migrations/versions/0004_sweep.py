"""Give the sweep its date book, its ladder, and the word for a clock counted anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS = ("start", "pause", "resume", "extend", "recount", "stop")
_LADDER = (
    (50, "team", False, False),
    (80, "leader", False, False),
    (80, "community_staff", False, False),
    (100, "community_staff", True, False),
    (150, "street_staff", True, False),
    (200, "district", True, True),
)

# A changed ladder changes when a running clock is looked at next: the sweep finds out itself.
_LADDER_CHANGED = """
create function gridsvc.ladder_changed() returns trigger language plpgsql as $$
begin
    update gridsvc.incident set sweep_at = now() where due_at is not null and closed_at is null;
    return null;
end $$;

create trigger ladder_changed after insert or update or delete on gridsvc.escalation_step
    for each statement execute function gridsvc.ladder_changed();
"""


def upgrade() -> None:
    op.add_column("incident", sa.Column("sweep_at", sa.DateTime(timezone=True)), schema="gridsvc")
    op.create_index(
        "ix_incident_sweep",
        "incident",
        ["sweep_at"],
        schema="gridsvc",
        postgresql_where=sa.text("sweep_at is not null"),
    )
    op.create_index(
        "ix_clock_entry_uncertain",
        "clock_entry",
        ["incident_id"],
        schema="gridsvc",
        postgresql_where=sa.text("uncertain"),
    )
    _allow_kinds(_KINDS)
    op.create_check_constraint(
        op.f("ck_escalation_step_tell_role"),
        "escalation_step",
        "tell_role in ('leader', 'team', 'community_staff', 'street_staff', 'district')",
        schema="gridsvc",
    )
    steps = sa.table(
        "escalation_step",
        *(sa.column(name) for name in ("prefix", "at_percent", "tell_role")),
        *(sa.column(name) for name in ("raises_level", "issues_slip")),
        schema="gridsvc",
    )
    names = ("at_percent", "tell_role", "raises_level", "issues_slip")
    op.bulk_insert(steps, [{"prefix": "", **dict(zip(names, row, strict=True))} for row in _LADDER])
    op.execute(_LADDER_CHANGED)


def downgrade() -> None:
    op.execute("drop trigger ladder_changed on gridsvc.escalation_step")
    op.execute("drop function gridsvc.ladder_changed()")
    op.drop_constraint(
        op.f("ck_escalation_step_tell_role"), "escalation_step", schema="gridsvc", type_="check"
    )
    _allow_kinds(tuple(kind for kind in _KINDS if kind != "recount"))
    op.drop_index("ix_clock_entry_uncertain", table_name="clock_entry", schema="gridsvc")
    op.drop_index("ix_incident_sweep", table_name="incident", schema="gridsvc")
    op.drop_column("incident", "sweep_at", schema="gridsvc")


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_clock_entry_kind"), "clock_entry", schema="gridsvc", type_="check")
    # A choice is as wide as its longest word.
    width = sa.String(max(len(kind) for kind in kinds))
    op.alter_column("clock_entry", "kind", type_=width, schema="gridsvc")
    op.create_check_constraint(
        op.f("ck_clock_entry_kind"),
        "clock_entry",
        f"kind in ({', '.join(repr(kind) for kind in kinds)})",
        schema="gridsvc",
    )
