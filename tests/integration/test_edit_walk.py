"""A thousand random edits: after each the ground is the same, and all of them can be taken back."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.ops
from sqlalchemy import text

from gridsvc.geo.cover.chain import edge_chain, on_lattice

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _benchmarks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield


@pytest.fixture(scope="module")
def walk(_benchmarks):
    from benchmarks.edit_walk import Walk, made_city

    walk = Walk.through(made_city(303, seed=5), seed=5)
    begin = walk.states()
    while len(walk.log) < 1000:
        walk.step()  # raises where the chain, the area or the households differ
    return walk, begin


def test_a_thousand_edits_of_all_kinds_keep_chain_area_and_households(walk):
    from benchmarks.edit_walk import KINDS, made_city

    walked, _ = walk
    assert set(walked.made) == set(KINDS) and min(walked.made.values()) >= 20
    atoms = pd.concat(walked.communities.values())
    assert edge_chain(atoms).same_as(edge_chain(made_city(303, seed=5)))
    assert atoms.is_valid.all() and shapely.coverage_is_valid(atoms.geometry.to_numpy())
    assert atoms.index.is_unique
    # An edit must not cost more than a hand notices; measured 4 ms, the machine may be busy.
    assert np.median(walked.seconds) < 0.04


def test_every_grid_is_one_polygon_without_hole_after_a_thousand_edits(walk):
    from gridsvc.geo.atoms import outlines

    grids = outlines(pd.concat(walk[0].communities.values())).geometry
    assert (grids.geom_type == "Polygon").all() and (grids.interiors.str.len() == 0).all()
    assert grids.is_valid.all()


def test_undoing_everything_gives_the_first_bit_for_bit(walk):
    from copy import copy

    walked, begin = walk
    other = copy(walked)
    other.communities = dict(walked.communities)
    assert other.states() != begin
    other.undo()
    assert other.states() == begin


def test_random_edits_keep_every_building_in_one_cell(_benchmarks):
    from benchmarks.edit_walk import Walk
    from benchmarks.edits import demo_cells

    cells = demo_cells()
    walked = Walk.through(cells, seed=9)
    while len(walked.log) < 150:
        walked.step()
    after = pd.concat(walked.communities.values())
    built = after.dropna(subset="building").set_index("building")
    first = cells.dropna(subset="building").set_index("building").loc[built.index]
    assert len(built) == cells["building"].notna().sum() and built.index.is_unique
    # Whoever lives in a building is counted where it stands, whatever was cut around it.
    assert (built["households"] == first["households"]).all()
    anchors = gpd.GeoSeries(gpd.points_from_xy(built["lon"], built["lat"]), built.index, crs=4326)
    assert built.intersects(anchors).all()


def test_plain_split_and_difference_fail_the_same_proof(_benchmarks):
    """The control: the plain way leaves a vertex on one side of a border, and that is a gap."""
    from benchmarks.edit_walk import made_city

    atoms = made_city(25, seed=5)
    shape = atoms.geometry[13]
    west, south, east, north = shape.bounds
    line = shapely.LineString([(west - 1e-3, south), (east + 1e-3, north)])
    halves = shapely.get_parts(shapely.ops.split(shape, line))
    assert len(halves) == 2
    others = atoms.geometry.drop(13)
    plain = gpd.GeoSeries([*others, *halves], crs=4326)
    assert shapely.coverage_is_valid(others.to_numpy())
    for cut in (plain, plain.set_precision(1e-7)):
        assert cut.is_valid.all() and not edge_chain(cut).same_as(edge_chain(atoms))


_FACES = """
    with atom as (
        select n, st_geomfromwkb(shape) as geom
        from unnest(cast(:shapes as bytea[])) with ordinality as given (shape, n)
    )
    select
        (select count(*) from atom a join atom b on a.n < b.n and a.geom && b.geom
         where st_relate(a.geom, b.geom, 'T********')) as overlaps,
        (select sum(st_area(geom)) - st_area(st_union(geom)) from atom) as counted_twice,
        array(select st_asbinary((st_dump(st_polygonize(borders))).geom)
              from (select st_union(st_boundary(geom)) as borders from atom) drawn) as faces
"""


def test_postgis_finds_no_overlap_and_the_same_faces(walk, session):
    """The oracle: the database nodes all borders anew and must enclose exactly these atoms."""
    walked, _ = walk
    code = max(walked.communities, key=lambda one: sum(made == one for made, _ in walked.log))
    shapes = shapely.transform(
        walked.communities[code].geometry.to_numpy(), lambda xy: on_lattice(xy).astype(float)
    )
    found = session.execute(text(_FACES), {"shapes": list(shapely.to_wkb(shapes))}).one()
    assert found.overlaps == 0 and found.counted_twice == 0
    faces = {shapely.normalize(shapely.from_wkb(bytes(one))).wkb for one in found.faces}
    assert faces == {shapely.normalize(one).wkb for one in shapes}
