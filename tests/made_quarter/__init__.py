"""A made district of 782 grids with a quarter of work in it, written row by row from one seed.

Eight subdistricts of 25-grid communities, two buildings a grid. Cases have whole histories of
every kind of step; rounds name dwellings, or none; teams lack posts, leaders, branches or are not
there. On 17 August one grid is split by the same services that a planner's draft uses.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.demo.city import make_city
from made_quarter import cases, days, ground, rounds, teams


def build(session: Session, seed: int = 5) -> None:
    """Put the district and its quarter into an empty, migrated database."""
    random = np.random.default_rng(seed)
    session.execute(text("set local statement_timeout = 0"))
    city = make_city(days.GRIDS, seed)
    ground.territory(session, city)
    houses = ground.houses(session, city)
    teams.staff(session, city["code"].tolist(), random)
    session.execute(text("analyze"))
    ground.redraw(session)
    ground.gaps(session)
    rounds.rounds(session, houses, random)
    cases.cases(session, city, random)
    cases.wishes(session)
    for table in ("visit", "visit_building", "incident", "incident_event", "clock_entry"):
        session.execute(text(f"analyze gridsvc.{table}"))
