"""Pledges: what the street office promises in public, from when, and until when."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, NotFound
from gridsvc.public import pledges
from gridsvc.public.pledges import PledgeWish
from gridsvc.web import asked
from gridsvc.web.staff.handover_pages import account

blueprint = Blueprint("pledges", __name__)

ROWS = 50
FIELDS = {
    "whose": lazy_gettext("whose it is"),
    "sentence": lazy_gettext("the sentence (at most 200 signs, no mobile or identity number)"),
    "sentence_en": lazy_gettext("the sentence in English"),
    "valid_from": lazy_gettext("the first day"),
    "valid_to": lazy_gettext("the day it ends"),
}


@blueprint.get("/pledges")
@requires(Permission.KEEP_PLEDGES)
def page() -> str:
    """Show the pledges of the viewer's area that have not ended by a day."""
    return _page()


@blueprint.post("/pledges")
@requires(Permission.KEEP_PLEDGES)
def make() -> Response:
    """Publish a pledge from a day on."""
    viewer = account()
    try:
        wish = PledgeWish(
            whose=request.form.get("whose", "").strip()[:40],
            sentence=request.form.get("sentence", "").strip(),
            sentence_en=request.form.get("sentence_en", "").strip() or None,
            valid_from=_day("valid_from") or edge.today(),
            valid_to=_day("valid_to"),
        )
        pledges.make_pledge(edge.session(), wish, viewer, viewer.scope)
    except (BadInput, NotFound) as refusal:
        edge.session().rollback()
        fields = gettext(", ").join(str(FIELDS[one]) for one in refusal.ids)
        return make_response(
            _page(gettext("Check what you wrote: %(fields)s.", fields=fields)), 400
        )
    return make_response(redirect(url_for("pledges.page"), 303))


@blueprint.post("/pledges/<int(max=2147483647):number>/end")
@requires(Permission.KEEP_PLEDGES)
def end(number: int) -> Response:
    """Let a pledge end today."""
    viewer = account()
    pledges.end_pledge(edge.session(), number, viewer, viewer.scope, edge.today())
    return make_response(redirect(url_for("pledges.page"), 303))


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("no day", [name]) from None


def _page(fault: str = "") -> str:
    number, on, within = asked.whole_number("page", 1, 1, 1000), asked.day(), asked.within()
    total, rows = pledges.pledges(
        edge.session(), edge.sight().full, within, on, offset=(number - 1) * ROWS, limit=ROWS
    )
    return render_template(
        "public/pledges.html",
        rows=rows,
        total=total,
        page=number,
        pages=-(-total // ROWS),
        on=on,
        within=within,
        divisions=asked.divisions(),
        places={row.place_code: asked.place(row.place_code) for row, _ in rows if row.place_code},
        longest=pledges.LONGEST,
        fault=fault,
    )
