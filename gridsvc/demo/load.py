"""Put the demo subdistrict into an empty database, as if it had worked there for three months."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from geoalchemy2.shape import from_shape
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gridsvc.demo.appraised import appraise
from gridsvc.demo.campaigns import write_campaigns
from gridsvc.demo.posts import Staffing, staffing
from gridsvc.demo.public_words import write_public_words
from gridsvc.demo.record import start_clocks, write_cases, write_staffing, write_visits
from gridsvc.demo.rounds import rounds
from gridsvc.demo.service_points import write_service_points
from gridsvc.demo.staff_desk import write_staff_desk
from gridsvc.demo.story import story_of
from gridsvc.demo.town.lattice import METRES_PER_DEGREE, MIDDLE_DEG, MIDDLE_M
from gridsvc.demo.town.names import SUBDISTRICT
from gridsvc.demo.wishing import sort_wishes
from gridsvc.demo.works import write_projects
from gridsvc.demo.zoning import write_zones
from gridsvc.geo.analysis.locate import Locator
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.rows import Rows
from gridsvc.grids.models import BaseFeature, Division
from gridsvc.grids.rules import GridKind
from gridsvc.grids.services import set_division
from gridsvc.grids.territory import bump

ZONE = ZoneInfo("Asia/Shanghai")
FOLDER = Path(__file__).parents[2] / "data" / "boundaries"
SEED = 7
YEARS_BACK = 2  # the territory and most teams began on New Year's Day so many years ago


@dataclass(frozen=True)
class Loaded:
    """How much was loaded; all 0 when the demo was there already."""

    grids: int = 0
    buildings: int = 0
    teams: int = 0
    branches: int = 0
    visits: int = 0
    cases: int = 0


def is_demo_or_empty(session: Session) -> bool:
    """Tell whether the demo is at home here: an office's own territory gets no invented one."""
    if session.get(Division, SUBDISTRICT[0]) is not None:
        return True
    return session.scalar(select(Division.code).limit(1)) is None


def load_demo(
    session: Session,
    *,
    now: datetime,
    folder: Path = FOLDER,
    seed: int = SEED,
    step: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Load the demo subdistrict with staff, visits and cases of the three months before ``now``.

    Safe to call twice: a database that has the subdistrict is left as it is. Nothing depends on
    the machine: the same ``now`` and seed give the same rows.

    Parameters
    ----------
    session : Session
        Flushed, not committed.
    now : datetime
        Aware; every date is relative to it, so the demo never looks stale.
    folder : Path
        Where the files of ``data/boundaries`` lie.
    seed : int
        Of the staff, visits and cases; the town itself is in the files.
    step : callable
        Told in a few words what is being done.

    Raises
    ------
    BadInput
        A file is missing or cannot be read.
    """
    if session.get(Division, SUBDISTRICT[0]) is not None:
        return Loaded()
    here = now.astimezone(ZONE)
    today, since = here.date(), date(here.year - YEARS_BACK, 1, 1)
    grids, buildings = _territory(session, folder, since, step)
    residential = grids[grids["kind"] == GridKind.RESIDENTIAL]
    buildings = _placed(buildings, residential)
    story = story_of(residential)
    rng = np.random.default_rng(seed)
    step("staffing the grids")
    staff: Staffing = staffing(grids, story, since, today, rng)
    write_staffing(session, staff)
    step("walking from door to door")
    visited = write_visits(session, rounds(buildings, story, today, rng), ZONE)
    step("taking reports")
    cases = write_cases(session, buildings, Locator(residential), here, rng)
    start_clocks(session, here)
    # A stream of its own: sorting the wishes changes nothing of what was wished.
    sort_wishes(session, since, rng.spawn(1)[0])
    # A stream of its own, so that it changes nothing that was drawn before.
    write_service_points(session, buildings, since, np.random.default_rng((seed, 19)))
    step("asking how the teams did")
    # A stream of its own: what is asked of the teams changes nothing of what they did.
    appraise(session, SUBDISTRICT[0], now, rng.spawn(1)[0])
    write_campaigns(session, SUBDISTRICT[0], since, today)
    write_projects(session, today)
    write_staff_desk(session, today, np.random.default_rng((seed, 21)))
    step("grouping households to contact zones")
    write_zones(session, sorted(set(residential["community_code"])), now, today)
    write_public_words(session, residential, since, today, np.random.default_rng((seed, 31)))
    return Loaded(len(grids), len(buildings), len(staff.teams), len(staff.branches), visited, cases)


def _territory(
    session: Session, folder: Path, since: date, step: Callable[[str], None]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Import divisions, grids and buildings by the same road as anybody's files."""
    layers = {
        name: gpd.read_file(folder / f"demo_{name}.geojson")
        for name in ("divisions", "grids", "buildings", "base")
    }
    divisions, grids, buildings = layers["divisions"], layers["grids"], layers["buildings"]
    for target in (Target.DISTRICT, Target.SUBDISTRICT, Target.COMMUNITY):
        rows = _rows(divisions[divisions["level"] == target], "demo_divisions.geojson")
        import_boundaries(session, rows, Order(target, since), step)
    for kind in GridKind:
        rows = _rows(grids[grids["kind"] == kind], "demo_grids.geojson")
        import_boundaries(session, rows, Order(Target.GRID, since, kind=kind), step)
    rows = _rows(buildings, "demo_buildings.geojson")
    import_boundaries(session, rows, Order(Target.BUILDING, since), step)
    set_division(session, SUBDISTRICT[0], public_map=True)
    _base(session, layers["base"])
    return grids, buildings


def _rows(frame: gpd.GeoDataFrame, name: str) -> Rows:
    """A layer in the form that the import takes; rows are counted from 1."""
    columns = {
        "code": "code", "name": "name", "name_en": "name_en", "parent": "parent_code",
        "households": "household_count", "dwellings": "dwelling_count",
    }  # fmt: skip
    taken = frame.reset_index(drop=True)
    taken.index += 1
    table = pd.DataFrame({
        ours: taken[theirs] if theirs in taken else pd.Series(None, taken.index, dtype=object)
        for ours, theirs in columns.items()
    }).astype(object)  # fmt: skip
    table = table.where(table.notna(), None)
    counts = dict.fromkeys(("households", "dwellings"), "Int64")
    return Rows(
        name, gpd.GeoDataFrame(table.astype(counts), geometry=taken.geometry), [], has_shapes=True
    )


def _base(session: Session, base: gpd.GeoDataFrame) -> None:
    names = base["name"].where(base["name"].notna(), None)
    rows = [
        {"kind": kind, "rank": rank, "name": name, "geom": from_shape(shape, 4326)}
        for kind, rank, name, shape in zip(
            base["kind"], base["rank"].tolist(), names, base.geometry, strict=True
        )
    ]
    session.execute(insert(BaseFeature), rows)
    bump(session, "base")


def _placed(buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings with the grid each stands in, and their place in metres on the plan."""
    inside = buildings.geometry.representative_point()
    metres = (np.column_stack([inside.x, inside.y]) - MIDDLE_DEG) * METRES_PER_DEGREE + MIDDLE_M
    codes = Locator(grids).codes(inside.x, inside.y)
    return buildings.assign(grid_code=codes, x=metres[:, 0], y=metres[:, 1])
