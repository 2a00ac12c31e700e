"""The toy town with a draft: grid 001 001 (120 households, team T1) is split, its west end moves.

The line runs from north to south through the middle of the western half, so that the building at
the centre stays with 001 001 and the new grid 001 007 has no household. ``merged`` gives 001 002
and 001 003 (teams T2 and T3) one code instead.
"""

from __future__ import annotations

from datetime import date, datetime

import case_town
import toy_town
from case_town import NOW, account
from peopled_town import TODAY, TOWN
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.plans import drafts, findings, log
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.publishing.decisions.conditions import Asked
from gridsvc.plans.publishing.models import Publication
from gridsvc.plans.rules import EditKind, PlanState

GRID, EAST, FAR_EAST = (toy_town.code(1, n) for n in (1, 2, 3))
NEW = toy_town.code(1, 7)
WEST_LINE = [list(toy_town.position(0.25, 3.2)), list(toy_town.position(0.25, 1.8))]
#: A place in the part that the new grid gets, and one that stays.
MOVES, STAYS = toy_town.position(0.1, 2.5), toy_town.position(0.5, 2.5)
TOMORROW = date(2026, 9, 17)


def build(session: Session) -> tuple[UserAccount, UserAccount]:
    """Build the case town, and give it a planner and a street office."""
    case_town.build(session)
    return (
        account(session, "planner1", Role.PLANNER, TOWN),
        account(session, "street9", Role.STREET_STAFF, TOWN),
    )


def asked(user: UserAccount, now: datetime = NOW, today: date = TODAY) -> Asked:
    return Asked(user, now, today)


def opened(session: Session, planner: UserAccount, name: str = "西片") -> Plan:
    plan = drafts.begin(session, planner, name=name, scope=TOWN, now=NOW, today=TODAY)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    return plan


def edited(session: Session, plan: Plan, planner: UserAccount, kind: str, **params: object) -> None:
    wish = log.Asked(EditKind(kind), params, plan.log_number, None)
    log.edit(session, plan, planner, wish, NOW)


def split(session: Session, planner: UserAccount) -> Plan:
    plan = opened(session, planner)
    edited(session, plan, planner, "split", grid=GRID, line=WEST_LINE)
    return plan


def merged(session: Session, planner: UserAccount) -> Plan:
    plan = opened(session, planner, "东片")
    edited(session, plan, planner, "merge", into=EAST, others=[FAR_EAST])
    return plan


def answered(session: Session, plan: Plan, planner: UserAccount) -> None:
    """Answer for every warning, so that nothing stands in the way."""
    blocking, warnings = findings.open_findings(session, plan)
    assert not blocking, blocking
    for one in warnings:
        findings.waive(session, plan, planner, one.kind, one.grids, "known", NOW)


def approved(
    session: Session,
    plan: Plan,
    planner: UserAccount,
    street: UserAccount,
    effective_on: date = TODAY,
) -> Plan:
    answered(session, plan, planner)
    review.submit(session, plan.id, asked(planner), effective_on, "the office knows")
    review.approve(session, plan.id, asked(street))
    return plan


def published(
    session: Session,
    plan: Plan,
    planner: UserAccount,
    street: UserAccount,
    effective_on: date = TODAY,
) -> Publication:
    approved(session, plan, planner, street, effective_on)
    return review.publish(session, plan.id, asked(planner))
