"""Where one is served: the nearest points, the places without one, and who lives too far away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from os.path import commonprefix
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale, gettext, lazy_gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, allows, requires
from gridsvc.errors import NotFound
from gridsvc.grids.places import named_places
from gridsvc.grids.queries import shown
from gridsvc.service_points.queries import Found, Stop, established, points_on, stops
from gridsvc.service_points.rounds import closed_days
from gridsvc.service_points.rules import FAR_M, Opening, Tier, is_open, runs
from gridsvc.service_points.siting import Siting, siting
from gridsvc.targets.queries import in_force
from gridsvc.targets.rules import USUAL, TargetKind, nearest
from gridsvc.web import asked
from gridsvc.web.atlas.figures import coverage
from gridsvc.web.atlas.map_objects import grids_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.languages import listed
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.map_prints import map_print
from gridsvc.web.prints.marks import Places, Sign

blueprint = Blueprint("service_points", __name__)

ROWS = 50
NEAREST = 10
FOUND_PLACES = 5
DRAWN_BUILDINGS = 1000  # of those too far away; the list counts all

TIERS = {
    Tier.CENTRE: lazy_gettext("subdistrict centre"),
    Tier.STATION: lazy_gettext("community station"),
    Tier.AGENT: lazy_gettext("agent point"),
}
AIMS = {
    Tier.CENTRE: TargetKind.CENTRE_SHARE,
    Tier.STATION: TargetKind.STATION_SHARE,
    Tier.AGENT: TargetKind.AGENT_SHARE,
}
PLACES = {
    Tier.CENTRE: lazy_gettext("of %(count)s subdistricts"),
    Tier.STATION: lazy_gettext("of %(count)s communities"),
    Tier.AGENT: lazy_gettext("of %(count)s residential grids"),
}
SIGNS = {Tier.AGENT: Sign.DISC, Tier.STATION: Sign.TRIANGLE, Tier.CENTRE: Sign.SQUARE}


class Reading(StrEnum):
    """What the page lists."""

    NEAREST = "nearest"
    MISSING = "missing"
    FAR = "far"


READINGS = {
    Reading.NEAREST: lazy_gettext("Nearest"),
    Reading.MISSING: lazy_gettext("Places without one"),
    Reading.FAR: lazy_gettext("Too far away"),
}
QUESTIONS = {
    Reading.NEAREST: lazy_gettext("Where is the nearest service point?"),
    Reading.MISSING: lazy_gettext("Which places have no service point?"),
    Reading.FAR: lazy_gettext("Who lives too far from a service point?"),
}


@dataclass(frozen=True)
class Line:
    """A service point with its hours, and whether somebody is met there at this minute."""

    found: Found
    hours: list[Stop]
    round: list[Stop]
    open_now: bool


@blueprint.get("/service-points")
@requires(Permission.VIEW_PUBLIC_MAP)
def page() -> str | Response:
    """Show service points by distance, the establishment of each level, or who lives too far."""
    reading, on, within = asked.one_of("list", Reading) or Reading.NEAREST, asked.day(), _within()
    tier, scope = asked.one_of("tier", Tier), shown(edge.sight(), within)
    viewer = edge.user()
    office = viewer is not None and allows(viewer.role, Permission.VIEW_MAPS)
    readings = [one for one in Reading if office or one is not Reading.FAR]
    if not scope.prefixes or reading not in readings:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    found = points_on(edge.session(), scope, on, tier=tier, near=_near())
    number = asked.whole_number("page", 1, 1, 1000)
    told = {
        "heading": QUESTIONS[reading],
        "reading": reading,
        "on": on,
        "within": within,
        "tiers": TIERS,
        "levels": PLACES,
        "tier": tier,
        "near": _near(),
        "built": established(edge.session(), scope, on),
        "targets": _targets(scope, on),
        "count": len(found),
        **_listed(reading, found, number, on, within, tier),
    }
    if print_ := prints.wanted():
        return _printed(print_, found, told)
    return render_template(
        "atlas/service_points.html",
        layout="base.html",
        prints=prints,
        readings=[(one, READINGS[one]) for one in readings],
        divisions=asked.divisions(),
        page=number,
        map=drawn_parts(grids_page_map(on, within)),
        tiles=_tiles(on, within, tier),
        said_hours=said_hours,
        **told,
    )


def _printed(print_: prints.Wanted, found: list[Found], told: dict[str, Any]) -> Response:
    """Answer the page's map on paper: every point over the grids, and what is asked about."""
    near, houses = told["near"], told.get("houses", [])
    places = [
        Places(Sign.SPECK, gettext("buildings too far away"), [(x, y) for x, y, _ in houses]),
        *(
            Places(sign, str(TIERS[tier]), [(o.lon, o.lat) for o in found if o.point.tier is tier])
            for tier, sign in SIGNS.items()
        ),
        Places(Sign.CROSS, gettext("where you asked"), [near] if near else []),
    ]
    grids = coverage("households", told["on"], told["within"])
    return map_print(
        "atlas/service_points.html", print_, "grids", places=places, found=grids, **told
    )


