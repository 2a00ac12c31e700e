"""What a map page fetches: figures, heat, findings and cards, each cached on its own."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext, ngettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.errors import BadInput, NotFound, NotSignedIn
from gridsvc.grids.queries import shown
from gridsvc.grids.shapes import findings as grid_findings
from gridsvc.incidents import queries as open_cases
from gridsvc.incidents.heat import Heat
from gridsvc.incidents.heat import heat as gathered
from gridsvc.incidents.queries import Wanted
from gridsvc.incidents.rules import Level
from gridsvc.visits.rules import WINDOW_DAYS
from gridsvc.web import asked
from gridsvc.web.atlas import cards, figures, hot_spot_readings
from gridsvc.web.languages import listed

blueprint = Blueprint("maps", __name__, url_prefix="/maps")

KINDS: tuple[figures.CoverageKind, ...] = ("households", "staffing", "visits")
#: What the page chooses, and the ends of what the picture draws to scale at every zoom.
BANDWIDTH_M, BANDWIDTHS_M = 150, (50, 250)
OLDEST_DAYS = 3650


@blueprint.get("/coverage/figures")
@requires(Permission.VIEW_PUBLIC_MAP)
def coverage_figures() -> Response:
    """Answer the figures of ``kind`` on ``on`` below ``in``; ``window_days`` for visits."""
    window = asked.whole_number("window_days", WINDOW_DAYS, 1, OLDEST_DAYS)
    return _figures(figures.coverage(kind(), asked.day(), within(), window))


@blueprint.get("/attention/figures")
@requires(Permission.VIEW_PUBLIC_MAP)
def attention_figures() -> Response:
    """Answer what needs somebody: nobody in charge, work piling up, nobody called on."""
    return _figures(figures.attention(asked.day(), within()))


@blueprint.get("/grids/figures")
@requires(Permission.VIEW_PUBLIC_MAP)
def grid_figures() -> Response:
    """Answer names, households and flags: the grid map draws lines, and colours nothing."""
    return _figures(figures.coverage("households", asked.day(), within()))


@blueprint.get("/open-issues/figures")
@requires(Permission.VIEW_PUBLIC_MAP)
def open_issue_figures() -> Response:
    """Answer open cases per 100 households, narrowed by category, age and level."""
    return _figures(figures.open_work(wanted(), asked.day(), within()))


@blueprint.get("/hot-spots/figures")
@requires(Permission.VIEW_CASES)
def hot_spot_figures() -> Response:
    """Answer which grids stand out, and how that changed in so many ``days``."""
    found = hot_spot_readings.judged(wanted(), asked.day(), within(), compared_days())
    return _figures(hot_spot_readings.figures(found, asked.day()))


@blueprint.get("/open-issues/heat")
@requires(Permission.VIEW_PUBLIC_MAP)
def open_issue_heat() -> Response:
    """Answer open cases gathered into cells, narrowed as the figures are."""
    found = heat(asked.day(), within())
    return cacheable(
        {
            "bandwidth_m": bandwidth_m(),
            "total": found.total,
            "hidden": found.hidden,
            "cells": found.cells,
        }
    )


@blueprint.get("/findings")
@requires(Permission.VIEW_PUBLIC_MAP)
def findings() -> Response:
    """Answer the gaps and overlaps of a day as GeoJSON."""
    found = grid_findings(edge.session(), shown(edge.sight(), within()), asked.day())
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(one.geojson),
            "properties": {
                "kind": one.kind,
                "area_m2": round(one.area_m2, 1),
                "text": _sentence(one.kind, one.area_m2),
            },
        }
        for one in found
    ]
    return cacheable({"type": "FeatureCollection", "features": features}, timed=False)


@blueprint.get("/<any(attention, coverage, 'open-issues', grids):map_name>/cards/<code>")
@requires(Permission.VIEW_PUBLIC_MAP)
def card(map_name: str, code: str) -> Response:
    """Answer three facts and two verbs about one grid or area."""
    if not edge.sight().full.touches(code) and not edge.sight().public.touches(code):
        raise _nothing_there(code)
    made = cards.card(map_name, code, asked.day(), kind() if map_name == "coverage" else None)
    if made is None:
        raise _nothing_there(code)
    return cacheable(made, timed=False)


def kind() -> figures.CoverageKind:
    """Return which coverage is asked for, ``households`` when none is."""
    text = request.args.get("kind") or KINDS[0]
    for known in KINDS:
        if text == known:
            return known
    message = gettext("“%(text)s” is no coverage: choose %(all)s.", text=text[:40], all=_all(KINDS))
    raise BadInput(message, ["kind"])


def within() -> str:
    """Return the code of the division or grid asked for; the empty one is everything.

    Raises
    ------
    NotSignedIn, NotFound
        The viewer sees nothing there, or nothing at all.
    """
    code, sight = asked.within(), edge.sight()
    if not shown(sight, code).prefixes:
        if not sight.prefixes and edge.user() is None:
            raise NotSignedIn(gettext("Nothing of this map is public: sign in first."))
        raise _nothing_there(code)
    return code


def wanted() -> Wanted:
    """Return which open cases are asked for: ``category``, ``older_than_days``, ``level``."""
    text = request.args.get("level") or None
    if text is not None and text not in [one.value for one in Level]:
        message = gettext(
            "“%(text)s” is no level: choose %(all)s.", text=text[:40], all=_all(tuple(Level))
        )
        raise BadInput(message, ["level"])
    days = asked.whole_number("older_than_days", 0, 0, OLDEST_DAYS)
    return open_cases.wanted(
        edge.session(),
        category=(request.args.get("category") or None),
        older_than_days=days or None,
        level=None if text is None else Level(text),
    )


def compared_days() -> int:
    """Return how many days lie between the two days that hot spots are compared of."""
    return asked.whole_number("days", hot_spot_readings.DAYS, 1, OLDEST_DAYS)


def bandwidth_m() -> int:
    """Return the radius of a case's spread, in metres."""
    return asked.whole_number("bandwidth_m", BANDWIDTH_M, *BANDWIDTHS_M)


