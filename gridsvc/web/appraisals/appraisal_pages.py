"""The appraisal of teams: a quarter's sheet, its scheme, and the lock."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, allows, requires
from gridsvc.appraisals import queries, services
from gridsvc.appraisals.models import Appraisal
from gridsvc.appraisals.rules import RATERS, PointKind, Rater, Scheme, Source, scheme_fault
from gridsvc.errors import BadInput, Conflict, NotFound, NotSignedIn
from gridsvc.grids.models import Division
from gridsvc.reports.cycles import OFFICE_DIGITS, offices
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.reports.rules.rates import FEW
from gridsvc.web import asked
from gridsvc.web.appraisals import words

blueprint = Blueprint("appraisals", __name__)

LONGEST_REASON = 400


@blueprint.get("/appraisals")
@requires(Permission.VIEW_REPORTS)
def page() -> str:
    """Show a quarter's sheet of an office, or of the part that the viewer answers for."""
    return _page(_office(request.args.get("office", "")))


@blueprint.post("/appraisals")
@requires(Permission.CLOSE_PERIODS)
def open_quarter() -> Response:
    """Open the quarter that is running, or the one before it."""
    office = _required()
    day = edge.today()
    if request.form.get("which") == "last":
        running = services.open_quarter(edge.session(), office.code, day, account(), edge.now())
        day = running.starts_on.fromordinal(running.starts_on.toordinal() - 1)
    made = services.open_quarter(edge.session(), office.code, day, account(), edge.now())
    return _to(office, made)


@blueprint.post("/appraisals/<int(max=2147483647):number>/lock")
@requires(Permission.CLOSE_PERIODS)
def lock(number: int) -> Response:
    """Lock a quarter and book its points; a second time is told of the first."""
    quarter = seen(number)
    office = edge.session().get_one(Division, quarter.division_code)
    try:
        services.lock(edge.session(), quarter, account(), edge.now())
    except Conflict:
        message = (
            gettext("This quarter is locked already: its marks stand.")
            if quarter.locked_at
            else gettext("This quarter is not over: lock it when its last day is.")
        )
        return make_response(_page(office, message, quarter), 409)
    return _to(office, quarter)


@blueprint.post("/appraisals/scheme")
@requires(Permission.CLOSE_PERIODS)
def scheme() -> Response:
    """Change weights, shares and points for the quarters to come."""
    office = _required()
    wanted = Scheme(
        {one: number(f"weight_{one.value}") for one in Source},
        {one: number(f"share_{one.value}") for one in Rater},
        {one: number(f"points_{one.value}") for one in PointKind},
    )
    fault, reason = scheme_fault(wanted), request.form.get("reason", "")[:LONGEST_REASON]
    message = str(words.FAULTS[fault]) if fault else ""
    if not fault and not reason.strip():
        message = gettext("Say why the scheme is changed.")
    if message:
        return make_response(_page(office, message), 400)
    services.change_scheme(edge.session(), office.code, wanted, reason, account())
    return make_response(redirect(url_for("appraisals.page", office=office.code), 303))


def seen(number: int) -> Appraisal:
    """Return a quarter of which the viewer sees some team.

    Raises
    ------
    NotFound
        There is none of that number, or none for this viewer.
    """
    found = queries.appraisal(edge.session(), number)
    if not edge.sight().full.touches(found.division_code):
        raise NotFound(gettext("There is no such quarter."), [number])
    return found


def number(name: str, most: int = 1_000_000) -> int:
    """Return a whole number of the form.

    Raises
    ------
    BadInput
        It is none, or too large to be a count.
    """
    text = request.form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= most and len(text) < 10):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]), [name])
    return int(text)


def account() -> UserAccount:
    """Return who asks."""
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer


def _page(office: Division | None, fault: str = "", quarter: Appraisal | None = None) -> str:
    db, scope = edge.session(), edge.sight().full
    if office is None:
        return render_template("appraisals/appraisals.html", office=None, fault=fault)
    quarters = queries.appraisals(db, office.code)
    wanted = asked.whole_number("quarter", 0, 0, 2**31 - 1)
    quarter = quarter or next((one for one in quarters if one.id == wanted), None)
    quarter = quarter or next(iter(quarters), None)
    own = scope.narrowed(office.code)
    lines = queries.sheet(db, quarter, own, edge.today()) if quarter else []
    row = queries.scheme_row(db, office.code)
    return render_template(
        "appraisals/appraisals.html",
        office=office,
        offices=_offices(),
        quarters=quarters,
        quarter=quarter,
        lines=lines,
        complete=sum(not one.result.missing for one in lines),
        taps=services.satisfaction(db, quarter, own, edge.now()) if quarter else None,
        few=FEW,
        scheme=queries.scheme_of(row),
        raters=RATERS,
        schemes=queries.schemes(db, office.code),
        keeps=allows(account().role, Permission.CLOSE_PERIODS) and scope.covers(office.code),
        period=lambda one: Period(PeriodKind.QUARTER, one.starts_on, one.ends_on),
        fault=fault,
        words=words,
    )


def _offices() -> list[Division]:
    """Return the offices that the viewer answers for, wholly or in part."""
    full = edge.sight().full
    whole = offices(edge.session(), full)
    parts = {code[:OFFICE_DIGITS] for code in full.prefixes if len(code) > OFFICE_DIGITS}
    found = [edge.session().get(Division, code) for code in sorted(parts)]
    return whole + [one for one in found if one is not None]


def _office(code: str) -> Division | None:
    known = _offices()
    if not code:
        return known[0] if known else None
    found = next((one for one in known if one.code == code), None)
    if found is None:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=code[:20]))
    return found


def _required() -> Division:
    found = _office(request.form.get("office", ""))
    if found is None:
        raise BadInput(gettext("Choose an office."), ["office"])
    return found


def _to(office: Division, quarter: Appraisal) -> Response:
    target = url_for("appraisals.page", office=office.code, quarter=quarter.id)
    return make_response(redirect(target, 303))
