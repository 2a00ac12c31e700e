"""A case whose time runs from a Thursday morning, and whom its rungs told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import peopled_town
import toy_town
from sqlalchemy import text

from gridsvc.incidents import clock
from gridsvc.incidents.rules import LimitKind

ZONE = ZoneInfo("Asia/Shanghai")
CODE = toy_town.code(1, 1)
START = datetime(2026, 9, 10, 9, tzinfo=ZONE)
"""A Thursday, at opening: with a limit of one working day (13 hours) the case is due on Friday."""


def one_case(sessions, **given) -> int:
    with sessions.begin() as session:
        case = peopled_town.add_case(session, 0.5, 2.5, CODE)
        team = text("select team_id from gridsvc.team_assignment where grid_code = :code")
        case.team_id = session.scalar(team, {"code": CODE})
        limit = given.get("limit", (LimitKind.WORKING_DAYS, 1))
        clock.start(session, case, given.get("start", START), None, limit=limit)
        return case.id


def told(sessions) -> list[tuple[str, set[str]]]:
    """Return the notices in order, each with the roles that got it."""
    query = text(
        "select n.topic, n.created_at, array_agg(u.role) from gridsvc.notice n"
        " join gridsvc.user_account u on u.id = n.user_id group by 1, 2 order by 2"
    )
    with sessions() as session:
        return [(row[0], set(row[2])) for row in session.execute(query)]
