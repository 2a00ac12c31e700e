"""One draft under way, so that the redrawing desk has something on it at the first visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.demo.town.lattice import MIDDLE_DEG
from gridsvc.geo.findings import Kind
from gridsvc.plans import comments, drafts, findings, locks, log, queries
from gridsvc.plans.models import Plan
from gridsvc.plans.rules import EditKind, PlanState

_NAME = "越界网格调整 Grids out of range"


def begin_draft(
    session: Session, planner: UserAccount, street: UserAccount, community: str, now: datetime
) -> Plan:
    """Open a draft of a community, mend one of its grids, and let the street office ask.

    Parameters
    ----------
    planner, street : UserAccount
        Who draws, and who comments.
    community : str
        12 digits.
    """
    plan = drafts.begin(session, planner, name=_NAME, scope=community, now=now, today=now.date())
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    found = findings.findings_of(session, plan)
    for one in found:
        fixes = [findings.as_edit(fix) for fix in one.fixes]
        fix = next((fix for fix in fixes if fix["kind"] != "propose"), None)
        if one.kind == Kind.OUT_OF_RANGE and fix is not None:
            asked = log.Asked(EditKind(fix["kind"]), fix["params"], 0, why="户数越界")
            log.edit(session, plan, planner, asked, now)
            break
    lon, lat = (found[-1].lon, found[-1].lat) if found else MIDDLE_DEG
    words = "这里的边界能沿小路走吗？ Could the border follow the lane here?"
    comments.say(session, plan, street, float(lon or 0), float(lat or 0), words, now)
    kept = queries.outlines(session, plan.id)
    code = str(kept.index[~kept["changed"]][0])
    locks.lock(session, plan, planner, code, "去年刚调整过 Adjusted last year", now)
    return plan
