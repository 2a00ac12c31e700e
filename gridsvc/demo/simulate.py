"""Load a made city with its teams and cases, for timing and for load tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from gridsvc.demo.city import SIDE, make_city
from gridsvc.demo.city_houses import write_houses
from gridsvc.errors import Conflict
from gridsvc.grids import territory
from gridsvc.grids.models import Division
from gridsvc.incidents.models import Category

#: Cases stretch over three years; 70 % lie in clusters, 4 % are open.
DAYS, CLUSTERED, OPEN = 3 * 365, 0.7, 0.04
#: Rows written before progress is told and a stop is heard.
CHUNK = 100_000
_CATEGORIES = ("drainage", "lighting", "noise", "parking", "rubbish", "trees")
_LEVELS = np.array(["grid", "community", "subdistrict", "district"])


def simulate(
    session: Session,
    *,
    grids: int,
    incidents: int,
    seed: int,
    now: datetime,
    houses: bool = False,
    tell: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> None:
    """Write a city of ``grids`` grids and ``incidents`` cases. Flushes; the caller commits.

    Parameters
    ----------
    session : Session
        Its statement time-out is lifted for the transaction.
    grids, incidents : int
        How many.
    seed : int
        The same seed, ``now`` and counts give the same rows.
    now : datetime
        Aware UTC; the last case is reported then.
    houses : bool
        Also the buildings in which the households live.
    tell : callable
        Hears what is being written, how much is done and of how much.

    Raises
    ------
    Conflict
        If a made city is there already.
    """
    city = make_city(grids, seed)
    random = np.random.default_rng(seed + 1)
    districts = sorted(set(city["code"].str[:6]))
    taken = session.scalar(select(Division.code).where(Division.code.in_(districts)))
    if taken:
        raise Conflict(f"a made city is there already: {taken}; use an empty database", [taken])
    session.execute(text("set local statement_timeout = 0"))
    since = now.date() - timedelta(days=DAYS + 1)
    tell("grids", 0, grids)
    _write_territory(session, city, since)
    tell("grids", grids, grids)
    if houses:
        # A stream of its own, so that the cases are the same with and without them.
        write_houses(session, city, since, np.random.default_rng((seed, 2)))
    _write_staffing(session, city, since)
    categories = _write_categories(session, since)
    for start in range(0, incidents, CHUNK):
        tell("cases", start, incidents)
        _write_cases(session, city, categories, min(CHUNK, incidents - start), random, now)
    tell("cases", incidents, incidents)
    territory.refresh(session, districts)
    session.execute(text("analyze"))


def _write_territory(session: Session, city: gpd.GeoDataFrame, since: date) -> None:
    names = {6: ("district", "区"), 9: ("subdistrict", "街道"), 12: ("community", "社区")}
    for digits, (level, name) in names.items():
        codes = sorted(set(city["code"].str[:digits]))
        copy_rows(
            session,
            "division",
            ["code", "level", "parent_code", "name"],
            ((c, level, c[: digits - 3] if digits > 6 else None, f"{c[-3:]}{name}") for c in codes),
        )
    copy_rows(
        session,
        "grid",
        ["code", "community_code", "kind", "name"],
        ((c, c[:12], "residential", f"{c[9:12]}-{c[12:]}") for c in city["code"]),
    )
    shapes = shapely.to_wkb(
        shapely.set_srid(city.geometry.to_numpy(), 4326), True, include_srid=True
    )
    copy_rows(
        session,
        "grid_boundary",
        ["grid_code", "geom", "household_count", "dwelling_count", "valid_from"],
        zip(
            city["code"],
            shapes,
            city["household_count"],
            city["household_count"] + 8,
            [since] * len(city),
            strict=True,
        ),
    )


def _write_staffing(session: Session, city: gpd.GeoDataFrame, since: date) -> None:
    """Give every grid a team and a branch, but one in two hundred nobody at all."""
    staffed = city["code"][np.arange(len(city)) % 200 != 0]
    copy_rows(
        session,
        "team",
        ["code", "name", "kind", "division_code", "duty_phone", "valid_from"],
        ((f"T{c}", f"{c[9:]}队", "grid", c[:12], f"0851-28{c[-6:]}", since) for c in staffed),
    )
    copy_rows(
        session,
        "branch",
        ["code", "name", "kind", "division_code", "member_count", "valid_from"],
        ((f"B{c}", f"{c[9:]}党支部", "branch", c[:12], 14, since) for c in staffed),
    )
    for table, of in (("team", "T"), ("branch", "B")):
        session.execute(
            text(
                f"insert into gridsvc.{table}_assignment (grid_code, {table}_id, valid_from)"  # noqa: S608
                f" select substr(code, 2), id, valid_from from gridsvc.{table}"
                " where code like :codes"
            ),
            {"codes": f"{of}99%"},
        )
    session.execute(text(_sql("posts")), {"since": since})


def _write_categories(session: Session, since: date) -> np.ndarray:
    entries = [
        Category(standard="simulate", kind="incident", code=code, name=code, valid_from=since)
        for code in _CATEGORIES
    ]
    session.add_all(entries)
    session.flush()
    return np.array([one.id for one in entries])


def _write_cases(
    session: Session,
    city: gpd.GeoDataFrame,
    categories: np.ndarray,
    count: int,
    random: np.random.Generator,
    now: datetime,
) -> None:
    """Write cases near the middles of grids, which are inside whatever the bends."""
    hot = random.permutation(len(city))[: max(1, len(city) // 50)]
    grid = np.where(
        random.random(count) < CLUSTERED,
        random.choice(hot, count),
        random.integers(0, len(city), count),
    )
    middle = shapely.get_coordinates(shapely.centroid(city.geometry.to_numpy()))[grid]
    points = middle + random.uniform(-0.15, 0.15, (count, 2)) * SIDE
    reported = [now - timedelta(seconds=float(s)) for s in random.uniform(0, DAYS * 86400, count)]
    is_open = random.random(count) < OPEN
    # Open cases are recent ones: the last sixty days.
    reported = [
        now - (now - at) * (60 / DAYS) if still else at
        for at, still in zip(reported, is_open, strict=True)
    ]
    session.execute(text(_STAGE))
    copy_rows(
        session,
        "simulated_case",
        ["n", "grid_code", "category_id", "level", "lon", "lat", "reported_at", "closed_at"],
        zip(
            range(count),
            city["code"].to_numpy()[grid],
            random.choice(categories, count),
            _LEVELS[random.choice(4, count, p=[0.95, 0.03, 0.015, 0.005])],
            np.round(points[:, 0], 7),
            np.round(points[:, 1], 7),
            reported,
            [
                None if still else min(now, at + timedelta(hours=float(h)))
                for still, at, h in zip(is_open, reported, random.gamma(2, 20, count), strict=True)
            ],
            strict=True,
        ),
    )
    session.execute(text(_sql("cases")))


_STAGE = """
drop table if exists gridsvc.simulated_case;
create table gridsvc.simulated_case (
    n integer, grid_code text, category_id integer, level text,
    lon double precision, lat double precision,
    reported_at timestamptz, closed_at timestamptz
)
"""


def _sql(name: str) -> str:
    return (Path(__file__).parent / f"simulate_{name}.sql").read_text(encoding="utf-8")
