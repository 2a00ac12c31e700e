"""What the codes on a desk are called, in the reader's language: the API tells codes alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import below
from gridsvc.staffing.models import Branch, Team
from gridsvc.web.languages import in_language


def names(session: Session, scope_code: str) -> dict[str, dict[str, str]]:
    """Return the names of a draft's area by code: grids, teams, branches, divisions."""
    area = Scope((scope_code,))
    tables: tuple[tuple[str, Any, Any], ...] = (
        ("divisions", Division, Division.code),
        ("grids", Grid, Grid.code),
        ("teams", Team, Team.division_code),
        ("branches", Branch, Branch.division_code),
    )
    return {
        kind: {
            code: in_language(name, name_en)
            for code, name, name_en in session.execute(
                select(table.code, table.name, table.name_en)
                .where(below(place, area))
                .order_by(table.code)
            )
        }
        for kind, table, place in tables
    }
