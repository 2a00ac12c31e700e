"""Maps for people: a frame or a tile source in, a folium map out; nothing is fetched here."""

from __future__ import annotations

from dashboards.coverage import coverage_map
from dashboards.grids import grids_map
from dashboards.hot_spots import hot_spots_map
from dashboards.open_issues import open_issues_map
from dashboards.planner import planner_map
from dashboards.tile_source import TileSource
from dashboards.verbatim import install

# Before any map can be made, so that no caller can forget it.
install()

__all__ = [
    "TileSource",
    "coverage_map",
    "grids_map",
    "hot_spots_map",
    "open_issues_map",
    "planner_map",
]
