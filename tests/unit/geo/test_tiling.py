"""Grids drawn by an unsteady hand become an exact tiling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.errors import BadGeometry, BadInput
from gridsvc.geo.cover.partition import gaps, overlaps
from gridsvc.geo.cover.tiling import tile_exactly


def shaky(seed, most_m=0.8):
    """The town in metres, every corner of every grid moved for itself."""
    random = np.random.default_rng(seed)

    def moved(positions):
        corners = positions[:-1] + random.uniform(-most_m, most_m, positions[:-1].shape)
        return np.vstack([corners, corners[:1]])

    town = toy_town.grids("metres")
    return town.set_geometry([shapely.transform(one, moved) for one in town.geometry], crs=town.crs)


@pytest.mark.parametrize("seed", [1, 2])
def test_slivers_between_shaky_grids_are_closed_and_the_tiling_is_proved(seed):
    drawn = shaky(seed)
    assert len(overlaps(drawn)) and len(gaps(drawn, toy_town.communities("metres")))
    for frame in (None, toy_town.communities("metres")):
        tiling = tile_exactly(drawn, frame)
        assert tiling.residual.empty
        assert overlaps(tiling.grids, 0.01).empty and gaps(tiling.grids, tiling.frame, 0.01).empty
        assert tiling.grids.is_valid.all() and (tiling.changes["parts"] == 1).all()
        assert tiling.changes["moved_m2"].between(0, 400).all()


def test_the_outlines_are_law():
    frame = toy_town.communities("metres")
    found = tile_exactly(shaky(4), frame).frame.to_crs(toy_town.METRIC)
    # A border that ends on an outline may bend it by a step of the lattice, about 1 cm.
    assert frame.geometry.hausdorff_distance(found.geometry).max() < 0.02


def test_an_exact_town_stays_as_it_is():
    tiling = tile_exactly(toy_town.grids(), toy_town.communities())
    assert tiling.residual.empty
    assert tiling.changes["moved_m2"].max() < 2


def test_a_spike_narrower_than_a_step_is_snapped_and_not_refused():
    town = toy_town.grids("metres")
    west, east = town.geometry[:2]
    x, y = west.bounds[2], west.centroid.y
    spike = [(x, y), (x + 20, y + 0.001), (x, y + 0.002)]
    drawn = [
        shapely.Polygon([*(c for c in box if c[0] != x), *mid])
        for box, mid in (
            (west.exterior.coords[:-1], [(x, west.bounds[1]), *spike, (x, west.bounds[3])]),
            (east.exterior.coords[:-1], [(x, east.bounds[3]), *spike[::-1], (x, east.bounds[1])]),
        )
    ]
    town.loc[[0, 1], "geometry"] = drawn
    assert town.is_valid.all() and shapely.coverage_is_valid(town.geometry.to_numpy())
    tiling = tile_exactly(town, toy_town.communities("metres"))
    assert tiling.grids.is_valid.all() and tiling.residual.empty


def test_a_gap_as_wide_as_a_grid_is_left_and_shown():
    tiling = tile_exactly(shaky(5).drop(index=4), toy_town.communities("metres"))
    assert not tiling.residual.empty
    left = gaps(tiling.grids, tiling.frame)
    assert left["area_m2"].tolist() == [pytest.approx(10_000, rel=0.05)]


def test_what_sticks_out_of_the_outline_is_cut_off_and_reported():
    drawn = toy_town.grids("metres")
    drawn.loc[2, "geometry"] = cell(2, 2, "metres", wide=1.5)
    tiling = tile_exactly(drawn, toy_town.communities("metres"))
    change = tiling.changes.set_index("code").loc[code(1, 3)]
    assert tiling.residual.empty
    assert change["moved_m2"] == pytest.approx(5_000, rel=0.01)
    assert change["after_m2"] == pytest.approx(10_000, rel=0.01)


def test_what_cannot_be_repaired_is_refused_by_name():
    town = toy_town.grids("metres")
    with pytest.raises(BadInput, match="more than 0 metres"):
        tile_exactly(town, snap_m=0)
    with pytest.raises(BadInput, match="drawn twice"):
        tile_exactly(pd.concat([town, town[:1]]))
    with pytest.raises(BadGeometry, match=f"{code(1, 1)} is no valid polygon"):
        tile_exactly(town.set_geometry([None, *town.geometry[1:]], crs=town.crs))
    elsewhere = town.translate(1_000, 0)
    with pytest.raises(BadGeometry, match="lies outside its outline"):
        tile_exactly(town.set_geometry(elsewhere), toy_town.communities("metres"))
