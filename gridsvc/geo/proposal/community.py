"""The atoms of a draft, community by community: no grid reaches across."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridsvc.geo.cover.partition import COMMUNITY_DIGITS
from gridsvc.geo.crs import to_metric
from gridsvc.geo.proposal.web import Web, price_of
from gridsvc.geo.proposal.wish import Wish


@dataclass(frozen=True)
class Community:
    """Atoms of one community, in the order of their ids."""

    code: str
    atoms: gpd.GeoDataFrame
    web: Web
    present: list[int]


def communities(atoms: gpd.GeoDataFrame, borders: pd.DataFrame, wish: Wish) -> Iterator[Community]:
    """Yield the communities that the wish chose, by code; locked grids are not free."""
    metric = to_metric(atoms.geometry)
    area, edge = metric.area, metric.length
    community = atoms["grid"].str[:COMMUNITY_DIGITS]
    at = [community.loc[borders[side]].to_numpy() for side in ("a", "b")]
    inner = borders[at[0] == at[1]].assign(community=at[0][at[0] == at[1]])
    groups = dict(iter(inner.groupby("community")))
    for code, mine in atoms.sort_index().groupby(community, sort=True):
        if wish.communities is not None and code not in wish.communities:
            continue
        links = groups.get(code, inner.iloc[:0])
        place = pd.Series(np.arange(len(mine)), index=mine.index)
        free = ~mine["grid"].isin(wish.locked).to_numpy()
        web = Web.of(
            mine["households"].tolist(), area[mine.index].tolist(), edge[mine.index].tolist(),
            [
                (a, b, metres, price_of(metres, kind))
                for a, b, metres, kind in zip(
                    place.loc[links["a"]].tolist(), place.loc[links["b"]].tolist(),
                    links["border_m"].tolist(), links["kind"], strict=True,
                )
            ],
            _rims(mine.geometry.to_numpy()), _bits(free),
        )  # fmt: skip
        web.tie(wish.low)
        yield Community(code, mine, web, pd.factorize(mine["grid"], sort=True)[0].tolist())


def _rims(shapes: NDArray[np.object_]) -> list[int]:
    """The atoms at the outer edge of what they cover, and at the edge of each hole in it."""
    parts = shapely.get_parts(shapely.coverage_union_all(shapes))
    holes = [ring for part in parts for ring in part.interiors]
    outer = shapely.multilinestrings(shapely.get_exterior_ring(parts))
    return [_bits(shapely.intersects(shapes, rim)) for rim in (outer, *holes)]


def _bits(chosen: NDArray[np.bool_]) -> int:
    return sum(1 << int(atom) for atom in np.flatnonzero(chosen))
