"""A town of nine grids, drawn; every answer in the tests can be worked out from the drawing.

Each cell is one grid: the number of its community, its sequence there, and its households, all of
them in one building at the centre. Communities 001 (the upper six) and 002 (the lower three) lie
in subdistrict 001 of Honghuagang District, 520302. One more building, Z, stands outside.
"""

from __future__ import annotations

import re

import geopandas as gpd
import shapely

DRAWING = """
+-----------+-----------+-----------+
|  001 001  |  001 002  |  001 003  |
|    120    |    300    |     99    |
+-----------+-----------+-----------+
|  001 004  |  001 005  |  001 006  |
|    100    |    301    |    250    |     Z 7
+-----------+-----------+-----------+
|  002 001  |  002 002  |  002 003  |
|    180    |      0    |    150    |
+-----------+-----------+-----------+
"""

SUBDISTRICT = "520302001"
# The south-west corner lies on the central meridian of EPSG:4545 (108 E), where its scale is 1.
WEST, SOUTH = 108.0, 27.7
CELL_DEG = 0.001
CELL_M = 100.0
METRIC = "EPSG:4545"
_WEST_M, _SOUTH_M = 500_000.0, 3_065_000.0


def grids(unit: str = "degrees") -> gpd.GeoDataFrame:
    """Nine squares: 0.001 degrees in EPSG:4326, or 100 m in EPSG:4545 for unit="metres"."""
    lines = DRAWING.strip().splitlines()
    rows = [
        {
            "code": f"{SUBDISTRICT}{community}{sequence}",
            "name": f"{community}-{sequence}",
            "household_count": int(count),
            "geometry": cell(column, 2 - line, unit),
        }
        for line in range(3)
        for column, ((community, sequence), count) in enumerate(
            zip(
                re.findall(r"(\d{3}) (\d{3})", lines[3 * line + 1]),
                re.findall(r"\b\d+\b", lines[3 * line + 2].split("Z")[0]),
                strict=True,
            )
        )
    ]
    return gpd.GeoDataFrame(rows, crs="EPSG:4326" if unit == "degrees" else METRIC)


def cell(column: float, row: float, unit: str = "degrees", wide: float = 1, high: float = 1):
    """Draw a rectangle; column 0 is the westernmost, row 0 the southernmost."""
    west, south, step = (
        (WEST, SOUTH, CELL_DEG) if unit == "degrees" else (_WEST_M, _SOUTH_M, CELL_M)
    )
    corners = (
        west + column * step,
        south + row * step,
        west + (column + wide) * step,
        south + (row + high) * step,
    )
    # Seven digits are the lattice; in metres they change nothing.
    return shapely.box(*(round(value, 7) for value in corners))


def communities(unit: str = "degrees") -> gpd.GeoDataFrame:
    """The outlines of the two communities, with the corners of their grids as vertices."""
    town = grids(unit).assign(code=lambda frame: frame["code"].str[:12])
    return town[["code", "geometry"]].dissolve("code", method="coverage").reset_index()


def buildings() -> gpd.GeoDataFrame:
    """Ten buildings of 20 x 20 hundredths of a cell: nine at the centres, Z outside the town."""
    town = grids()
    outside = int(re.search(r"Z (\d+)", DRAWING)[1])
    squares = [
        cell(place % 3 + 0.4, 2 - place // 3 + 0.4, wide=0.2, high=0.2) for place in range(9)
    ]
    return gpd.GeoDataFrame(
        {"household_count": [*town["household_count"], outside]},
        geometry=[*squares, cell(3.4, 1.4, wide=0.2, high=0.2)],
        crs="EPSG:4326",
    )


def position(column: float, row: float) -> tuple[float, float]:
    """Give lon, lat of a place counted in cells from the south-west corner of the town."""
    return round(WEST + column * CELL_DEG, 7), round(SOUTH + row * CELL_DEG, 7)


def code(community: int, sequence: int) -> str:
    """Write out the code of a grid of the drawing."""
    return f"{SUBDISTRICT}{community:03d}{sequence:03d}"
