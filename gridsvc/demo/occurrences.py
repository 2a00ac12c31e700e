"""Where and when things happen in three months: rhythm of the week, a wet week, Friday nights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gridsvc.demo.catalogue import BY_CODE, CATALOGUE, CategoryRow
from gridsvc.demo.story import FLOOD, NIGHT_MARKET
from gridsvc.demo.town.lattice import METRES_PER_DEGREE, MIDDLE_DEG, MIDDLE_M

DAYS = 92
BY_WEEKDAY = (18.5, 16.5, 16.0, 15.5, 17.5, 9.5, 8.0)  # ordinary cases, Monday to Sunday
# Hours of the day: after breakfast, after the midday rest, after supper.
BY_HOUR = np.array([1, 0.4, 0.3, 0.2, 0.3, 0.8, 2, 5, 9, 11, 10, 7, 4, 4, 7, 10, 10, 8, 6, 7, 8, 6,
                    3, 1.5])  # fmt: skip
WET_DAYS = range(24, 31)  # days before today
WET_A_DAY = (7, 16, 19, 14, 8, 5, 3)
FRIDAY, FRIDAY_NIGHT = 4, (19.0, 23.6)
FRIDAY_CASES = 8
FLOOD_SPREAD_M, MARKET_SPREAD_M = (75.0, 120.0), (70.0, 55.0)
OUTSIDE = ((1130.0, 2140.0), (2570.0, 1085.0))  # two reports from beyond the border, metres


@dataclass(frozen=True)
class Occurrence:
    """Something at a place and time; ``at_m`` is metres on the plan, ``reported_at`` is aware."""

    category: CategoryRow
    reported_at: datetime
    at_m: tuple[float, float]
    text: str


def occurrences(
    buildings: gpd.GeoDataFrame, now: datetime, rng: np.random.Generator
) -> list[Occurrence]:
    """Three months of reports up to now, in order of time.

    Parameters
    ----------
    buildings : GeoDataFrame
        ``name``, ``use``, ``dwelling_count``, ``x`` and ``y`` (metres on the plan).
    now : datetime
        Aware, in the town's own time zone; nothing is reported after it.
    rng : numpy.random.Generator
        The only source of chance.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[Occurrence] = []
    for back in range(DAYS, -1, -1):
        day = midnight - timedelta(days=back)
        found += _ordinary(buildings, day, rng)
        if back in WET_DAYS:
            found += _wet(buildings, day, WET_A_DAY[WET_DAYS[-1] - back], rng)
        if day.weekday() == FRIDAY:
            found += _friday(buildings, day, rng)
    found += [
        Occurrence(BY_CODE["road"], midnight - timedelta(days=3 + 9 * k, hours=-9), place,
                   "界外道路路面有坑")
        for k, place in enumerate(OUTSIDE)
    ]  # fmt: skip
    return sorted(
        (one for one in found if one.reported_at < now - timedelta(minutes=10)),
        key=lambda one: (one.reported_at, one.at_m),
    )


def _ordinary(
    buildings: gpd.GeoDataFrame, day: datetime, rng: np.random.Generator
) -> Iterator[Occurrence]:
    shares = np.array([one.share for one in CATALOGUE])
    for _ in range(int(rng.poisson(BY_WEEKDAY[day.weekday()]))):
        category = CATALOGUE[int(rng.choice(len(CATALOGUE), p=shares / shares.sum()))]
        hour = int(rng.choice(24, p=BY_HOUR / BY_HOUR.sum()))
        if category.code == "noise":
            hour = (19 + hour % 5) if rng.random() < 0.8 else hour
        weight = buildings["dwelling_count"].to_numpy() + 0.5
        if category.uses:
            weight = weight * buildings["use"].isin(category.uses).to_numpy()
        home = buildings.iloc[int(rng.choice(len(buildings), p=weight / weight.sum()))]
        turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(4, 15)
        at = np.array([home["x"] + away * np.cos(turn), home["y"] + away * np.sin(turn)])
        yield _told(buildings, category, day + timedelta(hours=hour + rng.uniform()), at, rng)


def _wet(
    buildings: gpd.GeoDataFrame, day: datetime, count: int, rng: np.random.Generator
) -> Iterator[Occurrence]:
    for _ in range(count):
        at = np.array(FLOOD) + rng.normal(0, FLOOD_SPREAD_M)
        hour = float(rng.uniform(6, 22))
        yield _told(buildings, BY_CODE["drainage"], day + timedelta(hours=hour), at, rng)


def _friday(
    buildings: gpd.GeoDataFrame, day: datetime, rng: np.random.Generator
) -> Iterator[Occurrence]:
    for _ in range(int(rng.poisson(FRIDAY_CASES))):
        at = np.array(NIGHT_MARKET) + rng.normal(0, MARKET_SPREAD_M)
        code = "noise" if rng.random() < 0.55 else "rubbish"
        hour = float(rng.uniform(*FRIDAY_NIGHT))
        yield _told(buildings, BY_CODE[code], day + timedelta(hours=hour), at, rng)


def _told(
    buildings: gpd.GeoDataFrame,
    category: CategoryRow,
    when: datetime,
    at: NDArray[np.float64],
    rng: np.random.Generator,
) -> Occurrence:
    """The report as somebody writes it: the place is the nearest lane or compound, no door."""
    away = np.hypot(buildings["x"] - at[0], buildings["y"] - at[1])
    place = re.sub(r"\d+(号楼|栋|号)$", "", buildings["name"].iloc[int(np.argmin(away))])
    text = category.texts[int(rng.integers(len(category.texts)))].format(place)
    return Occurrence(category, when.replace(microsecond=0), (float(at[0]), float(at[1])), text)


def lon_lat(at_m: tuple[float, float]) -> tuple[float, float]:
    """Degrees, EPSG:4326, of a place in metres on the plan; seven decimals."""
    lon, lat = np.array(MIDDLE_DEG) + (np.array(at_m) - MIDDLE_M) / METRES_PER_DEGREE
    return round(float(lon), 7), round(float(lat), 7)
