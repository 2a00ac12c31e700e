"""Plans to be printed on A3, of the published grids and of a draft; they need no colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from flask import Blueprint, render_template
from flask_babel import gettext, ngettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, requires
from gridsvc.errors import BadInput
from gridsvc.geo.paper.sheet import Cell, Sheet, laid_out
from gridsvc.grids import queries as territory
from gridsvc.grids.models import Division
from gridsvc.plans import queries as drafts
from gridsvc.plans.surroundings import base_map
from gridsvc.staffing.queries import assignments
from gridsvc.web import asked
from gridsvc.web.languages import in_language

blueprint = Blueprint("sheet_pages", __name__)

#: More would be a wallpaper: a label needs some millimetres.
MOST_GRIDS = 500
#: Of the map on the sheet: A3 is 420 by 297 mm, the rest holds heading, legend and margins.
MAP_MM = (400.0, 252.0)
# Smaller print is not read at arm's length; larger is for headings.
_SMALLEST_MM, _TEAM_MM, _LARGEST_MM = 1.5, 2.2, 3.6
_LINE = 1.25


@dataclass(frozen=True)
class Label:
    """What stands in a grid: its number and households, and its team where there is room; mm."""

    cell: Cell
    lines: list[str]
    size_mm: float
    team: str
    team_mm: float
    reading: str
    changed: bool

    @property
    def first_mm(self) -> float:
        """Where the first line's base is, so that the whole stands in the middle."""
        high = _LINE * (len(self.lines) * self.size_mm + bool(self.team) * self.team_mm)
        return round(self.cell.y - high / 2 + self.size_mm, 2)


@blueprint.get("/maps/sheet")
@requires(Permission.VIEW_PUBLIC_MAP)
def published() -> str:
    """Show the grids of a division on a day as a sheet of paper."""
    on, within = asked.day(), asked.within()
    grids = territory.grids_frame(edge.session(), edge.sight(), on, within)
    tiling = grids[grids["kind"] == "residential"]
    return _page(tiling.assign(changed=False), on, within, None)


@blueprint.get("/plans/<int(max=2147483647):number>/sheet")
@requires(Permission.VIEW_PLANS)
def draft(number: int) -> str:
    """Show a draft as a sheet of paper; grids that would change are shaded."""
    db = edge.session()
    plan = drafts.plan_for(db, number, edge.sight().full)
    grids = drafts.outlines(db, plan.id).rename_axis("code").reset_index()
    low, high = territory.household_ranges(db, grids["code"].to_numpy(dtype=object))
    return _page(grids.assign(low=low, high=high), plan.base_on, plan.scope_code, plan)


def _page(grids: gpd.GeoDataFrame, on: date, within: str, plan: Any) -> str:
    if len(grids) > MOST_GRIDS:
        message = gettext(
            "%(count)s grids do not fit on a sheet: choose a smaller division.", count=len(grids)
        )
        raise BadInput(message, ["in"])
    if grids.empty:
        raise BadInput(gettext("There is no grid here on %(day)s to be drawn.", day=on), ["in"])
    db = edge.session()
    base = base_map(db, grids.total_bounds.tolist())
    sheet = laid_out(grids, base, *MAP_MM)
    teams = _teams(on, within)
    labels = _labels(sheet, grids.set_index("code"), teams)
    communities = sorted(set(grids["code"].str[:12]))
    names = db.execute(
        select(Division.code, Division.name, Division.name_en).where(
            Division.code.in_([*communities, within])
        )
    )
    return render_template(
        "atlas/sheet.html",
        sheet=sheet,
        labels=labels,
        grids=grids.sort_values("code"),
        teams=teams,
        names={code: in_language(name, name_en) for code, name, name_en in names},
        communities=communities,
        within=within,
        plan=plan,
        on=on,
        today=edge.today(),
        version=territory.version(db),
        households=int(pd.to_numeric(grids["households"]).sum()),
    )


def _teams(on: date, within: str) -> dict[str, str]:
    seen = territory.shown(edge.sight(), within)
    rows = assignments(edge.session(), Scope(seen.prefixes), on, limit=4 * MOST_GRIDS)
    return {row.grid_code: in_language(row.name, row.name_en) for row in rows if row.kind == "team"}


def _labels(sheet: Sheet, grids: gpd.GeoDataFrame, teams: dict[str, str]) -> list[Label]:
    found = []
    for cell in sheet.cells:
        row = grids.loc[cell.code]
        lines, reading = [cell.code[12:]], "unknown"
        if pd.notna(row["households"]):
            count = int(row["households"])
            lines.append(ngettext("%(num)s household", "%(num)s households", count))
            reading = "in_range" if row["low"] <= count <= row["high"] else "out_of_range"
        if _size(lines, cell.room_mm) < _SMALLEST_MM:
            lines = lines[:1]
        size = min(max(_size(lines, cell.room_mm), _SMALLEST_MM), _LARGEST_MM)
        team = teams.get(cell.code, "")
        # Below the other lines, in type of its own: a long name must not make them small.
        team_mm = min(cell.room_mm * 1.6 / _width(team), _TEAM_MM) if team else 0.0
        high = _LINE * (len(lines) * size + team_mm)
        if team_mm < _SMALLEST_MM or high > 2 * cell.room_mm:
            team, team_mm = "", 0.0
        found.append(
            Label(
                cell, lines, round(size, 2), team, round(team_mm, 2), reading, bool(row["changed"])
            )
        )
    return found


def _size(lines: list[str], room_mm: float) -> float:
    """Give the largest type in which the lines fit into a circle's square, in mm."""
    side = room_mm * 2**0.5
    return min(side / max(map(_width, lines)), side / (len(lines) * _LINE))


def _width(line: str) -> float:
    """Measure a line in its own type size: a Chinese sign is as wide as high."""
    return sum(0.6 if one.isascii() else 1.0 for one in line)
