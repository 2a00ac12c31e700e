"""Let cases be urgent, steps be sent twice, slips be closed, a ladder be changed and keys be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_URGENCIES = ("ordinary", "urgent", "immediate")
_LIMITS = ("immediate", "same_day", "working_hours", "working_days", "working_week")
_KINDS = ("start", "pause", "resume", "extend", "recount", "stop", "restore")


def upgrade() -> None:
    _urgency()
    _allow_kinds(_KINDS)
    op.create_index(
        "uq_incident_event_client_step",
        "incident_event",
        [sa.text("(detail ->> 'client_step_id')")],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("detail ? 'client_step_id'"),
    )
    _ladder()
    for name, kind in (("closed_at", sa.DateTime(timezone=True)), ("closed_by", sa.Integer())):
        op.add_column("supervision_slip", sa.Column(name, kind), schema="gridsvc")
    _refer("supervision_slip", "closed_by")
    _check(
        "supervision_slip", "closed_after_answer", "closed_at is null or answered_at is not null"
    )
    op.add_column(
        "contact_look",
        sa.Column("what", sa.Text(), server_default="contact", nullable=False),
        schema="gridsvc",
    )
    _check("contact_look", "what", "what in ('contact', 'words')")
    _key_use()


def _urgency() -> None:
    op.add_column(
        "incident",
        sa.Column("urgency", sa.String(9), server_default="ordinary", nullable=False),
        schema="gridsvc",
    )
    _check("incident", "urgency", f"urgency in {_URGENCIES}")
    op.create_table(
        "category_limit",
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(9), nullable=False),
        sa.Column("limit_kind", sa.String(13), nullable=False),
        sa.Column("limit_count", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"urgency in {_URGENCIES}", name=op.f("ck_category_limit_urgency")),
        sa.CheckConstraint(f"limit_kind in {_LIMITS}", name=op.f("ck_category_limit_limit_kind")),
        sa.CheckConstraint("limit_count > 0", name=op.f("ck_category_limit_limit")),
        sa.CheckConstraint("urgency <> 'ordinary'", name=op.f("ck_category_limit_beyond_ordinary")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["gridsvc.category.id"], name=op.f("fk_category_limit_category_id")
        ),
        sa.PrimaryKeyConstraint("category_id", "urgency", name=op.f("pk_category_limit")),
        schema="gridsvc",
    )


def _ladder() -> None:
    op.add_column(
        "escalation_step",
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        schema="gridsvc",
    )
    # A case does not climb what it had passed before the rung was made; these were always there.
    op.execute("update gridsvc.escalation_step set made_at = 'epoch'")
    for name in ("made_by", "disabled_by"):
        op.add_column("escalation_step", sa.Column(name, sa.Integer()), schema="gridsvc")
        _refer("escalation_step", name)
    for name in ("reason", "disabled_reason"):
        op.add_column("escalation_step", sa.Column(name, sa.Text()), schema="gridsvc")
    op.drop_constraint(
        op.f("uq_escalation_step_prefix_at_percent_tell_role"),
        "escalation_step",
        schema="gridsvc",
        type_="unique",
    )
    op.create_index(
        "uq_escalation_step_in_use",
        "escalation_step",
        ["prefix", "at_percent", "tell_role"],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("disabled_at is null"),
    )


def _key_use() -> None:
    op.add_column(
        "api_key",
        sa.Column("per_minute", sa.Integer(), server_default=sa.text("60"), nullable=False),
        schema="gridsvc",
    )
    _check("api_key", "per_minute", "per_minute > 0")
    op.create_table(
        "api_key_use",
        sa.Column("api_key_id", sa.Integer(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"],
            ["gridsvc.api_key.id"],
            name=op.f("fk_api_key_use_api_key_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("api_key_id", "minute", name=op.f("pk_api_key_use")),
        schema="gridsvc",
    )


def downgrade() -> None:
    op.drop_table("api_key_use", schema="gridsvc")
    op.drop_column("api_key", "per_minute", schema="gridsvc")
    op.drop_column("contact_look", "what", schema="gridsvc")
    for name in ("closed_by", "closed_at"):
        op.drop_column("supervision_slip", name, schema="gridsvc")
    op.drop_index("uq_escalation_step_in_use", table_name="escalation_step", schema="gridsvc")
    op.execute(
        "delete from gridsvc.escalation e using gridsvc.escalation_step s"
        " where s.id = e.step_id and s.disabled_at is not null"
    )
    op.execute("delete from gridsvc.escalation_step where disabled_at is not null")
    op.create_unique_constraint(
        op.f("uq_escalation_step_prefix_at_percent_tell_role"),
        "escalation_step",
        ["prefix", "at_percent", "tell_role"],
        schema="gridsvc",
    )
    for name in ("made_at", "made_by", "disabled_by", "reason", "disabled_reason"):
        op.drop_column("escalation_step", name, schema="gridsvc")
    op.drop_index("uq_incident_event_client_step", table_name="incident_event", schema="gridsvc")
    _allow_kinds(_KINDS[:-1])
    op.drop_table("category_limit", schema="gridsvc")
    op.drop_column("incident", "urgency", schema="gridsvc")


def _check(table: str, name: str, rule: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule, schema="gridsvc")


def _refer(table: str, column: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_{column}"),
        table,
        "user_account",
        [column],
        ["id"],
        source_schema="gridsvc",
        referent_schema="gridsvc",
    )


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_clock_entry_kind"), "clock_entry", schema="gridsvc", type_="check")
    _check("clock_entry", "kind", f"kind in {kinds}")
