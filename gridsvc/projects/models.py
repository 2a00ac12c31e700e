"""Tables of area projects: places and works, never persons. Geometry is EPSG:4326.

What a project is and every step it took are append-only; only its cases can be taken off again.
"""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, SmallInteger, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division, Grid
from gridsvc.incidents.models import Incident
from gridsvc.projects.rules import Stage


class AreaProject(Base):
    """One piece of work at a place: a point, or the grids of ``AreaProjectGrid``."""

    __tablename__ = "area_project"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    title: Mapped[str] = mapped_column(Text)
    work: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", 4326, spatial_index=False, nullable=True)
    )
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))


class AreaProjectGrid(Base):
    """A grid that a project is for."""

    __tablename__ = "area_project_grid"

    project_id: Mapped[int] = mapped_column(ForeignKey(AreaProject.id), primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), primary_key=True)


class AreaProjectStep(Base):
    """A stage that a project came to; the last is where it stands.

    ``number`` counts from 1, and whoever writes second finds it taken. ``planned_from`` and
    ``planned_until`` are the work's first and last day as this step planned it.
    """

    __tablename__ = "area_project_step"

    project_id: Mapped[int] = mapped_column(ForeignKey(AreaProject.id), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    reached_on: Mapped[date] = mapped_column(Date)
    planned_from: Mapped[date | None] = mapped_column(Date)
    planned_until: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, server_default="")
    told_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    told_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("number > 0", "number"),
        CheckConstraint("planned_until >= planned_from", "span"),
        CheckConstraint(
            "(stage = 'planned') = (planned_from is not null and planned_until is not null)",
            "planned",
        ),
    )


class AreaProjectCase(Base):
    """A case that a project came from: many to one project, none to two."""

    __tablename__ = "area_project_case"

    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey(AreaProject.id), index=True)
