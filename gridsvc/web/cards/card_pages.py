"""Cards given out, by place; counting more of them; and one grid's cards as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.cards import issues, orders
from gridsvc.cards.orders import Print
from gridsvc.cards.rules import MOST_COPIES, PER_PAGE, CardKind, OrderState, Paper
from gridsvc.errors import BadInput, NotFound, RuleViolation
from gridsvc.grids.rules import GridKind, is_grid_code
from gridsvc.web import asked, languages
from gridsvc.web.cards import printing
from gridsvc.web.staff.handover_pages import account

blueprint = Blueprint("cards", __name__)

ROWS, PRINTINGS = 50, 5
KINDS = {
    CardKind.CONTACT: lazy_gettext("Contact card"),
    CardKind.SERVICE: lazy_gettext("Service card"),
    CardKind.POSTER: lazy_gettext("Grid poster"),
}

STATES = {
    OrderState.WAITING: lazy_gettext("waiting for its turn"),
    OrderState.RUNNING: lazy_gettext("being printed"),
    OrderState.DONE: lazy_gettext("printed"),
    OrderState.FAILED: lazy_gettext("failed"),
    OrderState.CANCELLED: lazy_gettext("cancelled"),
}


@dataclass(frozen=True)
class Line:
    """Cards given out in a place; ``code`` is that of a division or a grid."""

    code: str
    name: str
    name_en: str | None
    households: int
    counts: dict[CardKind, int]

    def per_100(self, kind: CardKind) -> float | None:
        """Cards per 100 households."""
        return 100 * self.counts[kind] / self.households if self.households else None


@blueprint.get("/cards")
@requires(Permission.KEEP_CARDS)
def page() -> str:
    """Show how many cards were given out up to a day, place by place."""
    return _page()


@blueprint.post("/cards")
@requires(Permission.KEEP_CARDS)
def count() -> Response:
    """Count cards of a grid as given out."""
    viewer, form = account(), request.form
    try:
        issues.issue(
            edge.session(),
            form.get("grid", "").strip()[:15],
            kind_of(form.get("kind", "")),
            _number(form.get("number", "")),
            _day(form.get("issued_on", "")),
            by=viewer,
            scope=viewer.scope,
            today=edge.today(),
        )
    except (BadInput, NotFound, RuleViolation) as refusal:
        edge.session().rollback()
        return make_response(_page(_said(refusal)), 400)
    return make_response(redirect(url_for("cards.page"), 303))


@blueprint.get("/cards/<code>/<any(contact, service, poster):kind>.pdf")
@requires(Permission.PRINT_CARDS)
def one(code: str, kind: str) -> Response:
    """Answer one sheet of a grid's cards, or its poster."""
    if not is_grid_code(code) or not edge.sight().full.covers(code):
        raise NotFound(gettext("There is no grid %(code)s that you may see.", code=code[:20]))
    chosen = CardKind(kind)
    paper = asked.one_of("paper", Paper) or Paper.A4
    wanted = Print(chosen, paper, PER_PAGE[chosen], base_url(), languages.current())
    try:
        made = printing.print_pdf(edge.session(), wanted, (code,), edge.today())
    except BadInput:
        # A grid that is gone is no mistyped question: its page leads to those that it became.
        message = gettext(
            "There is no grid %(code)s today: its page tells what it became.", code=code
        )
        raise NotFound(message, [code]) from None
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{kind}-{code}.pdf"'
    return answer


def base_url() -> str:
    """Return the address that printed codes lead to; empty where none is set: cards have no code.

    The one that a clerk's browser asked at is none: it may be a name of the office's own network.
    """
    return edge.settings().public_url or ""


def kind_of(text: str) -> CardKind:
    """Read the kind of a form.

    Raises
    ------
    BadInput
        There is none of that name.
    """
    if text not in list(CardKind):
        raise BadInput("There is no such kind of card.", ["kind"])
    return CardKind(text)


def _number(text: str) -> int:
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise BadInput("This is no number.", ["number"])
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else edge.today()
    except ValueError:
        raise BadInput("This is no day.", ["issued_on"]) from None


def _said(refusal: BadInput | NotFound | RuleViolation) -> str:
    if isinstance(refusal, RuleViolation):
        return gettext("So many were never given out: take back fewer.")
    if isinstance(refusal, NotFound):
        return gettext("There is no grid of yours with this code: 15 digits.")
    return gettext("Give a kind, a number other than 0 and a day up to today.")


def _page(fault: str = "") -> str:
    on, within = asked.day(), asked.within()
    scope = edge.sight().full.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    frame = issues.issued_by(edge.session(), scope, on)
    filling = frame[frame["kind"] == GridKind.RESIDENTIAL]
    number = asked.whole_number("page", 1, 1, 1000)
    lines = _lines(filling, within)
    return render_template(
        "cards/cards.html",
        total=_line("", gettext("All"), None, filling),
        lines=lines[(number - 1) * ROWS : number * ROWS],
        page=number,
        pages=-(-len(lines) // ROWS),
        without=int((filling["contact"] == 0).sum()),
        grids=len(filling),
        kinds=KINDS,
        states=STATES,
        papers=list(Paper),
        most=MOST_COPIES,
        printings=orders.orders(edge.session(), account(), PRINTINGS),
        public_url=edge.settings().public_url,
        on=on,
        within=within,
        place=asked.place(within),
        divisions=asked.divisions(),
        fault=fault,
    )


def _lines(frame: pd.DataFrame, within: str) -> list[Line]:
    """Sum up by the next level below; in a community every grid is a line."""
    names = {one.code: one for one in asked.divisions()}
    digits = next((one for one in (9, 12) if _splits(frame, one)), 15) if len(within) < 12 else 15
    if digits == 15:
        return [
            _line(str(code), row["name"], row["name_en"], frame.loc[[code]])
            for code, row in frame.iterrows()
        ]
    return [
        _line(str(code), names[code].name, names[code].name_en, part)
        for code, part in frame.groupby(frame.index.str[:digits])
    ]


def _splits(frame: pd.DataFrame, digits: int) -> bool:
    return bool(frame.index.str[:digits].nunique() > 1)


def _line(code: str, name: str, name_en: str | None, part: pd.DataFrame) -> Line:
    counts = {kind: int(part[kind.value].sum()) for kind in CardKind}
    return Line(code, name, name_en, int(part["households"].sum()), counts)
