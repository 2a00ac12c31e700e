"""The toy town with people at work in it: staff, visits and cases whose counts are known.

Community 002 (the lower three grids) is on the public map, community 001 is not.

====================  ==========================================================================
001 001 (120)         team and branch complete; 4 distinct dwellings visited; 7 noise open
001 002 (300)         no leader; 5 first-time dwellings visited without saying where
001 003 (99)          one vacancy; last visit outside the window
001 004 (100)         no branch
001 005 (301)         nobody in charge
002 001 (180)         13 noise and 3 sensitive open
002 003 (150)         4 noise open, 1 closed
001 901               functional, over 001 001
Z, outside            1 noise open, under the subdistrict
====================  ==========================================================================
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import toy_town
from apiflask import APIFlask
from flask.testing import FlaskClient
from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, Point
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.app import create_app
from gridsvc.grids.models import Building, Division, Grid, GridBoundary, TileFeature
from gridsvc.grids.rules import GridKind
from gridsvc.incidents.models import Category, Incident, IncidentEvent
from gridsvc.incidents.rules import Kind, Level, Provenance, Status
from gridsvc.settings import Settings
from gridsvc.staffing.models import (
    Branch,
    BranchAssignment,
    PostHolding,
    Team,
    TeamAssignment,
    TeamPost,
)
from gridsvc.staffing.rules import BranchKind, Post, Source, TeamKind
from gridsvc.visits.models import Visit, VisitBuilding

SINCE = date(2026, 1, 1)
NOW = datetime(2026, 9, 16, 6, 30, tzinfo=UTC)
TODAY = date(2026, 9, 16)
REPORTED = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)
TOWN = toy_town.SUBDISTRICT
FUNCTIONAL = f"{TOWN}001901"


def build(session: Session) -> None:
    """Put the whole town into an empty, migrated database."""
    territory(session)
    staff(session)
    visits(session)
    open_work(session)


def territory(session: Session) -> None:
    """Divisions, grids, and a building in each grid with a dwelling a household."""
    upper = [("district", "520302", None), ("subdistrict", TOWN, "520302")]
    lower = [("community", f"{TOWN}{n}", TOWN) for n in ("001", "002")]
    for level, code, parent in upper + lower:
        public = code == f"{TOWN}002"
        session.add(
            Division(
                code=code, level=level, parent_code=parent, name=f"名{code}", public_map=public
            )
        )
        session.flush()
    town = toy_town.grids()
    for row in town.itertuples():
        add_grid(session, row.code, row.geometry, row.household_count)
    add_grid(session, FUNCTIONAL, toy_town.cell(0.2, 2.2, wide=0.3, high=0.3), None)
    houses = toy_town.buildings()
    for code, house in zip(town["code"], houses.itertuples(), strict=False):
        session.add(
            Building(
                code=f"B{code}",
                community_code=code[:12],
                geom=from_shape(MultiPolygon([house.geometry]), 4326),
                anchor=from_shape(house.geometry.centroid, 4326),
                household_count=house.household_count,
                dwelling_count=house.household_count,
                valid_from=SINCE,
            )
        )
    session.flush()


def add_grid(session: Session, code: str, shape: object, households: int | None) -> None:
    """Add a grid, its shape, and the same shape for the tiles of every zoom."""
    functional = int(code[12:]) > 900
    kind = GridKind.FUNCTIONAL if functional else GridKind.RESIDENTIAL
    session.add(Grid(code=code, community_code=code[:12], kind=kind, name=f"格{code[9:]}"))
    session.flush()
    session.add(
        GridBoundary(
            grid_code=code,
            geom=from_shape(shape, 4326),
            household_count=households,
            dwelling_count=households,
            valid_from=SINCE,
        )
    )
    drawn = toy_town.gpd.GeoSeries([shape], crs=4326).to_crs(3857)[0]
    for lod in range(3):
        session.add(
            TileFeature(
                layer="grids",
                lod=lod,
                code=code,
                kind=kind.value,
                valid_from=SINCE,
                geom=from_shape(drawn, 3857),
            )
        )


def many_more(session: Session) -> None:
    """Add 800 grids in rows to the east, and let the planner count them.

    On a town of ten it takes any index, or none.
    """
    name = f"'{TOWN}001' || lpad(n::text, 3, '0')"
    square = (
        f"st_makeenvelope({toy_town.WEST} + 0.01 * (n % 30), {toy_town.SOUTH} + 0.01 * (n / 30),"
        f" {toy_town.WEST} + 0.01 * (n % 30 + 1), {toy_town.SOUTH} + 0.01 * (n / 30 + 1), 4326)"
    )
    rows = "from generate_series(100, 899) n"
    for statement in (
        f"grid (code, community_code, kind, name) select {name}, '{TOWN}001', 'residential', 'x'",
        f"grid_boundary (grid_code, geom, valid_from) select {name}, {square}, '{SINCE}'",
        "tile_feature (layer, lod, code, kind, valid_from, geom)"
        f" select 'grids', 1, {name}, 'residential', '{SINCE}', st_transform({square}, 3857)",
    ):
        session.execute(text(f"insert into gridsvc.{statement} {rows}"))
    for table in ("grid", "grid_boundary", "tile_feature", "incident"):
        session.execute(text(f"analyze gridsvc.{table}"))


def staff(session: Session) -> None:
    """Teams of seven posts; the drawing's table says who lacks what."""
    branch = Branch(
        code="BR", name="联合支部", kind=BranchKind.JOINT, division_code=TOWN, member_count=12,
        valid_from=SINCE,
    )  # fmt: skip
    session.add(branch)
    session.flush()
    vacant = {1: set(), 2: {0}, 3: {6}, 4: set()}
    for sequence, empty in vacant.items():
        code = toy_town.code(1, sequence)
        team = Team(
            code=f"T{sequence}", name=f"队{sequence}", kind=TeamKind.GRID, duty_phone="0851-1",
            division_code=code[:12], valid_from=SINCE,
        )  # fmt: skip
        session.add(team)
        session.flush()
        for place in range(7):
            kind = (Post.LEADER, Post.DEPUTY)[place] if place < 2 else Post.MEMBER
            post = TeamPost(team_id=team.id, post=kind, source=Source.VOLUNTEER, valid_from=SINCE)
            session.add(post)
            session.flush()
            if place not in empty:
                session.add(PostHolding(post_id=post.id, valid_from=SINCE))
        session.add(TeamAssignment(grid_code=code, team_id=team.id, valid_from=SINCE))
        if sequence != 4:
            session.add(BranchAssignment(grid_code=code, branch_id=branch.id, valid_from=SINCE))
    session.flush()


