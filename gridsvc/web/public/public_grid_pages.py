"""A grid for anybody who lives in it, the way to it, and what the office does by when.

Nothing here reads a table: pages show what `gridsvc.public.queries` names, and no more.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.errors import NotFound
from gridsvc.grids.places import named_places
from gridsvc.grids.queries import locate, shown
from gridsvc.grids.rules import is_grid_code
from gridsvc.public.queries import Points, public_grids, services_on, successors
from gridsvc.public.rules import EMERGENCY
from gridsvc.web import asked
from gridsvc.web.atlas.service_point_pages import TIERS
from gridsvc.web.public import words
from gridsvc.web.public.grid_drawing import drawing_of

blueprint = Blueprint("public", __name__)

POINTS, FIRST_SERVICES, FOUND_PLACES, LONGEST = 3, 6, 20, 100
MAP_MM = (160.0, 110.0)


@blueprint.get("/g")
@requires(Permission.VIEW_PUBLIC_MAP)
def find() -> str | Response:
    """Look for a grid by the name of a house or by a position, which leads to its page."""
    db, on = edge.session(), asked.day()
    if "lon" in request.args or "lat" in request.args:
        code = locate(db, *asked.position(), on)
        if code is None or not edge.sight().sees(code):
            raise NotFound(gettext("No grid that you may see lies at this place."))
        return make_response(redirect(url_for("public.grid", code=code), 303))
    said = request.args.get("q", "").strip()[:LONGEST]
    found = named_places(db, shown(edge.sight()), on, words=said, limit=FOUND_PLACES + 1)
    return render_template(
        "public/public_find.html",
        said=said,
        found=found[:FOUND_PLACES] if said else [],
        more=len(found) > FOUND_PLACES,
    )


@blueprint.get("/g/<code>")
@requires(Permission.VIEW_PUBLIC_MAP)
def grid(code: str) -> str:
    """Show a grid's team, duty phone, pledges and services; of a former grid, what it became."""
    db, on = edge.session(), asked.day()
    if not is_grid_code(code) or not edge.sight().sees(code):
        raise NotFound(gettext("There is no grid %(code)s that you may see.", code=code[:20]))
    found = public_grids(db, [code], on)
    if not found:
        heirs = [one for one in successors(db, code, on) if edge.sight().sees(one[0])]
        if not heirs:
            message = gettext("There is no grid %(code)s that you may see.", code=code[:20])
            raise NotFound(message, [code])
        return render_template("public/public_gone.html", code=code, heirs=heirs, words=words)
    about = found[0]
    services = services_on(db, code, on)
    near = Points(db, Scope(edge.sight().prefixes), on)
    return render_template(
        "public/public_grid.html",
        grid=about,
        drawing=drawing_of(db, code, on, *MAP_MM),
        services=services[:FIRST_SERVICES],
        count=len(services),
        points=near.nearest(about.lon, about.lat, POINTS),
        emergency=EMERGENCY,
        tiers=TIERS,
        words=words,
    )


@blueprint.get("/services")
@requires(Permission.VIEW_PUBLIC_MAP)
def services() -> str:
    """Show what anybody can ask for: by when it is done, what to bring, what it costs, where."""
    on, within = asked.day(), asked.within()
    said = request.args.get("q", "").strip()[:LONGEST]
    found = services_on(edge.session(), within, on)
    terms = said.casefold().split()
    chosen = [
        one for one in found if all(term in " ".join(map(str, one.name)).casefold()
                                    for term in terms)
    ]  # fmt: skip
    return render_template(
        "public/public_services.html",
        services=chosen,
        count=len(found),
        said=said,
        within=within,
        on=on,
        divisions=asked.divisions(),
        tiers=TIERS,
        words=words,
    )
