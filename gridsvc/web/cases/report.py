"""The phone's report form: one page that opens without a network, and what it keeps for that."""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask import session as cookie
from flask_wtf.csrf import generate_csrf

from dashboards.base_map import script_json
from gridsvc import edge
from gridsvc.accounts import services
from gridsvc.accounts.rules import Permission, Scope, from_a_phone, requires
from gridsvc.errors import BadInput, NotAllowed
from gridsvc.grids.models import Grid
from gridsvc.grids.opening import bounds
from gridsvc.grids.places import Place, named_places
from gridsvc.grids.queries import shown, version
from gridsvc.grids.rules import GridKind
from gridsvc.grids.shapes import outlines
from gridsvc.incidents import catalogue, clock
from gridsvc.incidents.arrival.routing import specialists_in
from gridsvc.incidents.models import Category, CategoryQuestion
from gridsvc.incidents.queries import categories
from gridsvc.staffing.duty import Duty, duty_on
from gridsvc.web.cases.report_words import said
from gridsvc.web.languages import current, in_language
from gridsvc.web.terms import LIMITS

blueprint = Blueprint("report", __name__)

#: West, south, east and north in degrees.
Box = tuple[float, float, float, float]

#: What a phone keeps at most: a town's leader has three grids, a subdistrict about 120.
GRIDS_KEPT, PLACES_KEPT, PLACES_FOUND = 400, 6000, 8
#: How far the grid of a position may lie: phones report kilometres when they know the mast alone.
REACH_M, METRES_A_DEGREE = 1000, 111_320
#: The extent where no grid is, rounded outwards.
COUNTRY = (73.0, 18.0, 136.0, 54.0)
SCRIPTS = (
    *("screen", "geometry", "photos", "map", "door", "queue", "list", "shell"),
    *("place", "where", "ahead", "questions", "form"),
)
_SHEETS = ("css/app.css", "css/map.css", "css/report.css", "vendor/leaflet/leaflet.css")
_LIBRARIES = (
    "vendor/leaflet/leaflet.js",
    "vendor/protomaps-leaflet/protomaps-leaflet.js",
    "vendor/idb/idb.js",
    "js/app.js",
    "js/map_paint.js",
)
_PICTURES = ("img/mark.svg", "img/report-192.png", "img/report-512.png")


@blueprint.get("/report")
@requires(Permission.VIEW_CASES)
def form() -> Response:
    """Show the report form; a phone keeps the page, so nothing of a case is in it."""
    page = make_response(
        render_template(
            "report.html",
            scripts=SCRIPTS,
            entries=_entries(),
            config=script_json(_config()),
            own_build=_build(str(current_app.static_folder)),
        )
    )
    if not edge.settings().https:
        # Browsers warn that they ignore it on plain http.
        page.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return page


@blueprint.get("/report/session")
@requires(Permission.VIEW_CASES)
@from_a_phone
def who() -> dict[str, str]:
    """Tell who is signed in, the token that a report needs, and the mark of today's form.

    A phone sends nothing before this has answered: whatever else answers is not us.
    """
    viewer = edge.user()
    assert viewer is not None  # noqa: S101 - the gate let nobody else in
    told = {"service": "gridsvc", "user": viewer.username, "stamp": _stamp()}
    if edge.bearer() is not None:
        return told
    # The browser may be killed in the street: the session shall be found again when it opens.
    # The server ends it all the same, after half an hour without use or twelve hours.
    cookie.permanent = True
    return told | {"csrf_token": generate_csrf()}


@blueprint.post("/report/pass")
@requires(Permission.VIEW_CASES)
def give_pass() -> tuple[dict[str, str], int]:
    """Give the phone of whoever signed in a pass that sends what waits on it, and nothing else.

    docs/decisions/0024-phone-pass.md
    """
    viewer = edge.user()
    if viewer is None or edge.bearer() is not None:
        raise NotAllowed("A pass is given to a phone that somebody has signed in on: sign in.")
    token, entry = services.issue_pass(edge.session(), viewer, cookie.get("phone"), edge.now())
    cookie["phone"] = entry.id
    return {"user": viewer.username, "pass": token}, 201


@blueprint.get("/report/area")
@requires(Permission.VIEW_CASES)
def area() -> dict[str, Any]:
    """Answer grids with shape, team and duty phone: the viewer's and their neighbours.

    With ``lon`` and ``lat`` those around a place instead. Empty where they are too many for a
    phone, which then asks for each place. Neighbours that the viewer may not see come without
    team and phone: at an edge the reporter must be able to tell the two grids apart.
    """
    db, on, near, sight = edge.session(), edge.today(), _near(), edge.sight()
    own = bounds(db, sight.full, on)
    box = near or own
    if box is None:
        return {"grids": [], "places": []}
    rows = outlines(db, shown(sight), on, limit=GRIDS_KEPT + 1, box=_widened(box))
    if len(rows) > GRIDS_KEPT:
        return {"grids": [], "places": []}
    duty = duty_on(db, Scope(tuple(grid.code for grid, _, _ in rows)), on)
    rows += _neighbours(box, own, GRIDS_KEPT - len(rows))
    found = [] if near else named_places(db, sight.full, on, limit=PLACES_KEPT)
    return {
        "grids": [
            _grid_told(grid, shape, duty.get(grid.code))
            for grid, _, shape in rows
            if grid.kind is GridKind.RESIDENTIAL
        ],
        "places": [_place_told(one) for one in found],
    }


