"""What is imported can be redrawn: grids and their community's outline have the same vertices."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pytest
import shapely
import toy_town
from sqlalchemy import func, select

from gridsvc.geo.cover.partition import prove
from gridsvc.grids.intake.boundaries import Order, Target, import_boundaries
from gridsvc.grids.intake.rows import Fields, read_rows
from gridsvc.grids.models import DivisionBoundary, GridBoundary

SINCE = date(2026, 1, 1)


def load(session, tmp_path, layer, target):
    path = tmp_path / "layer.geojson"
    path.write_text(layer.to_json())
    households = "household_count" if "household_count" in layer else None
    rows = read_rows(path, Fields(code="code", households=households), datum="wgs84")
    # Half a town leaves a gap until the other half comes.
    order = Order(target, SINCE, "520302", create_parents=True, accept=frozenset({"gap"}))
    return import_boundaries(session, rows, order)


def stored(session, table, code, digits):
    query = select(code, func.st_asbinary(table.geom)).where(
        func.length(code) == digits, table.valid_to.is_(None)
    )
    found = session.execute(query.order_by(code)).all()
    shapes = [shapely.from_wkb(bytes(shape)) for _, shape in found]
    return gpd.GeoDataFrame({"code": [one for one, _ in found]}, geometry=shapes, crs=4326)


def both(session):
    return (
        stored(session, GridBoundary, GridBoundary.grid_code, 15),
        stored(session, DivisionBoundary, DivisionBoundary.division_code, 12),
    )


@pytest.mark.parametrize("first", ["outlines", "grids"])
def test_grids_cover_the_outlines_exactly_whoever_comes_first(session, tmp_path, first):
    if first == "outlines":
        load(session, tmp_path, toy_town.communities(), Target.COMMUNITY)
        load(session, tmp_path, toy_town.grids(), Target.GRID)
    else:
        load(session, tmp_path, toy_town.grids(), Target.GRID)
        load(session, tmp_path, toy_town.communities(), Target.COMMUNITY)
    grids, outlines = both(session)
    assert prove(grids, outlines).empty
    assert shapely.get_num_coordinates(outlines.geometry.to_numpy()).min() > 100


def test_grids_that_come_in_two_files_fit_each_other_and_are_known_when_they_come_again(
    session, tmp_path
):
    load(session, tmp_path, toy_town.communities(), Target.COMMUNITY)
    for part in (slice(0, 2), slice(2, 9), slice(0, 2)):
        load(session, tmp_path, toy_town.grids()[part], Target.GRID)
    again = load(session, tmp_path, toy_town.grids()[3:], Target.GRID)
    assert (again.inserted, again.replaced, len(again.skipped)) == (0, 0, 6)
    whole = both(session)[0]
    assert shapely.coverage_is_valid(whole.geometry.to_numpy())
