"""Campaigns: which run and are on pace, what one has reached by when, and the rounds behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, allows, requires
from gridsvc.campaigns.models import Campaign
from gridsvc.campaigns.queries import by_grid, campaigns, frame_of, reached, rounds_of
from gridsvc.campaigns.rules import Frame, Measure, Stand, burn_up, counts_for, even
from gridsvc.campaigns.services import campaign, keeps
from gridsvc.errors import NotFound
from gridsvc.grids.queries import covered
from gridsvc.web import asked
from gridsvc.web.campaigns import words
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.chart_prints import Chart, Row, chart_print

blueprint = Blueprint("campaigns", __name__)

ROWS = 50
#: Campaigns of a page: each is counted anew from its rounds.
LISTED = 20
NUMBER = "/campaigns/<int(max=2147483647):number>"


@dataclass(frozen=True)
class Line:
    """A campaign, what it has reached, and where an even pace would stand."""

    found: Campaign
    so_far: int
    even: float

    @property
    def behind(self) -> bool:
        """Whether it is below the even line."""
        return self.so_far < self.even

    @property
    def share(self) -> float:
        """What it has reached of its goal, which it may pass."""
        return self.so_far / self.found.goal


@blueprint.get("/campaigns")
@requires(Permission.VIEW_MAPS)
def page() -> str:
    """List the campaigns of an area, the newest first."""
    within, on = asked.within(), asked.day()
    known = campaigns(edge.session(), _scope(within), on=on if request.args.get("on") else None)
    number = asked.whole_number("page", 1, 1, 1000)
    running = campaigns(edge.session(), _scope(within), on=on)
    paced = [_line(one) for one in running[:LISTED]]
    return render_template(
        "campaigns/campaigns.html",
        lines=[_line(one) for one in known[(number - 1) * LISTED : number * LISTED]],
        running=len(running),
        behind=sum(one.behind for one in paced),
        page=number,
        pages=-(-len(known) // LISTED),
        within=within,
        on=on,
        divisions=asked.divisions(),
        words=words,
        may_keep=_may_keep(),
    )


@blueprint.get(NUMBER)
@requires(Permission.VIEW_MAPS)
def one(number: int) -> str | Response:
    """Show how far a campaign has come, day by day and grid by grid."""
    found = campaign(edge.session(), number, edge.sight().full)
    frame, as_of = frame_of(edge.session(), found), _as_of()
    rows = reached(edge.session(), frame, as_of)
    counted = rows.rename(columns={"reached": Measure.DWELLINGS, "rounds": Measure.ROUNDS})
    counts = counted.groupby("day")[found.measure].sum().to_dict()
    stands = burn_up(found.goal, frame.first, frame.last, counts, edge.today())
    if print_ := prints.wanted(svg=True):
        return chart_print(_burn_up_chart(found, stands, as_of), print_, f"campaign-{number}")
    grids = _grids(frame, rows)
    page_number = asked.whole_number("page", 1, 1, 1000)
    return render_template(
        "campaigns/campaign.html",
        found=found,
        line=_stood(found, int(counted[found.measure].sum())),
        rounds=int(rows["rounds"].sum()),
        stands=stands,
        grids=grids[(page_number - 1) * ROWS : page_number * ROWS],
        count=len(grids),
        page=page_number,
        pages=-(-len(grids) // ROWS),
        within=asked.within(),
        divisions=asked.divisions(),
        where=[asked.place(code) or code for code in found.prefixes],
        as_of=as_of,
        over=found.ended_at is not None or found.ends_on < edge.today(),
        words=words,
        measures=Measure,
        may_keep=_may_keep() and keeps_it(found),
        fault="",
    )


@blueprint.get(f"{NUMBER}/grids/<code>")
@requires(Permission.VIEW_MAPS)
def rounds(number: int, code: str) -> str:
    """List the rounds of a grid on the days of a campaign, and which of them count."""
    found = campaign(edge.session(), number, edge.sight().full)
    frame = frame_of(edge.session(), found)
    if not edge.sight().full.covers(code) or not code.startswith(frame.prefixes):
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=code[:20]))
    page_number = asked.whole_number("page", 1, 1, 1000)
    visits = rounds_of(
        edge.session(), frame, code, _as_of(), limit=ROWS + 1, offset=(page_number - 1) * ROWS
    )
    return render_template(
        "campaigns/campaign_rounds.html",
        found=found,
        code=code,
        place=asked.place(code),
        rounds=[
            (one, counts_for(frame, one.grid_code, one.visited_on, one.topics))
            for one in visits[:ROWS]
        ],
        page=page_number,
        pages=page_number + (len(visits) > ROWS),
        words=words,
    )


def _burn_up_chart(found: Campaign, stands: Sequence[Stand], as_of: datetime) -> Chart:
    return Chart(
        title=gettext("How far has “%(name)s” come?", name=found.name),
        about=f"{words.MEASURES[found.measure]} · {found.starts_on} – {found.ends_on}",
        rows=[
            Row(str(one.day), one.so_far, "–" if one.so_far is None else f"{one.so_far:,}",
                even=one.even)
            for one in stands
        ],
        lines=[],
        across=False,
        as_of=as_of,
        most=float(max(found.goal, *(one.so_far or 0 for one in stands))),
        unit="",
    )  # fmt: skip


def keeps_it(found: Campaign) -> bool:
    """Tell whether the viewer answers for every grid of a campaign."""
    viewer = edge.user()
    return viewer is not None and keeps(viewer, found)


def _line(found: Campaign) -> Line:
    rows = reached(edge.session(), frame_of(edge.session(), found), edge.now())
    column = "reached" if found.measure is Measure.DWELLINGS else "rounds"
    return _stood(found, int(rows[column].sum()))


def _stood(found: Campaign, so_far: int) -> Line:
    pace = even(found.goal, found.starts_on, found.ends_on, edge.today())
    return Line(found, so_far, pace)


def _grids(frame: Frame, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the grids of the viewer's area, those with the least to show first."""
    on = min(max(frame.first, edge.today()), frame.last)
    found = by_grid(edge.session(), frame, rows, on)
    scope = _scope(asked.within())
    found = found[covered(found.index, scope)]
    ordered = found.assign(share=found["reached"] / found["dwellings"]).reset_index()
    ordered = ordered.sort_values(["share", "code"], na_position="last")
    return list(ordered.astype(object).where(ordered.notna(), None).to_dict("records"))


def _scope(within: str) -> Scope:
    scope = edge.sight().full.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    return scope


def _as_of() -> datetime:
    """Return the end of the day asked for, or this instant."""
    if not request.args.get("as_of"):
        return edge.now()
    zone = ZoneInfo(edge.settings().time_zone)
    midnight = datetime.combine(asked.day("as_of") + timedelta(days=1), time(), zone)
    return min(midnight, edge.now())


def _may_keep() -> bool:
    viewer = edge.user()
    return viewer is not None and allows(viewer.role, Permission.KEEP_TARGETS)
