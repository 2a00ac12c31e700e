"""Printings of a whole area: asked for, watched, cancelled, fetched and counted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.cards import orders
from gridsvc.cards.models import CardPart
from gridsvc.cards.orders import Print
from gridsvc.cards.rules import MOST_COPIES, UNDER_WAY, OrderState, Paper
from gridsvc.errors import BadInput, Conflict, NotFound
from gridsvc.web import languages
from gridsvc.web.cards.card_pages import KINDS, STATES, base_url, kind_of
from gridsvc.web.staff.handover_pages import account

blueprint = Blueprint("card_orders", __name__)

#: What the worker, which speaks no reader's language, may have written down.
FAILURES = (
    lazy_gettext("These grids were redrawn since: print anew."),
    lazy_gettext("Something broke on our side; print it again."),
)
#: Seconds after which a page about a printing under way is asked for again.
AGAIN_S = 2
_IN_MEMORY = 4 * 2**20
_ORDER = "/cards/orders/<int(max=2147483647):number>"


@blueprint.post("/cards/orders")
@requires(Permission.KEEP_CARDS)
def ask() -> Response:
    """Leave a printing of an area to the worker."""
    viewer, form = account(), request.form
    copies = form.get("copies", "1").strip()
    if not (copies.isascii() and copies.isdigit() and 1 <= int(copies[:9]) <= MOST_COPIES):
        message = gettext("Copies must be a number from 1 to %(most)s.", most=MOST_COPIES)
        raise BadInput(message, ["copies"])
    paper = form.get("paper", "a4")
    if paper not in list(Paper):
        raise BadInput(gettext("Choose A4 or A3."), ["paper"])
    wanted = Print(
        kind_of(form.get("kind", "")), Paper(paper), int(copies), base_url(), languages.current()
    )
    try:
        made = orders.ask(
            edge.session(),
            wanted,
            scope=viewer.scope,
            within=form.get("in", "").strip()[:15],
            by=viewer,
            on=edge.today(),
            now=edge.now(),
        )
    except Conflict as refusal:
        return _to(int(refusal.ids[0]))
    return _to(made.id)


@blueprint.get(_ORDER)
@requires(Permission.KEEP_CARDS)
def page(number: int) -> Response:
    """Show how far a printing is; asked for again until it has ended."""
    order = orders.order_of(edge.session(), number, account().scope)
    under_way = order.state in UNDER_WAY
    answer = make_response(
        render_template(
            "cards/card_order.html",
            order=order,
            failure=gettext(order.error) if order.error else "",
            under_way=under_way,
            states=STATES,
            kinds=KINDS,
        )
    )
    if under_way:
        answer.headers["Refresh"] = str(AGAIN_S)
    return answer


@blueprint.post(f"{_ORDER}/cancel")
@requires(Permission.KEEP_CARDS)
def cancel(number: int) -> Response:
    """Stop a printing."""
    order = orders.order_of(edge.session(), number, account().scope, lock=True)
    orders.cancel(edge.session(), order, edge.now())
    return _to(number)


@blueprint.post(f"{_ORDER}/book")
@requires(Permission.KEEP_CARDS)
def book(number: int) -> Response:
    """Count what was printed as given out; a second time changes nothing."""
    order = orders.order_of(edge.session(), number, account().scope, lock=True)
    if order.booked_at is None:
        orders.book(edge.session(), order, account(), edge.today(), edge.now())
    return _to(number)


@blueprint.get(f"{_ORDER}.zip")
@requires(Permission.KEEP_CARDS)
def fetch(number: int) -> Response:
    """Answer a printing's PDFs, one or several a community, packed; one at a time in memory."""
    db = edge.session()
    order = orders.order_of(db, number, account().scope)
    numbers = db.scalars(
        select(CardPart.number).where(CardPart.order_id == number).order_by(CardPart.number)
    ).all()
    if order.state is not OrderState.DONE or not numbers:
        raise NotFound(gettext("Nothing is kept of this printing: print it again."), [number])
    packed: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed when it was sent
    with zipfile.ZipFile(packed, "w") as bag:
        for one in numbers:
            part = db.get_one(CardPart, (number, one))
            bag.writestr(part.name, part.pdf)
            db.expunge(part)
    size = packed.tell()
    packed.seek(0)
    answer = Response(_pieces(packed), mimetype="application/zip")
    answer.content_length = size
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{order.kind.value}-{order.within or "all"}-{number}.zip"'
    )
    return answer


def _pieces(packed: IO[bytes]) -> Iterator[bytes]:
    with packed:
        while piece := packed.read(2**16):
            yield piece


def _to(number: int) -> Response:
    return make_response(redirect(url_for("card_orders.page", number=number), 303))
