"""Making the zones of a grid. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.errors import NotFound
from gridsvc.geo.zone_ground import zone_grounds
from gridsvc.grids.models import Grid
from gridsvc.zones.contacts import give, refused
from gridsvc.zones.houses import GridHouses, houses_of
from gridsvc.zones.models import ContactZone, ContactZonePart, ZoneContact, ZoneRound
from gridsvc.zones.posts import contact_posts
from gridsvc.zones.queries import lasting
from gridsvc.zones.rules import Doors, Zone, households_of, still_right
from gridsvc.zones.rules.grouping import grouped


@dataclass(frozen=True)
class Renewed:
    """What making the zones of a grid came to."""

    grid_code: str
    households: int
    kept: int
    made: int
    ended: int


def renew(
    session: Session,
    grid_code: str,
    on: date,
    *,
    by: UserAccount | None,
    now: datetime,
    today: date,
) -> Renewed:
    """Make the zones of a grid from a day on, keeping those that are still right.

    A zone stays when its houses stand in the grid with the same households and doors. Every other
    zone of the grid ends, and every zone of another grid that holds one of its houses: it lost
    them with the ground. What was arranged for later days is taken back. A zone that is made
    anew with the same doors keeps its contact, where that post's team looks after the grid.
    Calling twice changes nothing.

    Raises
    ------
    NotFound
        There is no such residential grid on the day.
    RuleViolation
        ``reason`` is ``past_day`` or ``no_houses``: no building of the grid is known.
    """
    if on < today:
        raise refused("past_day", f"{on} is over: zones begin today or later.", grid_code)
    ground = _held_ground(session, grid_code, on)
    old = _standing(session, grid_code, ground, on)
    houses = {one.id: one for one in ground.houses}
    groups = grouped(ground.houses, [parts for parts in old if still_right(parts, houses)])
    stays = {
        parts: zone
        for parts, zone in old.items()
        if parts in groups and zone.grid_code == grid_code and zone.valid_from <= on
    }
    going = {parts: zone for parts, zone in old.items() if parts not in stays}
    posts = _end(session, list(going.values()), on)
    used = {zone.number for zone in stays.values()}
    numbers = (number for number in count(1) if number not in used)
    fit = {one.id for one in contact_posts(session, grid_code, on)}
    for parts, shape in zip(groups, _drawn(ground, groups), strict=True):
        if parts in stays:
            stays[parts].geom = from_shape(shape, 4326)
            continue
        zone = _write(session, grid_code, next(numbers), parts, ground, shape, on)
        post = posts.get(going[parts].id) if parts in going else None
        if post in fit:
            give(session, zone.id, post, on, by, now)
    made = len(groups) - len(stays)
    session.add(
        ZoneRound(
            grid_code=grid_code,
            boundary_id=ground.boundary_id,
            made_for=on,
            households=ground.households,
            kept=len(stays),
            made=made,
            made_at=now,
            made_by_id=by.id if by else None,
        )
    )
    session.flush()
    return Renewed(grid_code, ground.households, len(stays), made, len(going))


def _held_ground(session: Session, grid_code: str, on: date) -> GridHouses:
    """Return the houses of a grid, whose zones nobody else makes until the transaction ends."""
    lock = select(Grid.code).where(Grid.code == grid_code).with_for_update(key_share=True)
    session.execute(lock).all()
    ground = houses_of(session, grid_code, on)
    if ground is None:
        raise NotFound(f"There is no residential grid {grid_code} on {on}.", [grid_code])
    if not ground.households:
        said = f"No household of {grid_code} has a building: import the buildings first."
        raise refused("no_houses", said, grid_code)
    return ground


def _standing(
    session: Session, grid_code: str, ground: GridHouses, on: date
) -> dict[Zone, ContactZone]:
    """Return the zones, of a day or later, of a grid or of any of its houses, by their parts."""
    here = select(ContactZonePart.zone_id).where(
        ContactZonePart.building_id.in_([one.id for one in ground.houses])
    )
    zones = session.scalars(
        select(ContactZone)
        .where(
            or_(ContactZone.grid_code == grid_code, ContactZone.id.in_(here)),
            or_(ContactZone.valid_to.is_(None), ContactZone.valid_to > on),
            lasting(ContactZone),
        )
        .order_by(ContactZone.id)
        .with_for_update()
    ).all()
    parts: dict[int, list[Doors]] = {zone.id: [] for zone in zones}
    rows = select(ContactZonePart).where(ContactZonePart.zone_id.in_(list(parts)))
    for row in session.scalars(rows):
        doors = Doors(row.building_id, row.first_door, row.last_door, row.households)
        parts[row.zone_id].append(doors)
    return {tuple(sorted(parts[zone.id])): zone for zone in zones}


def _end(session: Session, zones: list[ContactZone], on: date) -> dict[int, int]:
    """End zones and their contacts on a day; return the post that each had, by zone."""
    contacts = session.scalars(
        select(ZoneContact).where(
            ZoneContact.zone_id.in_([zone.id for zone in zones]),
            or_(ZoneContact.valid_to.is_(None), ZoneContact.valid_to > on),
            lasting(ZoneContact),
        )
    ).all()
    for zone in zones:
        zone.valid_to = max(zone.valid_from, on)
    for one in contacts:
        one.valid_to = max(one.valid_from, on)
    # The old period must have ended before the new one of the same number begins.
    session.flush()
    return {one.zone_id: one.post_id for one in contacts}


def _drawn(ground: GridHouses, groups: Sequence[Zone]) -> list[shapely.MultiPolygon]:
    place = {one.id: n for n, one in enumerate(ground.houses)}

    def stretch(part: Doors) -> tuple[int, float, float]:
        doors = ground.houses[place[part.building]].doors
        return place[part.building], (part.first - 1) / doors, part.last / doors

    return zone_grounds(
        ground.shape, ground.footprints, [[stretch(part) for part in zone] for zone in groups]
    )


def _write(
    session: Session,
    grid_code: str,
    number: int,
    parts: Zone,
    ground: GridHouses,
    shape: shapely.MultiPolygon,
    on: date,
) -> ContactZone:
    dwellings = {one.id: n for one, n in zip(ground.houses, ground.dwellings, strict=True)}
    zone = ContactZone(
        grid_code=grid_code,
        number=number,
        households=households_of(parts),
        dwellings=sum(min(p.last, dwellings[p.building]) - p.first + 1 for p in parts),
        geom=from_shape(shape, 4326),
        valid_from=on,
    )
    session.add(zone)
    session.flush()
    session.add_all(
        ContactZonePart(
            zone_id=zone.id,
            building_id=part.building,
            first_door=part.first,
            last_door=part.last,
            households=part.households,
        )
        for part in parts
    )
    return zone
