"""Planning, changing and ending a campaign."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Permission, requires
from gridsvc.calendars.festivals import festivals
from gridsvc.campaigns import services
from gridsvc.campaigns.models import Campaign
from gridsvc.campaigns.queries import dwellings_of
from gridsvc.campaigns.rules import Measure, planned
from gridsvc.campaigns.services import Wanted
from gridsvc.errors import BadInput, GridsvcError, NotAllowed, NotFound, NotSignedIn, RuleViolation
from gridsvc.visits.rules import TOPICS
from gridsvc.web import asked
from gridsvc.web.campaigns import words
from gridsvc.web.campaigns.campaign_pages import NUMBER
from gridsvc.web.campaigns.festival_pages import AHEAD
from gridsvc.web.cases import refusal_words
from gridsvc.web.visits.sheet_words import TOPIC_NAMES

blueprint = Blueprint("campaign_forms", __name__)

LONGEST_NAME, LONGEST_PURPOSE = 80, 400
#: What a festival proposes: two weeks, up to its eve.
BEFORE_DAYS, DAYS = 14, 14
#: Field of a day → what the sheet calls it.
_DAYS = {
    "starts_on": lazy_gettext("First day"),
    "ends_on": lazy_gettext("Last day"),
    "festival_on": lazy_gettext("Festival"),
}


@blueprint.get("/campaigns/new")
@requires(Permission.KEEP_TARGETS)
def new() -> str:
    """Show an empty sheet, or one filled in from a festival."""
    return _form(None, _proposed())


@blueprint.get(f"{NUMBER}/change")
@requires(Permission.KEEP_TARGETS)
def edit(number: int) -> str:
    """Show the sheet of a campaign."""
    found = services.campaign(edge.session(), number, edge.sight().full)
    given = {
        name: str(getattr(found, name) or "")
        for name in ("name", "purpose", "topic", "starts_on", "ends_on", "measure", "goal")
    }
    given["festival_on"] = str(found.festival_on or "")
    given["grids"] = "\n".join(code for code in found.prefixes if len(code) == 15)
    return _form(found, given, [code for code in found.prefixes if len(code) < 15])


@blueprint.post("/campaigns")
@requires(Permission.KEEP_TARGETS)
def plan() -> Response:
    """Plan a campaign."""
    return _kept(None)


@blueprint.post(NUMBER)
@requires(Permission.KEEP_TARGETS)
def change(number: int) -> Response:
    """Change a campaign that is not over."""
    return _kept(services.campaign(edge.session(), number, edge.sight().full))


@blueprint.post(f"{NUMBER}/end")
@requires(Permission.KEEP_TARGETS)
def end(number: int) -> Response:
    """End a campaign with today."""
    services.end(edge.session(), number, _account(), edge.today(), edge.now())
    return _to(number)


def _kept(found: Campaign | None) -> Response:
    try:
        wanted = _wanted()
        if found is None:
            made = services.plan(edge.session(), wanted, _account())
        else:
            made = services.change(edge.session(), found.id, wanted, _account(), edge.today())
    except (BadInput, NotAllowed, NotFound, RuleViolation) as refusal:
        edge.session().rollback()
        return make_response(_refused(found, refusal), 422)
    return _to(made.id)


def _refused(found: Campaign | None, refusal: GridsvcError) -> str:
    given = {name: text for name, text in request.form.items() if name != "areas"}
    return _form(found, given, request.form.getlist("areas"), refusal_words.said(refusal))


def _wanted() -> Wanted:
    """Read the sheet; what it cannot say is told in the words of `services`."""
    rounds = request.form.get("measure") == Measure.ROUNDS
    grids = re.split(r"[\s,，、]+", request.form.get("grids", "").strip())
    return Wanted(
        name=_text("name", LONGEST_NAME),
        purpose=_text("purpose", LONGEST_PURPOSE),
        topic=_text("topic", LONGEST_NAME) or None,
        starts_on=_day("starts_on"),
        ends_on=_day("ends_on"),
        measure=Measure.ROUNDS if rounds else Measure.DWELLINGS,
        goal=_goal(),
        prefixes=tuple(code for code in (*request.form.getlist("areas"), *grids) if code),
        festival_on=_day("festival_on") if request.form.get("festival_on") else None,
    )


def _form(
    found: Campaign | None, given: dict[str, str], areas: list[str] | None = None, fault: str = ""
) -> str:
    own = asked.own_area()
    today = edge.today()
    chosen = areas if areas is not None else [own] if own else []
    return render_template(
        "campaigns/campaign_form.html",
        found=found,
        given=given,
        chosen=chosen,
        offered=[one for one in asked.divisions() if edge.sight().full.covers(one.code)],
        dwellings=dwellings_of(edge.session(), edge.sight().full.prefixes, today),
        festivals=festivals(edge.session(), own, today, today + AHEAD),
        before=asked.whole_number("before", BEFORE_DAYS, 0, 366),
        days=asked.whole_number("days", DAYS, 1, 366),
        topics={code: TOPIC_NAMES[code] for code in TOPICS},
        words=words,
        fault=fault,
        longest={"name": LONGEST_NAME, "purpose": LONGEST_PURPOSE},
    )


def _proposed() -> dict[str, str]:
    if not request.args.get("festival"):
        return {}
    day = asked.day("festival")
    before = asked.whole_number("before", BEFORE_DAYS, 0, 366)
    first, last = planned(day, before, asked.whole_number("days", DAYS, 1, 366))
    return {"starts_on": str(first), "ends_on": str(last), "festival_on": str(day)}


def _text(name: str, longest: int) -> str:
    return request.form.get(name, "").strip()[:longest]


def _day(name: str) -> date:
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        field = _DAYS[name]
        message = gettext("%(field)s: choose a date.", field=field)
        if text:
            message = gettext(
                "%(field)s: “%(text)s” is no date, write it as 2026-11-22.",
                field=field,
                text=text[:20],
            )
        raise BadInput(message, [name]) from None


def _goal() -> int:
    text = request.form.get("goal", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _to(number: int) -> Response:
    return make_response(redirect(url_for("campaigns.one", number=number), 303))


def _account() -> UserAccount:
    viewer = edge.user()
    if viewer is None:
        raise NotSignedIn("sign in first")
    return viewer
