"""The contact zones of one grid: which doors belong together, and whom they turn to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, allows, requires
from gridsvc.accounts.services import record
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.grids.models import Grid
from gridsvc.grids.rules import is_grid_code
from gridsvc.web import asked
from gridsvc.web.atlas.map_objects import zones_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.languages import in_language
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.zone_prints import zones_print
from gridsvc.web.staff.handover_pages import account
from gridsvc.web.zones import words
from gridsvc.zones import contacts, services
from gridsvc.zones.models import ContactZone
from gridsvc.zones.posts import contact_posts
from gridsvc.zones.queries import parts_of, zones_by_grid, zones_on

blueprint = Blueprint("grid_zones", __name__)

#: More zones than a grid of the largest range has.
MOST = 500


@blueprint.get("/grids/<grid_code>/zones")
@requires(Permission.VIEW_MAPS)
def page(grid_code: str) -> str | Response:
    """Show the zones of a grid on a day; who keeps the staff can make them and give contacts."""
    if print_ := prints.wanted():
        told = _told(_grid(grid_code))
        return zones_print(print_, within=grid_code, **told)
    return _page(grid_code)


@blueprint.post("/grids/<grid_code>/zones")
@requires(Permission.KEEP_STAFF)
def make(grid_code: str) -> Response:
    """Make the zones of a grid from today on, and share those without contact among its posts."""

    def act() -> None:
        db, by, now, today = edge.session(), account(), edge.now(), edge.today()
        services.renew(db, grid_code, today, by=by, now=now, today=today)
        contacts.share_out(db, grid_code, today, by=by, now=now)
        record(db, by, "zones.made", grid_code)

    return _done(grid_code, act)


@blueprint.post("/grids/<grid_code>/zones/contact")
@requires(Permission.KEEP_STAFF)
def give(grid_code: str) -> Response:
    """Let the households of a zone turn to another post from today on."""

    def act() -> None:
        db, by, today = edge.session(), account(), edge.today()
        zone, post = db.get(ContactZone, _number("zone")), _number("post")
        if zone is None or zone.grid_code != grid_code:
            raise NotFound(gettext("This zone is no more on that day."), [grid_code])
        contacts.assign(db, zone, post, today, by=by, now=edge.now(), today=today)
        record(db, by, "zones.contact", f"{grid_code}-{zone.number:02d}")

    return _done(grid_code, act)


def _done(grid_code: str, act: Callable[[], None]) -> Response:
    """Take one step in a grid of the account's own; a refusal is said on the page."""
    if not account().scope.covers(_grid(grid_code).code):
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=grid_code))
    try:
        act()
    except RuleViolation as refusal:
        edge.session().rollback()
        said = str(words.REFUSED.get(refusal.reason or "", refusal.message))
        return make_response(_page(grid_code, said), 422)
    edge.session().commit()
    return make_response(redirect(url_for("grid_zones.page", grid_code=grid_code), 303))


def _page(grid_code: str, fault: str = "") -> str:
    grid, db = _grid(grid_code), edge.session()
    told = _told(grid)
    on, lines = told["on"], told["lines"]
    viewer, posts = account(), contact_posts(db, grid.code, on)
    return render_template(
        "zones/grid_zones.html",
        layout="base.html",
        prints=prints,
        parts=parts_of(db, [one.id for one in lines]),
        posts=posts,
        numbers={one.id: place for place, one in enumerate(posts, 1)},
        fault=fault,
        keeps=allows(viewer.role, Permission.KEEP_STAFF) and on == edge.today(),
        map=drawn_parts(zones_page_map(on, grid.code)),
        **told,
    )


def _told(grid: Grid) -> dict[str, Any]:
    """Give what screen and print say of the zones of a grid."""
    db, on, scope = edge.session(), asked.day(), Scope((grid.code,))
    sums = zones_by_grid(db, scope, on)
    if sums.empty:
        raise NotFound(gettext("This grid did not exist on %(day)s.", day=on), [grid.code])
    name = in_language(grid.name, grid.name_en)
    return {
        "heading": gettext("Whom do the households of %(grid)s turn to?", grid=name),
        "grid": grid,
        "on": on,
        "about": next(sums.itertuples()),
        "lines": zones_on(db, scope, on, limit=MOST),
        "words": words,
    }


def _grid(code: str) -> Grid:
    found = edge.session().get(Grid, code) if is_grid_code(code) else None
    if found is None or not edge.sight().full.covers(code):
        raise NotFound(gettext("There is no grid %(code)s that you may see.", code=code[:20]))
    return found


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]), [name])
    return int(text)
