"""A made district of 782 grids with a quarter of work in it, written row by row from one seed.

Eight subdistricts of 25-grid communities, two buildings a grid. Cases have whole histories of
every kind of step; rounds name dwellings, or none; teams lack posts, leaders, branches or are not
there. On 17 August one grid is split by the same services that a planner's draft uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import case_town
import geopandas as gpd
import numpy as np
import shapely
from redrawn_town import answered, asked
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Role
from gridsvc.copying import copy_rows
from gridsvc.demo.city import make_city
from gridsvc.incidents.models import Category
from gridsvc.incidents.rules import Kind, LimitKind
from gridsvc.plans import drafts, log, queries
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.rules import EditKind, PlanState

DISTRICT, OFFICE = "990001", "990001001"
GRIDS, CASES, ROUNDS = 782, 3000, 3000
ZONE = ZoneInfo("Asia/Shanghai")
SINCE = date(2025, 1, 1)
FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
#: The day of the redraw, and the first on which it holds.
REDRAWN, IN_FORCE = datetime(2026, 8, 16, 3, 0, tzinfo=UTC), date(2026, 8, 17)
SPLIT = f"{OFFICE}001013"
_KNOWN = datetime(2025, 1, 1, tzinfo=UTC)
_RECORDED = _KNOWN.isoformat()


def build(session: Session, seed: int = 5) -> None:
    """Put the district and its quarter into an empty, migrated database."""
    random = np.random.default_rng(seed)
    session.execute(text("set local statement_timeout = 0"))
    city = make_city(GRIDS, seed)
    _territory(session, city)
    houses = _houses(session, city)
    _staff(session, city["code"].tolist(), random)
    session.execute(text("analyze"))
    _redraw(session)
    _gaps(session)
    _rounds(session, houses, random)
    _cases(session, city, random)
    _wishes(session)
    for table in ("visit", "visit_building", "incident", "incident_event", "clock_entry"):
        session.execute(text(f"analyze gridsvc.{table}"))


def _territory(session: Session, city: gpd.GeoDataFrame) -> None:
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
        (code, shape, 2 * each, 2 * each if each % 23 else None, SINCE, _RECORDED)
        for code, shape, each in zip(city["code"], shapes, doors, strict=True)
    )
    copy_rows(session, "grid_boundary", columns, rows)


def _doors(city: gpd.GeoDataFrame) -> list[int]:
    """Dwellings of each of a grid's two buildings."""
    return (city["household_count"] // 2 + 4).tolist()


def _hex(shapes: np.ndarray) -> np.ndarray:
    return shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)


def _houses(session: Session, city: gpd.GeoDataFrame) -> dict[str, list[tuple[int, int]]]:
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
            rows.append((number, f"B{number}", code[:12], *shapes, each, each, SINCE, _RECORDED))
            found.setdefault(code, []).append((number, each))
    copy_rows(session, "building", columns, rows)
    return found


def _staff(session: Session, codes: list[str], random: np.random.Generator) -> None:
    """Teams of seven posts; every seventh team looks after two grids; some lack this or that."""
    teams, posts, held, charge, branched = [], [], [], [], []
    for place, code in enumerate(codes):
        lacks = random.random(3)
        if place % 7 != 1:
            teams.append((len(teams) + 1, f"T{code}", code[9:], "grid", code[:12], SINCE))
        if lacks[0] > 0.04:
            until = LAST + timedelta(days=10) if lacks[0] > 0.97 else None
            charge.append((code, len(teams), SINCE, until, _RECORDED))
        if lacks[1] > 0.05:
            branched.append((code, 1 + place % 9, SINCE, _RECORDED))
    for team, *_ in teams:
        for place in range(7):
            kind = ("leader", "deputy")[place] if place < 2 else "member"
            posts.append((len(posts) + 1, team, kind, "volunteer", SINCE, _RECORDED))
            if random.random() > 0.05:
                # Some left their post in the quarter.
                until = date(2026, 8, 20) if random.random() > 0.98 else None
                held.append((len(posts), SINCE, until, _RECORDED))
    branches = ((n, f"P{n}", f"支部{n}", "branch", DISTRICT, 9, SINCE) for n in range(1, 10))
    for table, columns, rows in (
        ("team", "id code name kind division_code valid_from", teams),
        ("branch", "id code name kind division_code member_count valid_from", branches),
        ("team_post", "id team_id post source valid_from recorded_at", posts),
        ("post_holding", "post_id valid_from valid_to recorded_at", held),
        ("team_assignment", "grid_code team_id valid_from valid_to recorded_at", charge),
        ("branch_assignment", "grid_code branch_id valid_from recorded_at", branched),
    ):
        copy_rows(session, table, columns.split(), rows)
    for table in ("team", "team_post", "building"):
        key = f"pg_get_serial_sequence('gridsvc.{table}', 'id')"
        session.execute(text(f"select setval({key}, (select max(id) from gridsvc.{table}))"))


def _redraw(session: Session) -> None:
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


