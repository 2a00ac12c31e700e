"""Assignments from a spreadsheet: taken out, changed in Excel, looked over, then loaded."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, RuleViolation
from gridsvc.reports.sheets import Sheet, workbook
from gridsvc.staffing.queries import assigned_on
from gridsvc.staffing.sheet import words as sheet_words
from gridsvc.staffing.sheet.judged import Judged, Line
from gridsvc.staffing.sheet.judging import judge
from gridsvc.staffing.sheet.loading import LOADED, load, wait_for_others
from gridsvc.staffing.sheet.reading import RawRow, Table, read
from gridsvc.web import terms
from gridsvc.web.languages import listed
from gridsvc.web.reports.ledger_pages import XLSX
from gridsvc.web.staff.handover_pages import account, day_of

blueprint = Blueprint("staff_sheet", __name__)


@blueprint.get("/staff/sheet")
@requires(Permission.KEEP_STAFF)
def page() -> str:
    """Say how to assign many grids at once, and take a sheet."""
    return _page()


@blueprint.post("/staff/sheet")
@requires(Permission.KEEP_STAFF)
def take() -> Response:
    """Show what a sheet would do; with ``load`` do it, if no row is to be changed."""
    begin, db, viewer = edge.today(), edge.session(), account()
    try:
        begin = day_of(request.form)
        table = _sent()
        if "load" in request.form:
            wait_for_others(db)
        judged = judge(db, table.rows, scope=viewer.scope, begin=begin, today=edge.today())
        if "load" not in request.form:
            return make_response(_page(begin, table, judged))
        loaded = load(db, judged, viewer, edge.now(), edge.today())
    except (BadInput, RuleViolation) as refusal:
        return make_response(_page(begin, fault=_refusal(refusal)), 400)
    record(db, viewer, LOADED, "", asdict(loaded) | {"from": begin.isoformat()})
    db.commit()
    return make_response(redirect(url_for("staff_sheet.page", **asdict(loaded)), 303))


@blueprint.post("/staff/sheet.xlsx")
@requires(Permission.KEEP_STAFF)
def download() -> Response:
    """Give who looks after each grid today as a sheet that can be changed and sent back."""
    rows = assigned_on(edge.session(), edge.sight().full, edge.today())
    headings = {one: gettext(name) for one, name in sheet_words.HEADINGS.items()}
    sheet = Sheet(gettext("Staff"), rows, headings)
    book = workbook([sheet], ZoneInfo(edge.settings().time_zone), edge.now())
    answer = Response(book, mimetype=XLSX)
    name = f"staff-{edge.today()}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(
    begin: date | None = None,
    table: Table | None = None,
    judged: Judged | None = None,
    fault: str = "",
) -> str:
    return render_template(
        "staff/staff_sheet.html",
        begin=begin or edge.today(),
        table=table,
        judged=judged,
        lines=_shown(judged) if judged else [],
        kept=_kept(table) if table and judged and not judged.faults else "",
        headings=sheet_words.HEADINGS,
        said=said,
        fault=fault,
    )


#: Rows that the page shows; those to be changed come first.
ROWS = 200


def _shown(judged: Judged) -> list[Line]:
    return sorted(judged.lines, key=lambda one: (not one.faults, one.number))[:ROWS]


def _sent() -> Table:
    """Return the rows of the file, or those that the page kept of it; both are judged alike."""
    if "load" in request.form:
        try:
            rows = [RawRow(number, values) for number, values in json.loads(request.form["load"])]
            if all(isinstance(one.number, int) and isinstance(one.values, dict) for one in rows):
                return Table(rows, [], [])
        except (ValueError, TypeError):
            pass
        raise BadInput(gettext("The sheet was lost on the way: send the file again."))
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput(gettext("Choose a file first."), ["file"])
    return read(sent.read(), sent.filename)


def _kept(table: Table) -> str:
    return json.dumps([[one.number, one.values] for one in table.rows], ensure_ascii=False)


def said(reason: str, values: dict[str, Any]) -> str:
    """Say a fault or a note in the reader's language."""
    template = (sheet_words.FAULTS | sheet_words.NOTES)[reason]
    words = dict(values)
    if "fields" in words:
        named = [gettext(sheet_words.HEADINGS[one]) for one in words["fields"]]
        words["fields"] = listed(named)
    if reason == "bad_source":
        words["sources"] = listed(terms.SOURCES.values())
    if "kinds" in words:
        words["kinds"] = listed(words["kinds"])
    return gettext(template, **words)


def _refusal(refusal: BadInput | RuleViolation) -> str:
    if refusal.reason in sheet_words.FAULTS:
        return said(refusal.reason, {})
    if isinstance(refusal, RuleViolation):
        return gettext("Some rows are to be changed first; nothing was loaded.")
    return refusal.message
