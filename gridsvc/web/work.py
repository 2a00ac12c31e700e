"""The list of open work, and one case with its history; for reading."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.grids.models import Division, Grid
from gridsvc.incidents.cases import case as find_case
from gridsvc.incidents.cases import history
from gridsvc.incidents.queries import categories, wanted
from gridsvc.incidents.rules import Level
from gridsvc.web import asked, work_list
from gridsvc.web.work_list import NOBODYS, OVERDUE, Question

blueprint = Blueprint("work", __name__)

#: Cases on a page of the list.
ROWS = 50
#: Nobody turns to a later page by hand; narrowing the question leads there faster.
LAST_PAGE = 200


@blueprint.get("/work")
@requires(Permission.VIEW_CASES)
def cases() -> str | Response:
    """Show the open cases of the viewer's area, whatever is due first leading."""
    if request.args.get("id", "").strip():
        number = asked.whole_number("id", 0, 1, 999_999_999)
        return make_response(redirect(url_for("work.case", number=number), 303))
    question = _question()
    db, sight, now = edge.session(), edge.sight(), edge.now()
    page = asked.whole_number("page", 1, 1, LAST_PAGE)
    found = work_list.count(db, sight, question, now)
    return render_template(
        "work.html",
        question=question,
        found=found,
        tally=work_list.tally(db, sight, question.within, now),
        rows=work_list.page(db, sight, question, now, offset=(page - 1) * ROWS, limit=ROWS),
        page=page,
        pages=min(-(-found // ROWS), LAST_PAGE),
        categories=categories(db, edge.today()),
        levels=list(Level),
        divisions=asked.divisions(),
        place=asked.place(question.within),
    )


@blueprint.get("/work/<int(max=9223372036854775807):number>")
@requires(Permission.VIEW_CASES)
def case(number: int) -> str:
    """Show one case of the viewer's area and every step of it."""
    db = edge.session()
    found = find_case(db, edge.sight(), number)
    incident = found.incident
    return render_template(
        "case.html",
        case=found,
        steps=history(db, number),
        grid=db.get(Grid, incident.grid_code) if incident.grid_code else None,
        division=db.get(Division, incident.division_code) if incident.division_code else None,
    )


def _question() -> Question:
    """Read the question from the address."""
    chosen = wanted(
        edge.session(),
        category=request.args.get("category") or None,
        older_than_days=asked.days("older_than_days"),
        level=asked.one_of("level", Level),
    )
    only = request.args.get("only", "")
    return Question(
        wanted=chosen,
        within=asked.within(),
        only=only if only in (OVERDUE, NOBODYS) else "",
        newest_first=request.args.get("order") == "newest",
    )