def heat(on: date, code: str) -> Heat:
    """Gather the open cases of a day, below a code, as this viewer may see them."""
    settings, sight = edge.settings(), edge.sight()
    return gathered(
        edge.session(),
        sight,
        wanted(),
        open_cases.moment(on, edge.now(), settings.time_zone),
        shown(sight, code),
        bandwidth_m=bandwidth_m(),
        threshold=settings.mask_threshold,
    )


def _all(words: tuple[str, ...]) -> str:
    return listed(words)


def _nothing_there(code: str) -> NotFound:
    return NotFound(
        gettext("There is nothing under the code %(code)s that you may see.", code=code[:20])
    )


def _sentence(kind: str, area_m2: float) -> str:
    area = max(1, round(area_m2))
    if kind == "gap":
        return ngettext("%(num)s m² belong to no grid.", "%(num)s m² belong to no grid.", area)
    return ngettext(
        "%(num)s m² belong to more than one grid.", "%(num)s m² belong to more than one grid.", area
    )


def _figures(found: figures.Figures) -> Response:
    return cacheable(found.document())


def cacheable(document: dict[str, Any], *, timed: bool = True) -> Response:
    """Answer a document, or that it has not changed; its instant alone is no change."""
    body = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    answer = Response(mimetype="application/json")
    # Weak: a packed body and a plain one share it.
    answer.set_etag(hashlib.blake2b(body.encode(), digest_size=12).hexdigest(), weak=True)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.update(("Cookie", "Authorization", "Accept-Language"))
    if timed:
        instant = edge.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        body = f'{{"as_of":"{instant}",{body[1:]}'
    answer.set_data(body)
    answer.make_conditional(request)
    return answer
