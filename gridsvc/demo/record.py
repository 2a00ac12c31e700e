"""Write staff, visits and cases of the demo into their tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gridsvc.calendars.queries import calendar_for, office_zone
from gridsvc.copying import copy_rows
from gridsvc.demo.aftermath import aftermath, clock_lines
from gridsvc.demo.cases import CaseRow, case_of
from gridsvc.demo.catalogue import CATALOGUE, EMERGENCY, STANDARD
from gridsvc.demo.occurrences import lon_lat, occurrences
from gridsvc.demo.posts import Staffing
from gridsvc.demo.rounds import VisitRow
from gridsvc.demo.town.names import SUBDISTRICT
from gridsvc.geo.analysis.locate import Locator
from gridsvc.grids.models import Building, GridBoundary
from gridsvc.incidents import clock
from gridsvc.incidents.models import Category, ClockEntry, Incident, IncidentEvent
from gridsvc.incidents.rules import Kind, Provenance, Status
from gridsvc.staffing.models import (
    Branch,
    BranchAssignment,
    PostHolding,
    Team,
    TeamAssignment,
    TeamPost,
)
from gridsvc.visits.models import Visit, VisitBuilding

SOURCE = "demo"
WALKED_BY = (time(11), time(16))  # every other grid in the morning
HOME_AT = time(17, 30)  # rounds are written up before going home
# How places are given: mostly by the phone itself.
PROVENANCE = ((Provenance.GPS, 0.62), (Provenance.MAP, 0.18), (Provenance.PHOTO, 0.1),
              (Provenance.ADDRESS, 0.1))  # fmt: skip


def write_staffing(session: Session, staff: Staffing) -> None:
    """Insert teams, posts, who holds them, branches and the grids of both."""
    common = ("code", "name", "name_en", "kind", "division_code", "valid_from")
    teams = [
        {name: getattr(one, name) for name in (*common, "duty_phone", "valid_to")}
        for one in staff.teams
    ]
    team_ids = _inserted(session, Team, teams)
    posts = [
        {"team_id": team_id, "post": post.post, "source": post.source,
         "valid_from": team.valid_from, "valid_to": team.valid_to}
        for team_id, team in zip(team_ids, staff.teams, strict=True)
        for post in team.posts
    ]  # fmt: skip
    post_ids = _inserted(session, TeamPost, posts)
    held = [(team, post) for team in staff.teams for post in team.posts]
    _inserted(session, PostHolding, [
        {"post_id": post_id, "valid_from": post.held_from, "valid_to": team.valid_to}
        for post_id, (team, post) in zip(post_ids, held, strict=True)
        if post.held_from is not None
    ])  # fmt: skip
    _inserted(session, TeamAssignment, [
        {"grid_code": team.grid_code, "team_id": team_id, "valid_from": team.valid_from,
         "valid_to": team.valid_to}
        for team_id, team in zip(team_ids, staff.teams, strict=True)
        if team.grid_code is not None
    ])  # fmt: skip
    branches = [
        {name: getattr(one, name) for name in (*common, "member_count")} for one in staff.branches
    ]
    branch_ids = _inserted(session, Branch, branches)
    _inserted(session, BranchAssignment, [
        {"grid_code": code, "branch_id": branch_id, "valid_from": branch.valid_from}
        for branch_id, branch in zip(branch_ids, staff.branches, strict=True)
        for code in branch.grid_codes
    ])  # fmt: skip


def write_visits(session: Session, rows: Sequence[VisitRow], zone: ZoneInfo) -> int:
    """Insert visits with the dwellings reached; each is credited to the grid's team of its day."""
    teams = _in_charge(session, TeamAssignment, TeamAssignment.team_id)
    building_ids = dict(session.execute(select(Building.code, Building.id)).all())
    ids = _inserted(session, Visit, [
        {"grid_code": row.grid_code, "team_id": _on(teams, row.grid_code, row.visited_on),
         "visited_on": row.visited_on, "dwellings_visited": row.dwellings_visited,
         "first_time_dwellings": row.first_time_dwellings, "topics": row.topics,
         "ended_at": datetime.combine(row.visited_on, WALKED_BY[int(row.grid_code) % 2], zone),
         "recorded_at": datetime.combine(row.visited_on, HOME_AT, zone)}
        for row in rows
    ])  # fmt: skip
    reached = (
        (visit_id, building_ids[building], "{" + ",".join(map(str, numbers)) + "}")
        for visit_id, row in zip(ids, rows, strict=True)
        for building, numbers in row.dwellings.items()
    )
    columns = ["visit_id", "building_id", "dwelling_numbers"]
    copy_rows(session, VisitBuilding.__tablename__, columns, reached)
    return len(ids)


