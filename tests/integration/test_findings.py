"""What is found in a draft of the drawn town, each with its figure and what would mend it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.geo.cover.flows import largest_remainder
from gridsvc.geo.findings import SEVERITIES, Fix, Ground, Kind, Severity, findings

# A thousandth of a degree of latitude, in EPSG:4545 at 27.7 N.
CELL_HIGH_M = 110.8


def quarters() -> gpd.GeoDataFrame:
    """The town with four atoms a grid, each a quarter with a quarter of the households."""
    rows = []
    for place, grid in enumerate(toy_town.grids().itertuples()):
        for part, households in enumerate(largest_remainder(grid.household_count, [1] * 4)):
            column, row = place % 3 + part % 2 / 2, 2 - place // 3 + part // 2 / 2
            shape = cell(column, row, wide=0.5, high=0.5)
            rows.append((grid.code, households, households, pd.NA, -1, shape))
    names = ["grid", "households", "dwellings", "building", "block", "geometry"]
    atoms = gpd.GeoDataFrame(rows, columns=names, geometry="geometry", crs=4326)
    atoms = atoms.astype({"building": "Int64"}).assign(lon=np.nan, lat=np.nan)
    return atoms.rename_axis("atom")


def ground(**other: object) -> Ground:
    town = quarters().assign(code=lambda a: a["grid"].str[:12])
    frames = town.dissolve("code", method="coverage").reset_index()[["code", "geometry"]]
    due = town.groupby("code")["households"].sum()
    codes = frozenset(toy_town.grids()["code"])
    return Ground(**{"communities": frames, "households": due, "base": codes, **other})


def found(atoms: gpd.GeoDataFrame, kind: Kind, **other: object) -> gpd.GeoDataFrame:
    everything = findings(atoms, ground(**other))
    return everything[everything["kind"] == kind]


def relabelled(labels: dict[int, str]) -> gpd.GeoDataFrame:
    atoms = quarters()
    atoms.loc[list(labels), "grid"] = list(labels.values())
    return atoms


def test_the_town_as_drawn_has_only_three_grids_outside_their_range():
    everything = findings(quarters(), ground())
    assert everything[["kind", "severity", "grids", "figure"]].values.tolist() == [
        ["out_of_range", "warning", (code(1, 3),), -1],
        ["out_of_range", "warning", (code(1, 5),), 1],
        ["out_of_range", "warning", (code(2, 2),), -100],
    ]
    assert everything.crs == 4326 and everything.index.name == "finding"


def test_a_grid_one_household_short_is_offered_a_quarter_of_its_neighbour_and_a_merger():
    fixes = found(quarters(), Kind.OUT_OF_RANGE)["fixes"].iloc[0]
    # A quarter of 300 leaves the giver 225; 250 would keep 187. The lesser hand-over leads.
    assert fixes[0].action == "relabel" and fixes[0].to == code(1, 3)
    assert dict(fixes[0].households) == {code(1, 3): 161, code(1, 6): 188}
    assert [fix.action for fix in fixes] == ["relabel", "relabel"]


def test_each_hand_over_that_is_offered_mends_the_range_and_breaks_nothing_else():
    atoms = quarters()
    before = findings(atoms, ground())
    for one in before.itertuples():
        for fix in one.fixes:
            labels = dict.fromkeys(fix.atoms, fix.to)
            if fix.action == "merge":
                labels = dict.fromkeys(atoms.index[atoms["grid"].isin(fix.grids)], fix.to)
            after = findings(relabelled(labels), ground())
            assert len(after) == len(before) - 1, fix
            assert one.grids not in set(after["grids"])


def test_an_empty_grid_may_be_merged_into_either_neighbour():
    fixes = found(quarters(), Kind.OUT_OF_RANGE)["fixes"].iloc[2]
    merges = {fix.to: dict(fix.households) for fix in fixes if fix.action == "merge"}
    assert merges == {code(2, 1): {code(2, 1): 180}, code(2, 3): {code(2, 3): 150}}


def test_the_range_of_a_community_is_its_own():
    low = pd.Series({code(1, 1)[:12]: 99, code(2, 1)[:12]: 0})
    kinds = findings(quarters(), ground(low=low, high=301))["kind"]
    assert kinds.empty


def test_a_quarter_given_across_a_grid_leaves_a_piece_apart():
    apart = found(relabelled({0: code(1, 3)}), Kind.NOT_ONE_PIECE)
    assert apart["grids"].tolist() == [(code(1, 3),)]
    assert apart["figure"].iloc[0] == pytest.approx(0.0005**2 * 1.097e10, rel=0.02)
    assert apart["fixes"].iloc[0][0].to == code(1, 1)
    assert apart["severity"].iloc[0] == "blocking"


def test_a_grid_around_another_has_a_hole_and_an_outline_with_a_hole_has_none():
    around = quarters().assign(grid=lambda a: a["grid"].where(a["grid"] == code(1, 5), code(1, 1)))
    whole = gpd.GeoDataFrame({"code": [code(1, 1)[:12]]}, geometry=[cell(0, 0, wide=3, high=3)])
    frame = whole.set_crs(4326)
    holes = findings(around, Ground(frame, high=2_000))
    assert holes.loc[holes["kind"] == "hole", "grids"].tolist() == [(code(1, 1), code(1, 5))]
    merge = holes.loc[holes["kind"] == "hole", "fixes"].iloc[0]
    assert merge == (
        Fix("merge", to=code(1, 1), grids=(code(1, 5),), households=((code(1, 1), 1500),)),
    )
    ring = around[around["grid"] == code(1, 1)]
    holed = frame.set_geometry([cell(0, 0, wide=3, high=3) - cell(1, 1)], crs=4326)
    assert "hole" not in findings(ring, Ground(holed))["kind"].tolist()


@pytest.mark.parametrize(("wide_m", "expected"), [(1.2, 1.2), (2.5, None)])
def test_a_neck_under_two_metres_is_measured(wide_m, expected):
    neck = wide_m / CELL_HIGH_M
    shape = shapely.union_all([cell(0, 0), cell(2, 0), cell(1, 0.4, high=neck)])
    atoms = quarters().iloc[:1].set_geometry([shape], crs=4326)
    frame = gpd.GeoDataFrame({"code": [code(1, 1)[:12]]}, geometry=[shape], crs=4326)
    necks = findings(atoms, Ground(frame)).query("kind == 'narrow_neck'")
    if expected is None:
        assert necks.empty
    else:
        assert necks["figure"].tolist() == [pytest.approx(expected, abs=0.1)]
        assert cell(1, 0.3, high=0.4).covers(shapely.Point(*necks[["lon", "lat"]].iloc[0]))


def test_an_atom_of_another_community_crosses_and_goes_back_to_a_grid_there():
    lower = quarters().index[-3]
    crossing = found(relabelled({lower: code(1, 6)}), Kind.CROSSES_COMMUNITY)
    assert crossing["grids"].tolist() == [(code(1, 6),)]
    assert {fix.to for fix in crossing["fixes"].iloc[0]} == {code(2, 3)}
    told = findings(relabelled({lower: code(1, 6)}), ground())
    assert told.loc[told["kind"] == "household_count_differs", "figure"].tolist() == [38, -38]
    assert not {"gap", "overlap", "border_unmatched"} & set(told["kind"])


def test_an_atom_left_out_is_a_gap_and_its_households_are_missed():
    told = findings(quarters().drop(index=5), ground())
    assert told["kind"].tolist()[:2] == ["gap", "household_count_differs"]
    assert told["figure"].iloc[1] == -75
    assert told["geometry"].iloc[0].equals(quarters().geometry[5])


def test_an_atom_drawn_too_wide_overlaps_and_nothing_else_is_said_of_its_border():
    atoms = quarters()
    atoms.loc[0, "geometry"] = cell(0, 2, wide=0.6, high=0.5)
    told = findings(atoms, ground())
    assert told["kind"].tolist()[:1] == ["overlap"] and "border_unmatched" not in set(told["kind"])


def test_one_vertex_on_one_side_alone_is_a_border_that_does_not_match():
    atoms = quarters()
    atoms.loc[0, "geometry"] = atoms.geometry[0].segmentize(0.0003)
    unmatched = found(atoms, Kind.BORDER_UNMATCHED)
    assert unmatched["community"].tolist() == [code(1, 1)[:12]]
    assert unmatched["severity"].tolist() == ["blocking"]


def test_a_river_through_a_grid_counts_and_one_along_its_border_does_not():
    through = shapely.LineString([toy_town.position(0.5, 0), toy_town.position(0.5, 3)])
    along = shapely.LineString([toy_town.position(1.1, 0), toy_town.position(1.1, 3)])
    barriers = gpd.GeoDataFrame({"kind": ["water"] * 2}, geometry=[through, along], crs=4326)
    crossed = found(quarters(), Kind.CROSSES_BARRIER, barriers=barriers)
    assert set(crossed["grids"]) == {(code(1, 1),), (code(1, 4),), (code(2, 1),)}
    # 20 m at either end lie along the border.
    assert crossed["figure"].tolist() == [pytest.approx(CELL_HIGH_M - 40, abs=0.5)] * 3


def test_a_wide_river_counts_about_its_length():
    river = gpd.GeoDataFrame({"kind": ["water"]}, geometry=[cell(0.45, 0, wide=0.1, high=3)])
    crossed = found(quarters(), Kind.CROSSES_BARRIER, barriers=river.set_crs(4326))
    assert crossed["figure"].tolist() == [pytest.approx(80.6, abs=1)] * 3


def test_a_building_across_a_border_is_cut_and_one_that_touches_it_is_not():
    houses = gpd.GeoDataFrame(
        geometry=[cell(0.9, 2.4, wide=0.3, high=0.2), cell(1.5, 2.4, wide=0.5, high=0.2)],
        index=[7, 8],
        crs=4326,
    )
    cut = found(quarters(), Kind.BUILDING_CUT, buildings=houses)
    assert cut["grids"].tolist() == [(code(1, 2), code(1, 1))]
    assert cut["figure"].iloc[0] == pytest.approx(0.0001 * 0.0002 * 1.097e10, rel=0.02)


def test_without_footprints_a_building_whose_atoms_are_parted_is_cut():
    atoms = quarters()
    atoms.loc[[1, 4], "building"] = 7
    cut = found(atoms, Kind.BUILDING_CUT)
    assert len(cut) == 1 and len(cut["fixes"].iloc[0][0].atoms) == 1


def test_a_retired_code_is_not_given_again():
    used = frozenset({*toy_town.grids()["code"], code(1, 9), code(1, 20)})
    told = found(relabelled({0: code(1, 9)}), Kind.CODE_REUSED, used=used)
    assert told["fixes"].iloc[0] == (Fix("renumber", codes=((code(1, 9), code(1, 21)),)),)


def test_new_codes_follow_the_order_in_which_one_reads():
    told = found(relabelled({2: code(1, 8), 6: code(1, 7)}), Kind.CODE_OUT_OF_ORDER)
    assert told["fixes"].iloc[0] == (
        Fix("renumber", codes=((code(1, 8), code(1, 7)), (code(1, 7), code(1, 8)))),
    )
    assert found(relabelled({2: code(1, 7), 6: code(1, 8)}), Kind.CODE_OUT_OF_ORDER).empty


def test_severities_are_a_setting_and_what_is_not_asked_for_is_not_found():
    strict = {Kind.OUT_OF_RANGE: Severity.BLOCKING, Kind.GAP: None}
    told = findings(quarters().drop(index=5), ground(), severities=strict)
    assert set(told["kind"]) == {"out_of_range"} and set(told["severity"]) == {"blocking"}
    assert set(SEVERITIES) == set(Kind)


def test_a_fix_is_plain_json():
    fix = Fix("relabel", to="b", atoms=(1, 2), households=(("a", 1), ("b", 2)))
    assert fix.as_dict() == {
        "action": "relabel",
        "to": "b",
        "atoms": [1, 2],
        "households": {"a": 1, "b": 2},
    }
