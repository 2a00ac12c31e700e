"""Random edits by the thousand, each checked, and what one costs in a small and a large city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.edit_walk import Walk, made_city
from gridsvc.geo.atoms import building_cells
from gridsvc.geo.cover.frames import with_dense_frames

SEED = 1
DEMO = Path(__file__).parents[1] / "data" / "boundaries"


def run(data: Path | None, slow: bool, tell: Callable[[str], None]) -> pd.DataFrame:
    """Walk through two made cities, and through the cells of the demo's buildings.

    Parameters
    ----------
    data : Path, optional
        Not used.
    slow : bool
        10,000 edits on 303 grids and 1,000 on 20,000; a tenth of that without.
    tell : callable
        Hears what is being walked.

    Returns
    -------
    DataFrame
        A row a city: grids and atoms at first, edits made and attempts refused, CPU milliseconds
        an edit (mean, median, 95th percentile), the farthest that the end of a line was moved,
        and whether taking all back gave every bit as it was.

    Raises
    ------
    AssertionError
        After some edit the chain, the whole area or the households of a community differed.
    """
    share = 1 if slow else 10
    rows = []
    for name, atoms, count in _cities(share):
        tell(f"{count} edits: {name}")
        rows.append({"city": name, **walked(atoms, count)})
    return pd.DataFrame(rows)


def _cities(share: int) -> Iterator[tuple[str, gpd.GeoDataFrame, int]]:
    yield "303 grids", made_city(303, SEED), 10_000 // share
    yield "20,000 grids", made_city(20_000, SEED), 1_000 // share
    yield "demo, building cells", demo_cells(), 1_000 // share


def demo_cells() -> gpd.GeoDataFrame:
    """Divide the demo's residential grids among its buildings."""
    grids = gpd.read_file(DEMO / "demo_grids.geojson").query("kind == 'residential'")
    buildings = gpd.read_file(DEMO / "demo_buildings.geojson")
    return building_cells(with_dense_frames(grids), buildings)


def walked(atoms: gpd.GeoDataFrame, count: int) -> dict[str, object]:
    """Make ``count`` random edits, take them back, and give the figures."""
    walk = Walk.through(atoms, SEED)
    begin = walk.states()
    while len(walk.log) < count:
        walk.step()
    cost_ms = 1000 * np.array(walk.seconds)
    farthest = max(edit.shifted_m for _, edit in walk.log)
    walk.undo()
    return {
        "grids": atoms["grid"].nunique(),
        "atoms": len(atoms),
        "edits": len(walk.log),
        "refused": walk.refused.total(),
        "mean_ms": cost_ms.mean().round(2),
        "median_ms": np.median(cost_ms).round(2),
        "p95_ms": np.percentile(cost_ms, 95).round(2),
        "shifted_m": round(farthest, 2),
        "undone": walk.states() == begin,
    }
