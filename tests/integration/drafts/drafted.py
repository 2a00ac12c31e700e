"""Edits of the toy town as its planners ask for them."""

from __future__ import annotations

import toy_town
from peopled_town import NOW, TODAY, TOWN

from gridsvc.plans import drafts, log
from gridsvc.plans.rules import EditKind, PlanState

A, B, C = (toy_town.code(1, sequence) for sequence in (1, 2, 3))
LOW = toy_town.code(2, 1)
DOWN = [list(toy_town.position(0.5, 3.2)), list(toy_town.position(0.5, 1.8))]


def opened(session, user, scope=TOWN):
    plan = drafts.begin(session, user, name="西片", scope=scope, now=NOW, today=TODAY)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    return plan


def ask(kind, seen, client_id=None, **params):
    return log.Asked(EditKind(kind), params, seen, client_id)


def split(session, plan, user, seen=None, client_id=None, **more):
    seen = plan.log_number if seen is None else seen
    return log.edit(
        session, plan, user, ask("split", seen, client_id, grid=A, line=DOWN), NOW, **more
    )
