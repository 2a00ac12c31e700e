"""Teams of seven posts, some of which lack this or that."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from made_quarter.days import DISTRICT, LAST, RECORDED, SINCE


def staff(session: Session, codes: list[str], random: np.random.Generator) -> None:
    """Teams of seven posts; every seventh team looks after two grids; some lack this or that."""
    teams, posts, held, charge, branched = [], [], [], [], []
    for place, code in enumerate(codes):
        lacks = random.random(3)
        if place % 7 != 1:
            teams.append((len(teams) + 1, f"T{code}", code[9:], "grid", code[:12], SINCE))
        if lacks[0] > 0.04:
            until = LAST + timedelta(days=10) if lacks[0] > 0.97 else None
            charge.append((code, len(teams), SINCE, until, RECORDED))
        if lacks[1] > 0.05:
            branched.append((code, 1 + place % 9, SINCE, RECORDED))
    for team, *_ in teams:
        for place in range(7):
            kind = ("leader", "deputy")[place] if place < 2 else "member"
            posts.append((len(posts) + 1, team, kind, "volunteer", SINCE, RECORDED))
            if random.random() > 0.05:
                # Some left their post in the quarter.
                until = date(2026, 8, 20) if random.random() > 0.98 else None
                held.append((len(posts), SINCE, until, RECORDED))
    branches = ((n, f"P{n}", f"支部{n}", "branch", DISTRICT, 9, SINCE) for n in range(1, 10))
    for table, columns, rows in (
        ("team", "id code name kind division_code valid_from", teams),
        ("branch", "id code name kind division_code member_count valid_from", branches),
        ("team_post", "id team_id post source valid_from recorded_at", posts),
        ("post_holding", "post_id valid_from valid_to recorded_at", held),
        ("team_assignment", "grid_code team_id valid_from valid_to recorded_at", charge),
        ("branch_assignment", "grid_code branch_id valid_from recorded_at", branched),
    ):
        copy_rows(session, table, columns.split(), rows)
    for table in ("team", "team_post", "building"):
        key = f"pg_get_serial_sequence('gridsvc.{table}', 'id')"
        session.execute(text(f"select setval({key}, (select max(id) from gridsvc.{table}))"))
