"""A made city, redrawn twice and put back: every case under every day's grids, counted twice.

Once by the database as the service asks it, once by geopandas from the shapes alone.
AS_OF=780,1000000 runs it for so many grids and cases; a smaller city is counted in every run.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pytest
from case_town import account
from shapely import from_wkb
from sqlalchemy import func, select, text

from gridsvc.accounts.rules import Role, Scope, Sight
from gridsvc.db import make_engine, session_factory
from gridsvc.demo.simulate import simulate
from gridsvc.geo.analysis.adjacency import borders
from gridsvc.grids.models import Division, GridBoundary
from gridsvc.grids.queries import valid_on
from gridsvc.incidents.queries import Wanted, moment, open_counts
from gridsvc.plans import drafts, findings, log
from gridsvc.plans.publishing.change import ground
from gridsvc.plans.publishing.decisions import review, rollback
from gridsvc.plans.publishing.decisions.conditions import Asked
from gridsvc.plans.rules import EditKind, PlanState

GRIDS, CASES = map(int, os.environ.get("AS_OF", "60,20000").split(","))
NOW = datetime(2026, 9, 16, 6, 30, tzinfo=UTC)
TODAY = NOW.date()
#: Half a year and a quarter ago, and today.
FIRST, SECOND, LAST = (TODAY - timedelta(days=days) for days in (180, 90, 0))
ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module")
def city(settings, template):
    """The city with three versions of one subdistrict's map; what each step took, in seconds."""
    import uuid
    from dataclasses import replace

    from gridsvc import cluster

    name = f"gridsvc_test_{uuid.uuid4().hex[:8]}"
    url = cluster.create_database(settings, name, template)
    engine = make_engine(replace(settings, database_url=url))
    with session_factory(engine)() as session:
        session.execute(text("set statement_timeout = 0"))
        simulate(session, grids=GRIDS, incidents=CASES, seed=5, now=NOW)
        session.commit()
        took = versions(session)
        yield session, took
    engine.dispose()
    cluster.drop_database(settings, name)


def versions(session):
    """Publish twice and put the first map back; the planner may date back, as an office may."""
    scope = session.scalar(select(func.min(Division.code)).where(Division.level == "subdistrict"))
    planner = account(session, "planner1", Role.PLANNER, scope)
    street = account(session, "street9", Role.STREET_STAFF, scope)
    took = {}
    for on, every in ((FIRST, 3), (SECOND, 2)):
        plan = redrawn(session, planner, scope, every)
        step = Asked(planner, NOW, TODAY, days_back=366)
        review.submit(session, plan.id, step, on, "made")
        review.approve(session, plan.id, Asked(street, NOW, TODAY))
        began = time.monotonic()
        made = review.publish(session, plan.id, step)
        session.commit()
        took[f"publishing {made.grids_after} of {GRIDS} grids"] = time.monotonic() - began
    began = time.monotonic()
    rollback.put_back(
        session, scope, FIRST - timedelta(days=1), LAST, Asked(planner, NOW, TODAY), "back"
    )
    session.commit()
    took["rolling back"] = time.monotonic() - began
    return took


def redrawn(session, planner, scope, every):
    """A draft in which pairs of neighbours are merged, and other grids split in the middle."""
    plan = drafts.begin(session, planner, name="made", scope=scope, now=NOW, today=TODAY)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    grids = ground.in_force(session, scope, TODAY).reset_index()
    used, edits = set(), []
    for pair in borders(grids, 20).itertuples():
        if pair.a[:12] == pair.b[:12] and not used & {pair.a, pair.b}:
            used |= {pair.a, pair.b}
            edits.append(("merge", {"into": pair.a, "others": [pair.b]}))
    for row in grids[~grids["code"].isin(used)].itertuples():
        west, south, east, north = row.geometry.bounds
        middle = round((west + east) / 2, 7)
        line = [[middle, south - 1e-4], [middle, north + 1e-4]]
        edits.append(("split", {"grid": row.code, "line": line}))
    for kind, params in edits[::every]:
        log.edit(session, plan, planner, log.Asked(EditKind(kind), params, plan.log_number), NOW)
    for one in findings.open_findings(session, plan)[1]:
        findings.waive(session, plan, planner, one.kind, one.grids, "made", NOW)
    return plan


def grids_on(session, on):
    rows = session.execute(
        select(GridBoundary.grid_code, func.ST_AsBinary(GridBoundary.geom)).where(
            valid_on(GridBoundary, on)
        )
    ).all()
    shapes = from_wkb([bytes(wkb) for _, wkb in rows])
    return gpd.GeoDataFrame({"code": [code for code, _ in rows]}, geometry=shapes, crs=4326)


def cases(session):
    rows = session.execute(text(_CASES)).all()
    frame = gpd.pd.DataFrame(rows, columns=["id", "lon", "lat", "stamp", "since", "until", "ends"])
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame, geometry=points, crs=4326).set_index("id")


_CASES = """
    select i.id, st_x(i.geom), st_y(i.geom), i.grid_code, b.valid_from, b.valid_to, i.closed_at
    from gridsvc.incident i join gridsvc.grid_boundary b on b.id = i.grid_boundary_id
"""
_PLACED = """
    select i.id, (
        select b.grid_code from gridsvc.grid_boundary b join gridsvc.grid g on g.code = b.grid_code
        where st_covers(b.geom, i.geom) and g.kind = 'residential'
          and b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
        order by b.grid_code limit 1)
    from gridsvc.incident i
"""


@pytest.mark.parametrize("days", [181, 180, 91, 90, 1, 0])
def test_every_case_lies_in_the_same_grid_of_a_day_however_it_is_counted(city, days):
    session, _ = city
    on = TODAY - timedelta(days=days)
    places = cases(session)
    joined = gpd.sjoin(places[["geometry"]], grids_on(session, on), predicate="intersects")
    independent = joined.groupby(level=0)["code"].min()
    asked = dict(session.execute(text(_PLACED), {"on": on}).all())
    assert len(asked) == CASES
    assert independent.to_dict() == {number: code for number, code in asked.items() if code}

    wide = Scope(("",))
    when = moment(on, NOW, ZONE)
    found = open_counts(session, Sight(full=wide, handles=wide), Wanted(), when, wide).exact
    stamped = (places["since"] <= on) & places["until"].map(lambda end: end is None or end > on)
    still = places["ends"].isna() if not when.past else (
        places["ends"].isna() | (gpd.pd.to_datetime(places["ends"], utc=True) >= when.at)
    )  # fmt: skip
    begun = dict(session.execute(text("select id, reported_at from gridsvc.incident")).all())
    there = still & (places.index.map(begun) < when.at)
    under = places["stamp"].where(stamped, independent)[there]
    assert found.to_dict() == dict(Counter(under.dropna()))


def test_a_version_is_published_and_put_back_within_seconds(city):
    _, took = city
    print({what: round(seconds, 2) for what, seconds in took.items()})
    assert took["rolling back"] < 30
