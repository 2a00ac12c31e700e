"""A leader's page: the mark that the own team gives itself, quarter by quarter."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.appraisals import self_rating
from gridsvc.appraisals.rules import WHOLE
from gridsvc.errors import BadInput, Conflict
from gridsvc.reports.rules.periods import Period, PeriodKind
from gridsvc.web.appraisals import words
from gridsvc.web.appraisals.appraisal_pages import account, number, seen

blueprint = Blueprint("self_rating", __name__)


@blueprint.get("/self-rating")
@requires(Permission.RATE_OWN_TEAM)
def page() -> str:
    """Show the own teams' quarters: what they said of themselves, and what is missing."""
    return _page()


@blueprint.post("/self-rating")
@requires(Permission.RATE_OWN_TEAM)
def put() -> Response:
    """Write down the own team's mark; refused once the quarter is locked."""
    quarter = seen(number("quarter", 2**31 - 1))
    try:
        self_rating.rate_own_team(
            edge.session(), quarter, number("team", 2**31 - 1), _mark(), account(), edge.today()
        )
    except Conflict:
        message = gettext("This quarter is locked already: its marks stand.")
        return make_response(_page(message), 409)
    except BadInput:
        message = gettext("A mark is a whole number from 0 to 100.")
        return make_response(_page(message), 400)
    return make_response(redirect(url_for("self_rating.page"), 303))


def _mark() -> int:
    text = request.form.get("mark", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else WHOLE + 1


def _page(fault: str = "") -> str:
    own = self_rating.own_quarters(edge.session(), edge.sight().full, edge.today())
    waiting = [one for one in own if one.mark is None and not one.quarter.locked_at]
    return render_template(
        "appraisals/self_rating.html",
        own=own,
        waiting=waiting,
        period=lambda one: Period(PeriodKind.QUARTER, one.starts_on, one.ends_on),
        fault=fault,
        words=words,
    )
