"""Give cases a life, a clock, photos and contacts apart, and notices with proof of delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("clock_entry", "contact_look", "escalation", "notice_delivery")

# Each step's hash covers the step and the hash before it. The array's text is the same whatever
# the session's settings, because the instant goes in as a number.
_CHAIN = """
create function gridsvc.event_hash(before bytea, e gridsvc.incident_event) returns bytea
language sql immutable as $$
    select sha256(coalesce(before, ''::bytea) || convert_to(jsonb_build_array(
        e.incident_id, e.seq, extract(epoch from e.at), e.action, e.from_status, e.to_status,
        e.user_id, e.team_id, e.note, e.detail)::text, 'UTF8'))
$$;

create function gridsvc.chain_event() returns trigger language plpgsql as $$
declare
    before bytea;
begin
    if new.seq > 1 then
        select hash into before from gridsvc.incident_event
        where incident_id = new.incident_id and seq = new.seq - 1;
        if before is null then
            raise exception 'incident %: step % comes without the one before it',
                new.incident_id, new.seq using errcode = 'check_violation';
        end if;
    end if;
    new.hash := gridsvc.event_hash(before, new);
    return new;
end $$;

alter table gridsvc.incident_event disable trigger append_only;
do $$
declare
    step gridsvc.incident_event;
    before bytea;
begin
    for step in select * from gridsvc.incident_event order by incident_id, seq loop
        if step.seq = 1 then
            before := null;
        end if;
        before := gridsvc.event_hash(before, step);
        update gridsvc.incident_event set hash = before where id = step.id;
    end loop;
end $$;
alter table gridsvc.incident_event enable trigger append_only;
alter table gridsvc.incident_event alter column hash set not null;

create trigger chain before insert on gridsvc.incident_event
    for each row execute function gridsvc.chain_event();
"""

_KEEP_REPORT = """
create or replace function gridsvc.keep_report() returns trigger language plpgsql as $$
begin
    if row(new.reported_at, new.received_at, new.occurred_at, new.geom, new.datum,
           new.original_lon, new.original_lat, new.accuracy_m, new.provenance, new.kind,
           new.client_report_id, new.content_hash, new.source, new.source_ref, new.device_at,
           new.grid_candidates, new.tracking_code, new.reporter_user_id)
       is distinct from
       row(old.reported_at, old.received_at, old.occurred_at, old.geom, old.datum,
           old.original_lon, old.original_lat, old.accuracy_m, old.provenance, old.kind,
           old.client_report_id, old.content_hash, old.source, old.source_ref, old.device_at,
           old.grid_candidates, old.tracking_code, old.reporter_user_id)
       or (old.grid_code is not null
           and row(new.grid_code, new.grid_boundary_id)
               is distinct from row(old.grid_code, old.grid_boundary_id)) then
        raise exception 'incident %: what was reported, and the grid of that day, never change',
            old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""

