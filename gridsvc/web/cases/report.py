"""The phone's report form: one page that opens without a network, and what it keeps for that."""

from __future__ import annotations

import hashlib
import json
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
from gridsvc.accounts.rules import Permission, allows, from_a_phone, requires
from gridsvc.errors import NotAllowed
from gridsvc.grids.opening import bounds
from gridsvc.grids.queries import shown, version
from gridsvc.incidents import catalogue, clock
from gridsvc.incidents.arrival.routing import specialists_in
from gridsvc.incidents.models import Category, CategoryQuestion
from gridsvc.incidents.queries import categories
from gridsvc.web import phone_mark
from gridsvc.web.cases.report_words import said
from gridsvc.web.languages import current, in_language
from gridsvc.web.terms import limit

blueprint = Blueprint("report", __name__)

#: The extent where no grid is, rounded outwards.
COUNTRY = (73.0, 18.0, 136.0, 54.0)
SCRIPTS = (
    *("screen", "geometry", "photos", "map", "door", "queue", "list", "shell"),
    *("place", "where", "taken", "ahead", "questions", "form"),
)
_SHEETS = ("css/app.css", "css/map.css", "css/report.css", "vendor/leaflet/leaflet.css")
_LIBRARIES = (
    "vendor/leaflet/leaflet.js",
    "vendor/protomaps-leaflet/protomaps-leaflet.js",
    "vendor/idb/idb.js",
    "js/app.js",
    "js/map_paint.js",
)
_VISIT_FILES = ("css/visit.css", "js/visit_doors.js", "js/visit_sheet.js")
_PICTURES = ("img/mark.svg", "img/report-192.png", "img/report-512.png")


@blueprint.get("/report")
@requires(Permission.VIEW_CASES)
def form() -> Response:
    """Show the report form; a phone keeps the page, so nothing of a case is in it."""
    page = make_response(
        render_template(
            "cases/report.html",
            scripts=SCRIPTS,
            visits=_visits(),
            entries=_entries(),
            config=script_json(_config()),
            own_build=build(),
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
def give_pass() -> Response:
    """Give the phone of whoever signed in a pass that sends what waits on it, and nothing else.

    docs/decisions/0024-phone-pass.md
    """
    viewer = edge.user()
    if viewer is None or edge.bearer() is not None:
        raise NotAllowed("A pass is given to a phone that somebody has signed in on: sign in.")
    former = phone_mark.remembered()
    token, entry = services.issue_pass(edge.session(), viewer, former, edge.now())
    answer = make_response({"user": viewer.username, "pass": token}, 201)
    return phone_mark.remember(answer, entry.id)


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
    tiles = f"{quote(request.script_root)}/tiles"
    return {
        **shell_config(),
        "texts": said(),
        # Whose grids were taken away keeps the form: what waits on the phone is still sent.
        "bounds": bounds(db, edge.sight().full, on) or COUNTRY,
        "categories": _told(),
        "tiles": {
            "grids": f"{tiles}/grids/{{z}}/{{x}}/{{y}}.mvt?on={on}&v={version(db)}",
            "base": f"{tiles}/base/{{z}}/{{x}}/{{y}}.mvt?v={version(db, 'base')}",
        },
    }


def shell_config() -> dict[str, Any]:
    """Tell each page of the phone whose it is, its mark, and what opens without a network."""
    viewer = edge.user()
    assert viewer is not None  # noqa: S101 - the gate let nobody else in
    pages = [url_for("report.form")]
    if _visits():
        pages.append(url_for("visit_sheet.page"))
    return {
        "user": viewer.username,
        "stamp": _stamp(),
        "language": "zh-Hans-CN" if current() == "zh" else "en",
        "zone": edge.settings().time_zone,
        # The pages first: report_shell.js puts them by last.
        "shell": [*pages, *_files()],
    }


def _visits() -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, Permission.RECORD_VISITS)


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
    return limit(kind.value, count)


def _question_told(one: CategoryQuestion) -> dict[str, Any]:
    own = {name: getattr(one, name) for name in ("code", "datatype", "required", "choices")}
    return own | {"prompt": in_language(one.prompt, one.prompt_en)}


def _files() -> list[str]:
    own, scripts = build(), (f"js/report_{one}.js" for one in SCRIPTS)
    names = (*_SHEETS, *_LIBRARIES, *scripts, *_VISIT_FILES, *_PICTURES)
    return [url_for("static", filename=name, v=own) for name in names] + [
        url_for("static", filename="report_manifest.json", v=own)
    ]


def _stamp() -> str:
    """Return a mark that changes with whatever a kept page would show wrongly."""
    viewer, db = edge.user(), edge.session()
    told = [
        build(),
        viewer.username if viewer else "",
        edge.sight().full.prefixes,
        current(),
        edge.today().isoformat(),
        [version(db), version(db, "base"), version(db, "buildings")],
        _told(),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def build() -> str:
    """Return a mark that changes with the sheets, scripts and pages that a phone keeps."""
    return _build(str(current_app.static_folder))


@cache
def _build(folder: str) -> str:
    templates = Path(folder).parent / "templates"
    own = sorted(
        [*Path(folder).glob("js/*.js"), *Path(folder).glob("css/*.css")]
        + [*templates.glob("cases/report*.html"), templates / "visits/visit_sheet.html"]
        + [templates / "base.html", templates / "parts.html"]
    )
    return hashlib.sha256(b"".join(one.read_bytes() for one in own)).hexdigest()[:8]
