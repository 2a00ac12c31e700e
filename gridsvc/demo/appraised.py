"""Two quarters of the appraisal: one locked with its points, one that still waits for answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.appraisals import queries, services
from gridsvc.appraisals.models import Appraisal, AppraisalTally, PanelTally
from gridsvc.appraisals.rules import Rater
from gridsvc.calendars.queries import office_zone
from gridsvc.grids.queries import grids_on

# Who answers: how many are asked, and the mean mark they give.
ASKED = {
    Rater.TEAM: (1, 92), Rater.REPRESENTATIVES: (8, 86), Rater.UNITS: (3, 84),
    Rater.COMMITTEE: (5, 82), Rater.STREET: (3, 80), Rater.BRANCH: (2, 85),
}  # fmt: skip
SILENT = 0.06  # groups that gave no answer in the locked quarter …
STILL_SILENT = 0.6  # … and in the one that runs
UNHAPPY_TEAMS = 2  # whose panels were not satisfied twice in a row
HOUSEHOLDS_EACH = 22  # that one representative stands for


def appraise(session: Session, code: str, now: datetime, rng: np.random.Generator) -> None:
    """Open two quarters of an office, answer for most of its teams, and lock the first.

    Parameters
    ----------
    code : str
        The office.
    now : datetime
        Aware.
    rng : numpy.random.Generator
        The only source of chance.
    """
    today = now.astimezone(office_zone(session)).date()
    running = services.open_quarter(session, code, today, None, now)
    before = services.open_quarter(session, code, running.starts_on - timedelta(1), None, now)
    teams = sorted(queries.grids_of_teams(session, Scope((code,)), today))
    for quarter, silent in ((before, SILENT), (running, STILL_SILENT)):
        session.execute(insert(AppraisalTally), _answers(quarter, teams, silent, rng))
    session.execute(insert(PanelTally), _panels(session, before, teams, now, rng))
    services.lock(session, before, None, now)


def _answers(
    quarter: Appraisal, teams: Sequence[int], silent: float, rng: np.random.Generator
) -> list[dict[str, Any]]:
    rows = []
    for team in teams:
        level = rng.normal(0, 4)
        for rater, (asked, mean) in ASKED.items():
            if rng.random() < silent:
                continue
            reached = int(rng.binomial(asked, 0.95))
            answered = int(rng.binomial(reached, 0.9))
            marks = np.clip(rng.normal(mean + level, 6, answered), 0, 100).round()
            rows.append({
                "appraisal_id": quarter.id, "team_id": team, "rater": rater, "asked": asked,
                "reached": reached, "answered": answered, "points": int(marks.sum()),
            })  # fmt: skip
    return rows


def _panels(
    session: Session,
    quarter: Appraisal,
    teams: Sequence[int],
    now: datetime,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    last = services.half_year(session, quarter).start
    first = services.half_year_before(session, quarter).start
    scope = Scope((quarter.division_code,))
    households = grids_on(session, scope, quarter.starts_on)["households"].fillna(0)
    grids = queries.grids_of_teams(session, scope, quarter.starts_on)
    unhappy = set(rng.choice(teams, UNHAPPY_TEAMS, replace=False).tolist())
    rows = []
    for team in teams:
        count = int(households.reindex(grids.get(team, [])).fillna(0).sum())
        for half in (first, last):
            asked = max(3, count // HOUSEHOLDS_EACH)
            reached = int(rng.binomial(asked, 0.9))
            odds = (0.2, 0.1, 0.7) if team in unhappy else (0.75, 0.2, 0.05)
            told = rng.multinomial(reached, odds)
            if team in unhappy and told[2] <= told[0] + told[1]:
                told = np.array([0, 0, reached])
            rows.append({
                "team_id": team, "starts_on": half, "households": count, "asked": asked,
                "reached": reached, "satisfied": int(told[0]), "fairly": int(told[1]),
                "unsatisfied": int(told[2]), "recorded_at": now,
            })  # fmt: skip
    return rows