_KEEP_REPORT_BEFORE = """
create or replace function gridsvc.keep_report() returns trigger language plpgsql as $$
begin
    if row(new.reported_at, new.received_at, new.occurred_at, new.geom, new.datum,
           new.original_lon, new.original_lat, new.accuracy_m, new.provenance, new.kind,
           new.client_report_id, new.content_hash, new.source, new.source_ref)
       is distinct from
       row(old.reported_at, old.received_at, old.occurred_at, old.geom, old.datum,
           old.original_lon, old.original_lat, old.accuracy_m, old.provenance, old.kind,
           old.client_report_id, old.content_hash, old.source, old.source_ref)
       or (old.grid_code is not null
           and row(new.grid_code, new.grid_boundary_id)
               is distinct from row(old.grid_code, old.grid_boundary_id)) then
        raise exception 'incident %: what was reported, and the grid of that day, never change',
            old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "day", name=op.f("pk_calendar_day")),
        schema="gridsvc",
    )
    op.create_table(
        "escalation_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("at_percent", sa.Integer(), nullable=False),
        sa.Column("tell_role", sa.Text(), nullable=False),
        sa.Column("raises_level", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("issues_slip", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("at_percent between 1 and 1000", name=op.f("ck_escalation_step_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_step")),
        sa.UniqueConstraint(
            "prefix",
            "at_percent",
            "tell_role",
            name=op.f("uq_escalation_step_prefix_at_percent_tell_role"),
        ),
        schema="gridsvc",
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "plain",
                "wecom",
                "dingtalk",
                name="format",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("url ~ '^https?://'", name=op.f("ck_webhook_url")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        schema="gridsvc",
    )
    op.create_table(
        "category_crosswalk",
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"], ["gridsvc.category.id"], name=op.f("fk_category_crosswalk_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["gridsvc.category.id"], name=op.f("fk_category_crosswalk_to_id")
        ),
        sa.PrimaryKeyConstraint("from_id", "to_id", name=op.f("pk_category_crosswalk")),
        schema="gridsvc",
    )
    op.create_table(
        "category_question",
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("datatype", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("prompt_en", sa.Text(), nullable=True),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "datatype in ('string', 'number', 'datetime', 'text', 'singlevaluelist', 'multivaluelist')",
            name=op.f("ck_category_question_datatype"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["gridsvc.category.id"], name=op.f("fk_category_question_category_id")
        ),
        sa.PrimaryKeyConstraint("category_id", "code", name=op.f("pk_category_question")),
        schema="gridsvc",
    )
    op.create_table(
        "mailbox",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["gridsvc.user_account.id"],
            name=op.f("fk_mailbox_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mailbox")),
        schema="gridsvc",
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "inbox",
                "email",
                "webhook",
                name="channel",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("webhook_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(user_id, webhook_id) = 1 and (channel = 'webhook') = (webhook_id is not null)",
            name=op.f("ck_notice_recipient"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["gridsvc.user_account.id"],
            name=op.f("fk_notice_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["gridsvc.webhook.id"],
            name=op.f("fk_notice_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notice_dedupe_key")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_notice_incident_id"), "notice", ["incident_id"], unique=False, schema="gridsvc"
    )
    op.create_index(
        op.f("ix_notice_user_id_created_at"),
        "notice",
        ["user_id", "created_at"],
        unique=False,
        schema="gridsvc",
    )
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["next_try_at"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("delivered_at is null and given_up_at is null"),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["gridsvc.notice.id"], name=op.f("fk_notice_delivery_notice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_notice_delivery_notice_id"),
        "notice_delivery",
        ["notice_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_table(
        "specialist_team",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["gridsvc.category.id"], name=op.f("fk_specialist_team_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["gridsvc.team.id"], name=op.f("fk_specialist_team_team_id")
        ),
        sa.PrimaryKeyConstraint("team_id", "category_id", name=op.f("pk_specialist_team")),
        schema="gridsvc",
    )
    op.create_table(
        "clock_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "start",
                "pause",
                "resume",
                "extend",
                "stop",
                name="kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "limit_kind",
            sa.Enum(
                "immediate",
                "same_day",
                "working_hours",
                "working_days",
                "working_week",
                name="limit_kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=True,
        ),
        sa.Column("limit_count", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uncertain", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_clock_entry_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["gridsvc.user_account.id"], name=op.f("fk_clock_entry_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_entry")),
        sa.UniqueConstraint("incident_id", "seq", name=op.f("uq_clock_entry_incident_id_seq")),
        schema="gridsvc",
    )
    op.create_table(
        "co_handler",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_co_handler_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["gridsvc.team.id"], name=op.f("fk_co_handler_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_handler")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_co_handler_incident_id"),
        "co_handler",
        ["incident_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_co_handler_team_id"), "co_handler", ["team_id"], unique=False, schema="gridsvc"
    )
    op.create_index(
        "uq_co_handler_now",
        "co_handler",
        ["incident_id", "team_id"],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("until is null"),
    )
    op.create_table(
        "contact_look",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_contact_look_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["gridsvc.user_account.id"], name=op.f("fk_contact_look_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_look")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_contact_look_incident_id"),
        "contact_look",
        ["incident_id"],
        unique=False,
        schema="gridsvc",
    )
    op.create_table(
        "escalation",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("clock_seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_escalation_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["gridsvc.escalation_step.id"], name=op.f("fk_escalation_step_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "step_id", "clock_seq", name=op.f("pk_escalation")),
        schema="gridsvc",
    )
    op.create_table(
        "extension_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(decided_at is null) = (granted is null)", name=op.f("ck_extension_request_decided")
        ),
        sa.CheckConstraint("working_days > 0", name=op.f("ck_extension_request_days")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["gridsvc.user_account.id"], name=op.f("fk_extension_request_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["gridsvc.user_account.id"],
            name=op.f("fk_extension_request_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_extension_request_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
        schema="gridsvc",
    )
    op.create_index(
        "uq_extension_request_waiting",
        "extension_request",
        ["incident_id"],
        unique=True,
        schema="gridsvc",
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_table(
        "photo",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("client_photo_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("covers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("covered_jpeg", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("purpose in ('report', 'resolve')", name=op.f("ck_photo_purpose")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_photo_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["gridsvc.user_account.id"], name=op.f("fk_photo_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("client_photo_id", name=op.f("uq_photo_client_photo_id")),
        sa.UniqueConstraint(
            "incident_id", "content_hash", name=op.f("uq_photo_incident_id_content_hash")
        ),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_photo_incident_id"), "photo", ["incident_id"], unique=False, schema="gridsvc"
    )
    op.create_table(
        "reporter_contact",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_reporter_contact_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_reporter_contact")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_reporter_contact_erase_after"),
        "reporter_contact",
        ["erase_after"],
        unique=False,
        schema="gridsvc",
    )
    op.create_table(
        "supervision_slip",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["gridsvc.incident.id"], name=op.f("fk_supervision_slip_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["gridsvc.user_account.id"], name=op.f("fk_supervision_slip_issued_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_slip")),
        schema="gridsvc",
    )
    op.create_index(
        op.f("ix_supervision_slip_incident_id"),
        "supervision_slip",
        ["incident_id"],
        unique=False,
        schema="gridsvc",
    )
    op.add_column(
        "category",
        sa.Column(
            "limit_kind",
            sa.Enum(
                "immediate",
                "same_day",
                "working_hours",
                "working_days",
                "working_week",
                name="limit_kind",
                native_enum=False,
                create_constraint=True,
                schema="gridsvc",
            ),
            nullable=True,
        ),
        schema="gridsvc",
    )
    op.add_column(
        "category", sa.Column("limit_count", sa.Integer(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "category",
        sa.Column("duplicate_radius_m", sa.Double(), server_default=sa.text("100"), nullable=False),
        schema="gridsvc",
    )
    op.add_column(
        "category",
        sa.Column("duplicate_days", sa.Integer(), server_default=sa.text("14"), nullable=False),
        schema="gridsvc",
    )
    op.add_column(
        "category",
        sa.Column("photo_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="gridsvc",
    )
    op.add_column(
        "category", sa.Column("emergency_phone", sa.Text(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "category",
        sa.Column("rank", sa.Integer(), server_default=sa.text("100"), nullable=False),
        schema="gridsvc",
    )
    op.add_column(
        "incident", sa.Column("first_team_id", sa.Integer(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "incident",
        sa.Column(
            "grid_candidates",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        schema="gridsvc",
    )
    op.add_column(
        "incident",
        sa.Column("grid_was_chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="gridsvc",
    )
    op.add_column(
        "incident",
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        schema="gridsvc",
    )
    op.add_column(
        "incident", sa.Column("review_reason", sa.Text(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "incident",
        sa.Column(
            "answers",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        schema="gridsvc",
    )
    op.add_column(
        "incident",
        sa.Column("households_affected", sa.Integer(), server_default=sa.text("1"), nullable=False),
        schema="gridsvc",
    )
    op.add_column(
        "incident", sa.Column("merged_into_id", sa.BigInteger(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "incident",
        sa.Column("return_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        schema="gridsvc",
    )
    op.add_column("incident", sa.Column("rating", sa.Integer(), nullable=True), schema="gridsvc")
    op.add_column(
        "incident",
        sa.Column("fed_back_at", sa.DateTime(timezone=True), nullable=True),
        schema="gridsvc",
    )
    op.add_column(
        "incident", sa.Column("reporter_user_id", sa.Integer(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "incident", sa.Column("tracking_code", sa.Text(), nullable=True), schema="gridsvc"
    )
    op.create_index(
        op.f("ix_incident_merged_into_id"),
        "incident",
        ["merged_into_id"],
        unique=False,
        schema="gridsvc",
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    op.create_unique_constraint(
        op.f("uq_incident_tracking_code"), "incident", ["tracking_code"], schema="gridsvc"
    )
    op.create_foreign_key(
        op.f("fk_incident_reporter_user_id"),
        "incident",
        "user_account",
        ["reporter_user_id"],
        ["id"],
        source_schema="gridsvc",
        referent_schema="gridsvc",
    )
    op.create_foreign_key(
        op.f("fk_incident_first_team_id"),
        "incident",
        "team",
        ["first_team_id"],
        ["id"],
        source_schema="gridsvc",
        referent_schema="gridsvc",
    )
    op.create_foreign_key(
        op.f("fk_incident_merged_into_id"),
        "incident",
        "incident",
        ["merged_into_id"],
        ["id"],
        source_schema="gridsvc",
        referent_schema="gridsvc",
    )
    op.add_column(
        "incident_event", sa.Column("team_id", sa.Integer(), nullable=True), schema="gridsvc"
    )
    op.add_column(
        "incident_event", sa.Column("hash", sa.LargeBinary(), nullable=True), schema="gridsvc"
    )
    op.create_foreign_key(
        op.f("fk_incident_event_team_id"),
        "incident_event",
        "team",
        ["team_id"],
        ["id"],
        source_schema="gridsvc",
        referent_schema="gridsvc",
    )
    op.create_check_constraint(
        op.f("ck_category_limit"), "category", "limit_count > 0", schema="gridsvc"
    )
    op.create_check_constraint(
        op.f("ck_category_duplicates"),
        "category",
        "duplicate_radius_m >= 0 and duplicate_days >= 0",
        schema="gridsvc",
    )
    op.create_check_constraint(
        op.f("ck_incident_merged"),
        "incident",
        "(status = 'merged') = (merged_into_id is not null)",
        schema="gridsvc",
    )
    op.create_check_constraint(
        op.f("ck_incident_not_into_itself"), "incident", "merged_into_id <> id", schema="gridsvc"
    )
    op.create_check_constraint(
        op.f("ck_incident_rating"), "incident", "rating between 1 and 3", schema="gridsvc"
    )
    op.create_check_constraint(
        op.f("ck_incident_counts"),
        "incident",
        "households_affected >= 1 and return_count >= 0",
        schema="gridsvc",
    )
    op.execute(_CHAIN)
    op.execute(_KEEP_REPORT)
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )


def downgrade() -> None:
    for table in _APPEND_ONLY:
        op.execute(f"drop trigger append_only on gridsvc.{table}")
        op.execute(f"drop trigger no_truncate on gridsvc.{table}")
    op.execute("drop trigger chain on gridsvc.incident_event")
    op.execute("drop function gridsvc.chain_event()")
    op.execute("drop function gridsvc.event_hash(bytea, gridsvc.incident_event)")
    op.execute(_KEEP_REPORT_BEFORE)
    op.drop_constraint(op.f("ck_category_limit"), "category", schema="gridsvc", type_="check")
    op.drop_constraint(op.f("ck_category_duplicates"), "category", schema="gridsvc", type_="check")
    op.drop_constraint(op.f("ck_incident_merged"), "incident", schema="gridsvc", type_="check")
    op.drop_constraint(
        op.f("ck_incident_not_into_itself"), "incident", schema="gridsvc", type_="check"
    )
    op.drop_constraint(op.f("ck_incident_rating"), "incident", schema="gridsvc", type_="check")
    op.drop_constraint(op.f("ck_incident_counts"), "incident", schema="gridsvc", type_="check")
    op.drop_constraint(
        op.f("fk_incident_event_team_id"), "incident_event", schema="gridsvc", type_="foreignkey"
    )
    op.drop_column("incident_event", "hash", schema="gridsvc")
    op.drop_column("incident_event", "team_id", schema="gridsvc")
    op.drop_constraint(
        op.f("fk_incident_merged_into_id"), "incident", schema="gridsvc", type_="foreignkey"
    )
    op.drop_constraint(
        op.f("fk_incident_first_team_id"), "incident", schema="gridsvc", type_="foreignkey"
    )
    op.drop_constraint(
        op.f("fk_incident_reporter_user_id"), "incident", schema="gridsvc", type_="foreignkey"
    )
    op.drop_constraint(
        op.f("uq_incident_tracking_code"), "incident", schema="gridsvc", type_="unique"
    )
    op.drop_index(
        op.f("ix_incident_merged_into_id"),
        table_name="incident",
        schema="gridsvc",
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    op.drop_column("incident", "tracking_code", schema="gridsvc")
    op.drop_column("incident", "reporter_user_id", schema="gridsvc")
    op.drop_column("incident", "fed_back_at", schema="gridsvc")
    op.drop_column("incident", "rating", schema="gridsvc")
    op.drop_column("incident", "return_count", schema="gridsvc")
    op.drop_column("incident", "merged_into_id", schema="gridsvc")
    op.drop_column("incident", "households_affected", schema="gridsvc")
    op.drop_column("incident", "answers", schema="gridsvc")
    op.drop_column("incident", "review_reason", schema="gridsvc")
    op.drop_column("incident", "device_at", schema="gridsvc")
    op.drop_column("incident", "grid_was_chosen", schema="gridsvc")
    op.drop_column("incident", "grid_candidates", schema="gridsvc")
    op.drop_column("incident", "first_team_id", schema="gridsvc")
    op.drop_column("category", "rank", schema="gridsvc")
    op.drop_column("category", "emergency_phone", schema="gridsvc")
    op.drop_column("category", "photo_required", schema="gridsvc")
    op.drop_column("category", "duplicate_days", schema="gridsvc")
    op.drop_column("category", "duplicate_radius_m", schema="gridsvc")
    op.drop_column("category", "limit_count", schema="gridsvc")
    op.drop_column("category", "limit_kind", schema="gridsvc")
    op.drop_index(
        op.f("ix_supervision_slip_incident_id"), table_name="supervision_slip", schema="gridsvc"
    )
    op.drop_table("supervision_slip", schema="gridsvc")
    op.drop_index(
        op.f("ix_reporter_contact_erase_after"), table_name="reporter_contact", schema="gridsvc"
    )
    op.drop_table("reporter_contact", schema="gridsvc")
    op.drop_index(op.f("ix_photo_incident_id"), table_name="photo", schema="gridsvc")
    op.drop_table("photo", schema="gridsvc")
    op.drop_index(
        "uq_extension_request_waiting",
        table_name="extension_request",
        schema="gridsvc",
        postgresql_where=sa.text("decided_at is null"),
    )
    op.drop_table("extension_request", schema="gridsvc")
    op.drop_table("escalation", schema="gridsvc")
    op.drop_index(op.f("ix_contact_look_incident_id"), table_name="contact_look", schema="gridsvc")
    op.drop_table("contact_look", schema="gridsvc")
    op.drop_index(
        "uq_co_handler_now",
        table_name="co_handler",
        schema="gridsvc",
        postgresql_where=sa.text("until is null"),
    )
    op.drop_index(op.f("ix_co_handler_team_id"), table_name="co_handler", schema="gridsvc")
    op.drop_index(op.f("ix_co_handler_incident_id"), table_name="co_handler", schema="gridsvc")
    op.drop_table("co_handler", schema="gridsvc")
    op.drop_table("clock_entry", schema="gridsvc")
    op.drop_table("specialist_team", schema="gridsvc")
    op.drop_index(
        op.f("ix_notice_delivery_notice_id"), table_name="notice_delivery", schema="gridsvc"
    )
    op.drop_table("notice_delivery", schema="gridsvc")
    op.drop_index(
        "ix_notice_waiting",
        table_name="notice",
        schema="gridsvc",
        postgresql_where=sa.text("delivered_at is null and given_up_at is null"),
    )
    op.drop_index(op.f("ix_notice_user_id_created_at"), table_name="notice", schema="gridsvc")
    op.drop_index(op.f("ix_notice_incident_id"), table_name="notice", schema="gridsvc")
    op.drop_table("notice", schema="gridsvc")
    op.drop_table("mailbox", schema="gridsvc")
    op.drop_table("category_question", schema="gridsvc")
    op.drop_table("category_crosswalk", schema="gridsvc")
    op.drop_table("webhook", schema="gridsvc")
    op.drop_table("escalation_step", schema="gridsvc")
    op.drop_table("calendar_day", schema="gridsvc")
