"""Service points of the demo: a centre, stations, and agents who go round their grids."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from geoalchemy2.shape import from_shape
from sqlalchemy import insert
from sqlalchemy.orm import Session

from gridsvc.service_points.models import ServiceHour, ServicePoint
from gridsvc.service_points.rules import DAYS, Tier, weekly

#: Share of grids with an agent: enough to be of use, and some left to be sited.
AGENTS = 0.45
STOPS = (1, 4)  # of an agent in a week: one to three
WITHOUT_STATION = 1  # the last community has none yet
_SERVICES = {
    Tier.CENTRE: ["户籍证明", "社保缴费", "残疾人补贴", "就业登记"],
    Tier.STATION: ["居住证明", "医保缴费", "老年优待证"],
    Tier.AGENT: ["代办代缴"],
}
_HOURS = {
    Tier.CENTRE: "Mo-Fr 09:00-12:00,13:00-17:00; Sa 09:00-12:00",
    Tier.STATION: "Mo-Fr 09:00-12:00,14:00-17:30",
    Tier.AGENT: "",
}
_NAMES = {
    Tier.CENTRE: ("石桥街道便民服务中心", "Shiqiao Service Centre"),
    Tier.STATION: ("便民服务站", "Service Station"),
    Tier.AGENT: ("代办点", "Agent Point"),
}


def write_service_points(
    session: Session, buildings: gpd.GeoDataFrame, since: date, rng: np.random.Generator
) -> int:
    """Insert points at buildings, each with hours or a weekly round; return how many.

    Parameters
    ----------
    buildings : GeoDataFrame
        ``grid_code`` (15 digits or missing) and polygons, EPSG:4326.
    """
    standing = buildings[buildings["grid_code"].notna()].reset_index(drop=True)
    standing = standing.assign(community=standing["grid_code"].str[:12])
    communities = sorted(standing["community"].unique())
    grids = np.array(sorted(standing["grid_code"].unique()))
    chosen = np.sort(rng.choice(grids, round(AGENTS * len(grids)), replace=False))
    rows = [_row(Tier.CENTRE, 1, _at(standing, "community", communities[0], rng), since)]
    for number, code in enumerate(communities[:-WITHOUT_STATION], start=1):
        rows.append(_row(Tier.STATION, number, _at(standing, "community", code, rng), since))
    for number, code in enumerate(chosen, start=1):
        rows.append(_row(Tier.AGENT, number, _at(standing, "grid_code", code, rng), since))
    ids = list(
        session.scalars(
            insert(ServicePoint).returning(ServicePoint.id, sort_by_parameter_order=True), rows
        )
    )
    hours = [
        {"service_point_id": id, "place": None, "geom": None, **vars(one)}
        for id, row in zip(ids, rows, strict=True)
        for one in weekly(_HOURS[row["tier"]])
    ]
    hours += [
        _stop(id, _at(standing, "grid_code", str(code), rng), day, rng)
        for id, code in zip(ids[-len(chosen) :], chosen, strict=True)
        for day in rng.choice(DAYS[:5], int(rng.integers(*STOPS)), replace=False)
    ]
    session.execute(insert(ServiceHour), hours)
    return len(rows)


def _at(standing: gpd.GeoDataFrame, column: str, code: str, rng: np.random.Generator) -> pd.Series:
    """Choose a building there."""
    there = standing[standing[column] == code]
    return there.iloc[int(rng.integers(len(there)))]


def _row(tier: Tier, number: int, house: pd.Series, since: date) -> dict[str, Any]:
    name, name_en = _NAMES[tier]
    mark = "" if tier is Tier.CENTRE else f" {number}"
    # Numbers that nobody has: 0851-5550 is not given out.
    phone = f"0851-5550{list(Tier).index(tier)}{number:03d}"
    return {
        "code": f"{tier.value[0].upper()}{number:03d}",
        "name": name + mark,
        "name_en": name_en + mark,
        "tier": tier,
        "address": house["name"] if isinstance(house["name"], str) else None,
        "phone": phone,
        "services": _SERVICES[tier],
        "geom": from_shape(house.geometry.representative_point(), 4326),
        "valid_from": since,
    }


def _stop(point: int, house: pd.Series, day: str, rng: np.random.Generator) -> dict[str, Any]:
    begins = int(rng.integers(9, 17))
    [opening] = weekly(f"{day} {begins:02d}:00-{begins + 1:02d}:30")
    place = house["name"] if isinstance(house["name"], str) else "楼下"
    at = from_shape(house.geometry.representative_point(), 4326)
    return {"service_point_id": point, "place": place, "geom": at, **vars(opening)}
