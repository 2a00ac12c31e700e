"""Note when somebody looked at an odd report, and let him give it its place once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEEP_REPORT = """
create or replace function gridsvc.keep_report() returns trigger language plpgsql as $$
begin
    if row(new.reported_at, new.received_at, new.occurred_at, new.datum, new.accuracy_m,
           new.provenance, new.kind, new.client_report_id, new.content_hash, new.source,
           new.source_ref, new.device_at, new.grid_candidates, new.tracking_code,
           new.reporter_user_id)
       is distinct from
       row(old.reported_at, old.received_at, old.occurred_at, old.datum, old.accuracy_m,
           old.provenance, old.kind, old.client_report_id, old.content_hash, old.source,
           old.source_ref, old.device_at, old.grid_candidates, old.tracking_code,
           old.reporter_user_id)
       or {place}
       or (old.grid_code is not null
           and row(new.grid_code, new.grid_boundary_id)
               is distinct from row(old.grid_code, old.grid_boundary_id)) then
        raise exception 'incident %: what was reported, and the grid of that day, never change',
            old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""
_PLACE = """row(new.geom, new.original_lon, new.original_lat)
          is distinct from row(old.geom, old.original_lon, old.original_lat)"""
# Together with its grid, a case that had none may get another place; what was sent stays beside.
_PLACE_ONCE = f"""({_PLACE}
           and not (old.grid_code is null and new.grid_code is not null
                    and row(new.original_lon, new.original_lat) is not distinct from
                        row(coalesce(old.original_lon, public.st_x(old.geom)),
                            coalesce(old.original_lat, public.st_y(old.geom)))))"""


def upgrade() -> None:
    op.add_column(
        "incident", sa.Column("reviewed_at", sa.DateTime(timezone=True)), schema="gridsvc"
    )
    op.create_index(
        "ix_incident_odd",
        "incident",
        ["grid_code", "division_code"],
        schema="gridsvc",
        postgresql_where=sa.text("review_reason is not null and reviewed_at is null"),
    )
    op.execute(_KEEP_REPORT.format(place=_PLACE_ONCE))


def downgrade() -> None:
    op.execute(_KEEP_REPORT.format(place=_PLACE))
    op.drop_index("ix_incident_odd", table_name="incident", schema="gridsvc")
    op.drop_column("incident", "reviewed_at", schema="gridsvc")
