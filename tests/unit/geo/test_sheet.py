"""The drawn town on paper: true to scale, every label within its grid."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
import toy_town
from toy_town import code

from gridsvc.errors import BadInput
from gridsvc.geo.paper.sheet import laid_out


def base() -> gpd.GeoDataFrame:
    west, south = toy_town.position(-20, 1.5), toy_town.position(20, 1.5)
    return gpd.GeoDataFrame(
        {"kind": ["street", "green"], "rank": [1, 1]},
        geometry=[shapely.LineString([west, south]), toy_town.cell(0, 0)],
        crs=4326,
    )


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def test_a_grid_100_m_wide_is_as_many_millimetres_as_the_scale_says():
    sheet = laid_out(toy_town.grids("metres"), base(), 400, 252)
    # 300 m in 244 mm need 1 : 1230.
    assert sheet.scale == 1500 and sheet.bar_mm == pytest.approx(sheet.bar_m / 1.5)
    first = sheet.cells[0]
    across = [x for x, _ in points(first.path)]
    assert first.code == code(1, 1) and max(across) - min(across) == pytest.approx(66.67, abs=0.02)
    assert first.room_mm == pytest.approx(33.3, abs=0.5)


def test_north_is_up_and_the_town_in_the_middle():
    cells = {cell.code: cell for cell in laid_out(toy_town.grids(), base(), 400, 252).cells}
    assert cells[code(1, 1)].y < cells[code(1, 4)].y < cells[code(2, 1)].y
    assert cells[code(1, 1)].x < cells[code(1, 2)].x < cells[code(1, 3)].x
    middle = cells[code(1, 5)]
    # Its circle has 5 mm to move in: the cell is higher than it is wide.
    assert (middle.x, middle.y) == pytest.approx((200, 126), abs=5)


def test_what_lies_beyond_the_field_is_cut_off_and_other_kinds_are_left_out():
    sheet = laid_out(toy_town.grids(), base(), 400, 252)
    assert len(sheet.streets) == 1 and sheet.waters == []
    assert all(0 <= x <= 400 for x, _ in points(sheet.streets[0][1]))


def test_nothing_and_too_much_are_refused():
    with pytest.raises(BadInput, match="no grid to be drawn"):
        laid_out(toy_town.grids()[:0], base(), 400, 252)
    with pytest.raises(BadInput, match="too large for one sheet"):
        laid_out(
            toy_town.grids("metres")
            .scale(3000, 3000)
            .to_frame("geometry")
            .assign(code=toy_town.grids()["code"]),
            base(),
            400,
            252,
        )
