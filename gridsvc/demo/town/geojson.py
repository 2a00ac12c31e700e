"""Writing GeoJSON to the byte: one feature a line, seven decimals, no spaces."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely


def write(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a frame in EPSG:4326 whose coordinates lie on the lattice; same frame, same bytes."""
    path.write_text(text_of(frame), encoding="utf-8", newline="\n")


def text_of(frame: gpd.GeoDataFrame) -> str:
    """The frame as RFC 7946 text; columns that are missing in a row are left out of it."""
    shapes = frame.geometry.map(lambda g: shapely.geometry.mapping(g))
    rows = frame.drop(columns=frame.geometry.name).to_dict("records")
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {k: v for k, v in row.items() if not pd.isna(v)},
                "geometry": shape,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
