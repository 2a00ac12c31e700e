"""Alembic's environment: our schema only, with GeoAlchemy2's helpers."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

import gridsvc.accounts.models
import gridsvc.appraisals.models
import gridsvc.calendars.models
import gridsvc.campaigns.models
import gridsvc.cards.models
import gridsvc.grids.models
import gridsvc.incidents.models
import gridsvc.notices.models
import gridsvc.plans.models
import gridsvc.plans.publishing.models
import gridsvc.projects.models
import gridsvc.public.models
import gridsvc.reports.models
import gridsvc.service_points.models
import gridsvc.staffing.models
import gridsvc.targets.models
import gridsvc.visits.models
import gridsvc.wishes.models
import gridsvc.zones.models  # noqa: F401  every table must be known to the metadata
from gridsvc.db import SCHEMA, Base


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "schema" or name == SCHEMA


def _include_object(
    subject: object, name: str | None, kind: str, reflected: bool, compare_to: object
) -> bool:
    return name != "alembic_version" and alembic_helpers.include_object(
        subject, name, kind, reflected, compare_to
    )


def run() -> None:
    """Run the migrations on the connection that the caller opened and will commit."""
    connection = context.config.attributes["connection"]
    if connection is None:
        raise RuntimeError("run migrations by “gridsvc migrate”")
    connection.execute(text(f"create schema if not exists {SCHEMA}"))
    # A migration that waits for a lock makes every request behind it wait too.
    connection.execute(text("set local lock_timeout = '5s'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_include_name,
        include_object=_include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
    )
    context.run_migrations()


run()
