"""What the map of contact zones colours: the share of households with somebody to turn to."""

from __future__ import annotations

from datetime import date

import pandas as pd
from flask_babel import format_decimal, ngettext

from gridsvc import edge
from gridsvc.grids.queries import divisions, version
from gridsvc.web.atlas.figure_table import Figures, classed, number
from gridsvc.web.languages import current
from gridsvc.zones.queries import zones_by_grid

_SUMS = ["households", "zones", "in_zones", "with_contact"]


def zone_figures(on: date, within: str) -> tuple[Figures, pd.DataFrame]:
    """Read the zones of a day by grid: as figures for the map, and as `zones_by_grid` has them.

    Names carry the number of zones, which is what the map can tell of them from afar.
    """
    scope = edge.sight().full.narrowed(within)
    frame = zones_by_grid(edge.session(), scope, on)
    # Where nobody counted the households those of the zones are all that is known.
    frame["households"] = frame["households"].fillna(frame["in_zones"])
    local = current() == "en"
    names = frame["name_en"].fillna(frame["name"]) if local else frame["name"]
    grids = _classed(frame[_SUMS], names)
    parts = [frame[_SUMS].groupby(frame.index.str[:digits]).sum() for digits in (9, 12)]
    areas = pd.concat(parts).sort_index()
    named = divisions(edge.session(), scope)
    known = {one.code: (one.name_en if local else None) or one.name for one in named}
    titles = pd.Series([known.get(code, code) for code in areas.index], areas.index, dtype=object)
    whole = frame[_SUMS].sum()
    with_contact, households = float(whole["with_contact"]), float(whole["households"])
    figures = Figures(
        reading="zones",
        on=on,
        v=version(edge.session()),
        as_of=edge.now(),
        grids=grids,
        areas=_classed(areas, titles),
        total={
            "value": number(with_contact / households if households else float("nan"), 4),
            "num": number(with_contact),
            "den": number(households),
        },
    )
    return figures, frame


def _classed(sums: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    told = [
        f"{name} · {ngettext('%(count)s zone', '%(count)s zones', n, count=format_decimal(n))}"
        for name, n in zip(names, sums["zones"].astype(int).tolist(), strict=True)
    ]
    den = sums["households"].astype(float)
    num = sums["with_contact"].astype(float)
    frame = pd.DataFrame(
        {
            "name": told,
            "num": num,
            "den": den,
            "value": (num / den.where(den > 0)).clip(upper=1.0),
            "flags": 0,
            "masked": False,
        },
        index=sums.index,
    )
    return classed("zones", frame)
