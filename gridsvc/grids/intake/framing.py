"""Vertices on the outline of a community, put there once so that the outline never changes.

Why and how many: docs/decisions/0022-atoms-and-frames.md.
"""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.geo.cover.frames import densified, with_dense_frames
from gridsvc.geo.crs import STORAGE
from gridsvc.grids.models import Grid, GridBoundary
from gridsvc.grids.rules import GridKind


def framed_grids(session: Session, grids: gpd.GeoDataFrame, on: date) -> gpd.GeoDataFrame:
    """Divide the edges of grids that lie on the outline of their community.

    What the grids of a file share with grids that are there already, and stay, is no outline, so
    those are looked at too; only the shapes of the file change, by up to 8 mm.

    Parameters
    ----------
    session : Session
        Only read.
    grids : GeoDataFrame
        ``parent_code`` (12 digits) and Polygons of residential grids, EPSG:4326.
    on : date
        The day from which they are valid.
    """
    communities = grids["parent_code"].unique().tolist()
    found = session.execute(
        select(Grid.code, func.st_asbinary(GridBoundary.geom))
        .join(GridBoundary, GridBoundary.grid_code == Grid.code)
        .where(
            Grid.community_code.in_(communities),
            Grid.kind == GridKind.RESIDENTIAL,
            GridBoundary.valid_from <= on,
            func.coalesce(GridBoundary.valid_to, date.max) > on,
        )
    ).all()
    there = gpd.GeoDataFrame(
        {"code": [code for code, _ in found]},
        geometry=shapely.from_wkb([bytes(shape) for _, shape in found]),
        crs=STORAGE,
    )
    # Rows may have no codes yet: a grid whose middle is drawn anew is one that the file replaces.
    replaced, _ = grids.sindex.query(there.representative_point(), predicate="intersects")
    there = there.drop(index=there.index[replaced])
    own = grids[["parent_code", "geometry"]].rename(columns={"parent_code": "code"})
    whole = pd.concat([own, there], ignore_index=True)
    shapes = with_dense_frames(whole).geometry.iloc[: len(grids)].set_axis(grids.index)
    return grids.set_geometry(shapes)


def framed_outlines(divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Divide the edges of communities' outlines, as those of their grids are.

    Parameters
    ----------
    divisions : GeoDataFrame
        Polygons and MultiPolygons, EPSG:4326; null where a community has no outline.
    """
    drawn = divisions.geometry.notna()
    shapes = divisions.geometry.copy()
    shapes[drawn] = densified(divisions.geometry[drawn])
    return divisions.set_geometry(shapes)
