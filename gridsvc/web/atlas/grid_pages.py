"""One grid's page, and the way to it from a place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, allows, requires
from gridsvc.cards.issues import given_out
from gridsvc.errors import NotFound
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import boundary_history, grids_on, locate
from gridsvc.grids.rules import household_reading, is_grid_code
from gridsvc.incidents.queries import Wanted, moment, open_counts
from gridsvc.incidents.rules import masked_count
from gridsvc.staffing.models import Branch, Team
from gridsvc.staffing.queries import PostLine, assignments, branch_of, post_lines, team_of
from gridsvc.staffing.rule_book import rule_book
from gridsvc.staffing.rules import Post, staffing_reading
from gridsvc.visits.queries import dwellings_visited
from gridsvc.visits.rules import TARGET_RATE, WINDOW_DAYS
from gridsvc.web import asked
from gridsvc.web.atlas.map_objects import grids_page_map
from gridsvc.web.atlas.map_pages import drawn_parts
from gridsvc.web.cards.card_pages import KINDS
from gridsvc.web.zones import words as zone_words
from gridsvc.zones.queries import zones_by_grid

blueprint = Blueprint("grid_pages", __name__)


@dataclass(frozen=True)
class Staffing:
    """Who looks after one grid on a day, in posts and never in persons."""

    team: Team | None
    branch: Branch | None
    posts: list[PostLine]
    fewest: int

    @property
    def held(self) -> int:
        """Posts that are held."""
        return sum(line.held for line in self.posts)

    @property
    def wanted(self) -> int:
        """Posts that a complete team has: its own, and never fewer than the rule asks for."""
        return max(sum(line.posts for line in self.posts), self.fewest)

    @property
    def led(self) -> bool:
        """Whether the leader's post is held."""
        return any(line.held for line in self.posts if line.post is Post.LEADER)

    @property
    def reading(self) -> str:
        """The staffing's reading, worst first."""
        return staffing_reading(
            has_team=self.team is not None,
            has_branch=self.branch is not None,
            has_leader=self.led,
            vacancies=self.wanted - self.held,
        )


@blueprint.get("/grids/<grid_code>")
@requires(Permission.VIEW_PUBLIC_MAP)
def grid(grid_code: str) -> str | Response:
    """Show one grid on a day: its outline, who looks after it, what is open, how it came about."""
    on = asked.day()
    found = _find(grid_code)
    facts = grids_on(edge.session(), Scope((grid_code,)), on)
    if facts.empty and not request.args.get("on"):
        return _last_seen(grid_code, on)
    if facts.empty:
        raise NotFound(gettext("This grid did not exist on %(day)s.", day=on), [grid_code])
    about = facts.loc[grid_code]
    households = None if math.isnan(about.households) else int(about.households)
    staffing = _staffing(grid_code, on)
    masked, viewer = edge.sight().masks(grid_code), edge.user()
    return render_template(
        "atlas/grid.html",
        grid=found,
        on=on,
        path=_path(grid_code),
        households=households,
        low=about.low,
        high=about.high,
        reading=household_reading(households, found.kind, about.low, about.high),
        staffing=staffing,
        open_count=_open_count(grid_code, on),
        masked=masked,
        zone_words=zone_words,
        may_list=viewer is not None and allows(viewer.role, Permission.VIEW_CASES),
        may_staff=on == edge.today()
        and viewer is not None
        and allows(viewer.role, Permission.KEEP_STAFF)
        and viewer.scope.covers(grid_code),
        may_print=viewer is not None and allows(viewer.role, Permission.PRINT_CARDS),
        map=drawn_parts(grids_page_map(on, grid_code)),
        **({} if masked else _inside(found, on, about.dwellings)),
    )


@blueprint.get("/grids/locate")
@requires(Permission.VIEW_PUBLIC_MAP)
def find() -> Response:
    """Lead from a place (``lon``, ``lat`` in degrees) to the page of its grid on a day."""
    (lon, lat), on = asked.position(), asked.day()
    code = locate(edge.session(), lon, lat, on)
    if code is None or not edge.sight().sees(code):
        raise NotFound(gettext("No grid that you may see lies at this place."))
    day = None if on == edge.today() else on.isoformat()
    return make_response(redirect(url_for("grid_pages.grid", grid_code=code, on=day), 303))


def _last_seen(code: str, today: date) -> Response:
    """Lead to the last day of a grid that is gone: old cases and rounds still name it."""
    past = (one for one in boundary_history(edge.session(), code) if one.valid_from < today)
    if (last := next(past, None)) is None or last.valid_to is None:
        raise NotFound(gettext("This grid did not exist on %(day)s.", day=today), [code])
    day = last.valid_to - timedelta(days=1)
    return make_response(redirect(url_for("grid_pages.grid", grid_code=code, on=day), 303))


def _find(code: str) -> Grid:
    found = edge.session().get(Grid, code) if is_grid_code(code) else None
    if found is None or not edge.sight().sees(code):
        raise NotFound(gettext("There is no grid %(code)s that you may see.", code=code[:20]))
    return found


def _path(code: str) -> list[Division]:
    """Return the divisions above a grid, from the top."""
    prefixes = [code[:digits] for digits in range(1, len(code))]
    query = select(Division).where(Division.code.in_(prefixes)).order_by(Division.digits)
    return list(edge.session().scalars(query))


def _staffing(code: str, on: date) -> Staffing:
    db = edge.session()
    team = team_of(db, code, on)
    posts = post_lines(db, team.id, on) if team else []
    return Staffing(team, branch_of(db, code, on), posts, rule_book(db, on).of(code).team[0])


def _open_count(code: str, on: date) -> int | None:
    """Count the open cases that this viewer may count; ``None``: too few to show."""
    settings, sight = edge.settings(), edge.sight()
    counted = open_counts(
        edge.session(),
        sight,
        Wanted(),
        moment(on, edge.now(), settings.time_zone),
        Scope((code,)),
    )
    if sight.masks(code):
        return masked_count(int(counted.masked.get(code, 0)), settings.mask_threshold)
    return int(counted.exact.get(code, 0))


def _inside(grid: Grid, on: date, dwellings: float) -> dict[str, object]:
    """Return what only those see who answer for the grid."""
    db = edge.session()
    scope = Scope((grid.code,))
    visited = int(dwellings_visited(db, scope, on).get(grid.code, 0))
    total = 0 if math.isnan(dwellings) else int(dwellings)
    return {
        "visited": min(visited, total),
        "dwellings": total,
        "target": TARGET_RATE,
        "window_days": WINDOW_DAYS,
        "zones": next(zones_by_grid(db, scope, on).itertuples(), None),
        "versions": boundary_history(db, grid.code),
        "assignments": assignments(db, scope),
        "cards": given_out(db, grid.code, on),
        "card_kinds": KINDS,
    }
