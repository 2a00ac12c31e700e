"""Thirteen weeks of visits: Fridays, door by door, and a corner that nobody called on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from gridsvc.demo.story import Story
from gridsvc.visits.rules import VISIT_WEEKDAY, WINDOW_DAYS

# Share of dwellings reached in the window, by community in code order, and how grids differ.
COVERAGE = (0.72, 0.66, 0.81, 0.52, 0.86, 0.74, 0.62, 0.44)
SPREAD = 0.16
LEAST, MOST = 0.15, 1.0
NOBODYS_COVERAGE = 0.15  # where no team is, community staff call on a few

DWELLINGS_A_ROUND = 13.0
CALLED_AGAIN = 0.18  # of the dwellings of a round, those reached before
DAY_WEIGHT = {VISIT_WEEKDAY: 12.0, 5: 0.5, 6: 0.25}  # other days weigh 1
TOPICS = ("advice", "elderly_care", "water_power", "lighting", "parking", "drainage", "rubbish")


@dataclass(frozen=True)
class VisitRow:
    """One round: the dwellings reached, as numbers by building code."""

    grid_code: str
    visited_on: date
    dwellings: dict[str, list[int]]
    first_time_dwellings: int
    topics: dict[str, int]

    @property
    def dwellings_visited(self) -> int:
        """How many dwellings the round reached."""
        return sum(len(numbers) for numbers in self.dwellings.values())


def rounds(
    buildings: pd.DataFrame, story: Story, today: date, rng: np.random.Generator
) -> list[VisitRow]:
    """Walk every grid for a quarter, up to yesterday.

    Parameters
    ----------
    buildings : DataFrame
        ``code``, ``grid_code``, ``dwelling_count``.
    story : Story
        Which grids were not visited, and which have nobody to do it.
    today : date
        The day after the last possible visit.
    rng : numpy.random.Generator
        The only source of chance.

    Returns
    -------
    list of VisitRow
        In order of day and grid.
    """
    days = [today - timedelta(days=back) for back in range(WINDOW_DAYS - 1, 0, -1)]
    weights = np.array([DAY_WEIGHT.get(day.weekday(), 1.0) for day in days])
    lived_in = buildings[buildings["dwelling_count"] > 0]
    found: list[VisitRow] = []
    for code, homes in lived_in.groupby("grid_code"):
        share = np.clip(rng.normal(COVERAGE[int(str(code)[9:12]) - 1], SPREAD), LEAST, MOST)
        if code in story.nobody:
            share = NOBODYS_COVERAGE
        if code in story.unvisited:
            continue
        doors = _walk(homes, rng)
        reached = doors[: max(1, round(share * len(doors)))]
        count = min(max(1, round(len(reached) / DWELLINGS_A_ROUND)), len(days) // 2)
        when = sorted(rng.choice(len(days), count, replace=False, p=weights / weights.sum()))
        found += _rounds_of(str(code), reached, [days[k] for k in when], rng)
    return sorted(found, key=lambda one: (one.visited_on, one.grid_code))


def _walk(homes: pd.DataFrame, rng: np.random.Generator) -> list[tuple[str, int]]:
    """All doors, building by building, the buildings in any order."""
    order = rng.permutation(len(homes))
    return [
        (homes["code"].iloc[i], number)
        for i in order
        for number in range(1, int(homes["dwelling_count"].iloc[i]) + 1)
    ]


def _rounds_of(
    code: str, reached: list[tuple[str, int]], when: list[date], rng: np.random.Generator
) -> list[VisitRow]:
    cuts = np.linspace(0, len(reached), len(when) + 1).round().astype(int)
    found = []
    for day, start, end in zip(when, cuts, cuts[1:], strict=False):
        again = rng.choice(start, round((end - start) * CALLED_AGAIN), False) if start > 9 else []
        doors = sorted({*reached[start:end], *(reached[k] for k in again)})
        if not doors:
            continue
        by_building: dict[str, list[int]] = {}
        for building, number in doors:
            by_building.setdefault(building, []).append(number)
        topics = rng.multinomial(max(1, len(doors) // 3), np.full(len(TOPICS), 1 / len(TOPICS)))
        heard = {t: int(n) for t, n in zip(TOPICS, topics, strict=True) if n}
        found.append(VisitRow(code, day, by_building, int(end - start), heard))
    return found
