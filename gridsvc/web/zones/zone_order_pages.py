"""Zones of a whole area: tried out, looked over, then made while one watches, or stops them."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.errors import Conflict, NotFound
from gridsvc.grids.models import Grid
from gridsvc.web import asked
from gridsvc.web.staff.handover_pages import account
from gridsvc.web.zones import words
from gridsvc.zones import orders

blueprint = Blueprint("zone_orders", __name__)

#: Seconds after which a page about an order under way is asked for again.
AGAIN_S = 2
#: Grids that the page names; the lists of the zones have them all.
ROWS = 200
_ORDER = "/zones/orders/<int(max=2147483647):number>"


@blueprint.post("/zones/orders")
@requires(Permission.KEEP_STAFF)
def ask() -> Response:
    """Try out the zones of all grids of an area: nothing is changed."""
    within = request.form.get("in", "").strip()[:15]
    scope = account().scope.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    return _asked(scope, trial=True)


@blueprint.get(_ORDER)
@requires(Permission.KEEP_STAFF)
def page(number: int) -> Response:
    """Show what an order came to so far; asked for again until it has ended."""
    db = edge.session()
    order = orders.order_of(db, number, account().scope)
    totals = orders.totals(db, order)
    lines = orders.wanting(db, order, ROWS)
    codes = [one.grid_code for one in lines]
    within = order.prefixes[0] if len(order.prefixes) == 1 else ""
    known = db.query(Grid).filter(Grid.code.in_(codes))
    answer = make_response(
        render_template(
            "zones/zone_order.html",
            order=order,
            within=within,
            place=asked.place(within),
            totals=totals,
            lines=lines,
            most=ROWS,
            grids={one.code: one for one in known},
            words=words,
        )
    )
    if totals.waits:
        answer.headers["Refresh"] = str(AGAIN_S)
    return answer


@blueprint.post(f"{_ORDER}/make")
@requires(Permission.KEEP_STAFF)
def make(number: int) -> Response:
    """Make what was tried out, or go on where an order was stopped: zones that are right stay."""
    order = orders.order_of(edge.session(), number, account().scope)
    return _asked(Scope(tuple(order.prefixes)), trial=False)


@blueprint.post(f"{_ORDER}/stop")
@requires(Permission.KEEP_STAFF)
def stop(number: int) -> Response:
    """Stop an order; the grids that are done stay so."""
    order = orders.order_of(edge.session(), number, account().scope)
    orders.stop(edge.session(), order, edge.now())
    return _to(number)


def _asked(scope: Scope, *, trial: bool) -> Response:
    """Leave the zones to the worker; where an order is under way, show that one."""
    try:
        made = orders.ask(edge.session(), scope, trial=trial, by=account(), now=edge.now())
    except Conflict as refusal:
        return _to(int(refusal.ids[0]))
    return _to(made.id)


def _to(number: int) -> Response:
    return make_response(redirect(url_for("zone_orders.page", number=number), 303))