def write_cases(
    session: Session,
    buildings: gpd.GeoDataFrame,
    locator: Locator,
    now: datetime,
    rng: np.random.Generator,
) -> int:
    """Insert the catalogue, three months of cases and the history of each.

    Parameters
    ----------
    session : Session
        Flushed, not committed.
    buildings : GeoDataFrame
        As `gridsvc.demo.occurrences.occurrences` takes them.
    locator : Locator
        Of the residential grids.
    now : datetime
        Aware, in the town's own time zone.
    rng : numpy.random.Generator
        The only source of chance.
    """
    categories = _write_catalogue(session, now)
    teams = _in_charge(session, TeamAssignment, TeamAssignment.team_id)
    branches = _in_charge(session, BranchAssignment, BranchAssignment.branch_id)
    # A stream of its own: what follows a case changes nothing of what was reported.
    later = rng.spawn(1)[0]
    boundary = dict(session.execute(select(GridBoundary.grid_code, GridBoundary.id)).all())
    happened = occurrences(buildings, now, rng)
    places = np.array([lon_lat(one.at_m) for one in happened])
    grids = locator.codes(places[:, 0], places[:, 1])
    cases, values = [], []
    for number, (one, place, grid) in enumerate(zip(happened, places, grids, strict=True), 1):
        day = one.reported_at.date()
        team = _on(teams, grid, day)
        case = aftermath(case_of(one, team is not None, now, rng), now, later)
        cases.append(case)
        values.append(_values(case, place, rng) | {
            "category_id": categories[one.category.code], "source_ref": f"{number:05d}",
            "grid_code": grid, "grid_boundary_id": boundary.get(grid),
            "division_code": grid[:12] if grid else SUBDISTRICT[0],
            "team_id": team, "branch_id": _on(branches, grid, day),
        })  # fmt: skip
    ids = _inserted(session, Incident, values)
    _write_history(session, ids, cases)
    calendar, zone = calendar_for(session, SUBDISTRICT[0], now), office_zone(session)
    copy_rows(
        session,
        ClockEntry.__tablename__,
        ["incident_id", "seq", "kind", "at", "limit_kind", "limit_count", "due_at", "reason"],
        clock_lines(zip(ids, cases, strict=True), calendar, zone),
    )
    return len(ids)


def _write_catalogue(session: Session, now: datetime) -> dict[str, int]:
    """Insert the categories, valid since the New Year before last; return their ids by code."""
    since = now.date().replace(year=now.year - 1, month=1, day=1)
    ids = _inserted(session, Category, [
        {"standard": STANDARD, "kind": one.kind, "code": one.code, "name": one.name,
         "name_en": one.name_en, "sensitive": one.sensitive, "valid_from": since,
         "limit_kind": one.limit[0], "limit_count": one.limit[1], "rank": 10 * place,
         "public": one.kind is Kind.INCIDENT and not one.sensitive}
        for place, one in enumerate(CATALOGUE, start=1)
    ])  # fmt: skip
    code, name, name_en, phone = EMERGENCY
    session.add(
        Category(
            standard=STANDARD,
            kind=Kind.INCIDENT,
            code=code,
            name=name,
            name_en=name_en,
            emergency_phone=phone,
            rank=0,
            valid_from=since,
        )  # fmt: skip
    )
    return dict(zip((one.code for one in CATALOGUE), ids, strict=True))


def start_clocks(session: Session, now: datetime) -> int:
    """Start the clocks of the cases that somebody works on, as of their report; say how many."""
    at_work = (Status.REPORTED, Status.DISPATCHED, Status.CLAIMED, Status.RETURNED)
    open_cases = select(Incident).where(Incident.source == SOURCE, Incident.status.in_(at_work))
    cases = session.scalars(open_cases.order_by(Incident.id)).all()
    for case in cases:
        promised = case.due_at
        begun = clock.start(session, case, case.reported_at, None)
        if promised and begun.due_at and promised > begun.due_at:
            days = max(1, round((promised - begun.due_at) / timedelta(days=1.4)))
            asked = min(begun.due_at, now)
            clock.extend(session, case, days, asked, None, "等待材料 Waiting for material")
    return len(cases)


def _write_history(session: Session, ids: Sequence[int], cases: Sequence[CaseRow]) -> None:
    columns = ["incident_id", "seq", "at", "action", "from_status", "to_status", "detail"]
    steps = (
        (incident_id, seq, step.at.astimezone(UTC).isoformat(), step.action, step.from_status,
         step.to_status, json.dumps(step.detail))
        for incident_id, case in zip(ids, cases, strict=True)
        for seq, step in enumerate(case.steps, start=1)
    )  # fmt: skip
    copy_rows(session, IncidentEvent.__tablename__, columns, steps)


def _values(case: CaseRow, place: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """What a case's row says of itself."""
    told = case.occurrence
    how = PROVENANCE[int(rng.choice(len(PROVENANCE), p=[share for _, share in PROVENANCE]))][0]
    return {
        "kind": told.category.kind, "status": case.status, "level": case.level,
        "outcome": case.outcome, "description": told.text, "geom": from_shape(Point(place), 4326),
        "datum": "wgs84", "original_lon": float(place[0]), "original_lat": float(place[1]),
        "accuracy_m": round(float(rng.gamma(4.0, 3.0)) + 3, 1) if how is Provenance.GPS else None,
        "provenance": how, "reported_at": told.reported_at, "received_at": told.reported_at,
        "due_at": case.due_at, "closed_at": case.closed_at, "source": SOURCE,
        "fed_back_at": case.fed_back_at, "rating": case.rating,
    }  # fmt: skip


def _inserted(session: Session, table: Any, values: list[dict[str, Any]]) -> list[int]:
    """Insert rows and return their ids in the same order."""
    query = insert(table).returning(table.id, sort_by_parameter_order=True)
    return list(session.scalars(query, values))


Periods = dict[str, list[tuple[Any, Any, int]]]


def _in_charge(session: Session, table: Any, party: Any) -> Periods:
    found: Periods = {}
    query = select(table.grid_code, table.valid_from, table.valid_to, party)
    for code, since, until, number in session.execute(query.order_by(table.id)):
        found.setdefault(code, []).append((since, until, number))
    return found


def _on(periods: Periods, code: str | None, day: Any) -> int | None:
    for since, until, number in periods.get(code or "", []):
        if since <= day and (until is None or day < until):
            return number
    return None