def _listed(
    reading: Reading, found: list[Found], number: int, on: date, within: str, tier: Tier | None
) -> dict[str, Any]:
    """Return what one of the three readings lists, and the pages of the list."""
    if reading is Reading.FAR:
        beyond_m = asked.whole_number("beyond", FAR_M, 50, 20_000)
        told = _too_far(on, within, beyond_m, tier)
        far = [(one.lon, one.lat, one.dwellings) for one in told.buildings[:DRAWN_BUILDINGS]]
        return {
            "far": told,
            "beyond_m": beyond_m,
            "houses": far,
            "rows": told.grids[(number - 1) * ROWS : number * ROWS],
            "pages": -(-len(told.grids) // ROWS),
        }
    if reading is Reading.MISSING:
        return {}
    near = _near()
    first = (number - 1) * ROWS
    rows = found[:NEAREST] if near else found[first : first + ROWS]
    words = request.args.get("q", "").strip()[:100]
    scope = shown(edge.sight(), within)
    houses = named_places(edge.session(), scope, on, words=words, limit=FOUND_PLACES)
    return {
        "rows": _lines(rows),
        "pages": 1 if near else -(-len(found) // ROWS),
        "words": words,
        "found_places": houses if words else [],
    }


def _too_far(on: date, within: str, beyond_m: int, tier: Tier | None) -> Siting:
    scope: Scope = edge.sight().full.narrowed(within)
    return siting(edge.session(), scope, on, beyond_m, tier)


def _lines(found: list[Found]) -> list[Line]:
    known = stops(edge.session(), [one.point.id for one in found])
    now: datetime = edge.now().astimezone(ZoneInfo(edge.settings().time_zone))
    off = closed_days(edge.session(), now)
    lines = []
    for one in found:
        times = known[one.point.id]
        hours = [stop for stop in times if stop.hour.place is None]
        closed = off(one.grid_code, now.date())
        then = not closed and is_open([stop.hour.opening for stop in hours], now)
        lines.append(Line(one, hours, [s for s in times if s.hour.place is not None], then))
    return lines


def said_hours(openings: list[Opening]) -> str:
    """Say the hours of a week in the language of the page: ``Mon–Fri 09:00–12:00``."""
    names = get_day_names("abbreviated", locale=get_locale())
    parts = []
    for first, last, times in runs(openings):
        days = names[first] if first == last else f"{names[first]}–{names[last]}"
        spans = listed(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in times)
        parts.append(f"{days} {spans}")
    return gettext("; ").join(parts)


def _targets(scope: Scope, on: date) -> dict[Tier, int]:
    """Return the share of places that is aimed at for each tier, in per cent."""
    shared = commonprefix(scope.prefixes)
    found = {
        tier: nearest(in_force(edge.session(), kind, on), shared) for tier, kind in AIMS.items()
    }
    return {tier: USUAL[AIMS[tier]] if aim is None else aim for tier, aim in found.items()}


def _tiles(on: date, within: str, tier: Tier | None) -> str:
    """Return the address of the points' tiles; thousands of them would make the page heavy."""
    asked_for = {"on": on.isoformat(), "tier": tier and tier.value, "in": within or None}
    query = urlencode({name: value for name, value in asked_for.items() if value})
    return f"{quote(request.script_root)}/tiles/service_points/{{z}}/{{x}}/{{y}}.mvt?{query}"


def _near() -> tuple[float, float] | None:
    return asked.position() if "lon" in request.args or "lat" in request.args else None


def _within() -> str:
    """The nearest point may lie across the border: without a question all that is seen counts."""
    return asked.within() if request.args.get("in") else ""
