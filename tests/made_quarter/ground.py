"""Territory, houses, the redraw of one grid, and gaps that were found."""

from __future__ import annotations

from datetime import date

import case_town
import geopandas as gpd
import numpy as np
import shapely
from redrawn_town import answered, asked
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Role
from gridsvc.copying import copy_rows
from gridsvc.plans import drafts, log, queries
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.rules import EditKind, PlanState
from made_quarter.days import DISTRICT, IN_FORCE, KNOWN, OFFICE, RECORDED, REDRAWN, SINCE, SPLIT


def territory(session: Session, city: gpd.GeoDataFrame) -> None:
    for digits, level in ((6, "district"), (9, "subdistrict"), (12, "community")):
        codes = sorted(set(city["code"].str[:digits]))
        above = [code[: digits - 3] if digits > 6 else None for code in codes]
        rows = ((code, level, up, f"名{code}") for code, up in zip(codes, above, strict=True))
        copy_rows(session, "division", ["code", "level", "parent_code", "name"], rows)
    rows = ((one, one[:12], "residential", one[9:]) for one in city["code"])
    copy_rows(session, "grid", ["code", "community_code", "kind", "name"], rows)
    doors = _doors(city)
    columns = [
        "grid_code",
        "geom",
        "household_count",
        "dwelling_count",
        "valid_from",
        "recorded_at",
    ]
    shapes = _hex(city.geometry.to_numpy())
    rows = (
        (code, shape, 2 * each, 2 * each if each % 23 else None, SINCE, RECORDED)
        for code, shape, each in zip(city["code"], shapes, doors, strict=True)
    )
    copy_rows(session, "grid_boundary", columns, rows)


def _doors(city: gpd.GeoDataFrame) -> list[int]:
    """Dwellings of each of a grid's two buildings."""
    return (city["household_count"] // 2 + 4).tolist()


def _hex(shapes: np.ndarray) -> np.ndarray:
    return shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)


def houses(session: Session, city: gpd.GeoDataFrame) -> dict[str, list[tuple[int, int]]]:
    """Two buildings a grid, west and east of its middle; returns their ids and dwellings."""
    middles = shapely.get_coordinates(shapely.centroid(city.geometry.to_numpy()))
    columns = ["id", "code", "community_code", "geom", "anchor", "household_count",
               "dwelling_count", "valid_from", "recorded_at"]  # fmt: skip
    rows, found = [], {}
    for code, (lon, lat), each in zip(city["code"], middles, _doors(city), strict=True):
        for side in (-1, 1):
            x, y = round(lon + side * 0.0003, 7), round(lat, 7)
            house = shapely.MultiPolygon([shapely.box(x - 1e-5, y - 1e-5, x + 1e-5, y + 1e-5)])
            number = len(rows) + 1
            shapes = _hex(np.array([house, shapely.Point(x, y)], dtype=object))
            rows.append((number, f"B{number}", code[:12], *shapes, each, each, SINCE, RECORDED))
            found.setdefault(code, []).append((number, each))
    copy_rows(session, "building", columns, rows)
    return found


def redraw(session: Session) -> None:
    """Split one grid between its two buildings, from draft to publication."""
    planner = case_town.account(session, "planner1", Role.PLANNER, DISTRICT)
    street = case_town.account(session, "street9", Role.STREET_STAFF, DISTRICT)
    day = REDRAWN.date()
    plan = drafts.begin(session, planner, name="中", scope=SPLIT[:12], now=REDRAWN, today=day)
    drafts.fill(session, plan)
    plan.state = PlanState.DRAFT
    shape = queries.outlines(session, plan.id).geometry.loc[SPLIT]
    (lon, _), (_, south, _, north) = shape.centroid.coords[0], shape.bounds
    line = [[round(lon, 7), south - 0.0002], [round(lon, 7), north + 0.0002]]
    wish = log.Asked(EditKind.SPLIT, {"grid": SPLIT, "line": line}, plan.log_number, None)
    log.edit(session, plan, planner, wish, REDRAWN)
    answered(session, plan, planner)
    review.submit(session, plan.id, asked(planner, REDRAWN, day), IN_FORCE, "the office knows")
    review.approve(session, plan.id, asked(street, REDRAWN, day))
    review.publish(session, plan.id, asked(planner, REDRAWN, day))


def gaps(session: Session) -> None:
    """Find a gap that is there on the quarter's last day, and one that was mended before."""
    for community, until in ((f"{OFFICE}002", None), (f"{OFFICE}003", date(2026, 8, 1))):
        session.execute(
            text(
                "insert into gridsvc.territory_finding (kind, community_code, grid_codes, area_m2,"
                " geom, valid_from, valid_to, recorded_at) values ('gap', :code, '{}', 12.5,"
                " st_multi(st_makeenvelope(107, 27.2, 107.0001, 27.2001, 4326)), :since, :until,"
                " :known)"
            ),
            {"code": community, "since": SINCE, "until": until, "known": KNOWN},
        )
