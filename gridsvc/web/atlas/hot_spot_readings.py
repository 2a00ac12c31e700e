"""Hot spots as the map colours them and as a sentence says them."""

from __future__ import annotations

from datetime import date

import pandas as pd
from flask_babel import format_decimal, gettext

from dashboards.scales import OUT_OF_RANGE
from gridsvc import edge
from gridsvc.geo.analysis.hot_spots import Change
from gridsvc.grids.queries import divisions, version
from gridsvc.incidents.queries import Wanted
from gridsvc.reports.hot_spots import Cluster, HotSpots, hot_spots
from gridsvc.web.atlas.figure_table import Figures, classed, number
from gridsvc.web.languages import current

#: Two cycles of reporting: the 14th and the 28th.
DAYS = 28
_VALUE = {Change.COOLED: 1.0, Change.LASTING: 2.0, Change.NEW: 3.0}


def judged(asked: Wanted, on: date, within: str, days: int) -> HotSpots:
    """Judge the open cases that the viewer counts exactly."""
    zone = edge.settings().time_zone
    return hot_spots(
        edge.session(), edge.sight(), asked, on, edge.now(), zone, within=within, days=days
    )


def figures(found: HotSpots, on: date) -> Figures:
    """Give every grid its class: 0 not marked, 1 cooled, 2 lasting, 3 new; hot now is outlined.

    An area, drawn where grids are too small to see, shows the most of its grids.
    """
    frame = found.grids
    value = frame["change"].map(_VALUE).fillna(0.0).where(frame["judged"])
    local = current() == "en"
    told = pd.DataFrame(
        {
            "name": frame["name_en"].fillna(frame["name"]) if local else frame["name"],
            "value": value,
            "num": frame["cases"],
            "den": frame["households"],
            "flags": frame["hot"] * OUT_OF_RANGE,
            "masked": False,
        }
    )
    return Figures(
        reading="hot_spots",
        on=on,
        v=version(edge.session()),
        as_of=edge.now(),
        grids=classed("hot_spots", told),
        areas=classed("hot_spots", _areas(told)),
        total={
            "value": None,
            "num": number(float(frame["hot"].sum())),
            "den": number(float(found.judged)),
        },
    )


def said(cluster: Cluster, names: dict[str, str]) -> str:
    """Say a hot spot in one sentence, without a word of statistics."""
    known = {
        "name": names[cluster.middle],
        "cases": format_decimal(cluster.cases),
        "households": format_decimal(cluster.households),
        "expected": format_decimal(round(cluster.expected)),
    }
    if len(cluster.codes) == 1:
        return gettext(
            "%(name)s, with those around it, has clearly more open cases than chance would place"
            " there: %(cases)s among %(households)s households, where %(expected)s were to be"
            " expected.",
            **known,
        )
    return gettext(
        "%(count)s adjoining grids around %(name)s, with those that touch them, have clearly more"
        " open cases than chance would place there: %(cases)s among %(households)s households,"
        " where %(expected)s were to be expected.",
        count=len(cluster.codes),
        **known,
    )


def _areas(told: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for digits in (9, 12):
        groups = told.groupby(told.index.str[:digits])
        sums = groups[["num", "den"]].sum(min_count=1)
        parts.append(sums.join(groups[["value", "flags", "masked"]].max()))
    areas = pd.concat(parts).sort_index()
    local = current() == "en"
    known = divisions(edge.session(), edge.sight().full)
    names = {one.code: (one.name_en if local else None) or one.name for one in known}
    return areas.assign(name=[names.get(code, code) for code in areas.index])
