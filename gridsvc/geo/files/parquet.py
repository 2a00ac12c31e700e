"""GeoParquet 1.1 (OGC, geoparquet.org): a table of Parquet with shapes as WKB and what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.geo.crs import STORAGE

if TYPE_CHECKING:
    from polars.datatypes import DataTypeClass


def write_parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a frame in EPSG:4326 as GeoParquet.

    Not by geopandas, which would need pyarrow: pandas keeps its texts in pyarrow wherever that is
    installed, in every process of the service (docs/decisions/0027-geoparquet.md).

    Parameters
    ----------
    frame : GeoDataFrame
        Whole numbers, floats, booleans or texts, and shapes; null stays null.
    path : Path
        The file.
    """
    # Its library is as large as all others together, and only this needs it.
    import polars

    name = frame.geometry.name
    columns = {
        field: polars.Series(field, _plain(frame[field]), _kind(frame[field].dtype))
        for field in frame.columns.drop(name)
    }
    shapes = frame.geometry.to_numpy()
    columns[name] = polars.Series(name, shapely.to_wkb(shapes).tolist(), dtype=polars.Binary)
    table = polars.DataFrame(columns)
    table.write_parquet(path, compression="zstd", metadata={"geo": _described(name, shapes)})


def _plain(column: pd.Series) -> list[object]:
    return [None if pd.isna(one) else one for one in column.astype(object)]


def _kind(dtype: object) -> DataTypeClass:
    import polars

    kind = pd.api.types
    if kind.is_bool_dtype(dtype):
        return polars.Boolean
    if kind.is_integer_dtype(dtype):
        return polars.Int64
    return polars.Float64 if kind.is_float_dtype(dtype) else polars.String


def _described(name: str, shapes: NDArray[np.object_]) -> str:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in shapes if shape is not None}),
        "crs": STORAGE.to_json_dict(),
    }
    if len(shapes):
        column["bbox"] = shapely.total_bounds(shapes).tolist()
    return json.dumps({"version": "1.1.0", "primary_column": name, "columns": {name: column}})
