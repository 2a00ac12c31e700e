"""What the codes on a desk are called, in the reader's language: the API tells codes alone."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Grid
from gridsvc.grids.queries import below
from gridsvc.plans.models import Plan
from gridsvc.staffing.models import Branch, Team
from gridsvc.web.languages import in_language


def names(session: Session, plan: Plan) -> dict[str, str]:
    """Return the names of the grids, teams and branches of a draft's area by their codes."""
    area = Scope((plan.scope_code,))
    tables = ((Grid, Grid.code), (Team, Team.division_code), (Branch, Branch.division_code))
    return {
        code: in_language(name, name_en)
        for table, place in tables
        for code, name, name_en in session.execute(
            select(table.code, table.name, table.name_en).where(below(place, area))
        )
    }
