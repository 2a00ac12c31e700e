"""Rounds of a quarter: most name dwellings, some are written up late, some never."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from made_quarter.days import FIRST, ROUNDS, at_hour


def rounds(
    session: Session, houses: dict[str, list[tuple[int, int]]], random: np.random.Generator
) -> None:
    """Rounds from June to October: most name dwellings, some are written up late, some never."""
    visits, doors, codes = [], [], sorted(houses)
    for number in range(1, ROUNDS + 1):
        # A corner that nobody calls on, and grids that are called on again and again.
        code = codes[int(random.integers(20, len(codes)) * random.random() ** 0.3)]
        day = FIRST + timedelta(days=int(random.integers(-20, 100)))
        counted = {}
        for house, most in houses[code]:
            size = int(random.integers(0, min(most, 40)))
            counted[house] = sorted(map(int, random.choice(most, size, False) + 1))
        total = sum(map(len, counted.values()))
        if not total:
            continue
        named = random.random() > 0.1
        written = at_hour(day, 17.5) if random.random() > 0.05 else at_hour(day, 24.0 * 12)
        topics = json.dumps({"advice": int(random.integers(1, 9))})
        first = int(random.integers(0, total + 1))
        visits.append((number, code, day, total, first, topics, written))
        doors += [(number, h, f"{{{','.join(map(str, n))}}}")
                  for h, n in counted.items() if n and named]  # fmt: skip
    columns = ["id", "grid_code", "visited_on", "dwellings_visited", "first_time_dwellings",
               "topics", "recorded_at"]  # fmt: skip
    copy_rows(session, "visit", columns, visits)
    copy_rows(session, "visit_building", ["visit_id", "building_id", "dwelling_numbers"], doors)
