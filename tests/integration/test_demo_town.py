"""The committed demo subdistrict: what its README claims, and that the seed still grows it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridsvc.demo.town.build import main
from gridsvc.geo.cover.chain import edge_chain

FOLDER = Path(__file__).parents[2] / "data" / "boundaries"
LAYERS = ("divisions", "grids", "buildings", "base")


@pytest.fixture(scope="module")
def town() -> dict[str, gpd.GeoDataFrame]:
    return {name: gpd.read_file(FOLDER / f"demo_{name}.geojson") for name in LAYERS}


@pytest.fixture(scope="module")
def grids(town):
    return town["grids"][town["grids"].kind == "residential"]


def test_the_seed_grows_the_committed_files_to_the_byte(tmp_path):
    main(tmp_path)
    for name in LAYERS:
        file = f"demo_{name}.geojson"
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes(), file


def test_the_files_stay_small():
    assert sum((FOLDER / f"demo_{name}.geojson").stat().st_size for name in LAYERS) < 1_500_000


def test_grids_tile_their_communities_and_communities_the_subdistrict_exactly(town, grids):
    divisions = town["divisions"]
    communities = divisions[divisions.level == "community"]
    whole = edge_chain(divisions[divisions.level == "subdistrict"])
    assert edge_chain(communities).same_as(whole)
    for one in communities.itertuples():
        mine = edge_chain(grids[grids.community_code == one.code])
        assert mine.same_as(edge_chain(communities[communities.code == one.code])), one.code


def test_areas_add_up_so_no_piece_is_covered_twice_and_another_not_at_all(town, grids):
    divisions = town["divisions"].to_crs("EPSG:4545")
    whole = divisions[divisions.level == "subdistrict"].area.sum()
    assert abs(grids.to_crs("EPSG:4545").area.sum() - whole) < 0.01
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())


def test_every_grid_is_one_valid_polygon_without_holes(grids):
    assert grids.geom_type.eq("Polygon").all()
    assert grids.is_valid.all()
    assert not any(shape.interiors for shape in grids.geometry)


def test_every_coordinate_lies_on_the_lattice(town):
    for frame in town.values():
        at = shapely.get_coordinates(frame.geometry.to_numpy())
        assert ((at * 1e7).round() / 1e7 == at).all()


def test_every_building_stands_wholly_in_one_grid_and_the_counts_agree(town, grids):
    buildings = town["buildings"]
    placed = buildings.sjoin(grids[["code", "geometry"]], predicate="within")
    assert len(placed) == len(buildings)
    totals = placed.groupby("code_right")[["household_count", "dwelling_count"]].sum()
    written = grids.set_index("code")[["household_count", "dwelling_count"]]
    assert totals.sort_index().to_numpy().tolist() == written.sort_index().to_numpy().tolist()


def test_the_town_has_the_size_of_a_real_subdistrict(town, grids):
    buildings = town["buildings"]
    assert 85 <= len(grids) <= 105
    assert 1_200 <= len(buildings) <= 2_000
    assert 15_000 <= buildings.household_count.sum() <= 18_000
    assert (buildings.dwelling_count >= buildings.household_count).all()


def test_four_grids_have_left_the_range_since_they_were_drawn(grids):
    outside = grids[~grids.household_count.between(100, 300)]
    assert sorted(outside.household_count) == [81, 94, 318, 340]


def test_codes_are_unique_and_nested(town):
    for name in ("divisions", "grids", "buildings"):
        assert town[name].code.is_unique, name
    assert town["grids"].code.str.fullmatch(r"520398001\d{6}").all()
    assert (town["grids"].code.str[:12] == town["grids"].community_code).all()
    assert town["buildings"].name.is_unique


def test_residential_sequences_run_without_a_break(grids):
    for _, mine in grids.groupby("community_code"):
        assert mine.code.str[12:].astype(int).tolist() == list(range(1, len(mine) + 1))


def test_the_functional_grid_lies_over_residential_ones(town, grids):
    functional = town["grids"][town["grids"].kind == "functional"]
    assert len(functional) == 1
    assert grids.union_all().covers(functional.geometry.iloc[0])