def visits(session: Session) -> None:
    """Two rounds that share a dwelling, one without buildings, one long ago."""
    for sequence, days, numbers in ((1, 3, [1, 2, 3]), (1, 2, [3, 4]), (2, 3, None), (3, 200, [1])):
        code = toy_town.code(1, sequence)
        day = TODAY - timedelta(days)
        visit = Visit(
            grid_code=code, visited_on=day, dwellings_visited=6, first_time_dwellings=5, topics={}
        )
        session.add(visit)
        session.flush()
        if numbers is not None:
            house = session.query(Building).filter_by(code=f"B{code}").one()
            session.add(
                VisitBuilding(visit_id=visit.id, building_id=house.id, dwelling_numbers=numbers)
            )
    session.flush()


def open_work(session: Session) -> None:
    """Cases as the table says, all reported on 10 September."""
    for code, sensitive in (("noise", False), ("quarrel", True)):
        session.add(
            Category(
                standard="test", kind=Kind.INCIDENT, code=code, name=code, sensitive=sensitive,
                valid_from=SINCE,
            )
        )  # fmt: skip
    session.flush()
    for _ in range(7):
        add_case(session, 0.5, 2.5, toy_town.code(1, 1))
    for _ in range(13):
        add_case(session, 0.5, 0.5, toy_town.code(2, 1))
    for _ in range(3):
        add_case(session, 0.5, 0.5, toy_town.code(2, 1), category="quarrel")
    for _ in range(4):
        add_case(session, 2.5, 0.5, toy_town.code(2, 3))
    add_case(session, 2.5, 0.5, toy_town.code(2, 3), closed_at=REPORTED + timedelta(days=2))
    add_case(session, 3.5, 1.5, None)
    session.flush()


def add_case(
    session: Session,
    column: float,
    row: float,
    grid_code: str | None,
    *,
    category: str = "noise",
    reported_at: datetime = REPORTED,
    closed_at: datetime | None = None,
) -> Incident:
    """Add a case at a place counted in cells from the town's south-west corner."""
    boundary = session.query(GridBoundary).filter_by(grid_code=grid_code).first()
    case = Incident(
        kind=Kind.INCIDENT,
        category_id=session.query(Category).filter_by(code=category).one().id,
        status=Status.CLOSED if closed_at else Status.REPORTED,
        level=Level.GRID,
        geom=from_shape(Point(*toy_town.position(column, row)), 4326),
        datum="wgs84",
        provenance=Provenance.GPS,
        reported_at=reported_at,
        received_at=reported_at,
        closed_at=closed_at,
        grid_code=grid_code,
        grid_boundary_id=boundary.id if boundary else None,
        division_code=grid_code[:12] if grid_code else TOWN,
    )
    session.add(case)
    session.flush()
    session.add(
        IncidentEvent(
            incident_id=case.id, seq=1, at=reported_at, action="reported",
            to_status=Status.REPORTED, detail={},
        )
    )  # fmt: skip
    return case


def app_in(session: Session, settings: Settings) -> APIFlask:
    """Make the real application, working inside the transaction of a test."""
    app = create_app(settings)
    app.testing = True
    app.extensions["gridsvc.sessions"] = sessionmaker(
        session.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False
    )
    return app


class Viewer:
    """A client that is signed in as a role with a scope; ``None`` is a visitor."""

    def __init__(self, app: APIFlask, session: Session, role: Role | None, scope: str = "") -> None:
        self._client: FlaskClient = app.test_client()
        self._headers = {"Accept": "application/json"}
        if role is not None:
            name = f"{role.value}{scope}"
            services.add_user(
                session, username=name, role=role, password="correct horse", prefixes=[scope]
            )
            issued = services.issue_bearer(session, name, "correct horse", None, datetime.now(UTC))
            assert issued is not None
            self._headers["Authorization"] = f"Bearer {issued[0]}"

    def get(self, path: str, **headers: str):
        """Ask, and give the answer."""
        return self._client.get(path, headers={**self._headers, **headers})
