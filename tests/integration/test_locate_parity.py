"""PostGIS and geo.locate agree on every point: 100,000 at random, every vertex, many edges."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy_town
from sqlalchemy import text

from gridsvc.geo.analysis.locate import Locator

DEMO = Path(__file__).parents[2] / "data" / "boundaries" / "demo_grids.geojson"
CAMDEN = Path(__file__).parents[3] / "shared" / "data" / "camden_oa2011" / "camden.gpkg"
RANDOM_POINTS = 100_000


def camden() -> gpd.GeoDataFrame:
    frame = gpd.read_file(CAMDEN, layer="oa11").to_crs(4326).explode(ignore_index=True)
    return frame.assign(code=[f"{n:015d}" for n in range(len(frame))])[["code", "geometry"]]


def points_of(grids: gpd.GeoDataFrame) -> np.ndarray:
    """Random points of the grids' box and its surroundings, all vertices, points on edges."""
    rng = np.random.default_rng(20260916)
    west, south, east, north = grids.total_bounds
    wide, high = east - west, north - south
    low, top = [west - 0.1 * wide, south - 0.1 * high], [east + 0.1 * wide, north + 0.1 * high]
    anywhere = rng.uniform(low, top, (RANDOM_POINTS, 2))
    vertices = np.unique(shapely.get_coordinates(grids.geometry.to_numpy()), axis=0)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(grids.geometry.array)]
    starts = np.concatenate([ring[:-1] for ring in rings])
    ends = np.concatenate([ring[1:] for ring in rings])
    chosen = rng.permutation(len(starts))[:20_000]
    along = rng.uniform(0, 1, (len(chosen), 1))
    on_edges = starts[chosen] + along * (ends[chosen] - starts[chosen])
    middles = (starts[chosen] + ends[chosen]) / 2
    return np.concatenate([anywhere, vertices, on_edges, middles])


def in_database(session, grids: gpd.GeoDataFrame, points: np.ndarray) -> np.ndarray:
    session.execute(text("create temp table shape (code text, geom geometry(polygon, 4326))"))
    session.execute(
        text("insert into shape select * from unnest(:codes, cast(:shapes as geometry[]))"),
        {
            "codes": grids["code"].tolist(),
            "shapes": shapely.to_wkb(
                shapely.set_srid(grids.geometry.to_numpy(), 4326), hex=True, include_srid=True
            ).tolist(),
        },
    )
    session.execute(text("create index on shape using gist (geom)"))
    session.execute(text("analyze shape"))
    found = session.execute(
        text(
            "select n, (select code from shape"
            " where st_covers(geom, st_setsrid(st_makepoint(lon, lat), 4326))"
            " order by code limit 1)"
            " from unnest(cast(:lon as float8[]), cast(:lat as float8[]))"
            " with ordinality as place (lon, lat, n) order by n"
        ),
        {"lon": points[:, 0].tolist(), "lat": points[:, 1].tolist()},
    )
    return np.array([code for _, code in found], dtype=object)


def disagreements(session, grids: gpd.GeoDataFrame) -> tuple[int, np.ndarray]:
    points = points_of(grids)
    here = Locator(grids).codes(points[:, 0], points[:, 1])
    there = in_database(session, grids, points)
    return len(points), points[here != there]


def test_both_agree_on_the_drawn_town(session):
    asked, apart = disagreements(session, toy_town.grids()[["code", "geometry"]])
    assert asked > RANDOM_POINTS
    assert apart.tolist() == []


def test_both_agree_on_the_demo(session):
    asked, apart = disagreements(session, gpd.read_file(DEMO)[["code", "geometry"]])
    assert asked > RANDOM_POINTS
    assert apart.tolist() == []


@pytest.mark.data
@pytest.mark.skipif(not CAMDEN.exists(), reason="the real data is not beside the checkout")
def test_both_agree_on_camden(session):
    asked, apart = disagreements(session, camden())
    assert asked > RANDOM_POINTS
    assert apart.tolist() == []


def test_the_comparison_finds_a_wrong_rule(session):
    """The control: the highest code instead of the lowest must be found out on the edges."""
    town = toy_town.grids()[["code", "geometry"]]
    turned = town.assign(code=town["code"].to_numpy()[::-1])
    points = points_of(town)
    back = dict(zip(turned["code"], town["code"], strict=True))
    here = np.array([back.get(c) for c in Locator(turned).codes(*points.T)], dtype=object)
    assert (here != in_database(session, town, points)).any()
