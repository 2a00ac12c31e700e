"""Building cells: every building whole in its own, every grid covered exactly."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy_town
from shapely import LineString
from toy_town import cell, code, position

from gridsvc.geo.atoms import COLUMNS, blocks, building_cells, grid_atoms, outlines
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.frames import with_dense_frames

TOWN = with_dense_frames(toy_town.grids())


def houses() -> gpd.GeoDataFrame:
    """Five houses in the middle grid, two wall to wall, and one alone in its eastern neighbour."""
    places = [(1.1, 1.1), (1.1, 1.7), (1.5, 1.4), (1.7, 1.4), (1.6, 1.8), (2.4, 1.4)]
    shapes = [cell(*at, wide=0.2, high=0.15) for at in places]
    table = {"household_count": [10, 20, 30, 40, 50, 60], "dwelling_count": [1, 2, 3, 4, 5, 6]}
    return gpd.GeoDataFrame(table, index=range(71, 77), geometry=shapes, crs=4326)


def sound(atoms: gpd.GeoDataFrame) -> pd.Series:
    """Prove that atoms cover the town; give them by building."""
    assert tuple(atoms.columns) == COLUMNS and atoms.index.name == "atom"
    assert edge_chain(atoms).same_as(edge_chain(TOWN))
    assert (shapely.get_type_id(atoms.geometry.to_numpy()) == 3).all() and atoms.is_valid.all()
    assert shapely.coverage_is_valid(atoms.geometry.to_numpy())
    return atoms.dropna(subset="building").set_index("building").geometry


def test_every_house_stands_in_its_own_cell_and_the_cells_fill_the_grids():
    atoms = building_cells(TOWN, houses(), first_atom=500)
    cells = sound(atoms)
    assert cells.index.tolist() == list(range(71, 77)) and atoms.index[0] == 500
    for house, shape in houses().geometry.items():
        assert cells[house].buffer(1e-7).covers(shape)
    assert cells[76].equals(TOWN.geometry[5])
    assert outlines(atoms).loc[[code(1, 5), code(1, 6), code(1, 1)], "households"].tolist() == [
        150, 60, 120,
    ]  # fmt: skip


def test_a_street_parts_the_cells_and_gives_each_the_number_of_its_block():
    street = gpd.GeoSeries([LineString([position(0.9, 1.6), position(3.1, 1.6)])], crs=4326)
    parts = blocks(TOWN[3:6], street)
    assert len(parts) == 5 and parts["code"].value_counts()[code(1, 5)] == 2
    atoms = building_cells(TOWN, houses(), parts)
    cells = sound(atoms)
    north, south = ({71, 73, 74}, {72, 75})
    number = atoms.dropna(subset="building").set_index("building")["block"]
    assert len(set(number[list(north)])) == len(set(number[list(south)])) == 1
    assert number[71] != number[72]
    line = street[0].buffer(2e-7)
    assert all(shapely.difference(line, one.buffer(-3e-7)).length for one in cells)
    empty = atoms[(atoms["grid"] == code(1, 6)) & atoms["building"].isna()]
    assert len(empty) == 1 and empty["households"].tolist() == [0]


def test_two_buildings_at_one_place_are_counted_in_one_cell():
    twice = pd.concat([houses(), houses()[2:3].rename(index={73: 99})])
    atoms = building_cells(TOWN, twice)
    assert len(sound(atoms)) == 6
    assert atoms.loc[atoms["building"] == 73, "households"].tolist() == [60]


def test_a_building_on_a_border_is_in_the_grid_of_its_anchor():
    house = houses()[:1].set_geometry([cell(0.9, 1.4, wide=0.4, high=0.2)], crs=4326)
    atoms = building_cells(TOWN, house)
    assert atoms.loc[atoms["building"] == 71, "grid"].tolist() == [code(1, 5)]
    lon, lat = position(0.95, 1.5)
    atoms = building_cells(TOWN, house.assign(lon=lon, lat=lat))
    assert atoms.loc[atoms["building"] == 71, "grid"].tolist() == [code(1, 4)]


def test_without_buildings_the_grids_are_the_atoms():
    none = houses()[:0]
    assert building_cells(TOWN, none).equals(grid_atoms(TOWN))
    assert np.isnan(grid_atoms(TOWN)["lon"]).all()
    assert grid_atoms(TOWN.drop(columns="household_count"))["households"].sum() == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_houses_are_never_lost(seed):
    random = np.random.default_rng(seed)
    shapes = [
        cell(*random.uniform(0, 2.9, 2), wide=random.uniform(0.02, 0.1), high=0.06)
        for _ in range(60)
    ]
    many = gpd.GeoDataFrame({"household_count": 1}, index=range(60), geometry=shapes, crs=4326)
    atoms = building_cells(TOWN, many)
    sound(atoms)
    own = atoms["building"].notna()
    assert atoms.loc[own, "households"].sum() == 60
