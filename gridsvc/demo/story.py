"""What a visitor should see at once, pinned to places on the plan and not to codes."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import shapely

from gridsvc.demo.town.lattice import to_degrees, to_steps

# Metres on the plan. The north-east corner is in nobody's charge and its neighbour has no branch;
# three grids have no leader; the south-west corner was not visited; two grids share a branch.
NOBODY = ((1920, 1790), (2080, 1690))
NO_BRANCH = ((1720, 1830),)
LEADERLESS = ((560, 880), (2100, 1100), (1500, 310))
UNVISITED = ((300, 320), (440, 150))
JOINT = ((1150, 1000), (1260, 1010))
SMALL_GROUP = ((110, 1130),)

# Work piles up around the night market and where the river turns against the old town.
NIGHT_MARKET = (1030.0, 840.0)
FLOOD = (1370.0, 1130.0)
PILE_REACH_M = 300.0


@dataclass(frozen=True)
class Story:
    """The residential grids that each part of the story is about, by code."""

    nobody: frozenset[str]
    no_branch: frozenset[str]
    leaderless: frozenset[str]
    unvisited: frozenset[str]
    joint: tuple[str, ...]
    small_group: frozenset[str]


def story_of(grids: gpd.GeoDataFrame) -> Story:
    """Find the grids of the story.

    Parameters
    ----------
    grids : GeoDataFrame
        Residential grids of the demo town: ``code``, Polygon, EPSG:4326.
    """

    def at(*pins: tuple[int, int]) -> list[str]:
        places = [to_degrees(to_steps(shapely.Point(pin))) for pin in pins]
        near = shapely.STRtree(grids.geometry.to_numpy()).nearest(places)
        return [str(code) for code in grids["code"].to_numpy()[near]]

    return Story(
        frozenset(at(*NOBODY)),
        frozenset(at(*NO_BRANCH)),
        frozenset(at(*LEADERLESS)),
        frozenset(at(*UNVISITED)),
        tuple(sorted(at(*JOINT))),
        frozenset(at(*SMALL_GROUP)),
    )
