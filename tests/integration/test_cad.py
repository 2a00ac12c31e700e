"""Outlines from CAD: lines enclose grids, and texts in them are their codes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
import toy_town
from toy_town import cell, code

from gridsvc.errors import BadInput, CrsMismatch
from gridsvc.geo.atoms import grid_atoms
from gridsvc.geo.cover.frames import with_dense_frames
from gridsvc.geo.redrawing.cad import read_dxf
from gridsvc.geo.redrawing.redrawn import redraw

TEXT = "  0\nTEXT\n  5\n{handle}\n100\nAcDbEntity\n  8\nGRID\n100\nAcDbText\n"
TEXT += " 10\n{x}\n 20\n{y}\n 30\n0\n 40\n5\n  1\n{words}\n100\nAcDbText\n"


@pytest.fixture
def drawing(tmp_path) -> Path:
    """The town as closed polylines, the border of the first two grids moved 28 m west."""
    town = toy_town.grids()
    town.loc[[0, 1], "geometry"] = [cell(0, 2, wide=0.72), cell(0.72, 2, wide=1.28)]
    town = town.to_crs(toy_town.METRIC)
    lines = town.boundary.to_frame("geometry").assign(Layer="GRID")
    pyogrio.write_dataframe(lines, tmp_path / "town.dxf", driver="DXF")
    return tmp_path / "town.dxf"


def labelled(drawing: Path, *labels: tuple[float, float, str]) -> Path:
    """Write texts into a drawing, at places counted in cells."""
    before, entities, after = drawing.read_text().partition("ENTITIES\n")
    places = [shapely.Point(toy_town.position(x, y)) for x, y, _ in labels]
    points = gpd.GeoSeries(places, crs=4326).to_crs(toy_town.METRIC)
    texts = "".join(
        TEXT.format(handle=f"2FF{n:02d}", x=at.x, y=at.y, words=words)
        for n, (at, (_, _, words)) in enumerate(zip(points, labels, strict=True))
    )
    drawing.write_text(before + entities + texts + after)
    return drawing


def test_closed_lines_are_areas_and_a_text_inside_is_the_code(drawing):
    labelled(drawing, (0.5, 2.5, code(1, 1)), (1.5, 0.5, f"网格 {code(2, 2)}"), (2.5, 0.5, "12"))
    areas = read_dxf(drawing, "EPSG:4545", "GRID")
    assert len(areas) == 9 and areas.area.sum() == pytest.approx(9 * 98.6 * 110.8, rel=0.01)
    assert set(areas["code"].dropna()) == {code(1, 1), code(2, 2)}


def test_a_drawing_without_codes_keeps_the_numbers_of_the_grids_it_redraws(drawing):
    atoms = grid_atoms(with_dense_frames(toy_town.grids()))
    made = redraw(atoms, read_dxf(drawing, "EPSG:4545"), set(atoms["grid"]), 10)
    assert made.edit.grids == {code(1, 1), code(1, 2)}
    assert "new" not in set(made.changes["status"])


def test_two_drawings_of_one_border_leave_no_area_between_them(tmp_path):
    town = toy_town.grids("metres")
    town.loc[0, "geometry"] = cell(0, 2, "metres", wide=0.99)
    lines = town.boundary.to_frame("geometry").assign(Layer="0")
    pyogrio.write_dataframe(lines, tmp_path / "town.dxf", driver="DXF")
    assert len(read_dxf(tmp_path / "town.dxf", "EPSG:4545")) == 9


def test_what_is_no_drawing_of_grids_is_refused_in_one_sentence(drawing, tmp_path):
    with pytest.raises(BadInput, match="no CAD layer 'ROADS'; its layers are GRID"):
        read_dxf(drawing, "EPSG:4545", "ROADS")
    with pytest.raises(CrsMismatch, match="not in metres"):
        read_dxf(drawing, "EPSG:4490")
    with pytest.raises(CrsMismatch, match="no known reference system"):
        read_dxf(drawing, "EPSG:1")
    (tmp_path / "other.dxf").write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    with pytest.raises(BadInput, match="is no DXF file"):
        read_dxf(tmp_path / "other.dxf", "EPSG:4545")
    with pytest.raises(BadInput, match="no file"):
        read_dxf(tmp_path / "none.dxf", "EPSG:4545")
    both = labelled(drawing, (0.2, 2.5, code(1, 1)), (0.4, 2.5, code(1, 2)))
    with pytest.raises(BadInput, match="stand in one area"):
        read_dxf(both, "EPSG:4545")


def test_lines_that_enclose_nothing_are_told(tmp_path):
    line = gpd.GeoDataFrame({"Layer": ["0"]}, geometry=[shapely.LineString([(0, 0), (9, 9)])])
    pyogrio.write_dataframe(line.set_crs(4545), tmp_path / "line.dxf", driver="DXF")
    with pytest.raises(BadInput, match="enclose nothing"):
        read_dxf(tmp_path / "line.dxf", "EPSG:4545")
