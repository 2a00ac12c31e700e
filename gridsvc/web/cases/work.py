"""The work desk: which work is open, as a list or a board, and the way to each case."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.incidents import past_work, work_list
from gridsvc.incidents.queries import Moment, categories, wanted
from gridsvc.incidents.rules import Level, Status
from gridsvc.incidents.work_list import NOBODYS, ODD, OVERDUE, TODAY, Question
from gridsvc.web import asked, times
from gridsvc.web.cases import case_pages
from gridsvc.web.cases.bulk_pages import OFFERED

blueprint = Blueprint("work", __name__)

#: Cases on a page of the list, which is also what a bulk step can take at once.
ROWS = 50
#: Nobody turns to a later page by hand; narrowing the question leads there faster.
LAST_PAGE = 200
#: Cards of a column of the board: what fits a screen.
CARDS = 12
#: Letters of a search: longer than any name of a grid.
LONGEST_TEXT = 60


@blueprint.get("/work")
@requires(Permission.VIEW_CASES)
def cases() -> str | Response:
    """Show the cases of the viewer's area, whatever is due first leading."""
    number = _number()
    if number is not None:
        return make_response(redirect(url_for("work.case", number=number), 303))
    question, on = _question(), asked.day()
    if (then := asked.moment(on)).past:
        return _past(question, then)
    db, sight, now = edge.session(), edge.sight(), edge.now()
    page = asked.whole_number("page", 1, 1, LAST_PAGE)
    found = work_list.count(db, sight, question, now)
    as_board = request.args.get("view") == "board"
    offset = (page - 1) * ROWS
    return render_template(
        "cases/work.html",
        question=question,
        found=found,
        tally=work_list.tally(db, sight, question.within, now, question.tomorrow),
        columns=work_list.board(db, sight, question, now, limit=CARDS) if as_board else None,
        rows=[]
        if as_board
        else work_list.page(db, sight, question, now, offset=offset, limit=ROWS),
        page=page,
        pages=min(-(-found // ROWS), LAST_PAGE),
        categories=categories(db, edge.today()),
        levels=list(Level),
        statuses=list(Status),
        divisions=asked.divisions(),
        place=asked.place(question.within),
        offered=OFFERED,
        teams=[] if as_board else case_pages.teams_to_choose(),
    )


def _past(question: Question, then: Moment) -> str:
    """Show the work that was open in the evening of a past day."""
    db, sight, at = edge.session(), edge.sight(), then.at
    page = asked.whole_number("page", 1, 1, LAST_PAGE)
    found = past_work.count(db, sight, question, at)
    as_board = request.args.get("view") == "board"
    offset = (page - 1) * ROWS
    return render_template(
        "cases/work_then.html",
        on=then.on,
        past=then.on,
        now=at,
        tomorrow=at,
        question=question,
        found=found,
        tally=past_work.tally(db, sight, question.within, at),
        columns=past_work.board(db, sight, question, at, limit=CARDS) if as_board else None,
        rows=[] if as_board else past_work.page(db, sight, question, at, offset=offset, limit=ROWS),
        page=page,
        pages=min(-(-found // ROWS), LAST_PAGE),
        categories=categories(db, then.on),
        levels=list(Level),
        divisions=asked.divisions(),
        place=asked.place(question.within),
    )


@blueprint.get("/work/<int(max=9223372036854775807):number>")
@requires(Permission.VIEW_CASES)
def case(number: int) -> str:
    """Show one case of the viewer's area, every step of it, and what can be done next.

    Of one elsewhere that the viewer reported: what was said, how it stands, and its rating.
    """
    return case_pages.shown(number)


def _number() -> int | None:
    """Return the number of the case that is asked for, by ``id`` or as the whole search."""
    if request.args.get("id", "").strip():
        return asked.whole_number("id", 0, 1, 999_999_999)
    text = request.args.get("q", "").strip().lstrip("#")
    # From six digits on it may as well be the beginning of a code: then the list shows both.
    short = text.isascii() and text.isdigit() and len(text) < work_list.SHORTEST_CODE
    return int(text) or None if short else None


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
        only=only if only in (OVERDUE, TODAY, NOBODYS, ODD) else "",
        newest_first=request.args.get("order") == "newest",
        text=request.args.get("q", "").strip()[:LONGEST_TEXT].replace("\0", ""),
        status=asked.one_of("status", Status),
        tomorrow=times.end_of_today(),
    )
