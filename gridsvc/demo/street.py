"""A made subdistrict of 60,000 households: communities, streets, blocks and building cells."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Polygon

from gridsvc.demo.town.houses import plots
from gridsvc.demo.town.lattice import faces, to_degrees, to_metres, to_steps
from gridsvc.demo.town.streets import MAIN, Network, blocks_of, overshoot
from gridsvc.geo.crs import STORAGE, area_m2
from gridsvc.geo.proposal.borders import atom_borders

SUBDISTRICT = "520302099"
SIDE_M = (3_300.0, 2_700.0)
COMMUNITY_M2 = 520_000.0
BLOCK_M2 = 13_000.0
SMALLEST_M2 = 60.0  # an offcut of drawing, as in the demo's town
# Plot area (m2) and households in its building, least and most, with how common it is.
KINDS = (
    (1_900.0, 2, 12, 0.32),  # self-built houses
    (4_000.0, 16, 40, 0.45),  # rows of slabs
    (6_500.0, 48, 96, 0.15),  # towers
    (11_000.0, 0, 0, 0.08),  # schools, markets, works
)


@dataclass(frozen=True)
class Street:
    """Atoms with ``community``, ``block``, households, and the streets below them."""

    atoms: gpd.GeoDataFrame
    base: gpd.GeoDataFrame


def make_street(seed: int, households: int = 60_000, share: float = 1.0) -> Street:
    """Grow a subdistrict; the same seed gives the same one on every machine.

    Parameters
    ----------
    seed : int
        The only source of chance.
    households : int
        Total, shared out by what is built on each plot.
    share : float
        Length of its sides compared with the whole size; households shrink with the area.

    Returns
    -------
    Street
        Atoms in EPSG:4326, an exact coverage on the lattice; ``grid`` is the community and 001.
    """
    rng = np.random.default_rng(seed)
    outline = shapely.box(0, 0, SIDE_M[0] * share, SIDE_M[1] * share)
    roads, lanes = Network(), Network()
    communities = blocks_of(outline, lambda _: COMMUNITY_M2, roads, rng)
    blocks, block_of = [], []
    for number, community in enumerate(communities):
        mine = blocks_of(community, lambda _: BLOCK_M2, lanes, rng)
        blocks += mine
        block_of += [number] * len(mine)
    kinds, cuts = _built(blocks, rng)
    lines = [LineString(outline.exterior.coords), *roads.lines, *lanes.lines, *cuts]
    cells = np.array(faces(to_steps(line) for line in lines))
    block = _holding(blocks, cells)
    cells, block = _without_offcuts(cells[block >= 0], block[block >= 0])
    people = _peopled(cells, kinds[block], int(households * share**2), rng)
    community = np.array(block_of)[block]
    codes = np.array([f"{SUBDISTRICT}{number + 1:03d}" for number in range(len(communities))])
    return Street(_atoms(cells, codes[community], block, people), _base(roads, lanes))


def _built(blocks: list[Polygon], rng: np.random.Generator) -> tuple[np.ndarray, list[LineString]]:
    kinds, cuts = [], []
    for block in blocks:
        kind = int(rng.choice(len(KINDS), p=[k[3] for k in KINDS]))
        kinds.append(kind)
        cuts += [overshoot(cut) for cut in plots(block, KINDS[kind][0], rng)[1]]
    return np.array(kinds), cuts


def _holding(blocks: list[Polygon], cells: np.ndarray) -> np.ndarray:
    inside = [to_metres(cell.representative_point()) for cell in cells]
    at, found = shapely.STRtree(blocks).query(inside, predicate="within")
    block = np.full(len(cells), -1)
    block[at] = found
    return block


def _without_offcuts(cells: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join every offcut to the cell of its block with which it shares most border."""
    shapes = gpd.GeoSeries([to_degrees(cell) for cell in cells], crs=STORAGE)
    links = atom_borders(gpd.GeoDataFrame({"block": block}, geometry=shapes))
    small = area_m2(shapes).to_numpy() < SMALLEST_M2
    both = pd.concat([links, links.rename(columns={"a": "b", "b": "a"})])
    both = both[small[both["a"]] & ~small[both["b"]]]
    both["other"] = block[both["a"]] != block[both["b"]]
    both = both.sort_values(["other", "border_m"], ascending=[True, False]).drop_duplicates("a")
    host = np.arange(len(cells))
    host[both["a"]] = both["b"]
    kept = np.unique(host)
    joined = [
        cells[k] if not (found := np.flatnonzero(host == k))[1:].size
        else shapely.normalize(shapely.coverage_union_all(cells[found]))
        for k in kept
    ]  # fmt: skip
    return np.array(joined), block[kept]


def _peopled(
    cells: np.ndarray, kinds: np.ndarray, total: int, rng: np.random.Generator
) -> np.ndarray:
    low, high = (np.array([kind[k] for kind in KINDS])[kinds] for k in (1, 2))
    drawn = rng.integers(low, high + 1).astype(float)
    exact = np.cumsum(drawn) / drawn.sum() * total
    return np.diff(np.floor(exact + 1e-6), prepend=0).astype(np.int64)


def _atoms(
    cells: np.ndarray, community: np.ndarray, block: np.ndarray, households: np.ndarray
) -> gpd.GeoDataFrame:
    shapes = gpd.GeoSeries([to_degrees(cell) for cell in cells], crs=STORAGE)
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes.to_numpy()))
    frame = gpd.GeoDataFrame(
        {
            "grid": [f"{code}001" for code in community],
            "households": households,
            "dwellings": households,
            "lon": middle[:, 0],
            "lat": middle[:, 1],
            "building": np.arange(len(cells)),
            "block": block,
        },
        geometry=shapes,
        crs=STORAGE,
    )
    frame.index.name = "atom"
    return frame


def _base(roads: Network, lanes: Network) -> gpd.GeoDataFrame:
    lines = [to_degrees(to_steps(line)) for line in (*roads.lines, *lanes.lines)]
    rank = [MAIN] * len(roads.lines) + lanes.ranks
    return gpd.GeoDataFrame({"kind": "street", "rank": rank}, geometry=lines, crs=STORAGE)
