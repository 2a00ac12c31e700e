"""Accounts and buildings for the Friday load, in a city that ``gridsvc simulate`` made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection, Engine, text

from gridsvc.accounts.services import hashed
from gridsvc.calendars.queries import office_zone
from gridsvc.db import session_factory
from gridsvc.errors import NotReady

PASSWORD = "red maple stone bridge"  # noqa: S105 - of made accounts on loopback
#: Role → share of the people, and how many digits of their grid's code they answer for.
ROLES = {"leader": (0.60, 15), "team_member": (0.30, 15), "community_staff": (0.08, 12),
         "street_staff": (0.02, 9)}  # fmt: skip
#: Digits that every code of a made city begins with.
MADE = "99"


@dataclass(frozen=True)
class Place:
    """An account, its grid, a place and a building in it; lon and lat in degrees, EPSG:4326."""

    username: str
    grid_code: str
    lon: float
    lat: float
    building: str
    today: str


def prepare(engine: Engine, people: int, seed: int) -> list[Place]:
    """Give a made city a building a grid, and ``people`` accounts; safe to call again.

    Raises
    ------
    NotReady
        There are grids that nobody made up, or none at all.
    """
    with engine.begin() as connection:
        codes = connection.execute(text(_GRIDS)).all()
        if not codes or any(not code.startswith(MADE) for code, _, _ in codes):
            raise NotReady("This load is for a city of `gridsvc simulate` alone: use its home.")
        connection.execute(text(_BUILDINGS))
        _add_accounts(connection, [code for code, _, _ in codes], people, seed)
        connection.execute(text("analyze gridsvc.user_account, gridsvc.user_scope"))
    with session_factory(engine)() as session:
        today = datetime.now(UTC).astimezone(office_zone(session)).date().isoformat()
    return [
        Place(f"fri{n:05d}", code, lon, lat, f"fri-{code}", today)
        for n, (code, lon, lat) in enumerate(codes[i % len(codes)] for i in range(people))
    ]


def _add_accounts(connection: Connection, codes: list[str], people: int, seed: int) -> None:
    shares = [share for share, _ in ROLES.values()]
    drawn = np.random.default_rng(seed).choice(list(ROLES), people, p=shares)
    # One hash for all: making 3,507 of them is no part of what is measured.
    hash_of_all = hashed(PASSWORD)
    rows = [
        {
            "name": f"fri{n:05d}",
            "role": str(role),
            "hash": hash_of_all,
            "prefix": codes[n % len(codes)][: ROLES[str(role)][1]],
        }
        for n, role in enumerate(drawn)
    ]
    connection.execute(text(_ACCOUNT), rows)


def require_each_once(engine: Engine, name: str, visits: int, reports: int) -> None:
    """Check that what was sent is stored, each once, and that every case has its first step.

    Raises
    ------
    NotReady
        Something was lost or doubled.
    """
    with engine.connect() as connection:
        found = connection.execute(text(_STORED), {"like": f"{name}-%"}).one()
    if tuple(found) != (visits, reports, reports):
        raise NotReady(
            f"Stored are {found[0]} visits, {found[1]} reports and {found[2]} first steps; sent "
            f"were {visits} and {reports}."
        )


_GRIDS = """
    select grid_code, st_x(p), st_y(p) from gridsvc.grid_boundary,
        lateral (select st_pointonsurface(geom) as p) inside
    where valid_to is null order by grid_code
"""
_BUILDINGS = """
    insert into gridsvc.building
        (code, community_code, geom, anchor, household_count, dwelling_count, valid_from)
    select 'fri-' || grid_code, left(grid_code, 12), st_multi(st_expand(p, 0.00005)), p, 60, 60,
        valid_from
    from gridsvc.grid_boundary, lateral (select st_pointonsurface(geom) as p) inside
    where valid_to is null
    on conflict (code) do nothing
"""
_ACCOUNT = """
    with made as (
        insert into gridsvc.user_account (username, title, role, password_hash)
        values (:name, '', :role, :hash)
        on conflict (username) do update set password_hash = excluded.password_hash
        returning id
    )
    insert into gridsvc.user_scope (user_id, prefix) select id, :prefix from made
    on conflict do nothing
"""
_STORED = """
    select
        (select count(*) from gridsvc.visit where client_visit_id like :like),
        (select count(*) from gridsvc.incident where client_report_id like :like),
        (select count(*) from gridsvc.incident_event e
            join gridsvc.incident i on i.id = e.incident_id
            where i.client_report_id like :like and e.seq = 1)
"""