def _gaps(session: Session) -> None:
    """Find a gap that is there on the quarter's last day, and one that was mended before."""
    for community, until in ((f"{OFFICE}002", None), (f"{OFFICE}003", date(2026, 8, 1))):
        session.execute(
            text(
                "insert into gridsvc.territory_finding (kind, community_code, grid_codes, area_m2,"
                " geom, valid_from, valid_to, recorded_at) values ('gap', :code, '{}', 12.5,"
                " st_multi(st_makeenvelope(107, 27.2, 107.0001, 27.2001, 4326)), :since, :until,"
                " :known)"
            ),
            {"code": community, "since": SINCE, "until": until, "known": _KNOWN},
        )


def _at(day: date, hours: float) -> datetime:
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hours)


def _rounds(
    session: Session, houses: dict[str, list[tuple[int, int]]], random: np.random.Generator
) -> None:
    """Rounds from June to October: most name dwellings, some are written up late, some never."""
    visits, doors, codes = [], [], sorted(houses)
    for number in range(1, ROUNDS + 1):
        # A corner that nobody calls on, and grids that are called on again and again.
        code = codes[int(random.integers(20, len(codes)) * random.random() ** 0.3)]
        day = FIRST + timedelta(days=int(random.integers(-20, 100)))
        counted = {}
        for house, most in houses[code]:
            size = int(random.integers(0, min(most, 40)))
            counted[house] = sorted(map(int, random.choice(most, size, False) + 1))
        total = sum(map(len, counted.values()))
        if not total:
            continue
        named = random.random() > 0.1
        written = _at(day, 17.5) if random.random() > 0.05 else _at(day, 24.0 * 12)
        topics = json.dumps({"advice": int(random.integers(1, 9))})
        first = int(random.integers(0, total + 1))
        visits.append((number, code, day, total, first, topics, written))
        doors += [(number, h, f"{{{','.join(map(str, n))}}}")
                  for h, n in counted.items() if n and named]  # fmt: skip
    columns = ["id", "grid_code", "visited_on", "dwellings_visited", "first_time_dwellings",
               "topics", "recorded_at"]  # fmt: skip
    copy_rows(session, "visit", columns, visits)
    copy_rows(session, "visit_building", ["visit_id", "building_id", "dwelling_numbers"], doors)


Step = tuple[datetime, str, str | None, str, dict[str, object]]
Line = tuple[str, datetime, datetime | None]


def _life(at: datetime, random: np.random.Generator) -> tuple[list[Step], list[Line]]:
    """Live one case to its end, or until it is left lying: its steps, and its clock's lines."""
    steps: list[Step] = [(at, "report", None, "reported", {})]
    due = at + timedelta(days=int(random.integers(1, 8)))
    lines: list[Line] = [("start", at, due)]

    def step(action: str, to: str, hours: float, **detail: object) -> bool:
        when = steps[-1][0] + timedelta(seconds=60 + int(random.gamma(1.5, hours * 2400)))
        steps.append((when, action, steps[-1][3], to, detail))
        return bool(random.random() > 0.03)  # else it is left lying

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    if chance(0.04) or not step("claim", "claimed", 8):
        return steps, lines
    if chance(0.07):
        step("return", "returned", 4)
        if not step("claim", "claimed", 12):
            return steps, lines
    if chance(0.1):
        step("grant_extension", "claimed", 6)
        lines.append(("extend", steps[-1][0], due + timedelta(days=3)))
    if chance(0.06):
        step("escalate", "claimed", 8, from_level="grid", to_level="community")
    outcome = str(random.choice(["solved", "referred", "explained"]))
    done = step("resolve", "resolved", 40, outcome=outcome)
    if chance(0.06):
        step("rework", "claimed", 10)
        done = step("resolve", "resolved", 20, outcome=outcome)
    lines.append(("pause", steps[-1][0], None))
    if not done or not step("verify", "verified", 10):
        return steps, lines
    if chance(0.75):
        step("feed_back", "verified", 3)
    step("close", "closed", 6, outcome=outcome)
    lines.append(("stop", steps[-1][0], None))
    if chance(0.5):
        step("rate", "closed", 30, rating=int(random.choice([1, 2, 3], p=[0.06, 0.2, 0.74])))
    if chance(0.02):
        step("reopen", "claimed", 50)
        lines.append(("start", steps[-1][0], steps[-1][0] + timedelta(days=3)))
    return steps, lines


def _cases(session: Session, city: gpd.GeoDataFrame, random: np.random.Generator) -> None:
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
        at = _at(day, float(random.uniform(6, 22))).replace(microsecond=0)
        steps, lines = _life(at, random)
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


def _wishes(session: Session) -> None:
    """Sort two thirds of the wishes under three topics."""
    session.execute(text(
        "insert into gridsvc.wish_topic (id, name) select n, '题' || n from generate_series(1, 3) n"
    ))  # fmt: skip
    session.execute(text(
        "insert into gridsvc.sorted_wish select id, 1 + id % 3 from gridsvc.incident"
        " where kind = 'wish' and id % 9 < 6"
    ))  # fmt: skip
