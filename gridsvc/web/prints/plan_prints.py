"""Redrawn grids on paper: what stays, what changes, what is new, and the lines before."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from flask import Response
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Sight
from gridsvc.geo.paper.sheet import Sheet, path
from gridsvc.grids import queries as territory
from gridsvc.plans import queries
from gridsvc.plans.models import Plan
from gridsvc.plans.two_days import Days
from gridsvc.web.prints.labels import numbered
from gridsvc.web.prints.map_prints import Drawing, Fill, grid_sheet, printed
from gridsvc.web.prints.wanted import Wanted

# Two steps of the maps' one hue, which a black-and-white print keeps apart.
_CHANGED, _NEW = "#b4d8d1", "#43938e"


def plan_print(plan: Plan, print_: Wanted) -> Response:
    """Answer a draft as a print: its grids by what happens to them, over those it began with.

    Raises
    ------
    BadInput
        It is empty, or too large for the paper at this scale.
    """
    after = queries.outlines(edge.session(), plan.id).rename_axis("code").reset_index()
    before = queries.base_outlines(edge.session(), plan.id)
    sheet = grid_sheet(after, print_)
    new = set(after["code"]) - set(before.index)
    changed = set(after.loc[after["changed"], "code"]) - new
    fills = [
        Fill(_joined(sheet, changed), _CHANGED, gettext("changed by the draft")),
        Fill(_joined(sheet, new), _NEW, gettext("new in the draft")),
    ]
    low, high = territory.household_ranges(edge.session(), after["code"].to_numpy(dtype=object))
    return printed(
        "prints/plan_paper.html",
        print_,
        Drawing(
            sheet=sheet,
            sentence=gettext("What the draft makes of each grid"),
            fills=fills,
            lines=_joined(sheet, {one.code for one in sheet.cells} - changed - new),
            before=_before(sheet, before[~before.index.isin(_kept(after, changed, new))]),
            ruled=True,
            labels=numbered(sheet.cells),
        ),
        heading=gettext("What would “%(name)s” change?", name=plan.name),
        plan=plan,
        on=plan.base_on,
        within=plan.scope_code,
        grids=len(after),
        earlier=len(before),
        changed=len(changed),
        new=len(new),
        gone=len(set(before.index) - set(after["code"])),
        outside=int(((after["households"] < low) | (after["households"] > high)).sum()),
    )


def two_days_print(both: Days, print_: Wanted, **page: Any) -> Response:
    """Answer what changed between two days as a print: the ground, over the lines before.

    ``page`` is ``heading``, ``on`` and ``within``.

    Raises
    ------
    BadInput
        It is too large for the paper at this scale.
    """
    db, own, pieces = edge.session(), Sight(edge.sight().full), both.comparison.pieces
    sheet = grid_sheet(territory.grids_frame(db, own, both.after, page["within"]), print_)
    before = territory.grids_frame(db, own, both.before, page["within"])
    gone = before[before["code"].isin(pieces["before"])].geometry
    ground = "".join(path(one) for one in sheet.put(pieces.geometry))
    return printed(
        "plans/plan_two_days.html",
        print_,
        Drawing(
            sheet=sheet,
            sentence=gettext("What became of the ground"),
            fills=[Fill(ground, _CHANGED, gettext("passed to another grid"))],
            lines="".join(one.path for one in sheet.cells),
            before=_before(sheet, gone),
            labels=numbered(sheet.cells),
        ),
        both=both,
        pieces=pieces,
        **page,
    )


def _kept(after: gpd.GeoDataFrame, changed: set[str], new: set[str]) -> set[str]:
    return set(after["code"]) - changed - new


def _joined(sheet: Sheet, codes: set[str]) -> str:
    return "".join(one.path for one in sheet.cells if one.code in codes)


def _before(sheet: Sheet, gone: gpd.GeoDataFrame | gpd.GeoSeries) -> str:
    return "".join(path(one) for one in sheet.put(gone))
