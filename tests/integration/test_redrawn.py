"""Grids drawn in QGIS or CAD become one proved edit of the draft, or are refused with the place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.errors import BadGeometry, BadInput, RuleViolation
from gridsvc.geo.atoms import building_cells, grid_atoms, outlines
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.geo.cover.frames import with_dense_frames
from gridsvc.geo.redrawing.redrawn import redraw

USED = frozenset(toy_town.grids()["code"])


@pytest.fixture(scope="module")
def atoms() -> gpd.GeoDataFrame:
    """The town, its frames dense, with a cell a building: nine buildings, nine atoms."""
    return grid_atoms(with_dense_frames(town()))


def town() -> gpd.GeoDataFrame:
    return toy_town.grids().assign(dwelling_count=lambda t: t["household_count"])


def drawn(**redrawn: object) -> gpd.GeoDataFrame:
    """The town as a file has it, some grids redrawn by place: g0 to g8."""
    frame = toy_town.grids()[["code", "geometry"]]
    frame.index = pd.RangeIndex(1, 10, name="row")
    for place, shape in redrawn.items():
        frame.loc[int(place[1:]) + 1, "geometry"] = shape
    return frame


# Between two of the frame's vertices, which stand 4.9 m apart.
SHIFTED = {"g0": cell(0, 2, wide=0.72), "g1": cell(0.72, 2, wide=1.28)}


def proved(atoms: gpd.GeoDataFrame, made) -> gpd.GeoDataFrame:
    after = made.edit.applied_to(atoms)
    assert edge_chain(after).same_as(edge_chain(atoms))
    assert after["households"].sum() == atoms["households"].sum()
    return outlines(after)


def test_the_grids_that_are_there_change_nothing(atoms):
    made = redraw(atoms, drawn(), USED, 100)
    assert made.edit is None and set(made.changes["status"]) == {"same"}
    metres = drawn().to_crs(toy_town.METRIC)
    assert redraw(atoms, metres, USED, 100).edit is None


def test_a_moved_border_is_cut_and_its_households_are_told(atoms):
    made = redraw(atoms, drawn(**SHIFTED), USED, 100)
    grids = proved(atoms, made)
    assert made.edit.grids == {code(1, 1), code(1, 2)}
    # The frame keeps its vertices: the border's northern end goes to one, 2.5 m off at most.
    assert 0 < made.edit.shifted_m <= 2.6
    wanted = SHIFTED["g1"]
    assert grids.geometry[code(1, 2)].symmetric_difference(wanted).area < 0.02 * wanted.area
    changes = made.changes.loc[[code(1, 1), code(1, 2), code(1, 3)]]
    assert changes["status"].tolist() == ["changed", "changed", "same"]
    # Without a building's place the first grid's 120 are shared by area: 28 % go.
    assert changes["went"].tolist() == [pytest.approx(34, abs=2), 0, 0]
    assert (changes["households"] - changes["households_before"]).sum() == 0
    assert made.changes["moved_m2"].max() < 200


def test_a_grid_without_a_code_is_new_and_one_that_is_not_drawn_ends(atoms):
    frame = drawn(g3=cell(0, 1, wide=0.5), g4=cell(1, 1))
    half = gpd.GeoDataFrame({"code": ["cad-7"]}, geometry=[cell(0.5, 1, wide=0.5)], crs=4326)
    united = frame.drop(index=[8]).copy()
    united.loc[7, "geometry"] = cell(0, 0, wide=2)
    made = redraw(atoms, pd.concat([united, half.set_axis([10])]).rename_axis("row"), USED, 100)
    assert set(proved(atoms, made).index) == (USED | {code(1, 7)}) - {code(2, 2)}
    status = made.changes["status"]
    assert status[code(1, 7)] == "new" and status[code(2, 2)] == "retired"
    assert made.changes["given"][code(1, 7)] == "cad-7"
    assert made.changes["households"][code(2, 1)] == 180


def test_a_community_that_is_not_drawn_stays(atoms):
    made = redraw(atoms, drawn(**SHIFTED).iloc[:6], USED, 100)
    assert {one[:12] for one in made.edit.grids} == {code(1, 1)[:12]}
    assert set(made.changes.index) == {code(1, n) for n in range(1, 7)}


def test_an_unsteady_hand_is_repaired_and_what_moved_is_told(atoms):
    random = np.random.default_rng(3)

    def shaken(positions):
        corners = positions[:-1] + random.uniform(-7e-6, 7e-6, positions[:-1].shape)
        return np.vstack([corners, corners[:1]])

    frame = drawn(**SHIFTED)
    shapes = [shapely.transform(one, shaken) for one in frame.geometry]
    made = redraw(atoms, frame.set_geometry(shapes, crs=4326), USED, 100)
    grids = proved(atoms, made)
    assert (grids.geom_type == "Polygon").all() and grids.is_valid.all()
    assert made.changes["moved_m2"].between(10, 600).all()
    # In the lower community the shaken ends go back to the frame's corners: nothing changes.
    assert {one[:12] for one in made.edit.grids} == {code(1, 1)[:12]}


def test_buildings_keep_their_households_whatever_line_cuts_their_cells():
    grids = with_dense_frames(town())
    houses = toy_town.buildings().iloc[:9].assign(dwelling_count=lambda h: h["household_count"])
    cells = building_cells(grids, houses.rename_axis("building"))
    # The border passes west of the first grid's building, which goes over with all of its 120.
    made = redraw(cells, drawn(g0=cell(0, 2, wide=0.3), g1=cell(0.3, 2, wide=1.7)), USED, 100)
    proved(cells, made)
    assert made.changes["households"][[code(1, 1), code(1, 2)]].tolist() == [0, 420]
    assert made.changes["went"][code(1, 1)] == 120
    assert not made.comparison.estimated


@pytest.mark.parametrize(
    ("redrawn", "sentence", "at"),
    [
        ({"g0": cell(0, 2, wide=1.2)}, "Grids that overlap: 21", (1.1, 2.5)),
        ({"g4": cell(1, 1, wide=0.5)}, "Ground in no grid: 54", (1.75, 1.5)),
        ({"g4": shapely.Polygon([(108, 27.7), (108.001, 27.701), (108.001, 27.7), (108, 27.701)])},
         "Row 5 is no plain polygon", (0.5, 0.5)),
    ],
)  # fmt: skip
def test_what_cannot_be_repaired_is_refused_with_its_place(atoms, redrawn, sentence, at):
    with pytest.raises((RuleViolation, BadGeometry), match=sentence) as refused:
        redraw(atoms, drawn(**redrawn), USED, 100)
    assert refused.value.place == pytest.approx(toy_town.position(*at), abs=2e-5)


def test_a_grid_in_pieces_twice_or_elsewhere_is_refused(atoms):
    frame = drawn()
    apart = shapely.MultiPolygon([cell(0, 2, wide=0.5), cell(2, 2)])
    with pytest.raises(BadGeometry, match="2 parts"):
        redraw(atoms, drawn(g0=apart, g2=cell(0.5, 2, wide=0.5)), USED, 100)
    with pytest.raises(BadInput, match="drawn twice"):
        redraw(atoms, frame.assign(code=frame["code"].replace(code(1, 2), code(1, 1))), USED, 100)
    far = frame.assign(code=None).set_geometry(frame.translate(1, 0), crs=4326)
    with pytest.raises(BadGeometry, match="outside the draft"):
        redraw(atoms, far, USED, 100)
