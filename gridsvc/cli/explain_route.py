"""``gridsvc explain-route``: who would get a report at a place, and why?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.calendars.queries import office_zone
from gridsvc.cli import output
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import NotFound
from gridsvc.geo.datum import Datum
from gridsvc.incidents import clock
from gridsvc.incidents.arrival import routing
from gridsvc.incidents.arrival.report import Report
from gridsvc.settings import Settings


@click.command("explain-route", context_settings={"ignore_unknown_options": True})
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option("--category", required=True, help="Code of the category.")
@click.option(
    "--datum",
    type=click.Choice([one.value for one in Datum]),
    default=Datum.WGS84.value,
    help="What the place is measured from.",
)
@click.option("--accuracy", type=click.FloatRange(min=0), help="Radius of the circle, metres.")
@click.option("--reporter", help="Account that reports: its area decides outside every map.")
@output.with_settings
def explain_route(
    settings: Settings,
    lon: float,
    lat: float,
    category: str,
    datum: str,
    accuracy: float | None,
    reporter: str | None,
) -> None:
    """Tell who would get a report at LON LAT today, why, and when it would be due."""
    report = Report(category, lon, lat, datum=Datum(datum), accuracy_m=accuracy)
    now = datetime.now(UTC)
    with session_factory(make_engine(settings))() as session:
        on = now.astimezone(office_zone(session)).date()
        home = _account(session, reporter).scope if reporter else None
        route = routing.of_report(session, report, on, home)
        place = route.grid.code if route.grid else route.division_code
        due = clock.expected(session, route.category, place, now)
        kind, count = clock.limit_of(route.category)
        local = due.due_at.astimezone(office_zone(session))
        told = routing.summary(route) | {
            "limit_kind": kind.value,
            "limit_count": count,
            "due_at": local.isoformat(timespec="minutes"),
            "due_uncertain": due.uncertain,
        }
    output.answer("\n".join(_sentences(told)), told)


def _sentences(told: dict[str, Any]) -> list[str]:
    place = f"{told['lon']:.6f}, {told['lat']:.6f} on {told['on']}"
    if told["grid_code"] is None:
        return [f"{place} lies in no grid.", *_outside(told), _limit(told)]
    said = [f"{place} lies in grid {told['grid_code']}, {told['edge_m']:g} m from its edge."]
    others = [one["grid_code"] for one in told["candidates"][1:]]
    if others:
        said.append(f"Within the accuracy it could also be {', '.join(others)}.")
    if told["team"] is None:
        said.append("Nobody is in charge there: the community gets it.")
    else:
        lead = f"its {told['lead_post']} leads" if told["lead_post"] else "nobody leads it"
        phone = f", duty phone {told['duty_phone']}" if told["duty_phone"] else ""
        said.append(f"Team {told['team']} {told['team_name']} gets it ({lead}{phone}).")
    said.append(f"Branch: {told['branch'] or 'none'}.")
    if told["specialists"]:
        said.append(f"Co-handlers for {told['category']}: {', '.join(told['specialists'])}.")
    return [*said, _limit(told)]


_BECAUSE = {
    "outline": "its outline holds the place",
    "reading": "the place was probably meant there",
    "reporter": "no outline holds the place, and this is the reporter's own area",
    "office": "no outline holds the place; a reporter's own area (--reporter) would come first",
}
_READ = {"place_swapped": "With lon and lat exchanged", "datum_doubtful": "In another datum"}


def _outside(told: dict[str, Any]) -> list[str]:
    said = [
        f"{_READ[one['why']]} it would lie in grid {one['grid_code']}: a person looks at it."
        for one in told["readings"]
    ]
    if told["division_code"] is None:
        return [*said, "There is no division yet: nobody gets it."]
    whose = f"{told['level']} {told['division_code']} {told['supervisor_name']}"
    return [*said, f"The supervisor of {whose} gets it: {_BECAUSE[told['supervised_because']]}."]


def _account(session: Session, name: str) -> UserAccount:
    found = session.scalar(select(UserAccount).where(UserAccount.username == name))
    if found is None:
        raise NotFound(f"There is no account {name[:40]!r}.", [name])
    return found


#: What a limit counts.
_UNITS = {
    "immediate": "hours, day and night",
    "working_hours": "working hours",
    "working_days": "working days",
    "working_week": "working weeks",
}


def _limit(told: dict[str, Any]) -> str:
    retired = " The category has retired: a person looks at it." if told["category_retired"] else ""
    unit = _UNITS.get(told["limit_kind"])
    limit = f"{told['limit_count'] or 1} {unit}" if unit else "the same day"
    open_end = ", if no holiday is published until then" if told["due_uncertain"] else ""
    return f"Limit {limit}: due {told['due_at']}{open_end}.{retired}"
