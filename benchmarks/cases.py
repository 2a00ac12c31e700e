"""What is divided: made streets, and three cities where their data lies at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridsvc.demo.street import make_street
from gridsvc.geo.atoms import building_cells
from gridsvc.geo.cover.chain import on_lattice, to_degrees
from gridsvc.geo.crs import to_storage
from gridsvc.geo.proposal import atom_borders

PEOPLE_A_HOUSEHOLD = 2.25  # Denver's blocks come with people only
HOUSEHOLDS_A_BUILDING = 12
HIGH = 300


@dataclass(frozen=True)
class Case:
    """Atoms and borders to divide; ``grid`` holds the community."""

    name: str
    atoms: gpd.GeoDataFrame
    borders: pd.DataFrame


def streets(seeds: range) -> Iterator[Case]:
    """Yield made streets of 60,000 households."""
    for seed in seeds:
        street = make_street(seed)
        yield Case(f"street {seed}", street.atoms, atom_borders(street.atoms, street.base))


def cities(data: Path) -> Iterator[Case]:
    """Yield the cities whose files are in the folder."""
    for name, path, read in (
        ("Camden", data / "camden_oa2011" / "camden.gpkg", camden),
        ("Denver", data / "denver_blocks2020" / "denver_blocks_epsg2232.gpkg", denver),
        ("San Francisco", data / "sf_blockgroups_311" / "sf.gpkg", san_francisco),
    ):
        if path.exists():
            atoms = read(path)
            yield Case(name, atoms, atom_borders(atoms))


def camden(path: Path) -> gpd.GeoDataFrame:
    """Census output areas as atoms, middle-layer areas (MSOA) as communities."""
    areas = gpd.read_file(path, layer="oa11")
    return _atoms(areas.geometry, areas["MSOA11CD"], areas["households"])


def denver(path: Path) -> gpd.GeoDataFrame:
    """Census blocks as atoms, tracts as communities, households from people."""
    blocks = gpd.read_file(path)
    households = (blocks["TOTPOP20"] / PEOPLE_A_HOUSEHOLD).round().astype(int)
    return _atoms(blocks.geometry, blocks["TRACTCE20"], households)


def san_francisco(path: Path) -> gpd.GeoDataFrame:
    """Block groups as blocks, tracts as communities; buildings are made in those over `HIGH`."""
    groups = gpd.read_file(path, layer="blockgroups1990").explode(ignore_index=True)
    groups = groups.sort_values("HOUSEHOLDS", ascending=False).drop_duplicates("BKG_KEY")
    tract = groups["BKG_KEY"].str[:-1]
    whole = _atoms(groups.geometry, tract, groups["HOUSEHOLDS"])
    whole["code"] = [f"{grid[:12]}{n + 1:03d}" for n, grid in enumerate(whole["grid"])]
    grids = whole.rename(columns={"households": "household_count", "dwellings": "dwelling_count"})
    cells = building_cells(grids, _made_buildings(grids))
    cells["block"] = cells["grid"].map(pd.Series(range(len(grids)), index=grids["code"]))
    return cells.assign(grid=cells["grid"].str[:12] + "001")


def _made_buildings(groups: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Scatter buildings of a dozen households in every group that is too large for a grid."""
    rng = np.random.default_rng(1)
    rows = []
    for group in groups[groups["household_count"] > HIGH].itertuples():
        number = group.household_count // HOUSEHOLDS_A_BUILDING
        share = np.diff(np.linspace(0, group.household_count, number + 1).astype(int))
        points = gpd.GeoSeries([group.geometry]).sample_points(number, rng=rng).explode()
        rows += list(zip(share.tolist(), points, strict=True))
    frame = pd.DataFrame(rows, columns=["household_count", "geometry"])
    frame["dwelling_count"] = frame["household_count"]
    return gpd.GeoDataFrame(frame, crs=groups.crs)


def _atoms(shapes: gpd.GeoSeries, community: pd.Series, households: pd.Series) -> gpd.GeoDataFrame:
    stored = to_storage(shapes).to_numpy()
    number = pd.factorize(community, sort=True)[0]
    frame = gpd.GeoDataFrame(
        {
            "grid": [f"990001{n // 999 + 1:03d}{n % 999 + 1:03d}001" for n in number],
            "households": households.to_numpy(dtype=np.int64),
            "dwellings": households.to_numpy(dtype=np.int64),
            "lon": np.nan,
            "lat": np.nan,
            "building": pd.array([pd.NA] * len(number), dtype="Int64"),
            "block": -1,
        },
        geometry=shapely.transform(stored, lambda xy: to_degrees(on_lattice(xy))),
        crs=4326,
    )
    frame.index.name = "atom"
    return frame