def _neighbours(box: Box, own: Box | None, most: int) -> list[Any]:
    """Return the grids near a box that the viewer may not see, beside the own area alone.

    None where they are more than a phone keeps beside the own ones.
    """
    if own is None:
        return []
    (west, south, east, north), around = _widened(box), _widened(own)
    both = max(west, around[0]), max(south, around[1]), min(east, around[2]), min(north, around[3])
    if both[0] > both[2] or both[1] > both[3]:
        return []
    near = outlines(edge.session(), Scope(("",)), edge.today(), limit=2 * GRIDS_KEPT, box=both)
    unseen = [row for row in near if not edge.sight().sees(row[0].code)]
    return unseen if len(unseen) <= most else []


def _near() -> Box | None:
    if "lon" not in request.args:
        return None
    lon, lat = (request.args.get(name, type=float) for name in ("lon", "lat"))
    # NaN fails both comparisons.
    if lon is None or lat is None or not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise BadInput("lon and lat must be degrees on earth.", ["lon", "lat"])
    return lon, lat, lon, lat


def _widened(box: Box) -> Box:
    """Widen a box in degrees by what a position may be wrong."""
    west, south, east, north = box
    up = REACH_M / METRES_A_DEGREE
    side = up / math.cos(math.radians((south + north) / 2))
    return west - side, south - up, east + side, north + up


def _grid_told(grid: Grid, shape: str, duty: Duty | None) -> dict[str, Any]:
    return {
        "code": grid.code,
        "name": in_language(grid.name, grid.name_en),
        "own": edge.sight().sees(grid.code),
        "team": in_language(duty.name, duty.name_en) if duty else None,
        "phone": duty.duty_phone if duty else None,
        "rings": json.loads(shape)["coordinates"],
    }


def _place_told(one: Place) -> list[Any]:
    return [one.name, round(one.lon, 6), round(one.lat, 6)]


@blueprint.get("/report/places")
@requires(Permission.VIEW_CASES)
def places() -> dict[str, Any]:
    """Answer the buildings whose names hold the words of ``q``, the shortest name first."""
    words = request.args.get("q", "")[:60].strip()
    scope = edge.sight().full if words else Scope()
    found = named_places(edge.session(), scope, edge.today(), words=words, limit=PLACES_FOUND)
    return {"places": [_place_told(one) for one in found]}


@blueprint.get("/report_worker.js")
@requires(Permission.OPEN)
def worker() -> Response:
    """Serve the service worker from the root: a browser lets it serve no page above its folder."""
    script = Path(str(current_app.static_folder), "js/report_worker.js").read_text(encoding="utf-8")
    answer = Response(script, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _config() -> dict[str, Any]:
    db, on = edge.session(), edge.today()
    viewer = edge.user()
    assert viewer is not None  # noqa: S101 - the gate let nobody else in
    tiles = f"{quote(request.script_root)}/tiles"
    return {
        "user": viewer.username,
        "stamp": _stamp(),
        "language": "zh-Hans-CN" if current() == "zh" else "en",
        "zone": edge.settings().time_zone,
        "texts": said(),
        # Whose grids were taken away keeps the form: what waits on the phone is still sent.
        "bounds": bounds(db, edge.sight().full, on) or COUNTRY,
        "categories": _told(),
        "tiles": {
            "grids": f"{tiles}/grids/{{z}}/{{x}}/{{y}}.mvt?on={on}&v={version(db)}",
            "base": f"{tiles}/base/{{z}}/{{x}}/{{y}}.mvt?v={version(db, 'base')}",
        },
        "shell": [url_for("report.form"), *_files()],
    }


def _entries() -> list[Category]:
    """Return what can be reported today, the most frequent first."""
    found = categories(edge.session(), edge.today())
    return sorted(found, key=lambda one: one.rank)


def _told() -> list[dict[str, Any]]:
    """Tell of each category what the form needs without a network, in the order of the form."""
    db, on = edge.session(), edge.today()
    asked, beside = catalogue.every_question(db), specialists_in(db, shown(edge.sight()), on)
    return [
        {
            "code": one.code,
            "kind": one.kind.value,
            "name": in_language(one.name, one.name_en),
            "phone": one.emergency_phone,
            "photo_required": one.photo_required,
            "limit": _limit(one),
            "questions": [_question_told(each) for each in asked.get(one.id, [])],
            "specialists": [
                {"name": in_language(team.name, team.name_en), "area": team.division_code}
                for team in beside.get(one.id, [])
            ],
        }
        for one in _entries()
    ]


def _limit(one: Category) -> str:
    kind, count = clock.limit_of(one)
    return " ".join(str(part) for part in (count, LIMITS[kind.value]) if part)


def _question_told(one: CategoryQuestion) -> dict[str, Any]:
    own = {name: getattr(one, name) for name in ("code", "datatype", "required", "choices")}
    return own | {"prompt": in_language(one.prompt, one.prompt_en)}


def _files() -> list[str]:
    own = _build(str(current_app.static_folder))
    names = (*_SHEETS, *_LIBRARIES, *(f"js/report_{one}.js" for one in SCRIPTS), *_PICTURES)
    return [url_for("static", filename=name, v=own) for name in names] + [
        url_for("static", filename="report_manifest.json", v=own)
    ]


def _stamp() -> str:
    """Return a mark that changes with whatever a kept page would show wrongly."""
    viewer, db = edge.user(), edge.session()
    told = [
        _build(str(current_app.static_folder)),
        viewer.username if viewer else "",
        edge.sight().full.prefixes,
        current(),
        edge.today().isoformat(),
        [version(db), version(db, "base"), version(db, "buildings")],
        _told(),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


@cache
def _build(folder: str) -> str:
    """Return a mark that changes with the sheets, scripts and page of the form."""
    templates = Path(folder).parent / "templates"
    own = sorted(
        [*Path(folder).glob("js/*.js"), *Path(folder).glob("css/*.css")]
        + [*templates.glob("report*.html"), templates / "base.html"]
    )
    return hashlib.sha256(b"".join(one.read_bytes() for one in own)).hexdigest()[:8]
