"""Do rows lie where the divisions that they name lie?"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from gridsvc.errors import BadInput
from gridsvc.grids.intake.report import ImportReport

_ROWS_NAMED = 5


def require_inside(
    rows: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, name: str, report: ImportReport
) -> None:
    """Refuse a file most of which lies outside the divisions that it is said to lie in.

    A wrong datum moves a file by half a kilometre, a wrong reference system or parent by more. A
    few rows outside may be an outline drawn more coarsely than they are: those are a note.

    Parameters
    ----------
    rows : GeoDataFrame
        ``parent_code`` (may be NULL), and shapes (may be null) in EPSG:4326.
    outlines : GeoDataFrame
        ``code`` and polygons, EPSG:4326. A row is compared with the smallest one above it.
    name : str
        Of the file.
    report : ImportReport
        Gets the note.

    Raises
    ------
    BadInput
        More than half of the rows have no ground in common with their division.
    """
    known = outlines.set_index("code").geometry
    shapely.prepare(known.to_numpy())
    around = _smallest(rows["parent_code"], set(known.index))[rows.geometry.notna()].dropna()
    shapes = rows.geometry[around.index].to_numpy()
    apart = around.index[shapely.disjoint(shapes, known[around].to_numpy())]
    if apart.empty:
        return
    code, at = around[apart[0]], shapely.point_on_surface(rows.geometry[apart[0]])
    if len(apart) * 2 > len(rows):
        raise BadInput(
            f"{name}: {len(apart)} of {len(rows)} rows lie outside the division above them, the "
            f"first is row {apart[0]} at {at.x:.4f}, {at.y:.4f}, outside {code}: check the "
            "file's reference system, --datum and the parent.",
            ids=apart.tolist(),
        )
    named = ", ".join(map(str, apart[:_ROWS_NAMED]))
    report.notes.append(f"{len(apart)} rows lie outside the outline of their division ({named})")


def _smallest(parents: pd.Series, known: set[str]) -> pd.Series:
    """Give each row the longest code above it that has an outline."""
    lengths = sorted({len(code) for code in known}, reverse=True)
    found = {
        code: next((code[:n] for n in lengths if code[:n] in known), None)
        for code in parents.dropna().unique()
    }
    return parents.map(found)
