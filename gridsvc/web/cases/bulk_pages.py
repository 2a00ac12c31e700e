"""Many cases at once: what would happen, what happened to each, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput
from gridsvc.incidents.handling import bulk
from gridsvc.incidents.handling import undo as way_back
from gridsvc.incidents.rules.free_text import screen
from gridsvc.incidents.rules.life import Action
from gridsvc.web.cases import refusal_words, steps
from gridsvc.web.cases.case_pages import account

blueprint = Blueprint("bulk", __name__)

#: What the list offers for many cases; everything else wants a look at the single one.
OFFERED = (Action.DISPATCH, Action.VERIFY, Action.CLOSE)


@dataclass(frozen=True)
class Line:
    """What came of one case, in words."""

    number: int
    seq: int | None
    fault: str


@blueprint.post("/work/bulk")
@requires(Permission.VIEW_CASES)
def many() -> str:
    """Try a step with each chosen case, and do it when the form says ``go``."""
    action, go = steps.action(), request.form.get("go") == "1"
    if action not in OFFERED:
        raise BadInput(gettext("Choose what to do."), ["action"])
    done = bulk.apply(
        edge.session(),
        _chosen(),
        action,
        steps.given(),
        account(),
        edge.sight(),
        edge.now(),
        dry_run=not go,
    )
    lines = _lines(done)
    return render_template(
        "cases/bulk.html",
        action=action,
        go=go,
        lines=lines,
        good=[one for one in lines if not one.fault],
        warned=bool(screen(request.form.get("note", ""))),
        can_undo=go and action in way_back.UNDOABLE,
        seconds=int(way_back.UNDO_WITHIN.total_seconds()),
    )


@blueprint.post("/work/undo")
@requires(Permission.VIEW_CASES)
def undo() -> str:
    """Take back the steps that the form names as ``case:line of its history``."""
    note = gettext("taken back at once")
    steps_back = [_step(one) for one in request.form.getlist("step")]
    done = way_back.undo(edge.session(), steps_back, account(), edge.sight(), edge.now(), note)
    lines = _lines(done)
    return render_template(
        "cases/bulk.html",
        action=None,
        go=True,
        lines=lines,
        good=[one for one in lines if not one.fault],
        can_undo=False,
    )


def _lines(done: list[bulk.Result]) -> list[Line]:
    return [
        Line(
            one.number,
            one.seq,
            refusal_words.said(one.refused) if one.refused else "",
        )
        for one in done
    ]


def _chosen() -> list[int]:
    return [_number(one) for one in request.form.getlist("case")]


def _step(text: str) -> tuple[int, int]:
    number, _, seq = text.partition(":")
    return _number(number), _number(seq)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadInput(gettext("“%(text)s” is no number.", text=text[:20]), ["case"])
    return int(text)
