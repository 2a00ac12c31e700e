"""Cases with whole histories of every kind of step, and wishes sorted under topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from gridsvc.copying import copy_rows
from gridsvc.incidents.models import Category
from gridsvc.incidents.rules import Kind, LimitKind
from made_quarter.days import CASES, FIRST, GRIDS, SINCE, at_hour
from made_quarter.lives import Line, Step, life


def cases(session: Session, city: gpd.GeoDataFrame, random: np.random.Generator) -> None:
    kinds = (("noise", Kind.INCIDENT, False), ("meal", Kind.REQUEST, False),
             ("lamp", Kind.WISH, False), ("quarrel", Kind.INCIDENT, True))  # fmt: skip
    made = [
        {"standard": "test", "kind": kind, "code": code, "name": code, "sensitive": sensitive,
         "valid_from": SINCE, "limit_kind": LimitKind.WORKING_DAYS, "limit_count": 2}
        for code, kind, sensitive in kinds
    ]  # fmt: skip
    ids = list(session.scalars(insert(Category).returning(Category.id), made))
    boundary: dict[str, list[tuple[int, date, date | None]]] = {}
    for code, *period in session.execute(
        text("select grid_code, id, valid_from, valid_to from gridsvc.grid_boundary order by id")
    ):
        boundary.setdefault(code, []).append(tuple(period))
    middles = shapely.get_coordinates(shapely.centroid(city.geometry.to_numpy()))
    rows, events, clocks = [], [], []
    for number in range(1, CASES + 1):
        place, kind = int(random.integers(GRIDS)), int(random.choice(4, p=[0.5, 0.25, 0.2, 0.05]))
        day = FIRST + timedelta(days=int(random.integers(-25, 95)))
        at = at_hour(day, float(random.uniform(6, 22))).replace(microsecond=0)
        steps, lines = life(at, random)
        # West of the middle: the part of the split grid that keeps its number.
        lon, lat = (round(float(v), 7) for v in middles[place] - (0.0001, 0))
        code = city["code"].iat[place]
        inside = random.random() > 0.02
        version = next(
            one
            for one, since, until in boundary[code]
            if since <= day and (not until or day < until)
        )
        rows.append(_case(number, ids[kind], kinds[kind][1], steps, lines, random) | {
            "geom": f"SRID=4326;POINT({lon} {lat})",
            "grid_code": code if inside else None,
            "grid_boundary_id": version if inside else None,
            "division_code": code[:12],
        })  # fmt: skip
        events += [(number, seq, when.isoformat(), action, was, now, json.dumps(detail))
                   for seq, (when, action, was, now, detail) in enumerate(steps, 1)]  # fmt: skip
        clocks += [(number, seq, kind_, when.isoformat(), due.isoformat() if due else None)
                   for seq, (kind_, when, due) in enumerate(lines, 1)]  # fmt: skip
    copy_rows(session, "incident", list(rows[0]), (tuple(one.values()) for one in rows))
    columns = ["incident_id", "seq", "at", "action", "from_status", "to_status", "detail"]
    copy_rows(session, "incident_event", columns, _merged(events, random))
    copy_rows(session, "clock_entry", ["incident_id", "seq", "kind", "at", "due_at"], clocks)
    session.execute(text(_MERGED))


def _case(
    number: int,
    category: int,
    kind: Kind,
    steps: list[Step],
    lines: list[Line],
    random: np.random.Generator,
) -> dict[str, object]:
    """What a case's row says of itself, as its last step left it."""
    status = steps[-1][3]
    closed = [when for when, _, was, now, _ in steps if now == "closed" != was]
    risen = [detail["to_level"] for *_, detail in steps if "to_level" in detail]
    # Some come from a phone that was out of reach for days.
    received = steps[0][0] + timedelta(hours=60 if random.random() < 0.04 else 0)
    ended = [detail["outcome"] for *_, detail in steps if "outcome" in detail]
    return {
        "id": number, "kind": kind.value, "category_id": category, "status": status,
        "level": risen[-1] if risen else "grid",
        "outcome": ended[-1] if ended and status == "closed" else None,
        "datum": "wgs84", "provenance": "gps", "reported_at": steps[0][0],
        "received_at": min(received, steps[-1][0]) if len(steps) > 1 else received,
        "due_at": lines[-1][2], "closed_at": closed[-1] if status == "closed" else None,
    }  # fmt: skip


def _merged(events: list[tuple], random: np.random.Generator) -> Iterator[tuple]:
    """Let some that nobody took be merged into the case before them."""
    alone = {one[0] for one in events if one[1] == 1} - {one[0] for one in events if one[1] == 2}
    for number, seq, at, action, was, now, detail in events:
        yield number, seq, at, action, was, now, detail
        if number in alone and number > 1 and number % 4 == 0:
            yield number, 2, at, "merge", "reported", "merged", "{}"


_MERGED = """
    update gridsvc.incident i set status = 'merged', merged_into_id = i.id - 1,
        closed_at = i.reported_at, due_at = null
    from gridsvc.incident_event e where e.incident_id = i.id and e.action = 'merge'
"""


def wishes(session: Session) -> None:
    """Sort two thirds of the wishes under three topics."""
    session.execute(text(
        "insert into gridsvc.wish_topic (id, name) select n, '题' || n from generate_series(1, 3) n"
    ))  # fmt: skip
    session.execute(text(
        "insert into gridsvc.sorted_wish select id, 1 + id % 3 from gridsvc.incident"
        " where kind = 'wish' and id % 9 < 6"
    ))  # fmt: skip
