"""What the maps colour: one row a grid and one an area, for the map and for the table beside it.

docs/maps.md defines the readings, the classes and the document.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboards.scales import FUNCTIONAL, MASKED, OUT_OF_RANGE, PILE
from gridsvc import edge
from gridsvc.grids.queries import (
    covered,
    divisions,
    grids_frame,
    grids_on,
    shown,
    version,
)
from gridsvc.grids.rules import GridKind
from gridsvc.incidents import queries as open_cases
from gridsvc.incidents.queries import Wanted
from gridsvc.staffing.queries import staffing_on
from gridsvc.visits.queries import dwellings_visited
from gridsvc.visits.rules import WINDOW_DAYS
from gridsvc.web.atlas.figure_table import CoverageKind, Figures, Reading, Row, classed, number
from gridsvc.web.languages import current

__all__ = [
    "CoverageKind",
    "Figures",
    "Reading",
    "Row",
    "attention",
    "coverage",
    "embedded",
    "open_work",
]

_PER = {"visits": 1.0, "per_100_households": 100.0}


def coverage(
    kind: CoverageKind, on: date, within: str = "", window_days: int = WINDOW_DAYS
) -> Figures:
    """Read who answers for the households of a day, or who was visited in the window up to it."""
    db, scope = edge.session(), shown(edge.sight(), within)
    frame = grids_on(db, scope, on)
    if kind == "households":
        frame["num"], frame["den"] = frame["households"], frame["high"].astype(float)
    elif kind == "staffing":
        frame = frame.join(staffing_on(db, scope, on))
        frame["num"], frame["den"] = frame["held"].astype(float), frame["posts"].astype(float)
    else:
        visited = dwellings_visited(db, scope, on, window_days).reindex(frame.index)
        frame["den"] = frame["dwellings"]
        frame["num"] = visited.fillna(0.0).clip(upper=frame["dwellings"])
    return _figures(kind, on, frame, within)


def open_work(asked: Wanted, on: date, within: str = "") -> Figures:
    """Read the open cases of every grid against its households, small counts hidden."""
    db, sight, settings = edge.session(), edge.sight(), edge.settings()
    scope = shown(sight, within)
    frame = grids_on(db, scope, on)
    moment = open_cases.moment(on, edge.now(), settings.time_zone)
    counts = open_cases.open_counts(db, sight, asked, moment, scope)
    exact = covered(frame.index, open_cases.exact_scope(sight, asked))
    hidden_part = open_cases.masked_part(sight, asked, moment)
    dim = ~exact & covered(frame.index, hidden_part.scope) if hidden_part else exact & False
    frame["exact"] = np.where(exact, counts.exact.reindex(frame.index).fillna(0), np.nan)
    frame["dim"] = np.where(dim, counts.masked.reindex(frame.index).fillna(0), np.nan)
    frame["den"] = frame["households"].where(exact | dim)
    frame = _unmasked(frame)
    return _figures("per_100_households", on, frame, within)


def attention(on: date, within: str = "") -> Figures:
    """Read which grids need somebody, the most urgent want of each.

    0 nobody in charge, 1 work piles up, 2 no dwelling visited in the window, 3 none of these. A
    masked count of open cases that may not be shown piles nothing up.
    """
    charge, called = coverage("staffing", on, within), coverage("visits", on, within)
    work = open_work(Wanted(), on, within)
    return Figures(
        reading="attention",
        on=on,
        v=charge.v,
        as_of=charge.as_of,
        grids=_urgent(charge.grids, work.grids, called.grids),
        areas=_urgent(charge.areas, work.areas, called.areas),
        total=work.total,
    )


def _urgent(charge: pd.DataFrame, work: pd.DataFrame, called: pd.DataFrame) -> pd.DataFrame:
    wants = [charge["value"] == 0, work["value"] >= PILE, called["num"] == 0]
    value = np.select(wants, [0.0, 1.0, 2.0], 3.0)
    return work.assign(value=value, **{"class": value.astype(int)})


def embedded(figures: Figures) -> gpd.GeoDataFrame:
    """Join figures to the shapes of their grids, for a map that carries its data.

    Columns as the builders of ``dashboards`` ask for them: ``code``, ``name``, ``value``,
    ``num``, ``den``, ``flags``, ``masked``, and Polygons in EPSG:4326.
    """
    shapes = grids_frame(edge.session(), edge.sight(), figures.on).set_index("code")
    joined = shapes[["geometry"]].join(figures.grids, how="inner")
    joined["masked"] = joined.pop("class") == MASKED
    return joined.reset_index()


def _unmasked(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn exact and masked counts into the one that may be shown, and whether none may.

    Sums of masked counts are cut down as a whole, so that every figure, also that of an area, is
    an exact part plus a multiple of the threshold.
    """
    threshold = edge.settings().mask_threshold
    kept = (frame["dim"] // threshold * threshold).replace(0.0, np.nan)
    num = frame["exact"].add(kept, fill_value=0.0)
    return frame.assign(num=num, masked=num.isna())


def _figures(reading: Reading, on: date, frame: pd.DataFrame, within: str) -> Figures:
    frame = frame if "masked" in frame else frame.assign(masked=False)
    functional = frame["kind"] == GridKind.FUNCTIONAL
    outside = ~functional & ~frame["households"].between(frame["low"], frame["high"])
    outside &= frame["households"].notna()
    flags = outside * OUT_OF_RANGE + functional * FUNCTIONAL
    frame["value"] = _value(reading, frame)
    local = current() == "en"
    frame["name"] = frame["name_en"].fillna(frame["name"]) if local else frame["name"]
    filling = frame[~functional]
    return Figures(
        reading=reading,
        on=on,
        v=version(edge.session()),
        as_of=edge.now(),
        grids=classed(reading, frame.assign(flags=flags)),
        areas=classed(reading, _areas(reading, filling, within)),
        total=_total(reading, filling),
    )


def _value(reading: Reading, frame: pd.DataFrame) -> pd.Series[float]:
    if reading == "households":
        return frame["num"]
    if reading == "staffing":
        # The order of rules.staffing_reading, in the four classes of the map.
        unled = ~(frame["has_branch"] & frame["has_leader"])
        steps = [~frame["has_team"], unled, frame["held"] < frame["posts"]]
        return pd.Series(np.select(steps, [0.0, 1.0, 2.0], 3.0), frame.index)
    return _PER[reading] * frame["num"] / frame["den"].where(frame["den"] > 0)


def _areas(reading: Reading, filling: pd.DataFrame, within: str) -> pd.DataFrame:
    if filling.empty:
        return pd.DataFrame(columns=["name", "value", "num", "den", "masked", "flags"])
    parts = [_summed(reading, filling, filling.index.str[:digits]) for digits in (9, 12)]
    areas = pd.concat(parts).sort_index()
    named = divisions(edge.session(), shown(edge.sight(), within))
    local = current() == "en"
    names = {one.code: (one.name_en if local else None) or one.name for one in named}
    return areas.assign(name=[names.get(code, code) for code in areas.index], flags=0)


def _summed(reading: Reading, filling: pd.DataFrame, by: Any) -> pd.DataFrame:
    groups = filling.groupby(by)
    if reading == "per_100_households":
        sums = _unmasked(groups[["exact", "dim", "den"]].sum(min_count=1))
    else:
        sums = groups[["num", "den"]].sum(min_count=1).assign(masked=False)
    if reading == "staffing":
        return sums.assign(value=groups["value"].min())
    if reading == "households":
        return sums.assign(value=groups["num"].mean())
    return sums.assign(value=_value(reading, sums))


def _total(reading: Reading, filling: pd.DataFrame) -> dict[str, float | None]:
    """Give the heading's number.

    ``households``: households (num) in so many grids (den), their mean; ``staffing``: grids whose
    team, branch and posts are complete, of all; otherwise as an area that holds everything.
    """
    if filling.empty:
        return {"value": None, "num": 0, "den": 0}
    if reading == "households":
        told = (filling["num"].mean(), filling["num"].sum(), float(len(filling)))
    elif reading == "staffing":
        whole = float((filling["value"] == 3).sum())
        told = (whole / len(filling), whole, float(len(filling)))
    else:
        one = _summed(reading, filling, np.zeros(len(filling))).iloc[0]
        told = (one["value"], one["num"], one["den"])
    return {
        "value": number(told[0], 4),
        "num": number(told[1]),
        "den": number(told[2]),
    }
