"""What the demo's public reads: services, pledges; and how many cards were given out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gridsvc.cards.models import CardIssue
from gridsvc.cards.rules import CardKind
from gridsvc.demo.town.names import SUBDISTRICT
from gridsvc.public.intake import import_services
from gridsvc.public.models import Pledge
from gridsvc.staffing.models import Team
from gridsvc.staffing.rules import TeamKind

SERVICES = Path(__file__).parents[2] / "data" / "catalogue" / "public_services.csv"
PLEDGES = (
    ("值班电话工作时间有人接听，夜间留言次日回复。",
     "The duty phone is answered in office hours, messages at night the next day."),
    ("小事当天答复，办不了的说明原因。",
     "Small things are answered the same day; what cannot be done is explained."),
)  # fmt: skip
OF_TEAMS = (
    ("每周五下午上门走访。", "Rounds from door to door every Friday afternoon."),
    ("行动不便的居民，上门代办。", "Errands for whoever cannot come."),
)
#: Of so many grids in a hundred, households have got their contact cards.
HANDED_OUT = 85


def write_public_words(
    session: Session, grids: pd.DataFrame, since: date, today: date, rng: np.random.Generator
) -> None:
    """Load the services, make pledges, and count cards in most grids; flushed.

    Parameters
    ----------
    grids : DataFrame
        ``code`` and ``household_count`` of the residential grids.
    """
    import_services(session, SERVICES)
    rows: list[dict[str, Any]] = [
        {"place_code": SUBDISTRICT[0], "team_id": None, "sentence": text, "sentence_en": text_en}
        for text, text_en in PLEDGES
    ]
    teams = session.scalars(
        select(Team.id).where(Team.kind == TeamKind.GRID).order_by(Team.code)
    ).all()
    for number, (text, text_en) in enumerate(OF_TEAMS):
        rows += [
            {"place_code": None, "team_id": team, "sentence": text, "sentence_en": text_en}
            for team in teams[number:: number + 1]
        ]  # fmt: skip
    session.execute(insert(Pledge), [row | {"valid_from": since} for row in rows])
    issues = []
    for row in grids.sort_values("code").itertuples():
        if rng.integers(100) >= HANDED_OUT:
            continue
        households = int(row.household_count or 0)
        counts = {CardKind.CONTACT: round(households * rng.uniform(0.6, 1.05)),
                  CardKind.SERVICE: round(households * rng.uniform(0.1, 0.5)),
                  CardKind.POSTER: int(rng.integers(1, 6))}  # fmt: skip
        day = today - timedelta(int(rng.integers(20, 200)))
        issues += [
            {"grid_code": row.code, "kind": kind, "issued_on": day, "number": count}
            for kind, count in counts.items()
            if count
        ]
    session.execute(insert(CardIssue), issues)
