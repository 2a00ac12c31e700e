"""Who is missing on a day: grids without anybody, vacant posts, near ends, broken rules."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.errors import NotFound
from gridsvc.grids.models import Division, Grid
from gridsvc.staffing.composition import composition
from gridsvc.staffing.queries import staffing_on
from gridsvc.staffing.rules import ALERT_DAYS
from gridsvc.staffing.tenure import endings
from gridsvc.staffing.vacancies import post_count, vacancies, without_team
from gridsvc.web import asked
from gridsvc.web.reports.chosen import below
from gridsvc.web.staff import words

blueprint = Blueprint("staff", __name__)

ROWS = 50


class Lacking(enum.StrEnum):
    """What the page counts, and lists one of."""

    NOBODY = "nobody"
    VACANT = "vacant"
    ENDING = "ending"
    FAULTY = "faulty"


@dataclass(frozen=True)
class Gap:
    """A grid that lacks a team or a branch on a day."""

    place: str
    has_team: bool
    has_branch: bool


@dataclass(frozen=True)
class Read:
    """Everything that the page counts, of one scope and day; ``bare`` grids have no team."""

    grids: int
    bare: int
    posts: int
    lists: dict[Lacking, Sequence[Any]]


@blueprint.get("/staff")
@requires(Permission.VIEW_STAFF)
def page() -> str:
    """Show how many are missing, where, and the list behind one of the numbers."""
    within, on = asked.within(), asked.day()
    scope = edge.sight().full.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    read = _read(scope, on)
    which = asked.one_of("list", Lacking) or _first_with_any(read)
    rows, parts = read.lists[which], below(within)
    number = asked.whole_number("page", 1, 1, 10_000)
    listed = rows[(number - 1) * ROWS : number * ROWS]
    return render_template(
        "staff/staff.html",
        on=on,
        within=within,
        divisions=asked.divisions(),
        read=read,
        which=which,
        rows=listed,
        names=names_of({one.place for one in listed}),
        page=number,
        pages=-(-len(rows) // ROWS),
        parts=parts,
        counts={one.code: _counted(read, one.code) for one in parts},
        within_days=_within_days(read, on),
        words=words,
    )


def _read(scope: Scope, on: date) -> Read:
    db = edge.session()
    staffed = staffing_on(db, scope, on)
    bare = staffed[~(staffed["has_team"] & staffed["has_branch"])]
    lists: dict[Lacking, Sequence[Any]] = {
        Lacking.NOBODY: [
            Gap(str(row.Index), row.has_team, row.has_branch) for row in bare.itertuples()
        ],
        Lacking.VACANT: vacancies(db, scope, on),
        Lacking.ENDING: endings(db, scope, on),
        Lacking.FAULTY: composition(db, scope, on),
    }
    missing = len(without_team(db, scope, on))
    return Read(len(staffed), missing, post_count(db, scope, on), lists)


def _first_with_any(read: Read) -> Lacking:
    return next((one for one in Lacking if read.lists[one]), Lacking.VACANT)


def _counted(read: Read, code: str) -> dict[Lacking, int]:
    mine: Callable[[Any], bool] = lambda one: one.place.startswith(code)  # noqa: E731
    return {which: sum(map(mine, rows)) for which, rows in read.lists.items()}


def _within_days(read: Read, on: date) -> list[tuple[int, int]]:
    """Count what ends within each number of days; the longer ones hold the shorter."""
    ends = [one.ends_on for one in read.lists[Lacking.ENDING]]
    return [(days, sum(end <= on + timedelta(days) for end in ends)) for days in ALERT_DAYS]


def names_of(codes: set[str]) -> dict[str, Division | Grid]:
    """Return the grids and divisions of the codes that a list names, by code."""
    db = edge.session()
    found: dict[str, Division | Grid] = {}
    for one in db.scalars(select(Division).where(Division.code.in_(codes))):
        found[one.code] = one
    for grid in db.scalars(select(Grid).where(Grid.code.in_(codes))):
        found[grid.code] = grid
    return found
