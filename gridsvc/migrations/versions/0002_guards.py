"""Let the database itself refuse what must not be: rewritten history, impossible visits."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("audit_log", "incident_event")

_FUNCTIONS = """
create function gridsvc.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op
        using errcode = 'restrict_violation';
end $$;

-- A report keeps its place, its time and the grid of its day; a case that came without a grid
-- may be given one once, by the supervisor.
create function gridsvc.keep_report() returns trigger language plpgsql as $$
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

-- Checked at commit, so that a case and its first event may be written in either order.
create function gridsvc.require_history() returns trigger language plpgsql as $$
begin
    if not exists (select from gridsvc.incident_event where incident_id = new.id) then
        raise exception 'incident % has no history', new.id using errcode = 'check_violation';
    end if;
    return null;
end $$;

-- A published boundary may end, and counts that were unknown may become known; no more.
create function gridsvc.keep_boundary() returns trigger language plpgsql as $$
begin
    if row(new.grid_code, new.geom, new.valid_from)
       is distinct from row(old.grid_code, old.geom, old.valid_from)
       or (old.household_count is not null and new.household_count is distinct from
           old.household_count)
       or (old.dwelling_count is not null and new.dwelling_count is distinct from
           old.dwelling_count) then
        raise exception 'grid boundary % is history: publish a new one instead', old.id
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

create function gridsvc.dwellings_exist() returns trigger language plpgsql as $$
declare
    last_number integer;
begin
    select dwelling_count into last_number from gridsvc.building where id = new.building_id;
    if exists (select from unnest(new.dwelling_numbers) n where n is null or n < 1 or n > last_number)
       or (select count(*) <> count(distinct n) from unnest(new.dwelling_numbers) n) then
        raise exception 'visit %: building % has dwellings 1 to %, each counted once',
            new.visit_id, new.building_id, last_number using errcode = 'check_violation';
    end if;
    return new;
end $$;
"""

_TRIGGERS = """
create trigger keep_report before update on gridsvc.incident
    for each row execute function gridsvc.keep_report();
create trigger no_delete before delete on gridsvc.incident
    for each row execute function gridsvc.refuse_change();
create trigger no_truncate before truncate on gridsvc.incident
    for each statement execute function gridsvc.refuse_change();
create constraint trigger require_history after insert on gridsvc.incident
    deferrable initially deferred for each row execute function gridsvc.require_history();
create trigger keep_boundary before update on gridsvc.grid_boundary
    for each row execute function gridsvc.keep_boundary();
create trigger dwellings_exist before insert or update on gridsvc.visit_building
    for each row execute function gridsvc.dwellings_exist();
"""

_LEVELS = """
insert into gridsvc.division_level (code, digits, name, name_en) values
    ('district', 6, '区县', 'District'),
    ('subdistrict', 9, '街道/乡镇', 'Subdistrict'),
    ('community', 12, '社区/村', 'Community');
insert into gridsvc.layer_version (layer, version) values
    ('grids', 1), ('base', 1), ('buildings', 1);
"""


def upgrade() -> None:
    op.execute(_FUNCTIONS)
    op.execute(_TRIGGERS)
    for table in _APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on gridsvc.{table}"
            " for each row execute function gridsvc.refuse_change();"
            f"create trigger no_truncate before truncate on gridsvc.{table}"
            " for each statement execute function gridsvc.refuse_change();"
        )
    op.execute(_LEVELS)


def downgrade() -> None:
    for table in _APPEND_ONLY:
        op.execute(f"drop trigger append_only on gridsvc.{table}")
        op.execute(f"drop trigger no_truncate on gridsvc.{table}")
    for trigger, table in (
        ("keep_report", "incident"),
        ("no_delete", "incident"),
        ("no_truncate", "incident"),
        ("require_history", "incident"),
        ("keep_boundary", "grid_boundary"),
        ("dwellings_exist", "visit_building"),
    ):
        op.execute(f"drop trigger {trigger} on gridsvc.{table}")
    for function in (
        "refuse_change",
        "keep_report",
        "require_history",
        "keep_boundary",
        "dwellings_exist",
    ):
        op.execute(f"drop function gridsvc.{function}()")
    op.execute("delete from gridsvc.layer_version")
    op.execute("delete from gridsvc.division_level")
